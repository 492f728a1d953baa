//! Ranges of keys: what a scan walks over, and what a range lock covers.
//!
//! Conditions speak of leading columns (`a = 1 AND b > 5`), so an [`Edge`] is a prefix of keys:
//! including it takes in every key that starts with it, excluding it leaves all of them out.

use std::fmt;
use std::ops::Bound;

use super::key::Key;

/// Which way a scan goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From small keys to large ones.
    Forward,
    /// From large keys to small ones.
    Backward,
}

/// One end of a range, given by a prefix of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edge {
    /// No end.
    Open,
    /// Keys that start so belong to the range.
    Including(Key),
    /// Keys that start so do not.
    Excluding(Key),
}

/// A range of whole keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    from: Bound<Key>,
    to: Bound<Key>,
}

impl KeyRange {
    /// Every key.
    pub fn all() -> Self {
        Self { from: Bound::Unbounded, to: Bound::Unbounded }
    }

    /// That key alone.
    pub fn exact(key: Key) -> Self {
        Self { from: Bound::Included(key.clone()), to: Bound::Included(key) }
    }

    /// Every key that starts so.
    pub fn prefix(prefix: Key) -> Self {
        Self::between(Edge::Including(prefix.clone()), Edge::Including(prefix))
    }

    /// The keys between two edges.
    pub fn between(low: Edge, high: Edge) -> Self {
        let from = match low {
            Edge::Open => Bound::Unbounded,
            Edge::Including(prefix) => Bound::Included(prefix),
            Edge::Excluding(prefix) => match prefix.successor() {
                Some(next) => Bound::Included(next),
                None => return Self::nothing(),
            },
        };
        let to = match high {
            Edge::Open => Bound::Unbounded,
            Edge::Including(prefix) => prefix.successor().map_or(Bound::Unbounded, Bound::Excluded),
            Edge::Excluding(prefix) => Bound::Excluded(prefix),
        };
        Self { from, to }
    }

    fn nothing() -> Self {
        Self { from: Bound::Unbounded, to: Bound::Excluded(Key::new(&[])) }
    }

    /// What is left of the range once a scan has yielded `key`: how a cursor goes on later.
    pub fn after(mut self, key: &Key, direction: Direction) -> Self {
        match direction {
            Direction::Forward => self.from = Bound::Excluded(key.clone()),
            Direction::Backward => self.to = Bound::Excluded(key.clone()),
        }
        self
    }

    /// The lower end.
    pub fn from(&self) -> Bound<&Key> {
        self.from.as_ref()
    }

    /// The upper end.
    pub fn to(&self) -> Bound<&Key> {
        self.to.as_ref()
    }

    /// Both ends, as maps take them.
    pub(super) fn bounds(&self) -> (Bound<&Key>, Bound<&Key>) {
        (self.from(), self.to())
    }

    /// Whether no key can be in it.
    pub fn is_empty(&self) -> bool {
        use Bound::{Excluded, Included, Unbounded};
        match self.bounds() {
            (Unbounded, Excluded(to)) => to.bytes().is_empty(),
            (Unbounded, _) | (_, Unbounded) => false,
            (Included(from), Included(to)) => from > to,
            (Included(from) | Excluded(from), Included(to) | Excluded(to)) => from >= to,
        }
    }

    /// Whether the key is in it.
    pub fn contains(&self, key: &Key) -> bool {
        self.begins_by(key) && self.lasts_to(key)
    }

    fn begins_by(&self, key: &Key) -> bool {
        match &self.from {
            Bound::Unbounded => true,
            Bound::Included(from) => from <= key,
            Bound::Excluded(from) => from < key,
        }
    }

    fn lasts_to(&self, key: &Key) -> bool {
        match &self.to {
            Bound::Unbounded => true,
            Bound::Included(to) => key <= to,
            Bound::Excluded(to) => key < to,
        }
    }

    /// Whether nothing lies between the two: they overlap or touch.
    pub(super) fn meets(&self, other: &Self) -> bool {
        !ends_before(&self.to, &other.from) && !ends_before(&other.to, &self.from)
    }

    /// The smallest range over both.
    pub(super) fn hull(self, other: Self) -> Self {
        Self { from: lower(self.from, other.from), to: upper(self.to, other.to) }
    }
}

impl fmt::Display for KeyRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.from {
            Bound::Unbounded => formatter.write_str("("),
            Bound::Included(key) => write!(formatter, "[{key:?}"),
            Bound::Excluded(key) => write!(formatter, "({key:?}"),
        }?;
        match &self.to {
            Bound::Unbounded => formatter.write_str("..)"),
            Bound::Included(key) => write!(formatter, "..{key:?}]"),
            Bound::Excluded(key) => write!(formatter, "..{key:?})"),
        }
    }
}

/// Whether a range that ends at `to` leaves a gap before one that starts at `from`.
fn ends_before(to: &Bound<Key>, from: &Bound<Key>) -> bool {
    use Bound::{Excluded, Included, Unbounded};
    match (to, from) {
        (Unbounded, _) | (_, Unbounded) => false,
        (Excluded(to), Excluded(from)) => to <= from,
        (Included(to) | Excluded(to), Included(from) | Excluded(from)) => to < from,
    }
}

fn lower(one: Bound<Key>, other: Bound<Key>) -> Bound<Key> {
    use Bound::{Excluded, Included, Unbounded};
    match (one, other) {
        (Unbounded, _) | (_, Unbounded) => Unbounded,
        (Included(a), Included(b)) => Included(a.min(b)),
        (Excluded(a), Excluded(b)) => Excluded(a.min(b)),
        (Included(a), Excluded(b)) | (Excluded(b), Included(a)) if a <= b => Included(a),
        (Included(_), Excluded(b)) | (Excluded(b), Included(_)) => Excluded(b),
    }
}

fn upper(one: Bound<Key>, other: Bound<Key>) -> Bound<Key> {
    use Bound::{Excluded, Included, Unbounded};
    match (one, other) {
        (Unbounded, _) | (_, Unbounded) => Unbounded,
        (Included(a), Included(b)) => Included(a.max(b)),
        (Excluded(a), Excluded(b)) => Excluded(a.max(b)),
        (Included(a), Excluded(b)) | (Excluded(b), Included(a)) if a >= b => Included(a),
        (Included(_), Excluded(b)) | (Excluded(b), Included(_)) => Excluded(b),
    }
}
