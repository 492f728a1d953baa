//! Views.

use super::qualify::qualify;
use super::updatable::is_updatable;
use super::{Plan, QueryColumn, Scene, errors, names};
use crate::engine::CatalogChange;
use crate::engine::catalog::{TableName, ViewDef, same_name};
use crate::sql::statement::ast::{
    Account, CheckOption, CreateView, DropView, Query, ViewAlgorithm,
};
use crate::sql::statement::{look_through, print_view};
use crate::value::SqlError;
use std::sync::Arc;

/// CREATE VIEW and ALTER VIEW.
///
/// # Errors
/// 1050, 1060, 1146, 1347, 1353, and what is wrong with the query.
pub fn create(
    scene: &mut Scene<'_>,
    create: &CreateView,
    columns_of: &mut dyn FnMut(&Query) -> Result<Vec<QueryColumn>, SqlError>,
) -> Result<Plan, SqlError> {
    let (schema, name) = scene.full_name(&create.name)?;
    names::check_table(&name)?;
    let Some(home) = scene.database.catalog.schema(&schema) else {
        return Err(errors::unknown_database(&schema));
    };
    let exists = home.view(&name).is_some();
    if home.table(&name).is_some() {
        return Err(match create.replace {
            true => errors::not_a_view(format!("{schema}.{name}")),
            false => errors::table_exists(&name),
        });
    }
    if create.must_exist && !exists {
        return Err(errors::no_such_table(&schema, &name));
    }
    if exists && !create.replace {
        let error = errors::table_exists(&name);
        if !create.if_not_exists {
            return Err(error);
        }
        scene.note(error);
        return Ok(Plan::default());
    }
    // The log has the names of all columns.
    let found = match scene.context.replay {
        true => Vec::new(),
        false => columns_of(&create.query)?,
    };
    let columns = columns(scene, create, found)?;
    let mut query = create.query.as_ref().clone();
    if !scene.context.replay {
        check_query(scene, &query)?;
        let home = scene.context.schema.clone().unwrap_or_else(|| schema.clone());
        qualify(scene, &home, &mut query);
        if create.check.is_some() && !is_updatable(&scene.database.catalog, &query) {
            return Err(errors::check_not_updatable(format!("{schema}.{name}")));
        }
    }
    let view = ViewDef {
        schema: schema.into(),
        name: name.into(),
        sql: print_view(&query, None).into(),
        columns,
        definer: definer(scene, create).into(),
        invoker: create.invoker,
        algorithm: match create.algorithm {
            ViewAlgorithm::Undefined => "UNDEFINED",
            ViewAlgorithm::Merge => "MERGE",
            ViewAlgorithm::TempTable => "TEMPTABLE",
        }
        .into(),
        check_option: match create.check {
            None => "NONE",
            Some(CheckOption::Local) => "LOCAL",
            Some(CheckOption::Cascaded) => "CASCADED",
        }
        .into(),
        collation: scene.context.collation_connection,
        sql_mode: "".into(),
    };
    Ok(Plan { changes: vec![CatalogChange::CreateView(Box::new(view))], ..Plan::default() })
}

/// What a view may not look at: variables, and tables of the session alone.
fn check_query(scene: &Scene<'_>, query: &Query) -> Result<(), SqlError> {
    let found = look_through(query);
    if found.variables {
        return Err(errors::view_variable());
    }
    for table in found.tables {
        let Ok((schema, name)) = scene.full_name(&table) else { continue };
        if scene.temporary.table(&schema, &name).is_some() {
            return Err(errors::view_temporary(&name));
        }
    }
    Ok(())
}

fn definer(scene: &Scene<'_>, create: &CreateView) -> String {
    match &create.definer {
        Some(Account::Named { user, host }) => format!("{user}@{host}"),
        _ => scene.context.definer.clone(),
    }
}

fn columns(
    scene: &Scene<'_>,
    create: &CreateView,
    found: Vec<QueryColumn>,
) -> Result<Vec<Arc<str>>, SqlError> {
    if !scene.context.replay && !create.columns.is_empty() && create.columns.len() != found.len() {
        return Err(errors::view_columns());
    }
    let own = found.into_iter().map(|column| column.name);
    let names: Vec<Arc<str>> = match create.columns.is_empty() {
        true => own.map(Arc::from).collect(),
        false => create.columns.iter().map(|name| name.as_str().into()).collect(),
    };
    for (index, name) in names.iter().enumerate() {
        names::check_column(name)?;
        if names.iter().take(index).any(|other| same_name(other, name)) {
            return Err(errors::duplicate_column(name));
        }
    }
    Ok(names)
}

/// DROP VIEW.
///
/// # Errors
/// 1051, 1347.
pub fn drop(scene: &mut Scene<'_>, drop: &DropView) -> Result<Plan, SqlError> {
    let (mut gone, mut missing) = (Vec::new(), Vec::new());
    for name in &drop.views {
        let (schema, name) = scene.full_name(name)?;
        if scene.database.catalog.view(&schema, &name).is_some() {
            gone.push(TableName::new(&schema, &name));
        } else if scene.database.catalog.table(&schema, &name).is_some() {
            return Err(errors::not_a_view(format!("{schema}.{name}")));
        } else {
            missing.push(format!("{schema}.{name}"));
        }
    }
    if !missing.is_empty() {
        if !drop.if_exists {
            return Err(errors::unknown_table(&missing.join(",")));
        }
        for name in missing {
            scene.note(errors::unknown_table(&name));
        }
    }
    let mut plan = Plan::default();
    if !gone.is_empty() {
        plan.changes.push(CatalogChange::DropViews(gone));
    }
    Ok(plan)
}
