//! From a route to a connection that is ready: choosing a server, opening a connection where there
//! is none, and bringing it to the session's state.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use smallvec::SmallVec;

use crate::metrics::Fallback;
use crate::net::LoginRequest;
use crate::proxy::backend::pool::tracking;
use crate::proxy::backend::{ConnectError, Connection, ExchangeError, Load, Shared};
use crate::proxy::causal::{Need, Policy, Shortfall, Standing};
use crate::proxy::route::pick::{Candidate, pick};
use crate::proxy::route::{Reason, Route, Rule, Target};
use crate::proxy::topology::{ServerId, ServerView, View};
use crate::wire::command;
use crate::wire::error::ServerError;

use super::Session;
use super::causal::{Patience, Wait, Waiting};
use super::client::Arrived;
use super::hints::Wishes;
use super::line::InLine;
use super::protect::AtTheDoor;
use super::state::{Delta, SessionState};
use super::statement::Statement;

/// What a statement has been through while it looked for a server.
#[derive(Debug)]
pub struct Attempt {
    pub begun: Instant,
    /// The consistency that it wants.
    pub policy: Policy,
    /// What its hints want.
    pub wishes: Option<Rc<Wishes>>,
    /// The operator's rule that holds for it.
    pub rule: Option<Arc<Rule>>,
    /// Whether it may wait for a replica.
    pub patience: Patience,
    /// What it waits for on the server that it got.
    pub wait: Option<Wait>,
    /// Where it waited in vain.
    pub in_vain: Option<ServerId>,
    /// Servers that failed it.
    pub failed: SmallVec<[ServerId; 4]>,
    /// Why it went where it went in the end, where that differs from the plan.
    pub reason: Option<Reason>,
    /// Servers that were lost under it.
    pub losses: u32,
    /// Its server may be told the session's state in the same write: where that fails, the statement has had no
    /// effect but on the connection, which is closed.
    pub along: bool,
    /// Where it stands with the primary, which takes only so many reads.
    pub door: AtTheDoor,
    /// Its place in the line for a connection to its server.
    pub place: Option<InLine>,
    /// When waiting for a server ends, once it has begun.
    deadline: Option<Instant>,
}

impl Attempt {
    /// For a statement that arrived at this time.
    pub fn new(begun: Instant, policy: Policy) -> Self {
        Self {
            begun,
            policy,
            wishes: None,
            rule: None,
            patience: Patience::Unknown,
            wait: None,
            in_vain: None,
            failed: SmallVec::new(),
            reason: None,
            losses: 0,
            along: false,
            door: AtTheDoor::default(),
            place: None,
            deadline: None,
        }
    }

    /// For what has to have its server by `deadline`.
    pub fn until(deadline: Instant, policy: Policy) -> Self {
        Self { deadline: Some(deadline), ..Self::new(Instant::now(), policy) }
    }

    /// The same with the statement's hints.
    pub fn with_wishes(mut self, wishes: &Option<Rc<Wishes>>) -> Self {
        if let Some(wishes) = wishes {
            self.policy = self.policy.with(wishes.overlay);
            self.wishes = Some(Rc::clone(wishes));
        }
        self
    }

    /// The same under the operator's rule.
    pub fn under(mut self, rule: Option<Arc<Rule>>) -> Self {
        self.rule = rule;
        self
    }

    /// The time. The first look at the servers follows the arrival so closely that the clock need
    /// not be read again.
    pub fn now(&self) -> Instant {
        match self.failed.is_empty() && self.deadline.is_none() && !self.door.has_waited() {
            true => self.begun,
            false => Instant::now(),
        }
    }
}

/// What is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Server(ServerId),
    /// A replica that is expected to have soon what is needed.
    Soon(ServerId),
    /// This, the primary, when it is the read's turn.
    InLine(ServerId),
    None,
}

impl From<Option<ServerId>> for Choice {
    fn from(server: Option<ServerId>) -> Self {
        server.map_or(Self::None, Self::Server)
    }
}

/// How a replica looks to a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is given no reads, or has failed the statement.
    Unfit,
    /// It may serve it.
    Ready,
    /// It may, but had better not for a moment.
    Avoided,
    /// It is expected to have soon what it lacks.
    Soon(Shortfall),
    /// It lacks something.
    Short(Shortfall),
}

