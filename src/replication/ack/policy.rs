//! What a commit waits for, as it is configured. Every part may change while commits wait.

use std::str::FromStr;

pub use crate::engine::AckLevel;

/// When a replica counts as having a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AckPoint {
    /// It is durable in the replica's relay log.
    #[default]
    Received,
    /// It is applied and visible there. Only our own replicas tell.
    Applied,
}

/// What becomes of a commit that is not acknowledged in time. It is durable here in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnTimeout {
    /// It returns, and so do later ones at once, until replicas have caught up (MySQL's way).
    #[default]
    Degrade,
    /// It goes on waiting.
    Block,
    /// Its client is told with an error.
    Error,
}

/// The policy of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What commits wait for that do not ask for more.
    pub level: AckLevel,
    /// `semi_sync`: how many replicas must have it; at least 1.
    pub count: u32,
    /// `quorum`: how many copies there are, this one included; 0: this one and the replicas seen since the start.
    pub copies: u32,
    /// When a replica counts, for `semi_sync` and `quorum`.
    pub point: AckPoint,
    /// How long a commit waits: milliseconds.
    pub timeout_ms: u64,
    /// And then.
    pub on_timeout: OnTimeout,
    /// Whether `semi_sync` waits where fewer replicas than it needs are connected
    /// (`rpl_semi_sync_source_wait_no_replica`).
    pub wait_without_replicas: bool,
    /// A replica that lags more is no longer in sync: milliseconds.
    pub in_sync_max_lag_ms: u64,
    /// With fewer replicas in sync writes are refused.
    pub min_in_sync: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            level: AckLevel::Async,
            count: 1,
            copies: 0,
            point: AckPoint::Received,
            timeout_ms: 10_000,
            on_timeout: OnTimeout::Degrade,
            wait_without_replicas: true,
            in_sync_max_lag_ms: 10_000,
            min_in_sync: 0,
        }
    }
}

impl Policy {
    /// Whether a replica's place is what it has applied.
    pub fn counts_applied(&self) -> bool {
        self.level == AckLevel::FullSync || self.point == AckPoint::Applied
    }
}

impl AckPoint {
    /// Its name in configuration and variables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Applied => "applied",
        }
    }
}

impl FromStr for AckPoint {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Received, Self::Applied]
            .into_iter()
            .find(|point| named(point.name(), text))
            .ok_or(())
    }
}

impl OnTimeout {
    /// Its name in configuration and variables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Degrade => "degrade",
            Self::Block => "block",
            Self::Error => "error",
        }
    }
}

impl FromStr for OnTimeout {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [Self::Degrade, Self::Block, Self::Error];
        all.into_iter().find(|end| named(end.name(), text)).ok_or(())
    }
}

fn named(name: &str, text: &str) -> bool {
    name.eq_ignore_ascii_case(text)
}
