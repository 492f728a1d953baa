//! CREATE, ALTER and DROP DATABASE.

use super::{Plan, Scene, charset, deprecated, errors, names};
use crate::engine::CatalogChange;
use crate::engine::catalog::SchemaDef;
use crate::sql::statement::ast::{AlterDatabase, CreateDatabase, DropDatabase};
use crate::value::SqlError;

/// Schemas that are the server's own.
const OWN: [&str; 4] = ["mysql", "information_schema", "performance_schema", "sys"];

fn refuse_own(name: &str) -> Result<(), SqlError> {
    match OWN.iter().find(|own| own.eq_ignore_ascii_case(name)) {
        Some(own) => {
            let text = format!("Access denied for user to database '{own}'");
            Err(SqlError::new(1044, b"42000", text))
        }
        None => Ok(()),
    }
}

/// CREATE DATABASE.
///
/// # Errors
/// 1007, 1102, 1115, 1253, 1273.
pub fn create(scene: &mut Scene<'_>, create: &CreateDatabase) -> Result<Plan, SqlError> {
    names::check_schema(&create.name)?;
    if scene.database.catalog.schema(&create.name).is_some() {
        let error = errors::schema_exists(&create.name);
        if !create.if_not_exists {
            return Err(error);
        }
        scene.note(error);
        // The row of the dictionary counts all the same.
        return Ok(Plan { affected: 1, ..Plan::default() });
    }
    if !scene.context.replay {
        refuse_own(&create.name)?;
    }
    let (charset, collate) = (create.charset.as_deref(), create.collate.as_deref());
    let collation = charset::resolve(charset, collate, scene.context.collation_server)?;
    deprecated::of_charset(scene, charset, collate);
    let schema = SchemaDef::new(&create.name, collation);
    Ok(Plan { changes: vec![CatalogChange::CreateSchema(schema)], ..Plan::default() })
}

/// ALTER DATABASE.
///
/// # Errors
/// 1046, 1049, 1115, 1253, 1273.
pub fn alter(scene: &mut Scene<'_>, alter: &AlterDatabase) -> Result<Plan, SqlError> {
    let name = alter.name.clone().or_else(|| scene.context.schema.clone());
    let name = name.ok_or_else(errors::no_database)?;
    let Some(schema) = scene.database.catalog.schema(&name) else {
        return Err(errors::unknown_database(&name));
    };
    let (charset, collate) = (alter.charset.as_deref(), alter.collate.as_deref());
    let collation = charset::resolve(charset, collate, schema.collation)?;
    let change = CatalogChange::AlterSchema { name: schema.name.clone(), collation };
    deprecated::of_charset(scene, charset, collate);
    Ok(Plan { changes: vec![change], ..Plan::default() })
}

/// DROP DATABASE.
///
/// # Errors
/// 1008, 3730.
pub fn drop(scene: &mut Scene<'_>, drop: &DropDatabase) -> Result<Plan, SqlError> {
    let Some(schema) = scene.database.catalog.schema(&drop.name) else {
        let error = errors::no_schema_to_drop(&drop.name);
        if !drop.if_exists {
            return Err(error);
        }
        scene.note(error);
        return Ok(Plan::default());
    };
    refuse_own(&drop.name)?;
    if scene.context.foreign_key_checks {
        for table in schema.tables() {
            let references = scene.database.catalog.references_to(&table.schema, &table.name);
            let outside = references.iter().find(|reference| reference.child.schema != schema.name);
            if let Some(reference) = outside {
                let child = &reference.child.name;
                return Err(errors::parent_of_foreign_key(&table.name, "", child));
            }
        }
    }
    let change = CatalogChange::DropSchema(schema.name.clone());
    let affected = (schema.tables().count() + schema.views().count()) as u64;
    Ok(Plan { changes: vec![change], affected, ..Plan::default() })
}
