//! Runs one statement: the short story of every query and execution.
//!
//! ```text
//! plan ─▶ acquire ─▶ send ─▶ relay ─▶ observe
//!   ▲                          │
//!   └──── again, elsewhere ◀───┘   if nothing has reached the client and the statement is a read
//! ```

use std::sync::Arc;
use std::time::Instant;

use crate::proxy::route::{
    Reason, Route, Target, class_index, is_proven_read, plan, wants_variables_of_another_server,
};
use crate::proxy::topology::ServerId;
use crate::sql::{Cause, Effects, Kind, Needs, StatementClass, with_connection_id};
use crate::wire::error::ServerError;
use crate::wire::header::Header;
use crate::wire::response::Expect;
use crate::wire::{StatusFlags, command};

use super::acquire::{Attempt, EXCHANGE_TIME, NoConnection};
use super::client::Arrived;
use super::relay::{Broken, Order, Outcome, Relay, packet, pass_packets};
use super::{Ended, Flow, Session};

/// A statement to be run.
pub(super) struct Statement {
    /// What it is.
    pub class: Arc<StatementClass>,
    /// What answers it.
    pub expect: Expect,
    /// The client's id of the prepared statement it executes (or of the one being prepared).
    pub prepared: Option<u32>,
    /// The name of the text-protocol statement it executes.
    pub named: Option<Box<str>>,
    /// Where it has to go, decided before.
    pub fixed: Option<Route>,
    /// The collation of a `SET NAMES … COLLATE …`.
    pub collation: Option<Box<str>>,
    /// The text of a `SET` that changes what servers report.
    pub unreported: Option<Box<[u8]>>,
}

impl Statement {
    /// A statement of the text protocol.
    pub fn text(class: Arc<StatementClass>) -> Self {
        Self {
            class,
            expect: Expect::Results,
            prepared: None,
            named: None,
            fixed: None,
            collation: None,
            unreported: None,
        }
    }

    /// It executes, or continues, something that its server must have been told before.
    fn needs_placing(&self) -> bool {
        self.named.is_some() || self.prepared.is_some() && self.expect != Expect::Prepare
    }
}

/// Servers that one statement may lose before its client hears of it: a statement that brings its
/// server down must not visit them all.
const MAX_LOSSES: u32 = 3;

/// Where a statement runs.
#[derive(Clone, Copy)]
struct On {
    server: ServerId,
    is_primary: bool,
    /// It may run a second time, elsewhere.
    repeatable: bool,
}

/// When things happened.
struct Times {
    arrived: Instant,
    sent: Option<Instant>,
}

impl Session {
    /// COM_QUERY.
    pub(super) async fn query(&mut self, arrived: Arrived) -> Flow {
        let class = self.classify(arrived);
        if class.needs.contains(Needs::CONNECTION) && arrived.whole {
            self.say_own_id(arrived);
        }
        match class.kind {
            Kind::Kill if arrived.whole => Box::pin(self.kill_statement(arrived, class)).await,
            Kind::Prepare | Kind::Execute | Kind::Deallocate if arrived.whole => {
                Box::pin(self.text_prepared(arrived, class)).await
            }
            Kind::SetSession if arrived.whole => {
                let mut statement = Statement::text(class);
                let payload = self.client.payload(arrived);
                statement.collation = named_collation(payload);
                statement.unreported =
                    changes_tracking(payload).then(|| payload.get(1..).unwrap_or_default().into());
                self.run_statement(arrived, statement).await.map(|_| ())
            }
            _ => self.run_statement(arrived, Statement::text(class)).await.map(|_| ()),
        }
    }

    /// A server would answer `CONNECTION_ID()` with its own id, by which the client cannot be found.
    /// The text at hand is sent, and returned, with the proxy's id in its place.
    pub(super) fn say_own_id(&mut self, arrived: Arrived) -> Option<Box<[u8]>> {
        let sql = self.client.payload(arrived).get(1..).unwrap_or_default();
        let sql = with_connection_id(sql, self.state.lex(), self.client.id)?;
        self.rewritten = Some(packet(0, |out| {
            out.push(arrived.command);
            out.extend_from_slice(&sql);
        }));
        Some(sql.into())
    }

