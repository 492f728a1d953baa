//! Columns: from a definition to what the catalog keeps.

use super::expressions::{self, Place};
use super::{Scene, charset, defaults, deprecated, errors, names, types};
use crate::engine::catalog::{ColumnDef, Generated, TableDef};
use crate::sql::statement::ast::{ColumnDefinition, TypeName};
use crate::sql::statement::print_expr;
use crate::value::SqlError;
use crate::value::types::ColumnType;

/// Characters of the longest comment of a column.
const MAX_COMMENT_CHARS: usize = 1024;
/// Columns of the widest InnoDB table.
const MAX_COLUMNS: usize = 1017;

/// A column of a table that is being made.
///
/// # Errors
/// Those of names, types and defaults; 1063, 1171, 1629.
pub fn column(
    scene: &mut Scene<'_>,
    table: &TableDef,
    definition: &ColumnDefinition,
) -> Result<ColumnDef, SqlError> {
    let name = &definition.name;
    names::check_column(name)?;
    let ty = types::column_type(scene, name, &definition.ty, table.collation)?;
    deprecated::of_type(scene, &definition.ty);
    if definition.comment.as_ref().is_some_and(|text| text.chars().count() > MAX_COMMENT_CHARS) {
        return Err(errors::column_comment_too_long(name));
    }
    let serial = definition.ty.name == TypeName::Serial;
    if definition.primary && definition.nullable == Some(true) {
        return Err(errors::null_in_primary());
    }
    let mut column = ColumnDef::new(name, ty);
    let given = &definition.ty;
    column.collation_given = given.charset.is_some() || given.collate.is_some() || given.binary;
    column.auto_increment = definition.auto_increment || serial;
    column.nullable = nullable(definition) && !column.auto_increment;
    column.invisible = definition.invisible;
    column.comment = names::comment(definition.comment.as_deref());
    if column.auto_increment && !may_count(&column.ty) {
        return Err(errors::bad_specifier(name));
    }
    if let Some(generated) = &definition.generated {
        refuse_with_generated(definition)?;
        expressions::vet(&generated.expr, Place::Generated(name))?;
        let sql = print_expr(&generated.expr).into();
        column.generated = Some(Generated { sql, stored: generated.stored });
    }
    defaults::set_default(scene, &mut column, definition)?;
    Ok(column)
}

fn nullable(definition: &ColumnDefinition) -> bool {
    definition.nullable.unwrap_or(!definition.primary)
}

fn may_count(ty: &ColumnType) -> bool {
    matches!(ty, ColumnType::Integer { .. } | ColumnType::Float { .. })
}

fn refuse_with_generated(definition: &ColumnDefinition) -> Result<(), SqlError> {
    let usage = |what: &str| {
        let text = format!("Incorrect usage of {what} and generated column");
        Err(SqlError::new(1221, b"HY000", text))
    };
    match () {
        () if definition.default.is_some() => usage("DEFAULT"),
        () if definition.auto_increment => usage("AUTO_INCREMENT"),
        () if definition.on_update.is_some() => usage("ON UPDATE"),
        () => Ok(()),
    }
}

/// What holds for all columns of a table together.
///
/// # Errors
/// 1060, 1075, 1113, 1117, 1118, 4028.
pub fn check_all(table: &TableDef) -> Result<(), SqlError> {
    let shown: Vec<&ColumnDef> = table.columns.iter().filter(|column| !column.hidden).collect();
    if shown.is_empty() {
        return Err(errors::no_columns());
    }
    if shown.len() > MAX_COLUMNS {
        return Err(errors::too_many_columns());
    }
    if shown.iter().all(|column| column.invisible) {
        return Err(errors::all_invisible());
    }
    check_all_names(table)?;
    check_auto_increment(table)?;
    check_row_size(table)
}

/// No two columns have one name.
///
/// # Errors
/// 1060.
pub fn check_all_names(table: &TableDef) -> Result<(), SqlError> {
    for (index, column) in table.columns.iter().enumerate() {
        let before = table.columns.iter().take(index);
        if before.clone().any(|other| same(&other.name, &column.name)) {
            return Err(errors::duplicate_column(&column.name));
        }
    }
    Ok(())
}

fn same(one: &str, other: &str) -> bool {
    crate::engine::catalog::same_name(one, other)
}

/// There is one at most, and it begins an index.
fn check_auto_increment(table: &TableDef) -> Result<(), SqlError> {
    let counting = table.columns.iter().filter(|column| column.auto_increment).count();
    let Some(at) = table.auto_increment_column() else { return Ok(()) };
    let first = |index: &crate::engine::catalog::IndexDef| {
        index.parts.first().is_some_and(|part| part.column == at)
    };
    match counting == 1 && table.indexes.iter().any(first) {
        true => Ok(()),
        false => Err(errors::bad_auto_increment()),
    }
}

/// The longest row, long texts counted by their pointers.
const MAX_ROW_BYTES: u64 = 65_535;

fn check_row_size(table: &TableDef) -> Result<(), SqlError> {
    let bytes: u64 = table.columns.iter().map(|column| row_bytes(&column.ty)).sum();
    if bytes > MAX_ROW_BYTES { Err(errors::row_too_big()) } else { Ok(()) }
}

fn row_bytes(ty: &ColumnType) -> u64 {
    let prefix = |bytes: u64| bytes + if bytes > 255 { 2 } else { 1 };
    match ty {
        ColumnType::Char { varying, length, collation } => {
            let bytes = u64::from(*length) * u64::from(collation.collation().charset.max_len);
            if *varying { prefix(bytes) } else { bytes }
        }
        ColumnType::Binary { varying: true, length } => prefix(u64::from(*length)),
        ColumnType::Binary { length, .. } => u64::from(*length),
        ColumnType::Text { .. } | ColumnType::Blob(_) | ColumnType::Json => 12,
        _ => 8,
    }
}

/// The table's own collation, from its options.
///
/// # Errors
/// 1115, 1253, 1273, 1302.
pub fn table_collation(
    scene: &mut Scene<'_>,
    options: &[crate::sql::statement::ast::TableOption],
    default: crate::value::collation::CollationId,
) -> Result<crate::value::collation::CollationId, SqlError> {
    use crate::sql::statement::ast::TableOption;
    let (mut charset, mut collate) = (None, None);
    for option in options {
        match option {
            TableOption::Charset(Some(name)) => {
                deprecated::of_charset(scene, Some(name), None);
                charset = Some(name.as_str());
            }
            TableOption::Charset(None) => charset = Some(default.collation().charset.name),
            TableOption::Collate(name) => {
                deprecated::of_charset(scene, None, Some(name));
                collate = Some(name.as_str());
            }
            _ => {}
        }
    }
    charset::resolve(charset, collate, default)
}
