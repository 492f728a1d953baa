//! Indexes over expressions: each expression is a hidden generated column, which rows hold and the log does not.

use super::expressions::{self, Place};
use super::{Scene, errors};
use crate::engine::catalog::{ColumnDef, Generated, IndexKind, TableDef};
use crate::sql::statement::ast::Expr;
use crate::sql::statement::walk::columns_of;
use crate::sql::statement::{parse_expr, print_expr};
use crate::value::SqlError;
use crate::value::types::{BlobSize, ColumnType};

/// Adds the column of an index's part behind all others, and gives its place.
///
/// # Errors
/// 1054, 1111, 3753, 3754, 3756 to 3758, 3762, 3772.
pub fn add_column(
    scene: &Scene<'_>,
    table: &mut TableDef,
    kind: IndexKind,
    (index, part): (&str, usize),
    expr: &Expr,
) -> Result<usize, SqlError> {
    check(table, kind, index, expr)?;
    let sql = print_expr(expr);
    let mut column = ColumnDef::new(&format!("!hidden!{index}!{part}!0"), ColumnType::Json);
    column.ty = key_type(scene, table, expr)?;
    column.generated = Some(Generated { sql: sql.into(), stored: false });
    column.hidden = true;
    table.columns.push(column);
    Ok(table.columns.len() - 1)
}

fn check(table: &TableDef, kind: IndexKind, index: &str, expr: &Expr) -> Result<(), SqlError> {
    if kind == IndexKind::Primary {
        return Err(errors::functional_primary());
    }
    if is_column(expr) {
        return Err(errors::functional_column());
    }
    expressions::vet(expr, Place::Index(index))?;
    for parts in columns_of(expr) {
        let used = parts.last().map_or("", |part| &part.value);
        match table.column(used) {
            None => return Err(errors::unknown_column(used, "functional index")),
            Some(column) if column.auto_increment => return Err(errors::functional_counter(index)),
            Some(_) => {}
        }
    }
    Ok(())
}

fn is_column(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_column(inner),
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => true,
        _ => false,
    }
}

/// The type of the key; not every value can be one.
fn key_type(scene: &Scene<'_>, table: &TableDef, expr: &Expr) -> Result<ColumnType, SqlError> {
    let ty = expressions::type_of(scene.context, table, expr)?.stored().ty;
    match ty {
        ColumnType::Json => Err(errors::functional_json()),
        ColumnType::Text { .. } | ColumnType::Blob(_) => Err(errors::functional_blob()),
        ColumnType::Null => Ok(ColumnType::Blob(BlobSize::Tiny)),
        ty => Ok(ty),
    }
}

/// Gives the hidden columns of an altered table the types that their expressions have now, and removes those that
/// no index has any more. `remove` takes out the column at a place.
///
/// # Errors
/// 3753, 3757.
pub fn refresh(scene: &Scene<'_>, table: &mut TableDef) -> Result<(), SqlError> {
    for at in 0..table.columns.len() {
        let Some(column) = table.columns.get(at).filter(|column| column.hidden) else { continue };
        let Some(generated) = &column.generated else { continue };
        let expr = parse_expr(&generated.sql)?;
        let ty = key_type(scene, table, &expr)?;
        if let Some(column) = table.columns.get_mut(at) {
            column.ty = ty;
        }
    }
    Ok(())
}

/// The place of a hidden column that no index uses.
pub fn unused(table: &TableDef) -> Option<usize> {
    let used = |at: usize| {
        table.indexes.iter().any(|index| index.parts.iter().any(|part| part.column == at))
    };
    table.columns.iter().enumerate().position(|(at, column)| column.hidden && !used(at))
}
