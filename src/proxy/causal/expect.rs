//! Whether it is worth while to wait for a replica: waits that were in vain make the next ones rarer.

use std::time::Duration;

use super::Moment;

/// The pause after the first wait in vain; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Waits in vain for one server, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Misses {
    /// How many.
    pub count: u32,
    /// Until when nobody waits there.
    pub until: Moment,
}

impl Misses {
    /// One more.
    pub fn missed(self, now: Moment) -> Self {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.count.min(16)).min(LONGEST_PAUSE);
        Self { count: self.count.saturating_add(1), until: now.after(pause) }
    }

    /// Whether a read may wait for the server: it is `lag` behind where that is known, and the read
    /// has `patience`.
    pub fn allow(self, now: Moment, lag: Option<Duration>, patience: Duration) -> bool {
        now >= self.until && lag.is_none_or(|lag| lag <= patience)
    }
}
