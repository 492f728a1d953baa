//! Whether it is worth while to wait for a replica: waits that were in vain make the next ones rarer.

use std::time::Duration;

use super::Moment;

/// The first pause; it doubles with each further wait in vain.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// So many waits in vain, one after the other, cause no pause: a replica that nearly always is in time is late
/// now and then.
const FORGIVEN: u32 = 1;
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Waits in vain for one server, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Misses {
    /// How many.
    pub count: u32,
    /// When the last of them ended.
    pub last: Moment,
    /// Until when nobody waits there.
    pub until: Moment,
}

impl Misses {
    /// One more, that took `wait`. Those that began before the last one ended tell the same again: many wait at
    /// once.
    pub fn missed(self, now: Moment, wait: Duration) -> Self {
        if self.count > 0 && now < self.last.after(wait) {
            return self;
        }
        let pause = match self.count.checked_sub(FORGIVEN) {
            Some(more) => FIRST_PAUSE.saturating_mul(1 << more.min(16)).min(LONGEST_PAUSE),
            None => Duration::ZERO,
        };
        Self { count: self.count.saturating_add(1), last: now, until: now.after(pause) }
    }

    /// Whether a read may wait for the server: it is `lag` behind where that is known, and the read
    /// has `patience`.
    pub fn allow(self, now: Moment, lag: Option<Duration>, patience: Duration) -> bool {
        now >= self.until && lag.is_none_or(|lag| lag <= patience)
    }
}
