//! A session that shares server connections: each is leased for a statement or a transaction, brought to the
//! session's state, and given back when nothing binds the session to it any more.
//!
//! ```text
//! choose ─▶ lease ─▶ settle ─▶ statement ─▶ observe ─▶ hand_back (hand_back.rs)
//!             │        └ reset, schema, SET: in one write, where its state differs
//!             └ an idle connection, a new one, or a place in the line for it (line.rs)
//! ```

use std::rc::Rc;
use std::time::Instant;

use smallvec::SmallVec;

use crate::metrics::Lease as Leased;
use crate::proxy::backend::lease::Pool;
use crate::proxy::backend::{Connection, ExchangeError, Identity, Lease, Place, Pools, Shared};
use crate::proxy::pool::{Fit, Profile, Steps};
use crate::proxy::topology::ServerId;
use crate::sql::{Cause, Effects, Kind, StatementClass};
use crate::wire::StatusFlags;
use crate::wire::command;
use crate::wire::error::ServerError;
use crate::wire::response::Expect;

use super::Session;
use super::acquire::NoConnection;
use super::client::Client;
use super::left::Left;
use super::line::Granted;
use super::ready::{EXCHANGE_TIME, FRESH, command_of, tell, timed_out};
use super::relay::Outcome;
use super::state::Delta;
use super::statement::Statement;

/// What a session has beside the others' where connections are shared.
pub struct Pooled {
    identity: Rc<Identity>,
    pools: SmallVec<[(ServerId, Pool); 2]>,
    /// The session's state, and its version.
    profile: Option<(u64, Rc<Profile>)>,
    /// What its last statements left.
    pub left: Left,
    /// Open cursors: the client's ids of their statements, and where they are.
    pub cursors: SmallVec<[(u32, ServerId); 1]>,
    /// What the statement at hand was granted in its turn and has not used yet.
    pub granted: Option<Box<Granted>>,
}

impl Pooled {
    /// Of a client that has signed in.
    pub fn new(client: &Client) -> Self {
        let identity = identity(client);
        Self {
            identity,
            pools: SmallVec::new(),
            profile: None,
            left: Left::default(),
            cursors: SmallVec::new(),
            granted: None,
        }
    }

    /// Cursors are open, or closed, after what was executed or fetched.
    pub fn note_cursor(&mut self, statement: &Statement, server: ServerId, outcome: &Outcome) {
        let Some(id) = statement.prepared else { return };
        let is = |flag| outcome.status.is_some_and(|status| status.contains(flag));
        let done = is(StatusFlags::SERVER_STATUS_LAST_ROW_SENT);
        let fetches = statement.expect == Expect::Rows && outcome.error.is_none() && !done;
        let open = fetches || is(StatusFlags::SERVER_STATUS_CURSOR_EXISTS) && !done;
        self.cursors.retain(|(known, _)| *known != id);
        if open {
            self.cursors.push((id, server));
        }
    }

    /// The session begins anew.
    pub fn forget(&mut self) {
        self.profile = None;
        self.left = Left::default();
        self.cursors.clear();
    }

    pub fn pool(&mut self, pools: &Pools, server: ServerId) -> &Pool {
        let known = self.pools.iter().position(|(known, _)| *known == server);
        let at = known.unwrap_or_else(|| {
            self.pools.push((server, pools.of(server, &self.identity)));
            self.pools.len() - 1
        });
        &self.pools[at].1
    }

    /// Whether nobody has used the connection since this session did.
    fn is_as_left(&self, epoch: u64, shared: &Shared) -> bool {
        let left = &self.left;
        left.is_on(epoch, shared)
            || left.has_id(epoch, shared)
            || left.has_diagnostics(epoch, shared)
    }

    /// How an idle connection suits.
    pub(super) fn fit(&self, profile: &Rc<Profile>, connection: &Connection) -> Fit {
        let Some(shared) = &connection.shared else { return Fit::Never };
        let in_state = Rc::ptr_eq(&shared.told, profile);
        if self.is_as_left(connection.epoch, shared) {
            return Fit::Own;
        }
        match () {
            () if shared.told.schema.is_some() && profile.schema.is_none() => Fit::Never,
            () if in_state && !shared.doubtful => Fit::Same,
            () => Fit::Other,
        }
    }

