//! The errors of setting and reading system variables, in MySQL's words.

use crate::value::SqlError;

/// 1193.
pub fn unknown(name: &str) -> SqlError {
    SqlError::new(1193, b"HY000", format!("Unknown system variable '{name}'"))
}

/// 1238: it cannot be set.
pub fn read_only(name: &str) -> SqlError {
    SqlError::new(1238, b"HY000", format!("Variable '{name}' is a read only variable"))
}

/// 1238: it has no value in the scope that was read.
pub fn wrong_scope(name: &str, scope: &str) -> SqlError {
    SqlError::new(1238, b"HY000", format!("Variable '{name}' is a {scope} variable"))
}

/// 1228.
pub fn session_only(name: &str) -> SqlError {
    let text = format!("Variable '{name}' is a SESSION variable and can't be used with SET GLOBAL");
    SqlError::new(1228, b"HY000", text)
}

/// 1229.
pub fn global_only(name: &str) -> SqlError {
    let text = format!("Variable '{name}' is a GLOBAL variable and should be set with SET GLOBAL");
    SqlError::new(1229, b"HY000", text)
}

/// 1231.
pub fn wrong_value(name: &str, value: &str) -> SqlError {
    let text = format!("Variable '{name}' can't be set to the value of '{value}'");
    SqlError::new(1231, b"42000", text)
}

/// 1232.
pub fn wrong_type(name: &str) -> SqlError {
    SqlError::new(1232, b"42000", format!("Incorrect argument type to variable '{name}'"))
}

/// 1115.
pub fn unknown_charset(name: &str) -> SqlError {
    SqlError::new(1115, b"42000", format!("Unknown character set: '{name}'"))
}

/// 1273.
pub fn unknown_collation(name: &str) -> SqlError {
    SqlError::new(1273, b"HY000", format!("Unknown collation: '{name}'"))
}

/// 1286.
pub fn unknown_engine(name: &str) -> SqlError {
    SqlError::new(1286, b"42000", format!("Unknown storage engine '{name}'"))
}

/// 1298.
pub fn unknown_time_zone(name: &str) -> SqlError {
    SqlError::new(1298, b"HY000", format!("Unknown or incorrect time zone: '{name}'"))
}

/// 1649.
pub fn unknown_locale(name: &str) -> SqlError {
    SqlError::new(1649, b"HY000", format!("Unknown locale: '{name}'"))
}

/// 1235: the variable has one value here.
pub fn fixed(name: &str, value: &str) -> SqlError {
    SqlError::not_supported(&format!("{name} = {value}"))
}
