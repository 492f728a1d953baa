//! Locks: rows, ranges, definitions and names, with fair lines and no undetected deadlock.
//!
//! ```text
//! lock ─▶ nobody against it ──────────────▶ Ok(New | Upgraded | Held)
//!      └▶ Nowait, Skip ───────────────────▶ Err(Busy)
//!      └▶ Wait: joins the line
//!           ├ circle, and this one is cheapest ─▶ Err(Deadlock)
//!           ├ circle, another is ──▶ that one's wait ends with Deadlock
//!           └▶ Err(Wait(LockWait)), a future
//! ```
//!
//! Nothing here blocks: who has to wait gets a future, unwinds, and comes again once it has the lock. One
//! mutex guards it all, held for a fraction of a microsecond: the graph of who waits for whom needs one
//! moment, and readers of snapshots take no locks.

mod graph;
mod line;
mod mode;
mod report;
mod resource;
mod space;
mod state;
mod wait;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::range::KeyRange;
pub use mode::Mode;
pub use report::{LockCounts, LockInfo, WaitInfo};
use resource::{Name, Place};
pub use resource::{OwnerId, Resource, Term};
use state::{State, UNLOCK_BATCH};
use wait::{Bells, Outcome, Waiting};
pub use wait::{LockWait, WaitEnd};

/// What to do when a lock is not free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    /// Join the line.
    Wait,
    /// NOWAIT: fail with 3572.
    Nowait,
    /// SKIP LOCKED: do without that row.
    Skip,
}

/// A wish for a lock.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// Who wants it.
    pub owner: OwnerId,
    /// How to hold it. Ranges are always held shared.
    pub mode: Mode,
    /// For how long.
    pub term: Term,
    /// What if it is not free.
    pub on_conflict: OnConflict,
    /// What rolling the owner back would cost, such as changes made and locks held: in a deadlock the one
    /// who costs least gives way, among equals the one who came last.
    pub weight: u64,
}

impl Request {
    /// A wish of a transaction that is willing to wait.
    pub fn new(owner: OwnerId, mode: Mode, weight: u64) -> Self {
        let (term, on_conflict) = (Term::Transaction, OnConflict::Wait);
        Self { owner, mode, term, on_conflict, weight }
    }
}

/// A lock that the owner now has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// It did not have it before; it may be given back early.
    New,
    /// It has more of it than before.
    Upgraded,
    /// It had it already, or better.
    Held,
}

/// A lock that the owner does not have.
#[derive(Debug)]
pub enum Conflict {
    /// It is in line.
    Wait(LockWait),
    /// Another has it, or waits for it before, and the wish was not to wait.
    Busy,
    /// Waiting would be for ever, and this owner is the one to give way. Error 1213.
    Deadlock,
    /// There are as many locks as may be. Error 1206.
    Full,
}

/// Why a lock was not granted at once.
enum Refused {
    MustWait,
    Busy,
    Full,
    InLine(Waiting),
}

/// A request, taken apart.
struct Wish<'a> {
    place: Place,
    /// Where the place is ranges: which.
    range: Option<KeyRange>,
    request: &'a Request,
}

/// The lock table. Clones are the same table.
#[derive(Debug, Clone)]
pub struct LockTable(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    max_locks: usize,
}

/// How many locks there may be by default: about 130 bytes each.
pub const MAX_LOCKS: usize = 16 << 20;

impl Default for LockTable {
    fn default() -> Self {
        Self::new(MAX_LOCKS)
    }
}

impl LockTable {
    /// A table for at most so many locks.
    pub fn new(max_locks: usize) -> Self {
        Self(Arc::new(Shared { state: Mutex::default(), max_locks }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way through a change.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs with the table, and rings bells once others can have it.
    fn with<T>(&self, run: impl FnOnce(&mut State, &mut Bells) -> T) -> T {
        let mut bells = Bells::new();
        let result = run(&mut self.state(), &mut bells);
        drop(bells);
        result
    }

    /// Takes a lock, or a place in line for it. An owner waits for one lock at a time: a wait that is still
    /// on when it has to wait again ends with `Cancelled`.
    pub fn lock(&self, resource: Resource, request: &Request) -> Result<Granted, Conflict> {
        let (place, range) = <(Place, Option<KeyRange>)>::from(resource);
        let wish = Wish { place, range, request };
        let refused = self.with(|state, bells| match state.try_lock(&wish, self.0.max_locks) {
            Ok(granted) => Ok(granted),
            Err(Refused::MustWait) => state.join(wish, self.0.max_locks, bells),
            Err(refused) => Err(refused),
        });
        refused.map_err(|refused| match refused {
            Refused::Full => Conflict::Full,
            Refused::Busy | Refused::MustWait => Conflict::Busy,
            Refused::InLine(wait) if wait.end() == Some(WaitEnd::Deadlock) => Conflict::Deadlock,
            Refused::InLine(wait) => {
                Conflict::Wait(LockWait::new(self.clone(), request.owner, wait))
            }
        })
    }

    /// The end of a transaction: lets go of its locks in the order in which they were taken, and of its
    /// place in line.
    pub fn unlock_all(&self, owner: OwnerId) {
        let held = self.with(|state, bells| state.take_held(owner, bells));
        for places in held.chunks(UNLOCK_BATCH) {
            self.with(|state, bells| state.let_go_all(owner, places, bells));
        }
    }

    /// Gives back a lock before the transaction ends: that of a row which was looked at and not wanted.
    /// Only what was `Granted::New` may be given back so, and no ranges. Whether it was held.
    pub fn unlock(&self, owner: OwnerId, resource: Resource) -> bool {
        let (place, range) = <(Place, Option<KeyRange>)>::from(resource);
        if range.is_some() {
            return false;
        }
        self.with(|state, bells| state.unlock(owner, &place, Term::Transaction, bells))
    }

    /// UNLOCK TABLES: gives back the definitions that the session has kept locked.
    pub fn unlock_tables(&self, owner: OwnerId) {
        self.with(|state, bells| state.drop_kept(owner, |place| !place.is_user(), bells));
    }

    /// RELEASE_LOCK: gives a user's lock back once. None where nobody has a lock by that name, false
    /// where another has.
    pub fn release_named(&self, owner: OwnerId, name: &Arc<str>) -> Option<bool> {
        let place = Place::Name(Name::User(name.clone()));
        self.with(|state, bells| {
            let unlocked = state.unlock(owner, &place, Term::Session, bells);
            (unlocked || state.named_owner(name).is_some()).then_some(unlocked)
        })
    }

    /// RELEASE_ALL_LOCKS: gives back all user's locks; how many, each as often as it was taken.
    pub fn release_all_named(&self, owner: OwnerId) -> usize {
        self.with(|state, bells| state.drop_kept(owner, Place::is_user, bells))
    }

    /// The end of a session: lets go of everything.
    pub fn leave(&self, owner: OwnerId) {
        self.unlock_all(owner);
        self.with(|state, bells| state.drop_kept(owner, |_| true, bells));
    }

    /// Ends a wait that nobody looks at any more.
    fn abandon(&self, owner: OwnerId, outcome: &Outcome) {
        self.with(|state, bells| state.abandon(owner, outcome, bells));
    }
}
