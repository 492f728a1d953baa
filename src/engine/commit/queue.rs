//! The queue of commits, and who leads.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use super::leader::{self, Writer};
use super::publish::Publisher;
use super::{CommitTicket, Request, Syncing};
use crate::engine::SyncPolicy;
use crate::engine::core::Core;
use crate::engine::errors;

/// Commits written and synced together.
const MAX_GROUP: usize = 1_000;

/// The way from a transaction to a published state.
pub(crate) struct Pipeline {
    state: Mutex<State>,
    /// Rings when there is something for the commit thread.
    bell: Condvar,
    pub syncing: Syncing,
    /// Used by the leader alone; the lock is never waited for.
    pub(super) writer: Mutex<Writer>,
    pub(super) publisher: Publisher,
}

#[derive(Default)]
struct State {
    /// No longer than there are sessions: each waits for its commit.
    waiting: VecDeque<Request>,
    /// Somebody is at work, and will look at `waiting` again.
    leading: bool,
    stopping: bool,
}

fn unpoisoned<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pipeline {
    pub fn new(policy: SyncPolicy, writer: Writer) -> Self {
        Self {
            state: Mutex::default(),
            bell: Condvar::new(),
            syncing: Syncing::new(policy),
            writer: Mutex::new(writer),
            publisher: Publisher::default(),
        }
    }

    /// The writer, for its owner of the moment.
    pub fn writer(&self) -> MutexGuard<'_, Writer> {
        unpoisoned(&self.writer)
    }

    /// Puts a commit in line. Its outcome comes by the ticket.
    pub fn submit(
        &self,
        core: &Core,
        request: impl FnOnce(super::ticket::Reply) -> Request,
    ) -> CommitTicket {
        let (ticket, reply) = CommitTicket::coming();
        if core.is_broken() {
            return CommitTicket::known(Err(errors::log_broken()));
        }
        let request = request(reply);
        let mut state = unpoisoned(&self.state);
        if state.stopping {
            return CommitTicket::known(Err(errors::shut_down()));
        }
        state.waiting.push_back(request);
        if state.leading {
            return ticket;
        }
        // Nobody leads, so the writer is free.
        if self.writer().next_syncs(self.syncing.get()) {
            self.bell.notify_one();
            return ticket;
        }
        state.leading = true;
        self.lead(core, state);
        ticket
    }

    /// One group, on the session's own time; what came meanwhile is the commit thread's.
    fn lead(&self, core: &Core, mut state: MutexGuard<'_, State>) {
        let group = take_group(&mut state);
        drop(state);
        let _leading = Leading(core);
        leader::commit(core, group);
    }

    /// The commit thread: leads whenever nobody else does.
    pub fn run(core: &Weak<Core>) {
        while let Some(core) = core.upgrade() {
            let pipeline = &core.pipeline;
            let mut state = unpoisoned(&pipeline.state);
            if state.stopping && state.waiting.is_empty() {
                return;
            }
            if state.leading || state.waiting.is_empty() {
                let _ = pipeline.bell.wait_timeout(state, IDLE).map(drop);
                continue;
            }
            state.leading = true;
            pipeline.lead(&core, state);
        }
    }

    /// Runs `work` while no commit is on its way: not in the log without being visible, and not about to be
    /// written.
    pub fn exclusively<T>(&self, core: &Core, work: impl FnOnce(&mut Writer) -> T) -> T {
        let mut state = unpoisoned(&self.state);
        while state.leading {
            let waited = self.bell.wait_timeout(state, LOOK_AGAIN);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.leading = true;
        drop(state);
        let _leading = Leading(core);
        while !self.publisher.is_idle() {
            std::thread::sleep(LOOK_AGAIN);
        }
        work(&mut self.writer())
    }

    /// How many are in line.
    pub fn waiting(&self) -> usize {
        unpoisoned(&self.state).waiting.len()
    }

    /// Takes no more commits; those in line are still made.
    pub fn stop(&self) {
        unpoisoned(&self.state).stopping = true;
        self.bell.notify_all();
    }
}

/// Commits step by step, for simulations.
#[cfg(test)]
impl Pipeline {
    /// From now on commits are made by `step` alone.
    pub fn hold(&self) {
        let mut state = unpoisoned(&self.state);
        while state.leading {
            let waited = self.bell.wait_timeout(state, LOOK_AGAIN);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.leading = true;
    }

    /// Makes one group of what waits, on the caller's thread.
    pub fn step(&self, core: &Core) {
        let group = take_group(&mut unpoisoned(&self.state));
        if !group.is_empty() {
            leader::commit(core, group);
        }
    }

    /// The end of `hold`.
    pub fn let_go(&self) {
        unpoisoned(&self.state).leading = false;
        self.bell.notify_all();
    }
}

/// The right to lead, given back when dropped.
struct Leading<'a>(&'a Core);

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // What it was about to do is half done.
            self.0.set_broken();
        }
        let pipeline = &self.0.pipeline;
        let mut state = unpoisoned(&pipeline.state);
        state.leading = false;
        if !state.waiting.is_empty() {
            pipeline.bell.notify_all();
        }
    }
}

/// How long the commit thread sleeps before it looks whether the engine is still there.
const IDLE: std::time::Duration = std::time::Duration::from_millis(500);

/// How long who wants the pipeline alone waits before looking again.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_millis(2);

fn take_group(state: &mut State) -> Vec<Request> {
    let count = state.waiting.len().min(MAX_GROUP);
    state.waiting.drain(..count).collect()
}

/// Starts the commit thread.
pub(crate) fn start(core: &Arc<Core>) -> std::io::Result<std::thread::JoinHandle<()>> {
    let core = Arc::downgrade(core);
    std::thread::Builder::new().name("commit".into()).spawn(move || Pipeline::run(&core))
}
