//! A connection that is ready: live, opened where there is none, and told the session's state.

use std::time::{Duration, Instant};

use crate::net::LoginRequest;
use crate::proxy::backend::pool::tracking;
use crate::proxy::backend::{ConnectError, Connection, ExchangeError, Shared};
use crate::proxy::topology::ServerId;
use crate::wire::command;
use crate::wire::error::ServerError;

use super::Session;
use super::acquire::NoConnection;
use super::attempt::Attempt;
use super::state::{Delta, SessionState};

/// A connection that was used so recently is not looked at before it is used again.
pub(super) const FRESH: Duration = Duration::from_millis(100);

/// Longest wait for the answer to one of the proxy's own commands. A server that is stopped does
/// not answer, and the client's statement may run elsewhere.
pub const EXCHANGE_TIME: Duration = Duration::from_secs(5);

/// The error of an exchange that took longer.
pub fn timed_out() -> ExchangeError {
    ExchangeError::Io(std::io::ErrorKind::TimedOut.into())
}

impl Session {
    /// Makes sure that there is a live connection to the server which has the session's state, or has been told
    /// when the statement arrives.
    pub(super) async fn ready(
        &mut self,
        server: ServerId,
        attempt: &Attempt,
    ) -> Result<(), NoConnection> {
        self.close_if_stale(server, attempt.now()).await?;
        if self.connection_to(server).is_none() {
            match self.pooled {
                Some(_) => Box::pin(self.lease(server)).await?,
                None => Box::pin(self.open(server)).await?,
            }
        }
        let version = self.state.version();
        if self.connection_to(server).is_some_and(|c| c.synced != version || !c.tracks) {
            Box::pin(self.bring_up_to_date(server)).await?;
        }
        let along = attempt.along && !self.held.relies_on(server);
        match self.connection_to(server) {
            Some(connection) if connection.owes() && !along => {
                Box::pin(self.settle_first(server)).await
            }
            _ => Ok(()),
        }
    }

    /// Waits until the server has said that the connection is in the session's state.
    pub(super) async fn settle_first(&mut self, server: ServerId) -> Result<(), NoConnection> {
        let Some(connection) = self.connection_to(server) else {
            return Err(NoConnection::StateLost(server));
        };
        let settling = tokio::time::timeout(EXCHANGE_TIME, connection.settle_now());
        match settling.await.unwrap_or_else(|_| Err(timed_out())) {
            Ok(()) => Ok(()),
            Err(ExchangeError::Refused(error)) => {
                if self.pooled.is_some() && !self.held.relies_on(server) {
                    self.close(server);
                }
                Err(NoConnection::Error(error))
            }
            Err(ExchangeError::Io(_)) => match self.connection_lost(server) {
                true => Err(NoConnection::StateLost(server)),
                false => Err(NoConnection::Error(ServerError::backend_lost())),
            },
        }
    }

    async fn close_if_stale(&mut self, server: ServerId, now: Instant) -> Result<(), NoConnection> {
        let relies = self.held.relies_on(server);
        let Some(connection) = self.connection_to(server) else {
            return match relies {
                true => Err(NoConnection::StateLost(server)),
                false => Ok(()),
            };
        };
        let idle = now.duration_since(connection.idle_since);
        if idle >= FRESH && connection.is_stale().await {
            self.drop_connection(server);
            if relies {
                return Err(NoConnection::StateLost(server));
            }
        }
        Ok(())
    }

    /// Opens a connection of the session's own to a server.
    pub(super) async fn open(&mut self, server: ServerId) -> Result<(), NoConnection> {
        let connection = self.open_connection(server, None).await?;
        self.connections.push(connection);
        Ok(())
    }

    /// Opens a connection to a server and signs in as the client.
    pub(super) async fn open_connection(
        &self,
        server: ServerId,
        sharing: Option<Box<Shared>>,
    ) -> Result<Box<Connection>, NoConnection> {
        let shared = self.local.shared.clone();
        let request = self.sign_in_request();
        let opened = shared.connector.connect_shared(server, &request, sharing).await;
        let mut connection = match opened {
            Ok(connection) => connection,
            Err(error) => {
                self.report(server, &error);
                if error.wants_clear_text()
                    && let Ok(peer) = self.client.pipe.stream().peer()
                {
                    // So that the next sign-in is a full one, which has it.
                    shared.accounts.forget_digest(&self.client.user, peer.ip());
                }
                return Err(NoConnection::Error(
                    error.into_server_error(&shared.connector.name(server)),
                ));
            }
        };
        // It signed in with the current schema, and knows nothing else.
        connection.synced = 0;
        connection.counted = Some(shared.metrics.server(server.index()).connection_opened());
        Ok(Box::new(connection))
    }

