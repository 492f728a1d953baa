//! What may come between a statement and its answer: it cannot run, its server refuses it or is lost, its
//! client leaves. Each says what the client is told, and whether the statement runs elsewhere.

use std::sync::Arc;
use std::time::Instant;

use crate::metrics::Fallback;
use crate::proxy::replay::Fate;
use crate::proxy::topology::ServerId;
use crate::sql::{Cause, Kind, StatementClass};
use crate::wire::command;
use crate::wire::error::ServerError;

use super::acquire::NoConnection;
use super::attempt::Attempt;
use super::client::Arrived;
use super::ready::EXCHANGE_TIME;
use super::relay::Broken;
use super::statement::{Again, On, Statement};
use super::{Ended, Flow, Session};

/// Servers that one statement may lose before its client hears of it: a statement that brings its
/// server down must not visit them all.
pub(super) const MAX_LOSSES: u32 = 3;

impl Session {
    /// The command did not reach its server, or its answer not the client.
    pub(super) async fn broke(
        &mut self,
        arrived: Arrived,
        statement: &mut Statement,
        on: On,
        broken: Broken,
        attempt: &mut Attempt,
    ) -> Result<Again, Ended> {
        match broken {
            Broken::Client => {
                self.abandon(on.server).await;
                Err(Ended::Client)
            }
            Broken::TooLarge => {
                // The server waits for the rest of a packet that it will not get.
                self.drop_connection(on.server);
                self.client.give_up(&ServerError::packet_too_large()).await
            }
            Broken::State(error) => {
                self.drop_connection(on.server);
                attempt.losses += 1;
                match (on.repeatable, on.is_primary || attempt.losses > MAX_LOSSES) {
                    (true, false) => {
                        attempt.failed.push(on.server);
                        Ok(Again::Yes)
                    }
                    // The command is still there.
                    (true, true) => self.refuse(arrived, &error).await.map(|()| Again::No),
                    (false, _) if on.keeps() => {
                        self.refuse(arrived, &error).await.map(|()| Again::No)
                    }
                    (false, _) => self.client.tell_error(&error).await.map(|()| Again::No),
                }
            }
            Broken::Server { begun } if self.may_run_again(statement, on, begun, attempt) => {
                self.local.shared.metrics.read_retried();
                self.local.shared.metrics.fell_back(Fallback::Lost);
                attempt.failed.push(on.server);
                Ok(Again::Yes)
            }
            Broken::Server { begun } => {
                if !begun && self.bring_back(true, statement, attempt).await? {
                    return Ok(Again::Yes);
                }
                if begun {
                    self.cannot_bring_back(Fate::AnswerBegun);
                }
                self.statement_lost(arrived, on, begun).await.map(|()| Again::No)
            }
            Broken::Said(error) => {
                self.connection_lost(on.server);
                attempt.losses += 1;
                if self.bring_back(true, statement, attempt).await? {
                    return Ok(Again::Yes);
                }
                self.refuse(arrived, &error).await.map(|()| Again::No)
            }
        }
    }

    /// A statement's server was lost under it: books that, and tells whether it runs elsewhere.
    fn may_run_again(
        &mut self,
        statement: &Statement,
        on: On,
        begun: bool,
        attempt: &mut Attempt,
    ) -> bool {
        let killed = self.pulse.is_killed();
        let relied = self.connection_lost(on.server);
        if on.is_primary && statement.class.kind != Kind::Read {
            // It may have been done before its answer was lost.
            self.note_write(None, true, Instant::now());
        }
        attempt.losses += 1;
        on.repeatable && !begun && !relied && !killed && attempt.losses <= MAX_LOSSES
    }

    /// The statement was no read after all: its shape is remembered as a write.
    pub(super) fn replica_refused(&mut self, arrived: Arrived, statement: &Statement) {
        self.local.shared.metrics.misrouted();
        self.local.shared.metrics.fell_back(Fallback::ReplicaRefused);
        let lex = self.state.lex();
        let mut classifier = self.local.classifier.borrow_mut();
        let classifier = &mut classifier.of;
        if let Some(name) = &statement.named {
            if let Some(text) = self.text_statements.get_mut(name) {
                text.is_a_write();
            }
        } else if let Some(id) = statement.prepared {
            if let Some(prepared) = self.statements.get_mut(id) {
                let marks = prepared.class.marks.clone();
                let class = StatementClass::write(Cause::RefusedByReplica);
                prepared.class = Arc::new(StatementClass { marks, ..class });
                if let Some(sql) = &prepared.sql {
                    classifier.remember_write(sql, lex);
                }
            }
        } else {
            let sql = self.client.payload(arrived).get(1..).unwrap_or_default();
            classifier.remember_write(sql, lex);
        }
    }

    /// The client left while its statement ran: a server that computes does not notice that its
    /// client is gone, so it is told, on another connection.
    pub(super) async fn abandon(&mut self, server: ServerId) {
        let Some(at) = self.connections.iter().position(|c| c.server == server) else { return };
        let thread_id = self.connections.swap_remove(at).thread_id;
        let shared = self.local.shared.clone();
        let Ok(mut messenger) = shared.connector.connect(server, &self.sign_in_request()).await
        else {
            return;
        };
        let kill = format!("KILL {thread_id}");
        let payload = [&[command::QUERY], kill.as_bytes()].concat();
        // It may have ended by itself meanwhile.
        let kill = messenger.exchange(&payload, |_| ());
        let _ = tokio::time::timeout(EXCHANGE_TIME, kill).await;
        messenger.quit().await;
    }

    pub(super) async fn no_connection(&mut self, arrived: Arrived, reason: NoConnection) -> Flow {
        let error = match reason {
            NoConnection::Error(error) | NoConnection::Busy(error) => error,
            NoConnection::StateLost(server) => {
                self.drop_connection(server);
                ServerError::backend_lost()
            }
        };
        self.refuse(arrived, &error).await
    }

    /// A statement's server was lost and the statement cannot run again.
    async fn statement_lost(&mut self, arrived: Arrived, on: On, begun: bool) -> Flow {
        if begun {
            // Half a result is out; the client can only be told by closing.
            return Err(Ended::Client);
        }
        if !arrived.whole {
            // The rest of the command was on its way to the lost server.
            return Err(Ended::Client);
        }
        if on.keeps() {
            self.skip(arrived).await?;
        }
        self.client.tell_error(&ServerError::backend_lost()).await
    }
}
