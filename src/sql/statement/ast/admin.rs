//! Statements about the server.

use super::{Expr, TableName};

/// FLUSH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flush {
    /// What, one or more.
    pub targets: Vec<FlushTarget>,
}

/// What FLUSH flushes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the FLUSH of its name")]
pub enum FlushTarget {
    Privileges,
    /// LOGS: all of them.
    Logs,
    BinaryLogs,
    /// ERROR, ENGINE, GENERAL, SLOW, RELAY LOGS.
    OtherLogs(String),
    Status,
    Hosts,
    UserResources,
    OptimizerCosts,
    /// TABLES, with the names and locks behind it.
    Tables {
        tables: Vec<TableName>,
        read_lock: bool,
        for_export: bool,
    },
}

/// KILL.
#[derive(Debug, Clone, PartialEq)]
pub struct Kill {
    /// QUERY; else the connection.
    pub query: bool,
    /// Which.
    pub id: Expr,
}

/// ANALYZE TABLE and its like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintain {
    /// Which statement.
    pub kind: MaintainKind,
    /// Of which tables.
    pub tables: Vec<TableName>,
    /// NO_WRITE_TO_BINLOG, LOCAL.
    pub local: bool,
    /// QUICK, FAST, EXTENDED …, upper case.
    pub options: Vec<String>,
}

/// The statements that answer with a row for each table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaintainKind {
    /// ANALYZE.
    Analyze,
    /// CHECK.
    Check,
    /// OPTIMIZE.
    Optimize,
    /// REPAIR.
    Repair,
    /// CHECKSUM.
    Checksum,
}

/// PURGE BINARY LOGS.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "a statement has few of them, and each is taken apart at once"
)]
pub enum PurgeBinaryLogs {
    /// TO this file.
    To(String),
    /// BEFORE this time.
    Before(Expr),
}
