//! From an accepted socket to a session that has said OK.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::answer::to_client;
use super::changes::Changes;
use super::idle::IdleTimer;
use super::prepared::Statements;
use super::settings::KnownSettings;
use super::shapes::Shapes;
use super::text_prepared::TextStatements;
use super::{Client, Conversation, Session};
use crate::net::{Accepted, ClientLogin, Hello, Peer, Pipe, accept_login};
use crate::query;
use crate::server::channel::Channel;
use crate::server::processes::Listed;
use crate::server::shared::Shared;
use crate::value::collation::Collation;
use crate::value::types::CollationId;
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
) -> Option<Conversation> {
    let peer = match accepted.peer() {
        Peer::Tcp(address) => Some(address),
        Peer::Unix => None,
    };
    let listed = shared.processes.add(peer, closing);
    shared.counters.connections.fetch_add(1, Relaxed);
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
            shared.counters.aborted_connects.fetch_add(1, Relaxed);
            tracing::debug!(%error, "a client did not sign in");
            return None;
        }
    };
    let compressed = login.capabilities.contains(CapabilityFlags::CLIENT_COMPRESS);
    let mut conversation = conversation(shared, login, listed);
    if let Err(error) = conversation.session.enter() {
        conversation.part(&error).await;
        return None;
    }
    conversation.put_done();
    conversation.channel.flush().await.ok()?;
    // The OK was the last that is sent as it is.
    if compressed {
        conversation.channel = conversation.channel.compressed();
    }
    Some(conversation)
}

fn conversation(shared: Arc<Shared>, mut login: ClientLogin, listed: Listed) -> Conversation {
    login.credentials.forget_clear_text();
    let peer = listed.process().peer.map_or(Peer::Unix, Peer::from_addr);
    let client = Client {
        capabilities: login.capabilities,
        salt: login.salt,
        account: shared.account_of(&login.user, peer),
        user: login.user,
        collation: CollationId(u16::from(login.collation)),
    };
    let mut query = shared.new_query_session(listed.process(), &client);
    query.database = login.database.as_deref().map(Arc::from);
    listed.process().identify(&client.user, login.database.as_deref());
    let multi_statements = client.capabilities.contains(CapabilityFlags::CLIENT_MULTI_STATEMENTS);
    let mut session = Session {
        shared,
        client,
        query,
        listed,
        text_statements: TextStatements::default(),
        shapes: Shapes::default(),
        changes: Changes::default(),
        known_settings: KnownSettings::default(),
        multi_statements,
        shows_diagnostics: false,
        acks: super::ack::Acks::default(),
        tables_locked: false,
        locked_names: None,
        released: false,
    };
    let closing = Box::pin(session.listed.process().closing.clone().cancelled_owned());
    let mut idle = IdleTimer::new();
    let limit = Duration::from_secs(session.settings().wait_s);
    idle.start(std::time::Instant::now(), limit);
    Conversation {
        channel: Channel::new(Pipe::new(login.stream), login.next_seq),
        session,
        command: Vec::new(),
        text: None,
        statements: Statements::default(),
        idle,
        closing,
        registered: None,
    }
}

impl Session {
    /// Takes the client's collation, and checks that its schema can be used.
    pub(super) fn enter(&mut self) -> Result<(), ServerError> {
        if Collation::by_id(self.client.collation).is_some() {
            let variables = &mut self.query.variables;
            variables.character_set_client = self.client.collation;
            variables.character_set_results = Some(self.client.collation);
            variables.collation_connection = self.client.collation;
        }
        let Some(name) = self.query.database.clone() else { return Ok(()) };
        query::use_schema(&mut self.query, &name).map_err(to_client)
    }
}
