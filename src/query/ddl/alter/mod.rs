//! ALTER TABLE, CREATE INDEX, DROP INDEX.
//!
//! ```text
//! old TableDef ── Draft: actions on columns, then on indexes and constraints ──▶ new TableDef
//!                   └── sources: where each column's values come from ──▶ RowConversion
//! ```

mod columns;
mod computed;
mod constraints;
mod draft;
mod rows;

use std::sync::Arc;

use super::{Plan, Scene, TemporaryChange, errors, names, options};
use crate::engine::CatalogChange;
use crate::engine::catalog::{TableDef, TableName};
use crate::sql::statement::ast::{AlterAction, AlterTable, CreateIndex, DropIndex, TableOption};
use crate::value::SqlError;
use draft::Draft;

/// ALTER TABLE.
///
/// # Errors
/// Whatever MySQL refuses.
pub fn alter(scene: &mut Scene<'_>, alter: &AlterTable) -> Result<Plan, SqlError> {
    let old = scene.table(&alter.table)?;
    let mut draft = Draft::new(&old);
    for action in &alter.actions {
        constraints::drop_keys(&mut draft, action)?;
    }
    for action in &alter.actions {
        constraints::drop_others(&mut draft, action)?;
    }
    for action in &alter.actions {
        columns::apply(scene, &mut draft, action)?;
    }
    for action in &alter.actions {
        constraints::apply(scene, &mut draft, action)?;
    }
    for action in &alter.actions {
        whole_table(scene, &mut draft, action)?;
    }
    finish(scene, &old, draft)
}

/// CREATE INDEX.
///
/// # Errors
/// As ALTER TABLE … ADD INDEX.
pub fn create_index(scene: &mut Scene<'_>, create: &CreateIndex) -> Result<Plan, SqlError> {
    let action = AlterAction::AddIndex(create.index.clone());
    alter(scene, &AlterTable { table: create.table.clone(), actions: vec![action] })
}

/// DROP INDEX.
///
/// # Errors
/// As ALTER TABLE … DROP INDEX.
pub fn drop_index(scene: &mut Scene<'_>, drop: &DropIndex) -> Result<Plan, SqlError> {
    let action = AlterAction::DropIndex(drop.name.clone());
    alter(scene, &AlterTable { table: drop.table.clone(), actions: vec![action] })
}

fn whole_table(
    scene: &mut Scene<'_>,
    draft: &mut Draft,
    action: &AlterAction,
) -> Result<(), SqlError> {
    match action {
        AlterAction::RenameTo(name) => {
            let (schema, name) = match &name.schema {
                Some(schema) => (schema.as_str().into(), name.name.as_str()),
                None => (draft.table.schema.clone(), name.name.as_str()),
            };
            names::check_table(name)?;
            (draft.table.schema, draft.table.name) = (schema, name.into());
        }
        AlterAction::Option(option @ (TableOption::Charset(_) | TableOption::Collate(_))) => {
            let option = std::slice::from_ref(option);
            draft.table.collation =
                super::columns::table_collation(scene, option, draft.table.collation)?;
        }
        AlterAction::Option(option) => {
            options::apply(scene, &mut draft.table, std::slice::from_ref(option))?;
            if let TableOption::AutoIncrement(next) = option {
                draft.next_auto = Some(*next);
            }
        }
        AlterAction::Keys { .. } => {
            let text = "Table storage engine for '%' doesn't have this option";
            let text = text.replace('%', &draft.table.name);
            scene.note(SqlError::new(1031, b"HY000", text));
        }
        _ => {}
    }
    Ok(())
}

fn finish(scene: &mut Scene<'_>, old: &Arc<TableDef>, mut draft: Draft) -> Result<Plan, SqlError> {
    super::indexes::sort(&mut draft.table);
    constraints::check_needed(scene, &draft)?;
    if draft.table.columns.iter().all(|column| column.hidden) {
        return Err(errors::cannot_drop_all());
    }
    super::columns::check_all(&draft.table)?;
    check_new_name(scene, old, &draft.table)?;
    draft.table.version += 1;
    let convert = rows::conversion(scene, old, &draft)?;
    let next = draft.next_auto;
    let mut plan =
        Plan { info: "Records: 0  Duplicates: 0  Warnings: 0".to_owned(), ..Plan::default() };
    let name = draft.table.full_name();
    if old.temporary {
        if !rows::is_empty(scene, old) {
            return Err(SqlError::not_supported("ALTER TABLE of a temporary table with rows"));
        }
        let new = Box::new(draft.table);
        plan.temporary.push(TemporaryChange::Drop(old.schema.to_string(), old.name.to_string()));
        plan.temporary.push(TemporaryChange::Create(new));
        return Ok(plan);
    }
    let children = renamed_parents(scene, old, &draft);
    let new = Box::new(draft.table);
    plan.changes.push(CatalogChange::AlterTable { old: old.full_name(), new, convert });
    plan.changes.extend(children);
    plan.changes.extend(next.map(|next| CatalogChange::SetAutoIncrement(name, next)));
    Ok(plan)
}

fn check_new_name(scene: &Scene<'_>, old: &TableDef, new: &TableDef) -> Result<(), SqlError> {
    if old.full_name() == new.full_name() {
        return Ok(());
    }
    let Some(schema) = scene.database.catalog.schema(&new.schema) else {
        return Err(errors::unknown_schema(&new.schema));
    };
    let taken = schema.table(&new.name).is_some() || schema.view(&new.name).is_some();
    if taken { Err(errors::table_exists(&new.name)) } else { Ok(()) }
}

/// Children whose foreign keys name a column that has another name now.
fn renamed_parents(scene: &Scene<'_>, old: &TableDef, draft: &Draft) -> Vec<CatalogChange> {
    let renamed = draft.renamed(old);
    if renamed.is_empty() {
        return Vec::new();
    }
    let catalog = &scene.database.catalog;
    let own = old.full_name();
    let mut children: Vec<TableName> = Vec::new();
    for reference in catalog.references_to(&old.schema, &old.name) {
        if reference.child != own && !children.contains(&reference.child) {
            children.push(reference.child.clone());
        }
    }
    let child = |name: TableName| {
        let mut child = TableDef::clone(catalog.table(&name.schema, &name.name)?);
        for key in child.foreign_keys.iter_mut().filter(|key| key.parent == own) {
            draft::rename_columns(&mut key.parent_columns, &renamed);
        }
        child.version += 1;
        Some(CatalogChange::AlterTable { old: name, new: Box::new(child), convert: None })
    };
    children.into_iter().filter_map(child).collect()
}
