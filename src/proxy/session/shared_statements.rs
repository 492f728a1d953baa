//! Prepared statements on shared connections: the client has its handle, each connection its own statements,
//! and an execution finds, or prepares, the one of its text on the connection at hand.

use std::rc::Rc;

use crate::proxy::backend::{Connection, ExchangeError};
use crate::proxy::pool::Profile;
use crate::proxy::topology::ServerId;
use crate::wire::command;
use crate::wire::error::ServerError;
use crate::wire::header::put_packet_with;
use crate::wire::prepared::{self as packets, PrepareOk};
use crate::wire::response::{Counts, Expect};

use super::Session;
use super::client::Arrived;
use super::place::Placed;
use super::ready::{EXCHANGE_TIME, timed_out};
use super::statement::Statement;

impl Session {
    /// The client has prepared a text on the connection: it is there for others, too. Gives the state that it
    /// was prepared in.
    pub(super) fn share_prepared(
        &mut self,
        server: ServerId,
        sql: Option<&Rc<[u8]>>,
        ok: PrepareOk,
    ) -> Option<Rc<Profile>> {
        self.pooled.as_ref()?;
        let context = self.profile();
        let connection = self.connection_to(server)?;
        match sql {
            Some(sql) => keep(connection, sql.clone(), &context, ok),
            // Too long to keep: the session cannot execute it, so nobody can.
            None => close(connection, ok.id),
        }
        Some(context)
    }

    /// Makes sure that what is executed is prepared on the connection, and puts that one's id, and the parameter
    /// types where others may have told it other ones, into the command at hand.
    pub(super) async fn place_shared(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        id: u32,
        server: ServerId,
    ) -> Result<(), Placed> {
        let server_id = self.shared_statement(id, server).await?;
        packets::set_statement_id(self.client.payload_mut(arrived), server_id);
        if statement.expect != Expect::Results {
            return Ok(());
        }
        let types: Option<Rc<[u8]>> =
            self.statements.get_mut(id).and_then(|p| p.types.as_deref().map(Rc::from));
        let (Some(text), Some(context)) = self.text_and_context(id) else { return Ok(()) };
        let Some(connection) = self.connection_to(server) else { return Err(Placed::Lost) };
        let shared = connection.shared.as_mut();
        let known = shared.and_then(|shared| shared.prepared.find(&text, &context));
        let Some(known) = known else { return Err(Placed::Lost) };
        let same = known.types == types;
        known.types = types;
        if !same && !self.put_types(arrived, id) {
            // Without types the server would take every parameter for NULL.
            return Err(Placed::Refused(ServerError::needs_reprepare()));
        }
        Ok(())
    }

    /// The server's id for the client's statement on the connection at hand.
    pub(super) async fn shared_statement(
        &mut self,
        id: u32,
        server: ServerId,
    ) -> Result<u32, Placed> {
        let unknown = || {
            Placed::Refused(ServerError::unknown_statement(&id.to_string(), "mysqld_stmt_execute"))
        };
        let counts = self.statements.get_mut(id).map(|prepared| prepared.counts);
        let (Some(text), Some(context)) = self.text_and_context(id) else { return Err(unknown()) };
        let Some(counts) = counts else { return Err(unknown()) };
        let Some(connection) = self.connection_to(server) else { return Err(Placed::Lost) };
        let shared = connection.shared.as_mut();
        if let Some(known) = shared.and_then(|shared| shared.prepared.find(&text, &context)) {
            return match known.counts == counts {
                true => Ok(known.id),
                // Another definition of the table: the client was told of other columns.
                false => Err(Placed::Refused(ServerError::needs_reprepare())),
            };
        }
        self.prepare_shared(server, text, &context, counts).await
    }

    /// What is executed, and the state that gives it its meaning.
    fn text_and_context(&mut self, id: u32) -> (Option<Rc<[u8]>>, Option<Rc<Profile>>) {
        let prepared = self.statements.get_mut(id);
        let (text, context) =
            prepared.map(|p| (p.sql.clone(), p.context.clone())).unwrap_or_default();
        (self.instead.clone().or(text), context)
    }

    /// Prepares the text in the state that the client prepared it in.
    async fn prepare_shared(
        &mut self,
        server: ServerId,
        text: Rc<[u8]>,
        context: &Rc<Profile>,
        counts: Counts,
    ) -> Result<u32, Placed> {
        let Some(at) = self.connections.iter().position(|c| c.server == server) else {
            return Err(Placed::Lost);
        };
        let mut connection = self.connections.swap_remove(at);
        let preparing = self.prepare_in(&mut connection, &text, context);
        let prepared = tokio::time::timeout(EXCHANGE_TIME, preparing).await;
        match prepared.unwrap_or_else(|_| Err(timed_out())) {
            Ok(ok) => {
                keep(&mut connection, text, context, ok);
                self.connections.push(connection);
                match ok.counts == counts {
                    true => Ok(ok.id),
                    false => Err(Placed::Refused(ServerError::needs_reprepare())),
                }
            }
            Err(ExchangeError::Refused(error)) => {
                self.connections.push(connection);
                Err(Placed::Refused(error))
            }
            Err(ExchangeError::Io(_)) => {
                self.connections.push(connection);
                self.connection_lost(server);
                Err(Placed::Lost)
            }
        }
    }

    async fn prepare_in(
        &mut self,
        connection: &mut Connection,
        text: &[u8],
        context: &Rc<Profile>,
    ) -> Result<PrepareOk, ExchangeError> {
        let mut bytes = Vec::with_capacity(text.len() + 8);
        put_packet_with(&mut bytes, &mut 0, |out| {
            out.push(command::STMT_PREPARE);
            out.extend_from_slice(text);
        });
        let profile = self.profile();
        if Rc::ptr_eq(context, &profile) {
            return connection.prepare(&bytes).await;
        }
        let base = connection.shared.as_ref().map(|shared| shared.base.clone()).unwrap_or_default();
        // What cannot be undone here matters little: servers prepare anew in the current state, too.
        let near = profile.nearest(context, &base);
        self.switch(connection, &profile, &near).await?;
        let prepared = connection.prepare(&bytes).await;
        self.switch(connection, &near, &profile).await?;
        connection.settle_now().await?;
        prepared
    }

    /// The client closes a statement. Others may still use it; but not while its cursor is open.
    pub(super) fn close_shared(&mut self, id: u32) {
        let Some(pooled) = &mut self.pooled else { return };
        let Some(at) = pooled.cursors.iter().position(|(known, _)| *known == id) else { return };
        let (_, server) = pooled.cursors.swap_remove(at);
        let (Some(text), Some(context)) = self.text_and_context(id) else { return };
        let Some(connection) = self.connection_to(server) else { return };
        let known = connection.shared.as_mut().and_then(|s| s.prepared.remove(&text, &context));
        if let Some(known) = known {
            close(connection, known);
        }
    }
}

fn keep(connection: &mut Connection, text: Rc<[u8]>, context: &Rc<Profile>, ok: PrepareOk) {
    let Some(shared) = &mut connection.shared else { return };
    if let Some(gone) = shared.prepared.put(text, context, ok.id, ok.counts) {
        close(connection, gone);
    }
}

fn close(connection: &mut Connection, id: u32) {
    let [a, b, c, d] = id.to_le_bytes();
    connection.queue(&[command::STMT_CLOSE, a, b, c, d]);
}
