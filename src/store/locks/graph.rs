//! Who waits for whom; circles in that, and who has to give way.
//!
//! A circle closes only when somebody begins to wait, and then it goes through them, since nobody waits
//! for two things at once. So looking from the one who has just joined a line finds every deadlock when it
//! comes to be. The number of steps is bounded by the number of those who wait.

use std::collections::HashSet;

use super::line::Line;
use super::mode::Mode;
use super::resource::{OwnerId, Place};
use super::state::State;
use super::wait::{Bells, WaitEnd};

/// Whom somebody waits for in a line: all, or enough to reach the rest.
type InLine = fn(&Line, OwnerId, Mode, &mut Vec<OwnerId>);

/// One owner on the way, and those whom it waits for that have not been looked at.
struct Step {
    owner: OwnerId,
    blockers: Vec<OwnerId>,
}

impl State {
    /// Whom the owner waits for.
    pub(super) fn blockers(&self, owner: OwnerId) -> Vec<OwnerId> {
        self.find_blockers(owner, Line::blockers)
    }

    fn near_blockers(&self, owner: OwnerId) -> Vec<OwnerId> {
        self.find_blockers(owner, Line::near_blockers)
    }

    fn find_blockers(&self, owner: OwnerId, in_line: InLine) -> Vec<OwnerId> {
        let mut found = Vec::new();
        let Some(wait) = self.owners.get(&owner).and_then(|owner| owner.wait.as_ref()) else {
            return found;
        };
        match (&wait.place, &wait.range) {
            (Place::Ranges(space), Some(range)) => {
                let space = self.spaces.get(space);
                found.extend(space.into_iter().flat_map(|space| space.inserted_in(owner, range)));
            }
            (Place::Key(id, key), _) => {
                let Some(space) = self.spaces.get(id) else { return found };
                if let Some(line) = space.keys.get(key) {
                    in_line(line, owner, wait.mode, &mut found);
                }
                if wait.mode == Mode::Insert {
                    space.range_holders(owner, key, &mut found);
                }
            }
            (Place::Name(name), _) => {
                if let Some(line) = self.names.get(name) {
                    in_line(line, owner, wait.mode, &mut found);
                }
            }
            (Place::Ranges(_), None) => {}
        }
        found
    }

    /// Breaks every circle through that owner, who has just begun to wait.
    pub(super) fn break_circles(&mut self, owner: OwnerId, bells: &mut Bells) {
        while let Some(circle) = self.circle(owner) {
            let victim = self.cheapest(&circle).unwrap_or(owner);
            self.tally.deadlocks += 1;
            self.end_wait(victim, WaitEnd::Deadlock, bells);
            if victim == owner {
                return;
            }
        }
    }

    /// The owners of a circle through `start`, itself first.
    fn circle(&self, start: OwnerId) -> Option<Vec<OwnerId>> {
        let mut visited = HashSet::from([start]);
        let mut path = vec![Step { owner: start, blockers: self.near_blockers(start) }];
        while let Some(step) = path.last_mut() {
            let Some(next) = step.blockers.pop() else {
                path.pop();
                continue;
            };
            if next == start {
                return Some(path.into_iter().map(|step| step.owner).collect());
            }
            if visited.insert(next) {
                path.push(Step { owner: next, blockers: self.near_blockers(next) });
            }
        }
        None
    }

    /// The first of those to whom giving way costs least.
    fn cheapest(&self, circle: &[OwnerId]) -> Option<OwnerId> {
        let weight = |owner: &OwnerId| {
            let wait = self.owners.get(owner).and_then(|owner| owner.wait.as_ref());
            wait.map_or(u64::MAX, |wait| wait.weight)
        };
        circle.iter().copied().min_by_key(weight)
    }
}
