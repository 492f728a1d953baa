//! Indexes.

use super::row::{Wanted, def, escaped, maybe, maybe_number, number, text, yes};
use super::{EvalContext, Rows, Sight};
use crate::engine::Database;
use crate::engine::catalog::{ColumnDef, IndexDef, IndexKind, IndexPart, TableDef};
use crate::store::{Direction, Key, KeyRange, View};
use crate::value::Value;

/// Rows that are looked at to tell how many different keys an index has.
const SAMPLED_ROWS: u64 = 1_000;

/// STATISTICS.
pub fn statistics(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let sight = Sight::of(ctx.session);
    let tables = sight.tables(wanted, "TABLE_SCHEMA");
    Ok(tables.flat_map(|table| table_statistics(&sight.database, table)).collect())
}

/// The rows of a table's indexes.
pub fn table_statistics(database: &Database, table: &TableDef) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for (place, index) in table.indexes.iter().enumerate() {
        let counts = distinct_keys(database, table, place);
        let parts = (0..index.parts.len()).zip(counts);
        rows.extend(parts.map(|(at, count)| part_row(table, index, at, count)));
    }
    rows
}

/// How many different keys an index has, for its first part, its first two and so on: counted where there are
/// few rows, else what the first ones let expect.
fn distinct_keys(database: &Database, table: &TableDef, place: usize) -> Vec<u64> {
    let parts = table.indexes.get(place).map_or(&[][..], |index| &index.parts);
    let mut counts = vec![0u64; parts.len()];
    let total = database.tables.get(table.id).map_or(0, |rows| rows.len() as u64);
    let view = View::new(&database.tables, None);
    let index = table.index_no(place);
    let mut before: Option<Vec<Key>> = None;
    let mut seen = 0u64;
    if total > 0 {
        for found in view.scan(table.id, index, &KeyRange::all(), Direction::Forward) {
            let value = |part: &IndexPart| {
                found.row.values().get(part.column).cloned().unwrap_or(Value::Null)
            };
            let values: Vec<Value> = parts.iter().map(value).collect();
            let prefix = |length: usize| {
                table.shape.search_key(index, values.get(..length).unwrap_or_default())
            };
            let keys: Vec<Key> = (1..=parts.len()).map(prefix).collect();
            for (at, (count, key)) in counts.iter_mut().zip(&keys).enumerate() {
                let same = before.as_ref().and_then(|before| before.get(at)) == Some(key);
                *count += u64::from(!same);
            }
            before = Some(keys);
            seen += 1;
            if seen == SAMPLED_ROWS {
                break;
            }
        }
    }
    let expected = |count: u64| match seen {
        0 => 0,
        _ => {
            u64::try_from(u128::from(count) * u128::from(total) / u128::from(seen)).unwrap_or(total)
        }
    };
    counts.into_iter().map(expected).collect()
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
