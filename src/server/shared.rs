//! What all sessions of a server share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::doors::Doors;
use super::processes::Processes;
use crate::net::LoginPolicy;

/// Bounds that sessions keep to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Client connections at once.
    pub max_connections: usize,
    /// Idle time after which TCP asks whether the client is still there.
    pub keepalive: Duration,
    /// What the greeting and `VERSION()` say.
    pub version: String,
}

/// What all sessions share.
pub struct Shared {
    /// Bounds.
    pub settings: Settings,
    /// How clients sign in.
    pub policy: LoginPolicy,
    /// Who may.
    pub doors: Doors,
    /// Who is here.
    pub processes: Arc<Processes>,
    /// When the server started.
    pub started: Instant,
}
