//! Transactions that no replica is to see (`sql_log_bin=0`).
//!
//! The log is the only thing that keeps a commit, so they are in it too, counted under a source that no server
//! has: the UUID of zeros. `gtid_executed` leaves that source out, and so must whoever sends the log to others.

use crate::gtid::{Gtid, GtidSet, Interval, Source, Tag, Uuid};

/// Where unlogged transactions are counted.
pub fn unlogged_source() -> Source {
    Source { uuid: Uuid([0; 16]), tag: Tag::default() }
}

/// Whether a transaction of the log is not for others.
pub fn is_unlogged(gtid: &Gtid) -> bool {
    gtid.source.uuid == Uuid([0; 16])
}

/// The set of all transactions, given those for others and the number of the rest.
pub(super) fn applied(executed: &GtidSet, unlogged: u64) -> GtidSet {
    let mut all = executed.clone();
    if let Some(interval) = Interval::new(1, unlogged) {
        all.insert_interval(unlogged_source(), interval);
    }
    all
}

/// Splits a set of all transactions into those for others and the number of the rest.
pub(super) fn split(all: &GtidSet) -> (GtidSet, u64) {
    let (mut executed, mut unlogged) = (GtidSet::default(), 0);
    for (source, numbers) in all.iter() {
        if *source == unlogged_source() {
            unlogged = numbers.iter().last().map_or(0, |last| last.end);
            continue;
        }
        numbers.iter().for_each(|part| executed.insert_interval(source.clone(), *part));
    }
    (executed, unlogged)
}
