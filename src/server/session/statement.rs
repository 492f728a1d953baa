//! One statement from its parsed form to its outcome: waits, runs again, commits.
//!
//! ```text
//!            ┌────────── lock granted / pause answered ─────────┐
//!            ▼                                                  │
//! begin ─▶ run (synchronous) ─▶ Wait | Pause ─▶ undo, await ────┘
//!            ├─▶ Error ─▶ undo the statement, or all of it (deadlock)
//!            └─▶ Ok ─▶ autocommit: commit, await its group ─▶ answer
//! ```

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::time::timeout;

use super::Session;
use super::answer::to_client;
use super::length::Length;
use super::sink::{NoSink, SinkMark};
use crate::engine::catalog::TableName;
use crate::engine::locks::{LockWait, WaitEnd};
use crate::engine::{self, CatalogChange, CommitOptions, DdlStatement, LogContext};
use crate::query::{self, Interrupt, Outcome, Pause};
use crate::sql::statement::ast::Show;
use crate::sql::statement::{Parsed, Statement, quote_name};
use crate::value::{SqlError, Value};
use crate::wire::error::ServerError;

/// Waits of one statement; a statement that met more of them is going nowhere.
const MAX_WAITS: usize = 100_000;

impl Session {
    /// Runs a statement to its end, its commit included where it ends a transaction.
    pub(super) async fn run_statement(
        &mut self,
        text: &str,
        parsed: &Parsed,
        params: &[Value],
        sink: &mut dyn SinkMark,
    ) -> Result<Outcome, ServerError> {
        self.shared.counters.questions.fetch_add(1, Relaxed);
        self.shows_diagnostics = shows_diagnostics(&parsed.statement);
        self.query.diagnostics.begin(self.shows_diagnostics);
        self.ask_by_hint();
        let done = self.attempt(text, parsed, params, sink).await;
        self.warn_of_hints();
        match done {
            Ok(outcome) => {
                if let Statement::DropDatabase(drop) = &parsed.statement {
                    query::forget_schema(&mut self.query, &drop.name);
                }
                if matches!(parsed.statement, Statement::Use(_) | Statement::DropDatabase(_)) {
                    self.listed.process().use_schema(self.query.database.as_deref());
                }
                self.note_changes(&parsed.statement);
                Ok(outcome)
            }
            Err(error) => {
                self.query.diagnostics.push_error(&error);
                Err(to_client(error))
            }
        }
    }

    async fn attempt(
        &mut self,
        text: &str,
        parsed: &Parsed,
        params: &[Value],
        sink: &mut dyn SinkMark,
    ) -> Result<Outcome, SqlError> {
        if let Statement::Execute(execute) = &parsed.statement {
            let (inner, values) = self.executed(execute)?;
            let hints = self.acks.hints().or_else(|| self.hints_of(&inner.text));
            self.acks.hint(hints);
            self.ask_by_hint();
            return Box::pin(self.attempt(&inner.text, &inner.parsed, &values, sink)).await;
        }
        if let Some(outcome) = self.control(&parsed.statement).await? {
            return Ok(outcome);
        }
        self.check_read_only(&parsed.statement)?;
        self.check_locked_names(&parsed.statement)?;
        if query::commits_implicitly(&parsed.statement) {
            self.commit().await?;
        }
        let outcome = self.repeat(text, parsed, params, sink).await;
        if matches!(parsed.statement, Statement::Set(_)) {
            self.forget_settings();
        }
        self.end_statement(outcome).await
    }

