//! Opens connections to servers and makes them ready for a session: signed in as the client, and
//! reporting every change of session state.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;

use crate::metrics::ServerErrorKind;
use crate::net::{BackendTarget, LoginRequest, Pipe, SignInError, sign_in};
use crate::proxy::topology::{MAX_IDS, ServerId};
use crate::wire::CapabilityFlags;
use crate::wire::command;
use crate::wire::error::ServerError;

use super::connection::Shared;
use super::{Connection, ExchangeError, Load};

/// Flags that the proxy needs on every server connection, whatever the client has.
const ALWAYS: CapabilityFlags = CapabilityFlags::CLIENT_SESSION_TRACK
    .union(CapabilityFlags::CLIENT_TRANSACTIONS)
    .union(CapabilityFlags::CLIENT_MULTI_RESULTS);

/// Flags of the client that must not be passed on: they concern its own connection to the proxy.
/// Servers are near and what they send is read on its way: it is never compressed.
const NEVER: CapabilityFlags = CapabilityFlags::CLIENT_SSL.union(CapabilityFlags::CLIENT_COMPRESS);

/// Why no connection could be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server refused, with this error.
    #[error("{0}")]
    Refused(ServerError),
    /// The sign-in failed otherwise.
    #[error(transparent)]
    Failed(SignInError),
}

impl ConnectError {
    /// The metric label.
    pub fn kind(&self) -> ServerErrorKind {
        match self {
            Self::Refused(error) if error.is_full() => ServerErrorKind::Full,
            Self::Refused(_) => ServerErrorKind::SignIn,
            Self::Failed(SignInError::Timeout) => ServerErrorKind::Timeout,
            Self::Failed(SignInError::Protocol(_)) => ServerErrorKind::Protocol,
            Self::Failed(error) if error.label() == "plugin" => ServerErrorKind::SignIn,
            Self::Failed(_) => ServerErrorKind::Connect,
        }
    }

    /// The server wants the password itself, which is not at hand.
    pub fn wants_clear_text(&self) -> bool {
        matches!(self, Self::Failed(SignInError::NeedsClearText))
    }

    /// Whether the server, rather than the account, is the reason.
    pub fn is_servers_fault(&self) -> bool {
        !matches!(self.kind(), ServerErrorKind::SignIn)
    }

    /// What the client is told.
    pub fn into_server_error(self, server: &str) -> ServerError {
        match self {
            Self::Refused(error) => error,
            Self::Failed(SignInError::NeedsClearText) => ServerError::new(
                1045,
                *b"28000",
                format!("'{server}' wants the full password again: connect once more"),
            ),
            Self::Failed(error) if error.label() == "plugin" => {
                ServerError::new(1045, *b"28000", format!("cannot sign in to '{server}': {error}"))
            }
            Self::Failed(_) => ServerError::backend_unreachable(server),
        }
    }
}

/// One server to connect to.
struct Server {
    /// Its configured name.
    name: Arc<str>,
    /// Where it is and how to reach it, as that may change meanwhile.
    target: ArcSwap<BackendTarget>,
    /// How busy it is.
    load: Load,
}

/// Opens connections. Shared by all sessions.
pub struct Connector {
    /// By ids; filled from the front.
    servers: Box<[OnceLock<Server>]>,
    /// Of ids that no server has.
    stray: Load,
    epochs: AtomicU64,
    /// Servers are asked to report the state of transactions.
    transactions: bool,
}

impl Connector {
    /// For these servers, in the order of their ids. `transactions`: servers are to report the state of
    /// transactions.
    pub fn new(servers: Vec<(Arc<str>, BackendTarget)>, transactions: bool) -> Self {
        let all = Self {
            servers: (0..MAX_IDS).map(|_| OnceLock::new()).collect(),
            stray: Load::default(),
            epochs: AtomicU64::new(1),
            transactions,
        };
        all.reach(servers.into_iter().map(Some).collect());
        all
    }

