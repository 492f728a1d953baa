//! Column definitions, as they precede the rows of a result.
//!
//! ```text
//! "def" | schema | table | org_table | name | org_name     each string<lenenc>
//! 0c | charset int<2> | length int<4> | type int<1> | flags int<2> | decimals int<1> | 00 00
//! ```
//! Source: MySQL source code documentation, "Column Definition".

use std::borrow::Cow;

use crate::query::{ResultColumn, column_flags};
use crate::value::collation::Collation;
use crate::value::types::{BlobSize, CollationId, ColumnType, IntegerSize};
use crate::wire::reader::{put_lenenc_bytes, put_lenenc_int};

/// The type codes of columns (`enum_field_types`).
pub mod code {
    pub const TINY: u8 = 1;
    pub const SHORT: u8 = 2;
    pub const LONG: u8 = 3;
    pub const FLOAT: u8 = 4;
    pub const DOUBLE: u8 = 5;
    pub const NULL: u8 = 6;
    pub const TIMESTAMP: u8 = 7;
    pub const LONGLONG: u8 = 8;
    pub const INT24: u8 = 9;
    pub const DATE: u8 = 10;
    pub const TIME: u8 = 11;
    pub const DATETIME: u8 = 12;
    pub const YEAR: u8 = 13;
    pub const BIT: u8 = 16;
    pub const JSON: u8 = 245;
    pub const NEWDECIMAL: u8 = 246;
    pub const TINY_BLOB: u8 = 249;
    pub const MEDIUM_BLOB: u8 = 250;
    pub const LONG_BLOB: u8 = 251;
    pub const BLOB: u8 = 252;
    pub const VAR_STRING: u8 = 253;
    pub const STRING: u8 = 254;
}

/// A column's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDefinition<'a> {
    /// The schema of its table; empty for expressions.
    pub schema: &'a str,
    /// The table's name in the statement.
    pub table: &'a str,
    /// The table's own name.
    pub org_table: &'a str,
    /// The column's name in the statement.
    pub name: &'a str,
    /// The column's own name.
    pub org_name: &'a str,
    /// The number of the collation that its texts are sent in; 63 for what is no text.
    pub charset: u16,
    /// The longest value, in bytes of that character set.
    pub length: u32,
    /// One of [`code`].
    pub type_code: u8,
    /// NOT NULL, keys, unsigned, … (`NOT_NULL_FLAG` and those after it).
    pub flags: u16,
    /// Digits after the point; 31 when there is no fixed number.
    pub decimals: u8,
    /// `character_set_results`, which names are sent in; UTF-8 where there is none.
    pub results: Option<CollationId>,
}

impl ColumnDefinition<'_> {
    /// A name in the character set of the client.
    fn encoded<'n>(&self, name: &'n str) -> Cow<'n, [u8]> {
        let results = self.results.and_then(Collation::by_id);
        match results.map(|results| results.charset) {
            Some(charset) if charset.max_len == 1 && !name.is_ascii() => {
                let mut bytes = Vec::new();
                charset.encode_lossy(name, &mut bytes);
                Cow::Owned(bytes)
            }
            _ => Cow::Borrowed(name.as_bytes()),
        }
    }

    /// Appends the payload. `default`: COM_FIELD_LIST's trailing default value, if it is that command.
    pub fn put_payload(&self, out: &mut Vec<u8>, default: Option<Option<&[u8]>>) {
        let texts = ["def", self.schema, self.table, self.org_table, self.name, self.org_name];
        for text in texts {
            put_lenenc_bytes(out, &self.encoded(text));
        }
        put_lenenc_int(out, 0x0c);
        out.extend_from_slice(&self.charset.to_le_bytes());
        out.extend_from_slice(&self.length.to_le_bytes());
        out.push(self.type_code);
        out.extend_from_slice(&self.flags.to_le_bytes());
        out.extend_from_slice(&[self.decimals, 0, 0]);
        match default {
            None => {}
            Some(Some(text)) => put_lenenc_bytes(out, text),
            // NULL
            Some(None) => out.push(0xfb),
        }
    }
}

/// The code that a type has on the wire. Texts and blobs of every size are BLOB, ENUM and SET are
/// STRING there, as MySQL sends them (`Field::type` against `Send_field`).
pub fn type_code(ty: &ColumnType) -> u8 {
    match ty {
        ColumnType::Integer { size, .. } => match size {
            IntegerSize::Tiny => code::TINY,
            IntegerSize::Small => code::SHORT,
            IntegerSize::Medium => code::INT24,
            IntegerSize::Int => code::LONG,
            IntegerSize::Big => code::LONGLONG,
        },
        ColumnType::Decimal { .. } => code::NEWDECIMAL,
        ColumnType::Float { double: false, .. } => code::FLOAT,
        ColumnType::Float { double: true, .. } => code::DOUBLE,
        ColumnType::Bit(_) => code::BIT,
        ColumnType::Year => code::YEAR,
        ColumnType::Date => code::DATE,
        ColumnType::Time(_) => code::TIME,
        ColumnType::DateTime(_) => code::DATETIME,
        ColumnType::Timestamp(_) => code::TIMESTAMP,
        ColumnType::Char { varying: true, .. } | ColumnType::Binary { varying: true, .. } => {
            code::VAR_STRING
        }
        ColumnType::Char { .. } | ColumnType::Binary { .. } => code::STRING,
        ColumnType::Enum { .. } | ColumnType::Set { .. } => code::STRING,
        ColumnType::Text { .. } | ColumnType::Blob(_) => code::BLOB,
        ColumnType::Json => code::JSON,
        ColumnType::Null => code::NULL,
    }
}

