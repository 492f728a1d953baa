//! A table's rows and indexes at one moment, as persistent maps.
//!
//! A clone shares everything; changing it copies the few nodes on the way to what changes, and only
//! those that somebody else still holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use imbl::OrdMap;

use super::key::Key;
use super::overlay::{Slot, TableWrites};
use super::shape::{IndexEntry, IndexNo, TableId, TableShape};
use super::size;
use crate::value::Row;

/// A table's rows and indexes.
#[derive(Debug, Clone)]
pub struct Table {
    shape: Arc<TableShape>,
    pub(super) rows: OrdMap<Key, Row>,
    /// For each secondary index its keys, each with the length of the row key at its end.
    pub(super) indexes: Vec<OrdMap<Key, u32>>,
    bytes: usize,
    counters: Arc<Counters>,
}

/// The numbers that a table gives out. All versions of a table share them: what a transaction has taken
/// is gone, whether it commits or not.
#[derive(Debug)]
pub struct Counters {
    next_row: AtomicU64,
    next_auto: AtomicU64,
}

impl Default for Counters {
    fn default() -> Self {
        Self { next_row: AtomicU64::new(1), next_auto: AtomicU64::new(1) }
    }
}

impl Counters {
    /// A key for a row of a table without a primary key.
    pub fn take_row_key(&self) -> Key {
        Key::from_number(self.next_row.fetch_add(1, Relaxed))
    }

    /// The next row's hidden number.
    pub fn next_row(&self) -> u64 {
        self.next_row.load(Relaxed)
    }

    /// The next row's hidden number is this or more.
    pub fn raise_next_row(&self, next: u64) {
        self.next_row.fetch_max(next, Relaxed);
    }

    /// The next AUTO_INCREMENT number.
    pub fn next_auto(&self) -> u64 {
        self.next_auto.load(Relaxed)
    }

    /// Takes AUTO_INCREMENT numbers: `take`, told the counter, says which is the first and what the counter
    /// is afterwards. Gives the first. While others take some too, `take` may be asked again.
    pub fn take_auto(&self, take: impl Fn(u64) -> (u64, u64)) -> u64 {
        let after = |counter| Some(take(counter).1);
        let counter = self.next_auto.fetch_update(Relaxed, Relaxed, after);
        take(counter.unwrap_or_else(|counter| counter)).0
    }

    /// The next AUTO_INCREMENT number is this or more.
    pub fn raise_auto(&self, next: u64) {
        self.next_auto.fetch_max(next, Relaxed);
    }

    /// The next AUTO_INCREMENT number is this.
    pub fn set_auto(&self, next: u64) {
        self.next_auto.store(next, Relaxed);
    }

    /// A row by that hidden number is there; the next one gets a higher one.
    fn raise_row(&self, key: &Key) {
        if let Ok(number) = key.bytes().try_into().map(u64::from_be_bytes) {
            self.next_row.fetch_max(number.saturating_add(1), Relaxed);
        }
    }
}

/// Two rows have what only one may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// In which index.
    pub index: IndexNo,
    /// The row that was there first.
    pub row_key: Key,
}

impl Table {
    /// A table without rows.
    pub fn new(shape: Arc<TableShape>) -> Self {
        let indexes = shape.secondary.iter().map(|_| OrdMap::new()).collect();
        Self { shape, rows: OrdMap::new(), indexes, bytes: 0, counters: Arc::default() }
    }

    /// A table of these rows, whose unique keys are checked. Where the shape has a primary key the given
    /// keys are not used.
    pub fn build(
        shape: Arc<TableShape>,
        rows: impl IntoIterator<Item = (Key, Row)>,
    ) -> Result<Self, Duplicate> {
        let mut table = Self::new(shape);
        for (hidden, row) in rows {
            let key = table.shape.row_key(&row).unwrap_or(hidden);
            if table.rows.contains_key(&key) {
                return Err(Duplicate { index: IndexNo::ROWS, row_key: key });
            }
            if let Some(duplicate) = table.duplicate(&row) {
                return Err(duplicate);
            }
            table.put(key, row);
        }
        Ok(table)
    }

