//! Runs statements on the server and finds those that are refused as writes or change something.
//!
//! Statements run in batches with one fingerprint before and one after. A batch that differs is
//! cut in halves until the statement that did it stands alone.
//!
//! | pass | server | account | catches |
//! | --- | --- | --- | --- |
//! | refused | `read_only = 1` | may only read | 1290 and denied rights |
//! | read-only transaction | writable | all rights | 1792 |
//! | in a transaction | writable | all rights | row locks, implicit commits |
//! | autocommit | writable | all rights | changes of data, binlog, session |

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Result, Row};

use crate::fingerprint::{Print, Prints, differences};
use crate::server::Server;
use crate::statement::{Mode, Statement, Truth};

/// Statements between two fingerprints.
const BATCH: usize = 150;
/// Misroutes that are singled out; more tell nothing new and cost seconds each.
const MOST_SINGLED_OUT: usize = 40;
/// A statement that takes longer is given up; its connection too.
const STATEMENT_LIMIT: Duration = Duration::from_secs(30);
/// INNODB_TRX is a copy that the server renews at most every 100 ms.
const INNODB_TRX_AGE: Duration = Duration::from_millis(120);

/// What the passes found.
#[derive(Default)]
pub struct Outcome {
    /// Statement and what it did.
    pub misroutes: Vec<String>,
    /// Reads that ended in an error of their own (no such table …): they prove nothing.
    pub not_run: Vec<String>,
    /// Writes that only a view knows of, and what the replica said.
    pub hidden: Vec<String>,
}

/// Which statements the server's parser rejects.
#[derive(Default)]
pub struct Validity {
    pub invalid: Vec<String>,
}

/// Prepares every statement, which parses it and runs nothing.
pub async fn check_syntax(server: &Server, all: &[Statement]) -> Result<Validity> {
    let mut validity = Validity::default();
    let mut session = Session::new(server, "root").await?;
    for statement in all {
        session.enter(statement).await?;
        match session.conn.prep(statement.sql.clone()).await {
            Ok(prepared) => session.conn.close(prepared).await?,
            Err(Error::Server(error)) if error.code == 1064 && !is_multi(statement) => {
                validity.invalid.push(format!("{statement} -- {}", short(&error.message)));
            }
            Err(Error::Server(_)) => {}
            Err(_) => session = Session::new(server, "root").await?,
        }
    }
    Ok(validity)
}

/// PREPARE takes one statement only; what several are is seen when they run.
fn is_multi(statement: &Statement) -> bool {
    statement.sql.contains(&b';')
}

/// Runs every statement that we call a read in all four passes.
pub async fn run_reads(server: &Server, reads: &[&Statement]) -> Result<Outcome> {
    // Known writes among them are misroutes already: they needn't be run.
    let mut sorted = reads.to_vec();
    sorted.retain(|s| s.truth != Truth::Write);
    sorted.sort_by_key(|s| (s.schema.clone(), s.mode.clone()));
    let open: Vec<&Statement> =
        sorted.iter().copied().filter(|s| s.truth != Truth::Hidden).collect();
    let mut runner = Runner::new(server).await?;
    runner.refused_pass(&sorted).await?;
    runner.read_only_transaction_pass(&open).await?;
    runner.batches(&open, Pass::Transaction).await?;
    runner.batches(&open, Pass::Autocommit).await?;
    Ok(runner.outcome)
}

#[derive(Clone, Copy, PartialEq)]
enum Pass {
    Replica,
    Transaction,
    Autocommit,
}

struct Runner<'a> {
    server: &'a Server,
    admin: Conn,
    prints: Prints,
    outcome: Outcome,
}

impl<'a> Runner<'a> {
    async fn new(server: &'a Server) -> Result<Self> {
        let mut admin = server.connect("root").await?;
        for setting in [
            "SET max_statement_time = 0",
            "CREATE USER IF NOT EXISTS reader@localhost",
            "GRANT SELECT, SHOW VIEW, EXECUTE, EVENT, PROCESS, SHOW DATABASES, BINLOG MONITOR, \
             REPLICA MONITOR, REPLICATION MASTER ADMIN ON *.* TO reader@localhost",
        ] {
            admin.query_drop(setting).await?;
        }
        let prints = Prints::new(&mut admin).await?;
        Ok(Runner { server, admin, prints, outcome: Outcome::default() })
    }

