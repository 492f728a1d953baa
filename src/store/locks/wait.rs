//! Waiting for a lock, as a future.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::LockTable;
use super::resource::{Name, OwnerId, Place};

/// How a wait ended. Time limits and KILL are the waiter's own: it drops the [`LockWait`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitEnd {
    /// The owner has the lock.
    Granted,
    /// Somebody had to give way so that the others of a circle can go on: this owner. Error 1213.
    Deadlock,
    /// The owner has given up its locks or asked for another meanwhile.
    Cancelled,
}

/// Where the lock table writes how a wait ended.
pub(super) type Outcome = Arc<OnceLock<WaitEnd>>;

/// The lock table's end of a wait.
#[derive(Debug)]
pub(super) struct Ticket {
    pub outcome: Outcome,
    /// Rings when it is dropped.
    bell: oneshot::Sender<()>,
}

/// Bells to ring once the lock table is free again.
pub(super) type Bells = Vec<oneshot::Sender<()>>;

impl Ticket {
    /// The wait is over; its bell is still to ring.
    pub(super) fn end(self, end: WaitEnd, bells: &mut Bells) {
        // It is set once: a ticket is used up by its end.
        let _ = self.outcome.set(end);
        bells.push(self.bell);
    }
}

/// A place in line for a lock. Resolves when it is granted, or refused for a deadlock. Dropped before that,
/// it leaves the line.
///
/// A lock that was granted but not looked at before the drop stays with the transaction, which is about to
/// end or to try again; a user's lock is given back.
#[must_use]
pub struct LockWait {
    locks: LockTable,
    owner: OwnerId,
    outcome: Outcome,
    bell: oneshot::Receiver<()>,
    /// It is for a user's lock, by that name.
    user_lock: Option<Arc<str>>,
    seen: bool,
}

impl LockWait {
    pub(super) fn new(locks: LockTable, owner: OwnerId, wait: Waiting) -> Self {
        let Waiting { outcome, bell, user_lock } = wait;
        Self { locks, owner, outcome, bell, user_lock, seen: false }
    }

    /// Who waits.
    pub fn owner(&self) -> OwnerId {
        self.owner
    }

    /// How it ended, if it has.
    pub fn end(&self) -> Option<WaitEnd> {
        self.outcome.get().copied()
    }
}

/// The waiter's end of a ticket.
pub(super) struct Waiting {
    outcome: Outcome,
    bell: oneshot::Receiver<()>,
    user_lock: Option<Arc<str>>,
}

impl Waiting {
    pub(super) fn end(&self) -> Option<WaitEnd> {
        self.outcome.get().copied()
    }
}

/// Both ends of a new wait.
pub(super) fn ticket(place: &Place) -> (Ticket, Waiting) {
    let (sender, bell) = oneshot::channel();
    let outcome = Outcome::default();
    let user_lock = match place {
        Place::Name(Name::User(name)) => Some(name.clone()),
        _ => None,
    };
    let waiting = Waiting { outcome: outcome.clone(), bell, user_lock };
    (Ticket { outcome, bell: sender }, waiting)
}

impl Future for LockWait {
    type Output = WaitEnd;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<WaitEnd> {
        if !self.seen && self.outcome.get().is_none() {
            let rung = Pin::new(&mut self.bell).poll(context);
            if rung.is_pending() {
                return Poll::Pending;
            }
        }
        self.seen = true;
        Poll::Ready(self.end().unwrap_or(WaitEnd::Cancelled))
    }
}

impl Drop for LockWait {
    fn drop(&mut self) {
        if self.seen {
            return;
        }
        self.locks.abandon(self.owner, &self.outcome);
        if let Some(name) = &self.user_lock
            && self.end() == Some(WaitEnd::Granted)
        {
            self.locks.release_named(self.owner, name);
        }
    }
}

impl fmt::Debug for LockWait {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LockWait of {} ({:?})", self.owner.0, self.end())
    }
}
