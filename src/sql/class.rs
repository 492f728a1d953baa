//! What the proxy knows of a statement: its kind, why it is that kind, what session state it needs and
//! what it leaves behind. Pure values; `classify` makes them, routing reads them.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

use super::tables::TableName;

/// A small closed set of flags with names, so that golden scripts and `anabranch route` can print it.
macro_rules! flag_set {
    ($(#[$doc:meta])* $name:ident: $repr:ty { $($(#[$flag_doc:meta])* $flag:ident = $label:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name($repr);

        #[allow(non_upper_case_globals)]
        impl $name {
            $crate::sql::class::flag_set!(@consts $repr, 0, $($(#[$flag_doc])* $flag,)*);
            const LABELS: &[($name, &'static str)] = &[$(($name::$flag, $label)),*];

            /// No flag.
            pub const fn empty() -> Self { Self(0) }
            /// Whether no flag is set.
            pub const fn is_empty(self) -> bool { self.0 == 0 }
            /// Whether all flags of `other` are set.
            pub const fn contains(self, other: Self) -> bool { self.0 & other.0 == other.0 }
            /// Whether any flag of `other` is set.
            pub const fn intersects(self, other: Self) -> bool { self.0 & other.0 != 0 }
            /// These flags without those of `other`.
            pub const fn without(self, other: Self) -> Self { Self(self.0 & !other.0) }
            /// The names of the flags that are set, in order.
            pub fn labels(self) -> impl Iterator<Item = &'static str> {
                Self::LABELS.iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, label)| *label)
            }
        }

        impl BitOr for $name {
            type Output = Self;
            fn bitor(self, other: Self) -> Self { Self(self.0 | other.0) }
        }

        impl BitOrAssign for $name {
            fn bitor_assign(&mut self, other: Self) { self.0 |= other.0 }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_set().entries(self.labels()).finish()
            }
        }
    };
    (@consts $repr:ty, $bit:expr, $(#[$doc:meta])* $flag:ident, $($rest:tt)*) => {
        $(#[$doc])*
        pub const $flag: Self = Self(1 << ($bit));
        $crate::sql::class::flag_set!(@consts $repr, $bit + 1, $($rest)*);
    };
    (@consts $repr:ty, $bit:expr,) => {};
}
pub(in crate::sql) use flag_set;

flag_set! {
    /// Session state a statement reads that lives on one server.
    Needs: u8 {
        /// `@x`
        USER_VARIABLES = "user_variables",
        /// `LAST_INSERT_ID()`, `@@last_insert_id`, `@@identity`
        LAST_INSERT_ID = "last_insert_id",
        /// What the previous statement left: `ROW_COUNT()`, `SHOW WARNINGS`, diagnostics.
        LAST_STATEMENT = "last_statement",
        /// What the last statement with rows left: `FOUND_ROWS()`.
        FOUND_ROWS = "found_rows",
        /// `SHOW WARNINGS`, `SHOW ERRORS`, whose rows `FOUND_ROWS()` does not count.
        CONDITIONS = "conditions",
        /// What differs between servers: global variables, status. The primary answers.
        SERVER = "server",
        /// `CONNECTION_ID()`, `@@pseudo_thread_id`
        CONNECTION = "connection",
    }
}

impl Needs {
    /// What earlier statements counted.
    pub const COUNTS: Self = Self(Self::LAST_STATEMENT.0 | Self::FOUND_ROWS.0);
}

flag_set! {
    /// Session state a statement leaves behind that session tracking does not carry.
    Effects: u16 {
        /// Sets `@x`.
        USER_VARIABLES = "user_variables",
        /// Creates a temporary table.
        TEMPORARY_TABLE = "temporary_table",
        /// Takes a named lock (`GET_LOCK`).
        NAMED_LOCK = "named_lock",
        /// May give named locks back.
        RELEASES_NAMED_LOCKS = "releases_named_locks",
        /// Gives all of them back.
        RELEASES_ALL_LOCKS = "releases_all_locks",
        /// Takes table, global or backup locks.
        TABLE_LOCK = "table_lock",
        /// Gives them back.
        RELEASES_TABLE_LOCKS = "releases_table_locks",
        /// Starts or resumes an XA branch.
        XA_BEGIN = "xa_begin",
        /// Ends an XA branch (commit or rollback).
        XA_END = "xa_end",
        /// Commits what is open, as DDL does.
        IMPLICIT_COMMIT = "implicit_commit",
        /// Opens, reads or closes a `HANDLER`.
        HANDLER = "handler",
        /// Leaves a count for `FOUND_ROWS()` that its answer does not show: `SQL_CALC_FOUND_ROWS`.
        CALC_FOUND_ROWS = "calc_found_rows",
        /// Sets `LAST_INSERT_ID()` by hand.
        SETS_INSERT_ID = "sets_insert_id",
        /// Sets session state that cannot be carried to another server: `timestamp`, `insert_id`, roles …
        SETS_UNCARRIED = "sets_uncarried",
    }
}

/// Whether a transaction may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// `READ ONLY`
    ReadOnly,
    /// `READ WRITE`
    ReadWrite,
}

/// What a statement is, for routing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Proven to change nothing (provided that its [`StatementClass::routines`] only read).
    Read,
    /// Anything not proven to be something else.
    Write,
    /// Opens a transaction.
    Begin {
        /// `READ ONLY` or `READ WRITE`, where said.
        access: Option<Access>,
        /// `WITH CONSISTENT SNAPSHOT`
        consistent_snapshot: bool,
    },
    /// `COMMIT`, also `AND CHAIN`: whether a transaction is open afterwards, the status flags say.
    Commit,
    /// `ROLLBACK`, not to a savepoint.
    Rollback,
    /// `SAVEPOINT`, `RELEASE SAVEPOINT`, `ROLLBACK TO`: goes where the transaction is.
    Savepoint,
    /// `SET` of session variables without an impure expression: carried by session tracking.
    SetSession,
    /// `SET [SESSION] TRANSACTION`.
    SetTransaction {
        /// For all later transactions; else for the next one only.
        session: bool,
        /// `READ ONLY` or `READ WRITE`, where said.
        access: Option<Access>,
    },
    /// `USE`
    Use,
    /// `LOCK TABLES`
    LockTables,
    /// `UNLOCK TABLES`
    UnlockTables,
    /// Text `PREPARE`; see [`super::parse_prepare`].
    Prepare,
    /// Text `EXECUTE`; see [`super::parse_execute`].
    Execute,
    /// `DEALLOCATE PREPARE`, `DROP PREPARE`; see [`super::parse_deallocate`].
    Deallocate,
    /// `KILL`; see [`super::parse_kill`].
    Kill,
    /// Only comments and white space: the server's answer (1065) is relayed.
    Empty,
}

impl Kind {
    /// A stable name for logs, metrics and golden scripts.
    pub fn label(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Begin { .. } => "begin",
            Self::Commit => "commit",
            Self::Rollback => "rollback",
            Self::Savepoint => "savepoint",
            Self::SetSession => "set_session",
            Self::SetTransaction { .. } => "set_transaction",
            Self::Use => "use",
            Self::LockTables => "lock_tables",
            Self::UnlockTables => "unlock_tables",
            Self::Prepare => "prepare",
            Self::Execute => "execute",
            Self::Deallocate => "deallocate",
            Self::Kill => "kill",
            Self::Empty => "empty",
        }
    }
}

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $label:literal,)*) => {
        /// Why a statement is of its kind. A closed list: metric label, log field, `anabranch route`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Cause { $($(#[$doc])* $name,)* }

        impl Cause {
            /// All causes, for metrics that are built once.
            pub const ALL: &'static [Cause] = &[$(Cause::$name),*];

            /// The place of this cause in [`Self::ALL`].
            pub fn index(self) -> usize {
                self as usize
            }

            /// A stable snake_case name.
            pub fn label(self) -> &'static str {
                match self { $(Cause::$name => $label,)* }
            }
        }
    };
}

