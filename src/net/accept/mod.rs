//! The proxy as a server: greeting, TLS, login, authentication.
//!
//! ```text
//! proxy   greeting (salt)
//! client  [TLS request, TLS]
//! client  login (user, proof, database, attributes)
//! proxy   [switch to the account's plugin, plugin data ...]
//! proxy   error and close, or: the session takes over and sends the OK
//! ```
//! The OK is left to the session, which may first have to find out whether the database exists.

mod authenticate;
mod types;

pub use types::{
    Account, Accounts, ChangeUserContext, ClientLogin, Hello, LoginError, LoginPolicy, Secret,
    UserChanged,
};

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout, timeout_at};

use super::packets::Packets;
use super::stream::Stream;
use crate::wire::auth::AuthPlugin;
use crate::wire::error::ServerError;
use crate::wire::greeting::{Greeting, SALT_LEN};
use crate::wire::login::{ChangeUser, FirstPacket, HandshakeResponse, LoginPacketError};
use crate::wire::{CapabilityFlags, StatusFlags};
use authenticate::{Attempt, Scene, authenticate};

/// How long a client that is refused may take to receive the error.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// What every login of today needs; added to whatever the caller offers.
const LOGIN_CAPABILITIES: CapabilityFlags = CapabilityFlags::CLIENT_PROTOCOL_41
    .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA)
    .union(CapabilityFlags::CLIENT_CONNECT_ATTRS)
    .union(CapabilityFlags::CLIENT_CONNECT_WITH_DB);

/// Logs a client in, or tells it why not and closes the connection. Ends within `hello.policy.timeout`.
pub async fn accept_login(
    stream: Stream,
    hello: &Hello<'_>,
    accounts: &impl Accounts,
) -> Result<ClientLogin, LoginError> {
    // Boxed: the session that awaits it must not stay as large as a login for all its life.
    Box::pin(accept(stream, hello, accounts)).await
}

async fn accept(
    mut stream: Stream,
    hello: &Hello<'_>,
    accounts: &impl Accounts,
) -> Result<ClientLogin, LoginError> {
    let deadline = Instant::now() + hello.policy.timeout;
    let opened =
        timeout_at(deadline, open(stream, hello)).await.unwrap_or(Err(LoginError::Timeout));
    let opened = opened?;
    stream = opened.stream;
    let mut seq = opened.seq;
    let login = &opened.login;
    let proving = prove(&mut stream, &mut seq, hello, login, opened.salt, accounts);
    let proved = timeout_at(deadline, proving).await.unwrap_or(Err(LoginError::Timeout));
    match proved {
        Ok(proved) => Ok(finish(stream, seq, hello, opened.login, proved)),
        Err(error) => {
            refuse(&mut stream, seq, &error).await;
            Err(error)
        }
    }
}

/// Sends an error in place of the greeting, such as 1040, and closes the connection.
pub async fn turn_away(mut stream: Stream, error: &ServerError) {
    let packet = error.to_first_packet();
    let sending = async {
        stream.write_all(&packet).await?;
        stream.shutdown().await
    };
    // Whether it arrives changes nothing: the connection ends here.
    let _ = timeout(REFUSAL_TIMEOUT, sending).await;
}

/// Authenticates COM_CHANGE_USER. `seq` is that of the next packet to send. After an error, which the client
/// has then been told, the connection must be closed, as MySQL does. As with a login, the OK is not yet sent.
pub async fn change_user(
    stream: &mut Stream,
    seq: u8,
    change: &ChangeUser,
    context: &ChangeUserContext<'_>,
    accounts: &impl Accounts,
) -> Result<UserChanged, LoginError> {
    Box::pin(change_to(stream, seq, change, context, accounts)).await
}

async fn change_to(
    stream: &mut Stream,
    mut seq: u8,
    change: &ChangeUser,
    context: &ChangeUserContext<'_>,
    accounts: &impl Accounts,
) -> Result<UserChanged, LoginError> {
    let can_switch = context.capabilities.contains(CapabilityFlags::CLIENT_PLUGIN_AUTH);
    let attempt = Attempt {
        user: &change.user,
        proof: &change.proof,
        plugin: change.auth_plugin.as_deref(),
        salt: context.salt,
        can_switch,
        retry_with_new_salt: can_switch,
    };
    let scene = Scene { accounts, policy: context.policy, peer: stream.peer()? };
    let mut packets = Packets::new(stream, seq);
    let proving = authenticate(&mut packets, &attempt, &scene);
    let proved = timeout(context.policy.timeout, proving).await.unwrap_or(Err(LoginError::Timeout));
    seq = packets.seq();
    match proved {
        Ok(proved) => {
            Ok(UserChanged { credentials: proved.credentials, salt: proved.salt, next_seq: seq })
        }
        Err(error) => {
            refuse(stream, seq, &error).await;
            Err(error)
        }
    }
}

/// A login packet that has arrived, on the connection that it is to go on with.
struct Opened {
    stream: Stream,
    seq: u8,
    salt: [u8; SALT_LEN],
    login: HandshakeResponse,
}

