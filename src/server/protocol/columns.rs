//! Column definitions, as they precede the rows of a result.
//!
//! ```text
//! "def" | schema | table | org_table | name | org_name     each string<lenenc>
//! 0c | charset int<2> | length int<4> | type int<1> | flags int<2> | decimals int<1> | 00 00
//! ```
//! Source: MySQL source code documentation, "Column Definition".

use crate::value::types::{BlobSize, ColumnType, IntegerSize};
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
    pub const VARCHAR: u8 = 15;
    pub const BIT: u8 = 16;
    pub const JSON: u8 = 245;
    pub const NEWDECIMAL: u8 = 246;
    pub const ENUM: u8 = 247;
    pub const SET: u8 = 248;
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
}

impl ColumnDefinition<'_> {
    /// Appends the payload. `default`: COM_FIELD_LIST's trailing default value, if it is that command.
    pub fn put_payload(&self, out: &mut Vec<u8>, default: Option<Option<&[u8]>>) {
        let texts = ["def", self.schema, self.table, self.org_table, self.name, self.org_name];
        for text in texts {
            put_lenenc_bytes(out, text.as_bytes());
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

/// The longest value of a TEXT or BLOB, in bytes.
pub fn blob_bytes(size: BlobSize) -> u32 {
    match size {
        BlobSize::Tiny => 0xff,
        BlobSize::Normal => 0xffff,
        BlobSize::Medium => 0xff_ffff,
        BlobSize::Long => u32::MAX,
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
        };
        let mut payload = Vec::new();
        column.put_payload(&mut payload, None);
        let captured = b"\x03def\0\0\0\x011\0\x0c\x3f\0\x02\0\0\0\x08\x81\0\0\0\0";
        assert_eq!(payload, captured);
    }
}
