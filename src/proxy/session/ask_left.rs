//! Statements that ask for what an earlier one left (`LAST_INSERT_ID()`, `ROW_COUNT()`, `FOUND_ROWS()`,
//! warnings), where no connection has it all.
//!
//! Where connections are shared: if nobody has used the one that it ran on since, that answers. Else the insert
//! id is set on the connection at hand, and counts are written into the statement's text. Where a session has
//! connections of its own, a statement that asks for the insert id and for counts runs where the id is; counts of
//! another server's are asked for there and written into the text.

use std::rc::Rc;

use crate::sql::{Cause, Needs, StatementClass, with_last_statement};
use crate::wire::command;
use crate::wire::error::ServerError;

use super::Session;
use super::acquire::{EXCHANGE_TIME, command_of};
use super::client::Arrived;
use super::relay::packet;
use super::statement::Statement;
use crate::proxy::topology::ServerId;

/// Whether it asks, or may do so out of sight.
pub fn asks_for_what_was_left(class: &StatementClass) -> bool {
    class.needs.contains(Needs::LAST_INSERT_ID)
        || class.needs.contains(Needs::LAST_STATEMENT)
        || matches!(class.cause, Cause::Call | Cause::MultiStatement | Cause::Compound)
}

impl Session {
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
        let class = &statement.class;
        let Some(pooled) = &self.pooled else {
            return self.bring_counts(arrived, statement, server).await;
        };
        let Some(connection) = self.connections.iter().find(|c| c.server == server) else {
            return Ok(());
        };
        let Some(shared) = &connection.shared else { return Ok(()) };
        let has_last = pooled.left.is_on(connection.epoch, shared);
        let wants_id = !class.needs.contains(Needs::LAST_STATEMENT);
        if has_last && !wants_id || pooled.left.generated_on(shared) && wants_id {
            return Ok(());
        }
        if class.needs.contains(Needs::LAST_STATEMENT) {
            let left = &pooled.left;
            let (counts, lost) = ((left.row_count(), left.found_rows()), left.has_diagnostics());
            self.write_counts(arrived, statement, counts, lost)?;
        }
        self.bring_insert_id(server).await
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
        self.write_counts(arrived, statement, (rows, Some(found)), false)
    }

    /// `SET last_insert_id`, which also takes the warnings of others away.
    async fn bring_insert_id(&mut self, server: ServerId) -> Result<(), ServerError> {
        let left = self.pooled.as_ref().map(|pooled| pooled.left.insert_id());
        let id = left.unwrap_or(Some(0)).ok_or_else(ServerError::backend_lost)?;
        let Some(connection) = self.connection_to(server) else { return Ok(()) };
        let set = command_of(command::QUERY, format!("SET last_insert_id={id}").as_bytes());
        let setting = tokio::time::timeout(EXCHANGE_TIME, connection.exchange(&set, |_| ()));
        match setting.await {
            Ok(Ok(_)) => Ok(()),
            _ => {
                self.connection_lost(server);
                Err(ServerError::backend_lost())
            }
        }
    }

    /// Writes the counts into the text at hand, or of the prepared statement.
    fn write_counts(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        (rows, found): (i64, Option<u64>),
        lost: bool,
    ) -> Result<(), ServerError> {
        let lex = self.state.lex();
        let text: Vec<u8> = match statement.prepared {
            Some(id) => {
                let prepared = self.statements.get_mut(id);
                prepared.and_then(|p| p.sql.as_ref().map(|sql| sql.to_vec())).unwrap_or_default()
            }
            None => self.client.payload(arrived).get(1..).unwrap_or_default().to_vec(),
        };
        let written = with_last_statement(&text, lex, rows, found);
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

/// A count that could not be written into the text is asked for in a way that only its connection can answer.
fn asks_for_counts(sql: &[u8]) -> bool {
    const WORDS: [&[u8]; 3] = [b"row_count", b"found_rows", b"rowcount"];
    let has =
        |word: &&[u8]| sql.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    WORDS.iter().any(has)
}
