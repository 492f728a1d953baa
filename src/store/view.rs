//! What a transaction sees: a version of the tables, and over it what it has written itself.

use super::key::Key;
use super::overlay::{Overlay, TableWrites};
use super::range::{Direction, KeyRange};
use super::scan::{KeyScan, Scan};
use super::shape::{IndexNo, TableId};
use super::table::{Duplicate, Table};
use super::tables::Tables;
use crate::value::Row;

/// A version of the tables and a transaction's changes over it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    tables: &'a Tables,
    overlay: Option<&'a Overlay>,
}

impl<'a> View<'a> {
    /// The tables as they are, or with those changes.
    pub fn new(tables: &'a Tables, overlay: Option<&'a Overlay>) -> Self {
        Self { tables, overlay: overlay.filter(|overlay| !overlay.is_empty()) }
    }

    /// The version that is looked at.
    pub fn tables(&self) -> &'a Tables {
        self.tables
    }

    /// That table, without the changes.
    pub fn table(&self, id: TableId) -> Option<&'a Table> {
        self.tables.get(id).map(|table| &**table)
    }

    pub(super) fn writes(&self, id: TableId) -> Option<&'a TableWrites> {
        self.overlay?.table(id)
    }

    /// The row by that key.
    pub fn get(&self, table: TableId, key: &Key) -> Option<&'a Row> {
        match self.writes(table).and_then(|writes| writes.rows.get(key)) {
            Some(row) => row.as_ref(),
            None => self.table(table)?.get(key),
        }
    }

    /// The rows of a range of an index, in its order.
    pub fn scan(
        &self,
        table: TableId,
        index: IndexNo,
        range: &KeyRange,
        direction: Direction,
    ) -> Scan<'a> {
        Scan::new(*self, table, index, range, direction)
    }

    /// The keys of a range of an index, without looking at rows: for counting, for columns that the
    /// index holds, and for locking before looking.
    pub fn scan_keys(
        &self,
        table: TableId,
        index: IndexNo,
        range: &KeyRange,
        direction: Direction,
    ) -> KeyScan<'a> {
        KeyScan::new(self, table, index, range, direction)
    }

    /// The key of the row that has these columns (all of the index's, none NULL) in a unique index.
    pub fn find_unique(&self, table: TableId, index: IndexNo, columns: &Key) -> Option<Key> {
        if index == IndexNo::ROWS {
            return self.get(table, columns).map(|_| columns.clone());
        }
        if self.writes(table).is_none() {
            return self.table(table)?.find_unique(index, columns);
        }
        let range = KeyRange::prefix(columns.clone());
        let mut found = self.scan_keys(table, index, &range, Direction::Forward);
        found.next().map(|found| found.row_key())
    }

    /// The first row that has a unique key of this one; `key` is what this one's will be. `itself`
    /// is the key of the row that it takes the place of: that is no duplicate.
    pub fn duplicate(
        &self,
        table: &Table,
        key: &Key,
        row: &Row,
        itself: Option<&Key>,
    ) -> Option<Duplicate> {
        let id = table.id();
        if itself != Some(key) && self.get(id, key).is_some() {
            return Some(Duplicate { index: IndexNo::ROWS, row_key: key.clone() });
        }
        table.shape().unique_keys(row).into_iter().find_map(|(index, columns)| {
            let row_key = self.find_unique(id, index, &columns)?;
            (itself != Some(&row_key)).then_some(Duplicate { index, row_key })
        })
    }
}
