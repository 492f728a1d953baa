//! Proves that a query only reads, from its tokens.
//!
//! Why tokens suffice. A statement that begins with SELECT, VALUES, TABLE, `(` or WITH can change something
//! in exactly these ways, in every MySQL and MariaDB: by `INTO`, by a locking clause, by `:=`, by calling a
//! function, by a sequence (`NEXT VALUE FOR`), by an optimizer hint that sets a variable, or because a WITH
//! stands before a data-changing statement. Each needs a token that is reserved, so cannot be anything else:
//! INTO, LOCK, UPDATE after FOR, DELETE … or a name before a `(`. So the absence of these tokens is a proof,
//! whatever else the statement says. What the prover does not recognise is taken for a hazard. The tree that
//! `tree` builds afterwards checks the same by other means.
//!
//! The same walk collects which session state the statement reads or leaves; for statements that are writes
//! anyway only that matters.

use super::tokens::Tokens;
use crate::sql::class::{Cause, Effects, Needs, RoutineName};
use crate::sql::fingerprint::contains_ignoring_case;
use crate::sql::functions::{self, Function};
use crate::sql::lexer::TokenKind;
use crate::sql::variables;

/// What was found in a statement.
#[derive(Default)]
pub struct Findings {
    /// Why it is not a read; the first reason met.
    pub hazard: Option<Cause>,
    pub needs: Needs,
    pub effects: Effects,
    pub routines: Vec<RoutineName>,
}

impl Findings {
    fn hazard(&mut self, cause: Cause) {
        self.hazard.get_or_insert(cause);
    }

    /// The routines without repetition.
    pub fn take_routines(&mut self) -> Box<[RoutineName]> {
        let mut routines = std::mem::take(&mut self.routines);
        routines.sort();
        routines.dedup();
        routines.into()
    }
}

/// Walks over all tokens.
pub fn examine(tokens: Tokens<'_>) -> Findings {
    let mut found = Findings::default();
    for index in 0..tokens.len() {
        if tokens.is(index + 1, TokenKind::Dot) {
            system_table(tokens, index, &mut found);
        }
        if index > 0 && tokens.is(index - 1, TokenKind::Dot) {
            sequence(tokens, index, &mut found);
        }
        match tokens.kind(index) {
            Some(TokenKind::Word) => word(tokens, index, &mut found),
            Some(TokenKind::UserVar) => user_variable(tokens, index, &mut found),
            Some(TokenKind::AtAt) => system_variable(tokens, index, &mut found),
            Some(TokenKind::Assign) => {
                found.hazard(Cause::UserVariableAssignment);
                found.effects |= Effects::USER_VARIABLES;
            }
            Some(TokenKind::Hint) => hint(tokens.bytes(index), &mut found),
            Some(TokenKind::LParen) => call(tokens, index, &mut found),
            Some(TokenKind::Op) => row_count(tokens, index, &mut found),
            _ => {}
        }
    }
    found
}

/// Reserved words that no read contains.
fn word(tokens: Tokens<'_>, index: usize, found: &mut Findings) {
    let call_follows = tokens.is(index + 1, TokenKind::LParen);
    match tokens.word(index) {
        "into" => into(tokens, index, found),
        "sql_calc_found_rows" => found.effects |= Effects::CALC_FOUND_ROWS,
        "lock" => found.hazard(Cause::LockingClause),
        "for" if matches!(tokens.word(index + 1), "update" | "share") => {
            found.hazard(Cause::LockingClause);
        }
        "for" if tokens.word(index.wrapping_sub(1)) == "value" => found.hazard(Cause::Sequence),
        "insert" | "replace" if !call_follows => found.hazard(Cause::WriteInQuery),
        "update" | "delete" | "call" | "load" | "create" | "drop" | "alter" | "grant"
        | "revoke" | "kill" | "procedure" | "purge" | "trigger" | "declare" => {
            found.hazard(Cause::WriteInQuery);
        }
        "set" if !matches!(tokens.word(index.wrapping_sub(1)), "character" | "char") => {
            found.hazard(Cause::WriteInQuery);
        }
        _ => {}
    }
}

fn into(tokens: Tokens<'_>, index: usize, found: &mut Findings) {
    found.hazard(Cause::Into);
    if tokens.is(index + 1, TokenKind::UserVar) {
        found.effects |= Effects::USER_VARIABLES;
    }
}

