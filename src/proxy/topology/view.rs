//! The published picture of the cluster. Immutable: a session that holds one decides on a single
//! consistent state, however long its decision takes.

use std::sync::Arc;
use std::time::Duration;

use super::{Address, Flavour, RoutineCatalog, Version};
use crate::gtid::Position;
use crate::wire::{CapabilityFlags, MariadbCapabilities};

/// Servers that a process can have had. A server that is added while it runs gets an id of its own, and ids are not
/// used again: what a session holds of a server that is gone never means another.
pub const MAX_IDS: usize = 128;

/// Which server: its place in the configuration that the process was started with, or behind those; its place in
/// [`View::servers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub u16);

impl ServerId {
    /// The place as an index.
    pub fn index(self) -> usize {
        self.0.into()
    }
}

/// What a server is in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The one server that takes writes.
    Primary,
    /// It replicates, or could: it follows another server.
    Replica,
    /// It neither takes the cluster's writes nor follows anyone.
    Unknown,
    /// Not reachable, so what it is cannot be said.
    Down,
}

impl Role {
    /// The metric label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Replica => "replica",
            Self::Unknown => "unknown",
            Self::Down => "down",
        }
    }
}

/// Why a server counts as down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DownReason {
    /// No check has come back yet.
    NotChecked,
    /// Nothing listens there, or the name does not resolve.
    Refused,
    /// Checks did not come back in time.
    TimedOut,
    /// Connections break: reset, closed, malformed answers.
    Broken,
    /// The monitor's account may not sign in (1044, 1045, 1130, 1698 …).
    AccessDenied,
    /// The server answers with an error that says it cannot serve (shutting down, for one).
    Refusing,
    /// The configuration does not name it any more.
    Removed,
}

impl DownReason {
    /// The metric label.
    pub fn label(self) -> &'static str {
        match self {
            Self::NotChecked => "not_checked",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::Broken => "broken",
            Self::AccessDenied => "access_denied",
            Self::Refusing => "refusing",
            Self::Removed => "removed",
        }
    }
}

/// Whether a server can be used at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Its checks come back.
    Up,
    /// Alive, but it takes no new connections (1040, 1203): existing ones go on, new ones wait.
    Full,
    /// Not usable.
    Down(DownReason),
}

impl State {
    /// The metric label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Full => "full",
            Self::Down(_) => "down",
        }
    }
}

/// One server in a [`View`].
#[derive(Clone, Debug, PartialEq)]
pub struct ServerView {
    /// Its place in the configuration.
    pub id: ServerId,
    /// Its configured name.
    pub name: Arc<str>,
    /// Its configured address.
    pub address: Arc<Address>,
    /// What kind of server answered; `Unknown` before the first check.
    pub flavour: Flavour,
    /// The version that answered.
    pub version: Version,
    /// What it is in the cluster.
    pub role: Role,
    /// Whether it can be used.
    pub state: State,
    /// How far it is behind the primary; `None` where that is not known. Zero for the primary.
    pub lag: Option<Duration>,
    /// What it has applied, where it has GTIDs; shared, as sets can be large.
    pub applied: Option<Arc<Position>>,
    /// Its configured share of reads.
    pub weight: u32,
    /// The configured server that it replicates from.
    pub follows: Option<ServerId>,
    /// The number of the error that its replication stopped with.
    pub replication_error: Option<u32>,
    /// Whether it may be given new reads. For a replica: up, lag known and within `max_lag`, no
    /// check missed. For the primary: up (routing prefers replicas).
    pub reads: bool,
    /// The same for sessions that have a connection to it: a server that is full serves those.
    pub reads_over_open: bool,
    /// A replica that is kept from reads by its lag alone, or by a lag that it had until lately: it may
    /// still serve who can do with that.
    pub late: bool,
    /// The configured zone.
    pub zone: Option<Arc<str>>,
    /// It is in the proxy's zone. Where the proxy is in none, all are.
    pub near: bool,
    /// How long the last check took, smoothed: the network and the server's own queue.
    pub latency: Option<Duration>,
}

