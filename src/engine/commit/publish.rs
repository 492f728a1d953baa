//! Making logged transactions visible, in the order of the log.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::{Committed, Request};
use crate::engine::core::Core;
use crate::engine::temporary::TemporaryTables;
use crate::engine::{Database, Passage, Wait, apply, unlogged};
use crate::gtid::Gtid;
use crate::value::SqlError;

/// A transaction in the log, not yet visible.
pub(super) struct Logged {
    pub request: Request,
    pub gtid: Gtid,
}

/// A group in the log, with what it waits for.
type Pending = (Option<Wait>, Vec<Logged>);

/// Publishes groups: at once where there is nothing to wait for, otherwise from a thread that waits for one
/// barrier after the other.
#[derive(Default)]
pub(crate) struct Publisher {
    sender: Mutex<Option<Sender<Pending>>>,
    /// Groups that the thread has not published.
    pending: AtomicUsize,
}

impl Publisher {
    /// Publishes a group when it may be seen, and no earlier than those before it.
    pub(super) fn publish(&self, core: &Core, passage: Passage, group: Vec<Logged>) {
        let wait = match passage {
            Passage::Open if self.pending.load(Ordering::Acquire) == 0 => {
                return publish(core, group, None);
            }
            Passage::Open => None,
            Passage::After(wait) => Some(wait),
        };
        self.pending.fetch_add(1, Ordering::AcqRel);
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = &*sender {
            // The thread ends only after the engine, so it is there.
            let _ = sender.send((wait, group));
        }
    }

    /// Whether all that was logged is visible.
    pub fn is_idle(&self) -> bool {
        self.pending.load(Ordering::Acquire) == 0
    }

    /// Starts the thread.
    pub fn start(core: &Arc<Core>) -> std::io::Result<()> {
        let (sender, receiver) = mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let weak = Arc::downgrade(core);
        let run = move || run(&weak, &receiver, &runtime);
        std::thread::Builder::new().name("publish".into()).spawn(run)?;
        let publisher = &core.pipeline.publisher;
        *publisher.sender.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        Ok(())
    }
}

fn run(core: &Weak<Core>, groups: &Receiver<Pending>, runtime: &tokio::runtime::Runtime) {
    while let Ok((wait, group)) = groups.recv() {
        let told = wait.and_then(|wait| runtime.block_on(wait));
        let Some(core) = core.upgrade() else { return };
        publish(&core, group, told.as_ref());
        core.pipeline.publisher.pending.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Makes the newest state with a group's transactions, then gives their locks back and wakes who waits. They
/// hear `told` instead of their numbers.
fn publish(core: &Core, group: Vec<Logged>, told: Option<&SqlError>) {
    let mut database = Database::clone(&core.database());
    for logged in &group {
        apply_one(core, logged, &mut database);
    }
    core.publish(database);
    group.into_iter().for_each(|logged| finish(logged, told));
}

fn apply_one(core: &Core, logged: &Logged, database: &mut Database) {
    let transaction = &logged.request.transaction;
    core.reaper.take(apply::apply(&logged.request.steps, database));
    database.tables.apply(&transaction.writes);
    keep_temporary(&transaction.options.temporary, transaction);
    database.note(logged.gtid.clone());
    let replicated = logged.request.options.replicated.as_ref();
    if let Some(position) = replicated.and_then(|replicated| replicated.position.as_ref()) {
        database.source_position = Some(position.clone());
    }
}

/// What a transaction wrote to temporary tables stays.
pub(crate) fn keep_temporary(
    temporary: &TemporaryTables,
    transaction: &crate::engine::Transaction,
) {
    let mut own = temporary.lock();
    if !own.is_empty() {
        own.rows.apply(&transaction.writes);
    }
}

fn finish(logged: Logged, told: Option<&SqlError>) {
    let Request { transaction, reply, .. } = logged.request;
    drop(transaction);
    let gtid = Some(logged.gtid).filter(|gtid| !unlogged::is_unlogged(gtid));
    // Nobody need wait for the answer.
    let _ = reply.send(told.map_or(Ok(Committed { gtid }), |told| Err(told.clone())));
}
