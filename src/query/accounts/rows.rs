//! Rows of the account tables by column name, and how they are found and changed.

use std::sync::Arc;

use super::tables::{SCHEMA, default_of};
use crate::engine::catalog::TableDef;
use crate::engine::{Interrupt, LockMode, Transaction, Use};
use crate::store::locks::OnConflict;
use crate::store::{Direction, IndexNo, Key, KeyRange};
use crate::value::{Row, Value};

/// A row that is read or made, by column names.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub table: Arc<TableDef>,
    pub values: Vec<Value>,
}

impl Record {
    /// A row of defaults.
    pub fn new(table: Arc<TableDef>) -> Self {
        let values = table.columns.iter().map(default_of).collect();
        Self { table, values }
    }

    /// A column's value; NULL where there is no such column.
    pub fn get(&self, column: &str) -> &Value {
        let at = self.table.column_index(column);
        at.and_then(|at| self.values.get(at)).unwrap_or(&Value::Null)
    }

    /// A column's value as text; empty for NULL.
    pub fn text(&self, column: &str) -> &str {
        match self.get(column) {
            Value::Text(text) => text,
            Value::Member(member) => &member.text,
            _ => "",
        }
    }

    /// Whether an ENUM('N','Y') says yes.
    pub fn flag(&self, column: &str) -> bool {
        self.text(column) == "Y"
    }

    /// Sets a column; nothing happens where there is no such column.
    pub fn set(&mut self, column: &str, value: Value) {
        let at = self.table.column_index(column);
        if let Some(place) = at.and_then(|at| self.values.get_mut(at)) {
            *place = value;
        }
    }

    /// Whether these columns have these texts.
    pub fn has(&self, columns: &[(&str, &str)]) -> bool {
        columns.iter().all(|(column, text)| self.text(column) == *text)
    }
}

/// All rows of a table as the newest state has them, with the transaction's own changes.
pub(super) fn all(
    transaction: &mut Transaction,
    table: &str,
) -> Result<Vec<(Key, Record)>, Interrupt> {
    let table = transaction.use_table(SCHEMA, table, Use::Write)?;
    let latest = transaction.latest();
    let scan = latest.view().scan(table.id, IndexNo::ROWS, &KeyRange::all(), Direction::Forward);
    let records = scan.map(|found| {
        let values = found.row.values().to_vec();
        (found.row_key, Record { table: table.clone(), values })
    });
    Ok(records.collect())
}

/// The row with these texts, locked, if there is one.
pub(super) fn find(
    transaction: &mut Transaction,
    table: &str,
    columns: &[(&str, &str)],
) -> Result<Option<(Key, Record)>, Interrupt> {
    let found = all(transaction, table)?.into_iter().find(|(_, record)| record.has(columns));
    let Some((key, record)) = found else { return Ok(None) };
    let row =
        transaction.lock_and_get(&record.table, &key, LockMode::Exclusive, OnConflict::Wait)?;
    Ok(row.map(|row| (key, Record { table: record.table, values: row.values().to_vec() })))
}

/// Puts a record in the place of the row at `key`, or adds it.
pub(super) fn put(
    transaction: &mut Transaction,
    key: Option<&Key>,
    record: Record,
) -> Result<(), Interrupt> {
    let row = Row::new(record.values);
    match key {
        Some(key) => transaction.update(&record.table, key, row)?,
        None => transaction.insert(&record.table, row)?,
    };
    Ok(())
}

/// Takes every row with these texts out of a table; how many there were.
pub(super) fn remove(
    transaction: &mut Transaction,
    table: &str,
    columns: &[(&str, &str)],
) -> Result<usize, Interrupt> {
    let mut removed = 0;
    for (key, record) in all(transaction, table)? {
        if record.has(columns) {
            transaction.delete(&record.table, &key)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// A new row of a table.
pub(super) fn blank(transaction: &mut Transaction, table: &str) -> Result<Record, Interrupt> {
    Ok(Record::new(transaction.use_table(SCHEMA, table, Use::Write)?))
}
