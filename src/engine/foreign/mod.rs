//! Transactions that began on another server, carried out as transactions of this one.
//!
//! ```text
//! Foreign::begin ─▶ map (table maps) ─▶ rows ─▶ change, change … ─▶ Engine::commit with Replicated
//!                                        a row event as steps; each may have to wait for a lock
//! ```
//!
//! What a row event says is compared with what is here before anything changes: a row that is not there, or not
//! as it was there, is 1032; a duplicate is 1062; a table with other columns is 1677. Nothing is guessed.
//!
//! What touches rows by their keys alone can be read first ([`Ahead`]) and carried out beside other transactions.
//!
//! Commits may be submitted one behind the other without waiting: rows stay locked until a commit is visible, so
//! a transaction that needs what an earlier one wrote waits for it by itself.

mod ahead;
mod cascade;
mod created;
pub(in crate::engine) mod position;
mod rows;
mod statement;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use ahead::{Ahead, Alone};
pub use created::{Created, ROWS_FOLLOW};
pub use rows::{Foreign, RowStep};
pub use statement::locked_names;

/// What a transaction that began elsewhere brings along to its commit.
#[derive(Debug, Clone, Default)]
pub struct Replicated {
    /// The server that it began on: its events keep that number, which ends circles.
    pub server_id: u32,
    /// When it was committed where it began: microseconds since 1970. None: not known.
    pub committed_at: Option<u64>,
    /// Where the source goes on after it, kept with it. None where its GTID says so.
    pub position: Option<Arc<str>>,
    /// What it must not overtake.
    pub lane: Option<Arc<Lane>>,
}

/// Commits that are to be made in order or not at all: where one fails, those after it fail too.
#[derive(Debug, Default)]
pub struct Lane(AtomicBool);

impl Lane {
    /// Whether an earlier one has failed.
    pub fn is_broken(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// One has failed.
    pub(in crate::engine) fn set_broken(&self) {
        self.0.store(true, Ordering::Release);
    }
}