causes! {
    /// A query proven to read.
    Select = "select",
    /// `SHOW` of something that any server answers alike, or that the primary must answer (see needs).
    Show = "show",
    /// `DESCRIBE table`
    Describe = "describe",
    /// `EXPLAIN` of a read.
    Explain = "explain",
    /// `HELP`
    Help = "help",
    /// No statement.
    Empty = "empty",
    /// Several statements, not all of them reads.
    MultiStatement = "multi_statement",
    /// Changes rows.
    Dml = "dml",
    /// Changes definitions or accounts.
    Ddl = "ddl",
    /// Administers the server.
    Admin = "admin",
    /// Calls a procedure.
    Call = "call",
    /// `DO`
    Do = "do",
    /// Opens, ends or shapes a transaction.
    Transaction = "transaction",
    /// `XA`
    Xa = "xa",
    /// Sets session state.
    SetSession = "set_session",
    /// Sets something for all sessions, or what is not carried.
    SetGlobal = "set_global",
    /// `USE`
    Use = "use",
    /// Takes or gives back table locks.
    TableLocks = "table_locks",
    /// Text `PREPARE`, `EXECUTE`, `DEALLOCATE`.
    PreparedText = "prepared_text",
    /// `KILL`
    Kill = "kill",
    /// `HANDLER`
    Handler = "handler",
    /// `GET DIAGNOSTICS`, `SIGNAL` …
    Diagnostics = "diagnostics",
    /// `BEGIN NOT ATOMIC`, `IF`, `RETURN` …
    Compound = "compound",
    /// A query with `FOR UPDATE`, `FOR SHARE` or `LOCK IN SHARE MODE`.
    LockingClause = "locking_clause",
    /// A query with `INTO`.
    Into = "into",
    /// A query that assigns to a user variable.
    UserVariableAssignment = "user_variable_assignment",
    /// A function known to change or lock something.
    ImpureFunction = "impure_function",
    /// A value taken from a sequence.
    Sequence = "sequence",
    /// A word that changes data inside what started as a query, such as a `WITH` before `DELETE`.
    WriteInQuery = "write_in_query",
    /// `EXPLAIN` or `ANALYZE` of something that is not a read.
    ExplainWrite = "explain_write",
    /// `SHOW` of something unknown.
    UnknownShow = "unknown_show",
    /// An optimizer hint sets a variable that may matter.
    HintSetsVariable = "hint_sets_variable",
    /// Read or write, depending on which server version runs the comment.
    VersionComment = "version_comment",
    /// A replica refused this shape as a write before.
    RefusedByReplica = "refused_by_replica",
    /// The parser did not understand a query.
    ParseError = "parse_error",
    /// Too many tokens or too deep.
    TooComplex = "too_complex",
    /// Longer than [`super::MAX_STATEMENT_BYTES`].
    TooLong = "too_long",
    /// Bytes that no server would cut into tokens as we do for sure.
    Unlexable = "unlexable",
    /// Begins with a word that we do not know.
    UnknownStatement = "unknown_statement",
}

