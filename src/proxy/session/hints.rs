//! What clients ask of the proxy itself: hints in comments, `SET @anabranch_…`, and the session's position.
//!
//! On a direct connection all of it is harmless: comments, and user variables.

use std::rc::Rc;

use crate::gtid::Position;
use crate::proxy::causal::{Level, Overlay};
use crate::proxy::route::Hint;
use crate::proxy::topology::{Flavour, ServerId, View};
use crate::sql::hint::{Consistency, Hints, Place, Route};
use crate::sql::{Effects, HintVariables, Needs, StatementClass, parse_hint_variables};
use crate::wire::error::ServerError;
use crate::wire::text_rows::{Reader, Row, text_rows};

use super::client::Arrived;
use super::statement::Statement;
use super::{Flow, Session};

/// The one text that asks for the session's position.
const POSITION: &[u8] = b"select @@anabranch_position";

/// Consistency, route and position that a session asks for from now on.
type Changed = (Overlay, Option<Hint>, Option<Position>);

/// What a statement's hints mean for it.
#[derive(Debug, Default)]
pub struct Wishes {
    /// Its consistency.
    pub overlay: Overlay,
    /// A position that the server must have.
    pub after: Option<Position>,
    /// Where it is to run.
    pub route: Option<Hint>,
    /// On which server it is to run, if it may run there.
    pub place: Option<Wanted>,
    /// What was not understood, by whoever reads hints.
    wrong: Vec<String>,
    /// What only the proxy finds wrong.
    wrong_here: Vec<String>,
}

/// A certain server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// This one.
    Server(ServerId),
    /// The one of the session's last statement.
    Last,
}

impl Wishes {
    pub(super) fn of(hints: &Hints, view: &View) -> Self {
        let mut wrong_here = Vec::new();
        let after = hints.after.as_deref().and_then(|text| {
            let position = Position::parse(text);
            if position.is_err() {
                wrong_here.push("The anabranch hint 'after' is no set of GTIDs".to_owned());
            }
            position.ok()
        });
        let place = hints.place.as_ref().and_then(|place| {
            let Place::Named(name) = place else { return Some(Wanted::Last) };
            let server = view.servers.iter().find(|server| server.name.eq_ignore_ascii_case(name));
            if server.is_none() {
                wrong_here.push("The maxscale hint names a server that there is not".to_owned());
            }
            server.map(|server| Wanted::Server(server.id))
        });
        Self {
            overlay: Overlay { level: hints.consistency.map(level), max_lag: hints.max_lag },
            after,
            route: hints.route.map(hint_of),
            place,
            wrong: hints.problems.clone(),
            wrong_here,
        }
    }

    /// These, and where they say nothing, those of `under`.
    pub(super) fn over(&self, under: &Self) -> Self {
        let says_where = self.route.is_some() || self.place.is_some();
        let (route, place) = match says_where {
            true => (self.route, self.place),
            false => (under.route, under.place),
        };
        let (own, other) = (&self.overlay, &under.overlay);
        let both = |own: &[String], other: &[String]| [own, other].concat();
        Self {
            overlay: Overlay {
                level: own.level.or(other.level),
                max_lag: own.max_lag.or(other.max_lag),
            },
            after: self.after.clone().or_else(|| under.after.clone()),
            route,
            place,
            wrong: both(&self.wrong, &under.wrong),
            wrong_here: both(&self.wrong_here, &under.wrong_here),
        }
    }

    /// What the client is to be warned of where a server of this kind runs the statement: the bundled server
    /// reads hints itself, and warns.
    pub(super) fn problems(&self, flavour: Flavour) -> impl Iterator<Item = &str> {
        let read_there = flavour == Flavour::Anabranch;
        let wrong = if read_there { &[][..] } else { &self.wrong };
        wrong.iter().chain(&self.wrong_here).map(String::as_str)
    }
}

fn level(consistency: Consistency) -> Level {
    match consistency {
        Consistency::Eventual => Level::Eventual,
        Consistency::Bounded => Level::Bounded,
        Consistency::Monotonic => Level::Monotonic,
        Consistency::Session => Level::Session,
        Consistency::Global => Level::Global,
    }
}

fn hint_of(route: Route) -> Hint {
    match route {
        Route::Primary => Hint::Primary,
        Route::Replica => Hint::Replica,
    }
}

/// Whether a text asks for the session's position.
pub(super) fn is_position_question(sql: &[u8]) -> bool {
    let sql = sql.trim_ascii().strip_suffix(b";").unwrap_or(sql.trim_ascii());
    sql.trim_ascii_end().eq_ignore_ascii_case(POSITION)
}

impl Session {
    /// The hints in the text at hand; most have none.
    #[inline]
    pub(super) fn wishes(&self, arrived: Arrived) -> Option<Rc<Wishes>> {
        self.wishes_in(self.client.payload(arrived).get(1..)?)
    }

