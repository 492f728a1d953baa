//! Runs one statement: the short story of every query and execution. Each step has a file of its own; what may go
//! wrong is told in `exceptions.rs`, what is learnt in `observe.rs`.
//!
//! ```text
//! admit ─▶ plan ─▶ acquire ─▶ place ─▶ pass ─▶ observe
//!           ▲                           │
//!           └──── again, elsewhere ◀────┘   if nothing has reached the client and the statement is a read
//! ```

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::proxy::route::{Reason, Route, Target, hinted, is_proven_read, plan};
use crate::proxy::topology::ServerId;
use crate::sql::{Kind, StatementClass, TemporaryTables};
use crate::wire::response::Expect;

use super::attempt::Attempt;
use super::client::Arrived;
use super::hints::Wishes;
use super::place::Got;
use super::relay::Outcome;
use super::replay::Noted;
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
    pub fn executes_prepared(&self) -> bool {
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
    /// It waits for what it needs, and runs elsewhere if that is in vain.
    pub waits: bool,
    /// What was noted of it for a replay of its transaction.
    pub noted: Noted,
}

impl On {
    /// The command stays in the client's buffer until it is answered.
    pub fn keeps(&self) -> bool {
        self.repeatable || self.waits || self.noted.again
    }
}

/// When things happened.
pub(super) struct Times {
    pub arrived: Instant,
    pub sent: Option<Instant>,
    /// How long it waited for a replica to have what it needs, and for its turn before that.
    pub waited: Duration,
}

/// Whether a statement that came to grief goes round once more. If not, the client has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    Yes,
    No,
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
        let policy = self.policy(rule.as_deref());
        let mut attempt =
            Attempt::new(times.arrived, policy).with_wishes(&statement.wishes).under(rule);
        if !self.admit(arrived, &mut statement, &mut attempt).await? {
            return Ok(None);
        }
        loop {
            let route = self.route(&statement, &attempt);
            let mut at_once = self.acquire_at_once(arrived, &statement, &route, &mut attempt);
            if let Some(place) = attempt.place.take() {
                at_once = self.wait_for_turn(place).await;
            }
            let server = match at_once.filter(|_| !self.needs_placing(&statement)) {
                Some(server) => server,
                None => {
                    match self.place(arrived, &mut statement, &route, at_once, &mut attempt).await?
                    {
                        Got::Server(server) => server,
                        Got::Again => continue,
                        Got::Told => return Ok(None),
                    }
                }
            };
            let on = self.on(arrived, &statement, &route, server, &attempt);
            match self.pass(arrived, &statement, on, &attempt, &mut times).await {
                Ok(outcome) if outcome.missed => {
                    if outcome.spent {
                        self.drop_connection(server);
                    }
                    self.waited_in_vain(server, &mut attempt);
                    // Nobody waits for one server's connection with another's in hand.
                    Box::pin(self.hand_back()).await;
                }
                Ok(outcome) if outcome.refused => {
                    self.replica_refused(arrived, &statement);
                    attempt.reason = Some(Reason::ReplicaRefused);
                    Box::pin(self.hand_back()).await;
                }
                Ok(outcome) => {
                    self.conclude(&statement, &route, attempt, on, &outcome, &times);
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

    /// Where the statement runs, now that it is about to be sent.
    fn on(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        route: &Route,
        server: ServerId,
        attempt: &Attempt,
    ) -> On {
        let repeatable = self.is_repeatable(arrived, statement, route);
        let is_primary = self.primary() == Some(server);
        let noted = self.note_sending(arrived, statement, server);
        On { server, is_primary, repeatable, waits: attempt.wait.is_some(), noted }
    }

    /// The client has its answer: books it.
    fn conclude(
        &mut self,
        statement: &Statement,
        route: &Route,
        attempt: Attempt,
        on: On,
        outcome: &Outcome,
        times: &Times,
    ) {
        let reason = self.why_there(route, &attempt);
        if let Some(wait) = &attempt.wait {
            self.note_reached(on.server, wait);
        }
        self.done(statement, on, outcome, reason, times);
        self.note_hint_warnings(statement, on.server);
        self.note_route(statement, route, attempt, on, outcome, times);
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
            for place in [&mut facts.last, &mut facts.found] {
                *place = place.filter(|server| self.is_connected(*server));
            }
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
}