    /// As the proxy would: on a replica, by an account that may not write.
    async fn refused_pass(&mut self, reads: &[&Statement]) -> Result<()> {
        self.admin.query_drop("SET GLOBAL read_only = 1").await?;
        let mut session = Session::new(self.server, "reader").await?;
        for statement in reads {
            session.enter(statement).await?;
            match session.run(statement).await? {
                Ran::Ok => {
                    if statement.truth == Truth::Hidden {
                        self.outcome.hidden.push(format!("{statement} -- NOT refused"));
                    }
                }
                Ran::Refused(error) if statement.truth == Truth::Hidden => {
                    self.outcome.hidden.push(format!("{statement} -- {error}"));
                }
                Ran::Refused(error) => self.misroute(statement, &error),
                Ran::Failed(error) => self.outcome.not_run.push(format!("{statement} -- {error}")),
            }
        }
        let open: Vec<&Statement> =
            reads.iter().copied().filter(|s| s.truth != Truth::Hidden).collect();
        self.batches(&open, Pass::Replica).await?;
        self.admin.query_drop("SET GLOBAL read_only = 0").await
    }

    /// Here the server itself refuses writes, whoever asks.
    async fn read_only_transaction_pass(&mut self, reads: &[&Statement]) -> Result<()> {
        let mut session = Session::new(self.server, "root").await?;
        session.conn.query_drop("START TRANSACTION READ ONLY").await?;
        for statement in reads {
            session.enter(statement).await?;
            if let Ran::Refused(error) = session.run(statement).await? {
                self.misroute(statement, &format!("in a read-only transaction: {error}"));
            }
            if !session.in_transaction().await? {
                session.conn.query_drop("START TRANSACTION READ ONLY").await?;
            }
        }
        Ok(())
    }

    /// Batches with a fingerprint around each, halved where it differs.
    async fn batches(&mut self, reads: &[&Statement], pass: Pass) -> Result<()> {
        let mut todo: Vec<&[&Statement]> = reads.chunks(BATCH).collect();
        while let Some(batch) = todo.pop() {
            let changed = self.batch(batch, pass).await?;
            if changed.is_empty() {
                continue;
            }
            if self.outcome.misroutes.len() >= MOST_SINGLED_OUT {
                self.outcome.misroutes.push("more, not singled out".to_string());
                return Ok(());
            }
            match batch {
                [alone] => self.misroute(alone, &changed.join("; ")),
                _ => {
                    let (first, second) = batch.split_at(batch.len() / 2);
                    todo.extend([first, second]);
                }
            }
        }
        Ok(())
    }

    /// What one batch changed.
    async fn batch(&mut self, batch: &[&Statement], pass: Pass) -> Result<Vec<String>> {
        let user = if pass == Pass::Replica { "reader" } else { "root" };
        let mut session = Session::new(self.server, user).await?;
        session.conn.query_drop("SET @probe = 41, LAST_INSERT_ID = 4711").await?;
        let before = self.print(&mut session).await?;
        let mut changed = Vec::new();
        if pass == Pass::Transaction {
            session.conn.query_drop("START TRANSACTION").await?;
        }
        for statement in batch {
            session.enter(statement).await?;
            session.run(statement).await?;
            if pass == Pass::Transaction && !session.in_transaction().await? {
                changed.push("ended the transaction".to_string());
                session.conn.query_drop("START TRANSACTION").await?;
            }
        }
        if pass == Pass::Transaction {
            changed.extend(self.row_locks(&session).await?);
            session.conn.query_drop("ROLLBACK").await?;
        }
        session.leave().await?;
        changed.extend(differences(&before, &self.print(&mut session).await?));
        Ok(changed)
    }

    async fn print(&mut self, session: &mut Session<'_>) -> Result<Print> {
        let mut print = self.prints.session(&mut session.conn, &mut self.admin).await?;
        let folder = self.server.outfile_folder();
        print.extend(self.prints.server(&mut self.admin, &folder).await?);
        Ok(print)
    }