    /// Connections that are opened from now on are opened so. Servers are by their ids, new ones behind those
    /// there are; one that is `None` stays as it was.
    pub fn reach(&self, servers: Vec<Option<(Arc<str>, BackendTarget)>>) {
        for (place, server) in self.servers.iter().zip(servers) {
            let Some((name, target)) = server else { continue };
            let target = Arc::new(target);
            let new = || Server {
                name,
                target: ArcSwap::new(Arc::clone(&target)),
                load: Load::default(),
            };
            place.get_or_init(new).target.store(target.clone());
        }
    }

    /// A server's load.
    pub fn load(&self, server: ServerId) -> &Load {
        self.server(server).map_or(&self.stray, |server| &server.load)
    }

    /// A server's name.
    pub fn name(&self, server: ServerId) -> Arc<str> {
        self.server(server).map_or_else(|| "".into(), |server| server.name.clone())
    }

    fn server(&self, server: ServerId) -> Option<&Server> {
        self.servers.get(server.index())?.get()
    }

    /// Opens a connection. `request` names the client's flags: the server is to speak to the proxy
    /// as it would to the client.
    ///
    /// # Errors
    /// What the server or the network said; the caller decides who hears of it.
    pub async fn connect(
        &self,
        server: ServerId,
        request: &LoginRequest<'_>,
    ) -> Result<Connection, ConnectError> {
        self.connect_shared(server, request, None).await
    }

    /// The same for one that sessions share.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_shared(
        &self,
        server: ServerId,
        request: &LoginRequest<'_>,
        shared: Option<Box<Shared>>,
    ) -> Result<Connection, ConnectError> {
        let Some(target) = self.server(server).map(|server| server.target.load_full()) else {
            let unknown = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(ConnectError::Failed(SignInError::Io(unknown)));
        };
        let capabilities = (request.capabilities | ALWAYS).difference(NEVER);
        let login = LoginRequest { capabilities, ..request.clone() };
        let login = sign_in(&target, &login).await.map_err(|error| match error {
            SignInError::Refused(error) => ConnectError::Refused(error),
            error => ConnectError::Failed(error),
        })?;
        let mut connection = Connection::new(
            server,
            Pipe::new(login.stream),
            login.capabilities,
            login.greeting.connection_id,
            self.epochs.fetch_add(1, Relaxed),
        );
        let mariadb = login.greeting.server_version.contains("MariaDB");
        connection.mariadb = mariadb;
        connection.reports_transactions = self.transactions;
        connection.shared = shared;
        let settled = tokio::time::timeout(target.timeout, settle(&mut connection));
        match settled.await {
            Ok(Ok(())) => Ok(connection),
            Ok(Err(error)) => Err(ConnectError::Failed(SignInError::Io(error))),
            Err(_) => Err(ConnectError::Failed(SignInError::Timeout)),
        }
    }
}

/// What follows signing in.
async fn settle(connection: &mut Connection) -> std::io::Result<()> {
    track(connection).await?;
    if connection.shared.is_some() {
        let base = super::base::ask(connection).await?;
        if let Some(shared) = &mut connection.shared {
            shared.base = base;
        }
    }
    Ok(())
}

const TRACK: &str = "SET session_track_system_variables='*',session_track_schema=1";

/// The command that asks a server to report every change of session state. Servers before MySQL 5.7 and MariaDB
/// 10.2 cannot; what a session sets there is not carried.
pub fn tracking(connection: &Connection) -> Vec<u8> {
    let gtids = if connection.mariadb { "" } else { ",session_track_gtids=OWN_GTID" };
    // Who shares a connection has to know of what is not reported otherwise.
    let changes = if connection.shared.is_some() { ",session_track_state_change=1" } else { "" };
    let transactions = match connection.reports_transactions {
        true => ",session_track_transaction_info='STATE'",
        false => "",
    };
    let set = [TRACK, gtids, changes, transactions].concat();
    [&[command::QUERY], set.as_bytes()].concat()
}

/// Asks the server to report every change of session state.
pub async fn track(connection: &mut Connection) -> std::io::Result<()> {
    connection.tracks = true;
    let payload = tracking(connection);
    match connection.exchange(&payload, |_| ()).await {
        Ok(_) => Ok(()),
        Err(ExchangeError::Refused(error)) => {
            tracing::debug!(code = error.code, "the server does not track session state");
            Ok(())
        }
        Err(ExchangeError::Io(error)) => Err(error),
    }
}
