//! How busy a server is, as this proxy sees it. Shared by all workers, so atomic and approximate.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::proxy::route::share::crowded;

/// The share of a new measurement in the smoothed latency: one part in so many.
const SMOOTHING: u32 = 16;
/// How long a server that refused or broke a connection is passed over, unless it is the only one;
/// the monitor looks at it meanwhile.
const AVOID: Duration = Duration::from_millis(500);

/// One server's load.
#[derive(Debug)]
pub struct Load {
    in_flight: AtomicU32,
    latency_us: AtomicU32,
    /// Milliseconds after `epoch`.
    avoid_until: AtomicU64,
    crowded: AtomicBool,
    epoch: Instant,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            in_flight: AtomicU32::new(0),
            latency_us: AtomicU32::new(0),
            avoid_until: AtomicU64::new(0),
            crowded: AtomicBool::new(false),
            epoch: Instant::now(),
        }
    }
}

impl Load {
    /// Counts a request until the guard is dropped.
    pub fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Relaxed);
        InFlight(self)
    }

    /// Requests not answered yet.
    pub fn in_flight(&self) -> u32 {
        self.in_flight.load(Relaxed)
    }

    /// Whether it has `limit` requests, or had and is not clearly below since.
    pub fn is_crowded(&self, limit: u32) -> bool {
        let was = self.crowded.load(Relaxed);
        let is = crowded(was, self.in_flight(), limit);
        if is != was {
            self.crowded.store(is, Relaxed);
        }
        is
    }

    /// Smoothed time to the first byte of an answer, in microseconds.
    pub fn latency_us(&self) -> u32 {
        self.latency_us.load(Relaxed)
    }

    /// Takes a measured time to the first byte into account. Two workers may overwrite each
    /// other's measurement; the average survives that.
    pub fn answered_in(&self, time: Duration) {
        let sample = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        let old = self.latency_us.load(Relaxed);
        let new = match old {
            0 => sample,
            _ => old - old / SMOOTHING + sample / SMOOTHING,
        };
        self.latency_us.store(new.max(1), Relaxed);
    }

    /// A connection was refused or broke: others should try elsewhere for a moment.
    pub fn avoid(&self, now: Instant) {
        let until = now.duration_since(self.epoch) + AVOID;
        self.avoid_until.store(until.as_millis() as u64, Relaxed);
    }

    /// Whether the server should be passed over now.
    pub fn is_avoided(&self, now: Instant) -> bool {
        let until = self.avoid_until.load(Relaxed);
        until != 0 && (now.duration_since(self.epoch).as_millis() as u64) < until
    }
}

/// A request that a server has not answered yet.
#[derive(Debug)]
pub struct InFlight<'a>(&'a Load);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_count_while_their_guard_lives() {
        let load = Load::default();
        let (a, b) = (load.begin(), load.begin());
        assert_eq!(load.in_flight(), 2);
        drop((a, b));
        assert_eq!(load.in_flight(), 0);
    }

    #[test]
    fn latency_follows_slowly() {
        let load = Load::default();
        load.answered_in(Duration::from_micros(1600));
        assert_eq!(load.latency_us(), 1600);
        load.answered_in(Duration::from_micros(3200));
        assert_eq!(load.latency_us(), 1700);
    }

    #[test]
    fn a_failed_server_is_avoided_for_a_while_only() {
        let load = Load::default();
        let now = Instant::now();
        assert!(!load.is_avoided(now));
        load.avoid(now);
        assert!(load.is_avoided(now));
        assert!(!load.is_avoided(now + AVOID + Duration::from_millis(2)));
    }
}
