//! KILL: clients name connections by the proxy's ids, servers know their own.
//!
//! The statement runs on the server where the other session's statement runs, with that server's
//! id in it, signed in as the one who kills: so the server decides who may.

use std::sync::Arc;

use crate::proxy::registry::Entry;
use crate::proxy::route::{Reason, Route, Target};
use crate::sql::{Cause, KillScope, Kind, StatementClass, parse_kill};
use crate::wire::command;
use crate::wire::error::ServerError;

use super::client::Arrived;
use super::relay::packet;
use super::statement::Statement;
use super::{Ended, Flow, Session};

impl Session {
    /// `KILL …` as SQL.
    pub(super) async fn kill_statement(
        &mut self,
        arrived: Arrived,
        class: Arc<StatementClass>,
    ) -> Flow {
        let sql = self.client.payload(arrived).get(1..).unwrap_or_default().to_vec();
        let parsed = parse_kill(&sql, self.state.lex());
        let Some((parsed, id)) = parsed.and_then(|parsed| parsed.id.map(|id| (parsed, id))) else {
            return self.run_statement(arrived, Statement::text(class)).await.map(|_| ());
        };
        let with_id = |id: u32| {
            let (before, after) =
                (sql.get(..parsed.id_range.start), sql.get(parsed.id_range.end..));
            [before.unwrap_or_default(), id.to_string().as_bytes(), after.unwrap_or_default()]
                .concat()
        };
        self.kill(arrived, id, parsed.scope, class, with_id).await
    }

    /// COM_PROCESS_KILL.
    pub(super) async fn kill_command(&mut self, arrived: Arrived) -> Flow {
        let payload = self.client.payload(arrived);
        let id = payload.get(1..5).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
        let Some(id) = id else {
            return self.refuse(arrived, &ServerError::malformed_packet()).await;
        };
        let class = Arc::new(StatementClass::new(Kind::Kill, Cause::Kill));
        let with_id = |id: u32| format!("KILL {id}").into_bytes();
        if self.local.shared.registry.find(id.into()).is_none() {
            return self.run_as_text(arrived, class, &with_id(id), None).await.map(|_| ());
        }
        self.kill(arrived, id.into(), KillScope::Connection, class, with_id).await
    }

    async fn kill(
        &mut self,
        arrived: Arrived,
        id: u64,
        scope: KillScope,
        class: Arc<StatementClass>,
        with_id: impl Fn(u32) -> Vec<u8>,
    ) -> Flow {
        let Some(entry) = self.local.shared.registry.find(id) else {
            // An id from the primary's process list.
            return self.run_statement(arrived, Statement::text(class)).await.map(|_| ());
        };
        if id == u64::from(self.client.id) {
            return self.kill_self(arrived, scope).await;
        }
        let _aim = entry.running.aim();
        match entry.running.last() {
            Some((server, thread_id)) => {
                let route =
                    Route { target: Target::Held(server), reason: Reason::Statement(Cause::Kill) };
                let sql = with_id(thread_id);
                let whole = scope == KillScope::Connection;
                entry.running.set_killed(whole);
                match self.run_as_text(arrived, class, &sql, Some(route)).await? {
                    true if whole => entry.abort.abort(),
                    true => {}
                    false => entry.running.set_killed(false),
                }
                Ok(())
            }
            None => self.kill_idle(arrived, id, scope, &entry).await,
        }
    }

    /// The other session has no server connection; only the proxy can judge.
    async fn kill_idle(
        &mut self,
        arrived: Arrived,
        id: u64,
        scope: KillScope,
        entry: &Entry,
    ) -> Flow {
        if entry.user != self.client.user {
            return self.refuse(arrived, &ServerError::kill_denied(id)).await;
        }
        if scope == KillScope::Connection {
            entry.abort.abort();
        }
        self.skip(arrived).await?;
        self.client.tell_ok(1, self.held.status()).await
    }

    /// Servers answer both forms with 1317, and the first also ends the connection.
    async fn kill_self(&mut self, arrived: Arrived, scope: KillScope) -> Flow {
        self.refuse(arrived, &ServerError::query_interrupted()).await?;
        match scope {
            KillScope::Connection => Err(Ended::Client),
            KillScope::Query => Ok(()),
        }
    }

    /// Runs other text than the client sent, in the place of the command at hand. Tells whether it
    /// succeeded.
    pub(super) async fn run_as_text(
        &mut self,
        arrived: Arrived,
        class: Arc<StatementClass>,
        sql: &[u8],
        fixed: Option<Route>,
    ) -> Result<bool, Ended> {
        self.rewritten = Some(packet(0, |out| {
            out.push(command::QUERY);
            out.extend_from_slice(sql);
        }));
        let mut statement = Statement::text(class);
        statement.fixed = fixed;
        let ran = self.run_statement(arrived, statement).await?;
        Ok(ran.is_some_and(|(_, outcome)| outcome.error.is_none()))
    }
}
