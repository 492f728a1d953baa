//! What clients found: violations, and how much the reads could have shown.

use std::collections::BTreeMap;
use std::fmt;

use super::history::Level;

/// Different errors that are kept of sessions that were lost.
const ERRORS: usize = 20;

/// The sum of what clients found.
#[derive(Default)]
pub struct Report {
    /// Checked reads at each level, in the order of [`Level::CHECKED`].
    pub reads: [u64; Level::CHECKED.len()],
    /// Those of them that a replica which is one trouble's delay behind gets wrong.
    pub telling: [u64; Level::CHECKED.len()],
    /// Reads by sessions that shared server connections.
    pub shared: u64,
    /// Reads in read-only transactions.
    pub in_transactions: u64,
    pub writes: u64,
    /// Sessions that ended, by how the client went on.
    pub went_on: BTreeMap<&'static str, u64>,
    /// Sessions that were lost, by the error.
    lost: BTreeMap<String, u64>,
    found: BTreeMap<&'static str, u64>,
    first: Option<String>,
}

impl Report {
    pub fn checked(&self) -> u64 {
        self.reads.iter().sum()
    }

    pub fn violations(&self) -> u64 {
        self.found.values().sum()
    }

    pub fn of(&self, what: &str) -> u64 {
        self.found.get(what).copied().unwrap_or_default()
    }

    /// Sessions that waited too long for a connection: nothing here takes that long.
    pub fn turned_away(&self) -> u64 {
        self.lost.iter().filter(|(error, _)| error.contains("1040")).map(|(_, count)| count).sum()
    }

    /// A read showed less than it had to.
    pub fn violation(&mut self, what: &'static str, says: impl FnOnce() -> String) {
        *self.found.entry(what).or_default() += 1;
        self.first.get_or_insert_with(says);
    }

    /// A session ended with an error.
    pub fn lost(&mut self, error: String) {
        let known = self.lost.len() < ERRORS || self.lost.contains_key(&error);
        *self.lost.entry(if known { error } else { "others".into() }).or_default() += 1;
    }

    pub fn join(&mut self, other: Self) {
        for (all, more) in self.reads.iter_mut().zip(other.reads) {
            *all += more;
        }
        for (all, more) in self.telling.iter_mut().zip(other.telling) {
            *all += more;
        }
        self.shared += other.shared;
        self.in_transactions += other.in_transactions;
        self.writes += other.writes;
        add_all(&mut self.went_on, other.went_on);
        add_all(&mut self.lost, other.lost);
        add_all(&mut self.found, other.found);
        self.first = self.first.take().or(other.first);
    }
}

fn add_all<K: Ord>(all: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    for (what, count) in more {
        *all.entry(what).or_default() += count;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let levels = Level::CHECKED.map(Level::word);
        let by_level: BTreeMap<_, _> = levels.iter().zip(self.reads).collect();
        let telling: BTreeMap<_, _> = levels.iter().zip(self.telling).collect();
        writeln!(f, "{} reads checked, {} writes", self.checked(), self.writes)?;
        writeln!(f, "  reads by level: {by_level:?}")?;
        writeln!(
            f,
            "  of which a replica that is a trouble's delay behind gets wrong: {telling:?}"
        )?;
        writeln!(f, "  by sessions with shared connections: {}", self.shared)?;
        writeln!(f, "  in read-only transactions: {}", self.in_transactions)?;
        writeln!(f, "  sessions that ended: {:?}, lost: {:?}", self.went_on, self.lost)?;
        write!(f, "violations: {:?}", self.found)?;
        self.first.as_ref().map_or(Ok(()), |first| write!(f, ", the first: {first}"))
    }
}
