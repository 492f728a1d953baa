//! The metrics of one server, resolved by its index.

use std::time::Duration;

use prometheus::{Gauge, IntCounter, IntGauge};

use super::guard::GaugeGuard;
use super::labels::{Label, ServerErrorKind, ServerRole, ServerState};

/// Handles with the server's name already filled in. All are safe to use from any thread.
#[derive(Debug)]
pub struct ServerMetrics {
    /// One gauge for each [`ServerState`]; exactly one is 1.
    pub(super) states: Vec<IntGauge>,
    /// One gauge for each [`ServerRole`]; exactly one is 1.
    pub(super) roles: Vec<IntGauge>,
    /// 1 while the state is up or full.
    pub(super) up: IntGauge,
    pub(super) reads: IntGauge,
    pub(super) near: IntGauge,
    /// NaN while unknown.
    pub(super) lag: Gauge,
    pub(super) check_seconds: Gauge,
    pub(super) in_flight: IntGauge,
    pub(super) connections: IntGauge,
    pub(super) connections_total: IntCounter,
    pub(super) waiting: IntGauge,
    /// One counter for each [`ServerErrorKind`].
    pub(super) errors: Vec<IntCounter>,
}

impl ServerMetrics {
    /// Notes the server's state.
    pub fn state(&self, state: ServerState) {
        one_of(&self.states, state);
        self.up.set(i64::from(state != ServerState::Down));
    }

    /// Notes the server's role.
    pub fn role(&self, role: ServerRole) {
        one_of(&self.roles, role);
    }

    /// Notes whether the server may be given new reads.
    pub fn reads(&self, reads: bool) {
        self.reads.set(reads.into());
    }

    /// Notes whether the server is in the proxy's zone.
    pub fn near(&self, near: bool) {
        self.near.set(near.into());
    }

    /// Notes how far the server is behind; `None` when that is not known or not asked (shown as
    /// NaN, which no comparison in an alert rule matches).
    pub fn lag(&self, lag: Option<Duration>) {
        self.lag.set(lag.map_or(f64::NAN, |lag| lag.as_secs_f64()));
    }

    /// Notes how long the last good check took.
    pub fn check_took(&self, time: Duration) {
        self.check_seconds.set(time.as_secs_f64());
    }

    /// Counts an error.
    pub fn error(&self, kind: ServerErrorKind) {
        if let Some(counter) = index_of(kind).and_then(|index| self.errors.get(index)) {
            counter.inc();
        }
    }

    /// Notes how many statements run there.
    pub fn in_flight(&self, statements: u32) {
        self.in_flight.set(statements.into());
    }

    /// Counts a statement that waits for a shared connection, until the guard is dropped.
    pub fn waits(&self) -> GaugeGuard {
        GaugeGuard::new(self.waiting.clone())
    }

    /// Counts a connection to the server, open until the guard is dropped.
    pub fn connection_opened(&self) -> GaugeGuard {
        self.connections_total.inc();
        GaugeGuard::new(self.connections.clone())
    }
}

/// Sets the gauge of `chosen` to 1 and the others to 0.
fn one_of<L: Label + PartialEq>(gauges: &[IntGauge], chosen: L) {
    for (gauge, label) in gauges.iter().zip(L::ALL) {
        gauge.set(i64::from(*label == chosen));
    }
}

fn index_of<L: Label + PartialEq>(label: L) -> Option<usize> {
    L::ALL.iter().position(|one| *one == label)
}
