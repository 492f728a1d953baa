//! A table that another server has made together with its rows: CREATE TABLE … SELECT.
//!
//! ```text
//! there   GTID | BEGIN | CREATE TABLE … START TRANSACTION | table map, new rows … | XID
//! here    the same, in one transaction of the log with the same GTID; nobody sees the table before its rows
//! ```
//!
//! The rows go into the new table itself while that is still this transaction's own: nobody else can want a lock in
//! it. So no crash comes between the definition and its rows, and no GTID is made up for one of them.

use std::sync::Arc;

use super::Replicated;
use super::position::note;
use super::rows::{compare, event_error, new_row, steps};
use crate::binlog::event::{Rows, TableMap};
use crate::engine::apply::{Limits, Prepared, auto_value, prepare};
use crate::engine::catalog::TableDef;
use crate::engine::commit::{self, CommitOptions, ReadyCommit};
use crate::engine::replay::Maps;
use crate::engine::{CatalogChange, DdlReplay, DdlStatement, Engine, Transaction, errors};
use crate::store::Table;
use crate::value::{Row, SqlError};

/// What tells MySQL that the definition's rows follow.
pub const ROWS_FOLLOW: &str = " START TRANSACTION";

/// A table that is being filled.
pub struct Created {
    transaction: Transaction,
    statement: DdlStatement,
    table: Arc<TableDef>,
    rows: Box<Table>,
    maps: Maps,
    /// In the log's order.
    logged: Vec<Row>,
}

impl Created {
    /// Makes the table of a statement whose names `transaction` has locked.
    ///
    /// # Errors
    /// What preparing gives; 1235 for what is not the making of one table.
    pub fn new(
        engine: &Engine,
        transaction: Transaction,
        statement: DdlStatement,
        changes: Vec<CatalogChange>,
    ) -> Result<Self, SqlError> {
        let core = engine.core();
        let mut steps = prepare(changes, &core.database(), &core.ids, Limits::none())?;
        let (Some(Prepared::Replace { old: None, new, rows }), true) =
            (steps.pop(), steps.is_empty())
        else {
            return Err(SqlError::not_supported("a definition within a transaction of rows"));
        };
        let maps = Maps::default();
        Ok(Self { transaction, statement, table: new, rows, maps, logged: Vec::new() })
    }

    /// Notes a table map.
    ///
    /// # Errors
    /// 1677, 1535; 1235 for rows of another table.
    pub fn map(&mut self, map: &TableMap) -> Result<(), SqlError> {
        if *map.name != *self.table.name || *map.schema != *self.table.schema {
            return Err(SqlError::not_supported(
                "rows of another table after CREATE TABLE … SELECT",
            ));
        }
        compare(map, &self.table)?;
        self.maps.note_as(map, &self.table).map_err(|error| event_error(&error))
    }

    /// Puts the rows of an event into the table.
    ///
    /// # Errors
    /// 1062; 1114; what is no new row.
    pub fn rows(
        &mut self,
        engine: &Engine,
        rows: &Rows<'_>,
        ddl: &dyn DdlReplay,
    ) -> Result<(), SqlError> {
        let mapped = self.maps.get(rows.table).map_err(|error| event_error(&error))?;
        for step in steps(rows, mapped, false) {
            let row = new_row(&step?, ddl)?;
            let key = self.table.shape.row_key(&row);
            let key = key.unwrap_or_else(|| self.rows.counters().take_row_key());
            if let Some(there) = self.rows.put(key, row.clone()) {
                return Err(errors::duplicate_entry(&self.table, 0, Some(&there)));
            }
            self.logged.push(row);
        }
        let used = engine.database().tables.bytes() + self.rows.bytes();
        match used as u64 > engine.core().options.memory_bytes {
            true => Err(errors::table_full(&self.table.name)),
            false => Ok(()),
        }
    }

    /// Definition and rows as one commit.
    ///
    /// # Errors
    /// 1105: the log cannot hold it.
    pub fn into_commit(self, options: CommitOptions) -> Result<ReadyCommit, SqlError> {
        let Self { transaction, mut statement, table, rows, logged, .. } = self;
        if let Some(column) = table.auto_increment_column() {
            let highest = logged.iter().map(|row| auto_value(row, column)).max().unwrap_or(0);
            rows.counters().raise_auto(highest.saturating_add(1));
        }
        statement.sql.push_str(ROWS_FOLLOW);
        let replicated = options.replicated.as_deref().cloned().unwrap_or_default();
        let Replicated { server_id, position, .. } = replicated;
        let note = position.as_deref().map(note);
        let place = (server_id, transaction.id());
        let events = commit::created_events(place, &statement, (&table, &logged), note.as_deref())?;
        let step = Prepared::Replace { old: None, new: table, rows };
        Ok(ReadyCommit::with_steps(transaction, events, vec![step], options))
    }
}
