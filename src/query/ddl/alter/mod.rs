//! ALTER TABLE, CREATE INDEX, DROP INDEX.
//!
//! ```text
//! old TableDef ── Draft: actions on columns, then on indexes and constraints ──▶ new TableDef
//!                   └── sources: where each column's values come from ──▶ RowConversion
//! ```

mod algorithm;
mod columns;
mod computed;
mod constraints;
mod draft;
mod references;
mod rows;

use std::sync::Arc;

use super::{Plan, Scene, TemporaryChange, errors, names, options};
use crate::engine::catalog::{TableDef, TableName};
use crate::engine::{CatalogChange, RowConversion};
use crate::sql::statement::ast::{AlterAction, AlterTable, CreateIndex, DropIndex, TableOption};
use crate::value::SqlError;
pub use computed::Computed;

use algorithm::Work;
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
    draft.settle_hidden();
    refuse_null_keys(alter)?;
    for action in &alter.actions {
        columns::apply(scene, &mut draft, action)?;
    }
    for action in &alter.actions {
        constraints::apply(scene, &mut draft, action)?;
    }
    for action in &alter.actions {
        whole_table(scene, &mut draft, action)?;
    }
    finish(scene, alter, &old, draft)
}

/// 1171 for a new primary key over a new column that may be NULL.
fn refuse_null_keys(alter: &AlterTable) -> Result<(), SqlError> {
    let column = |action: &AlterAction| match action {
        AlterAction::AddColumn { column, .. } | AlterAction::ChangeColumn { column, .. } => {
            Some(column.clone())
        }
        _ => None,
    };
    let columns: Vec<_> = alter.actions.iter().filter_map(column).collect();
    alter.actions.iter().try_for_each(|action| match action {
        AlterAction::AddIndex(index) => super::indexes::refuse_null(index, &columns),
        _ => Ok(()),
    })
}

/// CREATE INDEX.
///
/// # Errors
/// As ALTER TABLE … ADD INDEX.
pub fn create_index(scene: &mut Scene<'_>, create: &CreateIndex) -> Result<Plan, SqlError> {
    let action = AlterAction::AddIndex(create.index.clone());
    alter(scene, &only(&create.table, action))
}

/// DROP INDEX.
///
/// # Errors
/// As ALTER TABLE … DROP INDEX.
pub fn drop_index(scene: &mut Scene<'_>, drop: &DropIndex) -> Result<Plan, SqlError> {
    let action = AlterAction::DropIndex(drop.name.clone());
    alter(scene, &only(&drop.table, action))
}

fn only(table: &crate::sql::statement::ast::TableName, action: AlterAction) -> AlterTable {
    AlterTable { table: table.clone(), actions: vec![action], algorithm: None, lock: None }
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

fn finish(
    scene: &mut Scene<'_>,
    alter: &AlterTable,
    old: &Arc<TableDef>,
    mut draft: Draft,
) -> Result<Plan, SqlError> {
    draft.settle_hidden();
    super::functional::refresh(scene, &mut draft.table)?;
    super::indexes::sort(&mut draft.table);
    constraints::check_needed(scene, &draft)?;
    if draft.table.columns.iter().all(|column| column.hidden) {
        return Err(errors::cannot_drop_all());
    }
    super::columns::check_all(&draft.table)?;
    check_new_name(scene, old, &draft.table)?;
    references::check(scene, old, &draft)?;
    draft.table.version += 1;
    let work = algorithm::needed(scene, alter, old, &draft);
    if !scene.context.replay {
        algorithm::check(alter, work)?;
        algorithm::note_order(scene, alter, &draft.table);
    }
    let convert = rows::conversion(scene, old, &draft, work)?;
    let affected = if matches!(work, Work::Copy(_)) { rows::count(scene, old) } else { 0 };
    let info = told(scene, alter, affected);
    let mut plan = Plan { info, affected, ..Plan::default() };
    change(scene, &mut plan, (old, draft, convert));
    Ok(plan)
}

/// What the statement tells besides OK; a mere RENAME tells nothing.
fn told(scene: &Scene<'_>, alter: &AlterTable, records: u64) -> String {
    let renames = |action: &AlterAction| matches!(action, AlterAction::RenameTo(_));
    match !alter.actions.is_empty() && alter.actions.iter().all(renames) && records == 0 {
        true => String::new(),
        false => {
            let warnings = scene.notes.len();
            format!("Records: {records}  Duplicates: 0  Warnings: {warnings}")
        }
    }
}

/// What happens to the catalog, or to the session's own tables.
fn change(
    scene: &Scene<'_>,
    plan: &mut Plan,
    (old, draft, convert): (&TableDef, Draft, Option<RowConversion>),
) {
    let name = draft.table.full_name();
    if old.temporary {
        let (old, new) = (old.full_name(), Box::new(draft.table));
        plan.temporary.push(TemporaryChange::Alter { old, new, convert });
        return;
    }
    let children = renamed_parents(scene, old, &draft);
    let new = Box::new(draft.table);
    plan.changes.push(CatalogChange::AlterTable { old: old.full_name(), new, convert });
    plan.changes.extend(children);
    plan.changes.extend(draft.next_auto.map(|next| CatalogChange::SetAutoIncrement(name, next)));
}

fn check_new_name(scene: &Scene<'_>, old: &TableDef, new: &TableDef) -> Result<(), SqlError> {
    if old.full_name() == new.full_name() {
        return Ok(());
    }
    let Some(schema) = scene.database.catalog.schema(&new.schema) else {
        return Err(errors::unknown_database(&new.schema));
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
