//! Statements that take longer than a rule allows: the server is asked to stop them.
//!
//! ```text
//! statement ──▶ server ───────────────▶ 1317, told as 3024 (MariaDB: 1969)
//!      └─ timeout_ms ─▶ KILL QUERY on a connection of its own
//! ```
//!
//! `KILL QUERY`, because every server has it for every kind of statement, in text and prepared, and because the
//! statement goes as the client sent it. It is asked as the client's own user, who may stop what is
//! its own. The server connection is not used again before the answer is known, so that a KILL which comes too
//! late stops nothing else. Where the server never answers, a shared connection is closed.

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};

use crate::metrics::RuleAction;
use crate::net::LoginRequest;
use crate::proxy::backend::{Connection, ExchangeError};
use crate::proxy::route::Rule;
use crate::proxy::topology::ServerId;
use crate::wire::auth::Credentials;
use crate::wire::command;
use crate::wire::response::Expect;
use crate::wire::{CapabilityFlags, MariadbCapabilities};

use super::ready::EXCHANGE_TIME;
use super::relay::{Broken, Order, Outcome, Relay};
use super::statement::Statement;
use super::{Session, Shared};

/// Pause before a server that could not be reached is asked again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// How far the asking has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing has been asked: it may be left at that.
    Before,
    /// The server may be stopping something.
    Asking,
    /// It has answered.
    Asked,
    /// It has not answered: it may stop something at any time.
    Unanswered,
}

/// Stops one statement, if it comes to that.
pub(super) struct Stopper {
    limit: Duration,
    rule: Arc<Rule>,
    server: ServerId,
    thread_id: u32,
    shared: Arc<Shared>,
    user: Arc<str>,
    credentials: Credentials,
    capabilities: CapabilityFlags,
    mariadb_capabilities: MariadbCapabilities,
    collation: u8,
}

impl Session {
    /// What stops the statement on the server, if the rule that holds for it says so.
    pub(super) fn stopper(
        &mut self,
        statement: &Statement,
        server: ServerId,
        rule: Option<&Arc<Rule>>,
    ) -> Option<Box<Stopper>> {
        let rule = rule.filter(|_| statement.expect == Expect::Results)?;
        let limit = rule.then.timeout?;
        let thread_id = self.connection_to(server)?.thread_id;
        Some(Box::new(Stopper {
            limit,
            rule: Arc::clone(rule),
            server,
            thread_id,
            shared: Arc::clone(&self.local.shared),
            user: Arc::clone(&self.client.user),
            credentials: self.client.credentials.clone(),
            capabilities: self.client.capabilities,
            mariadb_capabilities: self.client.mariadb_capabilities,
            collation: self.client.collation,
        }))
    }
}

impl Stopper {
    /// Relays the statement's answer, and has the statement stopped when its time is over.
    pub(super) async fn watch(
        &self,
        relay: &mut Relay<'_>,
        mut order: Order<'_>,
    ) -> Result<Outcome, Broken> {
        let (stage, stopped) = (Cell::new(Stage::Before), Cell::new(false));
        order.stopped = Some(&stopped);
        let outcome = {
            let answered = Cell::new(false);
            let stopping = pin!(self.stop(&stage, &stopped, &answered));
            let running = pin!(relay.run(order));
            match select(running, stopping).await {
                Either::Left((outcome, stopping)) => {
                    if stage.get() == Stage::Asking {
                        answered.set(true);
                        stopping.await;
                    }
                    outcome
                }
                Either::Right(((), running)) => running.await,
            }
        }?;
        if stage.get() == Stage::Before {
            return Ok(outcome);
        }
        if stage.get() == Stage::Unanswered
            && let Some(shared) = &mut relay.connection.shared
        {
            // What the server does in the end must not meet the next session's statement.
            shared.spoiled = true;
        }
        match outcome.error {
            Some(3024 | 1969) => self.shared.metrics.rule_acted(RuleAction::Stopped),
            // It had ended by itself, so the KILL may still hang over the connection.
            _ => settle(relay.connection).await,
        }
        Ok(outcome)
    }

    /// Waits for the time to be over, then for the server to have taken the KILL.
    /// Once the statement is `answered`, it is asked no more.
    async fn stop(&self, stage: &Cell<Stage>, stopped: &Cell<bool>, answered: &Cell<bool>) {
        tokio::time::sleep(self.limit).await;
        let rule = &*self.rule.name;
        tracing::debug!(target: "rule", rule, user = &*self.user, "takes too long");
        while let Err(error) = self.kill(stage, stopped).await {
            let asked = matches!(stage.get(), Stage::Asking | Stage::Unanswered);
            stage.set(if asked { Stage::Unanswered } else { Stage::Before });
            tracing::warn!(target: "rule", rule, %error, "a statement cannot be stopped");
            if answered.get() {
                return;
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        if stage.get() != Stage::Unanswered {
            stage.set(Stage::Asked);
        }
    }

    async fn kill(&self, stage: &Cell<Stage>, stopped: &Cell<bool>) -> Result<(), String> {
        let request = LoginRequest {
            user: &self.user,
            credentials: &self.credentials,
            database: None,
            capabilities: self.capabilities,
            mariadb_capabilities: self.mariadb_capabilities,
            collation: self.collation,
            attributes: &[],
        };
        let connecting = self.shared.connector.connect(self.server, &request);
        let mut messenger = connecting.await.map_err(|error| error.to_string())?;
        if stage.get() != Stage::Unanswered {
            stage.set(Stage::Asking);
        }
        stopped.set(true);
        let kill = format!("KILL QUERY {}", self.thread_id);
        let payload = [&[command::QUERY], kill.as_bytes()].concat();
        let asking = tokio::time::timeout(EXCHANGE_TIME, messenger.exchange(&payload, |_| ()));
        match asking.await {
            // the connection is gone: so is the statement
            Ok(Ok(_) | Err(ExchangeError::Refused(_))) => {}
            Ok(Err(ExchangeError::Io(error))) => return Err(error.to_string()),
            Err(_) => return Err("the server does not answer".to_owned()),
        }
        messenger.quit().await;
        Ok(())
    }
}

/// A question that may be interrupted in the place of the client's next statement, and leaves no trace.
async fn settle(connection: &mut Connection) {
    let ping = connection.exchange(&[command::PING], |_| ());
    if let Ok(Ok(_) | Err(ExchangeError::Refused(_))) =
        tokio::time::timeout(EXCHANGE_TIME, ping).await
    {
        return;
    }
    // An answer that comes now must not be taken for the next statement's: the connection is found to be broken then.
    connection.pipe.shutdown().await;
    if let Some(shared) = &mut connection.shared {
        shared.spoiled = true;
    }
}