/// A connection that was used so recently is not looked at before it is used again.
pub(super) const FRESH: Duration = Duration::from_millis(100);

/// Longest wait for the answer to one of the proxy's own commands. A server that is stopped does
/// not answer, and the client's statement may run elsewhere.
pub const EXCHANGE_TIME: Duration = Duration::from_secs(5);

/// The error of an exchange that took longer.
pub fn timed_out() -> ExchangeError {
    ExchangeError::Io(std::io::ErrorKind::TimedOut.into())
}

/// Longest pause between two attempts to reach a server again; a new view ends it early.
pub(super) const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// No connection could be had.
#[derive(Debug)]
pub enum NoConnection {
    /// What the client is told.
    Error(ServerError),
    /// What the client is told, without looking elsewhere: the statement's turn did not come.
    Busy(ServerError),
    /// The connection that held the session's state is gone.
    StateLost(ServerId),
}

impl Session {
    /// Finds a server for the route, if the session has a connection to it that may be used at once:
    /// the rule. Where it only has to wait for one, it has a place in the line then. All else is
    /// [`Self::acquire`]'s.
    pub(super) fn acquire_at_once(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        route: &Route,
        attempt: &mut Attempt,
    ) -> Option<ServerId> {
        self.forget_lost_write(attempt.now());
        // What an earlier try waited for is not this one's.
        attempt.wait = None;
        let server = match self.choose(route, attempt, false) {
            Choice::Server(server) => server,
            Choice::Soon(server) => {
                self.grant_patience(arrived, statement, route, attempt);
                if self.begin_to_wait(server, attempt) != Waiting::Begun {
                    return None;
                }
                server
            }
            Choice::InLine(_) | Choice::None => return None,
        };
        let (version, now) = (self.state.version(), attempt.now());
        if self.pooled.is_some()
            && !self.is_connected(server)
            && let Err(place) = self.lease_at_once(server, now)
        {
            attempt.place = place;
            return None;
        }
        let connection = self.connection_to(server)?;
        let fresh = now.duration_since(connection.idle_since) < FRESH;
        let told = connection.synced == version && connection.tracks && !connection.owes();
        (fresh && told).then_some(server)
    }

    /// Finds a server for the route and makes the connection to it ready.
    pub(super) async fn acquire(
        &mut self,
        route: &Route,
        attempt: &mut Attempt,
    ) -> Result<ServerId, NoConnection> {
        let mut last_error = None;
        self.forget_lost_write(attempt.now());
        loop {
            attempt.wait = None;
            let server = match self.choose(route, attempt, last_error.is_some()) {
                Choice::Server(server) => server,
                Choice::Soon(server) => match self.prepare_to_wait(server, attempt).await {
                    true => server,
                    false => continue,
                },
                Choice::InLine(primary) => {
                    Box::pin(self.wait_in_line(primary, attempt)).await?;
                    continue;
                }
                Choice::None => {
                    if self.wait_for_server(route, attempt).await {
                        continue;
                    }
                    let error = last_error.unwrap_or_else(|| none_left(route));
                    return Err(NoConnection::Error(error));
                }
            };
            match self.ready(server, attempt).await {
                Ok(()) => return Ok(server),
                Err(last @ (NoConnection::StateLost(_) | NoConnection::Busy(_))) => {
                    return Err(last);
                }
                Err(NoConnection::Error(error)) if self.must_tell(route, server, &error) => {
                    return Err(NoConnection::Error(error));
                }
                Err(NoConnection::Error(error)) => {
                    self.local.shared.metrics.fell_back(Fallback::Connect);
                    attempt.failed.push(server);
                    last_error = Some(error);
                }
            }
        }
    }

    /// The server says what it would say to the client directly: there is no point in asking
    /// another one.
    fn must_tell(&self, route: &Route, server: ServerId, error: &ServerError) -> bool {
        let held = matches!(route.target, Target::Held(_));
        held || (self.primary() == Some(server) && !is_unreachable(error))
    }

    /// The server to try now.
    pub(super) fn choose(&self, route: &Route, attempt: &mut Attempt, retrying: bool) -> Choice {
        self.local.with_view(|view| self.choose_in(view, route, attempt, retrying))
    }

