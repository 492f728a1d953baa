//! The facade: what sessions call.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::futures::Notified;

use super::apply::{Limits, Prepared, prepare};
use super::checkpoint::CheckpointError;
use super::commit::{self, CommitOptions, CommitTicket, Committed, Pipeline, Publisher};
use super::commit::{ReadyCommit, Request};
use super::core::Core;
use super::housekeeping::{self, Stop};
use super::recovery::{self, OnProgress, OpenError, Opened, Recovered, sync_mark};
use super::session::{self, TableLock};
use super::{CatalogChange, Database, DdlReplay, DdlStatement, EngineOptions, Interrupt};
use super::{SyncPolicy, Transaction, TransactionOptions, errors, foreign, temporary};
use crate::binlog::TransactionEvents;
use crate::binlog::log::{Log, LogOptions, Tail};
use crate::disk::{Disk, DiskLock};
use crate::gtid::{Source, Tag, Uuid};
use crate::store::TableId;
use crate::store::locks::{LockTable, OwnerId};
use crate::value::SqlError;

/// A database that is open.
pub struct Engine {
    core: Arc<Core>,
    uuid: Uuid,
    opened: Opened,
    /// None for one that is kept nowhere.
    disk: Option<Arc<dyn Disk>>,
    stop: Arc<Stop>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Given back last.
    _lock: Option<DiskLock>,
}

