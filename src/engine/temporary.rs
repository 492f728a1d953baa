//! The temporary tables of a session: definitions and rows that nobody else sees and no log keeps.
//!
//! A transaction of the session puts them into its own views, under ids that no permanent table has; so
//! reading, writing, savepoints and rollback work on them as on any table.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::RowConversion;
use super::apply::{Limits, rebuild};
use super::catalog::{TableDef, TableName};
use crate::store::{Table, TableId, Tables};
use crate::value::SqlError;

/// Temporary tables have ids from here on.
const FIRST_TEMPORARY_ID: u64 = 1 << 63;

/// Whether the table is a temporary one.
pub(crate) fn is_temporary(id: TableId) -> bool {
    id.0 >= FIRST_TEMPORARY_ID
}

/// A session's temporary tables. A clone is the same set.
#[derive(Debug, Clone, Default)]
pub struct TemporaryTables(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
pub(crate) struct Inner {
    definitions: BTreeMap<TableName, Arc<TableDef>>,
    pub(crate) rows: Tables,
    given: u64,
}

impl Inner {
    pub(crate) fn is_empty(&self) -> bool {
        self.definitions.is_empty()
    }

    fn new_id(&mut self) -> TableId {
        self.given += 1;
        TableId(FIRST_TEMPORARY_ID + self.given)
    }
}

impl TemporaryTables {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The definition of this name.
    pub fn table(&self, schema: &str, name: &str) -> Option<Arc<TableDef>> {
        let inner = self.lock();
        if inner.is_empty() {
            return None;
        }
        inner.definitions.get(&TableName::new(schema, name)).cloned()
    }

    /// Whether the table of this name has no rows, or is not there.
    pub fn is_empty(&self, schema: &str, name: &str) -> bool {
        let inner = self.lock();
        let table = inner.definitions.get(&TableName::new(schema, name));
        let rows = table.and_then(|table| inner.rows.get(table.id));
        rows.is_none_or(|rows| rows.is_empty())
    }

    /// All definitions, by name.
    pub fn list(&self) -> Vec<Arc<TableDef>> {
        self.lock().definitions.values().cloned().collect()
    }

    /// CREATE TEMPORARY TABLE: takes the place of one of the same name.
    ///
    /// # Errors
    /// 1072 for an index over a column that is not there.
    pub fn create(&self, mut table: TableDef) -> Result<Arc<TableDef>, SqlError> {
        self.drop(&table.schema, &table.name);
        let mut inner = self.lock();
        table.temporary = true;
        table.finish(inner.new_id())?;
        let rows = Table::new(table.shape.clone());
        rows.counters().raise_auto(table.first_auto_increment);
        inner.rows.insert(rows);
        let table = Arc::new(table);
        inner.definitions.insert(table.full_name(), table.clone());
        Ok(table)
    }

    /// ALTER TABLE: the rows in their new form, and how many there are.
    ///
    /// # Errors
    /// 1146, 1062; what the conversion says; why the statement must stop.
    pub fn alter(
        &self,
        old: &TableName,
        mut new: TableDef,
        convert: Option<&RowConversion>,
        stop: &dyn Fn() -> Result<(), SqlError>,
    ) -> Result<u64, SqlError> {
        let mut inner = self.lock();
        let missing = || super::errors::no_such_table(&old.schema, &old.name);
        let before = inner.definitions.get(old).cloned().ok_or_else(missing)?;
        let rows = inner.rows.get(before.id).cloned().ok_or_else(missing)?;
        new.temporary = true;
        new.finish(inner.new_id())?;
        let rows = rebuild(&rows, &new, convert, Limits { memory_bytes: u64::MAX, stop })?;
        let count = rows.len() as u64;
        inner.definitions.remove(old);
        inner.rows.remove(before.id);
        inner.rows.insert(rows);
        inner.definitions.insert(new.full_name(), Arc::new(new));
        Ok(count)
    }

    /// How many rows the table of this name has.
    pub fn rows(&self, schema: &str, name: &str) -> u64 {
        let inner = self.lock();
        let table = inner.definitions.get(&TableName::new(schema, name));
        let rows = table.and_then(|table| inner.rows.get(table.id));
        rows.map_or(0, |rows| rows.len() as u64)
    }

    /// DROP TABLE; whether there was one.
    pub fn drop(&self, schema: &str, name: &str) -> bool {
        let mut inner = self.lock();
        let Some(table) = inner.definitions.remove(&TableName::new(schema, name)) else {
            return false;
        };
        inner.rows.remove(table.id);
        true
    }

    /// TRUNCATE TABLE.
    ///
    /// # Errors
    /// 1146 where there is none of this name.
    pub fn truncate(&self, schema: &str, name: &str) -> Result<(), SqlError> {
        let table = self.table(schema, name);
        let table = table.ok_or_else(|| super::errors::no_such_table(schema, name))?;
        self.create(TableDef::clone(&table)).map(drop)
    }

    /// Forgets all, as when the session ends.
    pub fn clear(&self) {
        *self.lock() = Inner::default();
    }
}
