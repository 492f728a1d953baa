//! What all transactions of an engine share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;

use super::Database;
use super::apply::Ids;
use super::checkpoint::{Checkpointer, Keeper};
use super::commit::{Pipeline, Writer};
use super::exclusive_tables::ExclusiveTables;
use super::options::EngineOptions;
use super::reaper::Reaper;
use crate::binlog::log::Log;
use crate::gtid::Source;
use crate::store::locks::{LockTable, OwnerId};

/// What all transactions share.
pub(crate) struct Core {
    /// The newest published state.
    current: ArcSwap<Database>,
    pub locks: LockTable,
    pub options: EngineOptions,
    /// None: what is committed is kept nowhere.
    pub log: Option<Arc<Log>>,
    pub pipeline: Pipeline,
    pub checkpointer: Checkpointer,
    /// Ids for new tables.
    pub ids: Ids,
    /// Where dropped tables end.
    pub reaper: Reaper,
    /// Who holds LOCK TABLES … WRITE.
    pub exclusive_tables: ExclusiveTables,
    next_owner: AtomicU64,
    /// A failed sync: what is there may be read, nothing may be added.
    broken: AtomicBool,
}

impl Core {
    /// A core that keeps nothing.
    pub fn volatile(options: EngineOptions, source: Source) -> Self {
        Self::new(Database::default(), options, None, source, Ids::from(1), Keeper::default())
    }

    pub fn new(
        database: Database,
        options: EngineOptions,
        log: Option<Arc<Log>>,
        source: Source,
        ids: Ids,
        keeper: Keeper,
    ) -> Self {
        let writer = Writer::new(log.clone(), source, &database.applied());
        let pipeline = Pipeline::new(options.sync, writer);
        Self {
            current: ArcSwap::from_pointee(database),
            locks: LockTable::default(),
            options,
            log,
            pipeline,
            ids,
            checkpointer: Checkpointer::new(keeper),
            reaper: Reaper::default(),
            exclusive_tables: ExclusiveTables::default(),
            next_owner: AtomicU64::new(1),
            broken: AtomicBool::new(false),
        }
    }

    /// The newest published state.
    pub fn database(&self) -> Arc<Database> {
        self.current.load_full()
    }

    /// Makes a state the newest one. Only the pipeline calls this, in the order of the log.
    pub fn publish(&self, database: Database) {
        self.current.store(Arc::new(database));
    }

    /// One who may hold locks.
    pub fn new_owner(&self) -> OwnerId {
        OwnerId(self.next_owner.fetch_add(1, Relaxed))
    }

    /// Whether nothing more can be committed.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Relaxed)
    }

    /// From now on nothing can be committed.
    pub fn set_broken(&self) {
        self.broken.store(true, Relaxed);
    }
}
