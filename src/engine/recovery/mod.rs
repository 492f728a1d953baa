//! Opening a database: newest sound checkpoint, then what the log has after it.
//!
//! ```text
//! lock the directory ─▶ open the log (cut a torn tail) ─▶ load a checkpoint ─▶ replay what it lacks
//! ```
//!
//! The log is the truth: a damaged checkpoint is passed over for the one before, as the log has kept what that
//! one lacks. A log that is damaged before its tail is refused, and so is one whose transactions do not fit
//! the state: what was acknowledged must not be lost in silence.

pub(super) mod error;
mod identity;
mod replay;
pub(super) mod sync_mark;

use std::sync::Arc;

pub use error::{OpenError, RecoveryError};
pub(super) use identity::server_uuid;
use replay::Replayer;

use super::apply::Ids;
use super::checkpoint::{Keeper, load};
use super::{Database, DdlReplay, unlogged};
use crate::binlog::log::{Log, OpenReport};
use crate::disk::Disk;

/// How far opening has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is read.
    pub phase: Phase,
    /// Bytes of it that are done.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// What is read while opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// A checkpoint.
    Checkpoint,
    /// The log after it.
    Log,
}

/// What was found when the database was opened.
#[derive(Debug, Clone, Default)]
pub struct Opened {
    /// Nothing was there: accounts are to be made.
    pub is_new: bool,
    /// The checkpoint that was used.
    pub checkpoint: Option<String>,
    /// Checkpoints that were passed over, and why.
    pub damaged: Vec<String>,
    /// Transactions of the log that were carried out again.
    pub replayed: u64,
    /// What was done to make the log whole.
    pub log: OpenReport,
}

/// A state brought back.
pub(super) struct Recovered {
    pub database: Database,
    pub ids: Ids,
    pub keeper: Keeper,
    pub opened: Opened,
}

/// Where progress goes.
pub type OnProgress<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// Brings back the state that the log ends with.
pub(super) fn recover(
    disk: &dyn Disk,
    log: &Arc<Log>,
    ddl: &dyn DdlReplay,
    progress: OnProgress<'_>,
) -> Result<Recovered, OpenError> {
    let mut keeper = Keeper::open(disk)?;
    let mut opened = Opened::default();
    let (mut database, ids) = newest_checkpoint(disk, &mut keeper, &mut opened, progress);
    adopt_reset(&mut database, log)?;
    let mut replayer = Replayer::new(database, &ids, ddl);
    replay(log, &mut replayer, &mut opened, progress)?;
    let mut database = replayer.database;
    // Granted transactions are in the log's set and in no file.
    let (executed, unlogged) = unlogged::split(&log.executed());
    database.executed = Arc::new(executed);
    database.unlogged = database.unlogged.max(unlogged);
    opened.is_new = opened.checkpoint.is_none() && database.applied().is_empty();
    Ok(Recovered { database, ids, keeper, opened })
}

/// The newest checkpoint that is sound, or an empty state.
fn newest_checkpoint(
    disk: &dyn Disk,
    keeper: &mut Keeper,
    opened: &mut Opened,
    progress: OnProgress<'_>,
) -> (Database, Ids) {
    for kept in keeper.kept().to_vec() {
        let mut report = |done, total| progress(Progress { phase: Phase::Checkpoint, done, total });
        match load(disk, &kept.name, &mut report) {
            Ok(loaded) => {
                opened.checkpoint = Some(kept.name);
                return (loaded.database, Ids::from(loaded.next_table));
            }
            Err(error) => {
                tracing::warn!(%error, file = kept.name, "a checkpoint is damaged");
                opened.damaged.push(format!("{}: {error}", kept.name));
                keeper.forget(&kept.name);
            }
        }
    }
    (Database::default(), Ids::from(1))
}

/// RESET BINARY LOGS empties the log after a checkpoint of the whole state; a crash right behind it leaves the
/// two so. Any other log that lacks what a checkpoint has is not this checkpoint's.
fn adopt_reset(database: &mut Database, log: &Log) -> Result<(), RecoveryError> {
    let executed = log.executed();
    let mut lacking = database.applied();
    lacking.subtract(&executed);
    if lacking.is_empty() {
        return Ok(());
    }
    if !executed.is_empty() {
        return Err(RecoveryError::LogLacks(lacking.to_string()));
    }
    database.executed = Arc::default();
    database.unlogged = 0;
    Ok(())
}

fn replay(
    log: &Arc<Log>,
    replayer: &mut Replayer<'_>,
    opened: &mut Opened,
    progress: OnProgress<'_>,
) -> Result<(), OpenError> {
    let mut transactions = log.transactions_after(&replayer.database.applied())?;
    while let Some(transaction) = transactions.next() {
        let transaction = transaction?;
        replayer.transaction(&transaction)?;
        opened.replayed += 1;
        let (done, total) = transactions.progress();
        progress(Progress { phase: Phase::Log, done, total });
    }
    Ok(())
}
