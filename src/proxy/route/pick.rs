//! The choice among servers that may all serve a read: least outstanding requests, weighted.
//!
//! A server's cost is what the next request would wait for: the requests it has, plus the new one,
//! times what each takes there, divided by the configured weight. The server that the session read
//! from last is preferred until its cost is clearly higher, so that sessions do not open and use
//! further connections for a difference that is noise.
//!
//! A latency that was bad once would keep a server from ever being measured again, and sessions
//! from coming back to a server that was away. So every now and then a choice looks at requests and
//! weights only.
//!
//! Servers of the proxy's own zone come first. Those of others are candidates when it has none, or when all
//! that it has are crowded; then all compete by cost, the own zone's among them.

use std::time::Duration;

use smallvec::SmallVec;

use crate::proxy::topology::ServerId;

/// One server that may serve the read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Which.
    pub server: ServerId,
    /// Requests of all sessions that it has not answered yet.
    pub in_flight: u32,
    /// Smoothed time to the first byte of an answer, in microseconds.
    pub latency_us: f32,
    /// Configured weight, relative to the others; 0 takes reads only when nobody else can.
    pub weight: u32,
    /// It served the session's last read.
    pub current: bool,
    /// It is in the proxy's zone.
    pub near: bool,
    /// It has as many requests as a server of the proxy's zone is to have before others help.
    pub crowded: bool,
}

/// How much cheaper another server must be before the session leaves the one it reads from.
const STICKINESS: f32 = 1.5;
/// Added to every latency, in microseconds: differences far below it are noise.
const LATENCY_FLOOR_US: f32 = 200.0;

/// One choice in so many is made without regard to habit.
const EXPLORE: usize = 64;

impl Candidate {
    fn cost(&self, explore: bool) -> f32 {
        let weight = if self.weight == 0 { 1e-6 } else { self.weight as f32 };
        let requests = (self.in_flight as f32 + 1.0) / weight;
        if explore {
            return requests;
        }
        let stickiness = if self.current { 1.0 } else { STICKINESS };
        requests * (self.latency_us + LATENCY_FLOOR_US) * stickiness
    }
}

/// The cheapest candidate; of equals the one that `turn`, a number that rises with each choice,
/// points at.
pub fn pick(candidates: &[Candidate], turn: usize) -> Option<ServerId> {
    if let [only] = candidates {
        return Some(only.server);
    }
    let mut near = candidates.iter().filter(|candidate| candidate.near);
    if near.clone().count() < candidates.len() && near.any(|candidate| !candidate.crowded) {
        let near = candidates.iter().filter(|candidate| candidate.near).copied();
        return cheapest(&near.collect::<SmallVec<[Candidate; 8]>>(), turn);
    }
    cheapest(candidates, turn)
}

fn cheapest(candidates: &[Candidate], turn: usize) -> Option<ServerId> {
    let explore = turn % EXPLORE == EXPLORE - 1;
    let (mut best, mut cheapest, mut second) = (candidates.first()?, f32::INFINITY, f32::INFINITY);
    for candidate in candidates {
        let cost = candidate.cost(explore);
        if cost < cheapest {
            (best, cheapest, second) = (candidate, cost, cheapest);
        } else {
            second = second.min(cost);
        }
    }
    // Within a hundredth costs count as equal.
    let limit = cheapest * 1.01;
    if second > limit {
        return Some(best.server);
    }
    let equal = |candidate: &&Candidate| candidate.cost(explore) <= limit;
    let equals = candidates.iter().filter(equal).count();
    let turn = if explore { turn / EXPLORE } else { turn };
    candidates.iter().filter(equal).nth(turn % equals.max(1)).map(|candidate| candidate.server)
}

/// How much more late than the least late one a replica may be to count as equally late: a quarter, and what
/// two looks at the same lag may differ by.
const AS_LATE: Duration = Duration::from_millis(250);

/// The longest lag that counts as no worse than the `least`.
pub fn as_late_as(least: Duration) -> Duration {
    least + (least / 4).max(AS_LATE)
}
