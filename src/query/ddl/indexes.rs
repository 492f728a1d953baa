//! Indexes: parts, prefixes, lengths, names and order.

use std::sync::Arc;

use super::{Scene, errors, functional, names};
use crate::engine::catalog::{ColumnDef, IndexDef, IndexKind, IndexPart, TableDef, same_name};
use crate::sql::statement::ast::{self, IndexDefinition, IndexKey};
use crate::value::SqlError;
use crate::value::types::ColumnType;
use crate::value::warning::Warning;

/// Bytes of the longest key.
const MAX_KEY_BYTES: u64 = 3072;
/// Parts of an index, and indexes of a table besides the primary key.
const MAX_PARTS: usize = 16;
const MAX_INDEXES: usize = 64;
/// Characters of the longest comment of an index.
const MAX_COMMENT_CHARS: usize = 1024;
/// The name of an index that begins with an expression.
const FUNCTIONAL: &str = "functional_index";

/// Adds an index to a table.
///
/// # Errors
/// 1060, 1061, 1068 to 1072, 1089, 1170, 1171, 1235, 1280, 1688, 3152, 3522.
pub fn add(
    scene: &mut Scene<'_>,
    table: &mut TableDef,
    definition: &IndexDefinition,
) -> Result<(), SqlError> {
    let kind = kind_of(definition.kind);
    if definition.parts.len() > MAX_PARTS {
        return Err(errors::too_many_parts());
    }
    if table.indexes.len() >= MAX_INDEXES {
        return Err(errors::too_many_keys());
    }
    if definition.comment.as_ref().is_some_and(|text| text.chars().count() > MAX_COMMENT_CHARS) {
        return Err(errors::index_comment_too_long(definition.name.as_deref().unwrap_or_default()));
    }
    let name = given_name(table, kind, definition)?;
    let mut parts = Vec::with_capacity(definition.parts.len());
    for (number, part) in definition.parts.iter().enumerate() {
        let part = match &part.key {
            IndexKey::Column { name, prefix } => {
                column_part(table, kind, name, *prefix, part.descending)?
            }
            IndexKey::Expression(expr) => {
                let name = name.as_deref().unwrap_or(FUNCTIONAL);
                let column = functional::add_column(scene, table, kind, (name, number), expr)?;
                IndexPart { column, prefix: None, descending: part.descending }
            }
        };
        if parts.iter().any(|other: &IndexPart| other.column == part.column) {
            let name = table.columns.get(part.column).map_or("", |column| &column.name);
            return Err(errors::duplicate_column(name));
        }
        parts.push(part);
    }
    check_length(scene, table, &mut parts)?;
    let name = name.unwrap_or_else(|| name_of(table, &parts).into());
    if kind == IndexKind::Primary {
        take_primary(table, &parts, definition.invisible)?;
    }
    let comment = names::comment(definition.comment.as_deref());
    table.indexes.push(IndexDef { name, kind, parts, comment, visible: !definition.invisible });
    note_duplicate(scene, table);
    Ok(())
}

fn kind_of(kind: ast::IndexKind) -> IndexKind {
    match kind {
        ast::IndexKind::Primary => IndexKind::Primary,
        ast::IndexKind::Unique => IndexKind::Unique,
        ast::IndexKind::Plain => IndexKind::Plain,
    }
}

fn column_part(
    table: &TableDef,
    kind: IndexKind,
    name: &str,
    prefix: Option<u64>,
    descending: bool,
) -> Result<IndexPart, SqlError> {
    let column = table.column_index(name).ok_or_else(|| errors::no_key_column(name))?;
    let Some(definition) = table.columns.get(column) else {
        return Err(errors::no_key_column(name));
    };
    let prefix = check_prefix(definition, prefix)?;
    let virtual_key = definition.generated.as_ref().is_some_and(|generated| !generated.stored);
    if kind == IndexKind::Primary && virtual_key {
        return Err(errors::generated_action("Defining a virtual generated column as primary key"));
    }
    Ok(IndexPart { column, prefix, descending })
}

/// The prefix that is kept: one as long as the column is none.
fn check_prefix(column: &ColumnDef, prefix: Option<u64>) -> Result<Option<u32>, SqlError> {
    let limit = match &column.ty {
        ColumnType::Char { length, .. } | ColumnType::Binary { length, .. } => Some(*length),
        ColumnType::Text { .. } | ColumnType::Blob(_) => Some(u32::MAX),
        ColumnType::Json => return Err(errors::json_index(&column.name)),
        _ => None,
    };
    match (prefix, limit) {
        (None, Some(u32::MAX)) => Err(errors::blob_key(&column.name)),
        (None, _) => Ok(None),
        (Some(0), Some(_)) => {
            let text = format!("Key part '{}' length cannot be 0", column.name);
            Err(SqlError::new(1391, b"HY000", text))
        }
        (Some(prefix), Some(limit)) if prefix <= u64::from(limit) => {
            Ok((prefix < u64::from(limit)).then_some(prefix as u32))
        }
        (Some(_), _) => Err(errors::bad_prefix()),
    }
}

fn max_len(ty: &ColumnType) -> u64 {
    match ty {
        ColumnType::Char { collation, .. } | ColumnType::Text { collation, .. } => {
            u64::from(collation.collation().charset.max_len)
        }
        _ => 1,
    }
}

