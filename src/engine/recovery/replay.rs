//! Carrying out logged transactions on a state that nobody else sees yet.

use std::collections::HashMap;

use super::error::RecoveryError;
use crate::binlog::event::{Event, EventHeader, Images, Query, Rows, TransactionId};
use crate::binlog::log::Transaction;
use crate::engine::apply::{Ids, Limits, apply, auto_value, prepare};
use crate::engine::catalog::TableDef;
use crate::engine::foreign::position;
use crate::engine::replay::images::ImageIndex;
use crate::engine::replay::{Maps, logged_statement, unfit, whole};
use crate::engine::{Database, DdlReplay};
use crate::store::{Direction, IndexNo, Key, KeyRange, Table, TableId, Tables, View};
use crate::value::{Row, Value};

/// A state, and what is needed to bring it forward.
pub(super) struct Replayer<'a> {
    pub database: Database,
    pub ids: &'a Ids,
    pub ddl: &'a dyn DdlReplay,
    maps: Maps,
    /// Rows by contents, of tables without a primary key.
    images: HashMap<TableId, ImageIndex>,
}

impl<'a> Replayer<'a> {
    pub fn new(database: Database, ids: &'a Ids, ddl: &'a dyn DdlReplay) -> Self {
        Self { database, ids, ddl, maps: Maps::default(), images: HashMap::new() }
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
            Event::TableMap(map) => self.maps.note(map, &self.database.catalog),
            Event::Rows(rows) => self.rows(rows),
            Event::RowsQuery(text) => {
                self.note_position(position::of_note(text));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn note_position(&mut self, position: Option<&str>) {
        if let Some(position) = position {
            self.database.source_position = Some(position.into());
        }
    }

    fn statement(&mut self, header: &EventHeader, query: &Query<'_>) -> Result<(), RecoveryError> {
        let statement = logged_statement(header, query);
        let failed = |error| RecoveryError::Statement { sql: statement.sql.clone(), error };
        let changes = self.ddl.changes(&statement, &self.database).map_err(failed)?;
        let steps = prepare(changes, &self.database, self.ids, Limits::none()).map_err(failed)?;
        apply(&steps, &mut self.database);
        self.note_position(position::of_statement(&statement.sql));
        self.maps.clear();
        self.images.clear();
        Ok(())
    }

    fn rows(&mut self, rows: &Rows<'_>) -> Result<(), RecoveryError> {
        let Self { database, maps, images, ddl, .. } = self;
        let mapped = maps.get(rows.table)?;
        let table = &mapped.table;
        let hidden_key = table.shape.primary.is_none();
        for row in rows.images(&mapped.layouts) {
            let Images { before, after } = row?;
            let before = before.map(|row| logged_row(table, row, *ddl)).transpose()?;
            let after = after.map(|row| logged_row(table, row, *ddl)).transpose()?;
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

/// A row of which every column was logged.
fn logged_row(
    table: &TableDef,
    row: Vec<Option<Value>>,
    ddl: &dyn DdlReplay,
) -> Result<Row, RecoveryError> {
    let values: Option<Vec<Value>> = row.into_iter().collect();
    let failed = |error| RecoveryError::Statement { sql: "a generated column".into(), error };
    let row = whole(table, values.ok_or_else(|| unfit(table))?, ddl).map_err(failed)?;
    row.ok_or_else(|| unfit(table))
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
        index.build(|put| each_row(rows, put));
        key = index.take(&before, |key| rows.get(key));
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

fn each_row(rows: &Table, put: &mut dyn FnMut(&Row, &Key)) {
    let mut alone = Tables::default();
    alone.insert(rows.clone());
    let view = View::new(&alone, None);
    let all = KeyRange::all();
    for found in view.scan(rows.id(), IndexNo::ROWS, &all, Direction::Forward) {
        put(found.row, &found.row_key);
    }
}
