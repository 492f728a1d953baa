//! What the simulation knows that no server does: every transaction of the primary's log in its order, the state
//! after each, what was promised for it, and by whom.

use super::tables::{Rows, Work};
use crate::binlog::log::Position;
use crate::gtid::{GtidSet, Uuid};
use crate::replication::ack::AckLevel;

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(pub String);

pub type Checked<T = ()> = Result<T, Violation>;

/// A violation, unless this holds.
pub fn ensure(holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(Violation(what())) }
}

/// What a transaction's client knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It waits.
    Nothing,
    /// OK.
    Done,
    /// 1180: durable here, not acknowledged.
    Unacknowledged,
    /// The server went away.
    Lost,
}

/// A transaction of the primary's log. Its number is its place among them, from 1.
#[derive(Debug, Clone)]
pub struct Transaction {
    pub work: Work,
    /// What its group asks for.
    pub asked: Option<AckLevel>,
    /// Where its group ends.
    pub end: Position,
    pub logged_at: u64,
    /// It was in the log when the primary began to run: nothing waits for it.
    pub from_before: bool,
    pub told: Told,
    /// The level that it was acknowledged at, for all time.
    pub promised: Option<AckLevel>,
    /// The servers that had said, by then, that they have it.
    pub holders: Vec<usize>,
}

/// What a replica has told its source: numbers of transactions up to which it has all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Claims {
    pub received: usize,
    pub applied: usize,
    /// What of it the primary has heard over the present connection.
    pub heard_received: Option<usize>,
    /// See `heard_received`.
    pub heard_applied: Option<usize>,
}

/// The primary's log.
#[derive(Debug, Default)]
pub struct Truth {
    pub log: Vec<Transaction>,
    /// The state after so many transactions.
    pub states: Vec<Rows>,
    /// Work of which nobody knows whether it is in the log.
    pub uncertain: Vec<Work>,
    /// How many are visible on the primary.
    pub visible: usize,
    /// By server.
    pub claims: Vec<Claims>,
}

impl Truth {
    pub fn new(servers: usize) -> Self {
        let claims = vec![Claims::default(); servers];
        Self { states: vec![Rows::default()], claims, ..Self::default() }
    }

    pub fn push(&mut self, transaction: Transaction) {
        let last = &self.states[self.log.len()];
        self.states.push(last.after(&transaction.work));
        self.log.push(transaction);
    }

    /// How many transactions end at or before this place of the primary's log.
    pub fn until(&self, place: Position) -> usize {
        self.log.partition_point(|transaction| transaction.end <= place)
    }
}

/// How many transactions of the primary a set has, which must be the first so many.
pub fn prefix(set: &GtidSet, primary: Uuid, who: &str) -> Checked<usize> {
    let mut count = 0;
    for (source, numbers) in set.iter() {
        ensure(source.uuid == primary, || format!("{who} has transactions of {}", source.uuid))?;
        ensure(numbers.len() == 1, || format!("{who} has a gap: {set}"))?;
        for numbers in numbers.iter() {
            ensure(numbers.start == 1, || format!("{who} lacks the first: {set}"))?;
            count = numbers.end as usize;
        }
    }
    Ok(count)
}
