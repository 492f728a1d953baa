//! What was written and acknowledged, and what a read must therefore show.
//!
//! Each writer has registers of its own and writes 1, 2, 3 … to them in turn. So the value of one register says
//! which values its neighbours must have at least: a session that was shown the 9th write has seen the 8th.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// Registers of one writer.
pub const REGISTERS: u64 = 4;

/// A level, as a client asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Eventual,
    Bounded,
    Monotonic,
    Session,
    Global,
}

impl Level {
    pub const CHECKED: [Self; 4] = [Self::Bounded, Self::Monotonic, Self::Session, Self::Global];

    pub fn word(self) -> &'static str {
        match self {
            Self::Eventual => "eventual",
            Self::Bounded => "bounded",
            Self::Monotonic => "monotonic",
            Self::Session => "session",
            Self::Global => "global",
        }
    }
}

/// The last write among the first `count` that went to `register`, 0 for none.
pub fn last_to(register: u64, count: u64) -> u64 {
    let back = (count + REGISTERS - register) % REGISTERS;
    count.saturating_sub(back)
}

/// One writer's acknowledged writes.
#[derive(Default)]
pub struct Writer {
    acknowledged: AtomicU64,
    /// When; those older than a few bounds are forgotten.
    times: Mutex<std::collections::VecDeque<(Instant, u64)>>,
}

impl Writer {
    /// A write was acknowledged.
    pub fn note(&self, count: u64, keep: Duration) {
        let now = Instant::now();
        let mut times = self.times.lock().expect("nobody panicked");
        times.push_back((now, count));
        while times.front().is_some_and(|(at, _)| now.duration_since(*at) > keep) {
            times.pop_front();
        }
        self.acknowledged.store(count, SeqCst);
    }

    /// How many are acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(SeqCst)
    }

    /// How many were acknowledged at this time.
    pub fn acknowledged_at(&self, at: Instant) -> u64 {
        let times = self.times.lock().expect("nobody panicked");
        let before = times.partition_point(|(acknowledged, _)| *acknowledged <= at);
        match before.checked_sub(1).and_then(|last| times.get(last)) {
            Some((_, count)) => *count,
            None => times.front().map_or(self.acknowledged(), |(_, first)| first - 1),
        }
    }
}

/// What one session has done to the registers of one writer.
#[derive(Clone, Copy, Default)]
pub struct Known {
    pub wrote: u64,
    pub saw: u64,
}

#[test]
fn the_value_that_a_register_must_have() {
    assert_eq!((last_to(1, 9), last_to(0, 9), last_to(3, 9), last_to(2, 1)), (9, 8, 7, 0));
}
