//! Actions on columns.

use super::super::{Scene, checks, columns, create_table, defaults, errors, names};
use super::draft::{Draft, Source, rename_columns};
use crate::engine::catalog::{ColumnDef, TableDef, same_name};
use crate::sql::statement::ast::{AlterAction, ColumnDefinition, ColumnPlace};
use crate::sql::statement::parse_expr;
use crate::sql::statement::walk::columns_of;
use crate::value::SqlError;
use crate::value::collation::CollationId;
use crate::value::types::ColumnType;

/// Carries out an action if it is one on columns.
pub fn apply(
    scene: &mut Scene<'_>,
    draft: &mut Draft,
    action: &AlterAction,
) -> Result<(), SqlError> {
    match action {
        AlterAction::AddColumn { if_not_exists, column, place } => {
            add(scene, draft, column, place.as_ref(), *if_not_exists)
        }
        AlterAction::ChangeColumn { old, column, place } => {
            change(scene, draft, old, column, place.as_ref())
        }
        AlterAction::DropColumn { name, if_exists } => drop(scene, draft, name, *if_exists),
        AlterAction::RenameColumn { old, new } => {
            let at = find(draft, old)?;
            names::check_column(new)?;
            rename(draft, at, old, new)
        }
        AlterAction::AlterDefault { column, default } => {
            let at = draft.find(column, false);
            let at = at.ok_or_else(|| errors::unknown_column(column, &draft.table.name))?;
            let Some(definition) = draft.table.columns.get(at).cloned() else { return Ok(()) };
            let default = default.as_ref().map(|d| defaults::default_value(scene, &definition, d));
            let default = default.transpose()?;
            if let Some(definition) = draft.table.columns.get_mut(at) {
                definition.no_default = default.is_none();
                definition.default = default;
            }
            Ok(())
        }
        AlterAction::AlterVisibility { column, invisible } => {
            let at = draft.find(column, false);
            let at = at.ok_or_else(|| errors::unknown_column(column, &draft.table.name))?;
            if let Some(definition) = draft.table.columns.get_mut(at) {
                definition.invisible = *invisible;
            }
            Ok(())
        }
        AlterAction::Convert { charset, collate } => {
            let schema = scene.database.catalog.schema(&draft.table.schema);
            let default = schema.map_or(scene.context.collation_server, |schema| schema.collation);
            let default_charset = default.collation().charset.name;
            let charset = charset.as_deref().unwrap_or(default_charset);
            let to = super::super::charset::resolve(Some(charset), collate.as_deref(), default)?;
            convert(&mut draft.table, to);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn find(draft: &mut Draft, name: &str) -> Result<usize, SqlError> {
    let found = draft.find(name, true);
    found.ok_or_else(|| errors::unknown_column(name, &draft.table.name))
}

fn add(
    scene: &mut Scene<'_>,
    draft: &mut Draft,
    definition: &ColumnDefinition,
    place: Option<&ColumnPlace>,
    if_not_exists: bool,
) -> Result<(), SqlError> {
    if if_not_exists && draft.table.column_index(&definition.name).is_some() {
        scene.note(errors::duplicate_column(&definition.name));
        return Ok(());
    }
    let column = columns::column(scene, &draft.table, definition)?;
    draft.insert(column, Source::New, place)?;
    columns::check_all_names(&draft.table)?;
    attributes(scene, draft, definition)
}

/// What a column's attributes add to the table.
fn attributes(
    scene: &mut Scene<'_>,
    draft: &mut Draft,
    definition: &ColumnDefinition,
) -> Result<(), SqlError> {
    for index in create_table::column_indexes(definition) {
        super::super::indexes::add(scene, &mut draft.table, &index)?;
    }
    if let Some(key) = &definition.references {
        super::super::foreign_keys::add(scene, &mut draft.table, key)?;
        super::rows::check_parents(scene, draft)?;
    }
    for check in &definition.checks {
        checks::add(scene, &mut draft.table, check, Some(&definition.name))?;
        draft.checks_changed |= check.enforced;
    }
    create_table::check_default(&draft.table, definition)?;
    match &definition.generated {
        Some(generated) => {
            create_table::check_generated(&draft.table, &definition.name, &generated.expr)
        }
        None => Ok(()),
    }
}

fn change(
    scene: &mut Scene<'_>,
    draft: &mut Draft,
    old: &str,
    definition: &ColumnDefinition,
    place: Option<&ColumnPlace>,
) -> Result<(), SqlError> {
    let at = find(draft, old)?;
    let mut column = columns::column(scene, &draft.table, definition)?;
    let in_primary = draft
        .table
        .primary()
        .is_some_and(|primary| primary.parts.iter().any(|part| part.column == at));
    if in_primary {
        if super::super::indexes::says_null(definition) {
            return Err(errors::null_in_primary());
        }
        column.nullable = false;
    }
    if !same_name(old, &definition.name) {
        rename(draft, at, old, &definition.name)?;
    }
    if let Some(slot) = draft.table.columns.get_mut(at) {
        *slot = column;
    }
    check_kept_prefixes(&mut draft.table, at)?;
    attributes(scene, draft, definition)?;
    match place {
        Some(place) => draft.place(at, place),
        None => Ok(()),
    }
}

/// Indexes over a column whose type has changed must still be possible.
fn check_kept_prefixes(table: &mut TableDef, at: usize) -> Result<(), SqlError> {
    let Some(column) = table.columns.get(at) else { return Ok(()) };
    let long = matches!(column.ty, ColumnType::Text { .. } | ColumnType::Blob(_));
    let limit = match &column.ty {
        ColumnType::Char { length, .. } | ColumnType::Binary { length, .. } => Some(*length),
        _ if long => Some(u32::MAX),
        _ => None,
    };
    let parts = table.indexes.iter_mut().flat_map(|index| &mut index.parts);
    for part in parts.filter(|part| part.column == at) {
        match (part.prefix, limit) {
            (None, _) if long => return Err(errors::blob_key(&column.name)),
            (Some(prefix), Some(limit)) if prefix < limit => {}
            _ => part.prefix = None,
        }
    }
    Ok(())
}

fn rename(draft: &mut Draft, at: usize, old: &str, new: &str) -> Result<(), SqlError> {
    for column in &draft.table.columns {
        if uses(column.generated.as_ref().map(|generated| &*generated.sql), old) {
            return Err(needed_by(column, old));
        }
    }
    for check in &draft.table.checks {
        if uses(Some(&check.sql), old) {
            return Err(errors::check_needs_column(&check.name, old));
        }
    }
    let own = draft.table.full_name();
    if let Some(column) = draft.table.columns.get_mut(at) {
        let pair = [(column.name.clone(), new.into())];
        column.name = new.into();
        for key in draft.table.foreign_keys.iter_mut().filter(|key| key.parent == own) {
            rename_columns(&mut key.parent_columns, &pair);
        }
    }
    Ok(())
}

/// Whether an expression in the catalog names a column.
fn uses(sql: Option<&str>, column: &str) -> bool {
    let Some(Ok(expr)) = sql.map(parse_expr) else { return false };
    let named = |parts: &&[crate::sql::statement::ast::Ident]| {
        parts.last().is_some_and(|part| same_name(&part.value, column))
    };
    columns_of(&expr).iter().any(named)
}

fn drop(
    scene: &mut Scene<'_>,
    draft: &mut Draft,
    name: &str,
    if_exists: bool,
) -> Result<(), SqlError> {
    let Some(at) = draft.find(name, true) else {
        let error = errors::cannot_drop(name);
        if !if_exists {
            return Err(error);
        }
        scene.note(error);
        return Ok(());
    };
    check_droppable(scene, draft, at, name)?;
    draft.table.checks.retain(|check| !uses_only(&check.sql, name));
    if let Some(check) = draft.table.checks.iter().find(|check| uses(Some(&check.sql), name)) {
        return Err(errors::check_needs_column(&check.name, name));
    }
    draft.remove(at);
    Ok(())
}

fn uses_only(sql: &str, column: &str) -> bool {
    let Ok(expr) = parse_expr(sql) else { return false };
    let used = columns_of(&expr);
    !used.is_empty()
        && used.iter().all(|parts| parts.last().is_some_and(|part| same_name(&part.value, column)))
}

fn check_droppable(
    scene: &Scene<'_>,
    draft: &Draft,
    at: usize,
    name: &str,
) -> Result<(), SqlError> {
    let table = &draft.table;
    let generated =
        |column: &ColumnDef| uses(column.generated.as_ref().map(|generated| &*generated.sql), name);
    if let Some(column) = table.columns.iter().find(|column| generated(column)) {
        return Err(needed_by(column, name));
    }
    if let Some(key) = table.foreign_keys.iter().find(|key| key.columns.contains(&at)) {
        return Err(errors::column_in_foreign_key(name, &key.name));
    }
    for reference in scene.database.catalog.references_to(&table.schema, &table.name) {
        let child = scene.database.catalog.table_by_id(reference.child_id);
        let Some(child) = child.filter(|_| scene.context.foreign_key_checks) else { continue };
        let Some(key) = child.foreign_keys.get(reference.foreign_key) else { continue };
        if key.parent_columns.iter().any(|column| same_name(column, name)) {
            return Err(errors::column_in_child(name, &key.name, &child.name));
        }
    }
    Ok(())
}

/// Why a column that another is made of stays as it is.
fn needed_by(column: &ColumnDef, name: &str) -> SqlError {
    match column.hidden {
        true => errors::functional_needs_column(name),
        false => errors::generated_needs_column(name),
    }
}

/// CONVERT TO CHARACTER SET: the table and all its texts.
fn convert(table: &mut TableDef, to: CollationId) {
    table.collation = to;
    for column in &mut table.columns {
        match &mut column.ty {
            ColumnType::Char { collation, .. }
            | ColumnType::Text { collation, .. }
            | ColumnType::Enum { collation, .. }
            | ColumnType::Set { collation, .. } => *collation = to,
            _ => {}
        }
    }
}
