//! JSON values: what a JSON column holds.
//!
//! MySQL's JSON keeps more types than the text shows: integers apart from decimals and doubles, dates and
//! times, and other values as opaque bytes. The keys of an object are sorted by length, then bytes, and are
//! unique.

pub mod binary;
mod object;

pub use object::Object;

use super::{Date, DateTime, Decimal, Time};

/// A JSON value. At most [`MAX_DEPTH`] levels deep.
#[derive(Debug, Clone)]
pub enum Json {
    /// `null`, which is not SQL's NULL.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above those of `Int`.
    UInt(u64),
    /// A number with a fraction or exponent.
    Double(f64),
    /// A DECIMAL that became JSON.
    Decimal(Decimal),
    /// A string.
    String(Box<str>),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(Object),
    /// A DATE that became JSON.
    Date(Date),
    /// A TIME that became JSON.
    Time(Time),
    /// A DATETIME that became JSON.
    DateTime(DateTime),
    /// A TIMESTAMP that became JSON.
    Timestamp(DateTime),
    /// Any other value: its column type's number and its bytes.
    Opaque(u8, Box<[u8]>),
}

/// The deepest nesting.
pub const MAX_DEPTH: usize = 100;
