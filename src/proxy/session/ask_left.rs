//! Statements that ask for what an earlier one left (`LAST_INSERT_ID()`, `ROW_COUNT()`, `FOUND_ROWS()`,
//! warnings), where no connection has it all.
//!
//! Where connections are shared: if nobody has used the one that it ran on since, that answers. Else the insert
//! id is set on the connection at hand, counts are written into the statement's text, and `SHOW WARNINGS` is
//! answered from what was asked when the connection was given back. Where a session has
//! connections of its own, a statement that asks for the insert id and for counts runs where the id is; counts of
//! another server's are asked for there and written into the text.

use std::rc::Rc;

use crate::proxy::backend::Connection;
use crate::proxy::topology::ServerId;
use crate::sql::{
    Cause, LastStatement, Needs, StatementClass, parse_conditions_question, with_last_statement,
};
use crate::wire::command;
use crate::wire::conditions::Shown;
use crate::wire::error::ServerError;
use crate::wire::response::Expect;

use super::Session;
use super::acquire::{EXCHANGE_TIME, command_of};
use super::client::Arrived;
use super::left::Diagnostics;
use super::relay::packet;
use super::statement::Statement;

/// Whether it asks, or may do so out of sight.
pub fn asks_for_what_was_left(class: &StatementClass) -> bool {
    class.needs.contains(Needs::LAST_INSERT_ID)
        || class.needs.contains(Needs::LAST_STATEMENT)
        || matches!(class.cause, Cause::Call | Cause::MultiStatement | Cause::Compound)
}

impl Session {
    /// The answer to a statement that asks for warnings, where the proxy alone has it.
    pub(super) fn known_conditions(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
    ) -> Option<(Vec<u8>, u64)> {
        let asks = statement.expect == Expect::Results && statement.class.cause == Cause::Show;
        if !asks || !statement.class.needs.contains(Needs::LAST_STATEMENT) {
            return None;
        }
        let pooled = self.pooled.as_ref()?;
        let has = |connection: &Connection| {
            let shared = connection.shared.as_ref();
            shared.is_some_and(|shared| pooled.left.has_diagnostics(connection.epoch, shared))
        };
        if self.connections.iter().any(|connection| has(connection)) {
            return None;
        }
        let conditions = match pooled.left.diagnostics() {
            Diagnostics::Known(conditions, _) => conditions.clone(),
            _ => return None,
        };
        let text = self.text_of(arrived, statement);
        let question = parse_conditions_question(&text, self.state.lex())?;
        if question.count {
            return None;
        }
        let shown = Shown { errors: question.errors, skip: question.skip, limit: question.limit };
        let (binary, status) = (statement.prepared.is_some(), self.held.status());
        let answer = conditions.answer(shown, binary, self.client.capabilities, status)?;
        if let Some(pooled) = &mut self.pooled {
            pooled.left.showed_conditions();
        }
        Some(answer)
    }

    /// Makes the connection answer as the one would that the last statements ran on.
    ///
    /// # Errors
    /// What the client is told when it cannot be known any more.
    pub(super) async fn bring_what_was_left(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        server: ServerId,
    ) -> Result<(), ServerError> {
        let needs = statement.class.needs;
        let Some(pooled) = &self.pooled else {
            return self.bring_counts(arrived, statement, server).await;
        };
        let Some(connection) = self.connections.iter().find(|c| c.server == server) else {
            return Ok(());
        };
        let Some(shared) = &connection.shared else { return Ok(()) };
        let (left, epoch) = (&pooled.left, connection.epoch);
        let has_last = match statement.class.cause {
            Cause::Show | Cause::Diagnostics => left.has_diagnostics(epoch, shared),
            _ => left.has_counts(epoch, shared),
        };
        let has_id = pooled.left.has_id(connection.epoch, shared);
        let wants_last = needs.contains(Needs::LAST_STATEMENT);
        let wants_id = needs.contains(Needs::LAST_INSERT_ID) || !wants_last;
        if (has_last || !wants_last) && (has_id || !wants_id) {
            return Ok(());
        }
        if wants_last {
            let last = pooled.left.last_statement();
            let lost = !matches!(pooled.left.diagnostics(), Diagnostics::None);
            self.write_counts(arrived, statement, last, lost)?;
        }
        self.bring_insert_id(server, wants_id).await
    }

