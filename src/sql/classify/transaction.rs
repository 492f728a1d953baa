//! What opens, ends or marks transactions. Whether one is open afterwards, the server's status flags say;
//! here only the statement is named.

use super::plain;
use super::tokens::Tokens;
use crate::sql::class::{Access, Cause, Effects, Kind, StatementClass};
use crate::sql::lexer::TokenKind;

pub fn classify(tokens: Tokens<'_>) -> StatementClass {
    match tokens.word(0) {
        "begin" => begin(tokens),
        "start" => start(tokens),
        "commit" | "rollback" => end(tokens),
        "savepoint" if tokens.len() == 2 => plain(Kind::Savepoint, Cause::Transaction),
        "release" if tokens.word(1) == "savepoint" => plain(Kind::Savepoint, Cause::Transaction),
        "xa" => xa(tokens),
        _ => StatementClass::write(Cause::UnknownStatement),
    }
}

/// `BEGIN [WORK]`; MariaDB's `BEGIN NOT ATOMIC` opens a compound statement.
fn begin(tokens: Tokens<'_>) -> StatementClass {
    if tokens.are(&["begin"]) || tokens.are(&["begin", "work"]) {
        let kind = Kind::Begin { access: None, consistent_snapshot: false };
        return plain(kind, Cause::Transaction);
    }
    StatementClass::write(Cause::Compound)
}

/// `START TRANSACTION [characteristic, …]`; also `START REPLICA` and such.
fn start(tokens: Tokens<'_>) -> StatementClass {
    if tokens.word(1) != "transaction" {
        return StatementClass::write(Cause::Admin);
    }
    let (mut access, mut consistent_snapshot) = (None, false);
    let rest = tokens.from(2);
    let parts = if rest.is_empty() { Vec::new() } else { rest.split(TokenKind::Comma) };
    for part in parts {
        if part.are(&["with", "consistent", "snapshot"]) {
            consistent_snapshot = true;
        } else if let Some(said) = access_of(part) {
            access = Some(said);
        } else {
            return StatementClass::write(Cause::Transaction);
        }
    }
    plain(Kind::Begin { access, consistent_snapshot }, Cause::Transaction)
}

/// `READ ONLY`, `READ WRITE`
pub fn access_of(tokens: Tokens<'_>) -> Option<Access> {
    if tokens.are(&["read", "only"]) {
        Some(Access::ReadOnly)
    } else if tokens.are(&["read", "write"]) {
        Some(Access::ReadWrite)
    } else {
        None
    }
}

fn end(tokens: Tokens<'_>) -> StatementClass {
    let known = |index| matches!(tokens.word(index), "work" | "and" | "no" | "chain" | "release");
    if (1..tokens.len()).all(known) {
        let commit = tokens.word(0) == "commit";
        return plain(if commit { Kind::Commit } else { Kind::Rollback }, Cause::Transaction);
    }
    let at = if tokens.word(1) == "work" { 2 } else { 1 };
    if tokens.word(0) == "rollback" && tokens.word(at) == "to" {
        return plain(Kind::Savepoint, Cause::Transaction);
    }
    StatementClass::write(Cause::UnknownStatement)
}

fn xa(tokens: Tokens<'_>) -> StatementClass {
    let effects = match tokens.word(1) {
        "start" | "begin" => Effects::XA_BEGIN,
        "commit" | "rollback" => Effects::XA_END,
        _ => Effects::empty(),
    };
    StatementClass::write(Cause::Xa).with_effects(effects)
}
