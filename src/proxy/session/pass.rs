//! Sends the command at hand to its server and relays the answer to the client.
//!
//! ```text
//! one write    what the connection is owed · the question a read waits with · the command
//! then         the answers to the former two are read here, the command's own goes through the relay
//! ```

use std::time::Instant;

use crate::proxy::backend::Connection;
use crate::proxy::positions::Positions;
use crate::wire::error::ServerError;
use crate::wire::response::Expect;

use super::Session;
use super::attempt::Attempt;
use super::causal::{Reached, Wait};
use super::client::Arrived;
use super::pulse::Pulse;
use super::relay::{Broken, Order, Outcome, Relay};
use super::send::{send_command, unless_given_up};
use super::statement::{On, Statement, Times};

/// What comes before the statement's own answer.
struct Before<'a> {
    /// The wait that goes ahead of it, and since when.
    wait: Option<(&'a Wait, Instant)>,
    /// The connection holds what the session relies on.
    relied: bool,
    expect: Expect,
}

impl Session {
    /// Sends the command at hand and relays its answer.
    pub(super) async fn pass(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        on: On,
        attempt: &Attempt,
        times: &mut Times,
    ) -> Result<Outcome, Broken> {
        let On { server, repeatable, noted, .. } = on;
        let wait = attempt.wait.as_ref().map(|wait| (wait, attempt.now()));
        let relied = wait.is_some() && self.held.relies_on(server);
        let before = Before { wait, relied, expect: statement.expect };
        let stopper = self.stopper(statement, server, attempt.rule.as_ref());
        let order = self.order(statement, on);
        let appended = self.hint_warnings_to_show(arrived, statement);
        let Self { local, client, connections, state, pulse, rewritten, .. } = self;
        let Some(connection) = connections.iter_mut().find(|c| c.server == server) else {
            return Err(Broken::Server { begun: false });
        };
        let load = local.shared.connector.load(server);
        let _in_flight = load.begin();
        pulse.sent(server, connection.thread_id, repeatable);
        if let Some((wait, _)) = wait {
            connection.queue(&wait.command);
        }
        let limit = local.limits().max_allowed_packet;
        let (keeps, rewritten) = (on.keeps(), rewritten.as_deref());
        let sending = send_command(client, connection, arrived, rewritten, keeps, limit);
        let mut ready = unless_given_up(pulse, false, sending).await.map(|()| Reached::Yes);
        if ready.is_ok() && (before.wait.is_some() || connection.owes()) {
            ready = before.read(connection, pulse, &local.shared.positions).await;
        }
        let sent_at = Instant::now();
        if let Some((_, since)) = wait {
            times.waited = sent_at.duration_since(since);
        }
        times.sent = Some(sent_at);
        let mut relay = Relay {
            client: &mut client.pipe,
            client_capabilities: client.capabilities,
            connection,
            state,
            pulse,
            mute: false,
            checksum: noted.sum.then(Box::default),
            appended: &appended,
        };
        let outcome = match (ready, stopper) {
            (Ok(Reached::Yes), None) => relay.run(order).await,
            (Ok(Reached::Yes), Some(stopper)) => Box::pin(stopper.watch(&mut relay, order)).await,
            (Ok(Reached::No { spent }), _) => {
                Ok(Outcome { missed: true, spent, ..Outcome::default() })
            }
            (Err(broken), _) => Err(broken),
        };
        pulse.answered();
        // After a wait the answer comes with the wait's own, and its time says nothing.
        if wait.is_none()
            && let Ok(Outcome { first_byte: Some(first), .. }) = &outcome
        {
            load.answered_in(first.duration_since(sent_at));
        }
        if keeps && matches!(&outcome, Ok(outcome) if !outcome.refused && !outcome.missed) {
            client.pipe.consume(arrived.len);
        }
        outcome
    }

    /// What the relay is told about the statement.
    fn order(&self, statement: &Statement, on: On) -> Order<'static> {
        let read_only = self.state.read_only();
        Order {
            expect: statement.expect,
            hold_refusal: on.repeatable && !on.is_primary && !read_only,
            statement_id: statement.prepared.unwrap_or(0),
            read_only_transaction: !on.is_primary
                && (self.held.facts.transaction.is_some() || read_only),
            hold_loss: on.noted.again,
            warnings: self.count_hint_warnings(statement, on.server),
            stopped: None,
        }
    }
}

impl Before<'_> {
    /// Reads what comes before the statement's own answer.
    async fn read(
        &self,
        connection: &mut Connection,
        pulse: &Pulse,
        positions: &Positions,
    ) -> Result<Reached, Broken> {
        if connection.owes()
            && let Some(refusal) = unless_given_up(pulse, false, settled(connection)).await?
        {
            return Err(Broken::State(refusal));
        }
        let Some((wait, _)) = self.wait else { return Ok(Reached::Yes) };
        let reached = wait.reached(connection, positions, self.expect, self.relied);
        unless_given_up(pulse, false, reached).await
    }
}

/// The server's refusal of the session's state, if it refuses that.
async fn settled(connection: &mut Connection) -> Result<Option<ServerError>, Broken> {
    connection.settle().await.map_err(|_| Broken::Server { begun: false })
}