    /// The hints in a text.
    #[inline]
    pub(super) fn wishes_in(&self, sql: &[u8]) -> Option<Rc<Wishes>> {
        let hints = Hints::find(sql, self.state.lex())?;
        Some(Rc::new(self.local.with_view(|view| Wishes::of(&hints, view))))
    }

    /// Where the statement is wanted to run: by its own hint, else by the session's.
    pub(super) fn hint(&self, wishes: Option<&Wishes>) -> Option<Hint> {
        let own = wishes.and_then(|wishes| {
            let primary = || self.primary();
            let at = |server| match Some(server) == primary() {
                true => Hint::Primary,
                false => Hint::Replica,
            };
            wishes.route.or_else(|| self.wanted_server(wishes).map(at))
        });
        own.or(self.route_hint)
    }

    /// The server that a hint names.
    pub(super) fn wanted_server(&self, wishes: &Wishes) -> Option<ServerId> {
        match wishes.place? {
            Wanted::Server(server) => Some(server),
            Wanted::Last => self.held.facts.last,
        }
    }

    /// `SET @anabranch_… = …`: runs as any `SET` of user variables, and holds for the session from then on.
    /// It leaves nothing that would keep statements on a server; where connections are shared none hears of it.
    pub(super) async fn set_hints(
        &mut self,
        arrived: Arrived,
        mut statement: Statement,
        variables: HintVariables,
    ) -> Flow {
        let mut changed = (self.asked, self.route_hint, self.held.memory.after().cloned());
        for (name, value) in &variables.set {
            if let Err(error) = self.apply_hint(name, value, &mut changed) {
                return self.refuse(arrived, &error).await;
            }
        }
        if variables.alone && self.pooled.is_some() {
            // On a shared connection others would find it.
            self.skip(arrived).await?;
            self.hold_hints(changed);
            return self.client.tell_ok(1, self.held.status()).await;
        }
        if variables.alone {
            let mut class = StatementClass::clone(&statement.class);
            class.effects = class.effects.without(Effects::USER_VARIABLES);
            class.needs = class.needs.without(Needs::USER_VARIABLES);
            statement.class = class.into();
        }
        let ran = self.run_statement(arrived, statement).await?;
        if ran.is_some_and(|(_, outcome)| outcome.error.is_none()) {
            self.hold_hints(changed);
        }
        Ok(())
    }

    fn hold_hints(&mut self, (asked, route, after): Changed) {
        (self.asked, self.route_hint) = (asked, route);
        self.held.memory.note_after(after);
        if let Some(pooled) = &mut self.pooled {
            pooled.left.answered_here();
        }
    }

    /// An empty value takes back what the session set.
    fn apply_hint(
        &self,
        name: &str,
        value: &str,
        changed: &mut Changed,
    ) -> Result<(), ServerError> {
        let wrong = || {
            let text =
                format!("Variable '@anabranch_{name}' can't be set to the value of '{value}'");
            ServerError::new(1231, *b"42000", text)
        };
        if value.is_empty() {
            match name {
                "consistency" => changed.0.level = None,
                "max_lag" => changed.0.max_lag = None,
                "route" => changed.1 = None,
                "after" => changed.2 = None,
                _ => {}
            }
            return Ok(());
        }
        let mut hints = Hints::default();
        hints.set(name, value).map_err(|_| wrong())?;
        let wishes = self.local.with_view(|view| Wishes::of(&hints, view));
        if name == "after" {
            changed.2 = Some(wishes.after.ok_or_else(wrong)?);
        }
        changed.0 = changed.0.with(wishes.overlay);
        changed.1 = wishes.route.or(changed.1);
        Ok(())
    }

    /// What a `SET` at hand sets of the proxy's own variables.
    pub(super) fn hint_variables(&self, arrived: Arrived) -> Option<HintVariables> {
        let sql = self.client.payload(arrived).get(1..)?;
        parse_hint_variables(sql, self.state.lex())
    }

    /// Whether the text at hand asks for the session's position.
    pub(super) fn asks_for_position(&self, arrived: Arrived) -> bool {
        is_position_question(self.client.payload(arrived).get(1..).unwrap_or_default())
    }

    /// `SELECT @@anabranch_position`: what another session must have to see all that this one wrote and
    /// read. NULL where that is nothing, or the servers tell no positions.
    pub(super) async fn tell_position(&mut self, arrived: Arrived) -> Flow {
        let position = self.position().await;
        self.skip(arrived).await?;
        let row = vec![position.map(|position| position.to_string())];
        self.tell_rows(&["@@anabranch_position"], &[row]).await
    }

    /// Answers with rows of the proxy's own.
    pub(super) async fn tell_rows(&mut self, columns: &[&str], rows: &[Row]) -> Flow {
        let reader = Reader {
            capabilities: self.client.capabilities,
            mariadb_capabilities: self.client.mariadb_capabilities,
            status: self.held.status(),
        };
        self.client.tell(&text_rows(columns, rows, reader)).await
    }
}
