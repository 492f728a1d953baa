//! Databases, views, indexes, and DROP of all kinds.

use super::{Account, IndexDefinition, Query, TableName};

/// CREATE DATABASE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateDatabase {
    /// Its name.
    pub name: String,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// CHARACTER SET.
    pub charset: Option<String>,
    /// COLLATE.
    pub collate: Option<String>,
}

/// ALTER DATABASE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterDatabase {
    /// Its name; the current one unless given.
    pub name: Option<String>,
    /// CHARACTER SET.
    pub charset: Option<String>,
    /// COLLATE.
    pub collate: Option<String>,
}

/// DROP DATABASE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropDatabase {
    /// Its name.
    pub name: String,
    /// IF EXISTS.
    pub if_exists: bool,
}

/// DROP TABLE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropTable {
    /// TEMPORARY: only such tables.
    pub temporary: bool,
    /// IF EXISTS.
    pub if_exists: bool,
    /// Which.
    pub tables: Vec<TableName>,
}

/// DROP VIEW.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropView {
    /// IF EXISTS.
    pub if_exists: bool,
    /// Which.
    pub views: Vec<TableName>,
}

/// DROP PROCEDURE and its like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropProgram {
    /// `PROCEDURE`, `FUNCTION`, `TRIGGER` or `EVENT`.
    pub kind: ProgramKind,
    /// IF EXISTS.
    pub if_exists: bool,
    /// Which.
    pub name: TableName,
}

/// Stored programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramKind {
    /// PROCEDURE.
    Procedure,
    /// FUNCTION.
    Function,
    /// TRIGGER.
    Trigger,
    /// EVENT.
    Event,
}

/// CREATE VIEW; ALTER VIEW is one with `replace` and `must_exist`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateView {
    /// OR REPLACE.
    pub replace: bool,
    /// ALTER VIEW.
    pub must_exist: bool,
    /// IF NOT EXISTS (9.1).
    pub if_not_exists: bool,
    /// ALGORITHM.
    pub algorithm: ViewAlgorithm,
    /// DEFINER.
    pub definer: Option<Account>,
    /// SQL SECURITY INVOKER.
    pub invoker: bool,
    /// Its name.
    pub name: TableName,
    /// Names of its columns, if given.
    pub columns: Vec<String>,
    /// The query.
    pub query: Box<Query>,
    /// The query's text as written.
    pub text: String,
    /// WITH CHECK OPTION.
    pub check: Option<CheckOption>,
}

/// How a view is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ViewAlgorithm {
    /// As the server likes.
    #[default]
    Undefined,
    /// MERGE.
    Merge,
    /// TEMPTABLE.
    TempTable,
}

/// How rows written through a view are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOption {
    /// CASCADED, the default.
    Cascaded,
    /// LOCAL.
    Local,
}

/// CREATE INDEX.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateIndex {
    /// On what.
    pub table: TableName,
    /// The index; its name is there.
    pub index: IndexDefinition,
}

/// DROP INDEX.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropIndex {
    /// From what.
    pub table: TableName,
    /// Which.
    pub name: String,
}
