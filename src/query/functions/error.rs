//! Errors and warnings of functions, in MySQL's words.

use crate::value::SqlError;

/// 1210.
pub(super) fn wrong_arguments(function: &str) -> SqlError {
    SqlError::new(1210, b"HY000", format!("Incorrect arguments to {function}"))
}

/// 1305.
pub fn unknown_function(schema: Option<&str>, name: &str) -> SqlError {
    let full = schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"));
    SqlError::new(1305, b"42000", format!("FUNCTION {full} does not exist"))
}

/// 1582.
pub fn wrong_count(name: &str) -> SqlError {
    let text = format!("Incorrect parameter count in the call to native function '{name}'");
    SqlError::new(1582, b"42000", text)
}

/// 1583.
pub(super) fn wrong_parameters_text(name: &str) -> String {
    format!("Incorrect parameters in the call to native function '{name}'")
}

/// 1690: `BIGINT value is out of range in 'abs(x)'`.
pub(super) fn out_of_range(kind: &str, expression: &str) -> SqlError {
    SqlError::new(1690, b"22003", format!("{kind} value is out of range in '{expression}'"))
}

/// 1411: `Incorrect string value: '…' for function …`.
pub(super) fn incorrect_text(kind: &str, value: &str, function: &str) -> String {
    format!("Incorrect {kind} value: '{value}' for function {function}")
}

/// 1411 as an error.
pub(super) fn incorrect(kind: &str, value: &str, function: &str) -> SqlError {
    SqlError::new(1411, b"HY000", incorrect_text(kind, value, function))
}

/// 1301.
pub(super) fn too_large_text(function: &str, limit: u64) -> String {
    format!("Result of {function}() was larger than max_allowed_packet ({limit}) - truncated")
}
