//! DROP TABLE, TRUNCATE, RENAME TABLE.

use super::{Plan, Scene, TemporaryChange, errors, names};
use crate::engine::CatalogChange;
use crate::engine::catalog::{Catalog, TableDef, TableName};
use crate::sql::statement::ast::{self, DropProgram, DropTable, ProgramKind};
use crate::value::SqlError;

/// DROP TABLE.
///
/// # Errors
/// 1051, 3730.
pub fn tables(scene: &mut Scene<'_>, drop: &DropTable) -> Result<Plan, SqlError> {
    let mut plan = Plan::default();
    let (mut gone, mut missing) = (Vec::new(), Vec::new());
    check_once(scene, &drop.tables)?;
    for name in &drop.tables {
        let (schema, name) = scene.full_name(name)?;
        if scene.temporary.table(&schema, &name).is_some() {
            plan.temporary.push(TemporaryChange::Drop(schema, name));
        } else if !drop.temporary && scene.database.catalog.table(&schema, &name).is_some() {
            gone.push(TableName::new(&schema, &name));
        } else {
            missing.push(format!("{schema}.{name}"));
        }
    }
    if !missing.is_empty() {
        // A temporary table that was dropped along is not there any more.
        if !drop.if_exists && !scene.context.replay {
            return Err(errors::unknown_table(&missing.join(",")));
        }
        for name in missing {
            scene.note(errors::unknown_table(&name));
        }
    }
    check_children(scene, &gone)?;
    if !gone.is_empty() {
        plan.changes.push(CatalogChange::DropTables(gone));
    }
    Ok(plan)
}

/// 1066 for a name that stands there twice.
fn check_once(scene: &Scene<'_>, tables: &[ast::TableName]) -> Result<(), SqlError> {
    let mut seen = Vec::with_capacity(tables.len());
    for name in tables {
        let full = scene.full_name(name)?;
        if seen.contains(&full) {
            return Err(errors::not_unique(&full.1));
        }
        seen.push(full);
    }
    Ok(())
}

/// A parent may go only together with its children.
fn check_children(scene: &Scene<'_>, gone: &[TableName]) -> Result<(), SqlError> {
    if !scene.context.foreign_key_checks {
        return Ok(());
    }
    let catalog = &scene.database.catalog;
    for parent in gone {
        if let Some((child, key)) = child_outside(catalog, parent, gone) {
            return Err(errors::parent_of_foreign_key(&parent.name, &key, &child.name));
        }
    }
    Ok(())
}

fn child_outside<'c>(
    catalog: &'c Catalog,
    parent: &TableName,
    gone: &[TableName],
) -> Option<(&'c TableDef, String)> {
    let outside = catalog
        .references_to(&parent.schema, &parent.name)
        .iter()
        .find(|reference| !gone.contains(&reference.child))?;
    let child = catalog.table_by_id(outside.child_id)?;
    let key = child.foreign_keys.get(outside.foreign_key)?;
    Some((child, key.name.to_string()))
}

/// TRUNCATE.
///
/// # Errors
/// 1146, 1701.
pub fn truncate(scene: &mut Scene<'_>, name: &ast::TableName) -> Result<Plan, SqlError> {
    let table = scene.table(name)?;
    let mut plan = Plan::default();
    if table.temporary {
        let (schema, name) = (table.schema.to_string(), table.name.to_string());
        plan.temporary.push(TemporaryChange::Truncate(schema, name));
        return Ok(plan);
    }
    let own = table.full_name();
    let outside = child_outside(&scene.database.catalog, &own, std::slice::from_ref(&own));
    if let Some((child, key)) = outside.filter(|_| scene.context.foreign_key_checks) {
        let text = format!(
            "Cannot truncate a table referenced in a foreign key constraint (`{}`.`{}`, CONSTRAINT `{key}`)",
            child.schema, child.name
        );
        return Err(SqlError::new(1701, b"42000", text));
    }
    plan.changes.push(CatalogChange::Truncate(own));
    Ok(plan)
}

/// RENAME TABLE, one pair after the other.
///
/// # Errors
/// 1046, 1049, 1050, 1146.
pub fn rename(
    scene: &mut Scene<'_>,
    pairs: &[(ast::TableName, ast::TableName)],
) -> Result<Plan, SqlError> {
    let catalog = &scene.database.catalog;
    // Names as they are after the pairs so far: freed ones and taken ones.
    let (mut freed, mut taken) = (Vec::new(), Vec::new());
    let mut renamed = Vec::with_capacity(pairs.len());
    for (from, to) in pairs {
        let (schema, name) = scene.full_name(from)?;
        let old = TableName::new(&schema, &name);
        let (schema, name) = scene.full_name(to)?;
        names::check_table(&name)?;
        let new = TableName::new(&schema, &name);
        let is_there = |name: &TableName, freed: &[TableName], taken: &[TableName]| {
            taken.contains(name)
                || !freed.contains(name)
                    && (catalog.table(&name.schema, &name.name).is_some()
                        || catalog.view(&name.schema, &name.name).is_some())
        };
        if !is_there(&old, &freed, &taken) {
            return Err(errors::no_such_table(&old.schema, &old.name));
        }
        let is_view = catalog.view(&old.schema, &old.name).is_some();
        if is_view && old.schema != new.schema {
            return Err(errors::other_schema(&old.schema, &new.schema));
        }
        if catalog.schema(&new.schema).is_none() {
            return Err(errors::unknown_database(&new.schema));
        }
        if is_there(&new, &freed, &taken) {
            return Err(errors::table_exists(&new.name));
        }
        taken.retain(|name| *name != old);
        freed.retain(|name| *name != new);
        freed.push(old.clone());
        taken.push(new.clone());
        renamed.push((old, new));
    }
    Ok(Plan { changes: vec![CatalogChange::RenameTables(renamed)], ..Plan::default() })
}

/// DROP PROCEDURE and its like: none exists.
///
/// # Errors
/// 1305, 1360, 1539 without IF EXISTS.
pub fn program(scene: &mut Scene<'_>, drop: &DropProgram) -> Result<Plan, SqlError> {
    let (schema, name) = scene.full_name(&drop.name)?;
    let error = match drop.kind {
        ProgramKind::Procedure => {
            missing(1305, format!("PROCEDURE {schema}.{name} does not exist"))
        }
        ProgramKind::Function => missing(1305, format!("FUNCTION {schema}.{name} does not exist")),
        ProgramKind::Trigger => SqlError::new(1360, b"HY000", "Trigger does not exist"),
        ProgramKind::Event => SqlError::new(1539, b"HY000", format!("Unknown event '{name}'")),
    };
    if !drop.if_exists {
        return Err(error);
    }
    scene.note(error);
    Ok(Plan::default())
}

fn missing(code: u16, text: String) -> SqlError {
    SqlError::new(code, b"42000", text)
}
