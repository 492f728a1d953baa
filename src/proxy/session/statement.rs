//! Runs one statement: the short story of every query and execution. What may go wrong with it is told in
//! `exceptions.rs`, what is learnt from it in `observe.rs`.
//!
//! ```text
//! plan ─▶ acquire ─▶ place ─▶ send ─▶ relay ─▶ observe
//!   ▲                                   │
//!   └──────── again, elsewhere ◀────────┘   if nothing has reached the client and the statement is a read
//! ```

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::metrics::{Fallback, RuleAction};
use crate::proxy::backend::Connection;
use crate::proxy::route::{Reason, Route, Target, hinted, is_proven_read, plan};
use crate::proxy::topology::ServerId;
use crate::sql::{Kind, StatementClass, TemporaryTables};
use crate::wire::error::ServerError;
use crate::wire::response::Expect;

use super::acquire::Attempt;
use super::ask_left::asks_for_what_was_left;
use super::causal::Reached;
use super::client::Arrived;
use super::hints::Wishes;
use super::relay::{Broken, Order, Outcome, Relay};
use super::replay::Noted;
use super::rules::refusal;
use super::send::{send_command, unless_given_up};
use super::{Ended, Session};

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
    /// What its hints want.
    pub wishes: Option<Rc<Wishes>>,
    /// The text of a `SET` that changes what servers report.
    pub unreported: Option<Box<[u8]>>,
    /// The temporary tables that it makes or drops, where their names are known.
    pub temporary: Option<TemporaryTables>,
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
            wishes: None,
            unreported: None,
            temporary: None,
        }
    }

    /// It stands for a command that is no statement, and for no text of the client's.
    pub fn is_the_proxys_own(&self) -> bool {
        self.class.marks.generation == 0
    }

    /// It executes, or continues, something that its server must have been told before.
    fn needs_placing(&self) -> bool {
        self.named.is_some() || self.prepared.is_some() && self.expect != Expect::Prepare
    }
}

/// Where a statement runs.
#[derive(Clone, Copy)]
pub(super) struct On {
    pub server: ServerId,
    pub is_primary: bool,
    /// It may run a second time, elsewhere.
    pub repeatable: bool,
    /// What was noted of it for a replay of its transaction.
    pub noted: Noted,
}

impl On {
    /// The command stays in the client's buffer until it is answered.
    pub fn keeps(&self) -> bool {
        self.repeatable || self.noted.again
    }
}

/// When things happened.
pub(super) struct Times {
    pub arrived: Instant,
    pub sent: Option<Instant>,
    /// How long it waited for a replica to have what it needs.
    pub waited: Duration,
}

/// Whether a statement that came to grief goes round once more. If not, the client has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    Yes,
    No,
}

/// The server for a statement.
pub(super) enum Got {
    Server(ServerId),
    /// The statement goes round once more.
    Again,
    /// There is none, and the client has been told.
    Told,
}

/// Why a prepared statement cannot run on a server.
pub(super) enum Placed {
    /// The server, or the proxy, says so.
    Refused(ServerError),
    /// The server is gone.
    Lost,
}

