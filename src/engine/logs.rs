//! What administrators do to the log: purge, rotate, reset, and `gtid_purged`.

use std::io;
use std::sync::Arc;

use super::checkpoint::CheckpointError;
use super::core::Core;
use super::{Database, Engine, unlogged};
use crate::binlog::log::{FileInfo, Log, LogError};
use crate::disk::Disk;
use crate::gtid::GtidSet;
use crate::value::SqlError;

impl Engine {
    /// PURGE BINARY LOGS TO: removes the files before this one. What recovery would need of them goes into a
    /// checkpoint first. Gives the names of those that are gone.
    ///
    /// # Errors
    /// 1373 for a file that is not there; the disk's.
    pub fn purge_logs_to(&self, file: &str) -> Result<Vec<String>, SqlError> {
        let Some((log, disk)) = self.kept() else { return Ok(Vec::new()) };
        let mut gone = purged(log.purge_to(file))?;
        let first = log.files().first().map(FileInfo::name);
        if first.as_deref() != Some(file.trim_start_matches("./")) {
            self.renew_checkpoint(disk)?;
            gone.extend(purged(log.purge_to(file))?);
        }
        Ok(gone)
    }

    /// PURGE BINARY LOGS BEFORE: removes the files that were last written before this time (seconds since
    /// 1970).
    ///
    /// # Errors
    /// The disk's.
    pub fn purge_logs_before(&self, timestamp: u32) -> Result<Vec<String>, SqlError> {
        let Some((log, disk)) = self.kept() else { return Ok(Vec::new()) };
        let mut gone = purged(log.purge_before(timestamp))?;
        if log.files().get(1).is_some_and(|second| second.created < timestamp) {
            self.renew_checkpoint(disk)?;
            gone.extend(purged(log.purge_before(timestamp))?);
        }
        Ok(gone)
    }

    /// FLUSH BINARY LOGS: goes on in a new file.
    ///
    /// # Errors
    /// The disk's; the log then goes on in the old file.
    pub fn rotate_log(&self) -> Result<(), SqlError> {
        let Some((log, _)) = self.kept() else { return Ok(()) };
        let rotated = self.core().pipeline.exclusively(self.core(), |_| log.rotate());
        rotated.map(drop).map_err(|error| SqlError::from(&error))
    }

    /// RESET BINARY LOGS AND GTIDS: the rows stay, their history goes. No commit is made meanwhile.
    ///
    /// # Errors
    /// The disk's.
    pub fn reset_logs(&self) -> Result<(), SqlError> {
        let Some((log, disk)) = self.kept() else { return Ok(()) };
        let core = self.core();
        core.pipeline.exclusively(core, |writer| {
            // Between the two a crash leaves a whole checkpoint and an empty log, which recovery knows.
            core.checkpointer.take(core, &**disk).map_err(checkpoint_error)?;
            log.reset().map_err(|error| SqlError::from(&error))?;
            core.options.barrier.log_reset();
            publish_history(core, GtidSet::default(), 0);
            writer.count_after(&GtidSet::default());
            core.checkpointer.take(core, &**disk).map_err(checkpoint_error)?;
            core.checkpointer.keep_newest(core, &**disk).map_err(checkpoint_error)
        })
    }

    /// `SET GLOBAL gtid_purged`: counts transactions as executed that are not in the log.
    ///
    /// # Errors
    /// The disk's.
    pub fn grant_gtids(&self, set: &GtidSet) -> Result<(), SqlError> {
        let Some((log, _)) = self.kept() else { return Ok(()) };
        let core = self.core();
        core.pipeline.exclusively(core, |writer| {
            log.grant(set).map_err(|error| SqlError::from(&error))?;
            let database = core.database();
            let mut executed = GtidSet::clone(&database.executed);
            executed.union(set);
            publish_history(core, executed, database.unlogged);
            writer.count_after(&core.database().applied());
            Ok(())
        })
    }

    /// `gtid_purged`.
    pub fn purged_gtids(&self) -> GtidSet {
        self.log().map_or_else(GtidSet::default, |log| unlogged::split(&log.purged()).0)
    }

    fn kept(&self) -> Option<(&Arc<Log>, &Arc<dyn Disk>)> {
        Some((self.log()?, self.disk()?))
    }

    /// A checkpoint of now, as the only one: it needs nothing of what the log has so far.
    fn renew_checkpoint(&self, disk: &Arc<dyn Disk>) -> Result<(), SqlError> {
        let core = self.core();
        core.checkpointer.take(core, &**disk).map_err(checkpoint_error)?;
        core.checkpointer.keep_newest(core, &**disk).map_err(checkpoint_error)
    }
}

fn purged(gone: Result<Vec<String>, LogError>) -> Result<Vec<String>, SqlError> {
    gone.map_err(|error| SqlError::from(&error))
}

fn checkpoint_error(error: CheckpointError) -> SqlError {
    let error = match error {
        CheckpointError::Disk(error) => error,
        other => io::Error::other(other),
    };
    SqlError::new(1026, b"HY000", format!("Error writing file 'checkpoint' ({error})"))
}

/// The same rows with another history.
fn publish_history(core: &Core, executed: GtidSet, unlogged: u64) {
    let mut database = Database::clone(&core.database());
    database.executed = Arc::new(executed);
    database.unlogged = unlogged;
    core.publish(database);
}