/// `binary`: the collation of what is no text.
const BINARY: u16 = 63;
/// There is no fixed number of digits after the point.
const NOT_FIXED: u8 = 31;
/// What MySQL says of a JSON column's length: LONGTEXT's; and of computed JSON's: whole characters.
const JSON_LENGTH: u32 = u32::MAX;
const COMPUTED_JSON_LENGTH: u32 = u32::MAX - 3;
/// A DOUBLE that is computed has a sign more than a column's.
const COMPUTED_DOUBLE_LENGTH: u32 = 23;
/// `utf8mb4_bin`: what JSON is written in.
const JSON_COLLATION: u16 = 46;

/// The definition of a result's column for a client whose texts arrive in `results`.
pub fn definition<'a>(
    column: &'a ResultColumn,
    results: Option<CollationId>,
) -> ColumnDefinition<'a> {
    let ty = &column.ty.ty;
    let charset = charset(column, results);
    ColumnDefinition {
        schema: &column.schema,
        table: &column.table,
        org_table: &column.org_table,
        name: &column.name,
        org_name: &column.org_name,
        charset,
        length: match is_computed(column) {
            true => computed_length(ty, charset, results.is_some()),
            false => length(ty, charset, results.is_some()),
        },
        type_code: if is_computed(column) { computed_code(ty) } else { type_code(ty) },
        flags: flags(column, ty),
        decimals: if is_computed(column) { computed_decimals(ty) } else { decimals(ty) },
        results,
    }
}

/// Whether it is an expression's value, of which some things are said otherwise than of a table's column.
fn is_computed(column: &ResultColumn) -> bool {
    column.org_name.is_empty()
}

fn computed_code(ty: &ColumnType) -> u8 {
    match ty {
        ColumnType::Text { size: BlobSize::Long, .. } | ColumnType::Blob(BlobSize::Long) => {
            code::LONG_BLOB
        }
        ColumnType::Text { size: BlobSize::Medium, .. } | ColumnType::Blob(BlobSize::Medium) => {
            code::MEDIUM_BLOB
        }
        _ => type_code(ty),
    }
}

fn computed_length(ty: &ColumnType, charset: u16, converted: bool) -> u32 {
    match ty {
        ColumnType::Json => COMPUTED_JSON_LENGTH,
        ColumnType::Float { double: true, digits: None, .. } => COMPUTED_DOUBLE_LENGTH,
        _ => length(ty, charset, converted),
    }
}

/// Texts have no fixed number of digits.
fn computed_decimals(ty: &ColumnType) -> u8 {
    match ty {
        ColumnType::Char { .. }
        | ColumnType::Text { .. }
        | ColumnType::Blob(_)
        | ColumnType::Binary { .. }
        | ColumnType::Json => NOT_FIXED,
        _ => decimals(ty),
    }
}

/// The collation that the client is told: that of `character_set_results`, or the column's own.
fn charset(column: &ResultColumn, results: Option<CollationId>) -> u16 {
    let ty = &column.ty.ty;
    let own = match ty {
        ColumnType::Char { collation, .. }
        | ColumnType::Text { collation, .. }
        | ColumnType::Enum { collation, .. }
        | ColumnType::Set { collation, .. } => collation.0,
        ColumnType::Json if !column.org_name.is_empty() => return BINARY,
        ColumnType::Json => return results.map_or(JSON_COLLATION, |results| results.0),
        _ => return BINARY,
    };
    if own == BINARY { BINARY } else { results.map_or(own, |results| results.0) }
}

/// Bytes of the longest character of a collation's character set.
fn max_len(collation: u16) -> u32 {
    Collation::by_id(CollationId(collation)).map_or(4, |found| u32::from(found.charset.max_len))
}

