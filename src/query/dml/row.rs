//! Rows as values: whether two are the same, and what duplicates are called.

use crate::engine::catalog::TableDef;
use crate::engine::duplicate_entry;
use crate::query::{EvalContext, Interrupt};
use crate::value::types::ColumnType;
use crate::value::{Row, SqlError, Value};

/// Whether two stored values of a column are one and the same, to the last byte: letters that only compare
/// as equal are a change.
pub(super) fn is_identical(one: &Value, other: &Value, ty: &ColumnType) -> bool {
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::UInt(a), Value::UInt(b)) => a == b,
        (Value::Double(a), Value::Double(b)) => a.to_bits() == b.to_bits(),
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Date(a), Value::Date(b)) => a == b,
        (Value::Time(a), Value::Time(b)) => a == b,
        (Value::DateTime(a), Value::DateTime(b)) => a == b,
        (Value::Member(a), Value::Member(b)) => a.number == b.number,
        (Value::Null, _) | (_, Value::Null) => false,
        _ => {
            let text = |value| crate::value::display::text_of(value, ty);
            text(one) == text(other)
        }
    }
}

/// Whether two rows of a table are one and the same.
pub(super) fn is_unchanged(table: &TableDef, one: &[Value], other: &[Value]) -> bool {
    let pairs = one.iter().zip(other).zip(&table.columns);
    pairs.into_iter().all(|((one, other), column)| is_identical(one, other, &column.ty))
}

/// 1062 for a row, its TIMESTAMPs as the session sees them.
pub(super) fn duplicate(
    table: &TableDef,
    index: usize,
    row: &[Value],
    ctx: &mut EvalContext<'_>,
) -> Result<SqlError, Interrupt> {
    let mut shown = Vec::with_capacity(row.len());
    for (value, column) in row.iter().zip(&table.columns) {
        shown.push(match column.ty {
            ColumnType::Timestamp(_) => ctx.to_local(value.clone())?,
            _ => value.clone(),
        });
    }
    Ok(duplicate_entry(table, index, Some(&Row::new(shown))))
}
