//! Everything the lock table knows, under its one mutex.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::super::range::KeyRange;
use super::line::{Arrival, Line, Standing, Waiter};
use super::mode::Mode;
use super::resource::{Name, OwnerId, Place, SpaceId, Term};
use super::space::Space;
use super::wait::{Bells, Outcome, Ticket, WaitEnd, ticket};
use super::{Granted, OnConflict, Refused, Request, Wish};

/// How many spaces without locks are kept, to be found warm.
const IDLE_SPACES: usize = 1024;

/// How many locks are let go of before others get a turn.
pub(super) const UNLOCK_BATCH: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct State {
    pub spaces: HashMap<SpaceId, Space, RandomState>,
    pub names: HashMap<Name, Line, RandomState>,
    pub owners: HashMap<OwnerId, Owner, RandomState>,
    /// Held keys, ranges and names.
    pub places: usize,
    pub tally: Tally,
}

/// Counted since the start.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    pub waits: u64,
    pub deadlocks: u64,
    pub waiting: usize,
}

/// What one owner has and wants.
#[derive(Debug, Default)]
pub(super) struct Owner {
    /// Until the transaction ends, in the order in which it was taken.
    pub held: Vec<Place>,
    /// Until given back.
    pub kept: Vec<Place>,
    pub wait: Option<Wait>,
}

/// What an owner waits for.
#[derive(Debug)]
pub(super) struct Wait {
    pub place: Place,
    /// Where `place` is ranges: which.
    pub range: Option<KeyRange>,
    pub mode: Mode,
    pub term: Term,
    /// What it would cost to give way.
    pub weight: u64,
    pub ticket: Ticket,
}

impl Owner {
    fn places(&mut self, term: Term) -> &mut Vec<Place> {
        match term {
            Term::Transaction => &mut self.held,
            Term::Session => &mut self.kept,
        }
    }

    fn is_idle(&self) -> bool {
        self.held.is_empty() && self.kept.is_empty() && self.wait.is_none()
    }
}

impl State {
    /// Grants the lock, if nobody stands against it.
    pub(super) fn try_lock(&mut self, wish: &Wish, max: usize) -> Result<Granted, Refused> {
        let (request, full) = (wish.request, self.places >= max);
        let granted = match (&wish.place, &wish.range) {
            (Place::Ranges(space), Some(range)) => {
                self.spaces.entry(*space).or_default().try_range(request.owner, range, full)?
            }
            (Place::Key(space, key), _) => {
                self.spaces.entry(*space).or_default().try_key(key, request, full)?
            }
            (Place::Name(name), _) => self.try_name(name, request, full)?,
            (Place::Ranges(_), None) => Granted::Held,
        };
        if granted == Granted::New {
            self.note(request.owner, wish.place.clone(), request.term);
        }
        Ok(granted)
    }

    fn try_name(&mut self, name: &Name, request: &Request, full: bool) -> Result<Granted, Refused> {
        let line = self.names.entry(name.clone()).or_default();
        let granted = line.try_grant(request, Standing::default(), full);
        if line.is_idle() {
            self.names.remove(name);
        }
        granted
    }

    fn note(&mut self, owner: OwnerId, place: Place, term: Term) {
        self.places += 1;
        self.owners.entry(owner).or_default().places(term).push(place);
    }

    /// Gets in line for a lock that was just refused, if the wish is to wait.
    pub(super) fn join(
        &mut self,
        wish: Wish,
        max: usize,
        bells: &mut Bells,
    ) -> Result<Granted, Refused> {
        let Request { owner, mode, term, weight, on_conflict } = *wish.request;
        if on_conflict != OnConflict::Wait {
            return Err(Refused::Busy);
        }
        if self.end_wait(owner, WaitEnd::Cancelled, bells) {
            // It may have stood in its own way.
            match self.try_lock(&wish, max) {
                Err(Refused::MustWait) => {}
                other => return other,
            }
        }
        let (ticket, waiting) = ticket(&wish.place);
        let Wish { place, range, .. } = wish;
        self.wait(Wait { place, range, mode, term, weight, ticket }, owner);
        self.break_circles(owner, bells);
        Err(Refused::InLine(waiting))
    }