    fn choose_in(
        &self,
        view: &View,
        route: &Route,
        attempt: &mut Attempt,
        retrying: bool,
    ) -> Choice {
        let primary = view.primary.filter(|primary| !attempt.failed.contains(primary));
        match route.target {
            Target::Held(server) => (!attempt.failed.contains(&server)).then_some(server).into(),
            Target::Primary => primary.into(),
            Target::Any => match primary {
                Some(primary) => Choice::Server(primary),
                None => self.choose_replica(view, attempt),
            },
            Target::Replica => match self.choose_replica(view, attempt) {
                Choice::Server(server) => {
                    self.settle_on_replica(view, server, attempt);
                    Choice::Server(server)
                }
                choice => self.choose_beyond(view, attempt, choice, retrying),
            },
        }
    }

    pub(super) fn choose_replica(&self, view: &View, attempt: &Attempt) -> Choice {
        let now = attempt.now();
        let need = self.need(attempt);
        let mut candidates = SmallVec::<[Candidate; 8]>::new();
        let mut avoided = SmallVec::<[Candidate; 8]>::new();
        let mut soon = SmallVec::<[Candidate; 8]>::new();
        for server in view.replicas_readable_over_open() {
            let list = match self.look(server, &need, attempt, now) {
                Look::Ready => &mut candidates,
                Look::Avoided => &mut avoided,
                Look::Soon(_) => &mut soon,
                Look::Unfit | Look::Short(_) => continue,
            };
            list.push(self.candidate(server, self.local.shared.connector.load(server.id)));
        }
        let turn = self.next_turn();
        let wanted = attempt.wishes.as_ref().and_then(|wishes| self.wanted_server(wishes));
        if let Some(wanted) = wanted {
            // The one that a hint names, if it may serve the read, now or soon.
            let has = |list: &[Candidate]| list.iter().any(|candidate| candidate.server == wanted);
            if has(&candidates) || has(&avoided) {
                return Choice::Server(wanted);
            }
            if has(&soon) {
                return Choice::Soon(wanted);
            }
        }
        if candidates.is_empty() && avoided.is_empty() {
            return pick(&soon, turn).map_or(Choice::None, Choice::Soon);
        }
        pick(if candidates.is_empty() { &avoided } else { &candidates }, turn).into()
    }

    /// How a replica looks to a statement that may run on one.
    #[inline]
    pub(super) fn look(
        &self,
        server: &ServerView,
        need: &Need<'_>,
        attempt: &Attempt,
        now: Instant,
    ) -> Look {
        let connected = self.is_connected(server.id);
        let readable = server.reads || connected && server.reads_over_open;
        if !readable || attempt.failed.contains(&server.id) {
            return Look::Unfit;
        }
        let avoids = || !connected && self.local.shared.connector.load(server.id).is_avoided(now);
        match self.standing(need, server.id) {
            Standing::Ready if avoids() => Look::Avoided,
            Standing::Ready => Look::Ready,
            Standing::Short(short) if !avoids() && self.is_expected(server, short, attempt) => {
                Look::Soon(short)
            }
            Standing::Short(short) => Look::Short(short),
        }
    }

    /// A number that rises with each choice.
    pub(super) fn next_turn(&self) -> usize {
        let turn = self.local.turn.get();
        self.local.turn.set(turn.wrapping_add(1));
        turn
    }

    pub(super) fn is_connected(&self, server: ServerId) -> bool {
        self.connections.iter().any(|connection| connection.server == server)
    }

    pub(super) fn candidate(&self, server: &ServerView, load: &Load) -> Candidate {
        let overload = self.local.limits().protection.zone_overload;
        Candidate {
            server: server.id,
            in_flight: load.in_flight(),
            latency_us: load.latency_us() as f32,
            weight: server.weight,
            current: self.reader == Some(server.id),
            near: server.near,
            crowded: overload.is_some_and(|limit| server.near && load.is_crowded(limit)),
        }
    }

    /// No server is left: waits a moment for one to come, or come back. `false` when the time that
    /// a statement may wait is over.
    async fn wait_for_server(&mut self, route: &Route, attempt: &mut Attempt) -> bool {
        if matches!(route.target, Target::Held(_)) {
            return false;
        }
        let now = Instant::now();
        let limit = self.local.limits().primary_wait;
        let deadline = *attempt.deadline.get_or_insert(now + limit);
        let Some(left) = deadline.checked_duration_since(now).filter(|left| !left.is_zero()) else {
            return false;
        };
        let views = &self.local.shared.views;
        let generation = views.load().generation;
        let _ = tokio::time::timeout(left.min(RETRY_PAUSE), views.newer_than(generation)).await;
        attempt.failed.clear();
        true
    }