    /// The same for a connection that is used without any further step.
    pub(super) fn fit_at_once(
        &self,
        profile: &Rc<Profile>,
        connection: &Connection,
        now: Instant,
    ) -> Fit {
        let fresh = now.saturating_duration_since(connection.idle_since) < FRESH;
        let ready = connection.shared.as_ref().is_some_and(|s| Rc::ptr_eq(&s.told, profile));
        match fresh && ready && connection.tracks {
            true => self.fit(profile, connection),
            false => Fit::Other,
        }
    }
}

fn identity(client: &Client) -> Rc<Identity> {
    let identity = Identity {
        user: client.user.clone(),
        proof: client.credentials.fingerprint(),
        capabilities: client.capabilities,
        mariadb_capabilities: client.mariadb_capabilities,
        collation: client.collation,
    };
    Rc::new(identity.without_trifles())
}

/// What runs statements of its own, of which the answer does not tell everything.
pub fn is_opaque(class: &StatementClass) -> bool {
    matches!(
        class.cause,
        Cause::Call
            | Cause::MultiStatement
            | Cause::Compound
            | Cause::PreparedText
            | Cause::Do
            | Cause::VersionComment
            | Cause::TooComplex
            | Cause::TooLong
            | Cause::Unlexable
            | Cause::UnknownStatement
            | Cause::ParseError
    )
}

/// What may leave something behind that no report shows, even after it was given back or ended.
pub fn leaves_doubt(class: &StatementClass) -> bool {
    let harmless = Effects::CALC_FOUND_ROWS | Effects::SETS_INSERT_ID | Effects::IMPLICIT_COMMIT;
    is_opaque(class) || !class.effects.without(harmless).is_empty()
}

/// What shows in its own way what it changes.
pub fn explains_changes(class: &StatementClass) -> bool {
    !class.effects.is_empty()
        || class.cause == Cause::Ddl
        || matches!(
            class.kind,
            Kind::SetSession
                | Kind::SetTransaction { .. }
                | Kind::Use
                | Kind::Prepare
                | Kind::Deallocate
                | Kind::Execute
        )
}

impl Session {
    /// The session's state as one value.
    pub(super) fn profile(&mut self) -> Rc<Profile> {
        let version = self.state.version();
        if let Some(pooled) = &self.pooled
            && let Some((known, profile)) = &pooled.profile
            && *known == version
        {
            return profile.clone();
        }
        let profile = self.local.profiles.borrow_mut().one(self.state.profile());
        if let Some(pooled) = &mut self.pooled {
            pooled.profile = Some((version, profile.clone()));
        }
        profile
    }

    /// Leases a connection to the server and brings it to the session's state.
    pub(super) async fn lease(&mut self, server: ServerId) -> Result<(), NoConnection> {
        let profile = self.profile();
        let lease = self.ask_for_lease(server, &profile).await?;
        // Thousands may wait for that; only those who had their turn need room for what follows.
        Box::pin(self.use_lease(server, lease, &profile)).await
    }

    async fn use_lease(
        &mut self,
        server: ServerId,
        lease: Lease,
        profile: &Rc<Profile>,
    ) -> Result<(), NoConnection> {
        let connection = match lease {
            Lease::Place(place) => self.open_shared(server, profile, place).await?,
            Lease::Connection(connection) => match self.check(connection, profile).await {
                Ok(connection) => connection,
                Err(place) => self.open_shared(server, profile, place).await?,
            },
        };
        let mut connection = self.settle(server, connection, profile).await?;
        connection.synced = self.state.version();
        self.connections.push(connection);
        Ok(())
    }

    /// A connection that others have used: as it is, or only its place, where it is of no use.
    async fn check(
        &mut self,
        mut connection: Box<Connection>,
        profile: &Rc<Profile>,
    ) -> Result<Box<Connection>, Place> {
        let now = Instant::now();
        let idle = now.saturating_duration_since(connection.idle_since);
        let age = self.local.pools.as_ref().map(|pools| pools.bounds().age);
        let old = age.is_some_and(|age| now.saturating_duration_since(connection.opened) >= age);
        let reachable = connection.shared.as_ref().is_some_and(|shared| {
            Rc::ptr_eq(&shared.told, profile)
                || shared.told.steps(profile, &shared.base, shared.doubtful).is_some()
        });
        if !old && reachable && (idle < FRESH || !connection.is_stale().await) {
            return Ok(connection);
        }
        match connection.shared.as_mut().and_then(|shared| shared.place.take()) {
            Some(place) => {
                tokio::task::spawn_local(connection.quit());
                Err(place)
            }
            // Every shared connection has one.
            None => Ok(connection),
        }
    }

