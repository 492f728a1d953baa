//! The proxy as a client: a connection to a MySQL or MariaDB server, signed in as a user.
//!
//! MySQL 5.7 to 9 and MariaDB 10 to 12. What the server says on the way is told apart from what goes wrong
//! with the connection: a server that is full (1040, 1203) is not one that is dead.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpStream, UnixStream};
use zeroize::Zeroizing;

use super::packets::{PacketError, Packets};
use super::rsa;
use super::stream::Stream;
use super::tls::{TlsClientSettings, TlsMode};
use crate::wire::auth::packets::{FAST_OK, FULL_NEEDED, REQUEST_PUBLIC_KEY};
use crate::wire::auth::{AuthPacket, AuthPlugin, AuthSwitch, Credentials};
use crate::wire::error::ServerError;
use crate::wire::greeting::{Greeting, SALT_LEN};
use crate::wire::login::{HandshakeResponse, LoginStart};
use crate::wire::ok::OkPacket;
use crate::wire::{CapabilityFlags, Malformed, MariadbCapabilities, StatusFlags};

/// The most packets that a server may send between login and OK. Two plugins take at most seven.
const MAX_AUTH_PACKETS: usize = 12;

/// What a login of today needs, where the server can.
const LOGIN_CAPABILITIES: CapabilityFlags = CapabilityFlags::CLIENT_PROTOCOL_41
    .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA);

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

/// Connects and signs in, within `target.timeout`.
pub async fn sign_in(
    target: &BackendTarget,
    request: &LoginRequest<'_>,
) -> Result<BackendLogin, SignInError> {
    let signing_in = async {
        let stream = connect(&target.address).await.map_err(SignInError::Io)?;
        sign_in_over(stream, target, request).await
    };
    tokio::time::timeout(target.timeout, signing_in).await.unwrap_or(Err(SignInError::Timeout))
}

async fn connect(address: &Address) -> io::Result<Stream> {
    match address {
        Address::Tcp { host, port } => {
            let tcp = TcpStream::connect((host.as_str(), *port)).await?;
            tcp.set_nodelay(true)?;
            SockRef::from(&tcp).set_keepalive(true)?;
            Ok(Stream::Tcp(tcp))
        }
        Address::Unix(path) => UnixStream::connect(path).await.map(Stream::Unix),
    }
}

async fn sign_in_over(
    mut stream: Stream,
    target: &BackendTarget,
    request: &LoginRequest<'_>,
) -> Result<BackendLogin, SignInError> {
    let greeting = read_greeting(&mut stream).await?;
    let mut start = start(&greeting, request);
    let mut seq = 1;
    if wants_tls(&stream, target.tls.mode(), greeting.capabilities)? {
        start.capabilities |= CapabilityFlags::CLIENT_SSL;
        let mut packets = Packets::new(&mut stream, seq);
        packets.send_with(|out| start.put_payload(out)).await?;
        stream =
            target.tls.connect(target.address.host(), stream).await.map_err(SignInError::Tls)?;
        seq = 2;
    }
    let mut exchange = Exchange {
        packets: Packets::new(&mut stream, seq),
        credentials: request.credentials,
        request_public_key: target.request_public_key,
        plugin: AuthPlugin::Native,
        salt: greeting.salt,
    };
    exchange.log_in(&greeting, start.clone(), request).await?;
    let ok = exchange.authenticate().await?;
    let status = OkPacket::parse(&ok, start.capabilities)?.status;
    Ok(BackendLogin {
        stream,
        capabilities: start.capabilities,
        mariadb_capabilities: start.mariadb_capabilities,
        status,
        ok,
        greeting,
    })
}

async fn read_greeting(stream: &mut Stream) -> Result<Greeting, SignInError> {
    let payload = Packets::new(stream, 0).read_any(true).await?;
    match payload.first() {
        Some(0xff) => Err(SignInError::Refused(ServerError::parse(&payload)?)),
        _ => {
            let greeting = Greeting::parse(&payload)?;
            match greeting.capabilities.contains(CapabilityFlags::CLIENT_PROTOCOL_41) {
                true => Ok(greeting),
                false => Err(SignInError::Protocol("a server older than protocol 4.1")),
            }
        }
    }
}

fn start(greeting: &Greeting, request: &LoginRequest<'_>) -> LoginStart {
    let mut wanted = request.capabilities | LOGIN_CAPABILITIES;
    wanted.set(CapabilityFlags::CLIENT_CONNECT_WITH_DB, request.database.is_some());
    wanted.remove(CapabilityFlags::CLIENT_SSL);
    LoginStart {
        capabilities: wanted & greeting.capabilities,
        mariadb_capabilities: request.mariadb_capabilities & greeting.mariadb_capabilities,
        max_packet: 1 << 30,
        collation: request.collation,
    }
}