    fn duplicate(&self, row: &Row) -> Option<Duplicate> {
        self.shape.unique_keys(row).into_iter().find_map(|(index, columns)| {
            let row_key = self.find_unique(index, &columns)?;
            Some(Duplicate { index, row_key })
        })
    }

    /// The row with these columns in a unique index.
    pub(super) fn find_unique(&self, index: IndexNo, columns: &Key) -> Option<Key> {
        let entries = self.index(index)?;
        let (key, tail) = entries.get_next(columns)?;
        let entry = IndexEntry { key: key.clone(), tail: *tail };
        (entry.columns() == *columns).then(|| entry.row_key())
    }

    /// What the table is made of.
    pub fn shape(&self) -> &Arc<TableShape> {
        &self.shape
    }

    /// Which table.
    pub fn id(&self) -> TableId {
        self.shape.id
    }

    /// The numbers it gives out.
    pub fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// About how many bytes its rows and indexes take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The row by that key.
    pub fn get(&self, key: &Key) -> Option<&Row> {
        self.rows.get(key)
    }

    /// The entries of a secondary index.
    pub(super) fn index(&self, index: IndexNo) -> Option<&OrdMap<Key, u32>> {
        self.indexes.get(index.0.checked_sub(1)?)
    }

    /// Puts a row where it belongs, in place of the one that was there, and gives that back. Unique keys
    /// are not checked.
    pub fn put(&mut self, key: Key, row: Row) -> Option<Row> {
        let before = self.remove(&key);
        let shape = self.shape.clone();
        for (index, entry) in self.indexes.iter_mut().zip(shape.entries(&row, &key)) {
            self.bytes += size::entry(&entry.key);
            index.insert(entry.key, entry.tail);
        }
        self.put_row(key, row);
        before
    }

    /// Takes a row out.
    pub fn remove(&mut self, key: &Key) -> Option<Row> {
        let row = self.remove_row(key)?;
        let shape = self.shape.clone();
        for (index, entry) in self.indexes.iter_mut().zip(shape.entries(&row, key)) {
            if index.remove(&entry.key).is_some() {
                self.bytes = self.bytes.saturating_sub(size::entry(&entry.key));
            }
        }
        Some(row)
    }

    fn put_row(&mut self, key: Key, row: Row) {
        if self.shape.primary.is_none() {
            self.counters.raise_row(&key);
        }
        self.bytes += size::row(&key, &row);
        if let Some(before) = self.rows.insert(key.clone(), row) {
            self.bytes = self.bytes.saturating_sub(size::row(&key, &before));
        }
    }

    fn remove_row(&mut self, key: &Key) -> Option<Row> {
        let row = self.rows.remove(key)?;
        self.bytes = self.bytes.saturating_sub(size::row(key, &row));
        Some(row)
    }

    /// Makes what a transaction has done to this table so.
    pub(super) fn apply(&mut self, writes: &TableWrites) {
        for (key, row) in &writes.rows {
            match row {
                Some(row) => self.put_row(key.clone(), row.clone()),
                None => drop(self.remove_row(key)),
            }
        }
        for (index, slots) in self.indexes.iter_mut().zip(&writes.indexes) {
            self.bytes = apply_index(index, slots, self.bytes);
        }
    }
}

/// Brings an index up to date; gives the table's bytes.
fn apply_index(index: &mut OrdMap<Key, u32>, slots: &OrdMap<Key, Slot>, mut bytes: usize) -> usize {
    for (key, slot) in slots {
        match slot {
            Slot::Put(tail) => {
                let is_new = index.insert(key.clone(), *tail).is_none();
                bytes += if is_new { size::entry(key) } else { 0 };
            }
            Slot::Gone => {
                let was_there = index.remove(key).is_some();
                bytes = bytes.saturating_sub(if was_there { size::entry(key) } else { 0 });
            }
            Slot::Kept(_) => {}
        }
    }
    bytes
}
