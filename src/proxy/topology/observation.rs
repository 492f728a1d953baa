//! What one check of one server found, before anything is concluded from it.

use std::sync::Arc;
use std::time::Duration;

use super::{DownReason, Flavour, Version};
use crate::gtid::Position;

/// The thread that fetches events from the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IoState {
    /// Connected to the source.
    Running,
    /// Trying to connect; events may be missing without anyone knowing.
    Connecting,
    /// Stopped, by an operator or by an error.
    Stopped,
}

/// One replication channel (MariaDB: connection) of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The source's host, as configured on the replica.
    pub source_host: String,
    /// The source's port.
    pub source_port: u16,
    /// The source's `server_uuid`, where it is told (MySQL).
    pub source_uuid: Option<String>,
    /// The source's `server_id`; zero until the replica has reached it.
    pub source_id: u32,
    /// The fetching thread.
    pub io: IoState,
    /// Whether the applying threads run.
    pub sql_running: bool,
    /// The replica's own idea of its lag, in whole seconds.
    pub seconds_behind: Option<u64>,
    /// The last error's number, zero for none.
    pub last_errno: u32,
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// What kind of server it is.
    pub flavour: Flavour,
    /// Its version.
    pub version: Version,
    /// Its `server_id`.
    pub server_id: u32,
    /// Its `server_uuid` (not on MariaDB).
    pub server_uuid: Option<String>,
    /// `read_only` or `super_read_only`.
    pub read_only: bool,
    /// Its channels; `None` where the account may not see them.
    pub channels: Option<Vec<Channel>>,
    /// What it has applied, where it has GTIDs.
    pub applied: Option<Arc<Position>>,
    /// The age of the transaction that it is applying, by the time stamp of its original commit
    /// (MySQL 8). `Some(0)` when it is idle.
    pub applying_age: Option<Duration>,
    /// How long the check took.
    pub took: Duration,
}

/// Why a check found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckFailure {
    /// No connection: refused, or no such host. Counts at once.
    Refused,
    /// No answer within the time limit.
    TimedOut,
    /// The connection broke, or the answer made no sense.
    Broken,
    /// The account may not sign in. Counts at once.
    AccessDenied,
    /// The server says that it cannot serve. Counts at once.
    Refusing,
    /// The server has no connection left (1040, 1203).
    Full,
}

impl CheckFailure {
    /// Whether one such failure is proof enough.
    pub fn is_certain(self) -> bool {
        matches!(self, Self::Refused | Self::AccessDenied | Self::Refusing)
    }

    /// Why a server with such failures is down.
    pub fn down_reason(self) -> DownReason {
        match self {
            Self::Refused => DownReason::Refused,
            Self::TimedOut => DownReason::TimedOut,
            Self::Broken | Self::Full => DownReason::Broken,
            Self::AccessDenied => DownReason::AccessDenied,
            Self::Refusing => DownReason::Refusing,
        }
    }
}