/// Greets, starts TLS if asked to, reads the login.
async fn open(mut stream: Stream, hello: &Hello<'_>) -> Result<Opened, LoginError> {
    let salt = random_salt();
    let mut packets = Packets::new(&mut stream, 0);
    packets.send_with(|out| greeting(hello, salt).put_payload(out)).await?;
    let mut first = first_packet(&mut stream, 1).await?;
    let mut seq = 2;
    if let FirstPacket::TlsRequest(_) = first {
        let Some(tls) = &hello.policy.tls else {
            let error = LoginError::Malformed("a TLS request to a proxy without TLS");
            refuse(&mut stream, seq, &error).await;
            return Err(error);
        };
        stream = tls.accept(stream).await.map_err(LoginError::Tls)?;
        first = first_packet(&mut stream, 2).await?;
        seq = 3;
    }
    match first {
        FirstPacket::Login(login) => Ok(Opened { stream, seq, salt, login }),
        FirstPacket::TlsRequest(_) => {
            let error = LoginError::Malformed("a TLS request inside TLS");
            refuse(&mut stream, seq, &error).await;
            Err(error)
        }
    }
}

/// Reads the packet with the number `seq`, and refuses the client if it is not one of a login.
async fn first_packet(stream: &mut Stream, seq: u8) -> Result<FirstPacket, LoginError> {
    let read = Packets::new(stream, seq).read().await;
    let parsed = match read {
        Ok(payload) => FirstPacket::parse(&payload).map_err(|error| match error {
            LoginPacketError::TooOld => LoginError::OldClient,
            LoginPacketError::Malformed(malformed) => LoginError::Malformed(malformed.0),
        }),
        Err(error) => Err(error.into()),
    };
    if let Err(error) = &parsed {
        refuse(stream, seq.wrapping_add(1), error).await;
    }
    parsed
}

fn greeting(hello: &Hello<'_>, salt: [u8; SALT_LEN]) -> Greeting {
    Greeting {
        server_version: hello.server_version.to_owned(),
        connection_id: hello.connection_id,
        salt,
        capabilities: offered(hello),
        mariadb_capabilities: hello.mariadb_capabilities,
        collation: hello.collation,
        status: StatusFlags::SERVER_STATUS_AUTOCOMMIT,
        auth_plugin: hello.policy.default_plugin.name().to_owned(),
    }
}

fn offered(hello: &Hello<'_>) -> CapabilityFlags {
    let mut offered = hello.capabilities | LOGIN_CAPABILITIES;
    offered.set(CapabilityFlags::CLIENT_SSL, hello.policy.tls.is_some());
    offered
}

/// Random bytes without NUL, at which clients in C stop reading, and without `$`, as MySQL has it.
pub fn random_salt() -> [u8; SALT_LEN] {
    let mut salt = [0; SALT_LEN];
    // A system without randomness cannot be guarded; aws-lc aborts the process rather than fail here.
    let filled = aws_lc_rs::rand::fill(&mut salt);
    debug_assert!(filled.is_ok(), "randomness");
    for byte in &mut salt {
        *byte = (*byte & 0x7f).max(1);
        if *byte == b'$' {
            *byte += 1;
        }
    }
    salt
}

async fn prove(
    stream: &mut Stream,
    seq: &mut u8,
    hello: &Hello<'_>,
    login: &HandshakeResponse,
    salt: [u8; SALT_LEN],
    accounts: &impl Accounts,
) -> Result<authenticate::Proved, LoginError> {
    if hello.policy.tls_required && !stream.is_secure() {
        return Err(LoginError::TlsRequired);
    }
    let has = |flag| login.start.capabilities.contains(flag);
    if !has(CapabilityFlags::CLIENT_SECURE_CONNECTION) && !has(CapabilityFlags::CLIENT_PLUGIN_AUTH)
    {
        return Err(LoginError::OldClient);
    }
    let attempt = Attempt {
        user: &login.user,
        proof: &login.proof,
        plugin: login.auth_plugin.as_deref(),
        salt,
        can_switch: has(CapabilityFlags::CLIENT_PLUGIN_AUTH),
        retry_with_new_salt: false,
    };
    let scene = Scene { accounts, policy: hello.policy, peer: stream.peer()? };
    let mut packets = Packets::new(stream, *seq);
    let proved = authenticate(&mut packets, &attempt, &scene).await;
    *seq = packets.seq();
    proved
}

fn finish(
    stream: Stream,
    seq: u8,
    hello: &Hello<'_>,
    login: HandshakeResponse,
    proved: authenticate::Proved,
) -> ClientLogin {
    ClientLogin {
        stream,
        user: login.user,
        credentials: proved.credentials,
        database: login.database,
        capabilities: login.start.capabilities & offered(hello),
        mariadb_capabilities: login.start.mariadb_capabilities & hello.mariadb_capabilities,
        collation: login.start.collation,
        attributes: login.attributes,
        salt: proved.salt,
        next_seq: seq,
    }
}

/// Tells the client, if it is still there to be told.
async fn refuse(stream: &mut Stream, seq: u8, error: &LoginError) {
    let Some(told) = error.to_client() else { return };
    let mut packets = Packets::new(stream, seq);
    let protocol_41 = !matches!(error, LoginError::OldClient);
    let sending = packets.send_with(|out| ServerError::put_payload(&told, out, protocol_41));
    // Whether it arrives changes nothing: the connection ends here.
    let _ = timeout(REFUSAL_TIMEOUT, sending).await;
}

/// The plugin whose proof a client of those abilities sends when it names none.
fn unnamed_plugin() -> AuthPlugin {
    AuthPlugin::Native
}

#[cfg(test)]
mod tests;
