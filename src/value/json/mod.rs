//! JSON values: what a JSON column holds.
//!
//! MySQL's JSON keeps more types than the text shows: integers apart from decimals and doubles, dates and
//! times, and other values as opaque bytes. The keys of an object are sorted by length, then bytes, and are
//! unique.

pub mod binary;
mod edit;
mod merge;
mod object;
mod order;
mod parse;
mod path;
mod print;
mod question;
mod scalar;
#[cfg(test)]
mod tests;

pub use edit::Edit;
pub use object::Object;
pub use parse::{JsonMistake, TextMistake};
pub use path::{Leg, Path, PathMistake};
pub use print::{quote, unquote};
pub use question::Amount;
pub(in crate::value) use scalar::invalid;

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
    /// A whole number that came as unsigned, or lies above those of `Int`.
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

/// The deepest nesting; more is error 3157.
pub const MAX_DEPTH: usize = 100;

/// The numbers of column types that opaque values may have (of the binary protocol's `MYSQL_TYPE_…`).
pub mod opaque {
    /// VARCHAR: what binary strings become.
    pub const VARCHAR: u8 = 15;
    /// BIT.
    pub const BIT: u8 = 16;
    /// BLOB.
    pub const BLOB: u8 = 252;
}

impl Json {
    /// As JSON_TYPE names it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "BOOLEAN",
            Self::Int(_) => "INTEGER",
            Self::UInt(_) => "UNSIGNED INTEGER",
            Self::Double(_) => "DOUBLE",
            Self::Decimal(_) => "DECIMAL",
            Self::String(_) => "STRING",
            Self::Array(_) => "ARRAY",
            Self::Object(_) => "OBJECT",
            Self::Date(_) => "DATE",
            Self::Time(_) => "TIME",
            Self::DateTime(_) | Self::Timestamp(_) => "DATETIME",
            Self::Opaque(opaque::BIT, _) => "BIT",
            Self::Opaque(opaque::VARCHAR | 249..=254, _) => "BLOB",
            Self::Opaque(..) => "OPAQUE",
        }
    }

    /// How many elements or members; 1 for anything else (JSON_LENGTH).
    pub fn length(&self) -> usize {
        match self {
            Self::Array(items) => items.len(),
            Self::Object(members) => members.len(),
            _ => 1,
        }
    }

    /// How many levels deep; 1 for a value without parts (JSON_DEPTH).
    pub fn depth(&self) -> usize {
        1 + match self {
            Self::Array(items) => items.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(members) => {
                members.iter().map(|(_, value)| value.depth()).max().unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// The keys of an object, as an array of strings; none of anything else (JSON_KEYS).
    pub fn keys(&self) -> Option<Self> {
        let Self::Object(members) = self else { return None };
        Some(Self::Array(members.iter().map(|(key, _)| Self::String(key.into())).collect()))
    }
}
