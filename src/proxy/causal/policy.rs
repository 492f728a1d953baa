//! What holds for a statement: the configuration's policy, what the session set, what a hint says.

use std::time::Duration;

use super::Level;

/// The consistency that reads get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The level.
    pub level: Level,
    /// The bound of [`Level::Bounded`].
    pub max_lag: Duration,
    /// `max_lag` was asked for by name, so it holds at every level.
    pub bounds_all: bool,
    /// How long a read may wait for a replica; zero for not at all.
    pub wait: Duration,
}

/// How late a replica may be that is asked only because the primary takes no more reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LateLimits {
    /// At every level; what replicas are kept from reads for.
    pub all: Duration,
    /// At [`Level::Eventual`].
    pub eventual: Duration,
}

/// What a session, or a statement, wants otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// The level.
    pub level: Option<Level>,
    /// The bound on staleness.
    pub max_lag: Option<Duration>,
}

impl Overlay {
    /// This one with what `other` changes.
    pub fn with(self, other: Self) -> Self {
        Self { level: other.level.or(self.level), max_lag: other.max_lag.or(self.max_lag) }
    }
}

impl Policy {
    /// Whether a read may go to a replica that is so late and has what the read needs. A bound on staleness
    /// is part of that need, so there the proof decides.
    pub fn allows_late(&self, lag: Duration, limits: &LateLimits) -> bool {
        match self.level {
            Level::Eventual => lag <= limits.eventual,
            Level::Bounded => true,
            Level::Monotonic | Level::Session | Level::Global => lag <= limits.all,
        }
    }

    /// This policy with what `overlay` changes.
    pub fn with(self, overlay: Overlay) -> Self {
        Self {
            level: overlay.level.unwrap_or(self.level),
            max_lag: overlay.max_lag.unwrap_or(self.max_lag),
            bounds_all: overlay.max_lag.is_some() || self.bounds_all,
            wait: self.wait,
        }
    }
}