/// What an operator should know about. Logged as an error when it appears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alert {
    /// Several servers take writes and none of them follows another. Only `chosen` gets the
    /// proxy's writes.
    SeveralPrimaries {
        /// The server that was taken for the primary.
        chosen: ServerId,
        /// The others that would take writes too.
        others: Vec<ServerId>,
    },
    /// A replica that would take writes: set `read_only` on it.
    WritableReplica(ServerId),
}

/// What the primary says to a client before it signs in; the proxy repeats it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The version text byte for byte, MariaDB's `5.5.5-` prefix included where it is sent.
    pub server_version: String,
    /// The default collation's id, its low byte as the greeting carries it.
    pub collation: u8,
    /// The capability flags that the server offers; `None` when not seen.
    pub capabilities: Option<CapabilityFlags>,
    /// MariaDB's own capability flags (none from other servers).
    pub mariadb_capabilities: MariadbCapabilities,
    /// The `sql_mode` that new sessions begin with. Not part of a greeting, but known as early.
    pub sql_mode: String,
}

impl Default for Greeting {
    /// What is said before any server has answered: recent enough that drivers use what they have,
    /// modest enough that any server can follow.
    fn default() -> Self {
        Self {
            server_version: "8.0.36-anabranch".to_owned(),
            collation: 45,
            capabilities: None,
            mariadb_capabilities: MariadbCapabilities::empty(),
            sql_mode: String::new(),
        }
    }
}

/// The cluster at one moment.
#[derive(Clone, Debug)]
pub struct View {
    /// All servers by their ids, those that were removed too.
    pub servers: Vec<ServerView>,
    /// The server that takes writes. Its state is `Up` or `Full`.
    pub primary: Option<ServerId>,
    /// Which stored functions only read, from the primary.
    pub routines: Arc<RoutineCatalog>,
    /// What new clients are greeted with: the primary's words, or the last primary's.
    pub version: Arc<Greeting>,
    /// What the operator should know about.
    pub alerts: Vec<Alert>,
    /// Whether every server has answered or failed at least once.
    pub complete: bool,
    /// Rises by one with each view that is published.
    pub generation: u64,
}

impl ServerView {
    /// Whether the configuration does not name it any more.
    pub fn is_removed(&self) -> bool {
        self.state == State::Down(DownReason::Removed)
    }
}

impl View {
    /// A server's entry.
    pub fn server(&self, id: ServerId) -> Option<&ServerView> {
        self.servers.get(id.index())
    }

    /// The primary's entry.
    pub fn primary_server(&self) -> Option<&ServerView> {
        self.server(self.primary?)
    }

    /// Replicas that may be given new reads.
    pub fn readable_replicas(&self) -> impl Iterator<Item = &ServerView> {
        self.servers.iter().filter(|server| server.reads && Some(server.id) != self.primary)
    }

    /// Replicas that may be given new reads by a session that has a connection to them.
    pub fn replicas_readable_over_open(&self) -> impl Iterator<Item = &ServerView> {
        let replica = |server: &&ServerView| Some(server.id) != self.primary;
        self.servers.iter().filter(|server| server.reads_over_open).filter(replica)
    }

    /// Replicas that are kept from reads by their lag alone.
    pub fn late_replicas(&self) -> impl Iterator<Item = &ServerView> {
        self.servers.iter().filter(|server| server.late)
    }

    /// Whether `id` is known to have applied everything in `position`. The primary has, as it is
    /// where the position came from.
    pub fn has_applied(&self, id: ServerId, position: &Position) -> bool {
        Some(id) == self.primary
            || self
                .server(id)
                .and_then(|server| server.applied.as_ref())
                .is_some_and(|applied| applied.covers(position))
    }
}
