//! Statements of the binary protocol: prepared once, executed wherever the session may read then.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use smallvec::SmallVec;

use crate::proxy::backend::ExchangeError;
use crate::proxy::route::{Reason, Route, Target};
use crate::proxy::topology::ServerId;
use crate::sql::{Cause, Kind, Needs, StatementClass, parse_temporary};
use crate::wire::command;
use crate::wire::error::ServerError;
use crate::wire::header::HEADER_LEN;
use crate::wire::prepared::{self as packets, PrepareOk, Types};
use crate::wire::response::Expect;

use super::client::Arrived;
use super::place::Placed;
use super::ready::{EXCHANGE_TIME, timed_out};
use super::relay::packet;
use super::statement::Statement;
use super::statements::{LongData, MAX_STATEMENTS, Placement, Statement as Prepared};
use super::{Ended, Flow, Session};

impl Session {
    /// COM_STMT_PREPARE.
    pub(super) async fn prepare(&mut self, arrived: Arrived) -> Flow {
        self.statements.begin_prepare();
        if self.statements.is_full() {
            return self.refuse(arrived, &ServerError::too_many_statements(MAX_STATEMENTS)).await;
        }
        let class = self.classify(arrived);
        if arrived.whole && self.route_question(arrived, &class).is_some() {
            return self.refuse(arrived, &ServerError::not_preparable()).await;
        }
        let id = self.statements.next_id();
        let wishes = self.wishes(arrived);
        let own = match class.needs.contains(Needs::CONNECTION) && arrived.whole {
            true => self.say_own_id(arrived),
            false => None,
        };
        let sent = self.client.payload(arrived).get(1..).unwrap_or_default();
        let sql = own.or_else(|| arrived.whole.then(|| sent.into()));
        let statement = Statement {
            expect: Expect::Prepare,
            prepared: Some(id),
            wishes: wishes.clone(),
            ..Statement::text(class.clone())
        };
        let Some((server, outcome)) = self.run_statement(arrived, statement).await? else {
            return Ok(());
        };
        let (Some(ok), Some(connection)) = (outcome.prepared, self.connection_to(server)) else {
            return Ok(());
        };
        let epoch = connection.epoch;
        let mut placements = SmallVec::new();
        if connection.shared.is_none() {
            placements.push(Placement { server, epoch, id: ok.id, typed: false });
        }
        let sql: Option<Rc<[u8]>> = sql.map(Rc::from);
        let context = self.share_prepared(server, sql.as_ref(), ok);
        let prepared = Prepared {
            context,
            version: self.state.version(),
            sql,
            class,
            wishes,
            counts: ok.counts,
            types: None,
            placements,
            long_data: LongData::None,
            ran_on: None,
        };
        self.statements.insert(id, prepared);
        Ok(())
    }

    /// COM_STMT_EXECUTE.
    pub(super) async fn execute(&mut self, arrived: Arrived) -> Flow {
        let Some(id) = self.statement_at_hand(arrived) else {
            return self.unknown_statement(arrived, "mysqld_stmt_execute").await;
        };
        let payload = self.client.payload(arrived);
        let Some(prepared) = self.statements.get_mut(id) else {
            return self.unknown_statement(arrived, "mysqld_stmt_execute").await;
        };
        let Ok(types) = packets::execute_types(payload, prepared.counts.parameters) else {
            return self.refuse(arrived, &ServerError::malformed_packet()).await;
        };
        if let Types::Here(range) = types {
            let sent: &[u8] = payload.get(range).unwrap_or_default();
            if prepared.types.as_deref() != Some(sent) {
                prepared.types = Some(sent.into());
                prepared.placements.iter_mut().for_each(|placement| placement.typed = false);
            }
        }
        let fixed = match std::mem::take(&mut prepared.long_data) {
            LongData::None => None,
            LongData::On(server, epoch) if self.has_connection(server, epoch) => {
                Some(Route { target: Target::Held(server), reason: Reason::LongData })
            }
            LongData::On(..) | LongData::Lost if self.resends_pieces(id) => None,
            LongData::On(..) | LongData::Lost => {
                self.held.long_data = None;
                return self.refuse(arrived, &ServerError::backend_lost()).await;
            }
        };
        let Some(prepared) = self.statements.get_mut(id) else {
            return self.unknown_statement(arrived, "mysqld_stmt_execute").await;
        };
        let unreported = prepared.unreported();
        let (class, wishes) = (prepared.class.clone(), prepared.wishes.clone());
        let (sql, lex) = (prepared.sql.clone(), self.state.lex());
        let sql = sql.filter(|_| self.may_touch_temporary(&class));
        let temporary = sql.and_then(|sql| parse_temporary(&sql, lex));
        let prepared = Some(id);
        let known = Statement { prepared, fixed, wishes, ..Statement::text(class) };
        let statement = Statement { unreported, temporary, ..known };
        let ran = self.run_statement(arrived, statement).await?;
        self.held.long_data = None;
        if let Some((server, _)) = ran
            && let Some(prepared) = self.statements.get_mut(id)
        {
            prepared.ran_on = Some(server);
        }
        Ok(())
    }

