//! Indexes: parts, prefixes, lengths, names and order.

use std::sync::Arc;

use super::{Scene, errors, names};
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
    let mut parts = Vec::with_capacity(definition.parts.len());
    for part in &definition.parts {
        let part = index_part(table, kind, part)?;
        if parts.iter().any(|other: &IndexPart| other.column == part.column) {
            let name = table.columns.get(part.column).map_or("", |column| &column.name);
            return Err(errors::duplicate_column(name));
        }
        parts.push(part);
    }
    check_length(scene, table, &mut parts)?;
    let name = index_name(table, kind, definition.name.as_deref(), &parts)?;
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

fn index_part(
    table: &TableDef,
    kind: IndexKind,
    part: &ast::IndexPart,
) -> Result<IndexPart, SqlError> {
    let (name, prefix) = match &part.key {
        IndexKey::Column { name, prefix } => (name, *prefix),
        IndexKey::Expression(_) => return Err(SqlError::not_supported("functional indexes")),
    };
    let column = table.column_index(name).ok_or_else(|| errors::no_key_column(name))?;
    let Some(definition) = table.columns.get(column) else {
        return Err(errors::no_key_column(name));
    };
    let prefix = check_prefix(definition, prefix)?;
    let virtual_key = definition.generated.as_ref().is_some_and(|generated| !generated.stored);
    if kind == IndexKind::Primary && virtual_key {
        return Err(errors::generated_action("Defining a virtual generated column as primary key"));
    }
    Ok(IndexPart { column, prefix, descending: part.descending })
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

fn index_name(
    table: &TableDef,
    kind: IndexKind,
    name: Option<&str>,
    parts: &[IndexPart],
) -> Result<Arc<str>, SqlError> {
    if kind == IndexKind::Primary {
        return Ok("PRIMARY".into());
    }
    match name {
        None => {
            let first = parts.first().and_then(|part| table.columns.get(part.column));
            Ok(free_name(table, first.map_or("key", |column| &column.name)).into())
        }
        Some(name) => {
            names::check_index(name)?;
            if name.eq_ignore_ascii_case("PRIMARY") {
                return Err(errors::bad_index_name(name));
            }
            if table.index(name).is_some() {
                return Err(errors::duplicate_key_name(name));
            }
            Ok(name.into())
        }
    }
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
    let equal = |other: &&IndexDef| {
        other.parts == last.parts
            && (other.kind == last.kind || last.kind == IndexKind::Plain)
            && other.kind != IndexKind::Primary
    };
    if others.iter().find(equal).is_some() {
        let text = format!(
            "Duplicate index '{}' defined on the table '{}.{}'. This is deprecated and will be disallowed in a future release.",
            last.name, table.schema, table.name
        );
        scene.warn(1831, &text);
    }
}

/// As MySQL orders them: the primary key, unique ones without NULL, other unique ones, the rest.
pub fn sort(table: &mut TableDef) {
    let columns = std::mem::take(&mut table.columns);
    let may_be_null = |index: &IndexDef| {
        let part =
            |part: &IndexPart| columns.get(part.column).is_some_and(|column| column.nullable);
        index.parts.iter().any(part)
    };
    table.indexes.sort_by_key(|index| match index.kind {
        IndexKind::Primary => 0,
        IndexKind::Unique if !may_be_null(index) => 1,
        IndexKind::Unique => 2,
        IndexKind::Plain => 3,
    });
    table.columns = columns;
}
