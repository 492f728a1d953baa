//! `EXPLAIN ROUTE statement` and `SHOW LAST ROUTE`: what would be decided, by the very functions that decide, and
//! what was. Neither runs anything, nor changes what the session knows.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::proxy::causal::{Overlay, Shortfall};
use crate::proxy::explain::{
    COLUMNS, Choice as Told, Explained, Last, LastWait, Line, Origin, Verdict, needs, pins,
};
use crate::proxy::route::rules::Asked;
use crate::proxy::route::{Reason, Route, Rule, Target};
use crate::proxy::topology::{ServerView, View};
use crate::sql::{Cause, Kind, Needs, RouteQuestion, StatementClass, parse_route_question};
use crate::wire::error::ServerError;

use super::attempt::Attempt;
use super::choose::{Choice, Look};
use super::client::Arrived;
use super::hints::Wishes;
use super::relay::Outcome;
use super::rules::refusal;
use super::statement::{On, Statement, Times};
use super::{Flow, Session};

impl Session {
    /// Whether the text at hand asks about routes. Only some classes can.
    pub(super) fn route_question(
        &self,
        arrived: Arrived,
        class: &StatementClass,
    ) -> Option<RouteQuestion> {
        // To the classifier they are an EXPLAIN of something unknown, a table's description, an unknown SHOW,
        // or several statements.
        let may = matches!(
            class.cause,
            Cause::ExplainWrite | Cause::Describe | Cause::UnknownShow | Cause::MultiStatement
        );
        let sql = self.client.payload(arrived).get(1..).unwrap_or_default();
        may.then(|| parse_route_question(sql, self.state.lex()))?
    }

    /// Answers it.
    pub(super) async fn tell_route(&mut self, arrived: Arrived, question: RouteQuestion) -> Flow {
        let lines = match question {
            RouteQuestion::Explain(at) => self.explain_route(arrived, at),
            RouteQuestion::Last => self.last_lines(),
        };
        self.skip(arrived).await?;
        let rows: Vec<_> = lines.into_iter().map(Line::row).collect();
        self.tell_rows(&COLUMNS, &rows).await
    }

    /// Where the statement that begins at `at` would go.
    fn explain_route(&self, arrived: Arrived, at: usize) -> Vec<Line> {
        let sql = self.client.payload(arrived).get(1..).unwrap_or_default();
        let asked = sql.get(at..).unwrap_or_default();
        let statement = self.statement_of(sql, asked);
        let rule = self.rule_of(asked, &statement);
        let policy = self.policy(rule.as_deref());
        let mut attempt = Attempt::new(Instant::now(), policy).with_wishes(&statement.wishes);
        attempt.rule = rule;
        let route = self.route(&statement, &attempt);
        self.grant_patience(arrived, &statement, &route, &mut attempt);
        // An explanation is no turn.
        let turn = self.local.turn.get();
        let choice = self.choose(&route, &mut attempt, false);
        self.local.turn.set(turn);
        let own = self.is_answered_here(asked, &statement.class);
        let told = self.choice_in_words(&statement, choice, &attempt, own);
        self.local.with_view(|view| {
            let may_read = route.target == Target::Replica
                || route.target == Target::Any && view.primary.is_none();
            let now = self.local.shared.positions.moment(attempt.now());
            let explained = Explained {
                class: (statement.class.kind, statement.class.cause),
                route,
                instead: attempt.reason,
                rule: attempt.rule.as_ref().map(|rule| &*rule.name),
                policy: attempt.policy,
                origin: self.origin(&attempt),
                needs: if may_read { needs(&self.need(&attempt), now, view) } else { Vec::new() },
                pins: pins(&self.held.facts, view),
                view,
                verdicts: self.verdicts(&route, may_read, &attempt, view),
                choice: told,
            };
            explained.lines()
        })
    }

    /// The statement that is asked about, with hints that stand anywhere in the whole text.
    fn statement_of(&self, sql: &[u8], asked: &[u8]) -> Statement {
        let lex = self.state.lex();
        let class = self.local.classified(asked, lex);
        let named = match class.kind {
            Kind::Execute => self.named_statement(asked),
            _ => None,
        };
        let mut statement = named.unwrap_or_else(|| Statement::text(class));
        statement.wishes = match (self.wishes_in(sql), statement.wishes) {
            (Some(own), Some(known)) => Some(Rc::new(Wishes::over(&own, &known))),
            (own, known) => own.or(known),
        };
        statement
    }

    /// The rule that would hold for it.
    fn rule_of(&self, asked: &[u8], statement: &Statement) -> Option<Arc<Rule>> {
        let rules = self.local.rules()?;
        let named = statement.named.as_ref().and_then(|name| self.text_statements.get(name));
        let text = named.and_then(|named| named.parsed());
        let text = text.as_deref().unwrap_or(asked);
        let class = self.local.classified(text, self.state.lex());
        let asked = Asked {
            marks: &class.marks,
            user: rules.of_user(&self.client.user),
            schema: self.state.schema(),
            text: Some(text),
        };
        rules.find(&asked).cloned()
    }

    /// Whether no server sees the statement.
    fn is_answered_here(&self, asked: &[u8], class: &Arc<StatementClass>) -> bool {
        class.kind == Kind::Kill
            || parse_route_question(asked, self.state.lex()).is_some()
            || class.needs.contains(Needs::SERVER) && super::hints::is_position_question(asked)
    }

