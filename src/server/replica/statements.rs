//! What a source's statements mean here.

use std::sync::Arc;

use crate::engine::locks::WaitEnd;
use crate::engine::{DdlReplay, DdlStatement, Engine, Transaction, deadlock};
use crate::query::accounts::BOOTSTRAP;
use crate::query::ddl::{Replay, parser_mode};
use crate::query::session::SqlMode;
use crate::query::{self, Interrupt, ResultColumn, ResultSink};
use crate::replication::replica::{Running, StatementKind, Statements};
use crate::sql::statement::{Parsed, Statement, parse_one};
use crate::value::{SqlError, Value};

/// The server's part in applying.
pub struct SourceStatements {
    engine: Arc<Engine>,
    replay: Replay,
}

impl SourceStatements {
    /// For that database.
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { engine, replay: Replay::default() }
    }

    fn parse(statement: &DdlStatement) -> Result<Parsed, SqlError> {
        let mode = parser_mode(SqlMode(statement.context.sql_mode));
        Ok(parse_one(statement.sql.as_bytes(), mode)?)
    }

    async fn execute(
        &self,
        statement: &DdlStatement,
        transaction: Transaction,
    ) -> Result<Transaction, SqlError> {
        let parsed = Self::parse(statement)?;
        let mut session = query::Session::new(self.engine.clone(), 0);
        let context = &statement.context;
        session.database =
            Some(context.schema.as_str().into()).filter(|name: &Arc<str>| !name.is_empty());
        session.variables.sql_mode = SqlMode(context.sql_mode);
        session.variables.timestamp_micros = i64::try_from(context.timestamp_micros).ok();
        session.return_transaction(transaction);
        loop {
            let ran = query::execute(&mut session, &statement.sql, &parsed, &[], &mut NoSink);
            match ran {
                Ok(_) => break,
                Err(Interrupt::Wait(wait)) => match wait.await {
                    WaitEnd::Granted => {}
                    WaitEnd::Deadlock | WaitEnd::Cancelled => return Err(deadlock()),
                },
                Err(other) => return Err(other.into_error()),
            }
        }
        session.take_transaction().ok_or_else(|| SqlError::not_supported("this statement"))
    }
}

impl Statements for SourceStatements {
    fn definitions(&self) -> &dyn DdlReplay {
        &self.replay
    }

    fn kind(&self, statement: &mut DdlStatement) -> Result<StatementKind, SqlError> {
        if statement.sql == BOOTSTRAP {
            return Ok(StatementKind::Nothing);
        }
        let parsed = Self::parse(statement).map_err(|error| not_understood(statement, error))?;
        kind_of(parsed.statement)
    }

    fn run<'a>(&'a self, statement: &'a DdlStatement, transaction: Transaction) -> Running<'a> {
        Box::pin(self.execute(statement, transaction))
    }
}

/// For statements without rows.
struct NoSink;

impl ResultSink for NoSink {
    fn columns(&mut self, _: &[ResultColumn]) -> Result<(), SqlError> {
        Ok(())
    }

    fn row(&mut self, _: &[Value]) -> Result<(), SqlError> {
        Ok(())
    }
}

fn kind_of(statement: Statement) -> Result<StatementKind, SqlError> {
    Ok(match statement {
        Statement::CreateTable(create) if create.temporary => StatementKind::Nothing,
        Statement::DropTable(drop) if drop.temporary => StatementKind::Nothing,
        Statement::CreateTable(_)
        | Statement::AlterTable(_)
        | Statement::CreateIndex(_)
        | Statement::DropIndex(_)
        | Statement::DropTable(_)
        | Statement::RenameTable(_)
        | Statement::Truncate(_)
        | Statement::CreateDatabase(_)
        | Statement::AlterDatabase(_)
        | Statement::DropDatabase(_)
        | Statement::CreateView(_)
        | Statement::DropView(_)
        | Statement::DropProgram(_) => StatementKind::Definition,
        Statement::Savepoint(name) => StatementKind::Savepoint(name),
        Statement::RollbackTo(name) => StatementKind::RollbackTo(name),
        Statement::CreateUser(_)
        | Statement::AlterUser(_)
        | Statement::DropUser(_)
        | Statement::RenameUser(_)
        | Statement::Grant(_)
        | Statement::Revoke(_)
        | Statement::SetPassword(_) => StatementKind::Rows,
        Statement::ReleaseSavepoint(_) | Statement::Flush(_) | Statement::Maintain(_) => {
            StatementKind::Nothing
        }
        Statement::Unsupported { feature } => return Err(SqlError::not_supported(&feature)),
        _ => {
            return Err(SqlError::not_supported(
                "replication of statements (set binlog_format=ROW on the source)",
            ));
        }
    })
}

fn not_understood(statement: &DdlStatement, error: SqlError) -> SqlError {
    let schema = &statement.context.schema;
    let message = format!(
        "Error '{}' on query. Default database: '{schema}'. Query: '{}'",
        error.message, statement.sql
    );
    SqlError { message, ..error }
}
