//! What logged events mean for tables: shared by recovery, which changes a state that nobody sees yet, and by
//! the applier of another server's transactions, which writes through a transaction with locks.

pub(super) mod images;

use std::collections::HashMap;
use std::sync::Arc;

use super::catalog::{Catalog, TableDef};
use super::foreign::ROWS_FOLLOW;
use super::recovery::error::RecoveryError;
use super::{DdlReplay, DdlStatement, LogContext};
use crate::binlog::event::{
    EventHeader, NO_FOREIGN_KEY_CHECKS, Query, RELAXED_UNIQUE_CHECKS, TableMap,
};
use crate::binlog::row::Layout;
use crate::value::{Row, SqlError, Value};

/// The tables that row events of a transaction speak of, by the number in the log.
#[derive(Default)]
pub(super) struct Maps(HashMap<u64, Mapped>);

/// A table map that is understood.
#[derive(Clone)]
pub(super) struct Mapped {
    /// The table here.
    pub table: Arc<TableDef>,
    /// How the log's rows lie.
    pub layouts: Arc<[Layout]>,
}

impl Maps {
    /// Forgets them: numbers hold for one transaction.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The table of that number.
    pub fn get(&self, number: u64) -> Result<&Mapped, RecoveryError> {
        self.0.get(&number).ok_or(RecoveryError::NoMap)
    }

    /// Notes a table map of a table that must be in `catalog`.
    pub fn note(&mut self, map: &TableMap, catalog: &Catalog) -> Result<(), RecoveryError> {
        let table = catalog.table(&map.schema, &map.name);
        let table = table.ok_or_else(|| RecoveryError::NoTable {
            schema: map.schema.clone(),
            table: map.name.clone(),
        })?;
        self.note_as(map, table)
    }

    /// Notes a table map for a table.
    pub fn note_as(&mut self, map: &TableMap, table: &Arc<TableDef>) -> Result<(), RecoveryError> {
        if self.0.get(&map.id).is_some_and(|mapped| mapped.table.id == table.id) {
            return Ok(());
        }
        let types = table.shape.columns.get(..table.logged_columns()).unwrap_or_default();
        if map.columns.len() != types.len() {
            return Err(unfit(table));
        }
        let layouts = map.layouts_as(types)?.into();
        self.0.insert(map.id, Mapped { table: table.clone(), layouts });
        Ok(())
    }
}

/// The rows do not fit the table.
pub(super) fn unfit(table: &TableDef) -> RecoveryError {
    RecoveryError::Unfit { table: table.full_name().to_string() }
}

/// A row with all its columns, from one that has all that are logged.
pub(super) fn whole(
    table: &TableDef,
    mut values: Vec<Value>,
    ddl: &dyn DdlReplay,
) -> Result<Option<Row>, SqlError> {
    if values.len() < table.columns.len() {
        ddl.hidden_values(table, &mut values)?;
    }
    Ok((values.len() == table.columns.len()).then(|| Row::new(values)))
}

/// A statement as it was given to the log.
pub fn logged_statement(header: &EventHeader, query: &Query<'_>) -> DdlStatement {
    let vars = &query.vars;
    let flags = vars.flags2.unwrap_or(0);
    let micros = u64::from(vars.microseconds.unwrap_or(0));
    let sql = String::from_utf8_lossy(query.sql);
    DdlStatement {
        sql: sql.strip_suffix(ROWS_FOLLOW).unwrap_or(&sql).to_owned(),
        context: LogContext {
            connection: query.thread_id,
            schema: String::from_utf8_lossy(query.schema).into_owned(),
            sql_mode: vars.sql_mode.unwrap_or(0),
            collations: vars.charset.unwrap_or_default(),
            time_zone: vars.time_zone.clone().unwrap_or_default(),
            timestamp_micros: u64::from(header.timestamp) * 1_000_000 + micros,
            no_foreign_key_checks: flags & NO_FOREIGN_KEY_CHECKS != 0,
            relaxed_unique_checks: flags & RELAXED_UNIQUE_CHECKS != 0,
            ack: None,
        },
        unlogged: false,
    }
}
