//! Walking over a range of current rows, locking each.

use std::sync::Arc;

use super::locking::Locked;
use super::{LockMode, Transaction};
use crate::engine::catalog::TableDef;
use crate::engine::{Interrupt, Isolation};
use crate::store::locks::OnConflict;
use crate::store::{Direction, IndexNo, Key, KeyRange, Overlay};
use crate::value::Row;

/// Whether a row is wanted.
pub type Condition<'a> = &'a mut dyn FnMut(&Row) -> Result<bool, Interrupt>;

/// Whether rows are looked at before they are locked, and let go when they are not wanted.
fn looks_first(transaction: &Transaction) -> bool {
    matches!(transaction.isolation(), Isolation::ReadCommitted | Isolation::ReadUncommitted)
}

/// A cursor over current rows: what UPDATE, DELETE, FOR UPDATE and FOR SHARE read. It does not see what its own
/// statement writes after it was made, so an UPDATE that moves rows ahead does not meet them again.
///
/// What else is locked depends on the level:
///
/// * READ COMMITTED: rows for which the condition holds, and no others;
/// * REPEATABLE READ: every row of the range, so that one without the condition cannot get to have it;
/// * SERIALIZABLE: these, and the range itself against inserts.
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
    /// The lock of the row that was given last, if that is new and nobody needs it unless the row is wanted.
    spare: Option<Key>,
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
        let (started, spare) = (false, None);
        Self { table, index, range, direction, mode, on_conflict, overlay, started, spare }
    }

    /// Whether rows that are not wanted need not stay locked, so that it pays to look at them first.
    pub fn looks_first(&self, transaction: &Transaction) -> bool {
        looks_first(transaction)
    }

    /// The row that was given last is not wanted after all: under READ COMMITTED its lock goes again, unless the
    /// transaction had it before.
    pub fn give_back(&mut self, transaction: &Transaction) {
        if let Some(key) = self.spare.take() {
            transaction.unlock_row(&self.table, &key);
        }
    }

    /// The next row, locked, with its row key.
    ///
    /// # Errors
    /// A wait; 3572.
    pub fn next(&mut self, transaction: &Transaction) -> Result<Option<(Key, Row)>, Interrupt> {
        self.next_where(transaction, &mut |_| Ok(true))
    }

    /// The next row for which a condition holds, locked, with its row key. The condition may be asked twice
    /// of one row: before it is locked and after.
    ///
    /// # Errors
    /// A wait; 3572; those of the condition.
    pub fn next_where(
        &mut self,
        transaction: &Transaction,
        condition: Condition<'_>,
    ) -> Result<Option<(Key, Row)>, Interrupt> {
        self.start(transaction)?;
        while let Some((entry, key)) = self.find(transaction, condition)? {
            self.range = self.range.clone().after(&entry, self.direction);
            let (mode, on_conflict) = (self.mode, self.on_conflict);
            let locked = transaction.try_lock_row(&self.table, &key, mode, on_conflict)?;
            if locked == Locked::Skipped {
                continue;
            }
            let is_spare = locked == Locked::New && looks_first(transaction);
            self.spare = is_spare.then(|| key.clone());
            if let Some(row) = self.read(transaction, &entry, &key)
                && condition(&row)?
            {
                return Ok(Some((key, row)));
            }
            self.give_back(transaction);
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

    /// The next row in the newest state, its entry and its key. Where other rows need not be locked, those
    /// without the condition are passed over here.
    fn find(
        &mut self,
        transaction: &Transaction,
        condition: Condition<'_>,
    ) -> Result<Option<(Key, Key)>, Interrupt> {
        let latest = transaction.latest();
        let view = latest.view_over(&self.overlay);
        let (table, range) = (self.table.id, &self.range);
        if !looks_first(transaction) {
            let mut keys = view.scan_keys(table, self.index, range, self.direction);
            return Ok(keys.next().map(|found| (found.key.clone(), found.row_key())));
        }
        for found in view.scan(table, self.index, range, self.direction) {
            if condition(found.row)? {
                return Ok(Some((found.key.clone(), found.row_key)));
            }
        }
        Ok(None)
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