    /// The class of the statement text at hand.
    pub(super) fn classify(&self, arrived: Arrived) -> Arc<StatementClass> {
        if !arrived.whole {
            return Arc::new(StatementClass::write(Cause::TooLong));
        }
        let sql = self.client.payload(arrived).get(1..).unwrap_or_default();
        self.local.classifier.borrow_mut().classify(sql, self.state.lex())
    }

    /// Runs a statement to its end, or tells the client why not. `Ok(None)`: the client was told of
    /// an error of the proxy's own.
    pub(super) async fn run_statement(
        &mut self,
        arrived: Arrived,
        statement: Statement,
    ) -> Result<Option<(ServerId, Outcome)>, Ended> {
        let mut times = Times { arrived: Instant::now(), sent: None };
        let mut attempt = Attempt::new(times.arrived);
        self.state.begin_statement();
        if self.held.facts.transaction.is_some() {
            self.leave_replica_transaction(&statement).await;
        }
        if let Some(error) = self.is_impossible(&statement) {
            return self.refuse(arrived, &error).await.map(|()| None);
        }
        loop {
            let route = self.route(&statement, &attempt);
            let server = match self.acquire_at_once(&route, &mut attempt) {
                Some(server) => server,
                None => match Box::pin(self.acquire(&route, &mut attempt)).await {
                    Ok(server) => server,
                    Err(reason) => return self.no_connection(arrived, reason).await.map(|()| None),
                },
            };
            let relied = self.held.relies_on(server);
            if statement.needs_placing()
                && let Err(error) = self.place(arrived, &statement, server).await?
            {
                if let Some(error) = self.tell_of_placing(error, server, relied) {
                    return self.refuse(arrived, &error).await.map(|()| None);
                }
                attempt.failed.push(server);
                continue;
            }
            let repeatable = self.is_repeatable(arrived, &statement, &route);
            let is_primary = self.primary() == Some(server);
            let on = On { server, is_primary, repeatable };
            match self.pass(arrived, &statement, on, &mut times).await {
                Ok(outcome) if outcome.refused => {
                    self.replica_refused(arrived, &statement);
                    attempt.reason = Some(Reason::ReplicaRefused);
                }
                Ok(outcome) => {
                    let reason = attempt.reason.unwrap_or(route.reason);
                    self.done(&statement, on, &outcome, reason, &times);
                    return Ok(Some((server, outcome)));
                }
                Err(Broken::Client) => {
                    Box::pin(self.abandon(server)).await;
                    return Err(Ended::Client);
                }
                Err(Broken::TooLarge) => {
                    // The server waits for the rest of a packet that it will not get.
                    self.drop_connection(server);
                    return self.client.give_up(&ServerError::packet_too_large()).await;
                }
                Err(Broken::Server { begun }) => {
                    let again = self.may_run_again(&statement, on, begun, &mut attempt);
                    if !again {
                        return self.statement_lost(arrived, begun).await.map(|()| None);
                    }
                    self.local.shared.metrics.read_retried();
                    attempt.failed.push(server);
                }
            }
        }
    }

    /// What the client is told when a server could not be made to know a prepared statement; `None`
    /// when another server is tried.
    fn tell_of_placing(
        &self,
        placed: Placed,
        server: ServerId,
        relied: bool,
    ) -> Option<ServerError> {
        match placed {
            // A replica may lack what the primary has: room, or a new table.
            Placed::Refused(_) if !relied && self.primary() != Some(server) => None,
            Placed::Refused(error) => Some(error),
            Placed::Lost => relied.then(ServerError::backend_lost),
        }
    }

    /// A statement's server was lost under it: books that, and tells whether it runs elsewhere.
    fn may_run_again(
        &mut self,
        statement: &Statement,
        on: On,
        begun: bool,
        attempt: &mut Attempt,
    ) -> bool {
        let killed = self.pulse.is_killed();
        let relied = self.connection_lost(on.server);
        if on.is_primary && statement.class.kind != Kind::Read {
            // It may have been done before its answer was lost.
            self.held.note_write(None, true, Instant::now());
        }
        attempt.losses += 1;
        on.repeatable && !begun && !relied && !killed && attempt.losses <= MAX_LOSSES
    }

    fn route(&self, statement: &Statement, attempt: &Attempt) -> Route {
        if attempt.reason == Some(Reason::ReplicaRefused) {
            return Route { target: Target::Primary, reason: Reason::ReplicaRefused };
        }
        if let Some(fixed) = statement.fixed {
            return fixed;
        }
        let mut facts = self.held.facts;
        facts.read_only = self.state.read_only();
        let (class, schema) = (&statement.class, self.state.schema());
        self.local.with_view(|view| plan(class, &facts, &view.routines, schema))
    }