/// A function that is neither a built-in known to be pure nor one known not to be. Lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoutineName {
    /// The schema it was qualified with.
    pub schema: Option<Box<str>>,
    /// Its name.
    pub name: Box<str>,
    /// Some servers have a pure built-in of this name (`nvl`, `to_char` …): it counts as pure unless the
    /// catalog lists a stored or loadable function of this name. When false, it counts as a write unless
    /// the catalog lists it as one that only reads.
    pub built_in_somewhere: bool,
}

/// What is known of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementClass {
    /// What it is.
    pub kind: Kind,
    /// Why.
    pub cause: Cause,
    /// State it reads that lives on one server.
    pub needs: Needs,
    /// State it leaves behind.
    pub effects: Effects,
    /// Functions that decide whether it is a read: it is one only if the catalog says that each only reads.
    pub routines: Box<[RoutineName]>,
    /// What a [`super::Marker`] made of its shape.
    pub marks: Marks,
}

/// What the rules of whoever owns a classifier make of a shape. No part of what the statement is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Of the rules that were asked; zero where none were, for a class that is no text's.
    pub generation: u32,
    /// One for each rule that may hold, by the shape alone.
    pub bits: u64,
    /// The tables that the statement names, where a bit is set.
    pub tables: Box<[TableName]>,
}

impl StatementClass {
    /// A class with no needs, effects or routines.
    pub fn new(kind: Kind, cause: Cause) -> Self {
        Self {
            kind,
            cause,
            needs: Needs::empty(),
            effects: Effects::empty(),
            routines: Box::default(),
            marks: Marks::default(),
        }
    }

    /// A write for the given reason.
    pub fn write(cause: Cause) -> Self {
        Self::new(Kind::Write, cause)
    }

    /// The same with further effects.
    pub fn with_effects(mut self, effects: Effects) -> Self {
        self.effects |= effects;
        self
    }

    /// The same with further needs.
    pub fn with_needs(mut self, needs: Needs) -> Self {
        self.needs |= needs;
        self
    }
}
