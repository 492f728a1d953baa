//! Which replica is far enough for a read. Pure: no socket, no clock, no shared state.
//!
//! ```text
//! consistency level ─┐
//! session's memory  ─┼─▶ Need ──▶ standing of each replica: Ready, or Short of something
//! now               ─┘     ▲
//!                       Ledger: what each replica has, and as of when that was all there was
//! ```
//!
//! Two kinds of fact decide. *Positions*: a replica has applied the transactions that the session wrote, or
//! that a token names. *Proofs*: at the moment `asked` the primary was asked for its position, and the
//! replica has all of the answer, so it shows everything that anybody could have seen at `asked`. The newest such
//! moment is the replica's [`Ledger::fresh_as_of`], and three levels are one comparison with it:
//!
//! | level | the replica must be fresh as of |
//! | --- | --- |
//! | `bounded` | now, less the bound |
//! | `monotonic`, `session` | the session's last read, unless it was on this replica |
//! | `global` | the arrival of the statement |
//!
//! Why a read of another server asks for a proof, and not for that server's position: what a server shows
//! may be more than what it was last known to have. Only a question asked after the read bounds it.

mod expect;
mod ledger;
mod level;
mod memory;
mod need;
mod next;
mod policy;
#[cfg(test)]
mod tests;

pub use expect::{Odds, is_hopeless};
pub use ledger::{Era, Ledger};
pub use level::Level;
pub use memory::{Memory, Written};
pub use need::{Need, Part, Shortfall, Situation, Standing};
pub use next::next;
pub use policy::{LateLimits, Overlay, Policy};

use std::time::Duration;

/// A moment, in microseconds since the proxy began, rounded down. Zero is before everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Moment {
    /// This much earlier, not before zero.
    pub fn before(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(micros(time)))
    }

    /// This much later.
    pub fn after(self, time: Duration) -> Self {
        Self(self.0.saturating_add(micros(time)))
    }

    /// The next moment: what was rounded down to this one happened before it.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The time from `earlier` to this, zero if that is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
