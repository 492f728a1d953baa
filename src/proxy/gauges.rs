//! Shows each published view as gauges, and says whether the proxy can serve.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::metrics::{Alert as AlertGauge, Metrics, ServerRole, ServerState};

use super::topology::{Alert, Role, ServerView, State, View, Views};

/// Keeps the gauges at the current view, until `shutdown`.
pub async fn follow(views: Views, metrics: Arc<Metrics>, shutdown: CancellationToken) {
    let mut view = views.current();
    loop {
        show(&view, &metrics);
        match shutdown.run_until_cancelled(views.newer_than(view.generation)).await {
            Some(newer) => view = newer,
            None => return,
        }
    }
}

fn show(view: &View, metrics: &Metrics) {
    for server in &view.servers {
        show_server(server, metrics);
    }
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