impl Session {
    /// Runs a statement to its end, or tells the client why not. `Ok(None)`: the client was told of
    /// an error of the proxy's own.
    pub(super) async fn run_statement(
        &mut self,
        arrived: Arrived,
        mut statement: Statement,
    ) -> Result<Option<(ServerId, Outcome)>, Ended> {
        let mut times = Times { arrived: Instant::now(), sent: None, waited: Duration::ZERO };
        let rule = self.rule_for(arrived, &statement);
        if let Some(error) = rule.as_deref().and_then(refusal) {
            self.local.shared.metrics.rule_acted(RuleAction::Refused);
            return self.refuse(arrived, &error).await.map(|()| None);
        }
        let policy = self.policy(rule.as_deref());
        let mut attempt = Attempt::new(times.arrived, policy).with_wishes(&statement.wishes);
        attempt.rule = rule;
        self.state.begin_statement();
        if self.was_lost_silently()
            && !Box::pin(self.bring_back(false, &mut statement, &mut attempt)).await?
        {
            return self.refuse(arrived, &ServerError::backend_lost()).await.map(|()| None);
        }
        if self.held.facts.transaction.is_some() {
            self.leave_replica_transaction(&statement).await;
        }
        if let Some(error) = self.is_impossible(&statement) {
            return self.refuse(arrived, &error).await.map(|()| None);
        }
        if let Some(answer) = self.known_conditions(arrived, &statement) {
            let answer = self.with_hint_warnings(arrived, &statement, answer);
            self.skip(arrived).await?;
            return self.client.tell(&answer).await.map(|()| None);
        }
        loop {
            let route = self.route(&statement, &attempt);
            let mut at_once = self.acquire_at_once(&route, &mut attempt);
            if let Some(place) = attempt.place.take() {
                at_once = self.wait_for_turn(place).await;
            }
            let server = match at_once.filter(|_| !self.looks_first(&statement)) {
                Some(server) => server,
                None => {
                    let found = (at_once, &route);
                    let got = self.acquire_for(arrived, &mut statement, found, &mut attempt);
                    match Box::pin(got).await? {
                        Got::Server(server) => server,
                        Got::Again => continue,
                        Got::Told => {
                            self.note_unanswered(&statement, &route, attempt);
                            return Ok(None);
                        }
                    }
                }
            };
            if asks_for_what_was_left(&statement.class)
                && let Err(error) = self.bring_what_was_left(arrived, &statement, server).await
            {
                self.forget_record();
                return self.refuse(arrived, &error).await.map(|()| None);
            }
            let relied = self.held.relies_on(server);
            if statement.needs_placing()
                && let Err(error) = self.place(arrived, &statement, server).await?
            {
                if relied
                    && matches!(error, Placed::Lost)
                    && Box::pin(self.bring_back(false, &mut statement, &mut attempt)).await?
                {
                    continue;
                }
                if let Some(error) = self.tell_of_placing(error, server, relied) {
                    return self.refuse(arrived, &error).await.map(|()| None);
                }
                self.local.shared.metrics.fell_back(Fallback::NotPrepared);
                attempt.failed.push(server);
                continue;
            }
            let repeatable = self.is_repeatable(arrived, &statement, &route);
            let is_primary = self.primary() == Some(server);
            let noted = self.note_sending(arrived, &statement, server);
            let on = On { server, is_primary, repeatable, noted };
            match self.pass(arrived, &statement, on, &attempt, &mut times).await {
                Ok(outcome) if outcome.missed => {
                    if outcome.spent {
                        self.drop_connection(server);
                    }
                    self.waited_in_vain(server, &mut attempt);
                }
                Ok(outcome) if outcome.refused => {
                    self.replica_refused(arrived, &statement);
                    attempt.reason = Some(Reason::ReplicaRefused);
                }
                Ok(outcome) => {
                    let reason = self.why_there(&route, &attempt);
                    if let Some(wait) = &attempt.wait {
                        self.note_reached(server, wait);
                    }
                    self.done(&statement, on, &outcome, reason, &times);
                    self.note_hint_warnings(&statement, server);
                    self.note_route(&statement, &route, attempt, on, &outcome, &times);
                    return Ok(Some((server, outcome)));
                }
                Err(broken) => {
                    let broke = self.broke(arrived, &mut statement, on, broken, &mut attempt);
                    if Box::pin(broke).await? == Again::No {
                        self.note_unanswered(&statement, &route, attempt);
                        return Ok(None);
                    }
                }
            }
        }
    }

    pub(super) fn route(&self, statement: &Statement, attempt: &Attempt) -> Route {
        if attempt.reason == Some(Reason::ReplicaRefused) {
            return Route { target: Target::Primary, reason: Reason::ReplicaRefused };
        }
        if let Some(fixed) = statement.fixed {
            return fixed;
        }
        let mut facts = self.held.facts;
        facts.read_only = self.state.read_only();
        if self.pooled.is_some() {
            // What it left is known here.
            facts.last = facts.last.filter(|server| self.is_connected(*server));
        }
        let (class, schema) = (&statement.class, self.state.schema());
        let wish = self.hint(statement.wishes.as_deref());
        let rule = attempt.rule.as_ref().and_then(|rule| rule.then.target);
        let wish = wish.map(|hint| (hint, Reason::Hint)).or(rule.map(|hint| (hint, Reason::Rule)));
        self.local.with_view(|view| {
            let route = plan(class, &facts, &view.routines, schema);
            match wish {
                Some((hint, why)) => {
                    hinted(route, hint, why, is_proven_read(class, &view.routines, schema))
                }
                None => route,
            }
        })
    }

    /// A function that is not known only to read may have written before its server died.
    pub(super) fn is_proven_read(&self, class: &StatementClass) -> bool {
        let schema = self.state.schema();
        class.routines.is_empty() && class.kind == Kind::Read
            || self.local.with_view(|view| is_proven_read(class, &view.routines, schema))
    }