    fn choice_in_words(
        &self,
        statement: &Statement,
        choice: Choice,
        attempt: &Attempt,
        own: bool,
    ) -> Told {
        if own {
            return Told::Proxy;
        }
        if let Some(error) = attempt.rule.as_deref().and_then(refusal) {
            return Told::Refused(error.to_string());
        }
        if self.is_forbidden_write(statement) {
            let mariadb = self.connections.iter().any(|connection| connection.mariadb);
            return Told::Refused(ServerError::read_only_transaction(mariadb).to_string());
        }
        match choice {
            Choice::Server(server) => Told::Server(server),
            Choice::Soon(server) => Told::Soon(server, attempt.policy.wait),
            Choice::InLine(server) => Told::InLine(server),
            Choice::None => Told::NoServer(self.local.limits().primary_wait),
        }
    }

    fn origin(&self, attempt: &Attempt) -> Origin {
        let says = |overlay: &Overlay| overlay.level.is_some() || overlay.max_lag.is_some();
        match () {
            () if attempt.wishes.as_ref().is_some_and(|wishes| says(&wishes.overlay)) => {
                Origin::Hint
            }
            () if says(&self.asked) => Origin::Session,
            () if attempt.rule.as_ref().is_some_and(|rule| says(&rule.then.overlay)) => {
                Origin::Rule
            }
            () => Origin::Configuration,
        }
    }

    fn verdicts(
        &self,
        route: &Route,
        may_read: bool,
        attempt: &Attempt,
        view: &View,
    ) -> Vec<Verdict> {
        let need = self.need(attempt);
        let verdict = |server: &ServerView| match route.target {
            Target::Held(held) if held == server.id => Verdict::Holds,
            Target::Held(_) => Verdict::NotAsked,
            _ if Some(server.id) == view.primary => Verdict::Primary,
            _ if !may_read => Verdict::NotAsked,
            _ => {
                let look = self.look(server, &need, attempt, attempt.now());
                self.verdict(server, look, attempt)
            }
        };
        view.servers.iter().map(verdict).collect()
    }

    fn verdict(&self, server: &ServerView, look: Look, attempt: &Attempt) -> Verdict {
        let load = self.local.shared.connector.load(server.id);
        let lacks = |short: Shortfall| {
            let wanted = self.wanted(server.id, attempt).filter(|_| short != Shortfall::Pinned);
            wanted.map(|position| position.to_string()).unwrap_or_default()
        };
        match look {
            Look::Unfit => Verdict::Unfit,
            Look::Ready => {
                Verdict::Ready { in_flight: load.in_flight(), latency_us: load.latency_us() }
            }
            Look::Avoided => Verdict::Avoided,
            Look::Soon(short) => Verdict::Soon(short, lacks(short)),
            Look::Short(short) => Verdict::Short(short, lacks(short)),
        }
    }

    /// Remembers what a statement went through.
    pub(super) fn note_route(
        &mut self,
        statement: &Statement,
        route: &Route,
        mut attempt: Attempt,
        on: On,
        outcome: &Outcome,
        times: &Times,
    ) {
        let waited = attempt.wait.take();
        let reason = if waited.is_some() { Reason::Waited } else { route.reason };
        let waited = waited.map(|wait| LastWait { position: wait.position, time: times.waited });
        let before =
            times.sent.map_or_else(Default::default, |at| at.duration_since(times.arrived));
        let last = self.last_of(statement, route, attempt, reason);
        self.last_route = Some(Last {
            server: Some(on.server),
            on_primary: on.is_primary,
            before,
            waited: waited.map(Box::new),
            error: outcome.error,
            ..last
        });
    }

    /// The same for one for which there was no server.
    pub(super) fn note_unplaced(
        &mut self,
        statement: &Statement,
        route: &Route,
        attempt: &mut Attempt,
    ) {
        let ended = Attempt::new(attempt.begun, attempt.policy);
        self.note_unanswered(statement, route, std::mem::replace(attempt, ended));
    }

    /// The same for one that no server has answered.
    pub(super) fn note_unanswered(
        &mut self,
        statement: &Statement,
        route: &Route,
        attempt: Attempt,
    ) {
        self.last_route = Some(self.last_of(statement, route, attempt, route.reason));
    }

    fn last_of(
        &self,
        statement: &Statement,
        route: &Route,
        attempt: Attempt,
        reason: Reason,
    ) -> Last {
        Last {
            class: (statement.class.kind, statement.class.cause),
            planned: route.target,
            planned_reason: route.reason,
            reason: attempt.reason.unwrap_or(reason),
            policy: attempt.policy,
            origin: self.origin(&attempt),
            rule: attempt.rule,
            server: None,
            on_primary: false,
            before: Duration::ZERO,
            waited: None,
            in_vain: attempt.in_vain,
            failed: attempt.failed,
            error: None,
        }
    }

    fn last_lines(&self) -> Vec<Line> {
        let Some(last) = &self.last_route else { return Vec::new() };
        // A read changes nothing of what reads need, so that it is what the last one needed.
        let attempt = Attempt::new(Instant::now(), last.policy);
        let now = self.local.shared.positions.moment(attempt.begun);
        self.local.with_view(|view| {
            let needs = needs(&self.need(&attempt), now, view);
            last.lines(needs, pins(&self.held.facts, view), view)
        })
    }
}