    async fn open_shared(
        &mut self,
        server: ServerId,
        profile: &Rc<Profile>,
        place: Place,
    ) -> Result<Box<Connection>, NoConnection> {
        let schema = profile.schema.clone();
        let told = Profile { schema, ..Profile::default() };
        let told = self.local.profiles.borrow_mut().one(told);
        let opened = self.open_connection(server, Some(Box::new(Shared::new(told, place)))).await?;
        self.local.shared.metrics.leased(Leased::Opened);
        Ok(opened)
    }

    /// Has a connection told the session's state with what it is sent next.
    pub(super) async fn settle(
        &mut self,
        server: ServerId,
        mut connection: Box<Connection>,
        profile: &Rc<Profile>,
    ) -> Result<Box<Connection>, NoConnection> {
        let bringing = self.bring(&mut connection, profile);
        let brought = tokio::time::timeout(EXCHANGE_TIME, bringing).await;
        match brought.unwrap_or_else(|_| Err(timed_out())) {
            Ok(()) => Ok(connection),
            Err(ExchangeError::Refused(error)) => Err(NoConnection::Error(error)),
            Err(ExchangeError::Io(_)) => {
                self.server_failed(server);
                Err(NoConnection::Error(ServerError::backend_lost()))
            }
        }
    }

    /// What it is told for that. When it fails, the connection must not be used.
    pub(super) async fn bring(
        &mut self,
        connection: &mut Connection,
        profile: &Rc<Profile>,
    ) -> Result<(), ExchangeError> {
        let epoch = connection.epoch;
        let (Some(pooled), Some(shared)) = (&self.pooled, &mut connection.shared) else {
            return Ok(());
        };
        let own = pooled.is_as_left(epoch, shared);
        let doubt = shared.doubtful && !own;
        let same = Rc::ptr_eq(&shared.told, profile) && !doubt && connection.tracks;
        let metrics = self.local.shared.metrics.clone();
        if same {
            metrics.leased(Leased::Same);
            return Ok(());
        }
        let Some(steps) = shared.told.steps(profile, &shared.base, doubt) else {
            return Err(timed_out());
        };
        metrics.leased(if steps.reset { Leased::Reset } else { Leased::Told });
        take_steps(connection, steps, &mut self.state).await?;
        if let Some(shared) = &mut connection.shared {
            shared.told = profile.clone();
            shared.doubtful &= own;
        }
        Ok(())
    }

    /// Turns a connection at hand from one state of the session into another, for a moment. What cannot be
    /// turned fails the connection.
    pub(super) async fn switch(
        &mut self,
        connection: &mut Connection,
        from: &Profile,
        to: &Profile,
    ) -> Result<(), ExchangeError> {
        let base = connection.shared.as_ref().map(|shared| shared.base.clone()).unwrap_or_default();
        let steps = from.steps(to, &base, false).filter(|steps| !steps.reset);
        take_steps(connection, steps.ok_or_else(timed_out)?, &mut self.state).await
    }

    /// Signs in to the server while the password itself is known, if nobody of this account has.
    pub(super) async fn warm_pool(&mut self, server: ServerId) {
        let local = self.local.clone();
        let (Some(pooled), Some(pools)) = (&mut self.pooled, &local.pools) else { return };
        // A server that cannot be reached now is asked again when it is needed.
        if pooled.pool(pools, server).is_unused()
            && self.lease(server).await.is_ok()
            && self.settle_first(server).await.is_ok()
        {
            self.hand_back().await;
        }
    }

    /// Other flags: other pools. What the last statements left stays.
    pub(super) fn change_pools(&mut self) {
        if let Some(pooled) = &mut self.pooled {
            let left = std::mem::take(&mut pooled.left);
            **pooled = Pooled { left, ..Pooled::new(&self.client) };
        }
    }
}

/// Queues the steps: they go in one write.
async fn take_steps(
    connection: &mut Connection,
    steps: Steps,
    state: &mut super::state::SessionState,
) -> Result<(), ExchangeError> {
    let Steps { reset, schema, undo, unreported, set } = steps;
    if reset {
        connection.queue_told(&[command::RESET_CONNECTION], true);
        connection.text_statements.clear();
        connection.tracks = false;
        if let Some(shared) = &mut connection.shared {
            shared.prepared.clear();
        }
    }
    if let Some(undo) = undo {
        connection.queue_told(&command_of(command::QUERY, undo.as_bytes()), true);
    }
    tell(connection, Delta { schema, unreported, set }, state).await
}
