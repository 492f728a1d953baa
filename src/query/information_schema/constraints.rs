//! Constraints: keys, foreign keys, checks.

use std::sync::Arc;

use super::row::{Wanted, def, escaped, maybe, maybe_number, number, text, yes};
use super::{EvalContext, Rows, Sight};
use crate::engine::Database;
use crate::engine::catalog::{ForeignKeyDef, IndexDef, IndexKind, TableDef, same_name};
use crate::query::show::action_name;
use crate::value::Value;

/// The rows that `make` has for each table that may be wanted.
fn of_tables(
    ctx: &mut EvalContext<'_>,
    wanted: &Wanted<'_>,
    make: impl Fn(&Database, &TableDef, &mut Vec<Vec<Value>>),
) -> Rows {
    let sight = Sight::of(ctx.session);
    let mut rows = Vec::new();
    sight
        .tables(wanted, "CONSTRAINT_SCHEMA")
        .filter(|table| wanted.may("TABLE_SCHEMA", &table.schema))
        .for_each(|table| make(&sight.database, table, &mut rows));
    Ok(rows)
}

fn keys(table: &TableDef) -> impl Iterator<Item = &IndexDef> {
    table.indexes.iter().filter(|index| index.kind != IndexKind::Plain)
}

fn column_name(table: &TableDef, at: usize) -> Value {
    maybe(table.columns.get(at).filter(|column| !column.hidden).map(|column| &column.name))
}

/// KEY_COLUMN_USAGE.
pub fn key_column_usage(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    of_tables(ctx, wanted, |_, table, rows| {
        let head = |name: &str| {
            vec![
                def(),
                text(&table.schema),
                text(name),
                def(),
                text(&table.schema),
                text(&table.name),
            ]
        };
        for index in keys(table) {
            for (place, part) in index.parts.iter().enumerate() {
                let mut row = head(&index.name);
                row.extend([column_name(table, part.column), number(place as u64 + 1)]);
                row.extend(std::iter::repeat_n(Value::Null, 4));
                rows.push(row);
            }
        }
        for key in &table.foreign_keys {
            for (place, (column, parent)) in key.columns.iter().zip(&key.parent_columns).enumerate()
            {
                let ordinal = place as u64 + 1;
                let mut row = head(&key.name);
                row.extend([
                    column_name(table, *column),
                    number(ordinal),
                    maybe_number(Some(ordinal)),
                ]);
                row.extend([text(&key.parent.schema), text(&key.parent.name), text(parent)]);
                rows.push(row);
            }
        }
    })
}

/// TABLE_CONSTRAINTS.
pub fn table_constraints(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    of_tables(ctx, wanted, |_, table, rows| {
        let mut row = |name: &str, kind: &str, enforced: bool| {
            let (schema, table) = (text(&table.schema), text(&table.name));
            rows.push(vec![
                def(),
                schema.clone(),
                text(name),
                schema,
                table,
                text(kind),
                yes(enforced),
            ]);
        };
        for index in keys(table) {
            let primary = index.kind == IndexKind::Primary;
            row(&index.name, if primary { "PRIMARY KEY" } else { "UNIQUE" }, true);
        }
        table.foreign_keys.iter().for_each(|key| row(&key.name, "FOREIGN KEY", true));
        table.checks.iter().for_each(|check| row(&check.name, "CHECK", check.enforced));
    })
}

/// TABLE_CONSTRAINTS_EXTENSIONS.
pub fn extensions(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    of_tables(ctx, wanted, |_, table, rows| {
        for index in keys(table) {
            let (schema, table) = (text(&table.schema), text(&table.name));
            rows.push(vec![def(), schema, text(&index.name), table, Value::Null, Value::Null]);
        }
    })
}

/// REFERENTIAL_CONSTRAINTS.
pub fn referential(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    of_tables(ctx, wanted, |database, table, rows| {
        for key in &table.foreign_keys {
            rows.push(vec![
                def(),
                text(&table.schema),
                text(&key.name),
                def(),
                text(&key.parent.schema),
                maybe(parent_index(database, key)),
                text("NONE"),
                text(action_name(key.on_update)),
                text(action_name(key.on_delete)),
                text(&table.name),
                text(&key.parent.name),
            ]);
        }
    })
}

/// The parent's key that a foreign key points to.
fn parent_index(database: &Database, key: &ForeignKeyDef) -> Option<Arc<str>> {
    let parent = database.catalog.table(&key.parent.schema, &key.parent.name)?;
    let begins = |index: &&IndexDef| {
        let named = |(part, name): (&crate::engine::catalog::IndexPart, &Arc<str>)| {
            parent.columns.get(part.column).is_some_and(|column| same_name(&column.name, name))
        };
        index.parts.len() >= key.parent_columns.len()
            && index.parts.iter().zip(&key.parent_columns).all(named)
    };
    keys(parent).find(begins).map(|index| index.name.clone())
}

/// CHECK_CONSTRAINTS.
pub fn checks(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    of_tables(ctx, wanted, |_, table, rows| {
        for check in &table.checks {
            rows.push(vec![
                def(),
                text(&table.schema),
                text(&check.name),
                text(escaped(&check.sql)),
            ]);
        }
    })
}
