//! A result's columns as clients see them.

use std::sync::Arc;

use super::super::expr::ExprType;
use super::super::{ResultColumn, column_flags as flag};
use crate::engine::catalog::{IndexKind, TableDef};
use crate::value::types::ColumnType;

/// The column of a result: named, typed, and where it comes from a table's column with that one's flags.
/// Those that follow from the type alone are added where it is written to the wire.
pub fn result_column(
    name: Arc<str>,
    ty: ExprType,
    table: Option<(&TableDef, usize, &Arc<str>)>,
) -> ResultColumn {
    let mut flags = 0;
    let empty: Arc<str> = Arc::from("");
    let (mut schema, mut alias, mut org_table, mut org_name) =
        (empty.clone(), empty.clone(), empty.clone(), empty);
    if let Some((table, column, own_alias)) = table {
        flags |= column_flags(table, column);
        schema = table.schema.clone();
        alias = own_alias.clone();
        org_table = table.name.clone();
        if let Some(column) = table.columns.get(column) {
            org_name = column.name.clone();
        }
    }
    ResultColumn { schema, table: alias, org_table, name, org_name, ty, flags }
}

/// The flags that a table's column adds.
fn column_flags(table: &TableDef, at: usize) -> u16 {
    let Some(column) = table.columns.get(at) else { return 0 };
    let mut flags = 0;
    if column.auto_increment {
        flags |= flag::AUTO_INCREMENT;
    }
    if matches!(column.ty, ColumnType::Timestamp(_)) && column.on_update_now {
        flags |= flag::TIMESTAMP;
    }
    if column.on_update_now {
        flags |= flag::ON_UPDATE_NOW;
    }
    if !column.nullable && column.default.is_none() && !column.auto_increment {
        flags |= flag::NO_DEFAULT_VALUE;
    }
    for index in &table.indexes {
        let place = index.parts.iter().position(|part| part.column == at);
        flags |= match (index.kind, place) {
            (_, None) => 0,
            (IndexKind::Primary, Some(_)) => flag::PRI_KEY,
            (IndexKind::Unique, Some(0)) if index.parts.len() == 1 => flag::UNIQUE_KEY,
            (_, Some(0)) => flag::MULTIPLE_KEY,
            _ => 0,
        };
    }
    flags
}
