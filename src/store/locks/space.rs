//! The locks of one order of one table: keys, and ranges over keys that come to be.
//!
//! A range holds up inserts into it and nothing else; two ranges never conflict. It is asked for after
//! the fact too: keys in it that others hold as inserted are rows that the owner cannot see yet and that
//! a serial order would have shown to one of the two.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::super::key::Key;
use super::super::range::KeyRange;
use super::line::{Arrival, Line, Standing, Waiter};
use super::mode::Mode;
use super::resource::{OwnerId, Term};
use super::{Granted, Refused, Request};

/// How many ranges one owner holds in one space; more become one that covers all.
const MAX_RANGES: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Space {
    pub keys: BTreeMap<Key, Line>,
    ranges: Vec<(OwnerId, KeyRange)>,
    /// How many keys each owner holds as inserted.
    inserters: Vec<(OwnerId, usize)>,
    /// Who waits for a range, in order.
    range_waiters: Vec<(OwnerId, KeyRange)>,
    /// Keys that somebody waits to insert.
    insert_waits: Vec<Key>,
}

impl Space {
    pub(super) fn is_idle(&self) -> bool {
        self.keys.is_empty() && self.ranges.is_empty() && self.range_waiters.is_empty()
    }

    fn note_insert(&mut self, owner: OwnerId) {
        match self.inserters.iter_mut().find(|(inserter, _)| *inserter == owner) {
            Some((_, keys)) => *keys += 1,
            None => self.inserters.push((owner, 1)),
        }
    }

    fn forget_insert(&mut self, owner: OwnerId) {
        let at = self.inserters.iter().position(|(inserter, _)| *inserter == owner);
        if let Some(at) = at
            && let Some((_, keys)) = self.inserters.get_mut(at)
        {
            *keys = keys.saturating_sub(1);
            if *keys == 0 {
                self.inserters.swap_remove(at);
            }
        }
    }

    /// Whether somebody else's range covers the key.
    fn bars(&self, owner: OwnerId, key: &Key) -> bool {
        self.ranges.iter().any(|(holder, range)| *holder != owner && range.contains(key))
    }

    /// Whether the owner's own range covers the key.
    fn covers(&self, owner: OwnerId, key: &Key) -> bool {
        self.ranges.iter().any(|(holder, range)| *holder == owner && range.contains(key))
    }

    /// Those whose ranges cover the key.
    pub(super) fn range_holders(&self, owner: OwnerId, key: &Key, found: &mut Vec<OwnerId>) {
        let others = self.ranges.iter().filter(|(holder, _)| *holder != owner);
        found.extend(others.filter(|(_, range)| range.contains(key)).map(|(holder, _)| *holder));
    }

    /// Those who hold keys in the range as inserted.
    pub(super) fn inserted_in(
        &self,
        owner: OwnerId,
        range: &KeyRange,
    ) -> impl Iterator<Item = OwnerId> {
        let none =
            range.is_empty() || self.inserters.iter().all(|(inserter, _)| *inserter == owner);
        let lines = (!none).then(|| self.keys.range::<Key, _>(range.bounds()));
        let holders = lines.into_iter().flatten().flat_map(|(_, line)| &line.holders);
        holders
            .filter(move |holder| holder.owner != owner && holder.modes().has(Mode::Insert))
            .map(|holder| holder.owner)
    }

    /// Adds a range to those that the owner holds. Whether it is the first.
    fn add_range(&mut self, owner: OwnerId, mut range: KeyRange) -> bool {
        let before = self.ranges.iter().filter(|(holder, _)| *holder == owner).count();
        let merges_all = before >= MAX_RANGES;
        self.ranges.retain(|(holder, held)| {
            let merges = *holder == owner && (merges_all || held.meets(&range));
            if merges {
                range = range.clone().hull(held.clone());
            }
            !merges
        });
        self.ranges.push((owner, range));
        before == 0
    }

    /// The owner's ranges are gone.
    pub(super) fn drop_ranges(&mut self, owner: OwnerId) {
        self.ranges.retain(|(holder, _)| *holder != owner);
    }

    pub(super) fn ranges(&self) -> impl Iterator<Item = &(OwnerId, KeyRange)> {
        self.ranges.iter()
    }

