//! Whether it is worth while to wait for a replica, judged by how the last waits for it went.
//!
//! ```text
//!   in vain   0 %  ──▶  50 %    probes, each pause twice the last    one reached, or seen to catch up
//!   waits     all of them  | 20 ms ■ 40 ms ■ 80 ms ■ 160 ms …        ■ ──────▶ all of them
//! ```
//!
//! A read that is sent to the primary needs more of a replica the next time: all that the primary showed. So who
//! gives up too soon stays away from replicas for good, and a few waits in vain are no reason to: while more than
//! half of them are answered, they go on. Where fewer are, none waits until the server is seen to catch up with the
//! primary in the time that reads would wait. Those who follow it see that at no read's expense; where they see nothing,
//! one read at a time finds out, ever more rarely.

use std::time::Duration;

use super::Moment;

/// What one wait counts in the share of those in vain.
const WEIGHT: f32 = 1.0 / 16.0;
/// Where more are in vain than this, only probes wait.
const POOR: f32 = 0.5;
/// What a probe that was answered sets the share to: a few more in vain, and it is poor again.
const HOPEFUL: f32 = 0.375;
/// Fewer are none.
const FORGOTTEN: f32 = 1.0 / 64.0;
/// The first pause; it doubles with each further probe.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A replica whose lag is so many times what a read waits is not waited for. The lag was measured at the monitor's
/// last check: what it is now may be less, and is what the waits tell.
const HOPELESS: u32 = 4;

/// How waits for one server went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Odds {
    /// The share of the last waits that were in vain.
    vain: f32,
    /// Probes, one after the other, of which none was answered.
    probes: u32,
    /// Until when nobody waits there.
    until: Moment,
    /// How long the last one in vain was.
    patience: Duration,
}

impl Odds {
    /// Until when nobody waits there.
    pub fn until(self) -> Moment {
        self.until
    }

    /// Whether no wait of late was in vain.
    pub fn are_best(self) -> bool {
        self == Self::default()
    }

    /// Whether a read may begin to wait, for so long. Where the odds are poor, it is the only one until the
    /// pause is over.
    pub fn begin(&mut self, now: Moment, wait: Duration) -> bool {
        if now < self.until {
            return false;
        }
        if self.vain > POOR {
            self.pause(now, wait);
        }
        true
    }

    /// A wait of this length was in vain.
    pub fn missed(&mut self, now: Moment, wait: Duration) {
        let was_poor = self.vain > POOR;
        self.patience = wait;
        self.vain += (1.0 - self.vain) * WEIGHT;
        if self.vain > POOR && !was_poor {
            self.pause(now, wait);
        }
    }

    /// A wait was not in vain.
    pub fn reached(&mut self) {
        let vain = (self.vain - self.vain * WEIGHT).min(HOPEFUL);
        let vain = if vain < FORGOTTEN { 0.0 } else { vain };
        *self = Self { vain, ..Self::default() };
    }

    /// The server was seen to have what it lacked so long ago, when the primary had it.
    pub fn caught_up(&mut self, took: Duration) {
        if self.vain > POOR && took <= self.patience {
            self.reached();
        }
    }

    fn pause(&mut self, now: Moment, wait: Duration) {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.probes.min(16)).min(LONGEST_PAUSE);
        self.probes = self.probes.saturating_add(1);
        // No pause is shorter than a probe.
        self.until = now.after(pause.max(wait.saturating_mul(2)));
    }
}

/// Whether a server is so far behind, where that is known, that a read of this patience need not try.
pub fn is_hopeless(lag: Option<Duration>, patience: Duration) -> bool {
    lag.is_some_and(|lag| lag > patience.saturating_mul(HOPELESS))
}
