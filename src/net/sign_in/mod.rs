//! The proxy as a client: a connection to a MySQL or MariaDB server, signed in as a user.
//!
//! MySQL 5.7 to 9 and MariaDB 10 to 12. What the server says on the way is told apart from what goes wrong
//! with the connection: a server that is full (1040, 1203) is not one that is dead.

mod exchange;
mod types;

pub use types::{Address, BackendLogin, BackendTarget, LoginRequest, SignInError};

use std::io;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpStream, UnixStream};

use super::listener::set_keepalive;
use super::packets::Packets;
use super::stream::Stream;
use super::tls::TlsMode;
use crate::wire::CapabilityFlags;
use crate::wire::auth::AuthPlugin;
use crate::wire::error::ServerError;
use crate::wire::greeting::Greeting;
use crate::wire::login::LoginStart;
use crate::wire::ok::OkPacket;
use exchange::Exchange;

/// What a login of today needs, where the server can.
const LOGIN_CAPABILITIES: CapabilityFlags = CapabilityFlags::CLIENT_PROTOCOL_41
    .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA);

/// Connects and signs in, within `target.timeout`.
pub async fn sign_in(
    target: &BackendTarget,
    request: &LoginRequest<'_>,
) -> Result<BackendLogin, SignInError> {
    let signing_in = async {
        let stream = connect(&target.address, target.keepalive).await.map_err(SignInError::Io)?;
        sign_in_over(stream, target, request).await
    };
    // Boxed: the session that awaits it must not stay as large as a login for all its life.
    let signing_in = Box::pin(signing_in);
    tokio::time::timeout(target.timeout, signing_in).await.unwrap_or(Err(SignInError::Timeout))
}

async fn connect(address: &Address, keepalive: Duration) -> io::Result<Stream> {
    match address {
        Address::Tcp { host, port } => {
            let tcp = TcpStream::connect((host.as_str(), *port)).await?;
            tcp.set_nodelay(true)?;
            set_keepalive(&SockRef::from(&tcp), keepalive)?;
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
