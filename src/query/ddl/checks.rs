//! CHECK constraints.

use super::expressions::{self, Place};
use super::{Scene, errors, names};
use crate::engine::catalog::{CheckDef, TableDef, same_name};
use crate::sql::statement::ast::Check;
use crate::sql::statement::print_expr;
use crate::sql::statement::walk::columns_of;
use crate::value::SqlError;

/// Adds a check; `column` is the one that it was written at.
///
/// # Errors
/// 1059, 1111, 3593, 3812 to 3816, 3818, 3820, 3822.
pub fn add(
    scene: &Scene<'_>,
    table: &mut TableDef,
    check: &Check,
    column: Option<&str>,
) -> Result<(), SqlError> {
    let name = match &check.name {
        Some(name) => {
            names::check_constraint(name)?;
            name.clone()
        }
        None => free_name(scene, table),
    };
    if is_taken(scene, table, &name) {
        return Err(errors::duplicate_check(&name));
    }
    if !expressions::is_boolean(&check.expr) {
        return Err(errors::check_not_boolean(&name));
    }
    expressions::vet(&check.expr, Place::Check(&name))?;
    for parts in columns_of(&check.expr) {
        let used = parts.last().map_or("", |part| &part.value);
        if table.column_index(used).is_none() {
            return Err(errors::check_unknown_column(&name, used));
        }
        if column.is_some_and(|column| !same_name(column, used)) {
            return Err(errors::check_other_column(&name));
        }
        if table.column(used).is_some_and(|column| column.auto_increment) {
            return Err(errors::check_of_counter(&name));
        }
    }
    let sql = print_expr(&check.expr).into();
    table.checks.push(CheckDef { name: name.into(), sql, enforced: check.enforced });
    Ok(())
}

fn free_name(scene: &Scene<'_>, table: &TableDef) -> String {
    let name = |n: u32| format!("{}_chk_{n}", table.name);
    (1..).map(name).find(|name| !is_taken(scene, table, name)).unwrap_or_default()
}

/// Names of checks are the schema's.
fn is_taken(scene: &Scene<'_>, table: &TableDef, name: &str) -> bool {
    let has = |table: &TableDef| table.checks.iter().any(|check| same_name(&check.name, name));
    let schema = scene.database.catalog.schema(&table.schema);
    let elsewhere = schema.is_some_and(|schema| {
        schema.tables().filter(|other| other.name != table.name).any(|other| has(other))
    });
    has(table) || (elsewhere && !table.temporary)
}