    /// The counts of the session's own connection to another server, where the last statement ran.
    async fn bring_counts(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        server: ServerId,
    ) -> Result<(), ServerError> {
        let both = Needs::LAST_STATEMENT | Needs::LAST_INSERT_ID;
        let last = self.held.facts.last.filter(|last| *last != server);
        let (true, Some(last)) = (statement.class.needs.contains(both), last) else {
            return Ok(());
        };
        if statement.prepared.is_some() {
            return Err(ServerError::left_behind_lost());
        }
        let connection = self.connection_to(last).ok_or_else(ServerError::backend_lost)?;
        let question = command_of(command::QUERY, COUNTS);
        let answer = tokio::time::timeout(EXCHANGE_TIME, connection.ask(&question)).await;
        let counts = answer.ok().and_then(Result::ok).and_then(|answer| parse_counts(&answer));
        let Some((rows, found)) = counts else {
            self.connection_lost(last);
            return Err(ServerError::backend_lost());
        };
        let last = LastStatement { rows, found: Some(found), conditions: None };
        self.write_counts(arrived, statement, last, false)
    }

    /// `SET last_insert_id`, which also takes the warnings of others away. One that is not known is an error only
    /// where it is asked for.
    async fn bring_insert_id(&mut self, server: ServerId, asked: bool) -> Result<(), ServerError> {
        let known = self.pooled.as_ref().map_or(Some(0), |pooled| pooled.left.insert_id());
        let id = match known {
            None if asked => return Err(ServerError::left_behind_lost()),
            known => known.unwrap_or(0),
        };
        let Some(connection) = self.connection_to(server) else { return Ok(()) };
        let set = command_of(command::QUERY, format!("SET last_insert_id={id}").as_bytes());
        let setting = tokio::time::timeout(EXCHANGE_TIME, connection.exchange(&set, |_| ())).await;
        let place = connection.shared.as_ref().map(|shared| (connection.epoch, shared.uses));
        match setting {
            Ok(Ok(_)) => {
                if let (Some((epoch, uses)), Some(pooled)) = (place, &mut self.pooled)
                    && known.is_some()
                {
                    pooled.left.id_is_on(epoch, uses);
                }
                Ok(())
            }
            _ => {
                self.connection_lost(server);
                Err(ServerError::backend_lost())
            }
        }
    }

    /// The text at hand, or of the prepared statement.
    fn text_of(&mut self, arrived: Arrived, statement: &Statement) -> Vec<u8> {
        match statement.prepared {
            Some(id) => {
                let prepared = self.statements.get_mut(id);
                prepared.and_then(|p| p.sql.as_ref().map(|sql| sql.to_vec())).unwrap_or_default()
            }
            None => self.client.payload(arrived).get(1..).unwrap_or_default().to_vec(),
        }
    }

    /// Writes the counts into the text at hand, or of the prepared statement. `lost`: there were warnings, which
    /// are elsewhere.
    fn write_counts(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        last: LastStatement,
        lost: bool,
    ) -> Result<(), ServerError> {
        let lex = self.state.lex();
        let text = self.text_of(arrived, statement);
        let written = match parse_conditions_question(&text, lex) {
            Some(question) if question.count => count_as_query(question.errors, last),
            _ => with_last_statement(&text, lex, last),
        };
        let now = written.as_deref().unwrap_or(&text);
        let class = self.local.classified(now, lex);
        if class.needs.contains(Needs::LAST_STATEMENT) && (lost || asks_for_counts(now)) {
            return Err(ServerError::left_behind_lost());
        }
        let Some(written) = written else { return Ok(()) };
        match statement.prepared {
            Some(_) => self.instead = Some(Rc::from(written)),
            None => {
                self.rewritten = Some(packet(0, |out| {
                    out.push(command::QUERY);
                    out.extend_from_slice(&written);
                }));
            }
        }
        Ok(())
    }
}

/// Both counts; the question changes neither before they are read.
const COUNTS: &[u8] = b"SELECT CONCAT(ROW_COUNT(),' ',FOUND_ROWS())";

fn parse_counts(answer: &str) -> Option<(i64, u64)> {
    let (rows, found) = answer.split_once(' ')?;
    Some((rows.parse().ok()?, found.parse().ok()?))
}

/// `SHOW COUNT(*) WARNINGS` with the count, where it is known.
fn count_as_query(errors: bool, last: LastStatement) -> Option<Vec<u8>> {
    let (all, wrong) = last.conditions?;
    let (count, name) = match errors {
        true => (wrong, "error_count"),
        false => (all, "warning_count"),
    };
    Some(format!("SELECT ({count}|0) AS `@@session.{name}`").into_bytes())
}

/// A count that could not be written into the text is asked for in a way that only its connection can answer.
fn asks_for_counts(sql: &[u8]) -> bool {
    const WORDS: [&[u8]; 3] = [b"row_count", b"found_rows", b"rowcount"];
    let has =
        |word: &&[u8]| sql.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    WORDS.iter().any(has)
}
