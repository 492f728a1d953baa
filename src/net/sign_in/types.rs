//! What goes into signing in and what comes out.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::net::packets::PacketError;
use crate::net::stream::Stream;
use crate::net::tls::TlsClientSettings;
use crate::wire::auth::{AuthPlugin, Credentials};
use crate::wire::error::ServerError;
use crate::wire::greeting::Greeting;
use crate::wire::{CapabilityFlags, Malformed, MariadbCapabilities, StatusFlags};

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// A host name or IP address, and a port.
    Tcp { host: String, port: u16 },
    /// A Unix socket.
    Unix(PathBuf),
}

impl Address {
    /// The name that a certificate must be for.
    pub fn host(&self) -> &str {
        match self {
            Self::Tcp { host, .. } => host,
            Self::Unix(_) => "localhost",
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A server and how it is to be reached.
#[derive(Debug, Clone)]
pub struct BackendTarget {
    /// Where.
    pub address: Address,
    /// TLS. Over a Unix socket, `preferred` does without.
    pub tls: TlsClientSettings,
    /// For everything, from the first packet of TCP to the last of the login.
    pub timeout: Duration,
    /// Without TLS, ask the server for its RSA key when it wants the clear-text password. Whoever is in the
    /// middle could send a key of their own, which is why MySQL's clients have this off by default.
    pub request_public_key: bool,
    /// Silence after which TCP asks whether the server is still there; zero for never.
    pub keepalive: Duration,
}

/// As whom, and how, to sign in.
#[derive(Debug, Clone)]
pub struct LoginRequest<'a> {
    /// The user.
    pub user: &'a str,
    /// What is known of the password.
    pub credentials: &'a Credentials,
    /// The database to start in.
    pub database: Option<&'a str>,
    /// What is wanted; what the login needs is added, what the server lacks is taken away.
    pub capabilities: CapabilityFlags,
    /// The same for MariaDB's own.
    pub mariadb_capabilities: MariadbCapabilities,
    /// The low byte of the collation to start with.
    pub collation: u8,
    /// Sent if `capabilities` has `CLIENT_CONNECT_ATTRS`.
    pub attributes: &'a [(String, String)],
}

/// A connection that the server has accepted. The next packet is a command, with sequence number 0.
#[derive(Debug)]
pub struct BackendLogin {
    /// The connection.
    pub stream: Stream,
    /// What the server said of itself.
    pub greeting: Greeting,
    /// What both sides can do.
    pub capabilities: CapabilityFlags,
    /// What both sides can do, of MariaDB's own.
    pub mariadb_capabilities: MariadbCapabilities,
    /// Status flags of the server's OK.
    pub status: StatusFlags,
    /// The payload of the server's OK, which may carry session state.
    pub ok: Vec<u8>,
}

/// Why signing in failed.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The server said no: 1040 and 1203 when it is full, 1045 for the password, 1049 for the database …
    #[error("refused: {0}")]
    Refused(ServerError),
    /// No connection, or it broke.
    #[error("connection: {0}")]
    Io(io::Error),
    /// It took too long.
    #[error("signing in took too long")]
    Timeout,
    /// TLS failed, or a certificate was not good enough.
    #[error("TLS: {0}")]
    Tls(io::Error),
    /// TLS is required and the server has none.
    #[error("the server offers no TLS")]
    NoTls,
    /// The server wants the clear-text password (caching_sha2_password that it has not cached), which is not
    /// known, or which must not be sent over this connection.
    #[error("the server wants the clear-text password")]
    NeedsClearText,
    /// The account's plugin needs a digest that is not known: the user proved the password to us with the other.
    #[error("the password is not known in the form that {} needs", .0.name())]
    CannotProve(AuthPlugin),
    /// The account's plugin is not one of ours.
    #[error("the account needs the plugin {0}")]
    UnknownPlugin(String),
    /// The server did not keep to the protocol.
    #[error("protocol: {0}")]
    Protocol(&'static str),
}

impl SignInError {
    /// For a metric: one of few words.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Refused(error) if error.is_full() => "full",
            Self::Refused(_) => "refused",
            Self::Io(_) => "io",
            Self::Timeout => "timeout",
            Self::Tls(_) | Self::NoTls => "tls",
            Self::NeedsClearText | Self::CannotProve(_) | Self::UnknownPlugin(_) => "plugin",
            Self::Protocol(_) => "protocol",
        }
    }
}

impl From<PacketError> for SignInError {
    fn from(error: PacketError) -> Self {
        match error {
            PacketError::Io(error) => Self::Io(error),
            PacketError::TooLong => Self::Protocol("a packet is too long"),
            PacketError::OutOfOrder => Self::Protocol("packets out of order"),
        }
    }
}

impl From<io::Error> for SignInError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Malformed> for SignInError {
    fn from(error: Malformed) -> Self {
        Self::Protocol(error.0)
    }
}
