//! Whether a statement may run at all, and what has to be done before a server is looked for.

use tokio::time::timeout;

use crate::metrics::RuleAction;
use crate::proxy::route::wants_variables_of_another_server;
use crate::sql::{Cause, Effects, Kind, Needs};
use crate::wire::command;
use crate::wire::error::ServerError;
use crate::wire::response::Expect;

use super::attempt::Attempt;
use super::client::Arrived;
use super::ready::EXCHANGE_TIME;
use super::rules::refusal;
use super::statement::Statement;
use super::{Ended, Session};

impl Session {
    /// Makes ready for the statement. `false`: the client has its answer.
    pub(super) async fn admit(
        &mut self,
        arrived: Arrived,
        statement: &mut Statement,
        attempt: &mut Attempt,
    ) -> Result<bool, Ended> {
        if let Some(error) = attempt.rule.as_deref().and_then(refusal) {
            self.local.shared.metrics.rule_acted(RuleAction::Refused);
            return self.refuse(arrived, &error).await.map(|()| false);
        }
        self.state.begin_statement();
        if self.was_lost_silently() && !Box::pin(self.bring_back(false, statement, attempt)).await?
        {
            return self.refuse(arrived, &ServerError::backend_lost()).await.map(|()| false);
        }
        if self.held.facts.transaction.is_some() {
            self.leave_replica_transaction(statement).await;
        }
        if let Some(error) = self.is_impossible(statement) {
            return self.refuse(arrived, &error).await.map(|()| false);
        }
        if let Some(answer) = self.known_conditions(arrived, statement) {
            let answer = self.with_hint_warnings(arrived, statement, answer);
            self.skip(arrived).await?;
            return self.client.tell(&answer).await.map(|()| false);
        }
        Ok(true)
    }

    /// What cannot run anywhere, and why.
    fn is_impossible(&mut self, statement: &Statement) -> Option<ServerError> {
        if self.is_forbidden_write(statement) {
            let mariadb = self.connections.iter().any(|connection| connection.mariadb);
            return Some(ServerError::read_only_transaction(mariadb));
        }
        if statement.class.needs.contains(Needs::LAST_INSERT_ID)
            && self.pooled.is_none()
            && self.held.take_insert_id_lost()
        {
            return Some(ServerError::backend_lost());
        }
        if self.held.facts.user_variables.is_some()
            && wants_variables_of_another_server(&statement.class, &self.held.facts, self.primary())
        {
            // Said once: after it the variables are as lost as the client now knows.
            self.held.facts.user_variables = None;
            return Some(ServerError::variables_elsewhere());
        }
        None
    }

    /// BEGIN and LOCK TABLES end the transaction before them. One that is on a replica is ended
    /// there, so that the next begins where it belongs.
    async fn leave_replica_transaction(&mut self, statement: &Statement) {
        let ends = matches!(statement.class.kind, Kind::Begin { .. } | Kind::LockTables)
            && statement.expect == Expect::Results;
        let open = self.held.facts.transaction.filter(|open| ends && open.on_replica);
        let Some(server) = open.map(|open| open.server) else { return };
        let Some(connection) = self.connection_to(server) else { return };
        let commit = [&[command::QUERY], &b"COMMIT"[..]].concat();
        let exchange = timeout(EXCHANGE_TIME, connection.exchange(&commit, |_| ()));
        match exchange.await {
            Ok(Ok(_)) => {
                self.held.facts.transaction = None;
                self.forget_record();
            }
            _ => {
                self.connection_lost(server);
                self.forget_record();
            }
        }
    }

    /// A write inside a read-only transaction that is on a replica, which would refuse it for
    /// another reason than the primary. Temporary tables may be written.
    pub(super) fn is_forbidden_write(&self, statement: &Statement) -> bool {
        let facts = &self.held.facts;
        statement.class.cause == Cause::Dml
            && statement.class.kind == Kind::Write
            && statement.expect == Expect::Results
            && facts.transaction.is_some_and(|transaction| transaction.on_replica)
            && !facts.pins.why.contains(Effects::TEMPORARY_TABLE)
    }
}
