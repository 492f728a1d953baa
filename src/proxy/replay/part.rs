//! What a command is to a transaction that may be replayed. A closed list of what is known to be harmless; the rest bars.

use crate::sql::{Cause, Effects, Kind, Needs, StatementClass};
use crate::wire::command;

use super::Fate;

/// A command's part in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It leaves nothing behind that a replay would have to bring back.
    Beside,
    /// It is repeated in a replay.
    Step,
    /// It begins a transaction, after it has committed one that is open.
    Begin,
    /// It commits what is open.
    Commit,
    /// `SET TRANSACTION`: it shapes the next transaction.
    Shapes,
    /// After it the transaction cannot be replayed. It may end the transaction.
    Bars(Fate),
}

/// A command as it is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The command byte.
    pub command: u8,
    /// What its statement is.
    pub class: &'a StatementClass,
    /// The statement's text, where it is known.
    pub text: Option<&'a [u8]>,
    /// It wants a cursor.
    pub cursor: bool,
}

/// Effects that a replay brings back, or that do not outlive the statement.
const REPEATED: Effects = Effects::USER_VARIABLES;

/// What a command is.
pub fn part(asked: &Asked<'_>) -> Part {
    match asked.command {
        command::PING | command::STATISTICS | command::STMT_RESET | command::STMT_PREPARE => {
            Part::Beside
        }
        command::QUERY | command::STMT_EXECUTE if asked.cursor => Part::Bars(Fate::Cursor),
        command::QUERY | command::STMT_EXECUTE => statement(asked.class, asked.text),
        command::STMT_FETCH => Part::Bars(Fate::Cursor),
        command::INIT_DB => Part::Bars(Fate::SessionState),
        _ => Part::Bars(Fate::Statement),
    }
}

fn statement(class: &StatementClass, text: Option<&[u8]>) -> Part {
    if let Some(bars) = by_state(class) {
        return bars;
    }
    match class.kind {
        Kind::Begin { .. } => Part::Begin,
        Kind::Commit => Part::Commit,
        Kind::Read | Kind::Savepoint | Kind::Rollback => Part::Step,
        Kind::Empty => Part::Beside,
        Kind::SetTransaction { session: false, .. } => Part::Shapes,
        Kind::SetSession if sets_only_user_variables(class, text) => Part::Step,
        Kind::SetSession | Kind::SetTransaction { .. } | Kind::Use => {
            Part::Bars(Fate::SessionState)
        }
        Kind::LockTables | Kind::UnlockTables => Part::Bars(Fate::Locks),
        Kind::Write => write(class),
        Kind::Prepare | Kind::Execute | Kind::Deallocate | Kind::Kill => {
            Part::Bars(Fate::Statement)
        }
    }
}

/// State that is left behind, or asked for.
fn by_state(class: &StatementClass) -> Option<Part> {
    let locks = [
        Effects::NAMED_LOCK,
        Effects::RELEASES_NAMED_LOCKS,
        Effects::TABLE_LOCK,
        Effects::RELEASES_TABLE_LOCKS,
        Effects::XA_BEGIN,
        Effects::XA_END,
        Effects::HANDLER,
    ];
    let has = |effect| class.effects.contains(effect);
    Some(match () {
        () if locks.into_iter().any(has) => Part::Bars(Fate::Locks),
        () if has(Effects::TEMPORARY_TABLE) => Part::Bars(Fate::TemporaryTable),
        () if has(Effects::IMPLICIT_COMMIT) => Part::Commit,
        () if has(Effects::SETS_UNCARRIED) || has(Effects::SETS_INSERT_ID) => {
            Part::Bars(Fate::SessionState)
        }
        () if asks_for_earlier_state(class) => Part::Bars(Fate::SessionState),
        () => return None,
    })
}

/// It asks for what a statement before the transaction may have left, or for the connection. What
/// `SHOW WARNINGS` shows is of the statement before it, which is repeated too.
fn asks_for_earlier_state(class: &StatementClass) -> bool {
    let needs = class.needs;
    needs.intersects(Needs::LAST_INSERT_ID | Needs::CONNECTION)
        || needs.intersects(Needs::COUNTS) && class.cause != Cause::Show
}

/// `autocommit` commits when it is set; other settings are not as they were when a replay begins.
fn sets_only_user_variables(class: &StatementClass, text: Option<&[u8]>) -> bool {
    const WORD: &[u8] = b"autocommit";
    let names = |text: &[u8]| text.windows(WORD.len()).any(|w| w.eq_ignore_ascii_case(WORD));
    class.effects.contains(Effects::USER_VARIABLES) && text.is_some_and(|text| !names(text))
}

fn write(class: &StatementClass) -> Part {
    match class.cause {
        Cause::Dml
        | Cause::Do
        | Cause::LockingClause
        | Cause::UserVariableAssignment
        | Cause::WriteInQuery
        | Cause::ExplainWrite
        | Cause::HintSetsVariable
        | Cause::RefusedByReplica
        | Cause::ParseError => Part::Step,
        // Else it writes a file on the server.
        Cause::Into if class.effects.contains(REPEATED) => Part::Step,
        Cause::TooLong => Part::Bars(Fate::TooLarge),
        _ => Part::Bars(Fate::Statement),
    }
}
