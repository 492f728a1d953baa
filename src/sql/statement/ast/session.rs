//! Statements about the session: SET, transactions, locks, prepared statements.

use super::{Expr, TableName};

/// One item of SET.
#[derive(Debug, Clone, PartialEq)]
pub enum SetItem {
    /// A system variable.
    Variable {
        /// Whose.
        scope: SetScope,
        /// Its name as written; may have a dot in it.
        name: String,
        /// The value. A bare word (`ON`, `utf8mb4`) is an `Identifier`.
        value: SetValue,
    },
    /// `@name = …`
    UserVariable {
        /// Its name without `@`.
        name: String,
        /// The value.
        value: Expr,
    },
    /// NAMES.
    Names {
        /// None is DEFAULT.
        charset: Option<String>,
        /// COLLATE.
        collate: Option<String>,
    },
    /// CHARACTER SET; none is DEFAULT.
    CharacterSet(Option<String>),
    /// \[GLOBAL | SESSION\] TRANSACTION.
    Transaction {
        /// Whose; `Implicit` is the next transaction's.
        scope: SetScope,
        /// ISOLATION LEVEL.
        isolation: Option<Isolation>,
        /// READ ONLY (true) or READ WRITE.
        read_only: Option<bool>,
    },
}

/// What SET sets a variable to.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "a statement has few of them, and each is taken apart at once"
)]
pub enum SetValue {
    /// DEFAULT.
    Default,
    /// An expression; subqueries may be in it.
    Expr(Expr),
}

/// Whose variable is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetScope {
    /// None given: the session's.
    Implicit,
    /// SESSION, LOCAL.
    Session,
    /// GLOBAL.
    Global,
    /// PERSIST.
    Persist,
    /// PERSIST_ONLY.
    PersistOnly,
}

/// Isolation levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// READ UNCOMMITTED.
    ReadUncommitted,
    /// READ COMMITTED.
    ReadCommitted,
    /// REPEATABLE READ.
    RepeatableRead,
    /// SERIALIZABLE.
    Serializable,
}

/// BEGIN, START TRANSACTION.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Begin {
    /// WITH CONSISTENT SNAPSHOT.
    pub snapshot: bool,
    /// READ ONLY (true) or READ WRITE.
    pub read_only: Option<bool>,
}

/// Behind COMMIT and ROLLBACK. None: as `completion_type` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Completion {
    /// AND \[NO\] CHAIN.
    pub chain: Option<bool>,
    /// \[NO\] RELEASE.
    pub release: Option<bool>,
}

/// One table of LOCK TABLES.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockTable {
    /// Which.
    pub table: TableName,
    /// AS.
    pub alias: Option<String>,
    /// WRITE; else READ.
    pub write: bool,
}

/// PREPARE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepare {
    /// Its name.
    pub name: String,
    /// FROM.
    pub source: PrepareFrom,
}

/// Where the text of PREPARE comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrepareFrom {
    /// A string.
    Text(String),
    /// `@name`
    Variable(String),
}

/// EXECUTE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execute {
    /// Which.
    pub name: String,
    /// USING @a, @b.
    pub using: Vec<String>,
}
