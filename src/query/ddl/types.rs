//! Types as written to types as stored, with MySQL's limits.

use std::sync::Arc;

use super::{Context, Scene, charset, errors};
use crate::sql::statement::ast::{TypeDefinition, TypeName};
use crate::value::SqlError;
use crate::value::collation::CollationId;
use crate::value::types::{BlobSize, ColumnType, IntegerSize};
use crate::value::warning::Warning;

/// Bytes of the longest VARCHAR and VARBINARY.
const MAX_VARCHAR_BYTES: u64 = 65_535;
/// Members of the largest SET and ENUM.
const MAX_SET_MEMBERS: usize = 64;
const MAX_ENUM_MEMBERS: usize = 65_535;

/// The type of a column; `default` is the table's collation.
///
/// # Errors
/// 1063, 1074, 1097, 1115, 1253, 1273, 1291, 1425 to 1427, 1439, 1818, 3013.
pub fn column_type(
    scene: &mut Scene<'_>,
    column: &str,
    ty: &TypeDefinition,
    default: CollationId,
) -> Result<ColumnType, SqlError> {
    use IntegerSize::{Big, Int, Medium, Small, Tiny};
    Ok(match &ty.name {
        TypeName::TinyInt(width) => integer(column, ty, Tiny, *width)?,
        TypeName::SmallInt(width) => integer(column, ty, Small, *width)?,
        TypeName::MediumInt(width) => integer(column, ty, Medium, *width)?,
        TypeName::Int(width) => integer(column, ty, Int, *width)?,
        TypeName::BigInt(width) => integer(column, ty, Big, *width)?,
        TypeName::Bool => {
            ColumnType::Integer { size: Tiny, unsigned: false, width: Some(1), zerofill: false }
        }
        TypeName::Serial => {
            ColumnType::Integer { size: Big, unsigned: true, width: None, zerofill: false }
        }
        TypeName::Decimal(digits) => decimal(column, ty, *digits)?,
        TypeName::Float(digits) => float(column, ty, *digits)?,
        TypeName::Double(digits) => {
            let digits = digits.map(|(m, d)| float_digits(column, m, d)).transpose()?;
            ColumnType::Float { double: true, unsigned: ty.unsigned, digits, zerofill: ty.zerofill }
        }
        TypeName::Bit(None) => ColumnType::Bit(1),
        TypeName::Bit(Some(0)) => return Err(errors::bad_size(column)),
        TypeName::Bit(Some(bits)) => match u8::try_from(*bits) {
            Ok(bits) if bits <= 64 => ColumnType::Bit(bits),
            _ => return Err(errors::width_too_big(column, 64)),
        },
        TypeName::Year(None | Some(4)) => ColumnType::Year,
        TypeName::Year(_) => return Err(errors::bad_year()),
        TypeName::Date => ColumnType::Date,
        TypeName::Time(digits) => ColumnType::Time(fraction(column, *digits)?),
        TypeName::DateTime(digits) => ColumnType::DateTime(fraction(column, *digits)?),
        TypeName::Timestamp(digits) => ColumnType::Timestamp(fraction(column, *digits)?),
        TypeName::Json => ColumnType::Json,
        _ => string(scene, column, ty, default)?,
    })
}

/// The type of a column of a computed table: text is utf8mb3, as information_schema has it.
pub fn virtual_type(column: &str, ty: &TypeDefinition) -> Result<ColumnType, SqlError> {
    let context = Context::of_server();
    let database = crate::engine::Database::default();
    let temporary = crate::engine::TemporaryTables::default();
    let notes = Vec::new();
    let mut scene = Scene { context: &context, database: &database, temporary: &temporary, notes };
    column_type(&mut scene, column, ty, CollationId::UTF8MB3_GENERAL_CI)
}