    /// Makes sure that what the statement executes is prepared on the server, and puts that
    /// server's id into the command at hand.
    pub(super) async fn place_prepared(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        server: ServerId,
    ) -> Result<Result<(), Placed>, Ended> {
        if let Some(name) = &statement.named {
            return Ok(Box::pin(self.place_text(name, server)).await);
        }
        let Some(id) = statement.prepared.filter(|_| statement.expect != Expect::Prepare) else {
            return Ok(Ok(()));
        };
        // What an earlier attempt wrote was for another server.
        self.rewritten = None;
        if self.pooled.is_some() {
            return Ok(Box::pin(self.place_shared(arrived, statement, id, server)).await);
        }
        let placed = self.placement(id, server).is_some();
        if !placed && let Err(error) = Box::pin(self.prepare_on(id, server)).await {
            return Ok(Err(error));
        }
        let Some(placement) = self.placement(id, server) else {
            return Ok(Err(Placed::Lost));
        };
        let (server_id, typed) = (placement.id, placement.typed);
        packets::set_statement_id(self.client.payload_mut(arrived), server_id);
        if !typed && !self.put_types(arrived, id) {
            // Without types the server would take every parameter for NULL.
            return Ok(Err(Placed::Refused(ServerError::needs_reprepare())));
        }
        if let Some(placement) = self.placement(id, server) {
            placement.typed |= statement.expect == Expect::Results;
        }
        Ok(Ok(()))
    }

    fn placement(&mut self, id: u32, server: ServerId) -> Option<&mut Placement> {
        let epoch = self.connection_to(server)?.epoch;
        self.statements.get_mut(id)?.placement(server, epoch)
    }

    /// Prepares a statement on a further server.
    async fn prepare_on(&mut self, id: u32, server: ServerId) -> Result<(), Placed> {
        let unknown = || {
            Placed::Refused(ServerError::unknown_statement(&id.to_string(), "mysqld_stmt_execute"))
        };
        let Some(prepared) = self.statements.get_mut(id) else { return Err(unknown()) };
        let Some(sql) = &prepared.sql else { return Err(unknown()) };
        let mut sequence = 0;
        let mut bytes = Vec::with_capacity(HEADER_LEN + 1 + sql.len());
        crate::wire::header::put_packet_with(&mut bytes, &mut sequence, |out| {
            out.push(command::STMT_PREPARE);
            out.extend_from_slice(sql);
        });
        let Some(connection) = self.connections.iter_mut().find(|c| c.server == server) else {
            return Err(Placed::Lost);
        };
        let preparing = tokio::time::timeout(EXCHANGE_TIME, connection.prepare(&bytes));
        match preparing.await.unwrap_or_else(|_| Err(timed_out())) {
            Ok(PrepareOk { id: server_id, counts }) if counts == prepared.counts => {
                let epoch = connection.epoch;
                prepared.place(Placement { server, epoch, id: server_id, typed: false });
                Ok(())
            }
            // Another definition of the table: the client was told of other columns.
            Ok(_) => Err(Placed::Refused(ServerError::needs_reprepare())),
            Err(ExchangeError::Refused(error)) => Err(Placed::Refused(error)),
            Err(ExchangeError::Io(_)) => {
                self.connection_lost(server);
                Err(Placed::Lost)
            }
        }
    }

    /// The client may have left the parameter types out, but this server has not seen them: then
    /// the command is rewritten with them. `false` when that is not possible.
    pub(super) fn put_types(&mut self, arrived: Arrived, id: u32) -> bool {
        let Some(prepared) = self.statements.get_mut(id) else { return true };
        let payload = self.client.payload(arrived);
        if payload.first() != Some(&command::STMT_EXECUTE) {
            return true;
        }
        let flag = match packets::execute_types(payload, prepared.counts.parameters) {
            Ok(Types::Missing(flag)) => flag,
            _ => return true,
        };
        let Some(types) = prepared.types.as_ref().filter(|_| arrived.whole) else { return false };
        let whole = packets::with_types(payload, flag, types);
        self.rewritten = Some(packet(0, |out| out.extend_from_slice(&whole)));
        true
    }

    fn has_connection(&mut self, server: ServerId, epoch: u64) -> bool {
        self.connection_to(server).is_some_and(|connection| connection.epoch == epoch)
    }

