//! Walking over a range of current rows, locking each.

use std::sync::Arc;

use super::{LockMode, Transaction};
use crate::engine::catalog::TableDef;
use crate::engine::{Interrupt, Isolation};
use crate::store::locks::OnConflict;
use crate::store::{Direction, IndexNo, Key, KeyRange, Overlay};
use crate::value::Row;

/// A cursor over current rows: what UPDATE, DELETE, FOR UPDATE and FOR SHARE read. It does not see what its own
/// statement writes after it was made, so an UPDATE that moves rows ahead does not meet them again.
///
/// Rows of the range are locked, also those that a condition later drops. Under SERIALIZABLE the whole range is
/// protected from inserts first; at lower levels new rows may appear in it.
pub struct LockingScan {
    table: Arc<TableDef>,
    index: IndexNo,
    range: KeyRange,
    direction: Direction,
    mode: LockMode,
    on_conflict: OnConflict,
    /// The transaction's writes when the scan began.
    overlay: Overlay,
    started: bool,
}

impl LockingScan {
    /// A scan over a range of an index. Nothing is locked yet.
    pub fn new(
        transaction: &Transaction,
        table: Arc<TableDef>,
        (index, range, direction): (IndexNo, KeyRange, Direction),
        (mode, on_conflict): (LockMode, OnConflict),
    ) -> Self {
        let overlay = transaction.overlay().clone();
        Self { table, index, range, direction, mode, on_conflict, overlay, started: false }
    }

    /// The next row, locked, with its row key.
    ///
    /// # Errors
    /// A wait; 3572.
    pub fn next(&mut self, transaction: &Transaction) -> Result<Option<(Key, Row)>, Interrupt> {
        self.start(transaction)?;
        while let Some((entry, key)) = self.find(transaction) {
            self.range = self.range.clone().after(&entry, self.direction);
            if !transaction.lock_row(&self.table, &key, self.mode, self.on_conflict)? {
                continue;
            }
            if let Some(row) = self.read(transaction, &entry, &key) {
                return Ok(Some((key, row)));
            }
        }
        Ok(None)
    }

    fn start(&mut self, transaction: &Transaction) -> Result<(), Interrupt> {
        if !self.started && transaction.isolation() == Isolation::Serializable {
            transaction.lock_range(&self.table, self.index, self.range.clone())?;
        }
        self.started = true;
        Ok(())
    }

    fn find(&self, transaction: &Transaction) -> Option<(Key, Key)> {
        let latest = transaction.latest();
        let view = latest.view_over(&self.overlay);
        let mut keys = view.scan_keys(self.table.id, self.index, &self.range, self.direction);
        keys.next().map(|found| (found.key.clone(), found.row_key()))
    }

    /// The row as it is now that it is locked, if it still has the entry that led to it.
    fn read(&self, transaction: &Transaction, entry: &Key, key: &Key) -> Option<Row> {
        let latest = transaction.latest();
        let row = latest.view_over(&self.overlay).get(self.table.id, key)?.clone();
        let at = self.index.0.checked_sub(1);
        let stays = at.is_none_or(|at| {
            self.table.shape.entries(&row, key).nth(at).is_some_and(|now| now.key == *entry)
        });
        stays.then_some(row)
    }
}