    /// Whether the statement may run a second time, elsewhere, when its server is lost.
    pub(super) fn is_repeatable(
        &self,
        arrived: Arrived,
        statement: &Statement,
        route: &Route,
    ) -> bool {
        arrived.whole
            && self.is_proven_read(&statement.class)
            && route.reason != Reason::ReplicaRefused
            && !matches!(route.target, Target::Held(_))
            && !self.held.facts.autocommit_off
    }

    /// Whether the statement has no effect that outlives its connection.
    pub(super) fn is_harmless(
        &self,
        arrived: Arrived,
        statement: &Statement,
        route: &Route,
    ) -> bool {
        let class = &statement.class;
        let begins = matches!(class.kind, Kind::Begin { .. } | Kind::SetSession | Kind::Use);
        let prepares = statement.expect == Expect::Prepare;
        arrived.whole && (prepares || begins && class.effects.is_empty())
            || self.is_repeatable(arrived, statement, route)
    }

    /// Sends the command at hand and relays its answer.
    async fn pass(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        on: On,
        attempt: &Attempt,
        times: &mut Times,
    ) -> Result<Outcome, Broken> {
        let wait = attempt.wait.as_ref().map(|wait| (wait, self.held.relies_on(on.server)));
        let stopper = self.stopper(statement, on.server, attempt.rule.as_ref());
        let On { server, is_primary, repeatable, noted } = on;
        let order = Order {
            expect: statement.expect,
            hold_refusal: repeatable && !is_primary && !self.state.read_only(),
            statement_id: statement.prepared.unwrap_or(0),
            read_only_transaction: !is_primary
                && (self.held.facts.transaction.is_some() || self.state.read_only()),
            hold_loss: noted.again,
            warnings: self.count_hint_warnings(statement, server),
            stopped: None,
        };
        let appended = self.hint_warnings_to_show(arrived, statement);
        let Self { local, client, connections, state, pulse, rewritten, .. } = self;
        let rewritten = rewritten.as_deref();
        let Some(connection) = connections.iter_mut().find(|c| c.server == server) else {
            return Err(Broken::Server { begun: false });
        };
        let load = local.shared.connector.load(server);
        let _in_flight = load.begin();
        pulse.sent(server, connection.thread_id, repeatable);
        let limit = local.limits().max_allowed_packet;
        // The clock is read for those only that wait.
        let wait = wait.map(|(wait, relied)| (wait, relied, Instant::now()));
        if let Some((wait, ..)) = wait {
            connection.queue(&wait.command);
        }
        let sending = send_command(client, connection, arrived, rewritten, on.keeps(), limit);
        let sent = unless_given_up(pulse, false, sending).await;
        if connection.owes()
            && sent.is_ok()
            && let Some(refusal) = unless_given_up(pulse, false, settled(connection)).await?
        {
            return Err(Broken::State(refusal));
        }
        if let Some((wait, relied, _)) = wait
            && sent.is_ok()
        {
            let reached = wait.reached(connection, statement.expect, relied);
            if let Reached::No { spent } = unless_given_up(pulse, false, reached).await? {
                return Ok(Outcome { missed: true, spent, ..Outcome::default() });
            }
        }
        let sent_at = Instant::now();
        if let Some((.., since)) = wait {
            times.waited = sent_at.duration_since(since);
        }
        times.sent = Some(sent_at);
        let mut relay = Relay {
            client: &mut client.pipe,
            client_capabilities: client.capabilities,
            connection,
            state,
            pulse,
            mute: false,
            checksum: noted.sum.then(Box::default),
            appended: &appended,
        };
        let outcome = match sent {
            Ok(()) => match stopper {
                None => relay.run(order).await,
                Some(stopper) => Box::pin(stopper.watch(&mut relay, order)).await,
            },
            Err(broken) => Err(broken),
        };
        pulse.answered();
        if let Ok(Outcome { first_byte: Some(first), .. }) = &outcome {
            load.answered_in(first.duration_since(sent_at));
        }
        if on.keeps() && matches!(&outcome, Ok(outcome) if !outcome.refused) {
            client.pipe.consume(arrived.len);
        }
        outcome
    }
}

/// The server's refusal of the session's state, if it refuses that.
async fn settled(connection: &mut Connection) -> Result<Option<ServerError>, Broken> {
    connection.settle().await.map_err(|_| Broken::Server { begun: false })
}
