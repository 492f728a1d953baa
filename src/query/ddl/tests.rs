//! Golden scripts: definitions and what the server says of them. One subject a file in `testscripts/`; each
//! line `> statement` is run in one session that lasts for the file. Every definition is read again from
//! its logged text, which must give the same catalog.

use std::error::Error;
use std::path::Path;

use std::sync::Arc;

use super::Replay;
use crate::engine::{
    CommitOptions, Database, DdlReplay, DdlStatement, Disk, FaultyDisk, LogContext,
};
use crate::engine::{Engine, EngineOptions};
use crate::query::session::Session;
use crate::query::{Interrupt, Outcome, ResultColumn, ResultSink, dispatch};
use crate::sql::statement::{Parsed, ParserMode, parse_one};
use crate::value::display::text_of;
use crate::value::types::ColumnType;
use crate::value::{SqlError, Value};

pub(in crate::query) struct Scripts {
    pub session: Session,
    runtime: tokio::runtime::Runtime,
}

/// Collects rows as text.
#[derive(Default)]
struct Text {
    types: Vec<ColumnType>,
    lines: Vec<String>,
}

impl ResultSink for Text {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), SqlError> {
        self.types = columns.iter().map(|column| column.ty.ty.clone()).collect();
        let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
        self.lines.push(names.join(" | "));
        Ok(())
    }

    fn row(&mut self, values: &[Value]) -> Result<(), SqlError> {
        let shown = values.iter().zip(&self.types).map(|(value, ty)| match value {
            Value::Null => "NULL".to_owned(),
            value => text_of(value, ty),
        });
        self.lines.push(shown.collect::<Vec<_>>().join(" | "));
        Ok(())
    }
}

impl Scripts {
    pub fn new() -> Self {
        Self::on(Engine::volatile(EngineOptions::default()).unwrap())
    }

    fn on(engine: Arc<Engine>) -> Self {
        let mut session = Session::new(engine, 1);
        session.variables.time_zone = "+00:00".into();
        session.variables.timestamp_micros = Some(1_700_000_000_000_000);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { session, runtime }
    }

    pub fn run(&mut self, sql: &str) -> Result<String, SqlError> {
        let parsed = parse_one(sql.as_bytes(), ParserMode::default())?;
        self.session.diagnostics.clear();
        let mut text = Text::default();
        self.run_parsed(sql, &parsed, &mut text)?;
        if let Some(transaction) = self.session.take_transaction() {
            let engine = self.session.engine.clone();
            let context = logged_context(&self.session);
            let options = CommitOptions { context, ..CommitOptions::default() };
            self.runtime.block_on(engine.commit(transaction, options))?;
        }
        let notes = self.session.diagnostics.list().iter();
        text.lines
            .extend(notes.map(|note| format!("{:?} {}: {}", note.level, note.code, note.message)));
        Ok(text.lines.join("\n"))
    }

    fn run_parsed(&mut self, sql: &str, parsed: &Parsed, text: &mut Text) -> Result<(), SqlError> {
        let ran = dispatch::execute(&mut self.session, sql, parsed, &[], text);
        let outcome = ran.map_err(|interrupt| match interrupt {
            Interrupt::Error(error) => error,
            other => panic!("{sql}: {other:?}"),
        })?;
        let Some(ddl) = self.session.ddl.take() else {
            if let Outcome::Ok { affected: 1.., info, .. } = outcome {
                text.lines.push(format!("OK {info}"));
            }
            return Ok(());
        };
        if let Outcome::Ok { affected: 1.., info, .. } = &outcome
            && let Some(records) = info.split("  ").next().filter(|records| !records.is_empty())
        {
            text.lines.push(records.to_owned());
        }
        let before = Database::clone(&self.session.engine.database());
        let logged = ddl.statement.sql.clone();
        let engine = self.session.engine.clone();
        // Of what is temporary the log knows nothing.
        if !ddl.changes.is_empty() {
            let transaction = self.session.lend_transaction();
            let replayed = replayed(&ddl.statement, &self.session, &before);
            assert_eq!(replayed, format!("{:?}", ddl.changes), "{logged}");
            let context = logged_context(&self.session);
            let statement = DdlStatement { context, ..ddl.statement };
            self.runtime.block_on(engine.ddl(transaction, statement, ddl.changes))?;
        }
        if let Some(then) = ddl.then {
            let parsed = Parsed::of(*then);
            self.run_parsed("", &parsed, text)?;
        }
        Ok(())
    }
}

