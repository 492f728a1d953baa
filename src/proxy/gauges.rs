//! Shows each published view as gauges, and says whether the proxy can serve.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::metrics::{Alert as AlertGauge, Metrics, ServerErrorKind, ServerRole, ServerState};

use super::session::Shared;
use super::topology::{Alert, Role, ServerView, State, View};

/// Longest time between two looks at what no view tells.
const TICK: Duration = Duration::from_secs(1);

/// Keeps the gauges at the current view, until `shutdown`.
pub async fn follow(shared: Arc<Shared>, shutdown: CancellationToken) {
    let mut known = shared.views.current();
    show(&known, &shared);
    while !shutdown.is_cancelled() {
        let newer = tokio::time::timeout(TICK, shared.views.newer_than(known.generation));
        let Some(newer) = shutdown.run_until_cancelled(newer).await else { return };
        let view = newer.unwrap_or_else(|_| known.clone());
        count_failures(&known, &view, &shared.metrics);
        show(&view, &shared);
        known = view;
    }
}

/// A server that went down failed its check.
fn count_failures(before: &View, after: &View, metrics: &Metrics) {
    let is_down = |server: &&ServerView| matches!(server.state, State::Down(_));
    for server in after.servers.iter().filter(is_down) {
        if before.server(server.id).is_some_and(|before| !is_down(&before)) {
            metrics.server(server.id.index()).error(ServerErrorKind::Check);
        }
    }
}

fn show(view: &View, shared: &Shared) {
    let metrics = &shared.metrics;
    for server in &view.servers {
        show_server(server, metrics);
        let load = shared.connector.load(server.id);
        metrics.server(server.id.index()).in_flight(load.in_flight());
    }
    let (running, waiting, limit) =
        shared.primary_reads.as_ref().map_or((0, 0, 0), |reads| reads.counts());
    metrics.primary_reads(running, waiting, limit);
    metrics.alert(AlertGauge::NoAccounts, shared.accounts.list().is_empty());
    let several = |alert: &Alert| matches!(alert, Alert::SeveralPrimaries { .. });
    metrics.alert(AlertGauge::TwoPrimaries, view.alerts.iter().any(several));
    metrics.alert(AlertGauge::NoPrimary, view.primary.is_none());
    metrics.alert(AlertGauge::NoReplica, view.readable_replicas().next().is_none());
}

fn show_server(server: &ServerView, metrics: &Metrics) {
    let gauges = metrics.server(server.id.index());
    gauges.state(match server.state {
        State::Up => ServerState::Up,
        State::Full => ServerState::Full,
        State::Down(_) => ServerState::Down,
    });
    gauges.role(match server.role {
        Role::Primary => ServerRole::Primary,
        Role::Replica => ServerRole::Replica,
        Role::Unknown | Role::Down => ServerRole::Unknown,
    });
    gauges.reads(server.reads);
    gauges.near(server.near);
    gauges.lag(server.lag);
    if let Some(latency) = server.latency {
        gauges.check_took(latency);
    }
}

/// Whether reads and writes can be served now; if not, why.
///
/// # Errors
/// The reason, for an operator.
pub fn readiness(view: &View) -> Result<(), String> {
    if !view.complete {
        return Err("not every server has been looked at yet".to_owned());
    }
    match view.primary {
        Some(_) => Ok(()),
        None => Err("no server takes writes".to_owned()),
    }
}
