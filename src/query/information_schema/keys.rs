//! Indexes.

use super::row::{Wanted, def, escaped, maybe, maybe_number, number, text, yes};
use super::{EvalContext, Rows, Sight};
use crate::engine::Database;
use crate::engine::catalog::{ColumnDef, IndexDef, IndexKind, TableDef};
use crate::value::Value;

/// STATISTICS.
pub fn statistics(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let sight = Sight::of(ctx.session);
    let tables = sight.tables(wanted, "TABLE_SCHEMA");
    Ok(tables.flat_map(|table| table_statistics(&sight.database, table)).collect())
}

/// The rows of a table's indexes.
pub fn table_statistics(database: &Database, table: &TableDef) -> Vec<Vec<Value>> {
    let count = database.tables.get(table.id).map_or(0, |rows| rows.len() as u64);
    let mut rows = Vec::new();
    for index in &table.indexes {
        rows.extend((0..index.parts.len()).map(|at| part_row(table, index, at, count)));
    }
    rows
}

fn part_row(table: &TableDef, index: &IndexDef, at: usize, count: u64) -> Vec<Value> {
    let part = index.parts.get(at);
    let column = part.and_then(|part| table.columns.get(part.column));
    let hidden = column.filter(|column| column.hidden);
    let expression = hidden.and_then(|column| column.generated.as_ref());
    let shown = column.filter(|column| !column.hidden);
    let nullable = column.is_some_and(|column: &ColumnDef| column.nullable);
    let descending = part.is_some_and(|part| part.descending);
    vec![
        def(),
        text(&table.schema),
        text(&table.name),
        number(u64::from(index.kind == IndexKind::Plain)),
        text(&table.schema),
        text(&index.name),
        number(at as u64 + 1),
        maybe(shown.map(|column| &column.name)),
        text(if descending { "D" } else { "A" }),
        number(count),
        maybe_number(part.and_then(|part| part.prefix).map(u64::from)),
        Value::Null,
        text(if nullable { "YES" } else { "" }),
        text("BTREE"),
        text(""),
        text(&index.comment),
        yes(index.visible),
        maybe(expression.map(|generated| escaped(&generated.sql))),
    ]
}