    /// Runs the statement again and again until it no longer has to wait.
    async fn repeat(
        &mut self,
        text: &str,
        parsed: &Parsed,
        params: &[Value],
        sink: &mut dyn SinkMark,
    ) -> Result<Outcome, SqlError> {
        self.query.waited.clear();
        let mut length = Length::of(&parsed.statement);
        for _ in 0..MAX_WAITS {
            if let Some(open) = self.query.open_transaction() {
                open.start_statement();
            }
            sink.mark();
            sink.may_block(length == Length::Long);
            self.query.budget.begin(length.budget());
            let mut run = || query::execute(&mut self.query, text, parsed, params, sink.as_sink());
            let ran = if length == Length::Long { block(run) } else { run() };
            let interrupt = match ran {
                Ok(outcome) => return self.finish_ddl(outcome).await,
                Err(interrupt) => interrupt,
            };
            if let Some(open) = self.query.open_transaction() {
                open.rollback_statement();
            }
            let longer = self.query.budget.is_spent() || sink.is_full();
            match interrupt {
                Interrupt::Error(_) if longer && length != Length::Long => length = Length::Long,
                Interrupt::Error(error) => return Err(error),
                Interrupt::Wait(wait) => self.await_lock(wait).await?,
                Interrupt::Pause(pause) => self.await_pause(pause).await?,
            }
            sink.rewind()?;
            self.query.diagnostics.clear();
        }
        Err(engine::lock_timeout())
    }

    /// What a DDL statement has left to be done: the engine does it, and says when it is in the log.
    async fn finish_ddl(&mut self, outcome: Outcome) -> Result<Outcome, SqlError> {
        let Some(ddl) = self.query.ddl.take() else { return Ok(outcome) };
        if !ddl.changes.is_empty() {
            self.carry_out(ddl.statement, ddl.changes).await?;
        }
        let Some(then) = ddl.then else { return Ok(outcome) };
        let followed = Box::pin(self.follow(*then)).await;
        if let (Err(_), Some((table, temporary))) = (&followed, ddl.made) {
            self.roll_back();
            match temporary {
                true => drop(self.query.temporary.drop(&table.schema, &table.name)),
                false => self.unmake(table).await?,
            }
        }
        followed
    }

    /// Lets the engine change the catalog, and rows where they change with it.
    async fn carry_out(
        &mut self,
        mut statement: DdlStatement,
        changes: Vec<CatalogChange>,
    ) -> Result<(), SqlError> {
        let transaction = self.query.lend_transaction();
        let engine = self.query.engine.clone();
        (statement.context, statement.unlogged) = (self.log_context(), self.settings().unlogged);
        let kill = self.query.kill.clone();
        let stop = move || if kill.is_raised() { Err(interrupted()) } else { Ok(()) };
        // Converting the rows of a table takes as long as it takes.
        let ticket = block(|| engine.ddl_until(transaction, statement, changes, &stop));
        if let Some(gtid) = &self.committed(ticket).await?.gtid {
            self.note_gtid(gtid);
        }
        Ok(())
    }

    /// Drops the table that was made for rows that could not be.
    async fn unmake(&mut self, table: TableName) -> Result<(), SqlError> {
        loop {
            let transaction = self.query.transaction();
            match transaction.lock_table_exclusive(&table.schema, &table.name) {
                Ok(_) => break,
                Err(engine::Interrupt::Wait(wait)) => self.await_lock(wait).await?,
                Err(other) => return Err(other.into_error()),
            }
        }
        let name = |name: &str| quote_name(name);
        let sql = format!("DROP TABLE {}.{}", name(&table.schema), name(&table.name));
        let statement = DdlStatement { sql, ..DdlStatement::default() };
        self.carry_out(statement, vec![CatalogChange::DropTables(vec![table])]).await
    }

    /// The rows of CREATE TABLE … AS SELECT: a statement of its own, whose outcome is the whole one's.
    async fn follow(&mut self, statement: Statement) -> Result<Outcome, SqlError> {
        let parsed = Parsed::of(statement);
        self.repeat("", &parsed, &[], &mut NoSink).await
    }

    /// Ends the transaction where the statement was one by itself.
    async fn end_statement(
        &mut self,
        outcome: Result<Outcome, SqlError>,
    ) -> Result<Outcome, SqlError> {
        match &outcome {
            Ok(_) if !self.query.in_transaction() => self.commit().await?,
            Ok(_) => {}
            Err(error) if error.code == 1792 && !self.query.in_transaction() => {
                self.query.refuse_transaction();
            }
            // The victim of a deadlock loses its whole transaction.
            Err(error) if error.code == 1213 || !self.query.in_transaction() => self.roll_back(),
            Err(_) => {}
        }
        outcome
    }

