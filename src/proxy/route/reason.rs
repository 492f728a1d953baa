//! Why a statement goes where it goes: a closed list, so that it can label a metric.

use crate::sql::{Cause, Kind};

/// Why. Either the statement itself says so, or what the session has done before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The statement's own class.
    Statement(Cause),
    /// A transaction is open, and lives on one server.
    Transaction,
    /// With `autocommit=0` the statement opens a transaction.
    AutocommitOff,
    /// The session or transaction was declared read-only.
    ReadOnlyTransaction,
    /// `SET TRANSACTION` was sent to a server; the next transaction runs there.
    NextTransaction,
    /// The session has temporary tables.
    TemporaryTables,
    /// The session holds table locks.
    TableLocks,
    /// The session holds named locks.
    NamedLocks,
    /// The session has open handlers.
    Handler,
    /// A distributed transaction is under way.
    Xa,
    /// The session has set what cannot be carried to another server.
    UncarriedState,
    /// The statement reads user variables.
    UserVariables,
    /// The statement reads the last insert id.
    LastInsertId,
    /// The statement reads what the last one left: found rows, warnings.
    LastStatement,
    /// The statement asks about one server or one connection.
    ServerState,
    /// The statement calls a function that is not known only to read.
    Routine,
    /// Parameter data was sent ahead of the execution.
    LongData,
    /// No replica is fit to serve reads.
    NoReplica,
    /// No replica is known to have the session's last write.
    ReadYourWrites,
    /// No replica is known to have what the session has read.
    MonotonicReads,
    /// No replica is proven to be as fresh as the bound asks for.
    BoundedStaleness,
    /// No replica is proven to have all that was acknowledged before.
    GlobalReads,
    /// No replica has the position that a token names.
    AfterPosition,
    /// The replica was waited for.
    Waited,
    /// The primary takes no more reads, so one of the least late replicas that will do.
    PrimaryShare,
    /// The proxy's own zone has no replica that will do, or they have enough to do.
    OtherZone,
    /// A hint asked for it.
    Hint,
    /// A rule of the configuration asked for it.
    Rule,
    /// A replica refused the statement as a write.
    ReplicaRefused,
}

impl Reason {
    const OF_SESSION: [Self; 28] = [
        Self::Transaction,
        Self::AutocommitOff,
        Self::ReadOnlyTransaction,
        Self::NextTransaction,
        Self::TemporaryTables,
        Self::TableLocks,
        Self::NamedLocks,
        Self::Handler,
        Self::Xa,
        Self::UncarriedState,
        Self::UserVariables,
        Self::LastInsertId,
        Self::LastStatement,
        Self::ServerState,
        Self::Routine,
        Self::LongData,
        Self::NoReplica,
        Self::ReadYourWrites,
        Self::MonotonicReads,
        Self::BoundedStaleness,
        Self::GlobalReads,
        Self::AfterPosition,
        Self::Waited,
        Self::PrimaryShare,
        Self::OtherZone,
        Self::Hint,
        Self::Rule,
        Self::ReplicaRefused,
    ];

    /// The metric label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Statement(cause) => cause.label(),
            Self::Transaction => "in_transaction",
            Self::AutocommitOff => "autocommit_off",
            Self::ReadOnlyTransaction => "read_only_transaction",
            Self::NextTransaction => "next_transaction",
            Self::TemporaryTables => "temporary_tables",
            Self::TableLocks => "table_locks_held",
            Self::NamedLocks => "named_locks_held",
            Self::Handler => "handler_open",
            Self::Xa => "xa_open",
            Self::UncarriedState => "uncarried_state",
            Self::UserVariables => "user_variables",
            Self::LastInsertId => "last_insert_id",
            Self::LastStatement => "last_statement",
            Self::ServerState => "server_state",
            Self::Routine => "routine",
            Self::LongData => "long_data",
            Self::NoReplica => "no_replica",
            Self::ReadYourWrites => "read_your_writes",
            Self::MonotonicReads => "monotonic_reads",
            Self::BoundedStaleness => "bounded_staleness",
            Self::GlobalReads => "global_reads",
            Self::AfterPosition => "after_position",
            Self::Waited => "waited",
            Self::PrimaryShare => "primary_share",
            Self::OtherZone => "other_zone",
            Self::Hint => "hint",
            Self::Rule => "rule",
            Self::ReplicaRefused => "replica_refused",
        }
    }

    /// The labels of all reasons, in the order of [`Self::index`].
    pub fn labels() -> Vec<&'static str> {
        let session = Self::OF_SESSION.iter().map(|reason| reason.label());
        session.chain(Cause::ALL.iter().map(|cause| cause.label())).collect()
    }

    /// The place of this reason in [`Self::labels`].
    pub fn index(self) -> usize {
        match self {
            Self::Statement(cause) => Self::OF_SESSION.len() + cause.index(),
            session => Self::OF_SESSION.iter().position(|known| *known == session).unwrap_or(0),
        }
    }
}

/// The labels of statement classes, in the order of [`class_index`].
pub const CLASS_LABELS: [&str; 14] = [
    "read",
    "write",
    "begin",
    "commit",
    "rollback",
    "savepoint",
    "set",
    "set_transaction",
    "use",
    "lock",
    "prepare",
    "execute",
    "kill",
    "empty",
];

/// The place of a class in [`CLASS_LABELS`].
pub fn class_index(kind: Kind) -> usize {
    match kind {
        Kind::Read => 0,
        Kind::Write => 1,
        Kind::Begin { .. } => 2,
        Kind::Commit => 3,
        Kind::Rollback => 4,
        Kind::Savepoint => 5,
        Kind::SetSession => 6,
        Kind::SetTransaction { .. } => 7,
        Kind::Use => 8,
        Kind::LockTables | Kind::UnlockTables => 9,
        Kind::Prepare | Kind::Deallocate => 10,
        Kind::Execute => 11,
        Kind::Kill => 12,
        Kind::Empty => 13,
    }
}

/// The metric label of a class.
pub fn class_label(kind: Kind) -> &'static str {
    CLASS_LABELS[class_index(kind)]
}
