//! How an engine is opened, and how a transaction begins.

use std::sync::Arc;
use std::time::Duration;

use super::barrier::Barrier;
use super::temporary::TemporaryTables;
use crate::engine::stub::Disk;

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
    /// The data directory.
    pub disk: Arc<dyn Disk>,
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
#[derive(Clone, Default)]
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
    /// `innodb_lock_wait_timeout`; zero is replaced by 50 s.
    pub lock_timeout: Duration,
    /// Who asks: the connection's id, for the lists of locks and for KILL.
    pub connection: u64,
}
