//! Carrying out catalog changes: first what takes long, then what must happen in order.
//!
//! ```text
//! prepare  in the session, under its metadata locks: ids are given, rows converted, indexes built
//! apply    where states are published: the newest state gets the new definitions and rows
//! ```
//!
//! Other tables may change between the two, so `apply` touches only what the statement has locked.
//! Recovery does both at once, one statement after the other.

mod limits;
mod prepare;
mod rename;

use std::sync::Arc;

pub(crate) use limits::Limits;
pub(crate) use prepare::{Ids, auto_value, prepare, rebuild};

use super::Database;
use super::catalog::{Catalog, SchemaDef, TableDef, TableName, ViewDef};
use crate::store::{Table, TableId};
use crate::value::types::CollationId;

/// One step, ready to be applied.
#[derive(Debug, Clone)]
pub(crate) enum Prepared {
    CreateSchema(SchemaDef),
    DropSchema(Arc<str>),
    AlterSchema(Arc<str>, CollationId),
    /// A definition with new rows, in place of the table of the old name.
    Replace {
        old: Option<TableName>,
        new: Arc<TableDef>,
        rows: Box<Table>,
    },
    /// A definition for the same rows.
    Redefine {
        old: TableName,
        new: Arc<TableDef>,
    },
    DropTables(Vec<TableName>),
    Rename(Vec<(TableName, TableName)>),
    CreateView(ViewDef),
    DropViews(Vec<TableName>),
    SetAutoIncrement(TableId, u64),
}

/// Carries out prepared steps on a state. Gives the tables that are gone: freeing a large one takes time,
/// which is better spent elsewhere.
pub(crate) fn apply(steps: &[Prepared], database: &mut Database) -> Vec<Arc<Table>> {
    let mut gone = Vec::new();
    for step in steps {
        apply_step(step, database, &mut gone);
    }
    gone
}

fn apply_step(step: &Prepared, database: &mut Database, gone: &mut Vec<Arc<Table>>) {
    let Database { catalog, tables, .. } = database;
    let catalog = Arc::make_mut(catalog);
    match step {
        Prepared::CreateSchema(schema) => catalog.put_schema(schema.clone()),
        Prepared::DropSchema(name) => {
            let ids: Vec<TableId> = tables_of(catalog, name);
            gone.extend(ids.into_iter().filter_map(|id| tables.remove(id)));
            catalog.drop_schema(name);
        }
        Prepared::AlterSchema(name, collation) => {
            catalog.edit_schema(name, |schema| schema.collation = *collation);
        }
        Prepared::Replace { old, new, rows } => {
            if let Some(old) = old.as_ref().and_then(|old| catalog.drop_named(old)) {
                gone.extend(tables.remove(old.id));
            }
            tables.insert(Table::clone(rows));
            put(catalog, old.as_ref(), new);
        }
        Prepared::Redefine { old, new } => {
            catalog.drop_named(old);
            put(catalog, Some(old), new);
        }
        Prepared::DropTables(names) => {
            let dropped = names.iter().filter_map(|name| catalog.drop_named(name));
            gone.extend(dropped.filter_map(|table| tables.remove(table.id)));
        }
        Prepared::Rename(pairs) => {
            pairs.iter().for_each(|(old, new)| rename::rename(catalog, old, new));
        }
        Prepared::CreateView(view) => catalog.put_view(view.clone()),
        Prepared::DropViews(names) => {
            names.iter().for_each(|view| catalog.drop_view(&view.schema, &view.name));
        }
        Prepared::SetAutoIncrement(id, next) => {
            if let Some(table) = tables.get(*id) {
                table.counters().set_auto(*next);
            }
        }
    }
}

/// Adds a definition; what pointed to the table under its old name goes on doing so.
fn put(catalog: &mut Catalog, old: Option<&TableName>, new: &Arc<TableDef>) {
    catalog.put_table(new.clone());
    let name = new.full_name();
    if let Some(old) = old.filter(|old| **old != name) {
        rename::move_references(catalog, old, &name);
    }
}

fn tables_of(catalog: &Catalog, schema: &str) -> Vec<TableId> {
    let schema = catalog.schema(schema);
    schema.map_or_else(Vec::new, |schema| schema.tables().map(|table| table.id).collect())
}