    /// COM_STMT_SEND_LONG_DATA: has no answer. The data goes where writes go, and the execution
    /// follows it there; data that did not arrive makes the execution fail.
    pub(super) async fn long_data(&mut self, arrived: Arrived) -> Flow {
        let Some(id) = self.statement_at_hand(arrived) else { return self.skip(arrived).await };
        let Some(prepared) = self.statements.get_mut(id) else {
            // Servers say nothing here; the execution will fail.
            return self.skip(arrived).await;
        };
        let before = std::mem::replace(&mut prepared.long_data, LongData::Lost);
        self.note_piece(id, arrived, before != LongData::None);
        let Some((server, server_id)) = self.long_data_place(id, before).await else {
            return self.skip(arrived).await;
        };
        packets::set_statement_id(self.client.payload_mut(arrived), server_id);
        self.pass_silently(arrived, server).await?;
        let epoch = self.connection_to(server).map(|connection| connection.epoch);
        if let (Some(prepared), Some(epoch)) = (self.statements.get_mut(id), epoch) {
            prepared.long_data = LongData::On(server, epoch);
            self.held.long_data = Some(server);
        }
        Ok(())
    }

    /// The server that takes the data, and its id for the statement.
    async fn long_data_place(&mut self, id: u32, before: LongData) -> Option<(ServerId, u32)> {
        let server = match before {
            LongData::Lost => return None,
            LongData::On(server, epoch) if self.has_connection(server, epoch) => server,
            LongData::On(..) => return None,
            LongData::None => {
                let transaction = self.held.facts.transaction.map(|t| t.server);
                transaction.or_else(|| self.primary())?
            }
        };
        let route = Route { target: Target::Held(server), reason: Reason::LongData };
        let mut attempt = super::attempt::Attempt::new(Instant::now(), self.policy(None));
        self.acquire(&route, &mut attempt).await.ok()?;
        if self.pooled.is_some() {
            return Some((server, self.shared_statement(id, server).await.ok()?));
        }
        if self.placement(id, server).is_none() {
            self.prepare_on(id, server).await.ok()?;
        }
        Some((server, self.placement(id, server)?.id))
    }

    /// COM_STMT_CLOSE: has no answer.
    pub(super) async fn close_statement(&mut self, arrived: Arrived) -> Flow {
        let id = self.statement_at_hand(arrived);
        if let Some(id) = id {
            self.forget_pieces(id);
        }
        if let Some(id) = id
            && self.pooled.is_some()
        {
            self.close_shared(id);
        }
        if let Some(prepared) = id.and_then(|id| self.statements.remove(id)) {
            for placement in prepared.placements {
                let open = self.connection_to(placement.server);
                if let Some(connection) = open.filter(|c| c.epoch == placement.epoch) {
                    let [a, b, c, d] = placement.id.to_le_bytes();
                    connection.queue(&[command::STMT_CLOSE, a, b, c, d]);
                }
            }
        }
        self.skip(arrived).await
    }

    /// COM_STMT_RESET: forgets long data and closes the cursor, where there are any.
    pub(super) async fn reset_statement(&mut self, arrived: Arrived) -> Flow {
        self.follow(arrived, "mysqld_stmt_reset", Expect::Single).await
    }

    /// COM_STMT_FETCH: the cursor is where the statement ran.
    pub(super) async fn fetch(&mut self, arrived: Arrived) -> Flow {
        self.follow(arrived, "mysqld_stmt_fetch", Expect::Rows).await
    }

    /// A command about a statement that has run, or was sent data, somewhere.
    async fn follow(&mut self, arrived: Arrived, name: &'static str, expect: Expect) -> Flow {
        let id = self.statement_at_hand(arrived);
        let Some(prepared) = id.and_then(|id| self.statements.get_mut(id)) else {
            return self.unknown_statement(arrived, name).await;
        };
        let long_data = std::mem::take(&mut prepared.long_data);
        let place = match long_data {
            LongData::On(server, _) => Some(server),
            LongData::None | LongData::Lost => prepared.ran_on,
        };
        let server = place.or_else(|| prepared.placements.first().map(|p| p.server));
        self.held.long_data = None;
        if let Some(id) = id {
            self.forget_pieces(id);
        }
        // Not the class of the statement: it does not run.
        let class = Arc::new(StatementClass::new(Kind::Execute, Cause::PreparedText));
        let fixed = server
            .map(|server| Route { target: Target::Held(server), reason: Reason::LastStatement });
        let statement = Statement { expect, prepared: id, fixed, ..Statement::text(class) };
        self.run_statement(arrived, statement).await.map(|_| ())
    }

    fn statement_at_hand(&self, arrived: Arrived) -> Option<u32> {
        let id = packets::statement_id(self.client.payload(arrived)).ok()?;
        Some(self.statements.resolve(id))
    }

    async fn unknown_statement(&mut self, arrived: Arrived, command: &str) -> Flow {
        let id = self.statement_at_hand(arrived).unwrap_or(0).to_string();
        self.refuse(arrived, &ServerError::unknown_statement(&id, command)).await
    }
}
