//! Foreign keys: the columns on both sides, the indexes that they need, their names.

use std::sync::Arc;

use super::{Scene, errors, indexes, names};
use crate::engine::catalog::{
    ForeignKeyAction, ForeignKeyDef, IndexDef, IndexKind, IndexPart, TableDef, TableName, same_name,
};
use crate::sql::statement::ast::{ForeignKey, ReferenceAction};
use crate::value::SqlError;
use crate::value::types::ColumnType;

/// Adds a foreign key, with the index it needs.
///
/// # Errors
/// 1072, 1215, 1239, 1822, 1824, 1826, 1830, 3734, 3780.
pub fn add(scene: &Scene<'_>, table: &mut TableDef, key: &ForeignKey) -> Result<(), SqlError> {
    let given = key.constraint.as_deref();
    let name = match given {
        Some(name) => {
            names::check_constraint(name)?;
            name.to_owned()
        }
        None => free_name(scene, table),
    };
    if is_taken(scene, table, &name) {
        return Err(errors::duplicate_foreign_key(&name));
    }
    let schema = key.parent.schema.as_deref().unwrap_or(&table.schema);
    let parent = TableName::new(schema, &key.parent.name);
    let parent_columns = match key.parent_columns.is_empty() {
        true => primary_columns(scene, table, &parent)?,
        false => key.parent_columns.iter().map(|name| name.as_str().into()).collect(),
    };
    if key.columns.len() != parent_columns.len() {
        return Err(errors::bad_foreign_key(
            given.or(key.index.as_deref()).unwrap_or("foreign key without name"),
        ));
    }
    let find = |name: &String| table.column_index(name).ok_or_else(|| errors::no_key_column(name));
    let columns = key.columns.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let definition = ForeignKeyDef {
        name: name.as_str().into(),
        columns,
        parent,
        parent_columns,
        on_delete: action(key.on_delete),
        on_update: action(key.on_update),
    };
    check_actions(table, &definition)?;
    if scene.context.foreign_key_checks && !scene.context.replay {
        check_parent(scene, table, &definition)?;
    }
    add_index(table, &definition, key.index.as_deref().or(given));
    table.foreign_keys.push(definition);
    Ok(())
}

/// The columns that REFERENCES means where it names none: the parent's primary key.
fn primary_columns(
    scene: &Scene<'_>,
    table: &TableDef,
    parent: &TableName,
) -> Result<Vec<Arc<str>>, SqlError> {
    let own = *parent == table.full_name();
    let found = scene.database.catalog.table(&parent.schema, &parent.name).map(|table| &**table);
    let found = if own { Some(table) } else { found };
    let found = found.ok_or_else(|| errors::no_parent_table(&parent.name))?;
    let parts = found.primary().map_or(&[][..], |primary| &primary.parts);
    let name = |part: &IndexPart| Some(found.columns.get(part.column)?.name.clone());
    Ok(parts.iter().filter_map(name).collect())
}

fn action(action: Option<ReferenceAction>) -> ForeignKeyAction {
    match action {
        None | Some(ReferenceAction::NoAction) => ForeignKeyAction::NoAction,
        Some(ReferenceAction::Restrict) => ForeignKeyAction::Restrict,
        Some(ReferenceAction::Cascade) => ForeignKeyAction::Cascade,
        Some(ReferenceAction::SetNull) => ForeignKeyAction::SetNull,
        Some(ReferenceAction::SetDefault) => ForeignKeyAction::SetDefault,
    }
}

fn check_actions(table: &TableDef, key: &ForeignKeyDef) -> Result<(), SqlError> {
    let actions = [key.on_delete, key.on_update];
    if table.temporary || actions.contains(&ForeignKeyAction::SetDefault) {
        return Err(errors::cannot_add_foreign_key());
    }
    let columns = key.columns.iter().filter_map(|at| table.columns.get(*at));
    for column in columns {
        if actions.contains(&ForeignKeyAction::SetNull) && !column.nullable {
            return Err(errors::set_null_on_not_null(&column.name, &key.name));
        }
    }
    Ok(())
}

