//! From an accepted socket to a session.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use tokio::task::AbortHandle;

use crate::metrics::{GaugeGuard, Refusal, SignInFailure};
use crate::net::{Accepted, Hello, LoginError, Pipe, accept_login};
use crate::proxy::registry::Entry;
use crate::proxy::topology::Greeting;
use crate::wire::{CapabilityFlags, MariadbCapabilities};

use super::client::Client;
use super::held::Held;
use super::pulse::{Pulse, Running};
use super::state::{SessionState, Start};
use super::statements::Statements;
use super::{Local, Session};

/// What the proxy can do for a client, as far as the servers can. Not offered: Zstandard
/// compression, query attributes and optional metadata, which change the packets that the proxy reads.
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
    .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
    .union(CapabilityFlags::CLIENT_MULTI_STATEMENTS)
    .union(CapabilityFlags::CLIENT_MULTI_RESULTS)
    .union(CapabilityFlags::CLIENT_PS_MULTI_RESULTS)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH)
    .union(CapabilityFlags::CLIENT_CONNECT_ATTRS)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA)
    .union(CapabilityFlags::CLIENT_SESSION_TRACK)
    .union(CapabilityFlags::CLIENT_DEPRECATE_EOF);

/// Of MariaDB's own flags: the one that only changes column definitions, which are not read.
/// Bulk execution and cached metadata would change what must be followed.
const OFFERED_MARIADB: MariadbCapabilities = MariadbCapabilities::MARIADB_CLIENT_EXTENDED_METADATA;

/// The task's own handle, filled in by whoever spawned it.
pub type OwnTask = Rc<OnceCell<AbortHandle>>;

/// Serves one connection from its first byte to its last.
pub async fn serve(local: Rc<Local>, accepted: Accepted, counted: GaugeGuard, task: OwnTask) {
    // The state of a sign-in is large; boxed, it is gone when the session begins. So is the session,
    // so that the idle task is no more than a pointer and what the next command needs.
    let session = Box::pin(sign_in(local, accepted, counted, task)).await;
    if let Some((session, sequence)) = session {
        begin(session, sequence).await;
    }
}

async fn begin(mut session: Box<Session>, sequence: u8) {
    let pulses = session.local.clone();
    let id = session.client.id;
    pulses.pulses.borrow_mut().insert(id, session.pulse.clone());
    let _listed = Listed { local: pulses, id };
    if Box::pin(session.enter(sequence)).await.is_ok() {
        // The OK was the last that is sent as it is.
        if session.client.capabilities.contains(CapabilityFlags::CLIENT_COMPRESS) {
            session.client.pipe = session.client.pipe.compressed();
        }
        session.run().await;
    }
}

/// Takes the session off the worker's list when dropped.
struct Listed {
    local: Rc<Local>,
    id: u32,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.local.pulses.borrow_mut().remove(&self.id);
    }
}

async fn sign_in(
    local: Rc<Local>,
    accepted: Accepted,
    counted: GaugeGuard,
    task: OwnTask,
) -> Option<(Box<Session>, u8)> {
    let shared = local.shared.clone();
    let id = shared.registry.next_id();
    let greeting = shared.views.load().version.clone();
    let live = shared.lives.current();
    let stream = accepted.into_stream(live.limits.keepalive).ok()?;
    let hello = hello(&greeting, id, &live.login);
    let login = match accept_login(stream, &hello, &*shared.accounts).await {
        Ok(login) => login,
        Err(error) => {
            shared.metrics.client_refused(refusal(&error));
            if let Some(failure) = failure(&error) {
                shared.metrics.sign_in_failed(failure);
            }
            tracing::debug!(%error, "a client did not sign in");
            return None;
        }
    };
    let user: Arc<str> = login.user.as_str().into();
    let running = Arc::new(Running::default());
    let entry = Entry { user: user.clone(), abort: task.get()?.clone(), running: running.clone() };
    let mut state = SessionState::new(&Start {
        schema: login.database.as_deref(),
        sql_mode: &greeting.sql_mode,
        collation: login.collation,
        ignore_space: login.capabilities.contains(CapabilityFlags::CLIENT_IGNORE_SPACE),
    });
    let client = Client {
        pipe: Pipe::new(login.stream),
        capabilities: login.capabilities,
        mariadb_capabilities: login.mariadb_capabilities,
        id,
        user,
        credentials: login.credentials,
        collation: login.collation,
        attributes: login.attributes,
        salt: login.salt,
    };
    let pooled = local.pools.as_ref().map(|_| Box::new(super::Pooled::new(&client)));
    if pooled.is_some() {
        state.watch_changes();
    }
    let replay = live.limits.replay.map(|limits| Box::new(super::Replay::new(limits)));
    if replay.is_some() {
        state.watch_transactions();
    }
    let mut held = Held::new();
    held.shares = pooled.is_some();
    let session = Box::new(Session {
        local,
        client,
        pulse: Rc::new(Pulse::new(running)),
        connections: Default::default(),
        reader: None,
        state,
        held,
        asked: Default::default(),
        user_rules: Default::default(),
        route_hint: None,
        hint_warnings: None,
        last_route: None,
        shape_context: None,
        statements: Statements::default(),
        text_statements: Default::default(),
        rewritten: None,
        instead: None,
        pooled,
        replay,
        _registration: shared.registry.register(id, entry),
        _counted: counted,
    });
    Some((session, login.next_seq))
}

fn hello<'a>(greeting: &'a Greeting, id: u32, policy: &'a crate::net::LoginPolicy) -> Hello<'a> {
    Hello {
        server_version: &greeting.server_version,
        connection_id: id,
        capabilities: greeting.capabilities.map_or(OFFERED, |servers| OFFERED & servers),
        mariadb_capabilities: OFFERED_MARIADB & greeting.mariadb_capabilities,
        collation: greeting.collation,
        policy,
    }
}

/// Whether the user exists is nobody's business who reads metrics.
fn failure(error: &LoginError) -> Option<SignInFailure> {
    match error {
        LoginError::Denied { .. } => Some(SignInFailure::WrongProof),
        LoginError::Locked { .. } => Some(SignInFailure::Locked),
        LoginError::OldClient => Some(SignInFailure::Plugin),
        _ => None,
    }
}

fn refusal(error: &LoginError) -> Refusal {
    match error {
        LoginError::Timeout => Refusal::Timeout,
        LoginError::Tls(_) | LoginError::TlsRequired => Refusal::Tls,
        LoginError::Denied { .. } | LoginError::Locked { .. } | LoginError::OldClient => {
            Refusal::SignIn
        }
        LoginError::Io(_) => Refusal::Left,
        _ => Refusal::Protocol,
    }
}
