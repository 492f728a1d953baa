//! The log as files on a disk: append, sync, rotate, purge, read, repair.
//!
//! One thread appends (the leader of a group of commits); any thread may read, rotate or purge meanwhile.
//!
//! ```text
//! append(group)   one write; GTIDs, positions and the logical clock are fixed here
//! sync()          durable
//! reveal(end)     readers may have it
//! rotate()        when append says that it is due; never inside a group
//! ```
//!
//! An error of `append` leaves the log as it was, so that a full disk stops commits and nothing else. An error
//! of `sync` stops the log for good: nobody knows any more what is on the disk.

mod boundaries;
mod error;
mod files;
mod open;
mod purge;
mod reader;
mod recent;
mod repair;
mod stream;
#[cfg(test)]
mod tests;
mod transactions;
mod writer;

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::watch;

pub use boundaries::{Boundaries, Step};
pub use error::LogError;
pub use files::{FileInfo, INDEX, MAGIC, file_name, file_number};
pub use open::{Cut, OpenReport};
pub use reader::EventReader;
pub use repair::Tail;
pub use stream::{LogEvent, LogReader};
pub use transactions::{Transaction, Transactions};
pub use writer::{Appended, Commit};

use crate::disk::Disk;
use crate::gtid::GtidSet;
use recent::Recent;
use writer::Writer;

/// A place in the log: between events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The file's number; [`file_name`] makes it a name.
    pub file: u32,
    /// Bytes from the file's beginning.
    pub offset: u64,
}

/// How a log is kept.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// `server_id`.
    pub server_id: u32,
    /// What the server calls itself, as in `8.0.40-anabranch`.
    pub server_version: String,
    /// A file that has become so large is the last but one (`max_binlog_size`), in bytes.
    pub max_size: u64,
    /// How the log was synced before it was closed.
    pub tail: Tail,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            server_id: 1,
            server_version: "8.0.40-anabranch".to_owned(),
            max_size: 1 << 30,
            tail: Tail::Synced,
        }
    }
}

/// The binary log of a server.
#[derive(Debug)]
pub struct Log {
    disk: Arc<dyn Disk>,
    options: LogOptions,
    /// Locked before `state` where both are.
    writer: Mutex<Writer>,
    state: Mutex<State>,
    revealed: watch::Sender<Position>,
    recent: Arc<Recent>,
}

#[derive(Debug)]
struct State {
    /// At least one; the last is written to, and its `size` is not kept up.
    files: Vec<FileInfo>,
    executed: GtidSet,
    /// Transactions that are counted as executed without being in any file (`gtid_purged` was set).
    granted: GtidSet,
    /// Files from this one on are not purged: recovery needs them.
    keep_from: u32,
    /// The files that readers are in: neither they nor those after are purged.
    readers: Vec<Weak<AtomicU32>>,
}

impl State {
    /// A reader's mark on the file that it is in, kept up by the reader.
    fn mark(&mut self, file: u32) -> Arc<AtomicU32> {
        self.readers.retain(|reader| reader.strong_count() > 0);
        let mark = Arc::new(AtomicU32::new(file));
        self.readers.push(Arc::downgrade(&mark));
        mark
    }

    /// Whether somebody reads.
    fn is_read(&self) -> bool {
        self.readers.iter().any(|reader| reader.strong_count() > 0)
    }

    /// The first file that somebody needs.
    fn first_needed(&self) -> u32 {
        let readers = self.readers.iter().filter_map(Weak::upgrade).map(|mark| mark.load(Relaxed));
        readers.min().unwrap_or(u32::MAX).min(self.keep_from)
    }
}

impl Log {
    /// The file that is written to and its end, revealed or not.
    pub fn current(&self) -> Position {
        self.writer().end()
    }

    /// The end of what readers may have.
    pub fn revealed(&self) -> Position {
        *self.revealed.borrow()
    }

    /// Lets a reader wait for more.
    pub fn subscribe(&self) -> watch::Receiver<Position> {
        self.revealed.subscribe()
    }

    /// Lets readers have everything up to `end`. Earlier positions than the last are passed over.
    pub fn reveal(&self, end: Position) {
        self.revealed.send_if_modified(|last| {
            let forward = end > *last;
            *last = end.max(*last);
            forward
        });
    }

    /// [`Log::reveal`] for a log that began anew: also backwards.
    fn reveal_from_anew(&self, end: Position) {
        self.revealed.send_replace(end);
    }

    /// Every transaction that was appended, also those in files that are gone (`gtid_executed`).
    pub fn executed(&self) -> GtidSet {
        self.state().executed.clone()
    }

    /// Those that are in no file any more (`gtid_purged`).
    pub fn purged(&self) -> GtidSet {
        let state = self.state();
        let mut purged = state.granted.clone();
        if let Some(first) = state.files.first() {
            purged.union(&first.previous);
        }
        purged
    }

    /// The files, oldest first, with their sizes.
    pub fn files(&self) -> Vec<FileInfo> {
        let current = self.current();
        let mut files = self.state().files.clone();
        if let Some(last) = files.last_mut().filter(|last| last.number == current.file) {
            last.size = current.offset;
        }
        files
    }

    /// Every transaction that is not in `applied`, oldest first, up to the log's present end.
    pub fn transactions_after(&self, applied: &GtidSet) -> Result<Transactions, LogError> {
        let first = self.first_file_for(applied)?;
        let files = self.files().into_iter().skip_while(|file| file.number < first);
        let files = files.map(|file| (file.number, file.size)).collect();
        Ok(Transactions::new(Arc::clone(&self.disk), files, applied.clone()))
    }

    /// Where somebody who has `applied` begins to read: at the head of the newest file whose earlier
    /// transactions are all among them.
    pub fn position_for(&self, applied: &GtidSet) -> Result<Position, LogError> {
        let file = self.first_file_for(applied)?;
        Ok(Position { file, offset: MAGIC.len() as u64 })
    }

    fn first_file_for(&self, applied: &GtidSet) -> Result<u32, LogError> {
        let state = self.state();
        let mut known = applied.clone();
        known.union(&state.granted);
        let fits = |file: &&FileInfo| known.contains_all(&file.previous);
        match state.files.iter().rev().find(fits) {
            Some(file) => Ok(file.number),
            None => {
                let mut missing =
                    state.files.first().map_or_else(GtidSet::default, |file| file.previous.clone());
                missing.subtract(&known);
                Err(LogError::Purged(missing))
            }
        }
    }

    /// The disk that it is on.
    pub fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