    /// Makes sure that there is a live connection to the server which has the session's state, or has been told
    /// when the statement arrives.
    async fn ready(&mut self, server: ServerId, attempt: &Attempt) -> Result<(), NoConnection> {
        self.close_if_stale(server, attempt.now()).await?;
        if self.connection_to(server).is_none() {
            match self.pooled {
                Some(_) => Box::pin(self.lease(server)).await?,
                None => Box::pin(self.open(server)).await?,
            }
        }
        let version = self.state.version();
        if self.connection_to(server).is_some_and(|c| c.synced != version || !c.tracks) {
            Box::pin(self.bring_up_to_date(server)).await?;
        }
        let along = attempt.along && !self.held.relies_on(server);
        match self.connection_to(server) {
            Some(connection) if connection.owes() && !along => {
                Box::pin(self.settle_first(server)).await
            }
            _ => Ok(()),
        }
    }

    /// Waits until the server has said that the connection is in the session's state.
    pub(super) async fn settle_first(&mut self, server: ServerId) -> Result<(), NoConnection> {
        let Some(connection) = self.connection_to(server) else {
            return Err(NoConnection::StateLost(server));
        };
        let settling = tokio::time::timeout(EXCHANGE_TIME, connection.settle_now());
        match settling.await.unwrap_or_else(|_| Err(timed_out())) {
            Ok(()) => Ok(()),
            Err(ExchangeError::Refused(error)) => {
                if self.pooled.is_some() && !self.held.relies_on(server) {
                    self.close(server);
                }
                Err(NoConnection::Error(error))
            }
            Err(ExchangeError::Io(_)) => match self.connection_lost(server) {
                true => Err(NoConnection::StateLost(server)),
                false => Err(NoConnection::Error(ServerError::backend_lost())),
            },
        }
    }

    async fn close_if_stale(&mut self, server: ServerId, now: Instant) -> Result<(), NoConnection> {
        let relies = self.held.relies_on(server);
        let Some(connection) = self.connection_to(server) else {
            return match relies {
                true => Err(NoConnection::StateLost(server)),
                false => Ok(()),
            };
        };
        let idle = now.duration_since(connection.idle_since);
        if idle >= FRESH && connection.is_stale().await {
            self.drop_connection(server);
            if relies {
                return Err(NoConnection::StateLost(server));
            }
        }
        Ok(())
    }

    /// Opens a connection of the session's own to a server.
    pub(super) async fn open(&mut self, server: ServerId) -> Result<(), NoConnection> {
        let connection = self.open_connection(server, None).await?;
        self.connections.push(connection);
        Ok(())
    }

    /// Opens a connection to a server and signs in as the client.
    pub(super) async fn open_connection(
        &self,
        server: ServerId,
        sharing: Option<Box<Shared>>,
    ) -> Result<Box<Connection>, NoConnection> {
        let shared = self.local.shared.clone();
        let request = self.sign_in_request();
        let opened = shared.connector.connect_shared(server, &request, sharing).await;
        let mut connection = match opened {
            Ok(connection) => connection,
            Err(error) => {
                self.report(server, &error);
                if error.wants_clear_text()
                    && let Ok(peer) = self.client.pipe.stream().peer()
                {
                    // So that the next sign-in is a full one, which has it.
                    shared.accounts.forget_digest(&self.client.user, peer.ip());
                }
                return Err(NoConnection::Error(
                    error.into_server_error(&shared.connector.name(server)),
                ));
            }
        };
        // It signed in with the current schema, and knows nothing else.
        connection.synced = 0;
        connection.counted = Some(shared.metrics.server(server.index()).connection_opened());
        Ok(Box::new(connection))
    }

