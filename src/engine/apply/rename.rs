//! Renaming a table, and what points to it.

use std::sync::Arc;

use crate::engine::catalog::{Catalog, ForeignKeyDef, TableDef, TableName};

/// Gives a table or view another name, perhaps in another schema. Foreign keys that point to the table follow
/// it, as MySQL has it.
pub(super) fn rename(catalog: &mut Catalog, old: &TableName, new: &TableName) {
    if let Some(view) = catalog.view(&old.schema, &old.name) {
        let mut view = view.as_ref().clone();
        catalog.drop_view(&old.schema, &old.name);
        view.schema = new.schema.clone();
        view.name = new.name.clone();
        catalog.put_view(view);
        return;
    }
    let Some(table) = catalog.drop_named(old) else { return };
    let mut table = TableDef::clone(&table);
    table.schema = new.schema.clone();
    table.name = new.name.clone();
    table.version += 1;
    catalog.put_table(Arc::new(table));
    move_references(catalog, old, new);
}

/// Lets the foreign keys to `old` point to `new`.
pub(super) fn move_references(catalog: &mut Catalog, old: &TableName, new: &TableName) {
    let references = catalog.references_to(&old.schema, &old.name);
    let mut children: Vec<TableName> = references.iter().map(|one| one.child.clone()).collect();
    children.dedup();
    for child in children {
        let Some(table) = catalog.table(&child.schema, &child.name) else { continue };
        let mut table = TableDef::clone(table);
        table.foreign_keys.iter_mut().for_each(|key| follow(key, old, new));
        catalog.put_table(Arc::new(table));
    }
}

fn follow(key: &mut ForeignKeyDef, old: &TableName, new: &TableName) {
    if key.parent == *old {
        key.parent = new.clone();
    }
}
