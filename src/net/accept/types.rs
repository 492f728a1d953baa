//! What goes into a login and what comes out.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::net::packets::PacketError;
use crate::net::rsa::RsaKeys;
use crate::net::stream::{Peer, Stream};
use crate::net::tls::TlsServerSettings;
use crate::wire::auth::caching_sha2::{self, StoredHash};
use crate::wire::auth::{AuthPlugin, Credentials, native};
use crate::wire::error::ServerError;
use crate::wire::greeting::SALT_LEN;
use crate::wire::{CapabilityFlags, MariadbCapabilities};

/// What all logins share.
#[derive(Debug, Clone)]
pub struct LoginPolicy {
    /// Announced in the greeting; clients prove with it first. That of most accounts saves a round trip.
    pub default_plugin: AuthPlugin,
    /// TLS is offered when this is here.
    pub tls: Option<TlsServerSettings>,
    /// Clients over TCP must use TLS (error 3159 otherwise).
    pub tls_required: bool,
    /// Lets caching_sha2_password do its full authentication without TLS.
    pub rsa: Option<Arc<RsaKeys>>,
    /// For the whole login, from accepted to proved, its failure delay included.
    pub timeout: Duration,
}

/// What one client is greeted with.
#[derive(Debug, Clone)]
pub struct Hello<'a> {
    /// The version to announce, as the primary does.
    pub server_version: &'a str,
    /// The proxy's own id for this connection.
    pub connection_id: u32,
    /// What the proxy can do beyond logging in. `CLIENT_SSL` and what the login needs are added.
    /// Without `CLIENT_LONG_PASSWORD`, MariaDB's clients take us for a MariaDB server.
    pub capabilities: CapabilityFlags,
    /// MariaDB's own; sent only without `CLIENT_LONG_PASSWORD`.
    pub mariadb_capabilities: MariadbCapabilities,
    /// The low byte of the default collation.
    pub collation: u8,
    /// What all logins share.
    pub policy: &'a LoginPolicy,
}

/// A client that has proved who it is. Its OK is not yet sent.
#[derive(Debug)]
pub struct ClientLogin {
    /// The connection, by TLS if the client wanted.
    pub stream: Stream,
    /// The user's name.
    pub user: String,
    /// What signs in to backends as that user. After a full authentication it holds the clear text: call
    /// [`Credentials::forget_clear_text`] when the login is over.
    pub credentials: Credentials,
    /// The database to start in.
    pub database: Option<String>,
    /// What both sides can do.
    pub capabilities: CapabilityFlags,
    /// What both sides can do, of MariaDB's own.
    pub mariadb_capabilities: MariadbCapabilities,
    /// The low byte of the collation that the client starts with.
    pub collation: u8,
    /// Connection attributes.
    pub attributes: Vec<(String, String)>,
    /// The salt that the client remembers, for COM_CHANGE_USER.
    pub salt: [u8; SALT_LEN],
    /// The sequence number of the OK.
    pub next_seq: u8,
}

/// The connection on which a user is to be changed.
#[derive(Debug, Clone)]
pub struct ChangeUserContext<'a> {
    /// Those of the connection.
    pub capabilities: CapabilityFlags,
    /// The salt that the client was last sent.
    pub salt: [u8; SALT_LEN],
    /// What all logins share.
    pub policy: &'a LoginPolicy,
}

/// A user that was changed. The OK is not yet sent.
#[derive(Debug)]
pub struct UserChanged {
    /// As in [`ClientLogin`].
    pub credentials: Credentials,
    /// The salt that the client now remembers.
    pub salt: [u8; SALT_LEN],
    /// The sequence number of the OK.
    pub next_seq: u8,
}

/// What an account's proof is checked against.
#[derive(Clone)]
pub enum Secret {
    /// No password.
    Empty,
    /// `SHA1(SHA1(password))`.
    Native([u8; native::LEN]),
    /// Either is enough: `cached` for fast authentication, either for full.
    CachingSha2 {
        /// `mysql.user.authentication_string`.
        stored: Option<StoredHash>,
        /// `SHA256(SHA256(password))`, from an earlier full authentication or a configured password.
        cached: Option<[u8; caching_sha2::LEN]>,
    },
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Native(_) => "Native(..)",
            Self::CachingSha2 { .. } => "CachingSha2(..)",
        })
    }
}

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its plugin.
    pub plugin: AuthPlugin,
    /// What proofs are checked against.
    pub secret: Secret,
    /// Only over TLS (`REQUIRE SSL` and stricter); otherwise access is denied.
    pub tls_required: bool,
    /// Proofs are checked, then error 3118.
    pub locked: bool,
    /// Signs in to backends instead of what the proof reveals, for accounts with a configured password.
    pub credentials: Option<Credentials>,
}