fn logged_context(session: &Session) -> LogContext {
    LogContext {
        schema: session.database.as_deref().unwrap_or_default().to_owned(),
        sql_mode: session.variables.sql_mode.0,
        collations: [255; 3],
        timestamp_micros: 1_700_000_000_000_000,
        ..LogContext::default()
    }
}

/// The changes that recovery would make of a logged statement.
fn replayed(statement: &DdlStatement, session: &Session, before: &Database) -> String {
    let context = logged_context(session);
    let statement = DdlStatement { context, ..statement.clone() };
    match Replay::default().changes(&statement, before) {
        Ok(changes) => format!("{changes:?}"),
        Err(error) => format!("{error}"),
    }
}

#[test]
fn definitions_and_hidden_columns_come_back_from_the_log() {
    let disk = FaultyDisk::new(1);
    let mut scripts = Scripts::on(open(&disk));
    for sql in [
        "CREATE DATABASE d",
        "CREATE TABLE d.t (id INT PRIMARY KEY, a INT, b VARCHAR(9), KEY fx ((UPPER(b)), (a * 2)), UNIQUE u ((a + 1)))",
        "CREATE TABLE d.k (a INT, KEY ((a + 1)))",
        "INSERT INTO d.t VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 3, 'z')",
        "UPDATE d.t SET a = 7, b = 'seven' WHERE id = 2",
        "DELETE FROM d.t WHERE id = 3",
        "INSERT INTO d.k VALUES (1), (1), (2)",
        "DELETE FROM d.k WHERE a = 2",
        "ALTER TABLE d.t ADD c INT DEFAULT 5 FIRST, ADD INDEX ((a - id))",
        "CREATE VIEW d.v AS SELECT * FROM d.t WHERE a > 1 WITH CHECK OPTION",
        "RENAME TABLE d.v TO d.w",
        "CREATE TEMPORARY TABLE d.tmp AS SELECT 1 AS one",
        "CREATE TABLE d.made (x INT) AS SELECT a AS y FROM d.t",
        "CREATE TABLE d.child (tid INT REFERENCES d.t)",
    ] {
        scripts.run(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
    let queries = [
        "SHOW CREATE TABLE d.t",
        "SHOW CREATE TABLE d.k",
        "SHOW CREATE TABLE d.child",
        "SHOW CREATE VIEW d.w",
        "SELECT * FROM d.t",
        "SELECT * FROM d.k",
        "SELECT * FROM d.w",
        "SELECT * FROM d.made",
        "SELECT id FROM d.t WHERE a + 1 = 8",
    ];
    let before = queries.map(|sql| scripts.run(sql).unwrap());
    drop(scripts);
    let mut scripts = Scripts::on(open(&disk.restart()));
    assert_eq!(queries.map(|sql| scripts.run(sql).unwrap()), before);
    let clash = scripts.run("INSERT INTO d.t VALUES (5, 9, 1, 'n')").unwrap_err();
    assert_eq!(clash.message, "Duplicate entry '2' for key 't.u'", "hidden values are there");
    let refused = scripts.run("UPDATE d.w SET a = 0").unwrap_err();
    assert_eq!(refused.code, 1369);
}

fn open(disk: &FaultyDisk) -> Arc<Engine> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    Engine::open(disk, EngineOptions::default(), &Replay::default(), &mut |_| {}).unwrap()
}

impl goldenscript::Runner for Scripts {
    type Command = goldenscript::Command;

    fn run(
        &mut self,
        command: &goldenscript::Command,
        _: &goldenscript::Context,
    ) -> Result<String, Box<dyn Error>> {
        let text = match Scripts::run(self, &command.name) {
            Ok(text) if text.is_empty() => "OK".to_owned(),
            Ok(text) => text,
            Err(error) => {
                drop(self.session.take_transaction());
                format!("ERROR {}: {}", error.code, error.message)
            }
        };
        Ok(text + "\n")
    }
}

#[test]
fn golden_scripts() {
    run_folder("src/query/ddl/testscripts");
}

/// Runs the scripts of a folder, each in a session of its own.
pub(in crate::query) fn run_folder(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        goldenscript::run(&mut Scripts::new(), &path).unwrap();
    }
}