impl Engine {
    /// Opens the database in a directory, or makes one. `ddl` tells what logged statements mean.
    ///
    /// # Errors
    /// Another server has the directory; the log or the state cannot be trusted; the disk.
    pub fn open(
        disk: Arc<dyn Disk>,
        options: EngineOptions,
        ddl: &dyn DdlReplay,
        progress: OnProgress<'_>,
    ) -> Result<Arc<Self>, OpenError> {
        let lock = disk.lock().map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => OpenError::InUse(disk.describe()),
            _ => OpenError::Disk(error),
        })?;
        let uuid = recovery::server_uuid(&*disk)?;
        let tail = sync_mark::tail(&*disk)?;
        let (log, report) = Log::open(disk.clone(), log_options(&options, tail))?;
        sync_mark::note(&*disk, options.sync)?;
        let log = Arc::new(log);
        let Recovered { database, ids, keeper, mut opened } =
            recovery::recover(&*disk, &log, ddl, progress)?;
        opened.log = report;
        let source = Source { uuid, tag: Tag::default() };
        let core = Core::new(database, options, Some(log), source, ids, keeper);
        Ok(Self::start(core, uuid, opened, Some(disk), Some(lock))?)
    }

    /// A database that is kept nowhere, for tests.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn volatile(options: EngineOptions) -> io::Result<Arc<Self>> {
        let uuid = Uuid([7; 16]);
        let source = Source { uuid, tag: Tag::default() };
        let core = Core::volatile(options, source);
        Self::start(core, uuid, Opened { is_new: true, ..Opened::default() }, None, None)
    }

    fn start(
        core: Core,
        uuid: Uuid,
        opened: Opened,
        disk: Option<Arc<dyn Disk>>,
        lock: Option<DiskLock>,
    ) -> io::Result<Arc<Self>> {
        let core = Arc::new(core);
        let stop = Arc::new(Stop::default());
        let mut threads = vec![commit::start(&core)?];
        Publisher::start(&core)?;
        if let Some(disk) = &disk {
            core.checkpointer.keep_log(&core, &**disk);
            threads.extend(housekeeping::start(&core, disk, &stop)?);
        }
        let threads = Mutex::new(threads);
        Ok(Arc::new(Self { core, uuid, opened, disk, stop, threads, _lock: lock }))
    }

    /// What was found when it was opened.
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// `server_uuid`.
    pub fn uuid(&self) -> Uuid {
        self.uuid
    }

    /// The newest published state: a snapshot.
    pub fn database(&self) -> Arc<Database> {
        self.core.database()
    }

    /// Ends when a state is published after this was made and enabled, or polled.
    pub fn published(&self) -> Notified<'_> {
        self.core.published.notified()
    }

    /// The log; none for a database that is kept nowhere.
    pub fn log(&self) -> Option<&Arc<Log>> {
        self.core.log.as_ref()
    }

    /// The locks of all transactions, for what a session locks itself and for lists.
    pub fn locks(&self) -> &LockTable {
        &self.core.locks
    }

    /// One who may hold locks: each session has its own.
    pub fn new_owner(&self) -> OwnerId {
        self.core.new_owner()
    }

    /// Begins a transaction.
    pub fn begin(&self, options: TransactionOptions) -> Transaction {
        Transaction::begin(self.core.clone(), options)
    }

    /// Commits: puts the transaction in the queue now, and gives a ticket to wait with. What wrote nothing
    /// that is logged is done at once.
    pub fn commit(&self, transaction: Transaction, options: CommitOptions) -> CommitTicket {
        let ready = self.make_ready(transaction, options);
        self.commit_ready(ready)
    }

    /// The part of a commit that depends on no other: its events are made, on the caller's thread.
    pub fn make_ready(&self, transaction: Transaction, options: CommitOptions) -> ReadyCommit {
        if transaction.is_doomed() {
            return ReadyCommit::over(Err(errors::deadlock()));
        }
        let changes = transaction.writes.changes();
        let logs_nothing = changes.iter().all(|change| temporary::is_temporary(change.table));
        if logs_nothing && options.replicated.is_none() {
            commit::keep_temporary(&transaction.options.temporary, &transaction);
            return ReadyCommit::over(Ok(Committed { gtid: None }));
        }
        let replicated = options.replicated.as_deref();
        let server = replicated.map_or(self.core.options.server_id, |from| from.server_id);
        let position = replicated.and_then(|from| from.position.as_deref());
        let note = position.map(foreign::position::note);
        match commit::row_events(server, &transaction, &options.context, note.as_deref()) {
            Ok(events) => ReadyCommit::new(transaction, events, options),
            Err(error) => ReadyCommit::over(Err(error)),
        }
    }

    /// Puts what is ready in the queue.
    pub fn commit_ready(&self, ready: ReadyCommit) -> CommitTicket {
        match ready.into_parts() {
            Ok((transaction, events, steps, options)) => {
                self.submit(transaction, events, steps, options)
            }
            Err(outcome) => CommitTicket::known(outcome),
        }
    }

    /// Carries out a DDL statement, whose names `transaction` has locked: converts rows now, on the
    /// caller's thread, then logs and publishes. A statement without changes is logged too (its effect may
    /// be another elsewhere).
    pub fn ddl(
        &self,
        transaction: Transaction,
        statement: DdlStatement,
        changes: Vec<CatalogChange>,
    ) -> CommitTicket {
        self.ddl_until(transaction, statement, changes, &|| Ok(()))
    }

    /// The same; `stop` is asked every some rows, and ends the statement with what it says.
    pub fn ddl_until(
        &self,
        transaction: Transaction,
        statement: DdlStatement,
        changes: Vec<CatalogChange>,
        stop: &dyn Fn() -> Result<(), SqlError>,
    ) -> CommitTicket {
        let events = commit::statement_events(self.core.options.server_id, &statement);
        let DdlStatement { context, unlogged, .. } = statement;
        let options = CommitOptions { context, unlogged, ..CommitOptions::default() };
        self.submit_ddl(transaction, (events, changes), options, stop)
    }

    pub(super) fn submit_ddl(
        &self,
        transaction: Transaction,
        (events, changes): (Result<TransactionEvents, SqlError>, Vec<CatalogChange>),
        options: CommitOptions,
        stop: &dyn Fn() -> Result<(), SqlError>,
    ) -> CommitTicket {
        let database = self.core.database();
        let used = database.tables.bytes() as u64;
        let memory_bytes = self.core.options.memory_bytes.saturating_sub(used);
        let steps = prepare(changes, &database, &self.core.ids, Limits { memory_bytes, stop });
        let (events, steps) = match (events, steps) {
            (Ok(events), Ok(steps)) => (events, steps),
            (Err(error), _) | (_, Err(error)) => return CommitTicket::known(Err(error)),
        };
        self.submit(transaction, events, steps, options)
    }

    fn submit(
        &self,
        transaction: Transaction,
        events: TransactionEvents,
        steps: Vec<Prepared>,
        options: CommitOptions,
    ) -> CommitTicket {
        let request = |reply| Request { transaction, events, steps, options, reply };
        self.core.pipeline.submit(&self.core, request)
    }

    /// LOCK TABLES: keeps names for a session until `unlock_tables`, which any number of its transactions may
    /// use. Call it outside a transaction, after `unlock_tables`.
    ///
    /// # Errors
    /// A wait, after which it is called again: what it got so far it keeps.
    pub fn lock_tables(&self, owner: OwnerId, tables: &[TableLock]) -> Result<(), Interrupt> {
        session::lock_tables(&self.core, owner, tables)
    }

    /// FLUSH TABLES WITH READ LOCK: nobody writes, until `unlock_tables`.
    ///
    /// # Errors
    /// A wait, after which it is called again.
    pub fn lock_all_tables(&self, owner: OwnerId) -> Result<(), Interrupt> {
        session::lock_everything(&self.core, owner)
    }

    /// UNLOCK TABLES.
    pub fn unlock_tables(&self, owner: OwnerId) {
        session::unlock_tables(&self.core, owner);
    }

    /// The end of a session: every lock that is left goes.
    pub fn leave(&self, owner: OwnerId) {
        session::unlock_tables(&self.core, owner);
        self.core.locks.leave(owner);
    }

    /// The number that the next row without one gets in an AUTO_INCREMENT column, as shown by SHOW TABLE
    /// STATUS.
    pub fn auto_increment(&self, table: TableId) -> Option<u64> {
        Some(self.database().tables.get(table)?.counters().next_auto())
    }

    /// `SET GLOBAL sync_binlog`.
    ///
    /// # Errors
    /// The disk's; the policy is then as before, or stricter.
    pub fn set_sync(&self, policy: SyncPolicy) -> io::Result<()> {
        let syncing = &self.core.pipeline.syncing;
        let (Some(disk), Some(log)) = (&self.disk, &self.core.log) else {
            syncing.set(policy);
            return Ok(());
        };
        if policy == SyncPolicy::Groups(1) {
            syncing.set(policy);
            log.sync().map_err(io::Error::other)?;
            return sync_mark::note(&**disk, policy);
        }
        sync_mark::note(&**disk, policy)?;
        syncing.set(policy);
        Ok(())
    }

    /// Whether an error of the disk has ended all commits until a restart.
    pub fn is_read_only_by_error(&self) -> bool {
        self.core.is_broken()
    }

    /// Writes a checkpoint now, on the caller's thread, without stopping anyone.
    ///
    /// # Errors
    /// The disk. The checkpoints before stay.
    pub fn checkpoint(&self) -> Result<(), CheckpointError> {
        match &self.disk {
            Some(disk) => self.core.checkpointer.take(&self.core, &**disk),
            None => Ok(()),
        }
    }

    /// The folder of its data; none for a database that is kept nowhere.
    pub fn disk(&self) -> Option<&Arc<dyn Disk>> {
        self.disk.as_ref()
    }

    pub(super) fn core(&self) -> &Core {
        &self.core
    }

    /// Ends: commits that are in line are made, later ones refused, and the log is closed in order. Blocks
    /// until all threads are gone.
    pub fn shutdown(&self) {
        self.stop_threads();
        if let Some(log) = &self.core.log
            && !self.core.is_broken()
            && let Err(error) = log.close()
        {
            tracing::warn!(%error, "the binary log could not be closed in order");
        }
        self.core.set_broken();
    }

    fn stop_threads(&self) {
        self.core.pipeline.stop();
        self.core.checkpointer.stop();
        self.stop.set();
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            // A thread that panicked has said so itself.
            let _ = thread.join();
        }
    }
}

fn log_options(options: &EngineOptions, tail: Tail) -> LogOptions {
    LogOptions {
        server_id: options.server_id,
        server_version: options.server_version.clone(),
        max_size: options.log_file_bytes,
        tail,
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop_threads();
    }
}

/// How the commit queue stands, for SHOW STATUS.
impl Engine {
    /// Commits in line.
    pub fn waiting_commits(&self) -> usize {
        Pipeline::waiting(&self.core.pipeline)
    }
}

/// Commits step by step, for simulations.
#[cfg(test)]
impl Engine {
    /// From now on commits are made by [`Engine::step_commits`] alone.
    pub fn hold_commits(&self) {
        self.core.pipeline.hold();
    }

    /// Makes one group of the commits in line, on the caller's thread.
    pub fn step_commits(&self) {
        self.core.pipeline.step(&self.core);
    }

    /// The end of [`Engine::hold_commits`]; an engine ends only after it.
    pub fn let_go_of_commits(&self) {
        self.core.pipeline.let_go();
    }
}
