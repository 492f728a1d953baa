//! A transaction: a snapshot, what was written over it, and the locks that were taken.
//!
//! ```text
//! consistent reads   view()    snapshot + own writes      the snapshot is taken at the first read
//! current reads      latest()  newest state + own writes  right for what is locked: nobody else changes it
//! ```
//!
//! A row is changed in four steps: lock it, read it again in `latest()`, decide, write. As rows stay locked
//! until the commit is published, "newest" cannot change under the transaction for what it has locked.
//!
//! Dropping a transaction rolls it back.

mod locking;
pub(super) mod metadata;
mod read;
mod scan;
mod write;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

pub use locking::LockMode;
pub use metadata::Use;
pub use read::Latest;
pub use scan::LockingScan;

use super::core::Core;
use super::errors;
use super::options::{Isolation, TransactionOptions};
use crate::store::locks::OwnerId;
use crate::store::{Mark, Overlay, Tables, WriteSet};
use crate::value::SqlError;

/// Savepoints of one transaction; more would be a program gone wrong.
const MAX_SAVEPOINTS: usize = 10_000;

/// A transaction that is open.
pub struct Transaction {
    pub(super) core: Arc<Core>,
    pub(super) owner: OwnerId,
    pub(super) options: TransactionOptions,
    /// What consistent reads see; empty until the first of them.
    snapshot: OnceLock<Snapshot>,
    pub(super) writes: WriteSet,
    /// Where the running statement began.
    statement: Mark,
    savepoints: Vec<(String, Mark)>,
    /// Tables whose metadata lock is held, with the definition that holds while it is.
    used: Vec<metadata::Used>,
    /// Whether a lock was ever asked for: where not, none need be given back.
    has_locks: AtomicBool,
    /// The session has given it up: it must not be committed any more.
    doomed: bool,
    /// Whether rows were changed because of foreign keys.
    cascaded: bool,
}

/// What consistent reads see.
struct Snapshot {
    database: Arc<super::Database>,
    /// With the session's temporary tables; none where it has none.
    tables: Option<Tables>,
}

impl Transaction {
    /// Begins one.
    pub(super) fn begin(core: Arc<Core>, options: TransactionOptions) -> Self {
        let owner = match options.owner {
            OwnerId(0) => core.new_owner(),
            owner => owner,
        };
        let writes = WriteSet::new();
        let transaction = Self {
            owner,
            options,
            snapshot: OnceLock::new(),
            statement: writes.mark(),
            writes,
            savepoints: Vec::new(),
            used: Vec::new(),
            has_locks: AtomicBool::new(false),
            doomed: false,
            cascaded: false,
            core,
        };
        if transaction.options.snapshot_now {
            transaction.snapshot();
        }
        transaction
    }

    /// Its number, for lists of transactions and locks.
    pub fn id(&self) -> u64 {
        self.owner.0
    }

    /// How it was begun.
    pub fn options(&self) -> &TransactionOptions {
        &self.options
    }

    /// Its level.
    pub fn isolation(&self) -> Isolation {
        self.options.isolation
    }

    /// Whether plain reads lock what they read.
    pub fn reads_lock(&self) -> bool {
        self.options.isolation == Isolation::Serializable && !self.options.autocommit
    }

    /// A statement begins, or runs again: it can be rolled back to here, and under READ COMMITTED it sees
    /// what was committed before now.
    pub fn start_statement(&mut self) {
        self.writes.start_statement();
        self.statement = self.writes.mark();
        if matches!(self.options.isolation, Isolation::ReadCommitted | Isolation::ReadUncommitted) {
            self.snapshot = OnceLock::new();
        }
    }

    /// Undoes what the running statement has written. Its locks stay.
    pub fn rollback_statement(&mut self) {
        self.writes.rollback_to(&self.statement);
    }

    /// This moment, for [`Transaction::undo_to`]: what one row of INSERT IGNORE goes back to.
    pub fn mark(&self) -> Mark {
        self.writes.mark()
    }

    /// Undoes what was written since a moment of the running statement. Locks stay.
    pub fn undo_to(&mut self, mark: &Mark) {
        self.writes.rollback_to(mark);
    }

    /// SAVEPOINT. One of the same name (letters' case does not count) is replaced.
    ///
    /// # Errors
    /// 1534-like where there are too many.
    pub fn savepoint(&mut self, name: &str) -> Result<(), SqlError> {
        let name = name.to_lowercase();
        self.savepoints.retain(|(own, _)| *own != name);
        if self.savepoints.len() >= MAX_SAVEPOINTS {
            return Err(SqlError::new(1038, b"HY001", "Out of memory: too many savepoints"));
        }
        self.savepoints.push((name, self.writes.mark()));
        Ok(())
    }

    /// ROLLBACK TO SAVEPOINT: later savepoints are gone, this one stays, so do the locks.
    ///
    /// # Errors
    /// 1305 where there is none of this name.
    pub fn rollback_to(&mut self, name: &str) -> Result<(), SqlError> {
        let at = self.find_savepoint(name)?;
        self.savepoints.truncate(at + 1);
        if let Some((_, mark)) = self.savepoints.get(at) {
            self.writes.rollback_to(mark);
        }
        self.statement = self.writes.mark();
        Ok(())
    }

    /// RELEASE SAVEPOINT: it and the later ones are gone.
    ///
    /// # Errors
    /// 1305 where there is none of this name.
    pub fn release(&mut self, name: &str) -> Result<(), SqlError> {
        let at = self.find_savepoint(name)?;
        self.savepoints.truncate(at);
        Ok(())
    }

    fn find_savepoint(&self, name: &str) -> Result<usize, SqlError> {
        let lower = name.to_lowercase();
        let found = self.savepoints.iter().position(|(own, _)| *own == lower);
        found.ok_or_else(|| errors::no_such_savepoint(name))
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// About how many bytes were written.
    pub fn bytes_written(&self) -> usize {
        self.writes.bytes()
    }

    /// How many row changes were made.
    pub fn changes(&self) -> usize {
        self.writes.changes().len()
    }

    /// What was written so far, cheap to keep: what a statement reads while it writes.
    pub fn overlay(&self) -> &Overlay {
        self.writes.overlay()
    }

    /// ROLLBACK: dropping it does the same.
    pub fn rollback(self) {
        drop(self);
    }

    /// It can only be rolled back from now on (a deadlock's victim).
    pub fn doom(&mut self) {
        self.doomed = true;
    }

    /// Rows change because of foreign keys. Their changes are logged like others, so whoever plays the log must not let
    /// foreign keys do them, or check them, once more.
    pub fn note_cascade(&mut self) {
        self.cascaded = true;
    }

    /// Whether [`Transaction::note_cascade`] was called.
    pub(super) fn has_cascaded(&self) -> bool {
        self.cascaded
    }

    /// Whether [`Transaction::doom`] was called.
    pub fn is_doomed(&self) -> bool {
        self.doomed
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if *self.has_locks.get_mut() {
            self.core.locks.unlock_all(self.owner);
        }
    }
}
