//! What a session is doing right now, as its worker can see from outside.
//!
//! A session that waits for a server cannot watch the cluster too: that would cost every statement
//! a registration. Instead the worker looks through its sessions at each new view in which a server is down, and
//! wakes those whose server is given up.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::task::{Context, Waker};

use crate::proxy::topology::ServerId;

/// Where a session is in the life of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waiting for the client.
    Idle,
    /// Anything between a command's arrival and its being sent.
    Working,
    /// Sent, and nothing of the answer has reached the client. `repeatable` when it may run again
    /// elsewhere.
    Waiting { server: ServerId, repeatable: bool },
    /// Part of the answer has reached the client.
    Answering { server: ServerId },
}

/// The session's side writes, the worker reads; both are on one thread.
#[derive(Debug)]
pub struct Pulse {
    phase: Cell<Phase>,
    given_up: Cell<bool>,
    in_transaction: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    /// For KILL from other threads: see [`Running`].
    running: Arc<Running>,
}

/// The server connection that a session used last, readable from any thread.
#[derive(Debug, Default)]
pub struct Running {
    last: AtomicU64,
    killed: AtomicBool,
    /// Those who are about to kill what runs on `last`.
    aimed: AtomicU32,
}

impl Running {
    const KNOWN: u64 = 1 << 63;

    fn set(&self, server: ServerId, thread_id: u32) {
        self.last.store(Self::KNOWN | u64::from(server.0) << 32 | u64::from(thread_id), Relaxed);
    }

    /// The connection is closed; its id may soon be another's.
    fn closed(&self, server: ServerId, thread_id: u32) {
        if self.last() == Some((server, thread_id)) {
            self.last.store(0, SeqCst);
        }
    }

    /// Somebody kills the whole session: what it runs must not run again elsewhere.
    pub fn set_killed(&self, killed: bool) {
        self.killed.store(killed, Relaxed);
    }

    /// Somebody is about to kill by [`Self::last`]; until the guard is dropped, the connection is not
    /// given to another session.
    pub fn aim(self: &Arc<Self>) -> Aim {
        self.aimed.fetch_add(1, SeqCst);
        Aim(self.clone())
    }

    /// The server of the statement that runs, or ran last, and its id for the connection.
    pub fn last(&self) -> Option<(ServerId, u32)> {
        let packed = self.last.load(SeqCst);
        (packed & Self::KNOWN != 0).then_some((ServerId((packed >> 32) as u16), packed as u32))
    }
}

/// Holds a session's connection in place for a KILL.
#[derive(Debug)]
pub struct Aim(Arc<Running>);

impl Drop for Aim {
    fn drop(&mut self) {
        self.0.aimed.fetch_sub(1, SeqCst);
    }
}

impl Pulse {
    /// Of a session that has just begun.
    pub fn new(running: Arc<Running>) -> Self {
        Self {
            phase: Cell::new(Phase::Working),
            given_up: Cell::new(false),
            in_transaction: Cell::new(false),
            waker: RefCell::new(None),
            running,
        }
    }

    /// A connection of the session was closed.
    pub fn closed(&self, server: ServerId, thread_id: u32) {
        self.running.closed(server, thread_id);
    }

    /// Somebody is killing the session.
    pub fn is_killed(&self) -> bool {
        self.running.killed.load(Relaxed)
    }

    /// Somebody may kill by the connection's id, also after the statement: see [`Running::aim`]. To be
    /// asked after [`Self::closed`].
    pub fn is_in_danger(&self) -> bool {
        self.is_killed() || self.running.aimed.load(SeqCst) > 0
    }

    /// What the session does.
    pub fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// The session waits for its client.
    pub fn idle(&self, in_transaction: bool) {
        self.in_transaction.set(in_transaction);
        self.phase.set(Phase::Idle);
    }

    /// The session that waits for its client has a transaction open.
    pub fn in_transaction(&self) -> bool {
        self.in_transaction.get()
    }

    /// A command has arrived.
    pub fn working(&self) {
        self.phase.set(Phase::Working);
    }

    /// A statement is about to be sent.
    pub fn sent(&self, server: ServerId, thread_id: u32, repeatable: bool) {
        self.given_up.set(false);
        self.phase.set(Phase::Waiting { server, repeatable });
        self.running.set(server, thread_id);
    }

    /// The answer has begun.
    pub fn answering(&self) {
        if let Phase::Waiting { server, .. } = self.phase.get() {
            self.phase.set(Phase::Answering { server });
        }
    }

    /// The answer is complete, or will never be.
    pub fn answered(&self) {
        self.phase.set(Phase::Working);
    }

    /// Called by the worker: the session's server will not answer.
    pub fn give_up(&self) {
        self.given_up.set(true);
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    /// Called by the session while it waits: whether it need not wait any longer.
    pub fn is_given_up(&self, context: &Context<'_>) -> bool {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
        self.given_up.get()
    }
}
