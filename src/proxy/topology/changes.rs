//! What changed from one view to the next, in words: the monitor logs changes, never states, so
//! that a quiet cluster has a quiet log.

use std::fmt;
use std::sync::Arc;

use super::{Alert, DownReason, Role, ServerId, ServerView, State, View};

/// One change that an operator wants to see.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    /// A server can be used, cannot be used, or is full.
    State(Arc<str>, State),
    /// Another server takes the writes, or none.
    Primary(Option<Arc<str>>),
    /// A server is something else in the cluster (the primary has its own change).
    Role(Arc<str>, Role),
    /// A replica takes reads again, or no more although it is up.
    Reads(Arc<str>, bool),
    /// Its replication met an error, by number.
    Replication(Arc<str>, u32),
    /// Something is wrong.
    AlertRaised(String),
    /// It is not wrong any more.
    AlertEnded(String),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(name, State::Up) => write!(f, "{name} is up"),
            Self::State(name, State::Full) => write!(f, "{name} has no connections left"),
            Self::State(name, State::Down(reason)) => {
                write!(f, "{name} is down: {}", reason.label())
            }
            Self::Primary(Some(name)) => write!(f, "{name} is the primary"),
            Self::Primary(None) => write!(f, "there is no primary"),
            Self::Role(name, role) => write!(f, "{name} is {}", role.label()),
            Self::Reads(name, true) => write!(f, "{name} takes reads"),
            Self::Reads(name, false) => write!(f, "{name} takes no new reads"),
            Self::Replication(name, errno) => {
                write!(f, "replication on {name} met error {errno}")
            }
            Self::AlertRaised(what) => write!(f, "alert: {what}"),
            Self::AlertEnded(what) => write!(f, "alert ended: {what}"),
        }
    }
}

/// The changes from `old` to `new`, servers in order.
pub fn changes(old: &View, new: &View) -> Vec<Change> {
    let mut found = Vec::new();
    for (before, after) in old.servers.iter().zip(&new.servers) {
        server_changes(before, after, new.complete, &mut found);
    }
    if old.primary != new.primary || old.complete != new.complete {
        found.push(Change::Primary(new.primary_server().map(|server| Arc::clone(&server.name))));
    }
    let raised = new.alerts.iter().filter(|alert| !old.alerts.contains(alert));
    found.extend(raised.map(|alert| Change::AlertRaised(describe(alert, new))));
    let ended = old.alerts.iter().filter(|alert| !new.alerts.contains(alert));
    found.extend(ended.map(|alert| Change::AlertEnded(describe(alert, new))));
    found
}

/// Until the view is `complete`, that a server is no one's replica only means that not all is known.
fn server_changes(
    before: &ServerView,
    after: &ServerView,
    complete: bool,
    found: &mut Vec<Change>,
) {
    let name = || Arc::clone(&after.name);
    if before.state != after.state {
        found.push(Change::State(name(), after.state));
    }
    let told = match after.role {
        Role::Down | Role::Primary => false,
        Role::Unknown => complete,
        Role::Replica => true,
    };
    if before.role != after.role && told {
        found.push(Change::Role(name(), after.role));
    }
    if let Some(errno) = after.replication_error
        && before.replication_error != Some(errno)
    {
        found.push(Change::Replication(name(), errno));
    }
    let stays = before.state == State::Up && after.state == State::Up;
    let new_in_reads = after.reads && !before.reads;
    if after.role != Role::Primary && (new_in_reads || (stays && before.reads != after.reads)) {
        found.push(Change::Reads(name(), after.reads));
    }
}

/// An alert with the servers' names.
pub fn describe(alert: &Alert, view: &View) -> String {
    let name = |id: &ServerId| view.server(*id).map_or("?", |server| &*server.name);
    match alert {
        Alert::SeveralPrimaries { chosen, others } => {
            let others: Vec<_> = others.iter().map(name).collect();
            format!(
                "several servers take writes: {} gets them, also writable: {}",
                name(chosen),
                others.join(", ")
            )
        }
        Alert::WritableReplica(id) => format!("replica {} takes writes, set read_only", name(id)),
    }
}

impl Change {
    /// Writes the change to the log, at the level that fits its weight.
    pub fn log(&self) {
        match self {
            Self::AlertRaised(_) | Self::Primary(None) => {
                tracing::error!(target: "topology", "{self}")
            }
            Self::State(_, State::Down(DownReason::NotChecked)) => {}
            Self::State(_, State::Full | State::Down(_))
            | Self::Reads(_, false)
            | Self::Replication(..) => {
                tracing::warn!(target: "topology", "{self}");
            }
            _ => tracing::info!(target: "topology", "{self}"),
        }
    }
}
