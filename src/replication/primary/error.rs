//! Why a dump ends, in the words that replicas and their operators know.
//!
//! Facts: the reference manual's "Server Error Message Reference"; what MySQL 9.7 answers.

use std::io;

use crate::binlog::{EventError, LogError};
use crate::gtid::GtidSet;
use crate::wire::error::ServerError;

/// Why a dump cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The follower is told: mostly 1236.
    #[error("{0}")]
    Refused(String),
    /// Another follower with the same identity took its place.
    #[error("another replica with the same identity has connected")]
    Superseded,
    /// The log cannot be read.
    #[error(transparent)]
    Log(LogError),
    /// The connection broke, or what came over it was no acknowledgement.
    #[error(transparent)]
    Connection(#[from] io::Error),
}

impl From<LogError> for DumpError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Purged(missing) => purged(&missing, None),
            LogError::UnknownFile(_) => refused(UNKNOWN_FILE),
            other => Self::Log(other),
        }
    }
}

impl From<EventError> for DumpError {
    fn from(error: EventError) -> Self {
        Self::Log(LogError::Event(error))
    }
}

impl DumpError {
    /// What the follower is told; nothing where it cannot hear.
    pub fn to_client(&self) -> Option<ServerError> {
        let message = match self {
            Self::Refused(message) => message.clone(),
            Self::Superseded => {
                "A replica with the same server_uuid/server_id as this replica has connected to the \
                 source"
                    .to_owned()
            }
            Self::Log(error) => format!("log event entry could not be read: {error}"),
            Self::Connection(_) => return None,
        };
        Some(ServerError::new(1236, *b"HY000", &message))
    }
}

/// 1236 with this text.
pub fn refused(message: impl Into<String>) -> DumpError {
    DumpError::Refused(message.into())
}

/// A file that is not there.
pub const UNKNOWN_FILE: &str = "Could not find first log file name in binary log index file";

/// Transactions that the follower lacks are in no file any more.
pub fn purged(missing: &GtidSet, sent: Option<&GtidSet>) -> DumpError {
    let sets = match sent {
        Some(sent) => format!(
            "The GTID set sent by the replica is '{sent}', and the missing transactions are \
             '{missing}'"
        ),
        None => format!("The missing transactions are '{missing}'"),
    };
    refused(format!(
        "Cannot replicate because the source purged required binary logs. Replicate the missing \
         transactions from elsewhere, or provision a new replica from backup. Consider increasing the \
         source's binary log expiration period. {sets}."
    ))
}

/// The follower has transactions of this server that this server does not have.
pub fn ahead() -> DumpError {
    refused(
        "Replica has more GTIDs than the source has, using the source's SERVER_UUID. This may indicate \
         that the last binary log file was truncated or lost, e.g., after a power or disk failure when \
         sync_binlog != 1. The source may or may not have rolled back transactions that were already \
         replicated to the replica. Replicate any transactions that source has rolled back from replica \
         to source, and/or commit empty transactions on source to account for transactions that have been \
         committed on source but are not included in GTID_EXECUTED.",
    )
}
