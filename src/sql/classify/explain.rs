//! `EXPLAIN`, `DESCRIBE`, and MariaDB's `ANALYZE statement`, which runs the statement.

use super::tokens::Tokens;
use super::{classify_one, query_class, read, write_class, writes};
use crate::sql::class::{Cause, Effects, Kind, Needs, StatementClass};
use crate::sql::lexer::TokenKind;

pub fn classify(tokens: Tokens<'_>) -> StatementClass {
    let at = skip_options(tokens, 1);
    if tokens.words(at, &["for", "connection"]) {
        return read(Cause::Explain, Needs::SERVER);
    }
    if starts_query(tokens, at) {
        return explained(query_class(tokens.from(at)));
    }
    if at == 1 && is_table(tokens.from(1)) {
        return read(Cause::Describe, Needs::empty());
    }
    write_class(tokens, Cause::ExplainWrite, Effects::empty())
}

/// `ANALYZE TABLE` is DDL; `ANALYZE SELECT` runs a read, `ANALYZE UPDATE` a write.
pub fn analyze(tokens: Tokens<'_>) -> StatementClass {
    let at = skip_options(tokens, 1);
    if matches!(tokens.word(at), "table" | "tables" | "local" | "no_write_to_binlog") {
        return writes::classify(tokens);
    }
    if starts_query(tokens, at) {
        return explained(query_class(tokens.from(at)));
    }
    let mut class = classify_one(tokens.from(at.max(1)));
    (class.kind, class.cause) = (Kind::Write, Cause::ExplainWrite);
    class
}

fn explained(mut class: StatementClass) -> StatementClass {
    if class.kind == Kind::Read {
        class.cause = Cause::Explain;
    }
    class
}

/// `TABLE t` after EXPLAIN is a query; after ANALYZE it was handled before.
fn starts_query(tokens: Tokens<'_>, at: usize) -> bool {
    tokens.is(at, TokenKind::LParen)
        || matches!(tokens.word(at), "select" | "with" | "values" | "table")
}

/// EXTENDED, PARTITIONS, ANALYZE, FORMAT = x, FOR SCHEMA x.
fn skip_options(tokens: Tokens<'_>, mut at: usize) -> usize {
    loop {
        at += match tokens.word(at) {
            "extended" | "partitions" | "analyze" if tokens.len() > at + 1 => 1,
            "format" if tokens.operator(at + 1) == b"=" => 3,
            "for" if matches!(tokens.word(at + 1), "schema" | "database") => 3,
            _ => return at,
        };
    }
}

/// `table`, `schema.table`, each with a column or a pattern behind.
fn is_table(tokens: Tokens<'_>) -> bool {
    let reserved = matches!(
        tokens.word(0),
        "insert" | "update" | "delete" | "replace" | "load" | "call" | "create" | "drop" | "alter"
    );
    let name = |index| tokens.is_name(index);
    let end = if tokens.is(1, TokenKind::Dot) && name(2) { 3 } else { 1 };
    let rest = tokens.from(end);
    let column =
        rest.is_empty() || rest.len() == 1 && (rest.is_name(0) || rest.is(0, TokenKind::String));
    name(0) && !reserved && column
}
