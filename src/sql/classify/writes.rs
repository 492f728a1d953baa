//! Everything that changes data, definitions or the server, and everything unknown. All of it goes to the
//! primary; what differs is the reason that is shown and what is left behind in the session.

use super::tokens::Tokens;
use super::{plain, write_class};
use crate::sql::class::{Cause, Effects, Kind, StatementClass};
use crate::sql::lexer::TokenKind;

pub fn classify(tokens: Tokens<'_>) -> StatementClass {
    match tokens.word(0) {
        "insert" | "update" | "delete" | "replace" => {
            write_class(tokens, Cause::Dml, Effects::empty())
        }
        "load" if tokens.word(1) == "index" => ddl(tokens),
        "load" | "import" => write_class(tokens, Cause::Dml, Effects::empty()),
        "drop" if tokens.word(1) == "prepare" => plain(Kind::Deallocate, Cause::PreparedText),
        "create" | "drop" if is_temporary(tokens) => temporary(tokens),
        "create" | "drop" | "alter" | "truncate" | "rename" | "analyze" | "optimize" | "repair"
        | "check" | "cache" | "grant" | "revoke" | "install" | "uninstall" => ddl(tokens),
        "call" => call(tokens),
        "do" => write_class(tokens, Cause::Do, Effects::empty()),
        "checksum" | "reset" | "purge" | "change" | "stop" | "binlog" | "clone" | "shutdown"
        | "restart" => StatementClass::write(Cause::Admin),
        "if" | "while" | "loop" | "repeat" | "case" | "for" | "return" | "declare" | "leave"
        | "iterate" | "goto" => StatementClass::write(Cause::Compound),
        _ => write_class(tokens, Cause::UnknownStatement, Effects::empty()),
    }
}

fn ddl(tokens: Tokens<'_>) -> StatementClass {
    write_class(tokens, Cause::Ddl, Effects::IMPLICIT_COMMIT)
}

/// `CREATE [OR REPLACE] TEMPORARY TABLE`, `DROP TEMPORARY TABLE`: no implicit commit.
fn is_temporary(tokens: Tokens<'_>) -> bool {
    let at = if tokens.words(1, &["or", "replace"]) { 3 } else { 1 };
    tokens.word(at) == "temporary"
}

fn temporary(tokens: Tokens<'_>) -> StatementClass {
    let effects = match tokens.word(0) {
        "create" => Effects::TEMPORARY_TABLE,
        _ => Effects::empty(),
    };
    write_class(tokens, Cause::Ddl, effects)
}

/// A procedure may hand values back in user variables.
fn call(tokens: Tokens<'_>) -> StatementClass {
    let variables = (0..tokens.len()).any(|at| tokens.is(at, TokenKind::UserVar));
    let effects = if variables { Effects::USER_VARIABLES } else { Effects::empty() };
    write_class(tokens, Cause::Call, effects)
}
