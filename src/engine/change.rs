//! What a DDL statement does to the catalog and the tables.
//!
//! The statement's own checks (does the table exist, IF EXISTS, notes) are its author's, under the metadata
//! locks it has taken; what remains here is to carry the change out.

use std::fmt;
use std::sync::Arc;

use super::Database;
use super::barrier::AckLevel;
use super::catalog::{SchemaDef, TableDef, TableName, ViewDef};
use crate::value::types::CollationId;
use crate::value::{Row, SqlError, Value};

/// Makes a row of the table's new form from one of its old form. Called once for each row, in the order of
/// the primary key, from several threads at most one after another.
pub type RowConversion = Arc<dyn Fn(&Row) -> Result<Row, SqlError> + Send + Sync>;

/// One step of a DDL statement. A statement may have several; they become visible together.
#[derive(Clone)]
pub enum CatalogChange {
    /// CREATE DATABASE.
    CreateSchema(SchemaDef),
    /// DROP DATABASE, with all tables and views.
    DropSchema(Arc<str>),
    /// ALTER DATABASE.
    AlterSchema {
        /// The schema.
        name: Arc<str>,
        /// Its new default.
        collation: CollationId,
    },
    /// CREATE TABLE. The engine gives the id and derives the shape.
    CreateTable(Box<TableDef>),
    /// DROP TABLE. Takes the same time however many rows there are.
    DropTables(Vec<TableName>),
    /// RENAME TABLE: pairs of old and new names, one after the other. Foreign keys follow.
    RenameTables(Vec<(TableName, TableName)>),
    /// ALTER TABLE and what is like it (CREATE INDEX, DROP INDEX).
    AlterTable {
        /// The table as it is.
        old: TableName,
        /// What it becomes, its name included. The engine gives the id and derives the shape.
        new: Box<TableDef>,
        /// How its rows change. None: the values stay as they are, only indexes or texts differ.
        convert: Option<RowConversion>,
    },
    /// TRUNCATE TABLE: no rows, counters start again.
    Truncate(TableName),
    /// CREATE [OR REPLACE] VIEW.
    CreateView(Box<ViewDef>),
    /// DROP VIEW.
    DropViews(Vec<TableName>),
    /// ALTER TABLE … AUTO_INCREMENT = n: the next value, unless the rows have greater ones.
    SetAutoIncrement(TableName, u64),
}

impl fmt::Debug for CatalogChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateSchema(schema) => write!(f, "CreateSchema({})", schema.name),
            Self::DropSchema(name) => write!(f, "DropSchema({name})"),
            Self::AlterSchema { name, .. } => write!(f, "AlterSchema({name})"),
            Self::CreateTable(table) => write!(f, "CreateTable({})", table.full_name()),
            Self::DropTables(names) => write!(f, "DropTables({names:?})"),
            Self::RenameTables(pairs) => write!(f, "RenameTables({pairs:?})"),
            Self::AlterTable { old, .. } => write!(f, "AlterTable({old})"),
            Self::Truncate(name) => write!(f, "Truncate({name})"),
            Self::CreateView(view) => {
                write!(f, "CreateView({}.{}: {})", view.schema, view.name, view.sql)
            }
            Self::DropViews(names) => write!(f, "DropViews({names:?})"),
            Self::SetAutoIncrement(name, next) => write!(f, "SetAutoIncrement({name}, {next})"),
        }
    }
}

/// What the meaning of a statement depends on besides its text, as the log keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogContext {
    /// The connection's id.
    pub connection: u32,
    /// The session's default schema, empty for none.
    pub schema: String,
    /// `sql_mode` as its bits.
    pub sql_mode: u64,
    /// Collations of `character_set_client`, `collation_connection`, `collation_server`.
    pub collations: [u16; 3],
    /// `time_zone`, empty for SYSTEM.
    pub time_zone: String,
    /// Unix time of the statement, in microseconds.
    pub timestamp_micros: u64,
    /// `foreign_key_checks=0`.
    pub no_foreign_key_checks: bool,
    /// `unique_checks=0`.
    pub relaxed_unique_checks: bool,
    /// What the transaction waits for beyond the server's policy. The log does not have it.
    pub ack: Option<AckLevel>,
}

/// A DDL statement as the log keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DdlStatement {
    /// The text.
    pub sql: String,
    /// What it depends on.
    pub context: LogContext,
    /// `sql_log_bin=0`: kept for recovery, shown to no replica.
    pub unlogged: bool,
}

/// Tells what logged statements mean: the query room's part in recovery.
pub trait DdlReplay: Sync {
    /// What a statement did to that state. It was carried out once, so names are there and nothing is to be
    /// locked. Nothing to do (`IF EXISTS`) is no error.
    ///
    /// # Errors
    /// The statement cannot be understood: recovery ends.
    fn changes(
        &self,
        statement: &DdlStatement,
        database: &Database,
    ) -> Result<Vec<CatalogChange>, SqlError>;

    /// Adds the values of hidden columns, which the log does not have, at the end of a row.
    ///
    /// # Errors
    /// An expression cannot be computed: recovery ends.
    fn hidden_values(&self, table: &TableDef, row: &mut Vec<Value>) -> Result<(), SqlError>;
}
