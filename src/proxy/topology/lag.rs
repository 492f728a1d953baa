//! How far replicas are behind, from what the primary's position was and when.
//!
//! ```text
//!   time     10.00   10.25   10.50   10.75  now = 11.00
//!   primary  0-1-7   0-1-7   0-1-9   0-1-12
//!   log      7@10.00         9@10.50 12@10.75
//!   a replica that has applied 0-1-8 lacks 9, first seen at 10.50: it is 0.5 s behind
//! ```
//!
//! Both readings are on the monitor's clock, so skewed server clocks do not matter, an idle
//! primary makes no replica late, and an intermediate server that hangs is not mistaken for one
//! that is level. What happened before the log began is bounded from below only; there the
//! servers' own estimates help.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::gtid::Position;

/// Most samples that are kept. At four checks a second the last minute is exact; older samples
/// are thinned, so that the error stays under one part in a hundred of the lag.
const MAX_SAMPLES: usize = 512;

/// When the primary's position was first seen to be this one. Times are since the monitor began.
struct Sample {
    at: Duration,
    position: Arc<Position>,
}

/// The primary's recent positions, oldest first, each covering those before it.
#[derive(Default)]
pub struct PositionLog {
    samples: VecDeque<Sample>,
}

/// Where a server stands against the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// It has everything that the primary was seen to have.
    Level,
    /// It lacks something for so long.
    Exactly(Duration),
    /// It lacks something since before the log began: at least for so long.
    AtLeast(Duration),
    /// There is nothing to compare with.
    Unknown,
}

impl PositionLog {
    /// Notes the primary's position at a time that is not before the last one.
    pub fn record(&mut self, at: Duration, position: &Arc<Position>) {
        match self.samples.back() {
            Some(last) if last.position == *position => return,
            // It went backwards (RESET MASTER, a restored backup): what was before is void.
            Some(last) if !position.covers(&last.position) => self.samples.clear(),
            _ => {}
        }
        if self.samples.len() >= MAX_SAMPLES {
            self.thin();
        }
        self.samples.push_back(Sample { at, position: Arc::clone(position) });
    }

    /// Another server became the primary: forgets what that one does not have, because no replica
    /// will ever get it from there.
    pub fn change_primary(&mut self, position: &Position) {
        self.samples.retain(|sample| position.covers(&sample.position));
    }

    /// Whether `applied` has everything that any primary was last seen to have.
    pub fn is_level(&self, applied: &Position) -> Option<bool> {
        self.samples.back().map(|last| applied.covers(&last.position))
    }

    /// Compares what a server had applied at the time `seen`.
    pub fn behind(&self, applied: &Position, seen: Duration) -> Behind {
        let known = self.samples.partition_point(|sample| sample.at <= seen);
        let has = self.samples.partition_point(|sample| applied.covers(&sample.position));
        match self.samples.get(has) {
            _ if known == 0 => Behind::Unknown,
            _ if has >= known => Behind::Level,
            Some(lacking) if has == 0 => Behind::AtLeast(seen.saturating_sub(lacking.at)),
            Some(lacking) => Behind::Exactly(seen.saturating_sub(lacking.at)),
            None => Behind::Level,
        }
    }

    /// Drops every second sample of the older half.
    fn thin(&mut self) {
        let half = self.samples.len() / 2;
        let mut at = 0;
        self.samples.retain(|_| {
            at += 1;
            at > half || at % 2 == 1
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(sequence: u64) -> Arc<Position> {
        Arc::new(Position::parse(&format!("0-1-{sequence}")).expect("a position"))
    }

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn the_example_above() {
        let mut log = PositionLog::default();
        for (at, sequence) in [(10_000, 7), (10_250, 7), (10_500, 9), (10_750, 12)] {
            log.record(ms(at), &position(sequence));
        }
        assert_eq!(log.behind(&position(8), ms(11_000)), Behind::Exactly(ms(500)));
        assert_eq!(log.behind(&position(12), ms(11_000)), Behind::Level);
        assert_eq!(log.behind(&position(6), ms(11_000)), Behind::AtLeast(ms(1_000)));
        assert_eq!(log.behind(&position(7), ms(10_300)), Behind::Level, "9 came later");
        assert_eq!(log.behind(&position(7), ms(9_000)), Behind::Unknown);
    }

    #[test]
    fn the_log_is_bounded_and_stays_close() {
        let mut log = PositionLog::default();
        for step in 0..100_000u64 {
            log.record(ms(step * 250), &position(step + 1));
            assert!(log.samples.len() <= MAX_SAMPLES);
        }
        let now = ms(99_999 * 250);
        let Behind::Exactly(lag) = log.behind(&position(99_000), now) else { panic!("in the log") };
        let real = ms((99_999 - 99_000) * 250);
        assert!(lag <= real && lag.as_secs_f64() > real.as_secs_f64() * 0.9, "{lag:?} {real:?}");
    }

    #[test]
    fn a_primary_that_went_backwards_starts_anew() {
        let mut log = PositionLog::default();
        log.record(ms(0), &position(9));
        log.record(ms(250), &position(3));
        assert_eq!(log.behind(&position(3), ms(250)), Behind::Level);
        log.change_primary(&position(2));
        assert_eq!(log.behind(&position(3), ms(250)), Behind::Unknown);
    }
}
