//! Random owners, resources and ends: after every step nobody has what conflicts with another's, nobody
//! waits for nothing, and nobody waits in a circle.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::*;
use crate::store::{Edge, IndexNo, Key, TableId};

#[derive(Debug, Clone)]
enum Action {
    Lock {
        owner: u64,
        what: What,
        mode: Mode,
        on_conflict: OnConflict,
        weight: u64,
    },
    /// The transaction ends.
    End(u64),
    /// The waiting statement is given up.
    Abandon(u64),
    Release(u64, u8),
}

#[derive(Debug, Clone)]
enum What {
    Row(u8),
    Range(u8, u8),
    Metadata(u8),
    Named(u8),
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        4 => (0u8..4).prop_map(What::Row),
        2 => (0u8..4, 0u8..4).prop_map(|(from, to)| What::Range(from, to)),
        1 => (0u8..2).prop_map(What::Metadata),
        1 => (0u8..2).prop_map(What::Named),
    ]
}

fn lock() -> impl Strategy<Value = Action> {
    use Mode::{Exclusive, Insert, Read, Shared, Write};
    let mode = prop::sample::select(vec![Read, Write, Shared, Exclusive, Insert]);
    let waits = vec![OnConflict::Wait, OnConflict::Wait, OnConflict::Nowait, OnConflict::Skip];
    let on_conflict = prop::sample::select(waits);
    (0u64..5, what(), mode, on_conflict, 0u64..3).prop_map(
        |(owner, what, mode, on_conflict, weight)| {
            let mode = match what {
                What::Metadata(_) if mode == Mode::Insert => Mode::Write,
                What::Named(_) => Mode::Exclusive,
                _ => mode,
            };
            Action::Lock { owner, what, mode, on_conflict, weight }
        },
    )
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        8 => lock(),
        2 => (0u64..5).prop_map(Action::End),
        1 => (0u64..5).prop_map(Action::Abandon),
        1 => (0u64..5, 0u8..2).prop_map(|(owner, name)| Action::Release(owner, name)),
    ]
}

fn resource(what: &What) -> Resource {
    let (table, index) = (TableId(1), IndexNo::ROWS);
    let key = |number: u8| Key::new(&[number]);
    match what {
        What::Row(number) => Resource::Row { table, index, key: key(*number) },
        What::Range(from, to) => {
            let edges = (Edge::Including(key(*from)), Edge::Excluding(key(*to)));
            Resource::Range { table, index, range: KeyRange::between(edges.0, edges.1) }
        }
        What::Metadata(name) => {
            Resource::Metadata { schema: "s".into(), table: name.to_string().into() }
        }
        What::Named(name) => Resource::Named(name.to_string().into()),
    }
}

fn term(what: &What) -> Term {
    if matches!(what, What::Named(_)) { Term::Session } else { Term::Transaction }
}

#[derive(Default)]
struct World {
    locks: LockTable,
    waits: BTreeMap<u64, LockWait>,
}

impl World {
    fn run(&mut self, action: &Action) {
        match action {
            // A session that waits does nothing else.
            Action::Lock { owner, .. } | Action::Release(owner, _)
                if self.waits.contains_key(owner) => {}
            Action::Lock { owner, what, mode, on_conflict, weight } => {
                let (owner, on_conflict) = (OwnerId(*owner), *on_conflict);
                let (mode, weight) = (*mode, *weight);
                let request = Request { owner, mode, term: term(what), on_conflict, weight };
                if let Err(Conflict::Wait(wait)) = self.locks.lock(resource(what), &request) {
                    self.waits.insert(owner.0, wait);
                }
            }
            Action::End(owner) => {
                self.locks.unlock_all(OwnerId(*owner));
                self.waits.remove(owner);
            }
            Action::Abandon(owner) => drop(self.waits.remove(owner)),
            Action::Release(owner, name) => {
                self.locks.release_named(OwnerId(*owner), &name.to_string().into());
            }
        }
        self.settle();
    }

    /// Waits that are over are looked at; whoever lost in a deadlock rolls back.
    fn settle(&mut self) {
        while let Some((owner, end)) =
            self.waits.iter().find_map(|(owner, wait)| Some((*owner, wait.end()?)))
        {
            let wait = self.waits.remove(&owner);
            if end == WaitEnd::Granted {
                // As if it had been polled: a name is kept.
                std::mem::forget(wait);
            } else {
                self.locks.unlock_all(OwnerId(owner));
            }
        }
    }

    fn check(&self) {
        self.check_holders();
        let waits = self.locks.waits();
        assert_eq!(waits.len(), self.waits.len());
        assert_eq!(waits.len(), self.locks.counts().waiting);
        let edges: BTreeMap<_, _> =
            waits.iter().map(|wait| (wait.owner, wait.blockers.clone())).collect();
        for wait in &waits {
            assert!(!wait.blockers.is_empty(), "waits for nothing: {wait:?}");
            assert!(!reaches(&edges, wait.owner), "a circle: {waits:?}");
        }
    }

    fn check_holders(&self) {
        let locks = self.locks.locks(usize::MAX);
        for (at, one) in locks.iter().enumerate() {
            for other in locks[at + 1..].iter().filter(|other| other.owner != one.owner) {
                assert!(!conflicts(one, other), "{one:?} and {other:?}");
            }
        }
    }
}

fn conflicts(one: &LockInfo, other: &LockInfo) -> bool {
    if let (Resource::Range { range, .. }, Resource::Row { key, .. })
    | (Resource::Row { key, .. }, Resource::Range { range, .. }) =
        (&one.resource, &other.resource)
    {
        let inserted = one.modes.contains(&Mode::Insert) || other.modes.contains(&Mode::Insert);
        return inserted && range.contains(key);
    }
    let pairs = one.modes.iter().flat_map(|one| other.modes.iter().map(move |two| (*one, *two)));
    one.resource == other.resource
        && !matches!(one.resource, Resource::Range { .. })
        && pairs.into_iter().any(|(one, two)| one.conflicts(two))
}

fn reaches(edges: &BTreeMap<OwnerId, Vec<OwnerId>>, start: OwnerId) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = edges.get(&start).cloned().unwrap_or_default();
    while let Some(owner) = open.pop() {
        if owner == start {
            return true;
        }
        if seen.insert(owner) {
            open.extend(edges.get(&owner).into_iter().flatten());
        }
    }
    false
}

proptest! {
    #[test]
    fn nobody_is_wronged(actions in prop::collection::vec(action(), 0..80)) {
        let mut world = World::default();
        for action in &actions {
            world.run(action);
            world.check();
        }
        for owner in 0..5 {
            world.waits.remove(&owner);
            world.locks.leave(OwnerId(owner));
        }
        let counts = world.locks.counts();
        prop_assert_eq!((counts.held, counts.waiting), (0, 0));
    }
}
