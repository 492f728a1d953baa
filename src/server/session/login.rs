//! From an accepted socket to a session that has said OK.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Client, Session};
use crate::net::{Accepted, ClientLogin, Hello, Peer, Pipe, accept_login};
use crate::query;
use crate::server::channel::Channel;
use crate::server::processes::Listed;
use crate::server::shared::Shared;
use crate::wire::error::ServerError;
use crate::wire::{CapabilityFlags, MariadbCapabilities};

/// What this server can do for a client.
const OFFERED: CapabilityFlags = CapabilityFlags::CLIENT_LONG_PASSWORD
    .union(CapabilityFlags::CLIENT_FOUND_ROWS)
    .union(CapabilityFlags::CLIENT_LONG_FLAG)
    .union(CapabilityFlags::CLIENT_CONNECT_WITH_DB)
    .union(CapabilityFlags::CLIENT_NO_SCHEMA)
    .union(CapabilityFlags::CLIENT_COMPRESS)
    .union(CapabilityFlags::CLIENT_ODBC)
    .union(CapabilityFlags::CLIENT_LOCAL_FILES)
    .union(CapabilityFlags::CLIENT_IGNORE_SPACE)
    .union(CapabilityFlags::CLIENT_PROTOCOL_41)
    .union(CapabilityFlags::CLIENT_INTERACTIVE)
    .union(CapabilityFlags::CLIENT_IGNORE_SIGPIPE)
    .union(CapabilityFlags::CLIENT_TRANSACTIONS)
    .union(CapabilityFlags::CLIENT_RESERVED)
    .union(CapabilityFlags::CLIENT_MULTI_STATEMENTS)
    .union(CapabilityFlags::CLIENT_MULTI_RESULTS)
    .union(CapabilityFlags::CLIENT_PS_MULTI_RESULTS)
    .union(CapabilityFlags::CLIENT_SESSION_TRACK)
    .union(CapabilityFlags::CLIENT_DEPRECATE_EOF);

/// The greeting's collation: `utf8mb4_0900_ai_ci`, of which it has the low byte.
const GREETING_COLLATION: u8 = 255;

/// Signs a client in. `None`: it was refused and told so, or it left.
pub(super) async fn sign_in(
    shared: Arc<Shared>,
    accepted: Accepted,
    closing: CancellationToken,
) -> Option<Session> {
    let peer = match accepted.peer() {
        Peer::Tcp(address) => Some(address),
        Peer::Unix => None,
    };
    let listed = shared.processes.add(peer, closing);
    let stream = accepted.into_stream(shared.settings.keepalive).ok()?;
    let hello = Hello {
        server_version: &shared.settings.version,
        connection_id: listed.process().id,
        capabilities: OFFERED,
        mariadb_capabilities: MariadbCapabilities::empty(),
        collation: GREETING_COLLATION,
        policy: &shared.policy,
    };
    let login = match accept_login(stream, &hello, &shared.doors).await {
        Ok(login) => login,
        Err(error) => {
            tracing::debug!(%error, "a client did not sign in");
            return None;
        }
    };
    let mut session = session(shared, login, listed);
    match session.enter() {
        Ok(()) => session.channel.flush().await.ok()?,
        Err(error) => {
            session.part(&error).await;
            return None;
        }
    }
    // The OK was the last that is sent as it is.
    if session.client.capabilities.contains(CapabilityFlags::CLIENT_COMPRESS) {
        session.channel = session.channel.compressed();
    }
    Some(session)
}

fn session(shared: Arc<Shared>, mut login: ClientLogin, listed: Listed) -> Session {
    login.credentials.forget_clear_text();
    let peer = listed.process().peer.map_or(Peer::Unix, Peer::from_addr);
    let account = shared.doors.account_name(&login.user, peer);
    let mut query = query::Session::new(u64::from(listed.process().id));
    let (user, host) = account.unwrap_or_else(|| (login.user.clone(), peer.host()));
    query.account = format!("{user}@{host}").into();
    query.user = format!("{}@{}", login.user, peer.host()).into();
    query.client_found_rows = login.capabilities.contains(CapabilityFlags::CLIENT_FOUND_ROWS);
    query.kill = listed.process().kill.clone();
    query.database = login.database.as_deref().map(Arc::from);
    listed.process().identify(&login.user, login.database.as_deref());
    Session {
        channel: Channel::new(Pipe::new(login.stream), login.next_seq),
        client: Client {
            capabilities: login.capabilities,
            salt: login.salt,
            user: login.user,
        },
        query,
        listed,
        shared,
        command: Vec::new(),
    }
}

impl Session {
    /// The OK that ends the login, or why its database cannot be used.
    fn enter(&mut self) -> Result<(), ServerError> {
        self.put_done();
        Ok(())
    }
}
