//! The way of a commit: queue, log, barrier, publication.
//!
//! ```text
//! session:  serialise ─▶ queue ─┐                       ┌─▶ ticket
//! leader:                       └─▶ number, append, sync ─▶ barrier ─▶ publish, unlock, wake
//! ```
//!
//! One leader at a time takes all that waits as a group and syncs once for it. Where a group has to be synced
//! the leader is a thread of its own, because a sync blocks; where not, the session that comes first does it
//! on the spot and hands over what came meanwhile.
//!
//! Nothing is visible before its group has passed the barrier, and groups become visible in the order of the
//! log. A transaction keeps its locks until then, so what is published later cannot depend on anything that
//! is not published yet.
//!
//! If a group cannot be written, its transactions fail and are rolled back, and the log is as before. If it
//! was written but not synced, nobody knows what the disk has: those transactions fail, and the engine
//! takes no more commits.

mod events;
mod leader;
mod publish;
mod queue;
mod ready;
mod ticket;

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

pub use ready::ReadyCommit;
pub use ticket::{CommitTicket, Committed};

pub(crate) use events::created as created_events;
pub(crate) use events::{rows as row_events, statement as statement_events};
pub(crate) use leader::Writer;
pub(crate) use publish::Publisher;
pub(crate) use publish::keep_temporary;
pub(crate) use queue::{Pipeline, start};

use super::apply::Prepared;
use super::foreign::{Lane, Replicated};
use super::{LogContext, SyncPolicy, Transaction};
use crate::binlog::TransactionEvents;
use crate::gtid::Gtid;
use ticket::Reply;

/// How a transaction is committed.
#[derive(Debug, Clone, Default)]
pub struct CommitOptions {
    /// What the log says of the session.
    pub context: LogContext,
    /// `sql_log_bin=0`: the log keeps it for recovery, in a form that replicas pass over, and without a GTID.
    pub unlogged: bool,
    /// `gtid_next`: the transaction's number is given (it comes from another server).
    pub gtid: Option<Gtid>,
    /// It began on another server.
    pub replicated: Option<Box<Replicated>>,
}

impl CommitOptions {
    /// Whether an earlier commit that this one must not overtake has failed.
    fn is_cut_off(&self) -> bool {
        self.lane().is_some_and(Lane::is_broken)
    }

    fn lane(&self) -> Option<&Lane> {
        self.replicated.as_ref()?.lane.as_deref()
    }
}

/// A commit in the queue.
pub(crate) struct Request {
    /// What was written, and the locks; dropped when it is over, which gives the locks back.
    pub transaction: Transaction,
    /// What the log gets.
    pub events: TransactionEvents,
    /// A DDL statement's part.
    pub steps: Vec<Prepared>,
    pub options: CommitOptions,
    pub reply: Reply,
}

/// The sync policy, which may change while running.
#[derive(Debug)]
pub(crate) struct Syncing(AtomicI64);

impl Syncing {
    pub fn new(policy: SyncPolicy) -> Self {
        let syncing = Self(AtomicI64::new(0));
        syncing.set(policy);
        syncing
    }

    pub fn set(&self, policy: SyncPolicy) {
        let number = match policy {
            SyncPolicy::Groups(groups) => i64::from(groups.max(1)),
            SyncPolicy::Never => 0,
            SyncPolicy::EverySecond => -1,
        };
        self.0.store(number, Relaxed);
    }

    pub fn get(&self) -> SyncPolicy {
        match self.0.load(Relaxed) {
            0 => SyncPolicy::Never,
            groups => u32::try_from(groups).map_or(SyncPolicy::EverySecond, SyncPolicy::Groups),
        }
    }
}
