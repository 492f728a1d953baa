//! One client of a scenario: a connection in a task of its own, so that a statement may stay unanswered.

use std::net::SocketAddr;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, OptsBuilder, Row};
use tokio::sync::{mpsc, oneshot};

/// A statement that has no answer by then waits for a lock.
const BLOCKED_AFTER: Duration = Duration::from_millis(1000);
/// A statement that waited must be answered by then, once what it waited for is gone.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

type Answer = oneshot::Receiver<String>;

/// A session, perhaps with a statement that has no answer yet.
pub struct Session {
    statements: mpsc::UnboundedSender<(String, oneshot::Sender<String>)>,
    waiting: Option<Answer>,
}

impl Session {
    /// Connects and runs `start`.
    pub async fn open(address: SocketAddr, start: &[String]) -> Result<Self, String> {
        let opts = OptsBuilder::default()
            .ip_or_hostname(address.ip().to_string())
            .tcp_port(address.port())
            .user(Some("root"))
            .prefer_socket(Some(false));
        let mut conn = Conn::new(opts).await.map_err(|e| e.to_string())?;
        for sql in start {
            conn.query_drop(sql).await.map_err(|e| format!("{sql}: {e}"))?;
        }
        let (statements, mut queue) =
            mpsc::unbounded_channel::<(String, oneshot::Sender<String>)>();
        tokio::spawn(async move {
            while let Some((sql, answer)) = queue.recv().await {
                let _ = answer.send(ask(&mut conn, &sql).await);
            }
        });
        Ok(Self { statements, waiting: None })
    }

    /// The answer, or `blocked` when it does not come.
    pub async fn run(&mut self, sql: &str) -> Result<String, String> {
        if self.waiting.is_some() {
            return Ok("not run: its last statement is blocked".into());
        }
        let (send, mut answer) = oneshot::channel();
        self.statements.send((sql.into(), send)).map_err(|_| "the session ended")?;
        match tokio::time::timeout(BLOCKED_AFTER, &mut answer).await {
            Ok(answer) => answer.map_err(|_| "the session ended".into()),
            Err(_) => {
                self.waiting = Some(answer);
                Ok("blocked".into())
            }
        }
    }

    /// The answer to the statement that was blocked.
    pub async fn wait(&mut self) -> Result<String, String> {
        let Some(answer) = self.waiting.take() else { return Ok("nothing was blocked".into()) };
        match tokio::time::timeout(ANSWER_LIMIT, answer).await {
            Ok(answer) => answer.map_err(|_| "the session ended".into()),
            Err(_) => Ok("still blocked".into()),
        }
    }
}

async fn ask(conn: &mut Conn, sql: &str) -> String {
    match answer(conn, sql).await {
        Ok(text) => text,
        Err(Error::Server(e)) => format!("error {} {}", e.code, e.state),
        Err(error) => format!("lost: {error}"),
    }
}

/// Rows as `1=10 2=20`, otherwise the number of affected rows.
async fn answer(conn: &mut Conn, sql: &str) -> mysql_async::Result<String> {
    let mut result = conn.query_iter(sql).await?;
    let affected = result.affected_rows();
    let is_query = result.columns().is_some_and(|columns| !columns.is_empty());
    let rows: Vec<Row> = result.collect().await?;
    result.drop_result().await?;
    Ok(match (is_query, affected) {
        (true, _) if rows.is_empty() => "none".into(),
        (true, _) => rows.iter().map(print).collect::<Vec<_>>().join(" "),
        (false, 0) => "ok".into(),
        (false, n) => format!("ok, {n} rows"),
    })
}

fn print(row: &Row) -> String {
    let values: Vec<String> =
        (0..row.len()).map(|i| row.as_ref(i).map_or("?".into(), |v| v.as_sql(true))).collect();
    values.join("=").replace('\'', "")
}