    /// A function that is not known only to read may have written before its server died.
    fn is_proven_read(&self, class: &StatementClass) -> bool {
        let schema = self.state.schema();
        class.routines.is_empty() && class.kind == Kind::Read
            || self.local.with_view(|view| is_proven_read(class, &view.routines, schema))
    }

    /// What cannot run anywhere, and why.
    fn is_impossible(&mut self, statement: &Statement) -> Option<ServerError> {
        if self.is_forbidden_write(statement) {
            let mariadb = self.connections.iter().any(|connection| connection.mariadb);
            return Some(ServerError::read_only_transaction(mariadb));
        }
        if statement.class.needs.contains(Needs::LAST_INSERT_ID) && self.held.take_insert_id_lost()
        {
            return Some(ServerError::backend_lost());
        }
        if self.held.facts.user_variables.is_some()
            && wants_variables_of_another_server(&statement.class, &self.held.facts, self.primary())
        {
            // Said once: after it the variables are as lost as the client now knows.
            self.held.facts.user_variables = None;
            return Some(ServerError::variables_elsewhere());
        }
        None
    }

    /// BEGIN and LOCK TABLES end the transaction before them. One that is on a replica is ended
    /// there, so that the next begins where it belongs.
    async fn leave_replica_transaction(&mut self, statement: &Statement) {
        let ends = matches!(statement.class.kind, Kind::Begin { .. } | Kind::LockTables)
            && statement.expect == Expect::Results;
        let open = self.held.facts.transaction.filter(|open| ends && open.on_replica);
        let Some(server) = open.map(|open| open.server) else { return };
        let Some(connection) = self.connection_to(server) else { return };
        let commit = [&[command::QUERY], &b"COMMIT"[..]].concat();
        let exchange = tokio::time::timeout(EXCHANGE_TIME, connection.exchange(&commit, |_| ()));
        match exchange.await {
            Ok(Ok(_)) => self.held.facts.transaction = None,
            _ => _ = self.connection_lost(server),
        }
    }

    /// A write inside a read-only transaction that is on a replica, which would refuse it for
    /// another reason than the primary. Temporary tables may be written.
    fn is_forbidden_write(&self, statement: &Statement) -> bool {
        let facts = &self.held.facts;
        statement.class.cause == Cause::Dml
            && statement.class.kind == Kind::Write
            && statement.expect == Expect::Results
            && facts.transaction.is_some_and(|transaction| transaction.on_replica)
            && !facts.pins.why.contains(Effects::TEMPORARY_TABLE)
    }

    /// Whether the statement may run a second time, elsewhere, when its server is lost.
    fn is_repeatable(&self, arrived: Arrived, statement: &Statement, route: &Route) -> bool {
        arrived.whole
            && self.is_proven_read(&statement.class)
            && route.reason != Reason::ReplicaRefused
            && !matches!(route.target, Target::Held(_))
            && !self.held.facts.autocommit_off
    }

    /// Sends the command at hand and relays its answer.
    async fn pass(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        on: On,
        times: &mut Times,
    ) -> Result<Outcome, Broken> {
        let On { server, is_primary, repeatable } = on;
        let order = Order {
            expect: statement.expect,
            hold_refusal: repeatable && !is_primary && !self.state.read_only(),
            statement_id: statement.prepared.unwrap_or(0),
            read_only_transaction: !is_primary
                && (self.held.facts.transaction.is_some() || self.state.read_only()),
        };
        let Self { local, client, connections, state, pulse, rewritten, .. } = self;
        let rewritten = rewritten.as_deref();
        let Some(connection) = connections.iter_mut().find(|c| c.server == server) else {
            return Err(Broken::Server { begun: false });
        };
        let load = local.shared.connector.load(server);
        let _in_flight = load.begin();
        pulse.sent(server, connection.thread_id, repeatable);
        let limit = local.shared.limits.max_allowed_packet;
        let sent = send_command(client, connection, arrived, rewritten, repeatable, limit).await;
        let sent_at = Instant::now();
        times.sent = Some(sent_at);
        let mut relay = Relay {
            client: &mut client.pipe,
            client_capabilities: client.capabilities,
            connection,
            state,
            pulse,
        };
        let outcome = match sent {
            Ok(()) => relay.run(order).await,
            Err(broken) => Err(broken),
        };
        pulse.answered();
        if let Ok(Outcome { first_byte: Some(first), .. }) = &outcome {
            load.answered_in(first.duration_since(sent_at));
        }
        if repeatable && matches!(&outcome, Ok(outcome) if !outcome.refused) {
            client.pipe.consume(arrived.len);
        }
        outcome
    }

