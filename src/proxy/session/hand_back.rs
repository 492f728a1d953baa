//! The way of a shared connection back to its pool: what only it knows is asked first, so that the session needs it
//! no more; then it is the next one's.

use std::time::Duration;

use crate::proxy::backend::{Connection, ExchangeError};
use crate::wire::command;

use super::Session;
use super::left::Questions;
use super::ready::{EXCHANGE_TIME, command_of, timed_out};

/// Longest wait for the answer. Without it what was to be asked counts as lost, and so does the connection.
const ASKING_TIME: Duration = Duration::from_secs(1);

/// Neither question changes what is asked.
const COUNTS: &[u8] = b"SELECT CONCAT(FOUND_ROWS(),' ',LAST_INSERT_ID())";
const ID: &[u8] = b"SELECT CONCAT('0 ',LAST_INSERT_ID())";
const CONDITIONS: &[u8] = b"SHOW WARNINGS";

impl Session {
    /// Gives back every connection that nothing binds the session to.
    pub(super) async fn hand_back(&mut self) {
        while let Some((mut connection, questions)) = self.hand_back_until_asked() {
            let asking = self.ask_what_is_left(&mut connection, questions);
            let asked = Box::pin(tokio::time::timeout(ASKING_TIME, asking)).await;
            match asked.unwrap_or_else(|_| Err(timed_out())) {
                Err(ExchangeError::Io(_)) => {
                    self.pulse.closed(connection.server, connection.thread_id);
                    self.server_failed(connection.server);
                }
                // An answer that is refused is as lost as one that never comes.
                _ => self.give_back(connection),
            }
        }
    }

    /// Gives back what needs no question, up to a connection that does.
    fn hand_back_until_asked(&mut self) -> Option<(Box<Connection>, Questions)> {
        let mut at = 0;
        while let Some(connection) = self.connections.get(at) {
            let Some(pooled) = &self.pooled else { return None };
            if self.is_bound_to(connection) {
                at += 1;
                continue;
            }
            let shared = connection.shared.as_ref();
            let questions = shared.map(|shared| pooled.left.questions(connection.epoch, shared));
            let connection = self.connections.swap_remove(at);
            match questions.filter(|questions| !questions.is_empty()) {
                Some(questions) => return Some((connection, questions)),
                None => self.give_back(connection),
            }
        }
        None
    }

    async fn ask_what_is_left(
        &mut self,
        connection: &mut Connection,
        questions: Questions,
    ) -> Result<(), ExchangeError> {
        let Some(pooled) = &mut self.pooled else { return Ok(()) };
        if questions.conditions {
            connection.send(&packets(CONDITIONS)).await?;
            pooled.left.told_conditions(None);
            pooled.left.told_conditions(connection.read_conditions().await?);
        }
        if questions.found || questions.id {
            let question = if questions.found { COUNTS } else { ID };
            let answer = connection.ask(&command_of(command::QUERY, question)).await?;
            if let Some((found, id)) = parse_counts(&answer) {
                pooled.left.told_counts(questions, found, id);
            }
        }
        Ok(())
    }

    fn is_bound_to(&self, connection: &Connection) -> bool {
        let cursors = self.pooled.iter().flat_map(|pooled| &pooled.cursors);
        self.held.relies_on(connection.server)
            || !connection.text_statements.is_empty()
            || cursors.into_iter().any(|(_, server)| *server == connection.server)
    }

    fn give_back(&mut self, mut connection: Box<Connection>) {
        let server = connection.server;
        self.pulse.closed(server, connection.thread_id);
        let profile = self.profile();
        let synced = connection.synced == self.state.version();
        let (whole, owes) = (connection.pipe.unread().is_empty(), connection.owes());
        let local = self.local.clone();
        let (Some(pooled), Some(pools)) = (&mut self.pooled, &local.pools) else { return };
        let Some(shared) = &mut connection.shared else { return };
        // One that somebody is about to kill must not be another session's by then.
        if !synced || !whole || owes || shared.spoiled || self.pulse.is_in_danger() {
            return;
        }
        shared.told = profile;
        shared.doubtful |= !connection.tracks;
        shared.uses += 1;
        pooled.left.moved(connection.epoch, shared.uses);
        pooled.pool(pools, server).give(connection);
    }

    /// The session ends: what it was bound to is reset, and others may have it.
    pub(super) async fn give_all_back(&mut self) {
        if let Some(pooled) = &mut self.pooled {
            // Nobody will ask for it.
            pooled.left = Default::default();
        }
        self.hand_back().await;
        if self.pooled.is_none() || self.connections.is_empty() || self.local.stopping.get() {
            return;
        }
        let bound = std::mem::take(&mut self.connections);
        self.forget_everything();
        let profile = self.profile();
        for mut connection in bound {
            let server = connection.server;
            if let Some(shared) = &mut connection.shared {
                shared.doubtful = true;
            }
            let Ok(mut connection) = self.settle(server, connection, &profile).await else {
                continue;
            };
            let settled = tokio::time::timeout(EXCHANGE_TIME, connection.settle_now()).await;
            if matches!(settled, Ok(Ok(()))) {
                connection.synced = self.state.version();
                self.give_back(connection);
            }
        }
    }
}

fn packets(sql: &[u8]) -> Vec<u8> {
    super::relay::packet(0, |out| {
        out.push(command::QUERY);
        out.extend_from_slice(sql);
    })
}

fn parse_counts(answer: &str) -> Option<(u64, u64)> {
    let (found, id) = answer.split_once(' ')?;
    Some((found.parse().ok()?, id.parse().ok()?))
}
