//! Carrying out logged transactions on a state that nobody else sees yet.

use std::collections::HashMap;

use super::RecoveryError;
use super::images::ImageIndex;
use crate::binlog::event::{Event, EventHeader, Images, Query, Rows, TableMap, TransactionId};
use crate::binlog::log::Transaction;
use crate::binlog::row::Layout;
use crate::engine::apply::{Ids, Limits, apply, auto_value, prepare};
use crate::engine::catalog::TableDef;
use crate::engine::{Database, DdlReplay, DdlStatement, LogContext};
use crate::store::{Key, Table, TableId};
use crate::value::{Row, Value};

/// A state, and what is needed to bring it forward.
pub(super) struct Replayer<'a> {
    pub database: Database,
    pub ids: &'a Ids,
    pub ddl: &'a dyn DdlReplay,
    /// The tables that row events of this transaction speak of, by the number in the log.
    maps: HashMap<u64, Mapped>,
    /// Rows by contents, of tables without a primary key.
    images: HashMap<TableId, ImageIndex>,
}

/// A table map that is understood.
struct Mapped {
    table: std::sync::Arc<TableDef>,
    layouts: Vec<Layout>,
}

impl<'a> Replayer<'a> {
    pub fn new(database: Database, ids: &'a Ids, ddl: &'a dyn DdlReplay) -> Self {
        Self { database, ids, ddl, maps: HashMap::new(), images: HashMap::new() }
    }

    /// Carries out a transaction.
    pub fn transaction(&mut self, transaction: &Transaction) -> Result<(), RecoveryError> {
        self.maps.clear();
        for event in transaction.events() {
            let (header, event) = event?;
            self.event(&header, &event)?;
        }
        if let TransactionId::MySql(gtid) = &transaction.gtid.id {
            self.database.note(gtid.clone());
        }
        Ok(())
    }

    fn event(&mut self, header: &EventHeader, event: &Event<'_>) -> Result<(), RecoveryError> {
        match event {
            Event::Query(query) if !query.is_begin() && !query.is_end() => {
                self.statement(header, query)
            }
            Event::TableMap(map) => self.map(map),
            Event::Rows(rows) => self.rows(rows),
            _ => Ok(()),
        }
    }

    fn statement(&mut self, header: &EventHeader, query: &Query<'_>) -> Result<(), RecoveryError> {
        let statement = logged_statement(header, query);
        let failed = |error| RecoveryError::Statement { sql: statement.sql.clone(), error };
        let changes = self.ddl.changes(&statement, &self.database).map_err(failed)?;
        let steps = prepare(changes, &self.database, self.ids, Limits::none()).map_err(failed)?;
        apply(&steps, &mut self.database);
        self.maps.clear();
        self.images.clear();
        Ok(())
    }

    fn map(&mut self, map: &TableMap) -> Result<(), RecoveryError> {
        let table = self.database.catalog.table(&map.schema, &map.name);
        let table = table.ok_or_else(|| RecoveryError::NoTable {
            schema: map.schema.clone(),
            table: map.name.clone(),
        })?;
        let same = self.maps.get(&map.id).is_some_and(|mapped| mapped.table.id == table.id);
        if same {
            return Ok(());
        }
        let types = table.shape.columns.get(..table.logged_columns()).unwrap_or_default();
        if map.columns.len() != types.len() {
            return Err(unfit(table));
        }
        let layouts = map.layouts_as(types)?;
        self.maps.insert(map.id, Mapped { table: table.clone(), layouts });
        Ok(())
    }

    fn rows(&mut self, rows: &Rows<'_>) -> Result<(), RecoveryError> {
        let Self { database, maps, images, ddl, .. } = self;
        let mapped = maps.get(&rows.table).ok_or(RecoveryError::NoMap)?;
        let table = &mapped.table;
        let hidden_key = table.shape.primary.is_none();
        for row in rows.images(&mapped.layouts) {
            let Images { before, after } = row?;
            let before = before.map(|row| whole(table, row, *ddl)).transpose()?;
            let after = after.map(|row| whole(table, row, *ddl)).transpose()?;
            let changed = database.tables.change(table.id, |rows| {
                if hidden_key {
                    let index = images.entry(table.id).or_default();
                    return change_by_image(rows, index, before, after);
                }
                change_by_key(rows, before, after.as_ref(), table)
            });
            if changed != Some(true) {
                return Err(unfit(table));
            }
        }
        Ok(())
    }
}

fn unfit(table: &TableDef) -> RecoveryError {
    RecoveryError::Unfit { table: table.full_name().to_string() }
}

/// A row with all its columns.
fn whole(
    table: &TableDef,
    row: Vec<Option<Value>>,
    ddl: &dyn DdlReplay,
) -> Result<Row, RecoveryError> {
    let values: Option<Vec<Value>> = row.into_iter().collect();
    let mut values = values.ok_or_else(|| unfit(table))?;
    if values.len() < table.columns.len() {
        let failed = |error| RecoveryError::Statement { sql: "a generated column".into(), error };
        ddl.hidden_values(table, &mut values).map_err(failed)?;
    }
    if values.len() == table.columns.len() { Ok(Row::new(values)) } else { Err(unfit(table)) }
}

/// Whether what was to go was there.
fn change_by_key(
    rows: &mut Table,
    before: Option<Row>,
    after: Option<&Row>,
    table: &TableDef,
) -> bool {
    if let Some(before) = before {
        let gone = table.shape.row_key(&before).and_then(|key| rows.remove(&key));
        if gone.is_none() {
            return false;
        }
    }
    let Some(after) = after else { return true };
    note_counter(rows, after, table);
    table.shape.row_key(after).is_some_and(|key| rows.put(key, after.clone()).is_none())
}

fn note_counter(rows: &Table, row: &Row, table: &TableDef) {
    if let Some(column) = table.auto_increment_column() {
        rows.counters().raise_auto(auto_value(row, column).saturating_add(1));
    }
}

fn change_by_image(
    rows: &mut Table,
    index: &mut ImageIndex,
    before: Option<Row>,
    after: Option<Row>,
) -> bool {
    let mut key = None;
    if let Some(before) = before {
        key = index.take(rows, &before);
        let gone = key.as_ref().and_then(|key: &Key| rows.remove(key));
        if gone.is_none() {
            return false;
        }
    }
    if let Some(after) = after {
        let key = key.unwrap_or_else(|| rows.counters().take_row_key());
        index.put(&after, &key);
        rows.put(key, after);
    }
    true
}

/// A statement as it was given to the log.
fn logged_statement(header: &EventHeader, query: &Query<'_>) -> DdlStatement {
    let vars = &query.vars;
    let flags = vars.flags2.unwrap_or(0);
    let micros = u64::from(vars.microseconds.unwrap_or(0));
    DdlStatement {
        sql: String::from_utf8_lossy(query.sql).into_owned(),
        context: LogContext {
            connection: query.thread_id,
            schema: String::from_utf8_lossy(query.schema).into_owned(),
            sql_mode: vars.sql_mode.unwrap_or(0),
            collations: vars.charset.unwrap_or_default(),
            time_zone: vars.time_zone.clone().unwrap_or_default(),
            timestamp_micros: u64::from(header.timestamp) * 1_000_000 + micros,
            no_foreign_key_checks: flags & crate::binlog::event::NO_FOREIGN_KEY_CHECKS != 0,
            relaxed_unique_checks: flags & crate::binlog::event::RELAXED_UNIQUE_CHECKS != 0,
        },
        unlogged: false,
    }
}