/// Who may log in.
#[allow(async_fn_in_trait, reason = "sessions never leave their thread, so no future must be Send")]
pub trait Accounts {
    /// The account that a user from there has. May fetch the list anew when it finds none.
    async fn find(&self, user: &str, peer: Peer) -> Option<Account>;

    /// The account again, when a proof failed: the password may have changed. `None` when nothing newer is
    /// known. Called for unknown users too.
    async fn find_newer(&self, user: &str, peer: Peer) -> Option<Account>;

    /// A full authentication succeeded: with `cached` the user's next login can be a fast one, as long as the
    /// account still has the hash `stored`.
    fn remember(
        &self,
        user: &str,
        peer: Peer,
        stored: &StoredHash,
        cached: [u8; caching_sha2::LEN],
    );

    /// Called before a wrong password is answered; where repeated failures are delayed.
    async fn failed(&self, user: &str, peer: Peer);

    /// Called when a proof was right.
    fn succeeded(&self, user: &str, peer: Peer);

    /// The plugin that an unknown user is asked to prove with. Must depend on nothing but the name, or the
    /// answers tell which users exist.
    fn decoy_plugin(&self, user: &str) -> Option<AuthPlugin> {
        let _ = user;
        None
    }
}

/// Why a login failed. The client has been told, where it can be.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The connection failed or the client went away.
    #[error("connection: {0}")]
    Io(#[from] io::Error),
    /// It took too long.
    #[error("the login took too long")]
    Timeout,
    /// The TLS handshake failed.
    #[error("TLS: {0}")]
    Tls(io::Error),
    /// Not what a client sends.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// Wrong sequence number.
    #[error("packets out of order")]
    OutOfOrder,
    /// Longer than a login may be.
    #[error("a packet of the login is too long")]
    TooLong,
    /// TLS is required and was not used.
    #[error("TLS is required")]
    TlsRequired,
    /// The client cannot do what its account needs.
    #[error("the client is too old for its account's plugin")]
    OldClient,
    /// Unknown user or wrong password.
    #[error("access denied for '{user}'@'{host}'")]
    Denied { user: String, host: String, using_password: bool },
    /// The account is locked.
    #[error("the account '{user}'@'{host}' is locked")]
    Locked { user: String, host: String },
}

impl LoginError {
    /// For a metric: one of few words.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Io(_) => "io",
            Self::Timeout => "timeout",
            Self::Tls(_) => "tls",
            Self::Malformed(_) | Self::OutOfOrder | Self::TooLong => "malformed",
            Self::TlsRequired => "tls_required",
            Self::OldClient => "old_client",
            Self::Denied { .. } => "denied",
            Self::Locked { .. } => "locked",
        }
    }

    /// What the client is told; nothing when it cannot hear.
    pub fn to_client(&self) -> Option<ServerError> {
        Some(match self {
            Self::Io(_) | Self::Tls(_) => return None,
            Self::Timeout => ServerError::read_interrupted(),
            Self::Malformed(_) | Self::TooLong => ServerError::bad_handshake(),
            Self::OutOfOrder => ServerError::packets_out_of_order(),
            Self::TlsRequired => ServerError::tls_required(),
            Self::OldClient => ServerError::old_client(),
            Self::Denied { user, host, using_password } => {
                ServerError::access_denied(user, host, *using_password)
            }
            Self::Locked { user, host } => ServerError::account_locked(user, host),
        })
    }
}

impl From<PacketError> for LoginError {
    fn from(error: PacketError) -> Self {
        match error {
            PacketError::Io(error) => Self::Io(error),
            PacketError::TooLong => Self::TooLong,
            PacketError::OutOfOrder => Self::OutOfOrder,
        }
    }
}