/// MariaDB in Oracle mode: `sequence.nextval`, also with quotes, spaces or comments.
fn sequence(tokens: Tokens<'_>, index: usize, found: &mut Findings) {
    let name = tokens.name(index).unwrap_or_default();
    if matches!(name.as_str(), "nextval" | "currval" | "lastval") {
        found.hazard(Cause::Sequence);
    }
}

/// MariaDB in Oracle mode: `SQL%ROWCOUNT` is `ROW_COUNT()`.
fn row_count(tokens: Tokens<'_>, index: usize, found: &mut Findings) {
    if tokens.operator(index) == b"%"
        && tokens.word(index.wrapping_sub(1)) == "sql"
        && tokens.word(index + 1) == "rowcount"
    {
        found.needs |= Needs::LAST_STATEMENT;
    }
}

/// `@x`; but in `'user'@'host'` it is a host.
fn user_variable(tokens: Tokens<'_>, index: usize, found: &mut Findings) {
    let host = index.checked_sub(1).and_then(|before| tokens.kind(before));
    let host = matches!(host, Some(TokenKind::String | TokenKind::Quoted));
    if !host {
        found.needs |= Needs::USER_VARIABLES;
    }
}

fn system_variable(tokens: Tokens<'_>, index: usize, found: &mut Findings) {
    let first = tokens.name(index + 1).unwrap_or_default();
    let scoped = tokens.is(index + 2, TokenKind::Dot);
    found.needs |= match first.as_str() {
        "session" | "local" if scoped => {
            let name = tokens.name(index + 3).unwrap_or_default();
            variables::needs_of_reading(&name)
        }
        // `global`, `persist`, or a component's variable.
        _ if scoped => Needs::SERVER,
        name => variables::needs_of_reading(name),
    };
}

/// `SET_VAR(name = value)` in a hint: harmless for a read only if all the variables are.
fn hint(text: &[u8], found: &mut Findings) {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    if !contains_ignoring_case(text.as_bytes(), b"set_var") {
        return;
    }
    for set in text.split("set_var").skip(1) {
        let inside = set.trim_start().strip_prefix('(').unwrap_or_default();
        let name = inside.split('=').next().unwrap_or_default().trim();
        if !variables::is_harmless_for_one_statement(name) {
            found.hazard(Cause::HintSetsVariable);
        }
    }
}

/// A `(`: is it the argument list of a function?
fn call(tokens: Tokens<'_>, open: usize, found: &mut Findings) {
    let Some(at) = open.checked_sub(1) else { return };
    if !tokens.is_name(at) {
        return;
    }
    let before = at.checked_sub(1);
    if before.is_some_and(|before| tokens.is(before, TokenKind::Dot)) {
        return qualified_call(tokens, at, found);
    }
    let adjacent = tokens.adjacent(open);
    let arguments = !tokens.is(open + 1, TokenKind::RParen);
    let name = tokens.name(at).unwrap_or_default();
    let quoted = !tokens.is(at, TokenKind::Word);
    match functions::lookup(&name, adjacent, arguments) {
        // In quotes it is the built-in too, but what is pure is not worth trusting that.
        Function::Keyword | Function::Pure | Function::PureSomewhere if quoted => {}
        Function::Keyword | Function::Pure => return,
        Function::Reads(needs) => {
            found.needs |= needs;
            return;
        }
        Function::Impure(effects) => {
            found.effects |= effects;
            found.hazard(Cause::ImpureFunction);
            return;
        }
        Function::PureSomewhere => {
            if !is_no_call(tokens, at, open) {
                push_routine(None, Some(name), true, found);
            }
            return;
        }
        Function::Unknown => {}
    }
    if !is_no_call(tokens, at, open) {
        push_routine(None, Some(name), false, found);
    }
}

fn push_routine(
    schema: Option<String>,
    name: Option<String>,
    built_in_somewhere: bool,
    found: &mut Findings,
) {
    found.routines.push(RoutineName {
        schema: schema.map(String::into_boxed_str),
        name: name.unwrap_or_default().into(),
        built_in_somewhere,
    });
}

/// `schema.function(…)`: a stored function even if a built-in has the name. A table cannot stand before a
/// parenthesis inside a query, except before its column list in a write.
fn qualified_call(tokens: Tokens<'_>, at: usize, found: &mut Findings) {
    let schema = at.checked_sub(2).and_then(|index| tokens.name(index));
    push_routine(schema, tokens.name(at), false, found);
}

