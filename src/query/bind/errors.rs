//! Errors of names.

use crate::value::SqlError;

/// 1054.
pub fn unknown_column(name: &str, clause: &str) -> SqlError {
    SqlError::new(1054, b"42S22", format!("Unknown column '{name}' in '{clause}'"))
}

/// 1052.
pub fn ambiguous(name: &str, clause: &str) -> SqlError {
    SqlError::new(1052, b"23000", format!("Column '{name}' in {clause} is ambiguous"))
}

/// 1066.
pub fn not_unique(alias: &str) -> SqlError {
    SqlError::new(1066, b"42000", format!("Not unique table/alias: '{alias}'"))
}

/// 1111.
pub fn invalid_group_function() -> SqlError {
    SqlError::new(1111, b"HY000", "Invalid use of group function")
}

/// 1241.
pub fn operand_columns(count: usize) -> SqlError {
    SqlError::new(1241, b"21000", format!("Operand should contain {count} column(s)"))
}

/// 1222.
pub fn different_columns() -> SqlError {
    let message = "The used SELECT statements have a different number of columns";
    SqlError::new(1222, b"21000", message)
}

/// 1582.
pub fn parameter_count(function: &str) -> SqlError {
    /// Functions of MySQL's grammar: a wrong count is a mistake of syntax.
    const GRAMMAR: [&str; 14] = [
        "sum", "avg", "count", "min", "max", "std", "stddev", "variance", "if", "now", "curtime",
        "sysdate", "bit_and", "bit_or",
    ];
    if GRAMMAR.iter().any(|name| name.eq_ignore_ascii_case(function)) {
        return grammar(function);
    }
    let message = format!("Incorrect parameter count in the call to native function '{function}'");
    SqlError::new(1582, b"42000", message)
}

/// 1064: a call that MySQL's grammar does not have.
pub fn grammar(function: &str) -> SqlError {
    let message = format!(
        "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near ')' in the call of {function}"
    );
    SqlError::new(1064, b"42000", message)
}

/// 1305.
pub fn no_function(schema: Option<&str>, function: &str) -> SqlError {
    let name = schema.map_or_else(|| function.to_owned(), |schema| format!("{schema}.{function}"));
    SqlError::new(1305, b"42000", format!("FUNCTION {name} does not exist"))
}

/// 3593.
pub fn window_not_here(function: &str) -> SqlError {
    let message = format!("You cannot use the window function '{function}' in this context.'");
    SqlError::new(3593, b"HY000", message)
}
