//! What clients ask of the proxy itself: hints in comments, `SET @anabranch_…`, and the session's position.
//!
//! On a direct connection all of it is harmless: comments, and user variables.

use std::rc::Rc;

use crate::gtid::Position;
use crate::proxy::causal::{Level, Overlay};
use crate::proxy::route::Hint;
use crate::sql::hint::{Consistency, Hints, Route};
use crate::sql::{Effects, HintVariables, Needs, StatementClass, parse_hint_variables};
use crate::wire::error::ServerError;
use crate::wire::value_row::one_value;

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
}

impl Wishes {
    fn of(hints: &Hints) -> Self {
        for problem in &hints.problems {
            tracing::debug!(target: "hint", "{problem}");
        }
        Self {
            overlay: Overlay { level: hints.consistency.map(level), max_lag: hints.max_lag },
            after: hints.after.as_deref().and_then(|text| Position::parse(text).ok()),
            route: hints.route.map(place),
        }
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

fn place(route: Route) -> Hint {
    match route {
        Route::Primary => Hint::Primary,
        Route::Replica => Hint::Replica,
    }
}

impl Session {
    /// The hints in the text at hand; most have none.
    pub(super) fn wishes(&self, arrived: Arrived) -> Option<Rc<Wishes>> {
        let sql = self.client.payload(arrived).get(1..)?;
        let hints = Hints::find(sql, self.state.lex())?;
        Some(Rc::new(Wishes::of(&hints)))
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
        let wishes = Wishes::of(&hints);
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
        let sql = self.client.payload(arrived).get(1..).unwrap_or_default();
        let sql = sql.trim_ascii().strip_suffix(b";").unwrap_or(sql.trim_ascii());
        sql.trim_ascii_end().eq_ignore_ascii_case(POSITION)
    }

    /// `SELECT @@anabranch_position`: what another session must have to see all that this one wrote and
    /// read. NULL where that is nothing, or the servers tell no positions.
    pub(super) async fn tell_position(&mut self, arrived: Arrived) -> Flow {
        let position = self.position().await;
        self.skip(arrived).await?;
        let text = position.map(|position| position.to_string());
        let (capabilities, status) = (self.client.capabilities, self.held.status());
        let answer = one_value("@@anabranch_position", text.as_deref(), capabilities, status);
        self.client.tell(&answer).await
    }
}
