//! All tables at one moment. A clone is a snapshot.

use std::sync::Arc;

use imbl::OrdMap;

use super::shape::TableId;
use super::table::Table;
use super::write_set::WriteSet;

/// All tables.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    tables: OrdMap<TableId, Arc<Table>>,
    bytes: usize,
}

impl Tables {
    /// That table.
    pub fn get(&self, id: TableId) -> Option<&Arc<Table>> {
        self.tables.get(&id)
    }

    /// Adds a table, in place of one by the same id.
    pub fn insert(&mut self, table: Table) {
        self.bytes += table.bytes();
        if let Some(before) = self.tables.insert(table.id(), Arc::new(table)) {
            self.bytes = self.bytes.saturating_sub(before.bytes());
        }
    }

    /// Takes a table out.
    pub fn remove(&mut self, id: TableId) -> Option<Arc<Table>> {
        let table = self.tables.remove(&id)?;
        self.bytes = self.bytes.saturating_sub(table.bytes());
        Some(table)
    }

    /// Changes a table in place, for recovery and for applying what others have committed. None if
    /// there is no such table.
    pub fn change<T>(&mut self, id: TableId, change: impl FnOnce(&mut Table) -> T) -> Option<T> {
        let table = Arc::make_mut(self.tables.get_mut(&id)?);
        let before = table.bytes();
        let result = change(table);
        self.bytes = (self.bytes + table.bytes()).saturating_sub(before);
        Some(result)
    }

    /// Every table, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.tables.values()
    }

    /// About how many bytes all tables take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Makes what a transaction has done so. Several in a row share the cost of copying. What it did to
    /// tables that are no longer there is lost: a metadata lock keeps that from happening.
    pub fn apply(&mut self, writes: &WriteSet) {
        for table in writes.overlay().tables() {
            self.change(table.id, |changed| changed.apply(table));
        }
    }
}

/// The version after a transaction.
pub fn apply(tables: &Tables, writes: &WriteSet) -> Tables {
    let mut next = tables.clone();
    next.apply(writes);
    next
}
