//! Locks of rows and ranges.

use std::sync::atomic::Ordering::Relaxed;

use super::Transaction;
use crate::engine::catalog::TableDef;
use crate::engine::temporary::is_temporary;
use crate::engine::{Interrupt, errors};
use crate::store::locks::{Conflict, Granted, Mode, OnConflict, Request, Resource, Term};
use crate::store::{IndexNo, Key, KeyRange};
use crate::value::Row;

/// How a row is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    /// Others may read it with a lock, and not change it: FOR SHARE, foreign keys' parents.
    Shared,
    /// Nobody else may lock it: FOR UPDATE, UPDATE, DELETE.
    Exclusive,
}

impl From<LockMode> for Mode {
    fn from(mode: LockMode) -> Self {
        match mode {
            LockMode::Shared => Self::Shared,
            LockMode::Exclusive => Self::Exclusive,
        }
    }
}

/// What a request for a lock came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locked {
    /// It was not before: it may be given back.
    New,
    /// It was before, perhaps in another mode.
    Held,
    /// SKIP LOCKED met somebody else's lock.
    Skipped,
}

impl Transaction {
    /// Locks a row by its row key, existing or not, until the transaction ends. Whether it was locked: with
    /// `OnConflict::Skip` it may have been left alone.
    ///
    /// What a row is must be read after this, in `latest()`.
    ///
    /// # Errors
    /// A wait; 3572 with `OnConflict::Nowait`.
    pub fn lock_row(
        &self,
        table: &TableDef,
        key: &Key,
        mode: LockMode,
        on_conflict: OnConflict,
    ) -> Result<bool, Interrupt> {
        let locked = self.try_lock_row(table, key, mode, on_conflict)?;
        Ok(locked != Locked::Skipped)
    }

    pub(super) fn try_lock_row(
        &self,
        table: &TableDef,
        key: &Key,
        mode: LockMode,
        on_conflict: OnConflict,
    ) -> Result<Locked, Interrupt> {
        if is_temporary(table.id) {
            return Ok(Locked::Held);
        }
        self.lock(row_resource(table, key), mode.into(), on_conflict)
    }

    /// Gives back the lock of a row that was looked at and is not wanted.
    pub(super) fn unlock_row(&self, table: &TableDef, key: &Key) {
        self.core.locks.unlock(self.owner, row_resource(table, key));
    }

    /// Locks a row and reads what it is now. None: there is none, or it was skipped.
    ///
    /// # Errors
    /// As for [`Transaction::lock_row`].
    pub fn lock_and_get(
        &self,
        table: &TableDef,
        key: &Key,
        mode: LockMode,
        on_conflict: OnConflict,
    ) -> Result<Option<Row>, Interrupt> {
        if !self.lock_row(table, key, mode, on_conflict)? {
            return Ok(None);
        }
        Ok(self.latest().get(table.id, key).cloned())
    }

    /// Keeps others from inserting into a range of an index, and waits for those who have: what a read must
    /// do so that its answer stays true (SERIALIZABLE).
    ///
    /// # Errors
    /// A wait.
    pub fn lock_range(
        &self,
        table: &TableDef,
        index: IndexNo,
        range: KeyRange,
    ) -> Result<(), Interrupt> {
        if is_temporary(table.id) {
            return Ok(());
        }
        let range = Resource::Range { table: table.id, index, range };
        self.lock(range, Mode::Shared, OnConflict::Wait).map(drop)
    }

    /// Locks the places that a row is about to take: its key, and its entries in every index. `before` is
    /// the row that it replaces under the same key, whose places it has already.
    pub(super) fn lock_places(
        &self,
        table: &TableDef,
        key: &Key,
        row: &Row,
        before: Option<&Row>,
    ) -> Result<(), Interrupt> {
        let shape = &table.shape;
        let taken: Vec<_> =
            before.map_or_else(Vec::new, |before| shape.entries(before, key).collect());
        for (at, entry) in shape.entries(row, key).enumerate() {
            if taken.get(at).is_some_and(|taken| *taken == entry) {
                continue;
            }
            let Some(part) = shape.secondary.get(at) else { continue };
            let is_unique = part.unique && !part.has_null(row.values());
            let key = if is_unique { entry.columns() } else { entry.key };
            self.lock_place(table, IndexNo(at + 1), key)?;
        }
        Ok(())
    }

    /// Locks a key that comes to be.
    pub(super) fn lock_place(
        &self,
        table: &TableDef,
        index: IndexNo,
        key: Key,
    ) -> Result<(), Interrupt> {
        let place = Resource::Row { table: table.id, index, key };
        self.lock(place, Mode::Insert, OnConflict::Wait).map(drop)
    }

    pub(super) fn lock(
        &self,
        resource: Resource,
        mode: Mode,
        on_conflict: OnConflict,
    ) -> Result<Locked, Interrupt> {
        self.has_locks.store(true, Relaxed);
        let weight = self.writes.changes().len() as u64;
        let request =
            Request { owner: self.owner, mode, term: Term::Transaction, on_conflict, weight };
        match self.core.locks.lock(resource, &request) {
            Ok(Granted::New) => Ok(Locked::New),
            Ok(_) => Ok(Locked::Held),
            Err(Conflict::Wait(wait)) => Err(Interrupt::Wait(wait)),
            Err(Conflict::Deadlock) => Err(Interrupt::Error(errors::deadlock())),
            Err(Conflict::Full) => Err(Interrupt::Error(errors::too_many_locks())),
            Err(Conflict::Busy) if on_conflict == OnConflict::Skip => Ok(Locked::Skipped),
            Err(Conflict::Busy) => Err(Interrupt::Error(errors::nowait())),
        }
    }
}

fn row_resource(table: &TableDef, key: &Key) -> Resource {
    Resource::Row { table: table.id, index: IndexNo::ROWS, key: key.clone() }
}
