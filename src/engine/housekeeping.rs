//! What an engine does by itself: sync once a second, checkpoints, expiry of the log.
//!
//! Two threads, as a checkpoint takes longer than a second. Both end with the engine.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::SyncPolicy;
use super::core::Core;
use crate::disk::Disk;

/// How often each looks what is to be done.
const TICK: Duration = Duration::from_secs(1);

/// How often old log files are looked for.
const EXPIRE_EVERY: u32 = 60;

/// Ends the threads.
#[derive(Debug, Default)]
pub(super) struct Stop {
    stopped: Mutex<bool>,
    bell: Condvar,
}

impl Stop {
    pub fn set(&self) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.bell.notify_all();
    }

    /// Waits for a tick; false when it is time to end.
    fn tick(&self) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.bell.wait_timeout_while(stopped, TICK, |stopped| !*stopped);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Starts the threads.
pub(super) fn start(
    core: &Arc<Core>,
    disk: &Arc<dyn Disk>,
    stop: &Arc<Stop>,
) -> std::io::Result<Vec<JoinHandle<()>>> {
    let spawn = |name: &str, work: fn(&Core, &dyn Disk, u32)| {
        let (core, disk, stop) = (core.clone(), disk.clone(), stop.clone());
        let run = move || {
            let mut ticks = 0;
            while stop.tick() {
                ticks += 1;
                work(&core, &*disk, ticks);
            }
        };
        std::thread::Builder::new().name(name.into()).spawn(run)
    };
    Ok(vec![spawn("log sync", sync)?, spawn("checkpoint", checkpoint)?])
}

fn sync(core: &Core, _: &dyn Disk, _: u32) {
    let Some(log) = &core.log else { return };
    if core.pipeline.syncing.get() != SyncPolicy::EverySecond || core.is_broken() {
        return;
    }
    if let Err(error) = log.sync() {
        core.set_broken();
        tracing::error!(%error, "the binary log could not be synced: no more commits");
    }
}

fn checkpoint(core: &Core, disk: &dyn Disk, ticks: u32) {
    if core.checkpointer.logged() >= core.options.checkpoint_log_bytes
        && let Err(error) = core.checkpointer.take(core, disk)
    {
        tracing::warn!(%error, "no checkpoint could be written; the log is kept");
    }
    if ticks.is_multiple_of(EXPIRE_EVERY) {
        expire(core);
    }
}

fn expire(core: &Core) {
    let (Some(log), Some(age)) = (&core.log, core.options.log_expire) else { return };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let before = now.saturating_sub(age).as_secs();
    if let Err(error) = log.purge_before(u32::try_from(before).unwrap_or(0)) {
        tracing::warn!(%error, "old log files could not be removed");
    }
}
