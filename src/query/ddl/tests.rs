//! Golden scripts: definitions and what the server says of them. One subject a file in `testscripts/`; each
//! line `> statement` is run in one session that lasts for the file. Every definition is read again from
//! its logged text, which must give the same catalog.

use std::error::Error;
use std::path::Path;

use super::Replay;
use crate::engine::{CommitOptions, Database, DdlReplay, DdlStatement, LogContext};
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
        let mut session = Session::for_test(1);
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
            self.runtime.block_on(engine.commit(transaction, CommitOptions::default()))?;
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
        let transaction = self.session.lend_transaction();
        let engine = self.session.engine.clone();
        let replayed = replayed(&ddl.statement, &self.session, &before);
        assert_eq!(replayed, format!("{:?}", ddl.changes), "{logged}");
        self.runtime.block_on(engine.ddl(transaction, ddl.statement, ddl.changes))?;
        if let Some(then) = ddl.then {
            let parsed = Parsed::of(*then);
            self.run_parsed("", &parsed, text)?;
        }
        Ok(())
    }
}

/// The changes that recovery would make of a logged statement.
fn replayed(statement: &DdlStatement, session: &Session, before: &Database) -> String {
    let context = LogContext {
        schema: session.database.as_deref().unwrap_or_default().to_owned(),
        sql_mode: session.variables.sql_mode.0,
        collations: [255; 3],
        timestamp_micros: 1_700_000_000_000_000,
        ..LogContext::default()
    };
    let statement = DdlStatement { context, ..statement.clone() };
    match Replay::default().changes(&statement, before) {
        Ok(changes) => format!("{changes:?}"),
        Err(error) => format!("{error}"),
    }
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
