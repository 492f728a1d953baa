//! How many of the reads that are meant for replicas the primary takes, when no replica can.
//!
//! ```text
//!   capacity  ├──────────────────────────────────────────────┤   statements at once
//!   its own   ├────────────────────────┤                         writes, transactions, reads bound to it
//!   reads                              ├───────────┤             at most their share, and what is left
//! ```
//!
//! What is counted are statements in flight: sent, or about to be, and not answered to the end. That is a
//! measure of latency, too: a primary that becomes slower has more of them for the same traffic.

/// A server that had as many statements in flight as it is meant to counts as crowded until it has fewer
/// than this share of them, in percent.
const RELIEF_PERCENT: u64 = 75;

/// Whether a server is crowded: it `was`, and has `in_flight` statements now, where `limit` are enough.
pub fn crowded(was: bool, in_flight: u32, limit: u32) -> bool {
    let relieved = u64::from(in_flight) * 100 < u64::from(limit) * RELIEF_PERCENT;
    in_flight >= limit || was && !relieved
}

/// The primary's capacity, and the reads' share of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Statements that the primary is meant to run at once.
    pub capacity: u32,
    /// The reads' share, in thousandths.
    pub thousandths: u32,
}

impl Share {
    /// Reads at once, at most. One may always run: a share of nothing would be an outage.
    pub fn limit(&self) -> u32 {
        let share = u64::from(self.capacity) * u64::from(self.thousandths) / 1000;
        u32::try_from(share).unwrap_or(u32::MAX).max(1)
    }

    /// Reads at once while `in_flight` statements run on the primary, `reads` of them such reads: no more
    /// than its own work leaves room for.
    pub fn room(&self, in_flight: u32, reads: u32) -> u32 {
        let own = in_flight.saturating_sub(reads);
        self.limit().min(self.capacity.saturating_sub(own)).max(1)
    }

    /// Whether one more read may run.
    pub fn admits(&self, in_flight: u32, reads: u32) -> bool {
        reads < self.room(in_flight, reads)
    }
}
