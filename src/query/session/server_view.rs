//! What a session may see of the server around it: the other connections, and what is counted.

use crate::query::variables::status::StatusProvider;
use crate::store::locks::OwnerId;

/// The server around the sessions.
pub trait ServerView: StatusProvider + Send + Sync {
    /// All connections, in the order of their ids.
    fn processes(&self) -> Vec<ProcessInfo>;

    /// Those that follow it, and have registered or get the log.
    fn followers(&self) -> Vec<FollowerView> {
        Vec::new()
    }

    /// How it follows another server; none where it follows none.
    fn replica(&self) -> Option<ReplicaView> {
        None
    }
}

/// One that follows this server: a line of SHOW REPLICAS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FollowerView {
    /// Its `server_id`.
    pub server_id: u32,
    /// `report_host`; empty where it did not say.
    pub host: String,
    /// `report_port`.
    pub port: u16,
    /// Its `server_uuid`; empty where it did not say.
    pub uuid: String,
}

/// A replica as it is shown. Times are microseconds since 1970, 0 for never.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs, reason = "each is the column of its name in SHOW REPLICA STATUS")]
pub struct ReplicaView {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub connect_retry: u64,
    pub retry_count: u64,
    pub heartbeat_seconds: f64,
    pub delay: u64,
    pub auto_position: bool,
    pub get_public_key: bool,
    pub tls: bool,
    pub tls_verify: bool,
    pub tls_ca: String,
    pub tls_cert: String,
    pub tls_key: String,
    pub io_running: &'static str,
    pub io_state: String,
    pub io_error: ReplicaError,
    pub sql_running: bool,
    pub sql_state: &'static str,
    pub sql_error: ReplicaError,
    pub until: (&'static str, String, u64),
    pub source_id: u32,
    pub source_uuid: String,
    pub read: (String, u64),
    pub executed: (String, u64),
    pub relay_file: String,
    pub relay_position: u64,
    pub relay_space: u64,
    pub seconds_behind: Option<u64>,
    pub remaining_delay: Option<u64>,
    pub retrieved: String,
    pub heartbeats: u64,
    pub last_heartbeat: u64,
    pub applying: TransactionView,
    pub applied: TransactionView,
}

/// The last error of a replica's thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplicaError {
    /// Its number, 0 for none.
    pub code: u16,
    /// Its text.
    pub text: String,
    /// When.
    pub at: u64,
}

/// A transaction on its way through a replica.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransactionView {
    /// Its name; empty for none.
    pub name: String,
    /// When it was committed where it began.
    pub committed: u64,
    /// When it was begun here.
    pub started: u64,
    /// When it was visible here.
    pub ended: u64,
}

/// A line of the process list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessInfo {
    /// The connection's id.
    pub id: u64,
    /// Its session's number as an owner of locks.
    pub owner: OwnerId,
    /// Who signed in.
    pub user: String,
    /// Where from: host and port.
    pub host: String,
    /// The current schema.
    pub database: Option<String>,
    /// `Sleep`, `Query`, …
    pub command: &'static str,
    /// Seconds since it began.
    pub seconds: u64,
    /// What it does, in MySQL's words.
    pub state: &'static str,
    /// The running statement.
    pub info: Option<String>,
}

/// No server around: a session of the server's own, or of a test.
#[derive(Debug, Default, Clone, Copy)]
pub struct NoServer;

impl StatusProvider for NoServer {
    fn status(&self, _: &str, _: bool) -> Option<String> {
        None
    }
}

impl ServerView for NoServer {
    fn processes(&self) -> Vec<ProcessInfo> {
        Vec::new()
    }
}
