//! What the lock table shows of itself: SHOW STATUS, lists of locks and waits.

use std::sync::Arc;

use super::LockTable;
use super::mode::{Mode, Modes};
use super::resource::{Name, OwnerId, Place, Resource};
use super::state::State;

/// How many locks there are, and what came of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LockCounts {
    /// Held now: keys, owners' ranges in an index, definitions, names.
    pub held: usize,
    /// Waiting now.
    pub waiting: usize,
    /// Waits since the start.
    pub waits: u64,
    /// Deadlocks since the start.
    pub deadlocks: u64,
}

/// A lock that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockInfo {
    /// By whom.
    pub owner: OwnerId,
    /// What.
    pub resource: Resource,
    /// How.
    pub modes: Vec<Mode>,
}

/// A lock that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitInfo {
    /// By whom.
    pub owner: OwnerId,
    /// What.
    pub resource: Resource,
    /// How it is to be held.
    pub mode: Mode,
    /// Who stands in the way.
    pub blockers: Vec<OwnerId>,
}

impl LockTable {
    /// Counts.
    pub fn counts(&self) -> LockCounts {
        let state = self.state();
        let tally = state.tally;
        LockCounts {
            held: state.places,
            waiting: tally.waiting,
            waits: tally.waits,
            deadlocks: tally.deadlocks,
        }
    }

    /// How many locks that owner holds.
    pub fn held_by(&self, owner: OwnerId) -> usize {
        let state = self.state();
        state.owners.get(&owner).map_or(0, |owner| owner.held.len() + owner.kept.len())
    }

    /// IS_USED_LOCK: who has a user's lock.
    pub fn named_owner(&self, name: &Arc<str>) -> Option<OwnerId> {
        self.state().named_owner(name)
    }

    /// The locks that are held, at most so many of each owner, by owner and in the order in which they were
    /// taken.
    pub fn locks(&self, most: usize) -> Vec<LockInfo> {
        let state = self.state();
        let mut owners: Vec<OwnerId> = state.owners.keys().copied().collect();
        owners.sort_unstable();
        owners.into_iter().flat_map(|owner| state.locks_of(owner, most)).collect()
    }

    /// Who waits for what, by owner.
    pub fn waits(&self) -> Vec<WaitInfo> {
        let state = self.state();
        let waits = state.owners.iter().filter_map(|(owner, all)| {
            let wait = all.wait.as_ref()?;
            let mut blockers = state.blockers(*owner);
            blockers.sort_unstable();
            blockers.dedup();
            let resource = wait.place.resource(wait.range.as_ref());
            Some(WaitInfo { owner: *owner, resource, mode: wait.mode, blockers })
        });
        let mut waits: Vec<WaitInfo> = waits.collect();
        waits.sort_unstable_by_key(|wait| wait.owner);
        waits
    }
}

impl State {
    fn locks_of(&self, owner: OwnerId, most: usize) -> Vec<LockInfo> {
        let Some(all) = self.owners.get(&owner) else { return Vec::new() };
        // A place that is both held and kept is shown once, with all its modes.
        let kept = all.kept.iter().filter(|place| !all.held.contains(place));
        let places = kept.chain(&all.held);
        places.take(most).flat_map(|place| self.describe(owner, place)).collect()
    }

    fn describe(&self, owner: OwnerId, place: &Place) -> Vec<LockInfo> {
        if let Place::Ranges(id) = place {
            let ranges = self.spaces.get(id).into_iter().flat_map(|space| space.ranges());
            let own = ranges.filter(|(holder, _)| *holder == owner);
            return own
                .map(|(_, range)| {
                    let resource = place.resource(Some(range));
                    LockInfo { owner, resource, modes: vec![Mode::Shared] }
                })
                .collect();
        }
        let modes = self.modes(owner, place).iter().collect();
        vec![LockInfo { owner, resource: place.resource(None), modes }]
    }

    fn modes(&self, owner: OwnerId, place: &Place) -> Modes {
        let line = match place {
            Place::Key(id, key) => self.spaces.get(id).and_then(|space| space.keys.get(key)),
            Place::Name(name @ (Name::Metadata(..) | Name::User(_))) => self.names.get(name),
            Place::Ranges(_) => None,
        };
        line.map_or_else(Modes::default, |line| line.modes_of(owner))
    }
}
