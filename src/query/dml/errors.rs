//! Errors of statements that change rows, in MySQL's words, and which of them IGNORE forgives.

use crate::query::EvalContext;
use crate::value::SqlError;

/// 1048.
pub(super) fn null_not_allowed(column: &str) -> SqlError {
    SqlError::new(1048, b"23000", format!("Column '{column}' cannot be null"))
}

/// 1136.
pub(super) fn value_count(row: usize) -> SqlError {
    let message = format!("Column count doesn't match value count at row {row}");
    SqlError::new(1136, b"21S01", message)
}

/// 1110.
pub(super) fn given_twice(column: &str) -> SqlError {
    SqlError::new(1110, b"42000", format!("Column '{column}' specified twice"))
}

/// 1364.
pub(super) fn no_default(column: &str) -> SqlError {
    SqlError::new(1364, b"HY000", format!("Field '{column}' doesn't have a default value"))
}

/// 3105.
pub(super) fn generated_given(column: &str, table: &str) -> SqlError {
    let message = format!(
        "The value specified for generated column '{column}' in table '{table}' is not allowed."
    );
    SqlError::new(3105, b"HY000", message)
}

/// 3819.
pub(super) fn check_violated(name: &str) -> SqlError {
    SqlError::new(3819, b"HY000", format!("Check constraint '{name}' is violated."))
}

/// 1467.
pub(super) fn no_auto_increment() -> SqlError {
    let message = "Failed to read auto-increment value from storage engine";
    SqlError::new(1467, b"HY000", message)
}

/// 1175.
pub(super) fn unsafe_update() -> SqlError {
    let message = "You are using safe update mode and you tried to update a table without a WHERE that uses \
                   a KEY column. ";
    SqlError::new(1175, b"HY000", message)
}

/// 1288.
pub(super) fn not_updatable(name: &str, statement: &str) -> SqlError {
    let message = format!("The target table {name} of the {statement} is not updatable");
    SqlError::new(1288, b"HY000", message)
}

/// 1471.
pub(super) fn not_insertable(name: &str) -> SqlError {
    let message = format!("The target table {name} of the INSERT is not insertable-into");
    SqlError::new(1471, b"HY000", message)
}

/// 1093.
pub(super) fn read_while_changed(name: &str) -> SqlError {
    let message = format!("You can't specify target table '{name}' for update in FROM clause");
    SqlError::new(1093, b"HY000", message)
}

/// 1109.
pub(super) fn unknown_target(name: &str) -> SqlError {
    SqlError::new(1109, b"42S02", format!("Unknown table '{name}' in MULTI DELETE"))
}

/// 1221.
pub(super) fn wrong_usage(one: &str, other: &str) -> SqlError {
    SqlError::new(1221, b"HY000", format!("Incorrect usage of {one} and {other}"))
}

/// 3008.
pub(super) fn cascade_too_deep() -> SqlError {
    let message = "Foreign key cascade delete/update exceeds max depth of 15.";
    SqlError::new(3008, b"HY000", message)
}

/// 1290: there is no directory that files may be read from.
pub(super) fn no_file_access() -> SqlError {
    let message = "The MySQL server is running with the --secure-file-priv option so it cannot execute this \
                   statement";
    SqlError::new(1290, b"HY000", message)
}

/// 1261.
pub(super) fn too_few_fields(row: u64) -> SqlError {
    SqlError::new(1261, b"01000", format!("Row {row} doesn't contain data for all columns"))
}

/// 1262.
pub(super) fn too_many_fields(row: u64) -> SqlError {
    let message =
        format!("Row {row} was truncated; it contained more data than there were input columns");
    SqlError::new(1262, b"01000", message)
}

/// 1263.
pub(super) fn null_replaced(column: &str, row: u64) -> SqlError {
    let message = format!(
        "Column set to default value; NULL supplied to NOT NULL column '{column}' at row {row}"
    );
    SqlError::new(1263, b"22004", message)
}

/// Whether IGNORE turns the error of one row into a warning.
pub(super) fn is_forgiven(error: &SqlError) -> bool {
    matches!(error.code, 1048 | 1062 | 1242 | 1364 | 1451 | 1452 | 1365 | 3819 | 1690 | 1369 | 1526)
}

/// Makes the error a warning.
pub(super) fn warn_of(error: &SqlError, ctx: &mut EvalContext<'_>) {
    ctx.warn(error.code, error.message.clone());
}
