//! Statements about the session itself: schema, locks, text prepared statements, KILL, HANDLER, diagnostics.

use super::tokens::Tokens;
use super::{plain, write_class};
use crate::sql::class::{Cause, Effects, Kind, Needs, StatementClass};
use crate::sql::lexer::TokenKind;

pub fn classify(tokens: Tokens<'_>) -> StatementClass {
    match tokens.word(0) {
        "use" => plain(Kind::Use, Cause::Use),
        "lock" => lock(tokens),
        "unlock" => unlock(tokens),
        "flush" => flush(tokens),
        "backup" => backup(tokens),
        "prepare" => prepare(tokens),
        "execute" => execute(tokens),
        "deallocate" => plain(Kind::Deallocate, Cause::PreparedText),
        "kill" => write_kill(tokens),
        "handler" => write_class(tokens, Cause::Handler, Effects::HANDLER),
        "get" => diagnostics(tokens),
        _ => StatementClass::write(Cause::Diagnostics),
    }
}

fn lock(tokens: Tokens<'_>) -> StatementClass {
    let kind = match tokens.word(1) {
        "tables" | "table" => Kind::LockTables,
        _ => Kind::Write,
    };
    plain(kind, Cause::TableLocks).with_effects(Effects::TABLE_LOCK)
}

fn unlock(tokens: Tokens<'_>) -> StatementClass {
    let kind = match tokens.word(1) {
        "tables" | "table" => Kind::UnlockTables,
        _ => Kind::Write,
    };
    plain(kind, Cause::TableLocks).with_effects(Effects::RELEASES_TABLE_LOCKS)
}

/// `FLUSH TABLES WITH READ LOCK`, `… FOR EXPORT` lock; other flushes commit what is open.
fn flush(tokens: Tokens<'_>) -> StatementClass {
    let locks = (0..tokens.len())
        .any(|at| tokens.words(at, &["read", "lock"]) || tokens.words(at, &["for", "export"]));
    if locks {
        return StatementClass::write(Cause::TableLocks).with_effects(Effects::TABLE_LOCK);
    }
    StatementClass::write(Cause::Admin).with_effects(Effects::IMPLICIT_COMMIT)
}

/// MariaDB's backup stages and locks.
fn backup(tokens: Tokens<'_>) -> StatementClass {
    let ends = tokens.word(1) == "unlock" || tokens.words(1, &["stage", "end"]);
    let effects = if ends { Effects::RELEASES_TABLE_LOCKS } else { Effects::TABLE_LOCK };
    StatementClass::write(Cause::TableLocks).with_effects(effects)
}

fn prepare(tokens: Tokens<'_>) -> StatementClass {
    if !(tokens.is_name(1) && tokens.word(2) == "from") {
        return StatementClass::write(Cause::PreparedText);
    }
    let source = tokens.from(3);
    match source.kind(0) {
        Some(TokenKind::String) if source.len() == 1 => plain(Kind::Prepare, Cause::PreparedText),
        Some(TokenKind::UserVar) if source.len() == 1 => {
            plain(Kind::Prepare, Cause::PreparedText).with_needs(Needs::USER_VARIABLES)
        }
        _ => write_class(tokens, Cause::PreparedText, Effects::empty()),
    }
}

fn execute(tokens: Tokens<'_>) -> StatementClass {
    let immediate = tokens.word(1) == "immediate" && tokens.len() > 2 && tokens.word(2) != "using";
    if immediate || !tokens.is_name(1) {
        return write_class(tokens, Cause::PreparedText, Effects::empty());
    }
    let found = super::query::examine(tokens.from(2));
    let class = plain(Kind::Execute, Cause::PreparedText).with_needs(found.needs);
    if found.hazard.is_some() || !found.routines.is_empty() {
        return write_class(tokens, Cause::PreparedText, Effects::empty());
    }
    class
}

/// `KILL` with an id that is a plain number can be mapped to the backend's; with an expression or a user
/// name it is the primary's business.
fn write_kill(tokens: Tokens<'_>) -> StatementClass {
    let plain_id = (1..tokens.len()).all(|at| !tokens.is(at, TokenKind::LParen));
    if plain_id {
        return plain(Kind::Kill, Cause::Kill);
    }
    write_class(tokens, Cause::Kill, Effects::empty())
}

/// `GET DIAGNOSTICS @x = …` reads what the last statement left.
fn diagnostics(tokens: Tokens<'_>) -> StatementClass {
    let class = StatementClass::write(Cause::Diagnostics).with_needs(Needs::LAST_STATEMENT);
    let sets = (0..tokens.len()).any(|at| tokens.is(at, TokenKind::UserVar));
    if sets { class.with_effects(Effects::USER_VARIABLES) } else { class }
}
