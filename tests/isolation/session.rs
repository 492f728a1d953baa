//! One client of a scenario: a connection in a task of its own, so that a statement may stay unanswered.

use std::net::SocketAddr;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, OptsBuilder, Row};
use tokio::sync::{mpsc, oneshot};

/// How often the server is asked whether a statement without an answer waits for a lock.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What a statement gets whose wait for a lock took too long.
const LOCK_TIMEOUT: &str = "error 1205";
/// So many looks in a row find what is still blocked.
const STILL_BLOCKED_LOOKS: u32 = 20;

type Answer = oneshot::Receiver<String>;

/// A session, perhaps with a statement that has no answer yet.
pub struct Session {
    statements: mpsc::UnboundedSender<(String, oneshot::Sender<String>)>,
    waiting: Option<Answer>,
    /// Its id.
    connection: u32,
}

impl Session {
    /// Connects and runs `start`.
    pub async fn open(address: SocketAddr, start: &[String]) -> Result<Self, String> {
        let mut conn = Conn::new(options(address)).await.map_err(|e| e.to_string())?;
        for sql in start {
            conn.query_drop(sql).await.map_err(|e| format!("{sql}: {e}"))?;
        }
        let connection = conn.id();
        let (statements, mut queue) =
            mpsc::unbounded_channel::<(String, oneshot::Sender<String>)>();
        tokio::spawn(async move {
            while let Some((sql, answer)) = queue.recv().await {
                let _ = answer.send(ask(&mut conn, &sql).await);
            }
        });
        Ok(Self { statements, waiting: None, connection })
    }

    /// The answer, or `blocked` when the observer sees it wait for a lock.
    ///
    /// A lock that came too late was waited for, however soon that was seen.
    pub async fn run(&mut self, sql: &str, observer: &Observer) -> Result<String, String> {
        if self.waiting.is_some() {
            return Ok("not run: its last statement is blocked".into());
        }
        let (send, mut answer) = oneshot::channel();
        self.statements.send((sql.into(), send)).map_err(|_| "the session ended")?;
        let answer = loop {
            match tokio::time::timeout(LOOK_EVERY, &mut answer).await {
                Ok(answered) => {
                    let text = answered.map_err(|_| "the session ended")?;
                    if !text.starts_with(LOCK_TIMEOUT) {
                        return Ok(text);
                    }
                    let (send, late) = oneshot::channel();
                    let _ = send.send(text);
                    break late;
                }
                Err(_) if observer.sees_waiting(self.connection).await => break answer,
                Err(_) => {}
            }
        };
        self.waiting = Some(answer);
        Ok("blocked".into())
    }

    /// The answer to the statement that was blocked, or `still blocked`: then it was seen to wait many times in a row,
    /// as what it waits for may be given back at this moment.
    pub async fn wait(&mut self, observer: &Observer) -> Result<String, String> {
        let Some(mut answer) = self.waiting.take() else {
            return Ok("nothing was blocked".into());
        };
        let mut seen = 0;
        while seen < STILL_BLOCKED_LOOKS {
            match tokio::time::timeout(LOOK_EVERY, &mut answer).await {
                Ok(answered) => return answered.map_err(|_| "the session ended".into()),
                Err(_) if observer.sees_waiting(self.connection).await => seen += 1,
                Err(_) => seen = 0,
            }
        }
        self.waiting = Some(answer);
        Ok("still blocked".into())
    }
}

/// A connection that looks at the server's locks.
pub struct Observer(tokio::sync::Mutex<Conn>);

impl Observer {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Result<Self, String> {
        let conn = Conn::new(options(address)).await.map_err(|e| e.to_string())?;
        Ok(Self(tokio::sync::Mutex::new(conn)))
    }

    /// Whether the connection waits for a lock. A server that cannot be asked has none that waits.
    pub async fn sees_waiting(&self, connection: u32) -> bool {
        let sql = "SELECT COUNT(*) FROM performance_schema.data_locks JOIN performance_schema.threads USING (THREAD_ID)
            WHERE LOCK_STATUS = 'WAITING' AND PROCESSLIST_ID = ?";
        let waiting = self.0.lock().await.exec_first::<u64, _, _>(sql, (connection,)).await;
        waiting.is_ok_and(|waiting| waiting.is_some_and(|waiting| waiting > 0))
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

fn options(address: SocketAddr) -> OptsBuilder {
    OptsBuilder::default()
        .ip_or_hostname(address.ip().to_string())
        .tcp_port(address.port())
        .user(Some("root"))
        .prefer_socket(Some(false))
}
