//! Statements that change rows.
//!
//! A statement first finds the rows and then changes them, so that it does not meet its own changes. What it
//! tells the session (generated ids, counts) it tells at its end: before that it may be interrupted and run
//! again.

mod delete;
mod duplicate;
mod foreign_keys;
mod insert;
mod insert_rows;
mod returning;
mod rules;
mod update;
mod writer;

pub use delete::delete;
pub use insert::{insert, replace};
pub use rules::Rules;
pub use update::update;
pub use writer::Writer;

use super::Interrupt;
use crate::value::{SqlError, Value};

/// Whether two values are the same to the last bit, as a change of a row counts.
pub(crate) fn identical(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::UInt(a), Value::UInt(b)) => a == b,
        (Value::Double(a), Value::Double(b)) => a == b,
        (Value::Decimal(a), Value::Decimal(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Date(a), Value::Date(b)) => a == b,
        (Value::Time(a), Value::Time(b)) => a == b,
        (Value::DateTime(a), Value::DateTime(b)) => a == b,
        (Value::Member(a), Value::Member(b)) => a == b,
        (Value::Json(a), Value::Json(b)) => a.to_string() == b.to_string(),
        _ => false,
    }
}

/// The error that an interrupt is, if it is one that IGNORE makes a warning.
pub(crate) fn ignorable(interrupt: Interrupt) -> Result<SqlError, Interrupt> {
    match interrupt {
        Interrupt::Error(error)
            if matches!(
                error.code,
                1048 | 1062 | 1364 | 1451 | 1452 | 1526 | 1242 | 3819 | 4025
            ) =>
        {
            Ok(error)
        }
        other => Err(other),
    }
}
