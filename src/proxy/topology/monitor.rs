//! Stub, filled in next.

use super::{JudgeSettings, MonitorSettings, ServerId, ServerSettings, Views};
use tokio_util::sync::CancellationToken;

/// What sessions tell the monitor. Never blocks; a full queue drops the hint.
#[derive(Clone)]
pub struct Hints(());

impl Hints {
    /// A new connection met 1040 or 1203: back-pressure, not death.
    pub fn full(&self, _server: ServerId) {}
    /// A connection was refused or broke: look now.
    pub fn check_now(&self, _server: ServerId) {}
}

/// What runs once the monitor is started.
pub struct Monitor {
    /// Where views are published.
    pub views: Views,
    /// What sessions report.
    pub hints: Hints,
    /// Ends after the shutdown token; await it last.
    pub task: tokio::task::JoinHandle<()>,
}

/// Starts the monitor's tasks on the current runtime; they end with `shutdown`.
pub fn start(
    _servers: Vec<ServerSettings>,
    _judge: JudgeSettings,
    _monitor: MonitorSettings,
    _shutdown: CancellationToken,
) -> Monitor {
    todo!()
}
