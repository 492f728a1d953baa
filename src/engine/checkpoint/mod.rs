//! Checkpoints: a whole state of the database in one file, so that recovery reads little of the log.
//!
//! ```text
//! file    magic "ANBRCKP1" | block* | footer block
//! block   length:4 crc32:4 kind:1 payload          length and CRC of kind and payload, little-endian
//!
//! Head    format, gtid_executed, next table id, logical clock, position of the source of replication
//! Catalog all definitions
//! Table   id, counters                              one for each table, followed by its rows
//! Rows    [hidden key] row …                        in the order of the row keys, about 256 KiB
//! Footer  blocks and rows written
//! ```
//!
//! A checkpoint is written from a snapshot: nobody waits for it, and what it needs is one block of memory (and
//! the snapshot, which keeps alive what changes meanwhile). It is put in place as a whole; the one before stays as
//! a second chance, so the log is kept from the older of the two on.

mod block;
mod checkpointer;
mod keeper;
mod read;
mod write;

use std::io;

pub(crate) use checkpointer::Checkpointer;
pub(crate) use keeper::Keeper;
pub(crate) use read::load;
pub(crate) use write::{write, write_to};

use super::codec::{Damaged, stored_struct};
use super::unlogged;
use crate::gtid::GtidSet;

/// The version of everything in the file.
const FORMAT: u64 = 1;

/// What opens a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Head {
    format: u64,
    /// `gtid_executed` as text.
    pub executed: String,
    pub next_table: u64,
    pub sequence: u64,
    pub unlogged: u64,
}

stored_struct!(Head { format, executed, next_table, sequence, unlogged });

impl Head {
    /// The transactions in it, unlogged ones included: those that the log need not tell again.
    pub fn applied(&self) -> Option<GtidSet> {
        let executed = self.executed.parse().ok()?;
        Some(unlogged::applied(&executed, self.unlogged))
    }
}

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The disk.
    #[error("{0}")]
    Disk(#[from] io::Error),
    /// Its bytes.
    #[error("{0}")]
    Damaged(#[from] Damaged),
    /// A block's checksum, or its length.
    #[error("block {0} is damaged")]
    Block(u64),
    /// What the blocks say together.
    #[error("{0}")]
    Contents(&'static str),
}