    /// Commits what is open, if anything is.
    pub(super) async fn commit(&mut self) -> Result<(), SqlError> {
        let Some(transaction) = self.query.take_transaction() else { return Ok(()) };
        if transaction.is_empty() && !transaction.is_doomed() {
            return Ok(());
        }
        let unlogged = self.settings().unlogged;
        let options =
            CommitOptions { context: self.log_context(), unlogged, ..CommitOptions::default() };
        let ticket = self.query.engine.commit(transaction, options);
        let committed = self.committed(ticket).await?;
        if let Some(gtid) = &committed.gtid {
            self.note_gtid(gtid);
        }
        Ok(())
    }

    /// Rolls back what is open.
    pub(super) fn roll_back(&mut self) {
        drop(self.query.take_transaction());
    }

    /// What the log says of the session.
    fn log_context(&self) -> LogContext {
        let variables = &self.query.variables;
        let zone = &*variables.time_zone;
        LogContext {
            connection: self.listed.process().id,
            schema: self.query.database.as_deref().unwrap_or_default().to_owned(),
            sql_mode: variables.sql_mode.0,
            collations: [
                variables.character_set_client.0,
                variables.collation_connection.0,
                variables.collation_server.0,
            ],
            time_zone: if zone == "SYSTEM" { String::new() } else { zone.to_owned() },
            timestamp_micros: u64::try_from(self.query.statement_clock()).unwrap_or(0),
            no_foreign_key_checks: !variables.foreign_key_checks,
            relaxed_unique_checks: !variables.unique_checks,
            // a value that names nothing was refused before the statement ran
            ack: self.asked_ack().unwrap_or_default(),
        }
    }

    /// `sql_log_bin=0`.
    pub(super) fn is_unlogged(&mut self) -> bool {
        self.settings().unlogged
    }

    /// Waits for a lock: 1205 when it takes too long, 1213 when nobody would ever give way, 1317 when
    /// somebody killed the statement.
    pub(super) async fn await_lock(&mut self, wait: LockWait) -> Result<(), SqlError> {
        let limit = Duration::from_secs(self.query.variables.innodb_lock_wait_timeout_s);
        let process = self.listed.process().clone();
        process.set_state("updating");
        let counters = self.shared.counters.clone();
        counters.row_lock_waits.fetch_add(1, Relaxed);
        let ended = tokio::select! {
            ended = timeout(limit, wait) => ended,
            () = process.killed() => return Err(interrupted()),
        };
        match ended {
            Ok(WaitEnd::Granted) => Ok(()),
            Ok(WaitEnd::Deadlock | WaitEnd::Cancelled) => {
                counters.deadlocks.fetch_add(1, Relaxed);
                Err(engine::deadlock())
            }
            Err(_) => {
                counters.lock_timeouts.fetch_add(1, Relaxed);
                Err(engine::lock_timeout())
            }
        }
    }

    /// Waits for what a function asked for, and keeps the answer for the next run.
    async fn await_pause(&mut self, pause: Pause) -> Result<(), SqlError> {
        let process = self.listed.process().clone();
        process.set_state("User sleep");
        let answer = match pause {
            Pause::Sleep(duration) => tokio::select! {
                () = tokio::time::sleep(duration) => Value::Int(0),
                () = process.killed() => Value::Int(1),
            },
            Pause::UserLock { name, timeout } => {
                tokio::select! {
                    answer = self.await_user_lock(&name, timeout) => answer?,
                    () = process.killed() => return Err(interrupted()),
                }
            }
            Pause::Gtids { set, timeout } => {
                tokio::select! {
                    answer = self.await_gtids(&set, timeout) => answer?,
                    () = process.killed() => return Err(interrupted()),
                }
            }
        };
        self.query.waited.push(answer);
        Ok(())
    }
}

/// Whether a statement shows the warnings of the one before, and so does not forget them.
fn shows_diagnostics(statement: &Statement) -> bool {
    let Statement::Show(show) = statement else { return false };
    matches!(
        **show,
        Show::Warnings { .. } | Show::Errors { .. } | Show::CountWarnings | Show::CountErrors
    )
}

/// Runs what takes long on the calling thread without holding up the runtime's other tasks.
pub(super) fn block<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}

/// 1317.
pub(super) fn interrupted() -> SqlError {
    SqlError::new(1317, b"70100", "Query execution was interrupted")
}
