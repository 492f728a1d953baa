//! `SHOW`. What describes replicated definitions any server answers; what describes one server, its status
//! or its logs the primary answers; anything unknown is a write.

use super::tokens::Tokens;
use super::{examined, read};
use crate::sql::class::{Cause, Kind, Needs, StatementClass};
use crate::sql::lexer::TokenKind;

pub fn classify(tokens: Tokens<'_>) -> StatementClass {
    let mut at = 1;
    while matches!(
        tokens.word(at),
        "full" | "extended" | "global" | "session" | "local" | "storage"
    ) {
        at += 1;
    }
    let needs = match needs(tokens, at) {
        Some(needs) => needs,
        None => return StatementClass::write(Cause::UnknownShow),
    };
    let filter = filter(tokens);
    if filter.is_empty() {
        return read(Cause::Show, needs);
    }
    examined(filter, Kind::Read, Cause::Show).with_needs(needs)
}

/// What the thing shown needs; none if it is not known.
fn needs(tokens: Tokens<'_>, at: usize) -> Option<Needs> {
    let nothing = Needs::empty();
    Some(match (tokens.word(at), tokens.word(at + 1)) {
        ("tables" | "columns" | "fields" | "index" | "indexes" | "keys", _) => nothing,
        ("databases" | "schemas" | "collation" | "charset" | "triggers" | "events", _) => nothing,
        ("engines" | "privileges" | "grants" | "contributors" | "authors" | "locales", _) => {
            nothing
        }
        ("character", "set") | ("table", "status" | "types") => nothing,
        ("function" | "procedure" | "package" | "library", "status" | "code" | "body") => nothing,
        ("create", what) if is_definition(what) => nothing,
        ("warnings" | "errors", _) => Needs::LAST_STATEMENT | Needs::CONDITIONS,
        ("count", _) if tokens.is(at + 1, TokenKind::LParen) => Needs::LAST_STATEMENT,
        ("profile" | "profiles", _) => Needs::CONNECTION | Needs::SERVER,
        ("processlist" | "status" | "variables" | "plugins" | "open" | "engine", _) => {
            Needs::SERVER
        }
        ("master" | "binary" | "binlog" | "slave" | "slaves" | "replica" | "replicas", _) => {
            Needs::SERVER
        }
        ("all", "slaves" | "replicas") | ("relaylog", "events") => Needs::SERVER,
        ("explain" | "analyze", "for" | "format") => Needs::SERVER,
        ("user_statistics" | "client_statistics" | "index_statistics", _) => Needs::SERVER,
        ("table_statistics" | "userstat" | "mutex" | "wsrep_membership" | "wsrep_status", _) => {
            Needs::SERVER
        }
        ("parse_tree", _) => return None,
        _ => return None,
    })
}

fn is_definition(what: &str) -> bool {
    matches!(
        what,
        "table"
            | "view"
            | "database"
            | "schema"
            | "procedure"
            | "function"
            | "trigger"
            | "event"
            | "package"
            | "sequence"
            | "user"
            | "library"
            | "server"
    )
}

/// The condition behind WHERE: the only place where an expression can stand.
fn filter(tokens: Tokens<'_>) -> Tokens<'_> {
    let from = (0..tokens.len()).find(|index| tokens.word(*index) == "where");
    tokens.from(from.unwrap_or(tokens.len()))
}
