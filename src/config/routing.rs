//! `[proxy]`, the part about where statements go.

use std::time::Duration;

use super::section::Section;

/// What a read may miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// Anything, within `max_lag`.
    Eventual,
    /// What is younger than `max_lag`, proven.
    Bounded,
    /// What its session has not read.
    Monotonic,
    /// What its session has neither read nor written.
    Session,
    /// Nothing that was acknowledged before it began.
    Global,
}

/// The first one is the default.
pub(super) const CONSISTENCIES: [(&str, Consistency); 5] = [
    ("session", Consistency::Session),
    ("eventual", Consistency::Eventual),
    ("bounded", Consistency::Bounded),
    ("monotonic", Consistency::Monotonic),
    ("global", Consistency::Global),
];

/// What bounds the choice of a server for a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// How long a write waits while there is no primary.
    pub primary_wait: Duration,
    /// What reads may miss, where sessions and statements do not say otherwise.
    pub consistency: Consistency,
    /// How long a read may wait for a replica that is expected to have soon what it needs.
    pub causal_wait: Duration,
    /// A replica further behind takes no new reads.
    pub max_lag: Duration,
    /// Where no GTID tells that a replica has a session's write: how long its reads stay on the
    /// primary.
    pub pin: Duration,
    /// Shapes that each worker's class cache keeps at most.
    pub class_cache_entries: usize,
    /// Bytes that each worker's class cache keeps at most.
    pub class_cache_bytes: usize,
}

pub(super) fn read(proxy: &Section) -> Routing {
    let size = proxy.size("class_cache_size", 64 << 10..=4 << 30, 16 << 20);
    let entries = proxy.integer("class_cache_entries", 16..=10_000_000, 10_000);
    let consistency = proxy.choice("consistency", &CONSISTENCIES).unwrap_or(Consistency::Session);
    Routing {
        consistency,
        causal_wait: proxy.milliseconds("causal_wait_ms", 0..=60_000, 10),
        primary_wait: proxy.milliseconds("primary_wait_ms", 0..=600_000, 5_000),
        max_lag: proxy.milliseconds("max_lag_ms", 1..=86_400_000, 10_000),
        pin: proxy.milliseconds("pin_ms", 0..=600_000, 2_000),
        class_cache_entries: usize::try_from(entries).unwrap_or(usize::MAX),
        class_cache_bytes: usize::try_from(size).unwrap_or(usize::MAX),
    }
}
