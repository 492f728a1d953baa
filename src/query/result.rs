//! What a statement gives back: columns, rows, counts.

use std::sync::{Arc, OnceLock};

use super::expr::ExprType;
use crate::value::types::CollationId;
use crate::value::{SqlError, Value};

/// A column of a result as clients see it.
#[derive(Debug, Clone)]
pub struct ResultColumn {
    /// The schema of the table, or empty.
    pub schema: Arc<str>,
    /// The table's alias, or empty.
    pub table: Arc<str>,
    /// The table's own name, or empty.
    pub org_table: Arc<str>,
    /// The column's alias.
    pub name: Arc<str>,
    /// The column's own name, or empty.
    pub org_name: Arc<str>,
    /// Its type; `ty.ty` says how values are shown.
    pub ty: ExprType,
    /// The protocol's flags: see [`column_flags`].
    pub flags: u16,
}

/// The protocol's column flags (`include/mysql_com.h`).
pub mod column_flags {
    /// Not NULL.
    pub const NOT_NULL: u16 = 1;
    /// Part of the primary key.
    pub const PRI_KEY: u16 = 2;
    /// The first of a unique key.
    pub const UNIQUE_KEY: u16 = 4;
    /// The first of a key.
    pub const MULTIPLE_KEY: u16 = 8;
    /// A BLOB or TEXT.
    pub const BLOB: u16 = 16;
    /// UNSIGNED.
    pub const UNSIGNED: u16 = 32;
    /// ZEROFILL.
    pub const ZEROFILL: u16 = 64;
    /// A binary collation.
    pub const BINARY: u16 = 128;
    /// ENUM.
    pub const ENUM: u16 = 256;
    /// AUTO_INCREMENT.
    pub const AUTO_INCREMENT: u16 = 512;
    /// TIMESTAMP.
    pub const TIMESTAMP: u16 = 1024;
    /// SET.
    pub const SET: u16 = 2048;
    /// NOT NULL without a default.
    pub const NO_DEFAULT_VALUE: u16 = 4096;
    /// ON UPDATE CURRENT_TIMESTAMP.
    pub const ON_UPDATE_NOW: u16 = 8192;
    /// A number.
    pub const NUM: u16 = 32768;
}

/// The columns of a result, with room for what they are on the wire: a plan that runs often is described once.
#[derive(Debug)]
pub struct Heading {
    /// The columns.
    pub columns: Arc<[ResultColumn]>,
    /// What a sink has made of them, for clients like its own.
    pub encoded: OnceLock<EncodedHeading>,
}

/// Column definitions as they are sent.
#[derive(Debug)]
pub struct EncodedHeading {
    /// A collation of the `character_set_results` that they are for.
    pub results: Option<CollationId>,
    /// One payload for each column.
    pub payloads: Box<[Box<[u8]>]>,
}

impl Heading {
    /// Of these columns.
    pub fn new(columns: &[ResultColumn]) -> Arc<Self> {
        Arc::new(Self { columns: columns.into(), encoded: OnceLock::new() })
    }
}

/// Takes a statement's rows. The server encodes them; tests collect them.
///
/// A statement that may have to run again hands its rows over only when it is done.
pub trait ResultSink {
    /// Called once, before any row.
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), SqlError>;
    /// One row, as many values as columns. TIMESTAMP values are in the session's time zone.
    fn row(&mut self, values: &[Value]) -> Result<(), SqlError>;

    /// As `columns`, for columns that are kept with their plan.
    fn heading(&mut self, heading: &Arc<Heading>) -> Result<(), SqlError> {
        self.columns(&heading.columns)
    }

    /// As `row`, for some columns of a table's row.
    fn row_of(&mut self, values: &[Value], columns: &[usize]) -> Result<(), SqlError> {
        let own = columns.iter().map(|at| values.get(*at).cloned().unwrap_or(Value::Null));
        let own: smallvec::SmallVec<[Value; 8]> = own.collect();
        self.row(&own)
    }
}

/// How a statement ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Without a result set.
    Ok {
        /// Affected rows (found ones with CLIENT_FOUND_ROWS).
        affected: u64,
        /// What the OK packet tells as last insert id; 0 for none.
        last_insert_id: u64,
        /// `Records: 3  Duplicates: 0  Warnings: 0` and the like, or empty.
        info: String,
    },
    /// With one, which the sink has.
    Rows {
        /// How many.
        count: u64,
    },
}

impl Outcome {
    /// OK with nothing to tell.
    pub fn done() -> Self {
        Self::affected(0)
    }

    /// OK with a count.
    pub fn affected(affected: u64) -> Self {
        Self::Ok { affected, last_insert_id: 0, info: String::new() }
    }
}

/// What is known of a prepared statement before it runs.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The types that its parameters would take, in order.
    pub params: Vec<ExprType>,
    /// The columns of its result; empty for statements without one.
    pub columns: Vec<ResultColumn>,
}
