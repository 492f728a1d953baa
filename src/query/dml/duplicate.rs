//! Rows that ran into a unique key: the error's words.

use crate::engine::Duplicate;
use crate::engine::catalog::TableDef;
use crate::value::convert::to_text_as;
use crate::value::{SqlError, Value};

/// 1062: `Duplicate entry '1-a' for key 't.PRIMARY'`.
pub fn error(table: &TableDef, duplicate: &Duplicate) -> SqlError {
    let Some(index) = table.indexes.get(duplicate.index) else {
        return SqlError::new(1062, b"23000", "Duplicate entry");
    };
    let values = duplicate.row.values();
    let parts: Vec<String> = index
        .parts
        .iter()
        .map(|part| match (values.get(part.column), table.columns.get(part.column)) {
            (Some(Value::Null), _) | (None, _) | (_, None) => "NULL".to_owned(),
            (Some(value), Some(column)) => {
                let text = to_text_as(value, &column.ty);
                match part.prefix {
                    Some(prefix) => text.chars().take(prefix as usize).collect(),
                    None => text.to_string(),
                }
            }
        })
        .collect();
    let entry = parts.join("-");
    let message = format!("Duplicate entry '{entry}' for key '{}.{}'", table.name, index.name);
    SqlError::new(1062, b"23000", message)
}
