//! What all sessions of a server share.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::counters::{Counters, Visible};
use super::doors::Doors;
use super::processes::{DUMP, Process, Processes};
use super::session::Client;
use crate::engine::Engine;
use crate::net::{LoginPolicy, Peer};
use crate::query;
use crate::query::session::SqlMode;
use crate::query::variables::{self, GlobalVariables};
use crate::replication::primary::Primary;
use crate::replication::replica::Replica;
use crate::wire::CapabilityFlags;

/// Bounds that sessions keep to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Client connections at once.
    pub max_connections: usize,
    /// Idle time after which TCP asks whether the client is still there.
    pub keepalive: Duration,
    /// `server_id`.
    pub server_id: u32,
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
    /// The database.
    pub engine: Arc<Engine>,
    /// Who follows this server.
    pub primary: Arc<Primary>,
    /// The global system variables.
    pub globals: Arc<GlobalVariables>,
    /// How it follows another server.
    pub replica: Arc<Replica>,
    /// What is counted.
    pub counters: Arc<Counters>,
    /// What sessions see of all that.
    pub visible: Arc<Visible>,
    /// The server stops, and nobody waits for replicas any more: their connections end.
    pub parting: CancellationToken,
}

/// Between two looks at who is still here, while the server stops.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

impl Shared {
    /// Ends when all connections but those of replicas have ended.
    pub(super) async fn end_of_commands(&self) {
        let others = |process: &Arc<Process>| process.now().command != DUMP;
        while self.processes.all().iter().any(others) {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// The account that a user from there has: user and host as `CURRENT_USER()` shows them.
    pub(super) fn account_of(&self, user: &str, peer: Peer) -> String {
        match self.doors.account_name(user, peer) {
            Some((user, host)) => format!("{user}@{host}"),
            None => format!("{user}@{}", peer.host()),
        }
    }

    /// A session as it is after signing in, without a schema.
    pub(super) fn new_query_session(&self, process: &Process, client: &Client) -> query::Session {
        let mut session = query::Session::new(self.engine.clone(), u64::from(process.id));
        let peer = process.peer.map_or(Peer::Unix, Peer::from_addr);
        session.accounts = Some(self.doors.accounts().clone());
        session.server = self.visible.clone();
        session.globals = self.globals.clone();
        session.variables = variables::of_new_session(&self.globals);
        session.account = client.account.as_str().into();
        session.user = format!("{}@{}", client.user, peer.host()).into();
        session.client_found_rows =
            client.capabilities.contains(CapabilityFlags::CLIENT_FOUND_ROWS);
        // What the client asked for when it signed in.
        if client.capabilities.contains(CapabilityFlags::CLIENT_IGNORE_SPACE) {
            session.variables.sql_mode.0 |= SqlMode::IGNORE_SPACE.0;
        }
        session.kill = process.kill.clone();
        process.owns(session.owner);
        session
    }
}