fn integer(
    column: &str,
    ty: &TypeDefinition,
    size: IntegerSize,
    width: Option<u64>,
) -> Result<ColumnType, SqlError> {
    if width.is_some_and(|width| width > 255) {
        return Err(errors::width_too_big(column, 255));
    }
    let boolean = size == IntegerSize::Tiny && width == Some(1) && !ty.unsigned;
    let usual = match size {
        IntegerSize::Tiny => 3,
        IntegerSize::Small => 5,
        IntegerSize::Medium => 8,
        IntegerSize::Int => 10,
        IntegerSize::Big => 20,
    };
    let given = width.and_then(|width| u8::try_from(width).ok()).filter(|width| *width > 0);
    let width = match (ty.zerofill, boolean) {
        (true, _) => Some(given.unwrap_or(usual)),
        (false, true) => Some(1),
        _ => None,
    };
    Ok(ColumnType::Integer { size, unsigned: ty.unsigned, width, zerofill: ty.zerofill })
}

fn decimal(
    column: &str,
    ty: &TypeDefinition,
    digits: Option<(u64, u64)>,
) -> Result<ColumnType, SqlError> {
    let (precision, scale) = match digits {
        None | Some((0, 0)) => (10, 0),
        Some(digits) => digits,
    };
    if scale > 30 {
        return Err(errors::scale_too_big(scale, column, 30));
    }
    if precision > 65 {
        return Err(errors::precision_too_big(precision, column, 65));
    }
    if scale > precision {
        return Err(errors::scale_over_precision(column));
    }
    // Both fit: they were just compared.
    let (precision, scale) = (precision as u8, scale as u8);
    Ok(ColumnType::Decimal { precision, scale, unsigned: ty.unsigned, zerofill: ty.zerofill })
}

fn float(
    column: &str,
    ty: &TypeDefinition,
    digits: Option<(u64, Option<u64>)>,
) -> Result<ColumnType, SqlError> {
    let (double, digits) = match digits {
        None => (false, None),
        Some((precision, None)) if precision > 53 => return Err(errors::bad_specifier(column)),
        Some((precision, None)) => (precision > 24, None),
        Some((m, Some(d))) => (false, Some(float_digits(column, m, d)?)),
    };
    Ok(ColumnType::Float { double, unsigned: ty.unsigned, digits, zerofill: ty.zerofill })
}

fn float_digits(column: &str, m: u64, d: u64) -> Result<(u8, u8), SqlError> {
    if d > 30 {
        return Err(errors::scale_too_big(d, column, 30));
    }
    let Ok(total) = u8::try_from(m) else { return Err(errors::width_too_big(column, 255)) };
    if d > m {
        return Err(errors::scale_over_precision(column));
    }
    Ok((total, d as u8))
}

fn fraction(column: &str, digits: Option<u64>) -> Result<u8, SqlError> {
    match digits.unwrap_or(0) {
        digits @ 0..=6 => Ok(digits as u8),
        digits => Err(errors::precision_too_big(digits, column, 6)),
    }
}

fn string(
    scene: &mut Scene<'_>,
    column: &str,
    ty: &TypeDefinition,
    default: CollationId,
) -> Result<ColumnType, SqlError> {
    match &ty.name {
        TypeName::Binary(length) => return binary(column, length.unwrap_or(1)),
        TypeName::Varbinary(length) => return varbinary(column, *length),
        TypeName::TinyBlob => return Ok(ColumnType::Blob(BlobSize::Tiny)),
        TypeName::Blob(length) => return Ok(ColumnType::Blob(blob_size(*length, 1))),
        TypeName::MediumBlob => return Ok(ColumnType::Blob(BlobSize::Medium)),
        TypeName::LongBlob => return Ok(ColumnType::Blob(BlobSize::Long)),
        _ => {}
    }
    let mut collation = charset::resolve(ty.charset.as_deref(), ty.collate.as_deref(), default)?;
    if ty.binary && ty.collate.is_none() {
        collation = collation.collation().charset.binary_collation;
    }
    let max_len = u64::from(collation.collation().charset.max_len);
    let is_binary = collation == CollationId::BINARY;
    match &ty.name {
        TypeName::Char(length) if is_binary => binary(column, length.unwrap_or(1)),
        TypeName::Varchar(length) if is_binary => varbinary(column, *length),
        TypeName::Char(length) => match length.unwrap_or(1) {
            length @ 0..=255 => {
                Ok(ColumnType::Char { varying: false, length: length as u32, collation })
            }
            _ => Err(errors::column_too_long(column, 255)),
        },
        TypeName::Varchar(length) => varchar(scene, column, *length, collation, max_len),
        TypeName::Enum(members) => {
            let members = self::members(column, members, "ENUM", collation, scene)?;
            Ok(ColumnType::Enum { members, collation })
        }
        TypeName::Set(members) => {
            let members = self::members(column, members, "SET", collation, scene)?;
            Ok(ColumnType::Set { members, collation })
        }
        name => {
            let size = match name {
                TypeName::TinyText => BlobSize::Tiny,
                TypeName::MediumText => BlobSize::Medium,
                TypeName::LongText => BlobSize::Long,
                TypeName::Text(length) => blob_size(*length, max_len),
                _ => return Err(errors::bad_specifier(column)),
            };
            Ok(if is_binary {
                ColumnType::Blob(size)
            } else {
                ColumnType::Text { size, collation }
            })
        }
    }
}