    /// Puts the owner in line.
    fn wait(&mut self, wait: Wait, owner: OwnerId) {
        let waiter = Waiter { owner, mode: wait.mode, term: wait.term };
        match (&wait.place, &wait.range) {
            (Place::Ranges(space), Some(range)) => {
                self.spaces.entry(*space).or_default().join_ranges(owner, range.clone());
            }
            (Place::Key(space, key), _) => {
                self.spaces.entry(*space).or_default().join(key, waiter);
            }
            (Place::Name(name), _) => {
                self.names.entry(name.clone()).or_default().join(waiter, false);
            }
            (Place::Ranges(_), None) => {}
        }
        self.tally.waits += 1;
        self.tally.waiting += 1;
        self.owners.entry(owner).or_default().wait = Some(wait);
    }

    /// Takes the owner out of the line it is in. Whether it was in one.
    pub(super) fn end_wait(&mut self, owner: OwnerId, end: WaitEnd, bells: &mut Bells) -> bool {
        let Some(wait) = self.owners.get_mut(&owner).and_then(|owner| owner.wait.take()) else {
            return false;
        };
        self.tally.waiting -= 1;
        wait.ticket.end(end, bells);
        match &wait.place {
            Place::Ranges(space) => {
                if let Some(space) = self.spaces.get_mut(space) {
                    space.leave_ranges(owner);
                }
            }
            Place::Key(space, key) => {
                if let Some(space) = self.spaces.get_mut(space) {
                    space.leave(owner, key, wait.mode);
                }
            }
            Place::Name(name) => {
                if let Some(line) = self.names.get_mut(name) {
                    line.leave(owner);
                }
            }
        }
        self.promote(&wait.place, bells);
        self.forget_owner(owner);
        true
    }

    /// As `end_wait`, for one particular wait, if it is still on.
    pub(super) fn abandon(&mut self, owner: OwnerId, outcome: &Outcome, bells: &mut Bells) {
        let wait = self.owners.get(&owner).and_then(|owner| owner.wait.as_ref());
        let is_on = wait.is_some_and(|wait| Arc::ptr_eq(&wait.ticket.outcome, outcome));
        if is_on {
            self.end_wait(owner, WaitEnd::Cancelled, bells);
        }
    }

    /// What the owner holds until the end of its transaction: to be let go of by the caller.
    pub(super) fn take_held(&mut self, owner: OwnerId, bells: &mut Bells) -> Vec<Place> {
        self.end_wait(owner, WaitEnd::Cancelled, bells);
        let held = self.owners.get_mut(&owner).map(|owner| std::mem::take(&mut owner.held));
        self.forget_owner(owner);
        held.unwrap_or_default()
    }

    /// Lets go of what `take_held` gave.
    pub(super) fn let_go_all(&mut self, owner: OwnerId, places: &[Place], bells: &mut Bells) {
        for place in places {
            self.let_go(owner, place, Term::Transaction, bells);
        }
    }

    /// Lets go of what the owner keeps for the session and `which` names. How often it was taken.
    pub(super) fn drop_kept(
        &mut self,
        owner: OwnerId,
        which: impl Fn(&Place) -> bool,
        bells: &mut Bells,
    ) -> usize {
        let Some(state) = self.owners.get_mut(&owner) else { return 0 };
        let (dropped, kept) = std::mem::take(&mut state.kept).into_iter().partition(&which);
        state.kept = kept;
        let dropped: Vec<Place> = dropped;
        let times = dropped.iter().map(|place| self.drop_place(owner, place, bells)).sum();
        self.forget_owner(owner);
        times
    }

