//! Sorted intervals of transaction numbers: what one source has committed.
//!
//! Numbers are handed out in order, so a set of millions is nearly always one interval; holes are
//! few. A sorted vector with binary search is then both the smallest and the fastest form.

use std::fmt;

/// Numbers from `start` to `end`, both included; `start <= end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The first number in it.
    pub start: u64,
    /// The last number in it.
    pub end: u64,
}

impl Interval {
    /// An interval, or nothing where it would be empty.
    pub fn new(start: u64, end: u64) -> Option<Self> {
        (start <= end).then_some(Self { start, end })
    }
}

/// A set of numbers. Invariant: intervals are sorted and neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intervals(Vec<Interval>);

impl Intervals {
    /// Whether it holds no number.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The intervals, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Interval> {
        self.0.iter()
    }

    /// How many intervals there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// How many numbers there are.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|part| (part.end - part.start).saturating_add(1)).sum()
    }

    /// Whether `number` is in the set.
    pub fn contains(&self, number: u64) -> bool {
        self.contains_interval(Interval { start: number, end: number })
    }

    /// Whether every number of `part` is in the set. As intervals never touch, one has to hold it.
    pub fn contains_interval(&self, part: Interval) -> bool {
        let after = self.0.partition_point(|own| own.end < part.start);
        self.0.get(after).is_some_and(|own| own.start <= part.start && part.end <= own.end)
    }

    /// Whether every number of `other` is in the set.
    pub fn contains_all(&self, other: &Self) -> bool {
        other.0.iter().all(|part| self.contains_interval(*part))
    }

    /// Adds every number of `part`, joining what it touches.
    pub fn insert(&mut self, part: Interval) {
        let first = self.0.partition_point(|own| own.end.saturating_add(1) < part.start);
        let last = self.0.partition_point(|own| own.start <= part.end.saturating_add(1));
        let joined = self.0.get(first..last).unwrap_or_default();
        let start = joined.first().map_or(part.start, |own| own.start.min(part.start));
        let end = joined.last().map_or(part.end, |own| own.end.max(part.end));
        self.0.splice(first..last, [Interval { start, end }]);
    }

    /// Adds every number of `other`.
    pub fn union(&mut self, other: &Self) {
        other.0.iter().for_each(|part| self.insert(*part));
    }

    /// Removes every number of `part`.
    pub fn remove(&mut self, part: Interval) {
        let first = self.0.partition_point(|own| own.end < part.start);
        let last = self.0.partition_point(|own| own.start <= part.end);
        if first >= last {
            return;
        }
        let cut = self.0.get(first..last).unwrap_or_default();
        let head = cut.first().and_then(|own| Interval::new(own.start, part.start.checked_sub(1)?));
        let tail = cut.last().and_then(|own| Interval::new(part.end.checked_add(1)?, own.end));
        self.0.splice(first..last, head.into_iter().chain(tail));
    }

    /// Removes every number of `other`.
    pub fn subtract(&mut self, other: &Self) {
        other.0.iter().for_each(|part| self.remove(*part));
    }
}

impl FromIterator<Interval> for Intervals {
    fn from_iter<I: IntoIterator<Item = Interval>>(parts: I) -> Self {
        let mut all = Self::default();
        parts.into_iter().for_each(|part| all.insert(part));
        all
    }
}

/// `:1-5:7`, as it follows the source in MySQL's text.
impl fmt::Display for Intervals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            write!(f, ":{}", part.start)?;
            if part.end > part.start {
                write!(f, "-{}", part.end)?;
            }
        }
        Ok(())
    }
}
