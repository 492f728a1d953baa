//! What the console answers: tables of text, made from what the proxy knows.

use std::time::Duration;

use crate::config::Change;
use crate::proxy::SessionLine;
use crate::proxy::topology::{Alert, ServerId, ServerView, State, View};

use super::Console;
use super::statement::{HELP, Statement, is_like};

/// A result: names of columns, then rows; `None` is NULL.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub columns: &'static [&'static str],
    pub rows: Vec<Vec<Option<String>>>,
}

/// Answers a statement; `None` where OK is all that there is to say.
///
/// # Errors
/// Why the configuration was not taken over; where the metrics cannot be written, which well-formed ones never
/// cause.
pub(super) async fn answer(
    statement: &Statement,
    console: &Console,
) -> Result<Option<Table>, String> {
    let Console { watch, metrics, reloader, .. } = console;
    Ok(Some(match statement {
        Statement::Settled => return Ok(None),
        Statement::Help => help(),
        Statement::VersionComment => version_comment(),
        Statement::Servers => servers(&watch.view(), |id| watch.in_flight(id)),
        Statement::Sessions => sessions(&watch.view(), watch.sessions()),
        Statement::Alerts => alerts(&watch.view()),
        Statement::Changes => changes(&reloader.changes().await.map_err(|why| why.to_string())?),
        Statement::Reload => changes(&reloader.reload().await.map_err(|why| why.to_string())?),
        Statement::Metrics(pattern) => {
            let text = metrics.render().map_err(|error| error.to_string())?;
            samples(&text, pattern)
        }
    }))
}

fn some(text: impl ToString) -> Option<String> {
    Some(text.to_string())
}

fn help() -> Table {
    let rows = HELP.iter().map(|(statement, shows)| vec![some(statement), some(shows)]);
    Table { columns: &["statement", "shows"], rows: rows.collect() }
}

fn version_comment() -> Table {
    let text = concat!(
        "Anabranch console ",
        env!("CARGO_PKG_VERSION"),
        "; SHOW HELP lists its statements"
    );
    Table { columns: &["@@version_comment"], rows: vec![vec![some(text)]] }
}

pub(super) fn servers(view: &View, in_flight: impl Fn(ServerId) -> u32) -> Table {
    const COLUMNS: [&str; 15] = [
        "name",
        "address",
        "role",
        "state",
        "takes_reads",
        "flavour",
        "version",
        "lag_ms",
        "check_ms",
        "in_flight",
        "weight",
        "follows",
        "replication_error",
        "applied",
        "zone",
    ];
    let row = |server: &ServerView| {
        vec![
            some(&server.name),
            some(&server.address),
            some(server.role.label()),
            some(state(server.state)),
            some(reads(server)),
            some(server.flavour.label()),
            some(server.version),
            server.lag.map(milliseconds),
            server.latency.map(milliseconds),
            some(in_flight(server.id)),
            some(server.weight),
            server.follows.and_then(|id| view.server(id)).map(|source| source.name.to_string()),
            server.replication_error.map(|number| number.to_string()),
            server.applied.as_ref().map(|applied| applied.to_string()),
            server.zone.as_ref().map(|zone| zone.to_string()),
        ]
    };
    let servers = view.servers.iter().filter(|server| !server.is_removed());
    Table { columns: &COLUMNS, rows: servers.map(row).collect() }
}

/// `late`: none but those that may be that late.
fn reads(server: &ServerView) -> &'static str {
    match (server.reads, server.late) {
        (true, _) => "yes",
        (false, true) => "late",
        (false, false) => "no",
    }
}

/// `up`, `full`, or `down` with why.
fn state(state: State) -> String {
    match state {
        State::Down(why) => format!("{}: {}", state.label(), why.label()),
        State::Up | State::Full => state.label().to_owned(),
    }
}

/// With three places, which are microseconds.
fn milliseconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64() * 1_000.0)
}

pub(super) fn sessions(view: &View, lines: Vec<SessionLine>) -> Table {
    let row = |line: SessionLine| {
        let server = line.last.and_then(|(id, _)| view.server(id));
        vec![
            some(line.id),
            some(&line.user),
            server.map(|server| server.name.to_string()),
            line.last.map(|(_, thread)| thread.to_string()),
        ]
    };
    let rows = lines.into_iter().map(row).collect();
    Table { columns: &["id", "user", "server", "server_connection_id"], rows }
}

pub(super) fn alerts(view: &View) -> Table {
    let name = |id: ServerId| view.server(id).map_or("?", |server| &server.name).to_owned();
    let row = |alert: &Alert| match alert {
        Alert::SeveralPrimaries { chosen, others } => {
            let others: Vec<String> = others.iter().map(|id| name(*id)).collect();
            let advice = "several servers take writes; set read_only on all but one";
            (format!("{}, not {}", name(*chosen), others.join(", ")), advice)
        }
        Alert::WritableReplica(id) => {
            (name(*id), "a replica that takes writes; set read_only on it")
        }
    };
    let rows = view.alerts.iter().map(row).map(|(server, text)| vec![some(server), some(text)]);
    Table { columns: &["server", "alert"], rows: rows.collect() }
}

pub(super) fn changes(changes: &[Change]) -> Table {
    Table { columns: &["change"], rows: changes.iter().map(|change| vec![some(change)]).collect() }
}

/// The samples of a page in Prometheus' text format whose names are like `pattern`.
pub(super) fn samples(page: &str, pattern: &str) -> Table {
    let sample = |line: &str| {
        let (metric, value) = line.rsplit_once(' ')?;
        let (name, labels) = metric.split_once('{').unwrap_or((metric, ""));
        is_like(name, pattern)
            .then(|| vec![some(name), some(labels.trim_end_matches('}')), some(value)])
    };
    let lines = page.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    Table { columns: &["metric", "labels", "value"], rows: lines.filter_map(sample).collect() }
}