    /// Locks that InnoDB holds for the session's transaction.
    async fn row_locks(&mut self, session: &Session<'_>) -> Result<Vec<String>> {
        tokio::time::sleep(INNODB_TRX_AGE).await;
        let sql = format!(
            "SELECT trx_tables_locked, trx_rows_locked, trx_rows_modified \
             FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = {} \
             AND (trx_tables_locked > 0 OR trx_rows_locked > 0 OR trx_rows_modified > 0)",
            session.conn.id()
        );
        let rows: Vec<(u64, u64, u64)> = self.admin.query(sql).await?;
        Ok(rows.iter().map(|r| format!("InnoDB locks: {} tables, {} rows", r.0, r.1)).collect())
    }

    fn misroute(&mut self, statement: &Statement, what: &str) {
        self.outcome.misroutes.push(format!("{statement} -- {what}"));
    }
}

/// How a statement ended.
enum Ran {
    Ok,
    /// As a write.
    Refused(String),
    /// For a reason of its own.
    Failed(String),
}

/// A connection that is brought into each statement's mode and database.
struct Session<'a> {
    server: &'a Server,
    user: &'static str,
    conn: Conn,
    mode: Option<Mode>,
    schema: String,
}

impl<'a> Session<'a> {
    async fn new(server: &'a Server, user: &'static str) -> Result<Self> {
        let conn = server.connect(user).await?;
        let mut session = Session { server, user, conn, mode: None, schema: String::new() };
        session.leave().await?;
        Ok(session)
    }

    async fn enter(&mut self, statement: &Statement) -> Result<()> {
        if self.mode.as_ref() != Some(&statement.mode) {
            for sql in statement.mode.settings() {
                self.conn.query_drop(sql).await?;
            }
            self.mode = Some(statement.mode.clone());
        }
        if self.schema != statement.schema {
            self.conn.query_drop(format!("USE `{}`", statement.schema)).await?;
            self.schema.clone_from(&statement.schema);
        }
        Ok(())
    }

    /// Back to the mode and database in which fingerprints are taken.
    async fn leave(&mut self) -> Result<()> {
        for sql in Mode::default().settings() {
            self.conn.query_drop(sql).await?;
        }
        self.mode = Some(Mode::default());
        self.conn.query_drop("USE traps").await?;
        self.schema = "traps".to_string();
        Ok(())
    }

    async fn run(&mut self, statement: &Statement) -> Result<Ran> {
        let sql = statement.sql.clone();
        let ended = tokio::time::timeout(STATEMENT_LIMIT, drain(&mut self.conn, sql)).await;
        match ended {
            Ok(Ok(())) => Ok(Ran::Ok),
            Ok(Err(Error::Server(error))) if is_refusal(error.code, &error.message) => {
                Ok(Ran::Refused(format!("{} {}", error.code, short(&error.message))))
            }
            Ok(Err(Error::Server(error))) => {
                Ok(Ran::Failed(format!("{} {}", error.code, short(&error.message))))
            }
            Ok(Err(error)) => self.renew(error.to_string()).await,
            Err(_) => self.renew("takes too long".to_string()).await,
        }
    }

    async fn renew(&mut self, reason: String) -> Result<Ran> {
        *self = Session::new(self.server, self.user).await?;
        Ok(Ran::Failed(format!("connection lost: {reason}")))
    }

    async fn in_transaction(&mut self) -> Result<bool> {
        Ok(self.conn.query_first("SELECT @@in_transaction").await? == Some(1))
    }
}

/// Reads every result to its end.
async fn drain(conn: &mut Conn, sql: Vec<u8>) -> Result<()> {
    let mut result = conn.query_iter(sql).await?;
    while !result.is_empty() {
        let _: Vec<Row> = result.collect().await?;
    }
    result.drop_result().await
}

/// Read-only server, read-only transaction, or a right that only writers need.
fn is_refusal(code: u16, message: &str) -> bool {
    match code {
        1290 | 1792 | 1836 => true,
        1142 | 1143 => !message.starts_with("SELECT command") && !message.starts_with("SHOW"),
        1044 | 1227 | 1370 => true,
        _ => false,
    }
}

fn short(message: &str) -> &str {
    const LONGEST: usize = 160;
    let end = message.char_indices().nth(LONGEST).map_or(message.len(), |(at, _)| at);
    message.get(..end).unwrap_or(message)
}
