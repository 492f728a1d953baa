//! Values of the answers that the server makes by itself: SHOW, EXPLAIN, information_schema, accounts.

use crate::value::Value;

/// A text.
pub fn text(text: impl AsRef<str>) -> Value {
    Value::Text(text.as_ref().into())
}

/// A text, or NULL.
pub fn maybe(text: Option<impl AsRef<str>>) -> Value {
    text.map_or(Value::Null, self::text)
}

/// A number that is not negative.
pub fn number(number: u64) -> Value {
    Value::UInt(number)
}

/// A number, or NULL.
pub fn maybe_number(number: Option<u64>) -> Value {
    number.map_or(Value::Null, Value::UInt)
}
