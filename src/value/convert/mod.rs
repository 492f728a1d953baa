//! Values of one kind as another, with MySQL's leniency: what cannot be read whole is read as far as it
//! goes, and a warning says so.
//!
//! NULL is for the caller: here it is zero, or the empty text.

mod number;
mod temporal;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

pub use number::{
    Scan, moment_number, scan_decimal, scan_double, scan_integer, time_number, to_decimal, to_f64,
    to_i64, to_integer, to_u64,
};
pub use temporal::{to_date, to_date_time, to_time};

pub(in crate::value) use number::round_decimal;
pub(in crate::value) use temporal::{find_date_time, find_time, warn_of_delimiter};

use super::Value;
use super::display::{display, text_of};
use super::types::ColumnType;
use super::warning::Warnings;

/// Whether a value is true: not zero; none for NULL.
pub fn to_bool(value: &Value, warnings: &mut dyn Warnings) -> Option<bool> {
    Some(match value {
        Value::Null => return None,
        Value::Int(number) => *number != 0,
        Value::UInt(number) => *number != 0,
        Value::Decimal(number) => !number.is_zero(),
        Value::Json(json) => json.is_true(),
        _ => to_f64(value, warnings) != 0.0,
    })
}

/// The text of a value whose type is not known: a time with its fraction, if it has one.
pub fn to_text(value: &Value) -> Arc<str> {
    match value {
        Value::Text(text) => Arc::clone(text),
        _ => text_of(value, &ColumnType::Null).into(),
    }
}

/// The text of a value of this type.
pub fn to_text_as(value: &Value, ty: &ColumnType) -> Arc<str> {
    match value {
        Value::Text(text) => Arc::clone(text),
        _ => text_of(value, ty).into(),
    }
}

/// The bytes of a value: those of a binary string, else of its text.
pub fn to_bytes(value: &Value) -> Cow<'_, [u8]> {
    match value {
        Value::Bytes(bytes) => Cow::Borrowed(bytes),
        Value::Text(text) => Cow::Borrowed(text.as_bytes()),
        Value::Member(member) => Cow::Borrowed(member.text.as_bytes()),
        _ => {
            let mut out = Vec::new();
            display(value, &ColumnType::Null, &mut out);
            Cow::Owned(out)
        }
    }
}
