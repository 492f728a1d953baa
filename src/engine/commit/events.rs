//! A transaction's events, serialised on the session's own thread.

use std::sync::Arc;

use crate::binlog::event::{LoggedTable, QueryContext, RowChange, StatusVars};
use crate::binlog::event::{NO_FOREIGN_KEY_CHECKS, RELAXED_UNIQUE_CHECKS};
use crate::binlog::{EventError, TransactionEvents};
use crate::engine::catalog::TableDef;
use crate::engine::temporary::is_temporary;
use crate::engine::{DdlStatement, LogContext, Transaction};
use crate::store::{Change, TableId};
use crate::value::{Row, SqlError};

/// What the log says of the session.
fn context(from: &LogContext) -> QueryContext {
    let flag = |is_on: bool, flag| if is_on { flag } else { 0 };
    let flags = flag(from.no_foreign_key_checks, NO_FOREIGN_KEY_CHECKS)
        | flag(from.relaxed_unique_checks, RELAXED_UNIQUE_CHECKS);
    let vars = StatusVars {
        flags2: Some(flags),
        sql_mode: Some(from.sql_mode),
        charset: (from.collations != [0; 3]).then_some(from.collations),
        time_zone: (!from.time_zone.is_empty()).then(|| from.time_zone.clone()),
        microseconds: Some((from.timestamp_micros % 1_000_000) as u32),
        ..StatusVars::default()
    };
    let timestamp = (from.timestamp_micros / 1_000_000) as u32;
    QueryContext { thread_id: from.connection, timestamp, vars }
}

/// The events of a DDL statement.
pub(crate) fn statement(
    server_id: u32,
    statement: &DdlStatement,
) -> Result<TransactionEvents, SqlError> {
    let from = &statement.context;
    let events =
        TransactionEvents::statement(server_id, &context(from), &from.schema, &statement.sql);
    events.map_err(|error| not_loggable(&error))
}

/// The events of a definition with the rows of the table that it makes, with a note before them. `place` is the
/// server where it began and the transaction's number here.
pub(crate) fn created(
    place: (u32, u64),
    statement: &DdlStatement,
    (table, rows): (&TableDef, &[Row]),
    note: Option<&str>,
) -> Result<TransactionEvents, SqlError> {
    write_created(place, statement, (table, rows), note).map_err(|error| not_loggable(&error))
}

fn write_created(
    (server_id, number): (u32, u64),
    statement: &DdlStatement,
    (table, rows): (&TableDef, &[Row]),
    note: Option<&str>,
) -> Result<TransactionEvents, EventError> {
    let from = context(&statement.context);
    let schema = &statement.context.schema;
    let mut events = TransactionEvents::begin(server_id, &from, schema)?;
    if let Some(note) = note {
        events.rows_query(note)?;
    }
    events.definition(&from, schema, &statement.sql)?;
    let columns = table.logged_columns();
    let added = rows.iter().map(|row| row.values().get(..columns).unwrap_or(row.values()));
    events.rows(&*table.logged()?, added.map(RowChange::Write))?;
    events.commit(number)?;
    Ok(events)
}

/// The events of a transaction's row changes, with a note before them. Those of temporary tables are not
/// logged.
pub(crate) fn rows(
    server_id: u32,
    transaction: &Transaction,
    from: &LogContext,
    note: Option<&str>,
) -> Result<TransactionEvents, SqlError> {
    write_rows(server_id, transaction, from, note).map_err(|error| not_loggable(&error))
}

fn not_loggable(error: &EventError) -> SqlError {
    SqlError::new(1105, b"HY000", format!("The binary log cannot hold this transaction: {error}"))
}

fn write_rows(
    server_id: u32,
    transaction: &Transaction,
    from: &LogContext,
    note: Option<&str>,
) -> Result<TransactionEvents, EventError> {
    let from = &LogContext {
        no_foreign_key_checks: from.no_foreign_key_checks || transaction.has_cascaded(),
        ..from.clone()
    };
    let mut events = TransactionEvents::begin(server_id, &context(from), &from.schema)?;
    if let Some(note) = note {
        events.rows_query(note)?;
    }
    let latest = transaction.latest();
    let database = latest.database();
    let changes = transaction.writes.changes();
    let is_one = |a: &Change, b: &Change| a.table == b.table && a.statement == b.statement;
    for run in changes.chunk_by(is_one) {
        let Some(first) = run.first().filter(|first| !is_temporary(first.table)) else { continue };
        let (table, logged) = described(transaction, first.table)?;
        // cascaded changes are logged as the rows that they are
        events.set_complete(database.catalog.takes_part_in_cascades(&table));
        let columns = table.logged_columns();
        events.rows(&logged, run.iter().filter_map(|change| row_change(change, columns)))?;
    }
    events.commit(transaction.id())?;
    Ok(events)
}

fn described(
    transaction: &Transaction,
    id: TableId,
) -> Result<(Arc<TableDef>, Arc<LoggedTable>), EventError> {
    let table = transaction.used_table(id);
    let table = table.ok_or(EventError::Malformed("a table was changed that is not in use"))?;
    let logged = table.logged()?;
    Ok((table, logged))
}

/// A change without hidden columns.
fn row_change(change: &Change, columns: usize) -> Option<RowChange<'_>> {
    let values = |row: &'_ crate::value::Row| -> usize { row.values().len().min(columns) };
    Some(match (&change.before, &change.after) {
        (None, Some(after)) => RowChange::Write(after.values().get(..values(after))?),
        (Some(before), None) => RowChange::Delete(before.values().get(..values(before))?),
        (Some(before), Some(after)) => RowChange::Update(
            before.values().get(..values(before))?,
            after.values().get(..values(after))?,
        ),
        (None, None) => return None,
    })
}