    /// Books what happened.
    fn done(
        &mut self,
        statement: &Statement,
        on: On,
        outcome: &Outcome,
        reason: Reason,
        times: &Times,
    ) {
        let now = outcome.ended.unwrap_or_else(Instant::now);
        self.observe(statement, on, outcome, now);
        if reason == Reason::ReplicaRefused {
            self.held.note_write(None, true, now);
        }
        if on.repeatable && !on.is_primary {
            self.reader = Some(on.server);
        }
        let target = usize::from(!on.is_primary);
        let metrics = &self.local.metrics;
        metrics.statement(class_index(statement.class.kind), target, reason.index());
        metrics.sent(outcome.sent);
        let before = times.sent.unwrap_or(now).duration_since(times.arrived);
        metrics.took(target, now.duration_since(times.arrived), before);
    }

    /// The one place where a session learns from an answer.
    fn observe(&mut self, statement: &Statement, on: On, outcome: &Outcome, now: Instant) {
        let class = &*statement.class;
        let On { server, is_primary, .. } = on;
        let preparing = statement.expect == Expect::Prepare;
        if !preparing {
            let failed = outcome.error.is_some();
            self.held.answered(server, is_primary, class, outcome.status, failed);
        }
        if let (Some(collation), None) = (&statement.collation, outcome.error) {
            self.state.learn_collation(collation);
        }
        if let (Some(text), None) = (&statement.unreported, outcome.error) {
            self.state.learn_unreported(text);
        }
        if self.state.take_uncarried() {
            self.held.pin_uncarried(server);
        }
        let (version, lost) = (self.state.version(), self.state.take_tracking_lost());
        if let Some(connection) = self.connection_to(server) {
            connection.idle_since = now;
            connection.synced = version;
            connection.tracks &= !lost;
        }
        let ran = statement.expect == Expect::Results;
        let wrote = is_primary && ran && may_have_written(class, outcome);
        if outcome.inserted {
            self.held.note_insert_id(server);
        }
        if matches!(class.cause, Cause::MultiStatement | Cause::Call | Cause::Compound) {
            self.forget_all_text();
        }
        self.held.note_write(self.state.take_written(), wrote, now);
    }

    /// The statement was no read after all: its shape is remembered as a write.
    fn replica_refused(&mut self, arrived: Arrived, statement: &Statement) {
        self.local.shared.metrics.misrouted();
        let lex = self.state.lex();
        let mut classifier = self.local.classifier.borrow_mut();
        if let Some(name) = &statement.named {
            if let Some(text) = self.text_statements.get_mut(name) {
                text.is_a_write();
            }
        } else if let Some(id) = statement.prepared {
            if let Some(prepared) = self.statements.get_mut(id) {
                prepared.class = Arc::new(StatementClass::write(Cause::RefusedByReplica));
                if let Some(sql) = &prepared.sql {
                    classifier.remember_write(sql, lex);
                }
            }
        } else {
            let sql = self.client.payload(arrived).get(1..).unwrap_or_default();
            classifier.remember_write(sql, lex);
        }
    }

    /// The client left while its statement ran: a server that computes does not notice that its
    /// client is gone, so it is told, on another connection.
    async fn abandon(&mut self, server: ServerId) {
        let Some(at) = self.connections.iter().position(|c| c.server == server) else { return };
        let thread_id = self.connections.swap_remove(at).thread_id;
        let shared = self.local.shared.clone();
        let Ok(mut messenger) = shared.connector.connect(server, &self.sign_in_request()).await
        else {
            return;
        };
        let kill = format!("KILL {thread_id}");
        let payload = [&[command::QUERY], kill.as_bytes()].concat();
        // It may have ended by itself meanwhile.
        let kill = messenger.exchange(&payload, |_| ());
        let _ = tokio::time::timeout(EXCHANGE_TIME, kill).await;
        messenger.quit().await;
    }

