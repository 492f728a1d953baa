//! COM_QUERY: what a statement's text is found to be, and who serves it.

use std::sync::Arc;

use crate::sql::{
    Cause, Effects, Kind, Needs, StatementClass, parse_temporary, with_connection_id,
};

use super::client::Arrived;
use super::relay::packet;
use super::statement::Statement;
use super::{Flow, Session};

impl Session {
    /// COM_QUERY.
    pub(super) async fn query(&mut self, arrived: Arrived) -> Flow {
        let class = self.classify(arrived);
        if arrived.whole
            && let Some(question) = self.route_question(arrived, &class)
        {
            return Box::pin(self.tell_route(arrived, question)).await;
        }
        if class.needs.contains(Needs::CONNECTION) && arrived.whole {
            self.say_own_id(arrived);
        }
        match class.kind {
            Kind::Kill if arrived.whole => Box::pin(self.kill_statement(arrived, class)).await,
            Kind::Prepare | Kind::Execute | Kind::Deallocate if arrived.whole => {
                Box::pin(self.text_prepared(arrived, class)).await
            }
            Kind::Read
                if class.needs.contains(Needs::SERVER) && self.asks_for_position(arrived) =>
            {
                Box::pin(self.tell_position(arrived)).await
            }
            Kind::SetSession if arrived.whole => {
                let sets_own = class.effects.contains(Effects::USER_VARIABLES);
                let mut statement = Statement::text(class);
                if sets_own && let Some(variables) = self.hint_variables(arrived) {
                    return Box::pin(self.set_hints(arrived, statement, variables)).await;
                }
                let payload = self.client.payload(arrived);
                statement.collation = named_collation(payload);
                statement.unreported =
                    changes_tracking(payload).then(|| payload.get(1..).unwrap_or_default().into());
                self.run_statement(arrived, statement).await.map(|_| ())
            }
            _ => {
                let wishes = self.wishes(arrived);
                let mut statement = Statement { wishes, ..Statement::text(class) };
                if arrived.whole && self.may_touch_temporary(&statement.class) {
                    let sql = self.client.payload(arrived).get(1..).unwrap_or_default();
                    statement.temporary = parse_temporary(sql, self.state.lex());
                }
                self.run_statement(arrived, statement).await.map(|_| ())
            }
        }
    }

    /// It makes a temporary table, or may drop one that there is.
    pub(super) fn may_touch_temporary(&self, class: &StatementClass) -> bool {
        let has = self.held.facts.pins.why.contains(Effects::TEMPORARY_TABLE);
        class.effects.contains(Effects::TEMPORARY_TABLE) || (has && class.cause == Cause::Ddl)
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
            return self.local.too_long();
        }
        let sql = self.client.payload(arrived).get(1..).unwrap_or_default();
        self.local.classified(sql, self.state.lex())
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
