//! Taking checkpoints of a running engine.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{CheckpointError, Keeper, write};
use crate::disk::Disk;
use crate::engine::core::Core;

/// The checkpoints of an engine.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    /// Held while one is written: there is one at a time.
    keeper: Mutex<Keeper>,
    /// Bytes of log since the last one began.
    logged: AtomicU64,
    stopping: AtomicBool,
}

impl Checkpointer {
    pub fn new(keeper: Keeper) -> Self {
        let (logged, stopping) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { keeper: Mutex::new(keeper), logged, stopping }
    }

    /// The log has grown.
    pub fn note(&self, bytes: u64) {
        self.logged.fetch_add(bytes, Relaxed);
    }

    /// Bytes of log since the last one began.
    pub fn logged(&self) -> u64 {
        self.logged.load(Relaxed)
    }

    /// One that is being written is given up, and no more are.
    pub fn stop(&self) {
        self.stopping.store(true, Relaxed);
    }

    fn keeper(&self) -> MutexGuard<'_, Keeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes one, on the caller's thread, while others read and commit.
    pub fn take(&self, core: &Core, disk: &dyn Disk) -> Result<(), CheckpointError> {
        let mut keeper = self.keeper();
        let logged = self.logged();
        let database = core.database();
        if let Some(log) = &core.log {
            // A state must not outlive the transactions that led to it.
            log.sync().map_err(io::Error::other)?;
        }
        let new = keeper.next();
        let stop = || self.stopping.load(Relaxed);
        write(disk, &new.name, &database, core.ids.next(), &stop)?;
        self.logged.fetch_sub(logged, Relaxed);
        keeper.add(disk, new)?;
        keep_log(core, disk, &keeper);
        Ok(())
    }

    /// Leaves only the newest, so that the log before it may go.
    pub fn keep_newest(&self, core: &Core, disk: &dyn Disk) -> Result<(), CheckpointError> {
        let mut keeper = self.keeper();
        keeper.keep(disk, 1)?;
        keep_log(core, disk, &keeper);
        Ok(())
    }

    /// Tells the log what the checkpoints that are there need of it.
    pub fn keep_log(&self, core: &Core, disk: &dyn Disk) {
        keep_log(core, disk, &self.keeper());
    }
}

fn keep_log(core: &Core, disk: &dyn Disk, keeper: &Keeper) {
    let Some(log) = &core.log else { return };
    let applied = keeper.oldest_applied(disk).unwrap_or_default();
    if let Err(error) = log.keep_after(&applied) {
        // More is kept than is needed.
        tracing::warn!(%error, "the log cannot tell what the checkpoints need");
    }
}
