//! Golden scripts of statements that change rows: `> statement` shows what it came to and its warnings.
//!
//! Several sessions run on one database: `> a: statement` is session `a`'s. A statement that must wait says
//! so and is not run again. Behind ` <- ` stand the parameters of a prepared one. BEGIN, COMMIT and ROLLBACK are the script's, as elsewhere the server's.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::engine::catalog::SchemaDef;
use crate::engine::{CatalogChange, CommitOptions, DdlStatement, Engine, EngineOptions};
use crate::query::session::Session;
use crate::query::tests::Table;
use crate::query::{Interrupt, Outcome, execute};
use crate::sql::statement::{ParserMode, Statement, parse_one};
use crate::value::Value;
use crate::value::types::CollationId;

struct Script {
    engine: Arc<Engine>,
    sessions: BTreeMap<String, Session>,
}

impl Script {
    fn new() -> Self {
        let engine = Engine::volatile(EngineOptions::default()).unwrap();
        let schema = SchemaDef::new("test", CollationId(255));
        let owner = engine.begin(crate::engine::TransactionOptions::default());
        let changes = vec![CatalogChange::CreateSchema(schema)];
        engine.ddl(owner, DdlStatement::default(), changes).wait().unwrap();
        Self { engine, sessions: BTreeMap::new() }
    }

    fn session(&mut self, name: &str) -> &mut Session {
        let number = self.sessions.len() as u64 + 1;
        let engine = self.engine.clone();
        self.sessions.entry(name.to_owned()).or_insert_with(|| {
            let mut session = Session::new(engine, number);
            session.database = Some("test".into());
            session.variables.time_zone = "+02:00".into();
            session.variables.timestamp_micros = Some(1_700_000_000_123_456);
            session
        })
    }

    fn statement(&mut self, name: &str, sql: &str) -> String {
        let (sql, params) = sql.split_once(" <- ").unwrap_or((sql, ""));
        let params = parameters(params);
        let session = self.session(name);
        session.diagnostics.clear();
        if let Some(done) = setting(session, sql) {
            return done;
        }
        let parsed = match parse_one(sql.as_bytes(), ParserMode::default()) {
            Ok(parsed) => parsed,
            Err(error) => return format!("syntax: {error:?}\n"),
        };
        match parsed.statement {
            Statement::Begin(_) => {
                session.begin(None, false);
                return "ok\n".to_owned();
            }
            Statement::Commit(_) => return commit(session),
            Statement::Rollback(_) => {
                drop(session.take_transaction());
                return "ok\n".to_owned();
            }
            _ => {}
        }
        session.transaction().start_statement();
        let mut sink = Table::default();
        let result = execute(session, sql, &parsed, &params, &mut sink);
        let mut out = match result {
            Ok(outcome) => describe(session, outcome, sink),
            Err(interrupt) => failed(session, interrupt),
        };
        for warning in session.diagnostics.list() {
            writeln!(out, "{:?} {} {}", warning.level, warning.code, warning.message).unwrap();
        }
        out
    }
}

/// Numbers, texts in quotes, NULL, with commas between.
fn parameters(list: &str) -> Vec<Value> {
    let value = |text: &str| match (text, text.parse()) {
        ("NULL", _) => Value::Null,
        (_, Ok(number)) => Value::Int(number),
        _ => Value::Text(text.trim_matches('\'').into()),
    };
    list.split(", ").filter(|text| !text.is_empty()).map(value).collect()
}

/// `set variable value`: what no statement here sets.
fn setting(session: &mut Session, sql: &str) -> Option<String> {
    let mut words = sql.strip_prefix("set ")?.split(' ');
    let (name, value) = (words.next()?, words.next()?);
    let is_on = value == "1";
    match name {
        "sql_mode" => {
            let value = if value == "none" { "" } else { value };
            session.variables.sql_mode = crate::query::session::SqlMode::parse(value).unwrap();
        }
        "foreign_key_checks" => session.variables.foreign_key_checks = is_on,
        "sql_safe_updates" => session.variables.sql_safe_updates = is_on,
        "found_rows" => session.client_found_rows = is_on,
        "insert_id" => session.variables.insert_id = value.parse().ok(),
        "increment" => session.variables.auto_increment_increment = value.parse().unwrap(),
        "file" => {
            let text = value.replace("\\n", "\n").replace("\\t", "\t").replace("\\s", " ");
            session.load_input = Some(Box::new(std::io::Cursor::new(text.into_bytes())));
        }
        _ => return None,
    }
    Some("set\n".to_owned())
}

fn commit(session: &mut Session) -> String {
    if let Some(transaction) = session.take_transaction() {
        let ticket = session.engine.commit(transaction, CommitOptions::default());
        ticket.wait().unwrap();
    }
    "ok\n".to_owned()
}

fn describe(session: &mut Session, outcome: Outcome, sink: Table) -> String {
    if let Some(ddl) = session.ddl.take() {
        let transaction = session.lend_transaction();
        let ticket = session.engine.ddl(transaction, ddl.statement, ddl.changes);
        return ticket.wait().map_or_else(|error| format!("{error}\n"), |_| "ok\n".to_owned());
    }
    if !session.in_transaction() {
        commit(session);
    }
    match outcome {
        Outcome::Rows { .. } => sink.into_text(),
        Outcome::Ok { affected, last_insert_id, info } => {
            let id =
                if last_insert_id > 0 { format!(" id={last_insert_id}") } else { String::new() };
            let info = if info.is_empty() { info } else { format!(" ({info})") };
            format!("{affected} affected{id}{info}\n")
        }
    }
}

fn failed(session: &mut Session, interrupt: Interrupt) -> String {
    if let Some(open) = session.open_transaction() {
        open.rollback_statement();
    }
    if !session.in_transaction() {
        drop(session.take_transaction());
    }
    match interrupt {
        Interrupt::Error(error) => format!("{error}\n"),
        Interrupt::Wait(_) => "waits\n".to_owned(),
        Interrupt::Pause(_) => "pauses\n".to_owned(),
    }
}

impl goldenscript::Runner for Script {
    type Command = goldenscript::Command;

    fn run(
        &mut self,
        command: &goldenscript::Command,
        _: &goldenscript::Context,
    ) -> Result<String, Box<dyn Error>> {
        let (name, sql) = match command.name.split_once(": ") {
            Some((name, sql)) if name.len() == 1 => (name, sql),
            _ => ("a", command.name.as_str()),
        };
        Ok(self.statement(name, sql))
    }
}

fn run(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/query/dml/testscripts");
    goldenscript::run(&mut Script::new(), folder.join(name)).unwrap();
}

#[test]
fn inserts() {
    run("insert");
}

#[test]
fn numbers_are_generated() {
    run("auto_increment");
}

#[test]
fn duplicates() {
    run("duplicates");
}

#[test]
fn updates_and_deletes() {
    run("update_delete");
}

#[test]
fn foreign_keys() {
    run("foreign_keys");
}

#[test]
fn strictness() {
    run("strict");
}

#[test]
fn generated_and_checked() {
    run("generated");
}

#[test]
fn views() {
    run("views");
}

#[test]
fn locks() {
    run("locks");
}

#[test]
fn load_data() {
    run("load_data");
}

#[test]
fn plans() {
    run("plans");
}

#[test]
fn covered_conditions() {
    run("covered");
}