/// The parent is there, has the columns, and an index that begins with them.
fn check_parent(scene: &Scene<'_>, table: &TableDef, key: &ForeignKeyDef) -> Result<(), SqlError> {
    let own = key.parent.schema == table.schema && key.parent.name == table.name;
    let found = scene.database.catalog.table(&key.parent.schema, &key.parent.name);
    let parent =
        if own { table } else { found.ok_or_else(|| errors::no_parent_table(&key.parent.name))? };
    let mut places = Vec::with_capacity(key.columns.len());
    for (at, name) in key.columns.iter().zip(&key.parent_columns) {
        let missing = || errors::no_parent_column(name, &key.name, &parent.name);
        let place = parent.column_index(name).ok_or_else(missing)?;
        let types = (table.columns.get(*at), parent.columns.get(place));
        if let (Some(child), Some(parent)) = types
            && !fit(&child.ty, &parent.ty)
        {
            return Err(errors::incompatible_foreign_key(&child.name, &parent.name, &key.name));
        }
        places.push(place);
    }
    let indexed = parent
        .indexes
        .iter()
        .any(|index| begins_with(index, &places) || begins_with_set(index, &places));
    if indexed { Ok(()) } else { Err(errors::no_parent_index(&key.name, &parent.name)) }
}

/// Whether keys of these types can be compared byte by byte, as InnoDB does it.
pub fn fit(child: &ColumnType, parent: &ColumnType) -> bool {
    use ColumnType::{Binary, Char, Integer};
    match (child, parent) {
        (Integer { size: a, unsigned: b, .. }, Integer { size: c, unsigned: d, .. }) => {
            (a, b) == (c, d)
        }
        (Char { collation: a, .. }, Char { collation: b, .. }) => a == b,
        (Binary { .. }, Binary { .. }) => true,
        (child, parent) => std::mem::discriminant(child) == std::mem::discriminant(parent),
    }
}

/// Whether the index begins with these columns, whole, in this order.
pub fn begins_with(index: &IndexDef, columns: &[usize]) -> bool {
    index.parts.len() >= columns.len()
        && index
            .parts
            .iter()
            .zip(columns)
            .all(|(part, at)| part.column == *at && part.prefix.is_none())
}

fn begins_with_set(index: &IndexDef, columns: &[usize]) -> bool {
    let first = index.parts.iter().take(columns.len());
    index.parts.len() >= columns.len()
        && first.clone().all(|part| part.prefix.is_none() && columns.contains(&part.column))
        && columns.iter().all(|at| first.clone().any(|part| part.column == *at))
}

/// The index that finds children by their parent, unless one does already.
fn add_index(table: &mut TableDef, key: &ForeignKeyDef, name: Option<&str>) {
    if table.indexes.iter().any(|index| begins_with(index, &key.columns)) {
        return;
    }
    let first = key.columns.first().and_then(|at| table.columns.get(*at));
    let base = name.unwrap_or_else(|| first.map_or("key", |column| &column.name)).to_owned();
    let name = indexes::free_name(table, &base);
    let part = |at: &usize| IndexPart { column: *at, prefix: None, descending: false };
    table.indexes.push(IndexDef {
        name: name.into(),
        kind: IndexKind::Plain,
        parts: key.columns.iter().map(part).collect(),
        comment: "".into(),
        visible: true,
    });
}

fn free_name(scene: &Scene<'_>, table: &TableDef) -> String {
    let name = |n: u32| format!("{}_ibfk_{n}", table.name);
    (1..).map(name).find(|name| !is_taken(scene, table, name)).unwrap_or_default()
}

/// Names of foreign keys are the schema's.
fn is_taken(scene: &Scene<'_>, table: &TableDef, name: &str) -> bool {
    let has = |table: &TableDef| table.foreign_keys.iter().any(|key| same_name(&key.name, name));
    let schema = scene.database.catalog.schema(&table.schema);
    let elsewhere = schema.is_some_and(|schema| {
        schema.tables().filter(|other| other.name != table.name).any(|other| has(other))
    });
    has(table) || elsewhere
}
