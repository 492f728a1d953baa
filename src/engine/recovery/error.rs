//! Why a database cannot be opened or brought forward.

use std::io;

use crate::binlog::EventError;
use crate::binlog::log::LogError;
use crate::value::SqlError;

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another server has the directory.
    #[error("the data directory {0} is in use by another server")]
    InUse(String),
    /// The disk.
    #[error("the data directory cannot be read or written: {0}")]
    Disk(#[from] io::Error),
    /// The log's files.
    #[error("{0}")]
    Log(#[from] LogError),
    /// `auto.cnf` is not what it should be.
    #[error("auto.cnf does not give a server-uuid")]
    Identity,
    /// The state could not be restored.
    #[error("recovery failed: {0}")]
    Recovery(#[from] RecoveryError),
}

/// Why a state cannot be brought forward.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// An event cannot be read.
    #[error("{0}")]
    Event(#[from] EventError),
    /// A statement cannot be carried out.
    #[error("the logged statement {sql:?} cannot be carried out: {error}")]
    Statement {
        /// Its text.
        sql: String,
        /// Why.
        error: SqlError,
    },
    /// Rows of a table that is not there.
    #[error("the log has rows of {schema}.{table}, which does not exist")]
    NoTable {
        /// The schema.
        schema: String,
        /// The table.
        table: String,
    },
    /// Rows without a table map.
    #[error("the log has rows without their table's description")]
    NoMap,
    /// Rows that are not as they must have been.
    #[error("the logged rows of {table} do not fit its rows")]
    Unfit {
        /// The table.
        table: String,
    },
    /// The log ends before a checkpoint does.
    #[error("the log lacks transactions that a checkpoint has: {0}")]
    LogLacks(String),
}
