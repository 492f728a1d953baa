//! Golden scripts and properties of tables, write sets and views.

mod model;
mod ranges;
mod script;

use std::sync::Arc;

use super::*;
use crate::value::types::{ColumnType, IntegerSize};
use crate::value::{Row, Value};

/// BIGINT.
fn integer() -> ColumnType {
    ColumnType::Integer { size: IntegerSize::Big, unsigned: false, width: None, zerofill: false }
}

fn key_shape(columns: &[usize], unique: bool) -> KeyShape {
    let part = |column: &usize| KeyPart { column: *column, prefix: None, descending: false };
    KeyShape { parts: columns.iter().map(part).collect(), unique }
}

/// A table of BIGINT columns.
fn shape(columns: usize, primary: Option<KeyShape>, secondary: Vec<KeyShape>) -> Arc<TableShape> {
    let columns = vec![integer(); columns].into();
    Arc::new(TableShape { id: TableId(1), columns, primary, secondary })
}

fn row(values: &[Option<i64>]) -> Row {
    Row::new(values.iter().map(|value| value.map_or(Value::Null, Value::Int)).collect())
}

fn numbers(row: &Row) -> Vec<Option<i64>> {
    let number = |value: &Value| match value {
        Value::Int(number) => Some(*number),
        _ => None,
    };
    row.values().iter().map(number).collect()
}