/// The longest value, in bytes as the client gets it.
fn length(ty: &ColumnType, charset: u16, converted: bool) -> u32 {
    let characters = |count: u32| count.saturating_mul(max_len(charset));
    match ty {
        ColumnType::Integer { width: Some(width), .. } => u32::from(*width),
        ColumnType::Integer { size, unsigned, .. } => size.digits(*unsigned),
        ColumnType::Decimal { precision, scale, unsigned, .. } => {
            u32::from(*precision) + u32::from(*scale > 0) + u32::from(!*unsigned)
        }
        ColumnType::Float { digits: Some((precision, _)), .. } => u32::from(*precision),
        ColumnType::Float { double: false, .. } => 12,
        ColumnType::Float { double: true, .. } => 22,
        ColumnType::Bit(bits) => u32::from(*bits),
        ColumnType::Year => 4,
        ColumnType::Date => 10,
        ColumnType::Time(fraction) => 10 + fraction_digits(*fraction),
        ColumnType::DateTime(fraction) | ColumnType::Timestamp(fraction) => {
            19 + fraction_digits(*fraction)
        }
        ColumnType::Char { length, .. } => characters(*length),
        ColumnType::Binary { length, .. } => *length,
        // The size in bytes is taken for characters, where texts are converted at all.
        ColumnType::Text { size, .. } if converted => characters(size.bytes()),
        ColumnType::Text { size, .. } => size.bytes(),
        ColumnType::Blob(size) => size.bytes(),
        ColumnType::Enum { members, .. } => characters(longest(members)),
        ColumnType::Set { members, .. } => characters(joined(members)),
        ColumnType::Json => JSON_LENGTH,
        ColumnType::Null => 0,
    }
}

/// The point and the digits after it.
fn fraction_digits(fraction: u8) -> u32 {
    if fraction == 0 { 0 } else { u32::from(fraction) + 1 }
}

fn longest(members: &[Box<str>]) -> u32 {
    let longest = members.iter().map(|member| member.chars().count()).max();
    u32::try_from(longest.unwrap_or(0)).unwrap_or(u32::MAX)
}

/// All members with commas between.
fn joined(members: &[Box<str>]) -> u32 {
    let letters: usize = members.iter().map(|member| member.chars().count()).sum();
    u32::try_from(letters + members.len().saturating_sub(1)).unwrap_or(u32::MAX)
}

/// What the type says by itself is added to what the column says.
fn flags(column: &ResultColumn, ty: &ColumnType) -> u16 {
    use column_flags as flag;
    let of_type = match ty {
        ColumnType::Integer { unsigned, zerofill, .. }
        | ColumnType::Decimal { unsigned, zerofill, .. }
        | ColumnType::Float { unsigned, zerofill, .. } => {
            let unsigned = if *unsigned { flag::UNSIGNED } else { 0 };
            let zerofill = if *zerofill { flag::ZEROFILL } else { 0 };
            // A column of a table is not called binary; what is computed is.
            let computed = if is_computed(column) { flag::BINARY } else { 0 };
            computed | unsigned | zerofill
        }
        ColumnType::Bit(_) => flag::UNSIGNED,
        ColumnType::Year => flag::UNSIGNED | flag::ZEROFILL,
        ColumnType::Date | ColumnType::Time(_) | ColumnType::DateTime(_) => flag::BINARY,
        ColumnType::Timestamp(_) => flag::BINARY,
        ColumnType::Char { collation, .. } => binary_collation(*collation),
        ColumnType::Text { collation, .. } => blob(column) | binary_collation(*collation),
        ColumnType::Binary { .. } | ColumnType::Null => flag::BINARY,
        ColumnType::Blob(_) | ColumnType::Json => blob(column) | flag::BINARY,
        ColumnType::Enum { .. } => flag::ENUM,
        ColumnType::Set { .. } => flag::SET,
    };
    let not_null = if column.ty.nullable { 0 } else { flag::NOT_NULL };
    column.flags | of_type | not_null
}

/// A column of long texts is called a blob; what is computed is not.
fn blob(column: &ResultColumn) -> u16 {
    if is_computed(column) { 0 } else { column_flags::BLOB }
}

/// Texts that are compared byte by byte have the flag too.
fn binary_collation(collation: CollationId) -> u16 {
    let bytewise = Collation::by_id(collation).is_some_and(|found| found.name.ends_with("_bin"));
    if bytewise { column_flags::BINARY } else { 0 }
}

fn decimals(ty: &ColumnType) -> u8 {
    match ty {
        ColumnType::Decimal { scale, .. } => *scale,
        ColumnType::Float { digits: Some((_, scale)), .. } => *scale,
        ColumnType::Float { .. } => NOT_FIXED,
        ColumnType::Time(fraction)
        | ColumnType::DateTime(fraction)
        | ColumnType::Timestamp(fraction) => *fraction,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `SELECT 1` as MySQL 8.0 answers it.
    #[test]
    fn a_literal_has_no_table() {
        let column = ColumnDefinition {
            schema: "",
            table: "",
            org_table: "",
            name: "1",
            org_name: "",
            charset: 63,
            length: 2,
            type_code: code::LONGLONG,
            flags: 0x81,
            decimals: 0,
            results: None,
        };
        let mut payload = Vec::new();
        column.put_payload(&mut payload, None);
        let captured = b"\x03def\0\0\0\x011\0\x0c\x3f\0\x02\0\0\0\x08\x81\0\0\0\0";
        assert_eq!(payload, captured);
    }
}