/// Whether the grammar forbids a function call with the name at `at`, so that the word is something else.
fn is_no_call(tokens: Tokens<'_>, at: usize, open: usize) -> bool {
    let word = tokens.word(at);
    let Some(before) = at.checked_sub(1) else { return false };
    match tokens.kind(before) {
        // No expression begins behind a closing parenthesis: an alias with columns, OVER, AGAINST …
        Some(TokenKind::RParen) => return true,
        // JSON_TABLE(doc, 'path' COLUMNS (…))
        Some(TokenKind::String) if word == "columns" => return true,
        _ => {}
    }
    match (tokens.word(before), word) {
        // A modifier of SELECT before an expression in parentheses.
        (modifier, "sql_no_cache" | "sql_cache" | "sql_buffer_result") => {
            tokens.is(before, TokenKind::Hint) || functions::is_select_modifier(modifier)
        }
        // An alias with columns, a type in CAST.
        ("as", _) => true,
        ("member", "of") | ("nulls", "over") | ("join", "lateral") | ("order", "by") => true,
        _ => starts_subquery(tokens, at, open, word) || is_cte_definition(tokens, open),
    }
}

/// Words that only ever stand before a subquery there: a function's argument would need parentheses of its
/// own.
fn starts_subquery(tokens: Tokens<'_>, at: usize, open: usize, word: &str) -> bool {
    let query = matches!(tokens.word(open + 1), "select" | "with" | "values" | "table");
    let compared = at.checked_sub(1).is_some_and(|before| !tokens.operator(before).is_empty());
    match word {
        "any" | "some" => compared && query,
        "lateral" | "except" | "intersect" | "minus" => query,
        _ => false,
    }
}

/// `name (a, b) AS (`: nothing else has a parenthesis behind AS.
fn is_cte_definition(tokens: Tokens<'_>, open: usize) -> bool {
    tokens.closing(open).is_some_and(|close| {
        tokens.word(close + 1) == "as" && tokens.is(close + 2, TokenKind::LParen)
    })
}

/// `schema.table` of the system schemas: does the table describe one server?
fn system_table(tokens: Tokens<'_>, index: usize, found: &mut Findings) {
    let Some(schema) = tokens.name(index) else { return };
    let Some(table) = tokens.name(index + 2) else { return };
    if matches!(table.as_str(), "user_variables" | "user_variables_by_thread") {
        found.needs |= Needs::USER_VARIABLES;
    }
    if is_server_table(&schema, &table) {
        found.needs |= Needs::SERVER;
    }
}

/// Whether a table of a system schema tells about one server rather than about the data.
fn is_server_table(schema: &str, table: &str) -> bool {
    match schema {
        "information_schema" => !DATA_TABLES.contains(&table),
        "mysql" => {
            SERVER_TABLES_OF_MYSQL.contains(&table)
                || ["slave_", "gtid_", "innodb_", "replication_", "ndb_"]
                    .iter()
                    .any(|prefix| table.starts_with(prefix))
        }
        "performance_schema" | "sys" => true,
        _ => false,
    }
}

const SERVER_TABLES_OF_MYSQL: &[&str] =
    &["general_log", "slow_log", "plugin", "component", "engine_cost", "server_cost", "func"];

/// Tables of information_schema that describe replicated definitions.
const DATA_TABLES: &[&str] = &[
    "administrable_role_authorizations",
    "applicable_roles",
    "character_sets",
    "check_constraints",
    "collation_character_set_applicability",
    "collations",
    "column_privileges",
    "column_statistics",
    "columns",
    "columns_extensions",
    "enabled_roles",
    "engines",
    "events",
    "files",
    "geometry_columns",
    "key_column_usage",
    "keywords",
    "libraries",
    "parameters",
    "partitions",
    "periods",
    "key_period_usage",
    "referential_constraints",
    "resource_groups",
    "role_column_grants",
    "role_routine_grants",
    "role_table_grants",
    "routine_libraries",
    "routines",
    "schema_privileges",
    "schemata",
    "schemata_extensions",
    "sequences",
    "spatial_ref_sys",
    "sql_functions",
    "st_geometry_columns",
    "st_spatial_reference_systems",
    "st_units_of_measure",
    "statistics",
    "table_constraints",
    "table_constraints_extensions",
    "table_privileges",
    "tables",
    "tables_extensions",
    "tablespaces",
    "triggers",
    "user_attributes",
    "user_privileges",
    "view_routine_usage",
    "view_table_usage",
    "views",
];
