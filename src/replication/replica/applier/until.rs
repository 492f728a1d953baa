//! Where the applier is to end, as START REPLICA UNTIL says. Pure.

use crate::gtid::{Gtid, GtidSet};
use crate::replication::replica::SourcePosition;

/// What ends the applier by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// The first transaction of these is the next; or one of them is here.
    BeforeGtids(GtidSet),
    /// All of these are here.
    AfterGtids(GtidSet),
    /// What begins before that place of the source's log is here.
    Position(SourcePosition),
    /// No transaction is here without those before it: always so, as commits are made in order.
    AfterGaps,
}

impl Until {
    /// Whether it holds when these are here.
    pub fn is_reached(&self, executed: &GtidSet, position: &SourcePosition) -> bool {
        match self {
            Self::BeforeGtids(set) => {
                let mut others = set.clone();
                others.subtract(executed);
                others.count() < set.count()
            }
            Self::AfterGtids(set) => executed.contains_all(set),
            Self::Position(end) => position.covers(end, None, false),
            Self::AfterGaps => true,
        }
    }

    /// Whether a transaction that begins at that place is not to be begun.
    pub fn is_before(&self, gtid: Option<&Gtid>, begins: &SourcePosition) -> bool {
        match self {
            Self::BeforeGtids(set) => gtid.is_some_and(|gtid| set.contains(gtid)),
            Self::Position(end) => begins.covers(end, None, false),
            Self::AfterGtids(_) | Self::AfterGaps => false,
        }
    }

    /// As SHOW REPLICA STATUS has it: the condition, and the place in the source's log.
    pub fn describe(&self) -> (&'static str, String, u64) {
        match self {
            Self::BeforeGtids(_) => ("SQL_BEFORE_GTIDS", String::new(), 0),
            Self::AfterGtids(_) => ("SQL_AFTER_GTIDS", String::new(), 0),
            Self::Position(end) => ("Source", end.file.clone(), end.offset),
            Self::AfterGaps => ("SQL_AFTER_MTS_GAPS", String::new(), 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

    fn set(numbers: &str) -> GtidSet {
        format!("{UUID}:{numbers}").parse().unwrap()
    }

    fn at(file: &str, offset: u64) -> SourcePosition {
        SourcePosition { file: file.into(), offset, ..SourcePosition::default() }
    }

    #[test]
    fn by_gtids() {
        let next: Gtid = format!("{UUID}:5").parse().unwrap();
        let nowhere = SourcePosition::default();
        let before = Until::BeforeGtids(set("5-9"));
        assert!(!before.is_reached(&set("1-4"), &nowhere));
        assert!(before.is_reached(&set("1-5"), &nowhere), "one of them is here");
        assert!(before.is_before(Some(&next), &nowhere));
        let after = Until::AfterGtids(set("5-6"));
        assert!(!after.is_before(Some(&next), &nowhere));
        assert!(!after.is_reached(&set("1-5"), &nowhere));
        assert!(after.is_reached(&set("1-6"), &nowhere));
    }

    #[test]
    fn by_position() {
        let until = Until::Position(at("log.000002", 500));
        let none = GtidSet::default();
        assert!(!until.is_before(None, &at("log.000001", 900)));
        assert!(!until.is_before(None, &at("log.000002", 499)), "it is applied whole");
        assert!(until.is_before(None, &at("log.000002", 500)));
        assert!(until.is_reached(&none, &at("log.000003", 4)));
        assert!(!until.is_reached(&none, &at("log.000002", 499)));
    }
}
