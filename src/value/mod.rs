//! SQL values and their types: what a column may hold, and what an expression yields.
//!
//! Text is UTF-8 inside, whatever a column's character set is: it is converted where it enters (a literal,
//! a parameter, a row event) and where it leaves (a result, the binlog). A value does not know its column's
//! length, scale or collation; those are in [`types::ColumnType`], which whoever compares or prints passes
//! along.

pub mod cast;
pub mod charset;
pub mod collation;
pub mod compare;
pub mod convert;
pub mod decimal;
pub mod display;
pub mod error;
pub mod float;
pub mod json;
pub mod key;
pub mod store;
pub mod temporal;
#[cfg(test)]
mod tests;
pub mod types;
pub mod warning;

use std::sync::Arc;

pub use cast::cast;
pub use compare::{Comparison, compare};
pub use decimal::Decimal;
pub use display::display;
pub use error::SqlError;
pub use json::Json;
pub use store::{StoreMode, store};
pub use temporal::{Date, DateTime, Time};
pub use warning::{Warning, Warnings};

/// One SQL value. Cloning is cheap: long contents are shared.
#[derive(Debug, Clone)]
pub enum Value {
    /// NULL.
    Null,
    /// A signed integer.
    Int(i64),
    /// An unsigned integer; also BIT and YEAR.
    UInt(u64),
    /// DECIMAL; its scale is that of the column, or what arithmetic gave it.
    Decimal(Decimal),
    /// FLOAT (rounded to `f32`, then widened) and DOUBLE.
    Double(f64),
    /// A character string.
    Text(Arc<str>),
    /// A binary string.
    Bytes(Arc<[u8]>),
    /// A date; parts may be zero.
    Date(Date),
    /// A time of day or a duration.
    Time(Time),
    /// DATETIME as written; TIMESTAMP in UTC while in a table, in the session's time zone in expressions.
    DateTime(DateTime),
    /// A member of an ENUM or the members of a SET.
    Member(Arc<Member>),
    /// JSON.
    Json(Arc<Json>),
}

/// What an ENUM or SET holds: its number decides order and storage, its text what is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// ENUM: the position from 1, 0 for the error value. SET: one bit for each member.
    pub number: u64,
    /// The member's name; for a SET the names with commas between.
    pub text: Box<str>,
}

/// A row as it is stored: one value for each column of the table, in the table's order.
#[derive(Debug, Clone)]
pub struct Row(Arc<[Value]>);

impl Row {
    /// A row of these values.
    pub fn new(values: Vec<Value>) -> Self {
        Self(values.into())
    }

    /// Its values.
    pub fn values(&self) -> &[Value] {
        &self.0
    }
}
