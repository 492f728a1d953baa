//! Runs statements on a server, over the text protocol, and takes down what they did.

use std::net::SocketAddr;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, OptsBuilder, Row};

use super::outcome::{Outcome, Rows};
use super::script::{Record, Script};

/// A statement that takes longer hangs.
const STATEMENT_LIMIT: Duration = Duration::from_secs(10);
/// A connection that takes longer does not come.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// What every session starts with, so that answers do not hang on the place or the moment of a run.
const PRELUDE: [&str; 4] = [
    "SET NAMES utf8mb4",
    "SET time_zone = '+00:00'",
    "SET sql_mode = DEFAULT",
    "SET SESSION information_schema_stats_expiry = 0",
];

/// A session in one script's schema, which comes back after a loss.
pub struct Session {
    address: SocketAddr,
    schema: String,
    conn: Option<Conn>,
}

impl Session {
    /// Makes the schema anew.
    pub async fn open(address: SocketAddr, schema: String) -> Result<Self, String> {
        let mut session = Self { address, schema, conn: None };
        let mut conn = session.connect().await?;
        for sql in [
            format!("DROP DATABASE IF EXISTS `{}`", session.schema),
            format!("CREATE DATABASE `{}`", session.schema),
            format!("USE `{}`", session.schema),
        ] {
            // what a server refuses here shows in the statements that need it
            match conn.query_drop(&sql).await {
                Ok(()) | Err(Error::Server(_)) => {}
                Err(error) => return Err(format!("{sql}: {error}")),
            }
        }
        session.conn = Some(conn);
        Ok(session)
    }

    async fn connect(&self) -> Result<Conn, String> {
        let opts = OptsBuilder::default()
            .ip_or_hostname(self.address.ip().to_string())
            .tcp_port(self.address.port())
            .user(Some("root"))
            .prefer_socket(Some(false))
            .stmt_cache_size(Some(0));
        let connecting = tokio::time::timeout(CONNECT_LIMIT, Conn::new(opts)).await;
        let mut conn =
            connecting.map_err(|_| "no connection in time")?.map_err(|e| e.to_string())?;
        for sql in PRELUDE {
            // a server without one of these variables shows that in the statements that need it
            match tokio::time::timeout(CONNECT_LIMIT, conn.query_drop(sql)).await {
                Ok(Ok(()) | Err(Error::Server(_))) => {}
                Ok(Err(error)) => return Err(format!("{sql}: {error}")),
                Err(_) => return Err(format!("{sql}: no answer")),
            }
        }
        Ok(conn)
    }

    /// Runs one statement; a lost connection is made again for the next.
    pub async fn run(&mut self, sql: &str) -> Outcome {
        if self.conn.is_none() {
            match self.come_back().await {
                Ok(conn) => self.conn = Some(conn),
                Err(why) => return Outcome::Lost(why),
            }
        }
        let Some(conn) = &mut self.conn else { return Outcome::Lost("not connected".into()) };
        let outcome = match tokio::time::timeout(STATEMENT_LIMIT, ask(conn, sql)).await {
            Err(_) => Outcome::Lost(format!("no answer within {STATEMENT_LIMIT:?}")),
            Ok(outcome) => outcome,
        };
        if matches!(outcome, Outcome::Lost(_)) {
            self.conn = None;
        }
        outcome
    }

    async fn come_back(&self) -> Result<Conn, String> {
        let mut conn = self.connect().await?;
        let _ = conn.query_drop(format!("CREATE DATABASE IF NOT EXISTS `{}`", self.schema)).await;
        let _ = conn.query_drop(format!("USE `{}`", self.schema)).await;
        Ok(conn)
    }

    /// Removes the schema again.
    pub async fn close(mut self) {
        let drop = format!("DROP DATABASE IF EXISTS `{}`", self.schema);
        let _ = self.run("ROLLBACK").await;
        let _ = self.run(&drop).await;
    }
}

/// The schema that a script runs in.
pub fn schema_of(script: &Script) -> String {
    format!("d_{}", script.name().replace('-', "_"))
}

async fn ask(conn: &mut Conn, sql: &str) -> Outcome {
    let mut outcome = match answer(conn, sql).await {
        Ok(outcome) => outcome,
        Err(Error::Server(e)) => {
            return Outcome::Failed { code: e.code, state: e.state, text: e.message };
        }
        Err(error) => return Outcome::Lost(error.to_string()),
    };
    if conn.get_warnings() > 0 && !sql.to_ascii_lowercase().starts_with("show warnings") {
        match warnings(conn).await {
            Ok(codes) => note(&mut outcome, codes),
            Err(Error::Server(_)) => note(&mut outcome, vec![0]),
            Err(error) => return Outcome::Lost(format!("SHOW WARNINGS: {error}")),
        }
    }
    outcome
}

async fn answer(conn: &mut Conn, sql: &str) -> mysql_async::Result<Outcome> {
    let mut result = conn.query_iter(sql).await?;
    let columns = result.columns();
    let (affected, insert_id) = (result.affected_rows(), result.last_insert_id().unwrap_or(0));
    let rows: Vec<Row> = result.collect().await?;
    result.drop_result().await?;
    match columns {
        Some(columns) if !columns.is_empty() => Ok(Outcome::Rows(Rows::new(&columns, &rows))),
        _ => Ok(Outcome::Done { affected, insert_id, warnings: Vec::new() }),
    }
}

async fn warnings(conn: &mut Conn) -> mysql_async::Result<Vec<u16>> {
    let rows: Vec<Row> = conn.query("SHOW WARNINGS").await?;
    Ok(rows.iter().filter_map(|row| row.get(1)).collect())
}

fn note(outcome: &mut Outcome, codes: Vec<u16>) {
    match outcome {
        Outcome::Done { warnings, .. } => *warnings = codes,
        Outcome::Rows(rows) => rows.warnings = codes,
        _ => {}
    }
}

/// Writes what a real server does over a script's expectations.
pub async fn record(address: SocketAddr, script: &mut Script) -> Result<(), String> {
    let mut session = Session::open(address, schema_of(script)).await?;
    for record in &mut script.records {
        let outcome = session.run(&record.sql).await;
        if let Outcome::Lost(why) = &outcome {
            return Err(format!("{}: {}: {why}", script.path.display(), record.sql));
        }
        record.sorted = record.sorted || promises_no_order(&record.sql, &outcome);
        record.expected = sort_if(record, outcome);
    }
    session.close().await;
    Ok(())
}

/// Does SQL leave the order of these rows to the server?
fn promises_no_order(sql: &str, outcome: &Outcome) -> bool {
    let sql = sql.to_ascii_lowercase();
    let reads = ["select", "with", "(", "table", "execute", "values"];
    matches!(outcome, Outcome::Rows(rows) if rows.rows.len() > 1)
        && reads.iter().any(|word| sql.starts_with(word))
        && !ordered(&sql)
}

/// Is there an ORDER BY that is not inside parentheses?
fn ordered(sql: &str) -> bool {
    let mut depth = 0;
    sql.char_indices().any(|(at, c)| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0 && sql[at..].starts_with("order by")
    })
}

/// The outcome with its rows in order of their text, where the record asks for it.
pub fn sort_if(record: &Record, mut outcome: Outcome) -> Outcome {
    if let (true, Outcome::Rows(rows)) = (record.sorted, &mut outcome) {
        rows.rows.sort();
    }
    outcome
}
