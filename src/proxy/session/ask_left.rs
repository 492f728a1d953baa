//! Statements that ask for what an earlier one left (`LAST_INSERT_ID()`, `ROW_COUNT()`, `FOUND_ROWS()`,
//! warnings), where no connection has it all.
//!
//! Where connections are shared: if nobody has used the one that it ran on since, that answers. Else the insert
//! id is set on the connection at hand, counts are written into the statement's text, and `SHOW WARNINGS` is
//! answered from what was asked when the connection was given back. Where a session has
//! connections of its own, a statement that asks runs where the insert id is, else where the last statement ran, else
//! where the last one with rows did; counts of another server's are asked for there and written into the text.

use std::rc::Rc;

use crate::proxy::backend::Connection;
use crate::proxy::topology::ServerId;
use crate::sql::{
    Cause, Effects, Kind, LastStatement, Needs, StatementClass, parse_conditions_question,
    with_last_statement,
};
use crate::wire::command;
use crate::wire::conditions::Shown;
use crate::wire::error::ServerError;
use crate::wire::response::Expect;

use super::Session;
use super::client::Arrived;
use super::left::Diagnostics;
use super::ready::{EXCHANGE_TIME, command_of};
use super::relay::packet;
use super::statement::Statement;

/// Whether it asks, or may do so out of sight; or may leave an insert id, which is right only on a connection that
/// has the one before.
pub fn asks_for_what_was_left(class: &StatementClass) -> bool {
    class.needs.contains(Needs::LAST_INSERT_ID)
        || class.needs.intersects(Needs::COUNTS)
        || class.cause == Cause::Dml
        || class.effects.contains(Effects::SETS_INSERT_ID)
        || super::pooled::is_opaque(class)
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
            _ => left.has_counts(epoch, shared) && left.has_diagnostics(epoch, shared),
        };
        let has_id = pooled.left.has_id(connection.epoch, shared);
        let wants_last = needs.intersects(Needs::COUNTS);
        let asks_id = needs.contains(Needs::LAST_INSERT_ID);
        let last = left.last_statement();
        let known = matches!(left.diagnostics(), Diagnostics::None);
        let lost = !known && !left.has_diagnostics(epoch, shared);
        let wants_id = asks_id || !wants_last && !has_id && self.may_insert(arrived, statement);
        let shows = matches!(statement.class.cause, Cause::Show | Cause::Diagnostics);
        let clears = shows && !has_last;
        if wants_last && !has_last {
            self.write_counts(arrived, statement, Written { last, lost, here: Needs::empty() })?;
        }
        let told = Told { clears, must_succeed: statement.class.kind == Kind::Read };
        match has_id {
            false if wants_id || clears => self.bring_insert_id(server, asks_id, told),
            true if clears => self.queue_insert_id(server, "LAST_INSERT_ID()", told),
            _ => Ok(()),
        }
    }

    /// Neither an UPDATE nor a DELETE, which leave the insert id alone.
    fn may_insert(&mut self, arrived: Arrived, statement: &Statement) -> bool {
        if statement.class.cause != Cause::Dml
            || statement.class.effects.contains(Effects::SETS_INSERT_ID)
        {
            return true;
        }
        let text = self.text_of(arrived, statement);
        let word = text.trim_ascii_start().get(..6).unwrap_or_default();
        !(word.eq_ignore_ascii_case(b"update") || word.eq_ignore_ascii_case(b"delete"))
    }

    /// The counts of the session's own connections to other servers.
    async fn bring_counts(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        server: ServerId,
    ) -> Result<(), ServerError> {
        let (class, facts) = (&statement.class, &self.held.facts);
        let shows = matches!(class.cause, Cause::Show | Cause::Diagnostics);
        if shows || statement.expect != Expect::Results {
            return Ok(());
        }
        let elsewhere = |place: Option<ServerId>, need| {
            place.filter(|place| *place != server && class.needs.contains(need))
        };
        let rows_at = elsewhere(facts.last, Needs::LAST_STATEMENT);
        let found_at = elsewhere(facts.found, Needs::FOUND_ROWS);
        let kept = class.needs.contains(Needs::FOUND_ROWS) && self.held.found_kept.is_some();
        if rows_at.is_none() && found_at.is_none() && !kept {
            return Ok(());
        }
        if statement.prepared.is_some() {
            return Err(ServerError::left_behind_lost());
        }
        let rows = match rows_at {
            Some(place) => Some(self.ask_counts(place).await?),
            None => None,
        };
        if let (Some(place), None) = (found_at, self.held.found_kept) {
            self.ask_counts(place).await?;
        }
        let found = self.held.found_kept.filter(|_| kept || found_at.is_some());
        let mut here = Needs::empty();
        if rows.is_none() {
            here |= Needs::LAST_STATEMENT;
        }
        if found.is_none() {
            here |= Needs::FOUND_ROWS;
        }
        let last = LastStatement { rows, found, conditions: None };
        self.write_counts(arrived, statement, Written { last, lost: rows.is_some(), here })
    }

    /// `ROW_COUNT()` of the session's own connection to a server. If that has the found rows, they are kept: what
    /// asks them has rows of its own.
    async fn ask_counts(&mut self, server: ServerId) -> Result<i64, ServerError> {
        let connection = self.connection_to(server).ok_or_else(ServerError::backend_lost)?;
        let question = command_of(command::QUERY, COUNTS);
        let answer = tokio::time::timeout(EXCHANGE_TIME, connection.ask(&question)).await;
        let counts = answer.ok().and_then(Result::ok).and_then(|answer| parse_counts(&answer));
        let Some((rows, found)) = counts else {
            self.connection_lost(server);
            return Err(ServerError::backend_lost());
        };
        if self.held.facts.found == Some(server) {
            self.held.found_kept.get_or_insert(found);
        }
        Ok(rows)
    }

    /// Has the id set that is known. One that is not is an error only where it is asked for.
    fn bring_insert_id(
        &mut self,
        server: ServerId,
        asked: bool,
        told: Told,
    ) -> Result<(), ServerError> {
        let known = self.pooled.as_ref().map_or(Some(0), |pooled| pooled.left.insert_id());
        if known.is_none() && asked {
            return Err(ServerError::left_behind_lost());
        }
        self.queue_insert_id(server, &known.unwrap_or(0).to_string(), told)?;
        let place = self
            .connection_to(server)
            .and_then(|connection| Some((connection.epoch, connection.shared.as_ref()?.uses)));
        if let (Some((epoch, uses)), Some(pooled)) = (place, &mut self.pooled) {
            pooled.left.id_is_on(epoch, uses);
        }
        Ok(())
    }

    /// `SET last_insert_id`, in the same write as the statement.
    fn queue_insert_id(
        &mut self,
        server: ServerId,
        id: &str,
        told: Told,
    ) -> Result<(), ServerError> {
        let connection = self.connection_to(server).ok_or_else(ServerError::backend_lost)?;
        let set = match told.clears {
            // MariaDB takes warnings away only with what uses a table, if a derived one.
            true => format!("SET last_insert_id=(SELECT {id} FROM (SELECT 1) AS t)"),
            false => format!("SET last_insert_id={id}"),
        };
        connection.queue_told(&command_of(command::QUERY, set.as_bytes()), told.must_succeed);
        Ok(())
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

    /// Writes the counts into the text at hand, or of the prepared statement.
    fn write_counts(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        Written { last, lost, here }: Written,
    ) -> Result<(), ServerError> {
        let lex = self.state.lex();
        let text = self.text_of(arrived, statement);
        let written = match parse_conditions_question(&text, lex) {
            Some(question) if question.count => count_as_query(question.errors, last),
            _ => with_last_statement(&text, lex, last),
        };
        let now = written.as_deref().unwrap_or(&text);
        let class = self.local.classified(now, lex);
        // Of several statements the later ones ask for what the earlier ones leave.
        let asks = class.needs.without(here).intersects(Needs::COUNTS)
            && class.cause != Cause::MultiStatement;
        if asks && (lost || asks_for_counts(now)) {
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

/// How the insert id is set.
#[derive(Clone, Copy)]
struct Told {
    /// So that warnings go which an earlier statement, or another session's, left.
    clears: bool,
    /// The statement may not run without.
    must_succeed: bool,
}

/// What is written into a statement that asks.
struct Written {
    last: LastStatement,
    /// There were warnings, which are elsewhere.
    lost: bool,
    /// What its server has itself.
    here: Needs,
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