    /// Grants a range, if nobody has inserted into it.
    pub(super) fn try_range(
        &mut self,
        owner: OwnerId,
        range: &KeyRange,
        full: bool,
    ) -> Result<Granted, Refused> {
        if range.is_empty() {
            return Ok(Granted::Held);
        }
        if self.inserted_in(owner, range).next().is_some() {
            return Err(Refused::MustWait);
        }
        if full {
            return Err(Refused::Full);
        }
        Ok(self.grant_range(owner, range.clone()))
    }

    /// Grants a key.
    pub(super) fn try_key(
        &mut self,
        key: &Key,
        request: &Request,
        full: bool,
    ) -> Result<Granted, Refused> {
        let inserts = request.mode == Mode::Insert;
        let barred = inserts && self.bars(request.owner, key);
        let standing = Standing { barred, first: self.covers(request.owner, key) };
        let line = self.keys.entry(key.clone()).or_default();
        let granted = line.try_grant(request, standing, full);
        if line.is_idle() {
            self.keys.remove(key);
        }
        if inserts && matches!(granted, Ok(Granted::New | Granted::Upgraded)) {
            self.note_insert(request.owner);
        }
        granted
    }

    /// Joins the line for a key.
    pub(super) fn join(&mut self, key: &Key, waiter: Waiter) {
        let first = self.covers(waiter.owner, key);
        self.keys.entry(key.clone()).or_default().join(waiter, first);
        if waiter.mode == Mode::Insert {
            self.insert_waits.push(key.clone());
        }
    }

    /// Waits for a range.
    pub(super) fn join_ranges(&mut self, owner: OwnerId, range: KeyRange) {
        self.range_waiters.push((owner, range));
    }

    /// Waits for a range no more.
    pub(super) fn leave_ranges(&mut self, owner: OwnerId) {
        self.range_waiters.retain(|(waiter, _)| *waiter != owner);
    }

    /// Takes the owner out of the line for the key.
    pub(super) fn leave(&mut self, owner: OwnerId, key: &Key, mode: Mode) {
        if let Some(line) = self.keys.get_mut(key) {
            line.leave(owner);
        }
        if mode == Mode::Insert {
            self.forget_insert_wait(key);
        }
    }

    fn forget_insert_wait(&mut self, key: &Key) {
        if let Some(at) = self.insert_waits.iter().position(|waited| waited == key) {
            self.insert_waits.remove(at);
        }
    }

    /// Lets go of a key. Whether somebody waits who may have it now.
    pub(super) fn release(&mut self, owner: OwnerId, key: &Key, term: Term) -> bool {
        let Entry::Occupied(mut entry) = self.keys.entry(key.clone()) else { return false };
        let inserted = entry.get_mut().release(owner, term).has(Mode::Insert);
        let awaited = !entry.get().waiting.is_empty();
        if entry.get().is_idle() {
            entry.remove();
        }
        if inserted {
            self.forget_insert(owner);
        }
        awaited || (inserted && !self.range_waiters.is_empty())
    }

    /// Those who have got the key, now that something has changed there. The key is forgotten if nobody
    /// cares for it any more.
    pub(super) fn promote_key(&mut self, key: &Key) -> Vec<Arrival> {
        let Some(mut line) = self.keys.remove(key) else { return Vec::new() };
        let barred = |waiter: &Waiter| waiter.mode == Mode::Insert && self.bars(waiter.owner, key);
        let arrivals = line.promote(barred);
        if !line.is_idle() {
            self.keys.insert(key.clone(), line);
        }
        for arrival in arrivals.iter().filter(|arrival| arrival.mode == Mode::Insert) {
            self.note_insert(arrival.owner);
            self.forget_insert_wait(key);
        }
        arrivals
    }

    /// Those who have got their range, now that a key is free.
    pub(super) fn promote_ranges(&mut self) -> Vec<Arrival> {
        let waiting = std::mem::take(&mut self.range_waiters);
        let mut arrivals = Vec::new();
        for (owner, range) in waiting {
            if self.inserted_in(owner, &range).next().is_some() {
                self.range_waiters.push((owner, range));
            } else {
                let granted = self.grant_range(owner, range);
                arrivals.push(Arrival { owner, mode: Mode::Shared, granted });
            }
        }
        arrivals
    }

    fn grant_range(&mut self, owner: OwnerId, range: KeyRange) -> Granted {
        if self.add_range(owner, range) { Granted::New } else { Granted::Held }
    }

    /// Those who may insert, now that ranges are gone.
    pub(super) fn promote_inserts(&mut self) -> Vec<Arrival> {
        let keys = self.insert_waits.clone();
        keys.iter().flat_map(|key| self.promote_key(key)).collect()
    }
}