    async fn no_connection(&mut self, arrived: Arrived, reason: NoConnection) -> Flow {
        let error = match reason {
            NoConnection::Error(error) => error,
            NoConnection::StateLost(server) => {
                self.drop_connection(server);
                ServerError::backend_lost()
            }
        };
        self.refuse(arrived, &error).await
    }

    /// A statement's server was lost and the statement cannot run again.
    async fn statement_lost(&mut self, arrived: Arrived, begun: bool) -> Flow {
        if begun {
            // Half a result is out; the client can only be told by closing.
            return Err(Ended::Client);
        }
        if !arrived.whole {
            // The rest of the command was on its way to the lost server.
            return Err(Ended::Client);
        }
        self.client.tell_error(&ServerError::backend_lost()).await
    }
}

/// The collation that a `SET NAMES … COLLATE …` names: MariaDB reports the character set only.
fn named_collation(payload: &[u8]) -> Option<Box<str>> {
    const WORD: &[u8] = b"collate";
    let at = payload.windows(WORD.len()).rposition(|word| word.eq_ignore_ascii_case(WORD))?;
    let rest = payload.get(at + WORD.len()..)?.trim_ascii_start();
    let rest = rest.strip_prefix(b"'").or(rest.strip_prefix(b"\"")).unwrap_or(rest);
    let end = rest.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_');
    let name = std::str::from_utf8(rest.get(..end.unwrap_or(rest.len()))?).ok()?;
    (!name.is_empty() && !name.eq_ignore_ascii_case("default")).then(|| name.into())
}

/// Whether a `SET` touches `session_track_…`, by which servers choose what to report.
pub(super) fn changes_tracking(payload: &[u8]) -> bool {
    const WORD: &[u8] = b"session_track_";
    payload.windows(WORD.len()).any(|word| word.eq_ignore_ascii_case(WORD))
}

/// Whether a statement without a reported position may have changed data: servers commit some
/// (LOAD DATA, for one) only after they have written their answer.
fn may_have_written(class: &StatementClass, outcome: &Outcome) -> bool {
    let open = outcome.status.is_some_and(|s| s.contains(StatusFlags::SERVER_STATUS_IN_TRANS));
    let counted = class.cause == Cause::Dml && outcome.error.is_none();
    let changes = matches!(class.kind, Kind::Write | Kind::Commit | Kind::Execute)
        || class.effects.contains(Effects::IMPLICIT_COMMIT);
    let harmless = matches!(class.cause, Cause::LockingClause | Cause::UserVariableAssignment);
    changes && !open && !harmless && (!counted || outcome.affected_rows > 0)
}

/// Why a prepared statement cannot run on a server.
pub(super) enum Placed {
    /// The server, or the proxy, says so.
    Refused(ServerError),
    /// The server is gone.
    Lost,
}

/// Sends the client's command. One that may run again stays in the client's buffer.
async fn send_command(
    client: &mut super::client::Client,
    connection: &mut crate::proxy::backend::Connection,
    arrived: Arrived,
    rewritten: Option<&[u8]>,
    keep: bool,
    limit: u64,
) -> Result<(), Broken> {
    let lost = |_| Broken::Server { begun: false };
    if arrived.whole {
        let bytes = client.pipe.unread().get(..arrived.len).unwrap_or_default();
        let sent = connection.send(rewritten.unwrap_or(bytes)).await;
        if !keep {
            client.pipe.consume(arrived.len);
        }
        return sent.map_err(lost);
    }
    connection.send(&[]).await.map_err(lost)?;
    let is_last = |header: Header| !header.continues();
    pass_packets(&mut client.pipe, &mut connection.pipe, 0, limit, is_last).await
}

impl Session {
    /// Passes on a command that has no answer.
    pub(super) async fn pass_silently(&mut self, arrived: Arrived, server: ServerId) -> Flow {
        let Self { client, connections, .. } = self;
        let Some(connection) = connections.iter_mut().find(|c| c.server == server) else {
            return self.skip(arrived).await;
        };
        let limit = self.local.shared.limits.max_allowed_packet;
        match send_command(client, connection, arrived, None, false, limit).await {
            Ok(()) => Ok(()),
            Err(Broken::Client) => Err(Ended::Client),
            Err(Broken::TooLarge) => self.client.give_up(&ServerError::packet_too_large()).await,
            Err(Broken::Server { .. }) => {
                self.connection_lost(server);
                if arrived.whole { Ok(()) } else { Err(Ended::Client) }
            }
        }
    }
}
