//! Constraints: keys, foreign keys, checks.

use std::sync::Arc;

use super::row::{Wanted, def, maybe, maybe_number, number, text, yes};
use super::tables::wanted_schemas;
use super::{EvalContext, Interrupt};
use crate::engine::Database;
use crate::engine::catalog::{ForeignKeyDef, IndexDef, IndexKind, TableDef, same_name};
use crate::query::show::action_name;
use crate::value::Value;

type Rows = Result<Vec<Vec<Value>>, Interrupt>;

/// The rows that `make` has for each table that may be wanted.
fn of_tables(
    ctx: &mut EvalContext<'_>,
    wanted: &Wanted<'_>,
    make: impl Fn(&Database, &TableDef, &mut Vec<Vec<Value>>),
) -> Rows {
    let database = ctx.session.engine.database();
    let mut rows = Vec::new();
    for schema in wanted_schemas(&database, wanted, "CONSTRAINT_SCHEMA") {
        let may = |table: &&Arc<TableDef>| wanted.may("TABLE_NAME", &table.name);
        let may = |table: &&Arc<TableDef>| may(table) && wanted.may("TABLE_SCHEMA", &table.schema);
        schema.tables().filter(may).for_each(|table| make(&database, table, &mut rows));
    }
    Ok(rows)
}

fn keys(table: &TableDef) -> impl Iterator<Item = &IndexDef> {
    table.indexes.iter().filter(|index| index.kind != IndexKind::Plain)
}

fn column_name(table: &TableDef, at: usize) -> Value {
    maybe(table.columns.get(at).filter(|column| !column.hidden).map(|column| &column.name))
}

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

pub fn checks(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    of_tables(ctx, wanted, |_, table, rows| {
        for check in &table.checks {
            rows.push(vec![def(), text(&table.schema), text(&check.name), text(&check.sql)]);
        }
    })
}
