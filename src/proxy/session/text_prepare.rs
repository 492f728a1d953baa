//! `PREPARE … FROM`, `EXECUTE` and `DEALLOCATE` as SQL text: classified once, at PREPARE, and
//! executed wherever the session may read then.

use std::rc::Rc;
use std::sync::Arc;

use crate::proxy::backend::ExchangeError;
use crate::proxy::topology::ServerId;
use crate::sql::{
    Cause, Kind, LexMode, Needs, PrepareSource, StatementClass, parse_deallocate, parse_execute,
    parse_prepare, parse_route_question,
};
use crate::wire::error::ServerError;

use super::client::Arrived;
use super::hints::Wishes;
use super::place::Placed;
use super::ready::{EXCHANGE_TIME, timed_out};
use super::statement::Statement;
use super::statements::MAX_STATEMENTS;
use super::{Flow, Session};

/// Bytes of `PREPARE` statements that one session keeps at most.
const MAX_TEXT_BYTES: usize = 4 << 20;

/// A statement that the session has prepared by name.
#[derive(Debug)]
pub struct TextStatement {
    /// What executing it does.
    class: Arc<StatementClass>,
    /// The payload of the command that prepared it, to repeat it elsewhere; none where it took the
    /// text from a variable.
    prepare: Option<Box<[u8]>>,
    /// How that command was read.
    lex: LexMode,
    /// What the hints in its text want.
    wishes: Option<Rc<Wishes>>,
}

impl TextStatement {
    /// The text that it was made from, where that is known.
    pub fn parsed(&self) -> Option<Vec<u8>> {
        let prepare = self.prepare.as_ref()?.get(1..)?;
        match parse_prepare(prepare, self.lex)?.source {
            PrepareSource::Literal(sql) => Some(sql),
            PrepareSource::Variable => None,
        }
    }

    fn bytes(&self) -> usize {
        self.prepare.as_ref().map_or(0, |prepare| prepare.len())
    }

    /// A replica refused it as a write.
    pub fn is_a_write(&mut self) {
        let marks = self.class.marks.clone();
        let class = StatementClass::write(Cause::RefusedByReplica);
        self.class = Arc::new(StatementClass { marks, ..class });
    }
}

impl Session {
    /// A whole `PREPARE`, `EXECUTE` or `DEALLOCATE`.
    pub(super) async fn text_prepared(
        &mut self,
        arrived: Arrived,
        class: Arc<StatementClass>,
    ) -> Flow {
        match class.kind {
            Kind::Prepare => self.prepare_text(arrived, class).await,
            Kind::Execute => self.execute_text(arrived, class).await,
            _ => self.deallocate_text(arrived, class).await,
        }
    }

    async fn prepare_text(&mut self, arrived: Arrived, class: Arc<StatementClass>) -> Flow {
        let lex = self.state.lex();
        let payload: Box<[u8]> = self.client.payload(arrived).into();
        let parsed = parse_prepare(payload.get(1..).unwrap_or_default(), lex);
        if let Some(PrepareSource::Literal(sql)) = parsed.as_ref().map(|parsed| &parsed.source)
            && parse_route_question(sql, lex).is_some()
        {
            return self.refuse(arrived, &ServerError::not_preparable()).await;
        }
        let ran = self.run_statement(arrived, Statement::text(class)).await?;
        let Some(parsed) = parsed else {
            // Whatever its name is, what is known of it is no longer true.
            self.forget_all_text();
            return Ok(());
        };
        let Some((server, outcome)) = ran else { return Ok(()) };
        let name: Box<str> = parsed.name.into();
        // A failed PREPARE has dropped an earlier statement of that name.
        self.forget_text(&name);
        // One that is not kept runs where it was prepared, on the primary.
        let full = self.text_statements.len() >= MAX_STATEMENTS
            || self.text_statements.values().map(TextStatement::bytes).sum::<usize>()
                >= MAX_TEXT_BYTES;
        if outcome.error.is_some() || full {
            return Ok(());
        }
        let (class, prepare, wishes) = match parsed.source {
            PrepareSource::Literal(sql) => {
                let class = self.local.classified(&sql, lex);
                (class, Some(payload), self.wishes_in(&sql))
            }
            PrepareSource::Variable => {
                (Arc::new(StatementClass::write(Cause::PreparedText)), None, None)
            }
        };
        if let Some(connection) = self.connection_to(server) {
            connection.text_statements.insert(name.clone());
        }
        self.text_statements.insert(name, TextStatement { class, prepare, lex, wishes });
        Ok(())
    }

