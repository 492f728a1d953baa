//! Golden scripts of SQL on a database in memory: each line `> statement` shows its rows, or what it came to.
//!
//! The tables are those of `tables.rs`. Every statement commits by itself, unless it has to wait: then it
//! says so.

mod tables;

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use super::session::Session;
use super::{Interrupt, Outcome, ResultColumn, ResultSink, execute};
use crate::engine::CommitOptions;
use crate::sql::statement::{ParserMode, parse_one};
use crate::value::{SqlError, Value, display};

/// Collects a result as text.
#[derive(Default)]
pub(crate) struct Table {
    columns: Vec<ResultColumn>,
    text: String,
}

impl Table {
    /// What was collected.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

impl ResultSink for Table {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), SqlError> {
        self.columns = columns.to_vec();
        let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
        writeln!(self.text, "{}", names.join(" | ")).unwrap();
        Ok(())
    }

    fn row(&mut self, values: &[Value]) -> Result<(), SqlError> {
        let shown: Vec<String> = values
            .iter()
            .zip(&self.columns)
            .map(|(value, column)| match value {
                Value::Null => "NULL".to_owned(),
                value => {
                    let mut out = Vec::new();
                    display(value, &column.ty.ty, &mut out);
                    String::from_utf8_lossy(&out).into_owned()
                }
            })
            .collect();
        writeln!(self.text, "{}", shown.join(" | ")).unwrap();
        Ok(())
    }
}

struct Scripts {
    session: Session,
}

impl Scripts {
    fn new() -> Self {
        let mut session = Session::for_test(1);
        tables::create(&mut session);
        session.database = Some("test".into());
        session.variables.time_zone = "+02:00".into();
        session.variables.timestamp_micros = Some(1_700_000_000_000_000);
        Self { session }
    }

    fn statement(&mut self, sql: &str, types: bool) -> String {
        let session = &mut self.session;
        session.diagnostics.clear();
        let parsed = match parse_one(sql.as_bytes(), ParserMode::default()) {
            Ok(parsed) => parsed,
            Err(error) => return format!("syntax: {error:?}\n"),
        };
        session.transaction().start_statement();
        let mut sink = Table::default();
        let result = execute(session, sql, &parsed, &[], &mut sink);
        let mut out = match result {
            Ok(outcome) => {
                if let Some(transaction) = session.take_transaction() {
                    let ticket = session.engine.commit(transaction, CommitOptions::default());
                    ticket.wait().unwrap();
                }
                describe(outcome, sink, types)
            }
            Err(interrupt) => {
                drop(session.take_transaction());
                match interrupt {
                    Interrupt::Error(error) => format!("{error}\n"),
                    other => format!("{other:?}\n"),
                }
            }
        };
        for warning in session.diagnostics.list() {
            writeln!(out, "{:?} {} {}", warning.level, warning.code, warning.message).unwrap();
        }
        out
    }
}

fn describe(outcome: Outcome, sink: Table, types: bool) -> String {
    match outcome {
        Outcome::Rows { .. } if types => sink
            .columns
            .iter()
            .map(|column| {
                let null = if column.ty.nullable { "" } else { " NOT NULL" };
                format!("{}: {:?}{null}\n", column.name, column.ty.ty)
            })
            .collect(),
        Outcome::Rows { .. } => sink.text,
        Outcome::Ok { affected, last_insert_id, info } => {
            let id =
                if last_insert_id > 0 { format!(" id={last_insert_id}") } else { String::new() };
            let info = if info.is_empty() { info } else { format!(" ({info})") };
            format!("ok {affected}{id}{info}\n")
        }
    }
}

impl goldenscript::Runner for Scripts {
    type Command = goldenscript::Command;

    fn run(
        &mut self,
        command: &goldenscript::Command,
        context: &goldenscript::Context,
    ) -> Result<String, Box<dyn Error>> {
        let types = context.tags.contains("types");
        Ok(self.statement(&command.name, types))
    }
}

#[test]
fn golden_scripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/query/testscripts");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        goldenscript::run(&mut Scripts::new(), &path).unwrap();
    }
}
