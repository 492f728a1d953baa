//! What is known of one replica: how far it is, and whether it is in sync.

use super::Policy;
use super::history::History;
use crate::binlog::log::Position;

/// A replica that acknowledges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// Who it is, for people: its address.
    pub name: String,
    /// It gets the log now.
    pub connected: bool,
    /// It tells what it has applied.
    pub tells_applied: bool,
    /// Up to where everything is durable in its relay log. Never goes back while it is connected.
    pub received: Position,
    /// Up to where everything is applied there; `None` before it said so. At most `received`.
    pub applied: Option<Position>,
    /// It counts as in sync. Changes in [`Replica::judge`] alone.
    pub in_sync: bool,
}

impl Replica {
    /// One that gets the log from here on: what is before, it has.
    pub fn joining(name: String, from: Position, tells_applied: bool) -> Self {
        Self { name, connected: true, tells_applied, received: from, applied: None, in_sync: false }
    }

    /// The position that counts under a policy.
    pub fn counted(&self, applied: bool) -> Option<Position> {
        if applied { self.applied } else { Some(self.received) }
    }

    /// Whether it has everything up to there.
    pub fn has(&self, end: Position, applied: bool) -> bool {
        self.counted(applied).is_some_and(|position| position >= end)
    }

    /// Milliseconds that it lags; `None` where it is not known to have anything.
    pub fn lag(&self, history: &History, applied: bool, now: u64) -> Option<u64> {
        let position = self.counted(applied)?;
        Some(history.lacking_since(position).map_or(0, |since| now.saturating_sub(since)))
    }

    /// Whether it is in sync from now on. It leaves when it lags more than the policy allows, and comes back
    /// when it lags less than half as much, so that it does not come and go with each commit.
    pub fn judge(&mut self, policy: &Policy, history: &History, now: u64) {
        let lag = self.lag(history, policy.counts_applied(), now);
        let limit = policy.in_sync_max_lag_ms;
        let allowed = if self.in_sync { limit } else { limit / 2 };
        self.in_sync = self.connected && lag.is_some_and(|lag| lag <= allowed);
    }

    /// When it will leave the set if nothing changes.
    pub fn leaves_at(&self, policy: &Policy, history: &History) -> Option<u64> {
        if !self.in_sync {
            return None;
        }
        let since = history.lacking_since(self.counted(policy.counts_applied())?)?;
        Some(since.saturating_add(policy.in_sync_max_lag_ms).saturating_add(1))
    }
}
