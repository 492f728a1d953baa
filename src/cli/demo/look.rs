//! Asks every process of the demo how it is.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mysql_async::Row;
use mysql_async::prelude::Queryable;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::bootstrap::connect;
use super::layout::{Layout, ServerPlace};

/// A process that does not answer within this is shown as down.
const PATIENCE: Duration = Duration::from_millis(500);
/// The proxy's page of metrics has some ten kilobytes; more than this is not read.
const MAX_PAGE: u64 = 4 << 20;

/// The whole demo at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub servers: Vec<Server>,
    /// `None`: the proxy does not answer.
    pub proxy: Option<Routed>,
    /// `None`: the primary does not answer.
    pub acks: Option<Acks>,
}

/// How acknowledgement stands, as the primary says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Acks {
    pub policy: String,
    pub in_sync: String,
    pub waiting: String,
    /// Replicas did not answer in time: commits are let through.
    pub degraded: bool,
}

/// One bundled server. What is `None` was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub name: String,
    pub address: SocketAddr,
    pub condition: Condition,
    pub executed: Option<String>,
    /// Seconds that a replica is behind; `None` for the primary, and while it is not connected.
    pub lag_s: Option<u64>,
}

/// How a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// It had ended and was started again just now.
    StartedAgain,
    NoAnswer,
    Writable,
    /// What its receiver and its applier do.
    Replicates {
        receiver: String,
        applier: String,
    },
}

/// How many statements the proxy has sent where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Routed {
    pub to_primary: u64,
    pub to_replicas: u64,
}

/// The state now; `ended` are the names of those that were just started again.
pub(super) async fn at(layout: &Layout, ended: &[String]) -> State {
    let mut servers = Vec::with_capacity(layout.servers.len());
    for place in &layout.servers {
        let mut server = within(look_at(place)).await.unwrap_or_else(|| silent(place));
        if ended.contains(&place.name) {
            server.condition = Condition::StartedAgain;
        }
        servers.push(server);
    }
    let acks = within(acks(layout.primary().address)).await;
    let proxy = within(async { page(layout.proxy_http).await.ok() }).await;
    State { servers, proxy: proxy.map(|text| routed(&text)), acks }
}

/// What an answer says, if it comes in time.
async fn within<T>(answer: impl Future<Output = Option<T>>) -> Option<T> {
    tokio::time::timeout(PATIENCE, answer).await.ok().flatten()
}

fn silent(place: &ServerPlace) -> Server {
    Server {
        name: place.name.clone(),
        address: place.address,
        condition: Condition::NoAnswer,
        executed: None,
        lag_s: None,
    }
}

async fn look_at(place: &ServerPlace) -> Option<Server> {
    let mut conn = connect(place.address).await.ok()?;
    let executed = conn.query_first("SELECT @@global.gtid_executed").await.ok()?;
    let status: Option<Row> = conn.query_first("SHOW REPLICA STATUS").await.ok()?;
    let field = |name: &str| status.as_ref().and_then(|row| row.get_opt::<String, _>(name)?.ok());
    let lag_s = field("Seconds_Behind_Source").and_then(|text| text.parse().ok());
    let condition = match (field("Replica_IO_State"), field("Replica_SQL_Running_State")) {
        (Some(receiver), Some(applier)) => Condition::Replicates { receiver, applier },
        _ => Condition::Writable,
    };
    let _ = conn.disconnect().await;
    Some(Server { executed, lag_s, condition, ..silent(place) })
}

async fn acks(primary: SocketAddr) -> Option<Acks> {
    let mut conn = connect(primary).await.ok()?;
    let policy = conn.query_first("SELECT @@global.anabranch_ack_policy").await.ok()??;
    let status = "SHOW GLOBAL STATUS LIKE 'Anabranch_%'";
    let status: HashMap<String, String> = conn.query(status).await.ok()?.into_iter().collect();
    let _ = conn.disconnect().await;
    let value = |name: &str| status.get(name).cloned().unwrap_or_default();
    Some(Acks {
        policy,
        in_sync: value("Anabranch_replicas_in_sync"),
        waiting: value("Anabranch_ack_waiting"),
        degraded: value("Anabranch_ack_degraded") == "ON",
    })
}

/// The proxy's metrics, as text.
async fn page(http: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(http).await?;
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").await?;
    let mut text = String::new();
    stream.take(MAX_PAGE).read_to_string(&mut text).await?;
    Ok(text)
}

/// Sums the statements by where they went.
fn routed(page: &str) -> Routed {
    let sum = |target: &str| {
        let statements =
            page.lines().filter(|line| line.starts_with("anabranch_statements_total{"));
        let those = statements.filter(|line| line.contains(&format!("target=\"{target}\"")));
        those.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    };
    Routed { to_primary: sum("primary"), to_replicas: sum("replica") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_summed_by_target() {
        let page = "# HELP\nanabranch_statements_total{class=\"read\",reason=\"x\",target=\"replica\"} 2\n\
                    anabranch_statements_total{class=\"read\",reason=\"y\",target=\"replica\"} 3\n\
                    anabranch_statements_total{class=\"write\",reason=\"x\",target=\"primary\"} 4\n\
                    anabranch_connections{target=\"primary\"} 9\n";
        assert_eq!(routed(page), Routed { to_primary: 4, to_replicas: 5 });
    }
}