/// A part that is too long is an error, or where mode is not strict cut for a plain index.
fn check_length(
    scene: &mut Scene<'_>,
    table: &TableDef,
    parts: &mut [IndexPart],
) -> Result<(), SqlError> {
    let mut total = 0u64;
    for part in parts {
        let Some(column) = table.columns.get(part.column) else { continue };
        let bytes = part_bytes(&column.ty, part.prefix);
        if bytes > MAX_KEY_BYTES {
            if scene.context.sql_mode.is_strict() {
                return Err(errors::key_too_long());
            }
            let error = errors::key_too_long();
            scene.notes.push(Warning::new(error.code, error.message));
            part.prefix = Some((MAX_KEY_BYTES / max_len(&column.ty)) as u32);
        }
        total += bytes.min(MAX_KEY_BYTES);
    }
    if total > MAX_KEY_BYTES { Err(errors::key_too_long()) } else { Ok(()) }
}

fn part_bytes(ty: &ColumnType, prefix: Option<u32>) -> u64 {
    let length = match ty {
        ColumnType::Char { length, .. } | ColumnType::Binary { length, .. } => *length,
        ColumnType::Text { .. } | ColumnType::Blob(_) => u32::MAX,
        _ => 8,
    };
    u64::from(prefix.unwrap_or(length)) * max_len(ty)
}

/// The name that the statement says; one with an expression has one before its columns are known.
fn given_name(
    table: &TableDef,
    kind: IndexKind,
    definition: &IndexDefinition,
) -> Result<Option<Arc<str>>, SqlError> {
    if kind == IndexKind::Primary {
        return Ok(Some("PRIMARY".into()));
    }
    let Some(name) = &definition.name else {
        let of_expression = |part: &ast::IndexPart| matches!(part.key, IndexKey::Expression(_));
        let functional = definition.parts.iter().any(of_expression);
        return Ok(functional.then(|| free_name(table, FUNCTIONAL).into()));
    };
    names::check_index(name)?;
    if name.eq_ignore_ascii_case("PRIMARY") {
        return Err(errors::bad_index_name(name));
    }
    match table.index(name) {
        Some(_) => Err(errors::duplicate_key_name(name)),
        None => Ok(Some(name.as_str().into())),
    }
}

/// The name of an index that has none: its first column's.
fn name_of(table: &TableDef, parts: &[IndexPart]) -> String {
    let first = parts.first().and_then(|part| table.columns.get(part.column));
    free_name(table, first.map_or("key", |column| &column.name))
}

/// `a`, `a_2`, `a_3` …
pub fn free_name(table: &TableDef, base: &str) -> String {
    let base_taken = same_name(base, "PRIMARY") || table.index(base).is_some();
    if !base_taken {
        return base.to_owned();
    }
    (2u32..)
        .map(|n| format!("{base}_{n}"))
        .find(|name| table.index(name).is_none())
        .unwrap_or_default()
}

/// Columns of a primary key are NOT NULL.
fn take_primary(table: &mut TableDef, parts: &[IndexPart], hidden: bool) -> Result<(), SqlError> {
    if table.indexes.iter().any(|index| index.kind == IndexKind::Primary) {
        return Err(errors::two_primary_keys());
    }
    if hidden {
        return Err(errors::invisible_primary());
    }
    for part in parts {
        if let Some(column) = table.columns.get_mut(part.column) {
            column.nullable = false;
        }
    }
    Ok(())
}

/// 1831 for an index that another one equals.
fn note_duplicate(scene: &mut Scene<'_>, table: &TableDef) {
    let Some((last, others)) = table.indexes.split_last() else { return };
    let equal = |other: &&IndexDef| other.parts == last.parts && other.kind == last.kind;
    if others.iter().find(equal).is_some() {
        let text = format!(
            "Duplicate index '{}' defined on the table '{}.{}'. This is deprecated and will be disallowed in a future release.",
            last.name, table.schema, table.name
        );
        scene.warn(1831, &text);
    }
}

/// As MySQL orders them: the primary key, unique ones without NULL, other unique ones, the rest; in each class
/// those over virtual columns come last, and among unique ones those of whole columns first.
pub fn sort(table: &mut TableDef) {
    let columns = std::mem::take(&mut table.columns);
    let any = |index: &IndexDef, is: fn(&ColumnDef) -> bool| {
        index.parts.iter().filter_map(|part| columns.get(part.column)).any(is)
    };
    table.indexes.sort_by_key(|index| {
        let nullable = any(index, |column| column.nullable);
        let class = match index.kind {
            IndexKind::Primary => 0,
            IndexKind::Unique if !nullable => 1,
            IndexKind::Unique => 2,
            IndexKind::Plain => 3,
        };
        let partial = index.parts.iter().any(|part| part.prefix.is_some());
        let of_virtual =
            any(index, |column| column.generated.as_ref().is_some_and(|made| !made.stored));
        (class, of_virtual, partial && index.kind == IndexKind::Unique)
    });
    table.columns = columns;
}

/// 1171 for a primary key over a column whose definition says that it may be NULL.
///
/// # Errors
/// 1171.
pub fn refuse_null(
    index: &IndexDefinition,
    columns: &[ast::ColumnDefinition],
) -> Result<(), SqlError> {
    if index.kind != ast::IndexKind::Primary {
        return Ok(());
    }
    let named = |column: &&ast::ColumnDefinition| {
        index.parts.iter().any(|part| match &part.key {
            IndexKey::Column { name, .. } => same_name(name, &column.name),
            IndexKey::Expression(_) => false,
        })
    };
    match columns.iter().filter(named).any(|column| says_null(column) && !column.primary) {
        true => Err(errors::null_in_primary()),
        false => Ok(()),
    }
}

/// Whether a definition says NULL or DEFAULT NULL.
pub fn says_null(column: &ast::ColumnDefinition) -> bool {
    use ast::{DefaultValue, Expr, Value};
    let null = match &column.default {
        Some(DefaultValue::Literal(Expr::Value(literal))) => literal.value == Value::Null,
        _ => false,
    };
    column.nullable == Some(true) || null && column.nullable.is_none()
}