fn binary(column: &str, length: u64) -> Result<ColumnType, SqlError> {
    match length {
        0..=255 => Ok(ColumnType::Binary { varying: false, length: length as u32 }),
        _ => Err(errors::column_too_long(column, 255)),
    }
}

fn varbinary(column: &str, length: u64) -> Result<ColumnType, SqlError> {
    if length > MAX_VARCHAR_BYTES {
        return Err(errors::column_too_long(column, MAX_VARCHAR_BYTES));
    }
    Ok(ColumnType::Binary { varying: true, length: length as u32 })
}

/// A VARCHAR; one that is too long becomes a TEXT where mode is not strict.
fn varchar(
    scene: &mut Scene<'_>,
    column: &str,
    length: u64,
    collation: CollationId,
    max_len: u64,
) -> Result<ColumnType, SqlError> {
    let max = MAX_VARCHAR_BYTES / max_len;
    if length <= max {
        return Ok(ColumnType::Char { varying: true, length: length as u32, collation });
    }
    if scene.context.sql_mode.is_strict() || length > u64::from(u32::MAX) {
        return Err(errors::column_too_long(column, max));
    }
    let note = format!("Converting column '{column}' from VARCHAR to TEXT");
    scene.notes.push(Warning::note(1246, note));
    Ok(ColumnType::Text { size: blob_size(Some(length), max_len), collation })
}

/// The smallest TEXT or BLOB that holds so many characters.
fn blob_size(length: Option<u64>, max_len: u64) -> BlobSize {
    let bytes = length.unwrap_or(MAX_VARCHAR_BYTES / max_len).saturating_mul(max_len);
    match bytes {
        0 => BlobSize::Normal,
        1..0x100 => BlobSize::Tiny,
        0x100..0x1_0000 => BlobSize::Normal,
        0x1_0000..0x100_0000 => BlobSize::Medium,
        _ => BlobSize::Long,
    }
}

fn members(
    column: &str,
    members: &[String],
    kind: &str,
    collation: CollationId,
    scene: &mut Scene<'_>,
) -> Result<Arc<[Box<str>]>, SqlError> {
    let max = if kind == "SET" { MAX_SET_MEMBERS } else { MAX_ENUM_MEMBERS };
    if members.len() > max {
        return Err(errors::too_many_members(column));
    }
    let mut list: Vec<Box<str>> = Vec::with_capacity(members.len());
    for member in members {
        let member = member.trim_end_matches(' ');
        if kind == "SET" && member.contains(',') {
            return Err(errors::comma_in_set(member));
        }
        if list.iter().any(|other| collation.collation().equal(other, member)) {
            let error = errors::duplicate_member(column, member, kind);
            if scene.context.sql_mode.is_strict() {
                return Err(error);
            }
            scene.notes.push(Warning::note(error.code, error.message));
        }
        list.push(member.into());
    }
    Ok(list.into())
}