    fn drop_place(&mut self, owner: OwnerId, place: &Place, bells: &mut Bells) -> usize {
        let times = match place {
            Place::Name(name) => self.names.get_mut(name).map_or(1, |line| line.take_times(owner)),
            Place::Key(..) | Place::Ranges(_) => 1,
        };
        self.let_go(owner, place, Term::Session, bells);
        times
    }

    /// Who has a user's lock.
    pub(super) fn named_owner(&self, name: &Arc<str>) -> Option<OwnerId> {
        let line = self.names.get(&Name::User(name.clone()))?;
        line.holders.first().map(|holder| holder.owner)
    }

    /// Lets go of one thing that is no longer among the owner's places, and lets those in who waited.
    fn let_go(&mut self, owner: OwnerId, place: &Place, term: Term, bells: &mut Bells) {
        self.places = self.places.saturating_sub(1);
        let awaited = match place {
            Place::Key(id, key) => {
                let space = self.spaces.get_mut(id);
                let awaited = space.is_some_and(|space| space.release(owner, key, term));
                self.forget_space(*id);
                awaited
            }
            Place::Ranges(id) => {
                if let Some(space) = self.spaces.get_mut(id) {
                    space.drop_ranges(owner);
                }
                true
            }
            Place::Name(name) => {
                if let Some(line) = self.names.get_mut(name) {
                    line.release(owner, term);
                }
                true
            }
        };
        if awaited {
            self.promote(place, bells);
        }
    }

    /// Gives back one lock before its term. Whether the owner had it.
    pub(super) fn unlock(
        &mut self,
        owner: OwnerId,
        place: &Place,
        term: Term,
        bells: &mut Bells,
    ) -> bool {
        let Some(state) = self.owners.get_mut(&owner) else { return false };
        let places = state.places(term);
        // What is given back early is mostly what was taken last.
        let Some(at) = places.iter().rposition(|held| held == place) else { return false };
        if term == Term::Session
            && let Place::Name(name) = place
            && let Some(line) = self.names.get_mut(name)
            && line.times(owner) > 1
        {
            line.release(owner, term);
            return true;
        }
        places.remove(at);
        self.let_go(owner, place, term, bells);
        self.forget_owner(owner);
        true
    }

    /// Grants what has become free at that place.
    fn promote(&mut self, place: &Place, bells: &mut Bells) {
        match place {
            Place::Key(id, key) => {
                let Some(space) = self.spaces.get_mut(id) else { return };
                let granted = space.promote_key(key);
                let ranges = space.promote_ranges();
                self.arrive(granted, bells);
                self.arrive(ranges, bells);
                self.forget_space(*id);
            }
            Place::Ranges(id) => {
                let Some(space) = self.spaces.get_mut(id) else { return };
                let granted = space.promote_inserts();
                self.arrive(granted, bells);
                self.forget_space(*id);
            }
            Place::Name(name) => {
                let Some(line) = self.names.get_mut(name) else { return };
                let granted = line.promote(|_| false);
                if line.is_idle() {
                    self.names.remove(name);
                }
                self.arrive(granted, bells);
            }
        }
    }

    /// They have what they waited for.
    fn arrive(&mut self, arrivals: impl IntoIterator<Item = Arrival>, bells: &mut Bells) {
        for arrival in arrivals {
            let Some(owner) = self.owners.get_mut(&arrival.owner) else { continue };
            let Some(wait) = owner.wait.take() else { continue };
            self.tally.waiting -= 1;
            if arrival.granted == Granted::New {
                owner.places(wait.term).push(wait.place);
                self.places += 1;
            }
            wait.ticket.end(WaitEnd::Granted, bells);
        }
    }

    fn forget_space(&mut self, id: SpaceId) {
        if self.spaces.len() > IDLE_SPACES && self.spaces.get(&id).is_some_and(Space::is_idle) {
            self.spaces.remove(&id);
        }
    }

    pub(super) fn forget_owner(&mut self, owner: OwnerId) {
        if self.owners.get(&owner).is_some_and(Owner::is_idle) {
            self.owners.remove(&owner);
        }
    }
}
