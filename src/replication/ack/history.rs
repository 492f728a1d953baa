//! When which part of the log was written: how long a replica at a position has lagged.

use std::collections::VecDeque;

use crate::binlog::log::Position;

/// Ends of groups that are remembered; of more than that every second is forgotten, so a lag is then known less
/// exactly, never as more than it is.
const MAX_ENTRIES: usize = 4_096;

/// Ends of groups, oldest first, with when they were logged: milliseconds of the clock.
#[derive(Debug, Default)]
pub struct History {
    ends: VecDeque<(Position, u64)>,
}

impl History {
    /// A group was logged.
    pub fn push(&mut self, end: Position, now: u64) {
        if self.ends.len() >= MAX_ENTRIES {
            let mut keep = false;
            self.ends.retain(|_| {
                keep = !keep;
                !keep
            });
        }
        self.ends.push_back((end, now));
    }

    /// Since when there has been something that a replica at this position lacks; `None`: it lacks nothing.
    pub fn lacking_since(&self, position: Position) -> Option<u64> {
        let next = self.ends.partition_point(|(end, _)| *end <= position);
        self.ends.get(next).map(|(_, at)| *at)
    }

    /// How many groups a replica at this position lacks.
    pub fn lacking(&self, position: Position) -> usize {
        self.ends.len() - self.ends.partition_point(|(end, _)| *end <= position)
    }

    /// The log begins anew.
    pub fn clear(&mut self) {
        self.ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: u64) -> Position {
        Position { file: 1, offset }
    }

    #[test]
    fn a_lag_begins_with_the_first_group_that_is_lacking() {
        let mut history = History::default();
        (1..=3).for_each(|n| history.push(at(n * 100), n));
        assert_eq!(history.lacking_since(at(0)), Some(1));
        assert_eq!(history.lacking_since(at(100)), Some(2));
        assert_eq!(history.lacking_since(at(250)), Some(3));
        assert_eq!(history.lacking_since(at(300)), None);
        assert_eq!(history.lacking(at(100)), 2);
    }

    #[test]
    fn it_forgets_in_halves_and_never_makes_a_lag_longer() {
        let mut history = History::default();
        let count = 3 * MAX_ENTRIES as u64;
        (1..=count).for_each(|n| history.push(at(n), n));
        assert!(history.ends.len() <= MAX_ENTRIES);
        for place in [0, 17, count / 2, count - 1] {
            assert!(history.lacking_since(at(place)).unwrap() > place);
        }
        assert_eq!(history.lacking_since(at(count)), None);
    }
}
