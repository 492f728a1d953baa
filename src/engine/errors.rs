//! The errors that storage gives, in MySQL's words.

use super::catalog::TableDef;
use crate::value::convert::to_text_as;
use crate::value::{Row, SqlError};

/// 1046: a name without a schema, and no schema is in use.
pub fn no_database() -> SqlError {
    SqlError::new(1046, b"3D000", "No database selected")
}

/// 1049.
pub fn unknown_database(name: &str) -> SqlError {
    SqlError::new(1049, b"42000", format!("Unknown database '{name}'"))
}

/// 1146.
pub fn no_such_table(schema: &str, name: &str) -> SqlError {
    SqlError::new(1146, b"42S02", format!("Table '{schema}.{name}' doesn't exist"))
}

/// 1412.
pub(crate) fn definition_changed() -> SqlError {
    let message = "Table definition has changed, please retry transaction";
    SqlError::new(1412, b"HY000", message)
}

/// 1792.
pub(crate) fn read_only() -> SqlError {
    SqlError::new(1792, b"25006", "Cannot execute statement in a READ ONLY transaction.")
}

/// 1114: the memory budget is used up.
pub(crate) fn table_full(name: &str) -> SqlError {
    SqlError::new(1114, b"HY000", format!("The table '{name}' is full"))
}

/// 1197: the transaction has written more than may be kept for it.
pub(crate) fn transaction_too_large() -> SqlError {
    let message = "Multi-statement transaction required more than 'max_binlog_cache_size' bytes of \
                   storage; increase this mysqld variable and try again";
    SqlError::new(1197, b"HY000", message)
}

/// 1598: the log cannot be trusted to keep anything more.
pub(crate) fn log_broken() -> SqlError {
    let message = "Binary logging not possible. Message: An error occurred during sync of the binary \
                   log. Reads go on; restart the server to write again";
    SqlError::new(1598, b"HY000", message)
}

/// 1105: a transaction of another server before this one could not be committed.
pub(crate) fn cut_off() -> SqlError {
    SqlError::new(1105, b"HY000", "A transaction before this one could not be committed")
}

/// 1053: the engine was shut down first.
pub(crate) fn shut_down() -> SqlError {
    SqlError::new(1053, b"08S01", "Server shutdown in progress")
}

/// 1213.
pub fn deadlock() -> SqlError {
    let message = "Deadlock found when trying to get lock; try restarting transaction";
    SqlError::new(1213, b"40001", message)
}

/// 1205.
pub fn lock_timeout() -> SqlError {
    let message = "Lock wait timeout exceeded; try restarting transaction";
    SqlError::new(1205, b"HY000", message)
}

/// 1206: the lock table is full.
pub(crate) fn too_many_locks() -> SqlError {
    let message = "The total number of locks exceeds the lock table size";
    SqlError::new(1206, b"HY000", message)
}

/// 3572: NOWAIT met a lock.
pub(crate) fn nowait() -> SqlError {
    let message = "Statement aborted because lock(s) could not be acquired immediately and NOWAIT is \
                   set.";
    SqlError::new(3572, b"HY000", message)
}

/// 1305.
pub(crate) fn no_such_savepoint(name: &str) -> SqlError {
    SqlError::new(1305, b"42000", format!("SAVEPOINT {name} does not exist"))
}

/// Longest entry that is shown in 1062, in characters (MySQL's `MAX_KEY_LENGTH` cuts elsewhere; nobody counts).
const MAX_ENTRY: usize = 255;

/// 1062: the row's values in the index at this place of the table's definition are there already.
pub fn duplicate_entry(table: &TableDef, index: usize, row: Option<&Row>) -> SqlError {
    let index = table.indexes.get(index);
    let name = index.map_or("PRIMARY", |index| &index.name);
    let parts = index.map_or(&[][..], |index| &index.parts);
    let values = parts.iter().map(|part| {
        let value = row.and_then(|row| row.values().get(part.column));
        let column = table.columns.get(part.column);
        value.zip(column).map_or_else(String::new, |(value, column)| {
            let text = to_text_as(value, &column.ty);
            text.chars().take(part.prefix.map_or(MAX_ENTRY, |prefix| prefix as usize)).collect()
        })
    });
    let entry: Vec<String> = values.collect();
    let entry = entry.join("-");
    let message = format!("Duplicate entry '{entry}' for key '{}.{name}'", table.name);
    SqlError::new(1062, b"23000", message)
}