    async fn execute_text(&mut self, arrived: Arrived, class: Arc<StatementClass>) -> Flow {
        let sql = self.client.payload(arrived).get(1..).unwrap_or_default();
        let statement = self.named_statement(sql).unwrap_or_else(|| Statement::text(class));
        self.run_statement(arrived, statement).await.map(|_| ())
    }

    /// What an EXECUTE runs, if that is known. Its own hints come before those of the text that was prepared.
    pub(super) fn named_statement(&self, sql: &[u8]) -> Option<Statement> {
        let lex = self.state.lex();
        let parsed = parse_execute(sql, lex)?;
        let known = self.text_statements.get(parsed.name.as_str());
        let known = known.filter(|known| known.lex == lex)?;
        let class = match parsed.uses_variables {
            true => {
                let class = (*known.class).clone();
                Arc::new(class.with_needs(Needs::USER_VARIABLES))
            }
            false => known.class.clone(),
        };
        let wishes = match (self.wishes_in(sql), &known.wishes) {
            (Some(own), Some(known)) => Some(Rc::new(own.over(known))),
            (own, known) => own.or_else(|| known.clone()),
        };
        let named = Some(parsed.name.into());
        Some(Statement { named, wishes, ..Statement::text(class) })
    }

    async fn deallocate_text(&mut self, arrived: Arrived, class: Arc<StatementClass>) -> Flow {
        let sql = self.client.payload(arrived).get(1..).unwrap_or_default();
        let name = parse_deallocate(sql, self.state.lex());
        let mut statement = Statement::text(class);
        statement.named = name.as_deref().map(Into::into);
        self.run_statement(arrived, statement).await?;
        if let Some(name) = name {
            self.forget_text(&name);
        }
        Ok(())
    }

    /// A statement ran that may have prepared names anew: none that is known can be trusted. What
    /// is not known runs on the primary.
    pub(super) fn forget_all_text(&mut self) {
        self.text_statements.clear();
        for connection in &mut self.connections {
            connection.text_statements.clear();
        }
    }

    /// Forgets a name here; servers that still know it are told again before they execute it.
    fn forget_text(&mut self, name: &str) {
        self.text_statements.remove(name);
        for connection in &mut self.connections {
            connection.text_statements.remove(name);
        }
    }

    /// Makes sure that a named statement is prepared on the server.
    pub(super) async fn place_text(&mut self, name: &str, server: ServerId) -> Result<(), Placed> {
        // An unknown name gets the server's own error.
        let Some(known) = self.text_statements.get(name) else { return Ok(()) };
        let Some(connection) = self.connections.iter_mut().find(|c| c.server == server) else {
            return Err(Placed::Lost);
        };
        if connection.text_statements.contains(name) {
            return Ok(());
        }
        // What a variable held then cannot be repeated: the server says that it knows no such name.
        let Some(prepare) = &known.prepare else { return Ok(()) };
        let exchange = tokio::time::timeout(EXCHANGE_TIME, connection.exchange(prepare, |_| ()));
        match exchange.await.unwrap_or_else(|_| Err(timed_out())) {
            Ok(_) => {
                connection.text_statements.insert(name.into());
                Ok(())
            }
            Err(ExchangeError::Refused(error)) => Err(Placed::Refused(error)),
            Err(ExchangeError::Io(_)) => {
                self.connection_lost(server);
                Err(Placed::Lost)
            }
        }
    }
}
