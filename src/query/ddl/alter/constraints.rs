//! Actions on indexes, foreign keys and checks: what is dropped goes before what is added comes.

use super::super::{Scene, checks, errors, foreign_keys, indexes, names};
use super::draft::Draft;
use crate::engine::catalog::{IndexKind, TableDef, same_name};
use crate::sql::statement::ast::AlterAction;
use crate::value::SqlError;

/// Carries out an action if it is one on indexes or constraints.
pub fn apply(
    scene: &mut Scene<'_>,
    draft: &mut Draft,
    action: &AlterAction,
) -> Result<(), SqlError> {
    let table = &mut draft.table;
    match action {
        AlterAction::AddIndex(index) => {
            indexes::add(scene, table, index)?;
            draft.settle_hidden();
            Ok(())
        }
        AlterAction::AddForeignKey(key) => {
            foreign_keys::add(scene, table, key)?;
            super::rows::check_parents(scene, draft)
        }
        AlterAction::AddCheck(check) => {
            checks::add(scene, table, check, None)?;
            draft.checks_changed |= check.enforced;
            Ok(())
        }
        AlterAction::AlterCheck { name, enforced } => {
            let check = table.checks.iter_mut().find(|check| same_name(&check.name, name));
            let check = check.ok_or_else(|| errors::no_check(name))?;
            draft.checks_changed |= *enforced && !check.enforced;
            check.enforced = *enforced;
            Ok(())
        }
        AlterAction::AlterIndex { name, visible } => {
            let (at, _) = table.index(name).ok_or_else(|| errors::no_key(name, &table.name))?;
            match table.indexes.get_mut(at) {
                Some(index) if index.kind == IndexKind::Primary => Err(errors::invisible_primary()),
                Some(index) => {
                    index.visible = *visible;
                    Ok(())
                }
                None => Ok(()),
            }
        }
        AlterAction::RenameIndex { old, new } => rename_index(table, old, new),
        _ => Ok(()),
    }
}

/// DROP FOREIGN KEY, before the indexes that foreign keys need may go.
pub fn drop_keys(draft: &mut Draft, action: &AlterAction) -> Result<(), SqlError> {
    match action {
        AlterAction::DropForeignKey(name) => drop_foreign_key(&mut draft.table, name),
        _ => Ok(()),
    }
}

/// DROP INDEX, DROP CHECK and DROP CONSTRAINT, before columns go.
pub fn drop_others(draft: &mut Draft, action: &AlterAction) -> Result<(), SqlError> {
    match action {
        AlterAction::DropIndex(name) => drop_index(draft, name),
        AlterAction::DropPrimaryKey => drop_index(draft, "PRIMARY"),
        AlterAction::DropCheck(name) => drop_check(&mut draft.table, name),
        AlterAction::DropConstraint(name) => drop_constraint(draft, name),
        _ => Ok(()),
    }
}

fn drop_index(draft: &mut Draft, name: &str) -> Result<(), SqlError> {
    let (at, _) = draft.table.index(name).ok_or_else(|| errors::cannot_drop(name))?;
    let index = draft.table.indexes.remove(at);
    draft.dropped.push(index.name);
    Ok(())
}

/// 1553 where an index was dropped that a foreign key, of this table or to it, still needs.
pub fn check_needed(scene: &Scene<'_>, draft: &Draft) -> Result<(), SqlError> {
    let Some(dropped) = draft.dropped.first() else { return Ok(()) };
    let table = &draft.table;
    let served = |columns: &[usize]| {
        table.indexes.iter().any(|index| foreign_keys::begins_with(index, columns))
    };
    let own = table.foreign_keys.iter().all(|key| served(&key.columns));
    let catalog = &scene.database.catalog;
    let references = catalog.references_to(&table.schema, &table.name).iter();
    let mut keys = references.filter_map(|reference| {
        catalog.table_by_id(reference.child_id)?.foreign_keys.get(reference.foreign_key)
    });
    let others = keys.all(|key| {
        let columns = key.parent_columns.iter().map(|name| table.column_index(name));
        columns.collect::<Option<Vec<_>>>().is_none_or(|columns| served(&columns))
    });
    match own && (others || !scene.context.foreign_key_checks) {
        true => Ok(()),
        false => Err(errors::index_in_foreign_key(dropped)),
    }
}

fn drop_foreign_key(table: &mut TableDef, name: &str) -> Result<(), SqlError> {
    let at = table.foreign_keys.iter().position(|key| same_name(&key.name, name));
    table.foreign_keys.remove(at.ok_or_else(|| errors::cannot_drop(name))?);
    Ok(())
}

fn drop_check(table: &mut TableDef, name: &str) -> Result<(), SqlError> {
    let at = table.checks.iter().position(|check| same_name(&check.name, name));
    table.checks.remove(at.ok_or_else(|| errors::no_check(name))?);
    Ok(())
}

fn drop_constraint(draft: &mut Draft, name: &str) -> Result<(), SqlError> {
    let table = &mut draft.table;
    if drop_foreign_key(table, name).is_ok() || drop_check(table, name).is_ok() {
        return Ok(());
    }
    match table.index(name) {
        Some((_, index)) if index.kind != IndexKind::Plain => drop_index(draft, name),
        _ => Err(errors::no_constraint(name)),
    }
}

fn rename_index(table: &mut TableDef, old: &str, new: &str) -> Result<(), SqlError> {
    names::check_index(new)?;
    let (at, _) = table.index(old).ok_or_else(|| errors::no_key(old, &table.name))?;
    if same_name(old, "PRIMARY") || same_name(new, "PRIMARY") {
        return Err(errors::bad_index_name("PRIMARY"));
    }
    if table.index(new).is_some_and(|(other, _)| other != at) {
        return Err(errors::duplicate_key_name(new));
    }
    if let Some(index) = table.indexes.get_mut(at) {
        index.name = new.into();
    }
    Ok(())
}