fn wants_tls(stream: &Stream, mode: TlsMode, server: CapabilityFlags) -> Result<bool, SignInError> {
    let offered = server.contains(CapabilityFlags::CLIENT_SSL);
    match mode {
        TlsMode::Disabled => Ok(false),
        TlsMode::Preferred => Ok(offered && !stream.is_secure()),
        TlsMode::Required | TlsMode::VerifyCa | TlsMode::VerifyIdentity => match offered {
            true => Ok(true),
            false => Err(SignInError::NoTls),
        },
    }
}

/// The login's packets to and fro.
struct Exchange<'a> {
    packets: Packets<'a>,
    credentials: &'a Credentials,
    request_public_key: bool,
    /// The plugin that was last proved with, and the salt it was for.
    plugin: AuthPlugin,
    salt: [u8; SALT_LEN],
}

impl Exchange<'_> {
    async fn log_in(
        &mut self,
        greeting: &Greeting,
        start: LoginStart,
        request: &LoginRequest<'_>,
    ) -> Result<(), SignInError> {
        let (plugin, proof) = self.first_proof(&greeting.auth_plugin);
        self.plugin = plugin;
        let login = HandshakeResponse {
            start,
            user: request.user.to_owned(),
            proof,
            database: request.database.map(str::to_owned),
            auth_plugin: Some(plugin.name().to_owned()),
            attributes: request.attributes.to_vec(),
        };
        self.packets.send_with(|out| login.put_payload(out)).await?;
        Ok(())
    }

    /// With the server's default plugin if it and the digest for it are known, else with the other: the server
    /// switches if the account has another one.
    fn first_proof(&self, server_default: &str) -> (AuthPlugin, Vec<u8>) {
        let default = AuthPlugin::from_name(server_default).unwrap_or(AuthPlugin::Native);
        let other = match default {
            AuthPlugin::Native => AuthPlugin::CachingSha2,
            AuthPlugin::CachingSha2 => AuthPlugin::Native,
        };
        for plugin in [default, other] {
            if let Some(proof) = self.proof(plugin) {
                return (plugin, proof);
            }
        }
        (default, Vec::new())
    }

    fn proof(&self, plugin: AuthPlugin) -> Option<Vec<u8>> {
        match plugin {
            AuthPlugin::Native => self.credentials.native_proof(&self.salt),
            AuthPlugin::CachingSha2 => self.credentials.sha2_proof(&self.salt),
        }
    }

    /// Answers until the server is content; its OK.
    async fn authenticate(&mut self) -> Result<Vec<u8>, SignInError> {
        for _ in 0..MAX_AUTH_PACKETS {
            let payload = self.packets.read().await?;
            match AuthPacket::parse(&payload)? {
                AuthPacket::Ok(ok) => return Ok(ok.to_vec()),
                AuthPacket::Error(error) => return Err(SignInError::Refused(error)),
                AuthPacket::Switch(to) => self.switch(&to).await?,
                AuthPacket::More(&[FAST_OK]) => {}
                AuthPacket::More(&[FULL_NEEDED]) => self.send_clear_text().await?,
                AuthPacket::More(_) => return Err(SignInError::Protocol("unexpected plugin data")),
            }
        }
        Err(SignInError::Protocol("an authentication without end"))
    }

    async fn switch(&mut self, to: &AuthSwitch) -> Result<(), SignInError> {
        let Some(plugin) = AuthPlugin::from_name(&to.plugin) else {
            return Err(SignInError::UnknownPlugin(to.plugin.clone()));
        };
        (self.plugin, self.salt) = (plugin, to.salt);
        let proof = self.proof(plugin).ok_or(SignInError::CannotProve(plugin))?;
        self.packets.send(&proof).await?;
        Ok(())
    }

    /// Only caching_sha2_password asks for it, and only over a connection that keeps it from listeners.
    async fn send_clear_text(&mut self) -> Result<(), SignInError> {
        if self.plugin != AuthPlugin::CachingSha2 {
            return Err(SignInError::Protocol("a plugin without clear text asks for it"));
        }
        let clear = self.credentials.clear_text().ok_or(SignInError::NeedsClearText)?;
        if self.packets.stream().is_secure() {
            let password = Zeroizing::new([clear, &[0]].concat());
            self.packets.send(&password).await?;
            return Ok(());
        }
        if !self.request_public_key {
            return Err(SignInError::NeedsClearText);
        }
        self.packets.send(&[REQUEST_PUBLIC_KEY]).await?;
        let payload = self.packets.read().await?;
        let encrypted = match AuthPacket::parse(&payload)? {
            AuthPacket::More(pem) => rsa::encrypt(clear, pem, &self.salt),
            AuthPacket::Error(error) => return Err(SignInError::Refused(error)),
            _ => None,
        };
        let encrypted = encrypted.ok_or(SignInError::Protocol("not a public key"))?;
        self.packets.send(&encrypted).await?;
        Ok(())
    }
}