    pub(super) fn sign_in_request(&self) -> LoginRequest<'_> {
        LoginRequest {
            user: &self.client.user,
            credentials: &self.client.credentials,
            database: self.state.schema(),
            capabilities: self.client.capabilities,
            mariadb_capabilities: self.client.mariadb_capabilities,
            collation: self.client.collation,
            attributes: &self.client.attributes,
        }
    }

    fn report(&self, server: ServerId, error: &ConnectError) {
        let shared = &self.local.shared;
        let metrics = shared.metrics.server(server.index());
        metrics.error(error.kind());
        match error {
            // 1226 is about this account only: others may still sign in.
            ConnectError::Refused(refusal) if matches!(refusal.code, 1040 | 1203) => {
                shared.connector.load(server).avoid(Instant::now());
                shared.hints.full(server);
            }
            ConnectError::Refused(_) => {}
            error if !error.is_servers_fault() => {}
            _ => {
                shared.connector.load(server).avoid(Instant::now());
                shared.hints.check_now(server);
            }
        }
    }

    /// Has the server told what the session has set since the connection was used last.
    async fn bring_up_to_date(&mut self, server: ServerId) -> Result<(), NoConnection> {
        let version = self.state.version();
        let Some(connection) = self.connections.iter_mut().find(|c| c.server == server) else {
            return Err(NoConnection::StateLost(server));
        };
        let delta = self.state.since(connection.synced);
        let telling = tokio::time::timeout(EXCHANGE_TIME, tell(connection, delta, &mut self.state));
        match telling.await.unwrap_or_else(|_| Err(timed_out())) {
            Ok(()) => {
                connection.synced = version;
                let profile = self.pooled.is_some().then(|| self.profile());
                if let Some(shared) = self.connection_to(server).and_then(|c| c.shared.as_mut())
                    && let Some(profile) = profile
                {
                    shared.told = profile;
                }
                Ok(())
            }
            Err(ExchangeError::Refused(error)) => Err(NoConnection::Error(error)),
            Err(ExchangeError::Io(_)) => match self.connection_lost(server) {
                true => Err(NoConnection::StateLost(server)),
                false => Err(NoConnection::Error(ServerError::backend_lost())),
            },
        }
    }

    /// A connection broke: closes it, and lets the monitor look. Tells whether it held something
    /// that the client relies on.
    pub(super) fn connection_lost(&mut self, server: ServerId) -> bool {
        let relied = self.held.relies_on(server);
        self.server_failed(server);
        self.drop_connection(server);
        relied
    }

    /// A connection broke: others avoid the server until the monitor has looked.
    pub(super) fn server_failed(&self, server: ServerId) {
        let shared = &self.local.shared;
        shared.metrics.server(server.index()).error(crate::metrics::ServerErrorKind::Lost);
        shared.connector.load(server).avoid(Instant::now());
        shared.hints.check_now(server);
    }
}

/// What the client was told to be told about, in the server's words.
const TRACKED: &[u8] = b"SELECT @@session_track_system_variables";

/// Queues what the connection has to be told: all of it goes in one write, with the statement or before it.
pub(super) async fn tell(
    connection: &mut Connection,
    delta: Delta,
    state: &mut SessionState,
) -> Result<(), ExchangeError> {
    if let Some(schema) = delta.schema {
        connection.queue_told(&command_of(command::INIT_DB, schema.as_bytes()), true);
    }
    for statement in delta.unreported {
        connection.queue_told(&command_of(command::QUERY, &statement), true);
        connection.tracks = false;
    }
    if !connection.tracks {
        if state.tells_unknown() {
            let list = connection.ask(&command_of(command::QUERY, TRACKED)).await?;
            state.set_tells(&list);
        }
        connection.reports_transactions = state.watches_transactions();
        connection.tracks = true;
        let command = tracking(connection);
        // Old servers cannot.
        connection.queue_told(&command, false);
    }
    if let Some(set) = delta.set {
        connection.queue_told(&command_of(command::QUERY, set.as_bytes()), true);
    }
    Ok(())
}

pub(super) fn command_of(command: u8, body: &[u8]) -> Vec<u8> {
    [&[command], body].concat()
}
