//! How an engine is opened, and how a transaction begins.

use std::sync::Arc;
use std::time::Duration;

use super::barrier::{Barrier, NoBarrier};
use super::temporary::TemporaryTables;
use crate::store::locks::OwnerId;

/// When the log reaches the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncPolicy {
    /// `sync_binlog=1` or N: with every Nth group of commits. 1 loses nothing.
    Groups(u32),
    /// `sync_binlog=0`: when the operating system likes.
    Never,
    /// Once a second, from a thread of its own.
    EverySecond,
}

/// How an engine is opened.
#[derive(Clone)]
pub struct EngineOptions {
    /// `server_id` of the events written here.
    pub server_id: u32,
    /// When the log reaches the disk.
    pub sync: SyncPolicy,
    /// Above this many bytes of rows, writes get 1114.
    pub memory_bytes: u64,
    /// Above this many bytes of changes, a transaction gets 1197 (`max_binlog_cache_size`).
    pub transaction_bytes: u64,
    /// `max_binlog_size`.
    pub log_file_bytes: u64,
    /// `binlog_expire_logs_seconds`; none keeps all.
    pub log_expire: Option<Duration>,
    /// A checkpoint is written after this many bytes of log.
    pub checkpoint_log_bytes: u64,
    /// What a commit waits for between the log and its becoming visible.
    pub barrier: Arc<dyn Barrier>,
    /// Version text of the format description event.
    pub server_version: String,
}

/// The isolation levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// Behaves as READ COMMITTED.
    ReadUncommitted,
    /// Every statement sees what was committed before it.
    ReadCommitted,
    /// Every statement sees what was committed before the first read.
    #[default]
    RepeatableRead,
    /// Plain reads lock what they read, and where it is not.
    Serializable,
}

/// How a transaction begins.
#[derive(Debug, Clone)]
pub struct TransactionOptions {
    /// The level.
    pub isolation: Isolation,
    /// START TRANSACTION READ ONLY: writes get 1792.
    pub read_only: bool,
    /// One statement that commits by itself: its plain reads lock nothing even when SERIALIZABLE.
    pub autocommit: bool,
    /// WITH CONSISTENT SNAPSHOT: the view is taken now instead of at the first read.
    pub snapshot_now: bool,
    /// The session's temporary tables.
    pub temporary: TemporaryTables,
    /// Who holds its locks: the session's owner, from `Engine::new_owner`. 0: one of its own.
    pub owner: OwnerId,
}

impl Default for TransactionOptions {
    fn default() -> Self {
        Self {
            isolation: Isolation::default(),
            read_only: false,
            autocommit: false,
            snapshot_now: false,
            temporary: TemporaryTables::default(),
            owner: OwnerId(0),
        }
    }
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            server_id: 1,
            sync: SyncPolicy::Groups(1),
            memory_bytes: 1 << 30,
            transaction_bytes: 256 << 20,
            log_file_bytes: 256 << 20,
            log_expire: None,
            checkpoint_log_bytes: 128 << 20,
            barrier: Arc::new(NoBarrier),
            server_version: "8.4.0-anabranch".to_owned(),
        }
    }
}
