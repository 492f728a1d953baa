//! Columns of foreign keys that change their type: on either side they must go on fitting the other.

use super::super::foreign_keys::fit;
use super::super::{Scene, errors};
use super::draft::{Draft, Source};
use crate::engine::catalog::{ColumnDef, ForeignKeyDef, TableDef, same_name};
use crate::value::SqlError;
use crate::value::types::ColumnType;

/// Looks at the table's own foreign keys and at those that point to it.
///
/// # Errors
/// 1830, 1832, 1833, 3780.
pub fn check(scene: &Scene<'_>, old: &TableDef, draft: &Draft) -> Result<(), SqlError> {
    if scene.context.replay {
        return Ok(());
    }
    let changed = changed_columns(old, draft);
    if changed.is_empty() {
        return Ok(());
    }
    for key in &draft.table.foreign_keys {
        if old.foreign_keys.iter().any(|before| before.name == key.name) {
            check_child(scene, &changed, draft, key)?;
        }
    }
    check_children(scene, &changed, old)
}

/// A column that is another than before: its place, the old one, the new one.
struct Changed<'a> {
    at: usize,
    before: &'a ColumnDef,
    after: &'a ColumnDef,
}

fn changed_columns<'a>(old: &'a TableDef, draft: &'a Draft) -> Vec<Changed<'a>> {
    let columns = draft.table.columns.iter().zip(&draft.sources).enumerate();
    let changed = columns.filter_map(|(at, (after, source))| {
        let Source::Old(place) = source else { return None };
        let before = old.columns.get(*place)?;
        let differs = before.ty != after.ty || before.nullable != after.nullable;
        differs.then_some(Changed { at, before, after })
    });
    changed.collect()
}

fn check_child(
    scene: &Scene<'_>,
    changed: &[Changed<'_>],
    draft: &Draft,
    key: &ForeignKeyDef,
) -> Result<(), SqlError> {
    use crate::engine::catalog::ForeignKeyAction::SetNull;
    let own = key.parent == draft.table.full_name();
    let found = scene.database.catalog.table(&key.parent.schema, &key.parent.name);
    let parent = if own { Some(&draft.table) } else { found.map(|table| &**table) };
    for (at, name) in key.columns.iter().zip(&key.parent_columns) {
        let Some(column) = changed.iter().find(|column| column.at == *at) else { continue };
        let nulls = key.on_delete == SetNull || key.on_update == SetNull;
        if nulls && !column.after.nullable {
            return Err(errors::set_null_on_not_null(&column.after.name, &key.name));
        }
        if let Some(other) = parent.and_then(|parent| parent.column(name)) {
            check_fit(scene, column, (&column.after.name, &other.name, &key.name), &other.ty)?;
        }
        if scene.context.foreign_key_checks && is_longer(column) {
            return Err(errors::cannot_change_child(&column.after.name, &key.name));
        }
    }
    Ok(())
}

fn check_children(
    scene: &Scene<'_>,
    changed: &[Changed<'_>],
    old: &TableDef,
) -> Result<(), SqlError> {
    for reference in scene.database.catalog.references_to(&old.schema, &old.name) {
        let child = scene.database.catalog.table_by_id(reference.child_id);
        let Some(child) = child.filter(|child| child.id != old.id) else { continue };
        let Some(key) = child.foreign_keys.get(reference.foreign_key) else { continue };
        for (at, name) in key.columns.iter().zip(&key.parent_columns) {
            let named = |column: &&Changed<'_>| same_name(&column.before.name, name);
            let Some(column) = changed.iter().find(named) else { continue };
            let Some(other) = child.columns.get(*at) else { continue };
            let names = (&*other.name, &*column.after.name, &*key.name);
            check_fit(scene, column, names, &other.ty)?;
            if scene.context.foreign_key_checks && is_longer(column) {
                let name = format!("{}.{}", child.schema, child.name);
                return Err(errors::cannot_change_parent(&column.after.name, &key.name, name));
            }
        }
    }
    Ok(())
}

/// 3780: another type, or with checks on another character set.
fn check_fit(
    scene: &Scene<'_>,
    column: &Changed<'_>,
    (child, parent, key): (&str, &str, &str),
    other: &ColumnType,
) -> Result<(), SqlError> {
    let texts =
        matches!((&column.after.ty, other), (ColumnType::Char { .. }, ColumnType::Char { .. }));
    let judged =
        column.before.ty != column.after.ty && (scene.context.foreign_key_checks || !texts);
    match judged && !fit(&column.after.ty, other) {
        true => Err(errors::incompatible_foreign_key(child, parent, key)),
        false => Ok(()),
    }
}

/// Whether the column holds text of another form or length than before: its keys are others then.
fn is_longer(column: &Changed<'_>) -> bool {
    column.before.ty != column.after.ty
        && matches!(column.after.ty, ColumnType::Char { .. } | ColumnType::Binary { .. })
}
