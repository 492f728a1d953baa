//! What a session may see of the server around it: the other connections, and what is counted.

use crate::query::variables::status::StatusProvider;
use crate::store::locks::OwnerId;

/// The server around the sessions.
pub trait ServerView: StatusProvider + Send + Sync {
    /// All connections, in the order of their ids.
    fn processes(&self) -> Vec<ProcessInfo>;
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