    pub(super) fn sign_in_request(&self) -> LoginRequest<'_> {
        LoginRequest {
            user: &self.client.user,
            credentials: &self.client.credentials,
            database: self.state.schema(),
            capabilities: self.client.capabilities,
            mariadb_capabilities: self.client.mariadb_capabilities,
            collation: self.client.collation,
            attributes: &self.client.attributes,
        }
    }

    fn report(&self, server: ServerId, error: &ConnectError) {
        let shared = &self.local.shared;
        let metrics = shared.metrics.server(server.index());
        metrics.error(error.kind());
        match error {
            // 1226 is about this account only: others may still sign in.
            ConnectError::Refused(refusal) if matches!(refusal.code, 1040 | 1203) => {
                shared.connector.load(server).avoid(Instant::now());
                shared.hints.full(server);
            }
            ConnectError::Refused(_) => {}
            error if !error.is_servers_fault() => {}
            _ => {
                shared.connector.load(server).avoid(Instant::now());
                shared.hints.check_now(server);
            }
        }
    }

    /// Has the server told what the session has set since the connection was used last.
    async fn bring_up_to_date(&mut self, server: ServerId) -> Result<(), NoConnection> {
        let version = self.state.version();
        let Some(connection) = self.connections.iter_mut().find(|c| c.server == server) else {
            return Err(NoConnection::StateLost(server));
        };
        let delta = self.state.since(connection.synced);
        let telling = tokio::time::timeout(EXCHANGE_TIME, tell(connection, delta, &mut self.state));
        match telling.await.unwrap_or_else(|_| Err(timed_out())) {
            Ok(()) => {
                connection.synced = version;
                let profile = self.pooled.is_some().then(|| self.profile());
                if let Some(shared) = self.connection_to(server).and_then(|c| c.shared.as_mut())
                    && let Some(profile) = profile
                {
                    shared.told = profile;
                }
                Ok(())
            }
            Err(ExchangeError::Refused(error)) => Err(NoConnection::Error(error)),
            Err(ExchangeError::Io(_)) => match self.connection_lost(server) {
                true => Err(NoConnection::StateLost(server)),
                false => Err(NoConnection::Error(ServerError::backend_lost())),
            },
        }
    }

    /// A connection broke: closes it, and lets the monitor look. Tells whether it held something
    /// that the client relies on.
    pub(super) fn connection_lost(&mut self, server: ServerId) -> bool {
        let relied = self.held.relies_on(server);
        self.server_failed(server);
        self.drop_connection(server);
        relied
    }

    /// A connection broke: others avoid the server until the monitor has looked.
    pub(super) fn server_failed(&self, server: ServerId) {
        let shared = &self.local.shared;
        shared.metrics.server(server.index()).error(crate::metrics::ServerErrorKind::Lost);
        shared.connector.load(server).avoid(Instant::now());
        shared.hints.check_now(server);
    }
}

/// What the client was told to be told about, in the server's words.
const TRACKED: &[u8] = b"SELECT @@session_track_system_variables";

/// Queues what the connection has to be told: all of it goes in one write, with the statement or before it.
pub(super) async fn tell(
    connection: &mut Connection,
    delta: Delta,
    state: &mut SessionState,
) -> Result<(), ExchangeError> {
    if let Some(schema) = delta.schema {
        connection.queue_told(&command_of(command::INIT_DB, schema.as_bytes()), true);
    }
    for statement in delta.unreported {
        connection.queue_told(&command_of(command::QUERY, &statement), true);
        connection.tracks = false;
    }
    if !connection.tracks {
        if state.tells_unknown() {
            let list = connection.ask(&command_of(command::QUERY, TRACKED)).await?;
            state.set_tells(&list);
        }
        connection.reports_transactions = state.watches_transactions();
        connection.tracks = true;
        let command = tracking(connection);
        // Old servers cannot.
        connection.queue_told(&command, false);
    }
    if let Some(set) = delta.set {
        connection.queue_told(&command_of(command::QUERY, set.as_bytes()), true);
    }
    Ok(())
}

pub(super) fn command_of(command: u8, body: &[u8]) -> Vec<u8> {
    [&[command], body].concat()
}

fn is_unreachable(error: &ServerError) -> bool {
    matches!(error.code, 1040 | 1203 | 1053 | 2002 | 2003 | 2013 | 1927)
}

fn none_left(route: &Route) -> ServerError {
    match route.target {
        Target::Primary => ServerError::no_primary(),
        _ => ServerError::no_server(),
    }
}
