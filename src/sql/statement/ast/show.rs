//! SHOW.

use super::{Account, Expr, TableName};

/// All forms of SHOW. `filter` is LIKE or WHERE.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each is the SHOW of its name")]
pub enum Show {
    Databases {
        filter: Option<ShowFilter>,
    },
    Tables {
        extended: bool,
        full: bool,
        schema: Option<String>,
        filter: Option<ShowFilter>,
    },
    TableStatus {
        schema: Option<String>,
        filter: Option<ShowFilter>,
    },
    OpenTables {
        schema: Option<String>,
        filter: Option<ShowFilter>,
    },
    Columns {
        extended: bool,
        full: bool,
        table: TableName,
        filter: Option<ShowFilter>,
    },
    Index {
        extended: bool,
        table: TableName,
        selection: Option<Expr>,
    },
    CreateTable(TableName),
    CreateView(TableName),
    CreateDatabase {
        name: String,
        if_not_exists: bool,
    },
    CreateUser(Account),
    CreateProgram {
        kind: super::ProgramKind,
        name: TableName,
    },
    Variables {
        global: bool,
        filter: Option<ShowFilter>,
    },
    Status {
        global: bool,
        filter: Option<ShowFilter>,
    },
    ProcessList {
        full: bool,
    },
    Warnings {
        limit: Option<ShowLimit>,
    },
    Errors {
        limit: Option<ShowLimit>,
    },
    CountWarnings,
    CountErrors,
    Engines,
    EngineStatus {
        engine: String,
        what: EngineInfo,
    },
    Collation {
        filter: Option<ShowFilter>,
    },
    CharacterSet {
        filter: Option<ShowFilter>,
    },
    Privileges,
    Plugins,
    Grants {
        account: Option<Account>,
    },
    BinaryLogs,
    BinaryLogStatus {
        master: bool,
    },
    BinlogEvents {
        file: Option<String>,
        position: Option<u64>,
        limit: Option<ShowLimit>,
    },
    Triggers {
        full: bool,
        schema: Option<String>,
        filter: Option<ShowFilter>,
    },
    Events {
        schema: Option<String>,
        filter: Option<ShowFilter>,
    },
    Programs {
        kind: super::ProgramKind,
        filter: Option<ShowFilter>,
    },
    Replicas {
        old_name: bool,
    },
    /// Our own: the whole database, for a replica's first copy.
    Snapshot,
    ReplicaStatus {
        old_name: bool,
        channel: Option<String>,
    },
    Profiles,
}

/// What SHOW ENGINE shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineInfo {
    /// STATUS.
    Status,
    /// MUTEX.
    Mutex,
    /// LOGS.
    Logs,
}

/// LIKE or WHERE behind SHOW.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "a statement has few of them, and each is taken apart at once"
)]
pub enum ShowFilter {
    /// A pattern for the first column.
    Like(String),
    /// A condition on the columns of the answer.
    Where(Expr),
}

/// LIMIT behind SHOW.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShowLimit {
    /// Rows left out.
    pub offset: u64,
    /// Rows shown.
    pub count: u64,
}
