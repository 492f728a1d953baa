//! `[ack]`: what commits of a bundled server wait for.

use super::section::Section;

/// What a commit waits for, beyond being durable here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckPolicy {
    /// Nothing.
    Async,
    /// So many replicas have it.
    SemiSync,
    /// A majority of all copies have it.
    Quorum,
    /// Every replica in sync has applied it.
    FullSync,
}

/// When a replica counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckWhen {
    /// It has it durably in its relay log.
    Received,
    /// It has applied it.
    Applied,
}

/// What becomes of a commit whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckTimeout {
    /// It returns, and later ones do not wait until replicas have caught up.
    Degrade,
    /// It goes on waiting.
    Block,
    /// Its client is told.
    Error,
}

/// The section, checked. It is what the server starts with; variables change it while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    /// What commits wait for.
    pub policy: AckPolicy,
    /// Replicas that `semi_sync` waits for.
    pub count: u32,
    /// Copies that `quorum` takes a majority of, this one included; 0: as many as were seen.
    pub copies: u32,
    /// When a replica counts.
    pub point: AckWhen,
    /// Milliseconds that a commit waits.
    pub timeout_ms: u64,
    /// And then.
    pub on_timeout: AckTimeout,
    /// A replica that lags for longer is not in sync: milliseconds.
    pub in_sync_max_lag_ms: u64,
    /// With fewer replicas in sync writes are refused.
    pub min_in_sync: u32,
}

const POLICIES: [(&str, AckPolicy); 4] = [
    ("async", AckPolicy::Async),
    ("semi_sync", AckPolicy::SemiSync),
    ("quorum", AckPolicy::Quorum),
    ("full_sync", AckPolicy::FullSync),
];

const POINTS: [(&str, AckWhen); 2] =
    [("received", AckWhen::Received), ("applied", AckWhen::Applied)];

const TIMEOUTS: [(&str, AckTimeout); 3] =
    [("degrade", AckTimeout::Degrade), ("block", AckTimeout::Block), ("error", AckTimeout::Error)];

/// Longest wait and lag, in milliseconds: what MySQL's variable holds.
const LONGEST_MS: u64 = 4_294_967_295;

/// Reads the section.
pub(super) fn read(section: &Section) -> Ack {
    let small = |key, bounds, default| {
        u32::try_from(section.integer(key, bounds, default)).unwrap_or(u32::MAX)
    };
    let ack = Ack {
        policy: section.choice("policy", &POLICIES).unwrap_or(AckPolicy::Async),
        count: small("count", 1..=65_535, 1),
        copies: small("copies", 0..=255, 0),
        point: section.choice("point", &POINTS).unwrap_or(AckWhen::Received),
        timeout_ms: section.integer("timeout_ms", 0..=LONGEST_MS, 10_000),
        on_timeout: section.choice("on_timeout", &TIMEOUTS).unwrap_or(AckTimeout::Degrade),
        in_sync_max_lag_ms: section.integer("in_sync_max_lag_ms", 1..=LONGEST_MS, 10_000),
        min_in_sync: small("min_in_sync", 0..=255, 0),
    };
    section.finish();
    ack
}
