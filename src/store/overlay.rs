//! What a transaction has changed, net, in the order of the tables.
//!
//! The maps are persistent, so an overlay can be kept as it was: as a mark to roll back to, and as what
//! a statement reads while it writes (so that an UPDATE does not meet its own rows again).
//!
//! For a row that the transaction has touched, the overlay says everything, its unchanged index entries
//! included. A scan leaves out what the snapshot says of that row: the snapshot may be older than the
//! version that was changed, with the row under another index key.

use std::sync::Arc;

use imbl::OrdMap;
use smallvec::SmallVec;

use super::key::Key;
use super::shape::{TableId, TableShape};
use crate::value::Row;

/// A place in a secondary index; numbers are the lengths of the row keys at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// The row is now here.
    Put(u32),
    /// The row is here as before.
    Kept(u32),
    /// The row was here.
    Gone,
}

impl Slot {
    pub(super) fn tail(self) -> Option<u32> {
        match self {
            Self::Put(tail) | Self::Kept(tail) => Some(tail),
            Self::Gone => None,
        }
    }
}

/// What a transaction has changed in one table.
#[derive(Debug, Clone)]
pub(super) struct TableWrites {
    pub id: TableId,
    shape: Arc<TableShape>,
    /// Touched rows; none where it was deleted.
    pub rows: OrdMap<Key, Option<Row>>,
    pub indexes: Vec<OrdMap<Key, Slot>>,
}

/// What a transaction has changed. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    /// Few, so they are looked through.
    tables: SmallVec<[Arc<TableWrites>; 2]>,
}

impl Overlay {
    /// Whether nothing was ever changed.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &TableWrites> {
        self.tables.iter().map(|table| &**table)
    }

    pub(super) fn table(&self, id: TableId) -> Option<&TableWrites> {
        self.tables().find(|table| table.id == id)
    }

    pub(super) fn table_mut(&mut self, shape: &Arc<TableShape>) -> &mut TableWrites {
        let at = self.tables.iter().position(|table| table.id == shape.id);
        let at = at.unwrap_or_else(|| {
            self.tables.push(Arc::new(TableWrites::new(shape.clone())));
            self.tables.len() - 1
        });
        Arc::make_mut(&mut self.tables[at])
    }
}

impl TableWrites {
    fn new(shape: Arc<TableShape>) -> Self {
        let indexes = shape.secondary.iter().map(|_| OrdMap::new()).collect();
        Self { id: shape.id, shape, rows: OrdMap::new(), indexes }
    }

    /// Whether the transaction has changed, added or deleted the row by that key.
    pub fn touches(&self, row_key: &Key) -> bool {
        self.rows.contains_key(row_key)
    }

    /// A row is new.
    pub fn insert(&mut self, key: Key, row: &Row) {
        let shape = self.shape.clone();
        for (index, entry) in self.indexes.iter_mut().zip(shape.entries(row, &key)) {
            index.insert(entry.key, Slot::Put(entry.tail));
        }
        self.rows.insert(key, Some(row.clone()));
    }

    /// A row is gone.
    pub fn delete(&mut self, key: &Key, before: &Row) {
        let shape = self.shape.clone();
        for (index, entry) in self.indexes.iter_mut().zip(shape.entries(before, key)) {
            index.insert(entry.key, Slot::Gone);
        }
        self.rows.insert(key.clone(), None);
    }

    /// A row has other values under the same key.
    pub fn replace(&mut self, key: Key, before: &Row, after: &Row) {
        let shape = self.shape.clone();
        let entries = shape.entries(before, &key).zip(shape.entries(after, &key));
        for (index, (old, new)) in self.indexes.iter_mut().zip(entries) {
            if old.key != new.key {
                index.insert(old.key, Slot::Gone);
                index.insert(new.key, Slot::Put(new.tail));
            } else if !index.contains_key(&new.key) {
                index.insert(new.key, Slot::Kept(new.tail));
            }
        }
        self.rows.insert(key, Some(after.clone()));
    }
}
