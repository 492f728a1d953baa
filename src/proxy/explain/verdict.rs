//! What speaks for and against a server.

use std::time::Duration;

use crate::proxy::causal::Shortfall;
use crate::proxy::topology::{Role, ServerView, State};

/// How a server looks to the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It takes the writes, and the reads that no replica may serve.
    Primary,
    /// The session is held there.
    Holds,
    /// The statement does not go to replicas, or not to this one.
    NotAsked,
    /// It may be given no reads.
    Unfit,
    /// It may serve it: requests that it has not answered yet, and the time to a first byte.
    Ready {
        /// Requests of all sessions.
        in_flight: u32,
        /// Smoothed, in microseconds.
        latency_us: u32,
    },
    /// It may, but a connection to it broke a moment ago.
    Avoided,
    /// It lacks something that it is expected to have soon: the positions, where known.
    Soon(Shortfall, String),
    /// It lacks something.
    Short(Shortfall, String),
}

impl Verdict {
    /// Whether the statement may run there as things are.
    pub fn may_serve(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::Avoided)
    }
}

/// `replica, up, 12 ms behind: …`
pub fn describe(server: &ServerView, verdict: &Verdict) -> String {
    let mut said = vec![server.role.label().to_owned()];
    if server.role != Role::Down {
        said.push(server.state.label().to_owned());
    }
    if server.role == Role::Replica {
        said.push(server.lag.map_or_else(|| "lag not known".to_owned(), behind));
    }
    said.extend(zone(server));
    format!("{}: {}", said.join(", "), judge(server, verdict))
}

fn behind(lag: Duration) -> String {
    format!("{} ms behind", lag.as_millis())
}

/// Where it is, if that is said of it or counts against it.
fn zone(server: &ServerView) -> Option<String> {
    match (&server.zone, server.near) {
        (Some(zone), true) => Some(format!("zone {zone}")),
        (Some(zone), false) => Some(format!("zone {zone}, not the proxy's")),
        (None, true) => None,
        (None, false) => Some("not in the proxy's zone".to_owned()),
    }
}

fn judge(server: &ServerView, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Primary => "takes writes, and what no replica may serve".to_owned(),
        Verdict::Holds => "the session is held here".to_owned(),
        Verdict::NotAsked => "not asked, as the statement does not go here".to_owned(),
        Verdict::Unfit => unfit(server),
        Verdict::Ready { in_flight, latency_us } => {
            let unless = if server.near { "" } else { " while no near one has room" };
            format!("may serve it{unless}; {in_flight} under way, {latency_us} µs to a first byte")
        }
        Verdict::Avoided => "may serve it, but failed a moment ago".to_owned(),
        Verdict::Soon(short, position) => {
            format!("lacks {}, and is expected to have it soon", lacks(*short, position))
        }
        Verdict::Short(short, position) => format!("lacks {}", lacks(*short, position)),
    }
}

/// Why it may be given no reads.
fn unfit(server: &ServerView) -> String {
    match (server.state, server.role) {
        (State::Down(reason), _) => format!("does not answer ({})", reason.label()),
        (State::Full, _) => "has no connection left".to_owned(),
        (State::Up, Role::Unknown) => "follows no server".to_owned(),
        _ => match (server.replication_error, server.lag) {
            (Some(error), _) => format!("replication stopped with error {error}"),
            (None, None) => "how far it is behind is not known".to_owned(),
            (None, Some(_)) if server.late => {
                "late: over max_lag, or so until a moment ago".to_owned()
            }
            (None, Some(_)) => "missed a check, and has to pass some more first".to_owned(),
        },
    }
}

fn lacks(short: Shortfall, position: &str) -> String {
    let what = match short {
        Shortfall::Bound => "a proof that it is fresh enough",
        Shortfall::Global => "a proof that it has all that was acknowledged",
        Shortfall::Reads => "a proof that it has what the session has read",
        Shortfall::Writes => "what the session has written",
        Shortfall::After => "what a token names",
        Shortfall::Pinned => "a position to be judged by, so that only time helps",
    };
    match position {
        "" => what.to_owned(),
        position => format!("{what} ({position})"),
    }
}
