//! How a column's values lie in a row image: from our own types, and from what a table map says.
//!
//! A table map gives each column a type code and up to two bytes of metadata. That is enough to step over
//! a value, not to understand it: whether an integer is signed, a string's character set and an ENUM's names
//! come from the optional metadata or from the table's own definition.

use std::sync::Arc;

use mysql_common::constants::ColumnType as Code;

use super::super::bytes::{EventError, Reader};
use super::text;
use crate::value::types::{BlobSize, CollationId, ColumnType, IntegerSize};

/// The names of an ENUM or SET.
pub type Members = Arc<[Box<str>]>;

/// The collation of binary strings.
pub const BINARY: CollationId = CollationId(63);

/// How the values of a column are written.
#[derive(Debug, Clone, PartialEq)]
pub enum Layout {
    /// One to eight bytes.
    Integer {
        /// How many.
        bytes: u8,
        /// Values are never below zero.
        unsigned: bool,
    },
    /// Nine digits in four bytes.
    Decimal {
        /// All digits.
        precision: u8,
        /// Those after the point.
        scale: u8,
    },
    /// Four bytes.
    Float,
    /// Eight bytes.
    Double,
    /// So many bits in whole bytes, the highest first.
    Bit(u8),
    /// Years since 1900, in one byte.
    Year,
    /// Three bytes.
    Date,
    /// Three bytes and a fraction of so many digits.
    Time(u8),
    /// Five bytes and a fraction.
    DateTime(u8),
    /// Four bytes of seconds since 1970 and a fraction.
    Timestamp(u8),
    /// TIMESTAMP as MySQL 5.5 wrote it: four bytes, the lowest first.
    OldTimestamp,
    /// TIME as MySQL 5.5 wrote it: the decimal number `hhmmss`.
    OldTime,
    /// DATETIME as MySQL 5.5 wrote it: the decimal number `YYYYMMDDhhmmss`.
    OldDateTime,
    /// A character string after its length.
    Text {
        /// Bytes of the length.
        prefix: u8,
        /// Its character set.
        collation: CollationId,
    },
    /// A binary string after its length.
    Bytes {
        /// Bytes of the length.
        prefix: u8,
        /// BINARY: as long as this, the zero bytes at its end left out.
        padded: Option<u32>,
    },
    /// The member's number.
    Enum {
        /// One or two bytes.
        bytes: u8,
        /// The names, where known.
        members: Option<Members>,
    },
    /// One bit a member.
    Set {
        /// One to eight bytes.
        bytes: u8,
        /// The names, where known.
        members: Option<Members>,
    },
    /// A binary JSON document after its length.
    Json {
        /// Bytes of the length.
        prefix: u8,
    },
}

/// A type code of the table map and its metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coded {
    /// The code.
    pub code: u8,
    /// The metadata, in the order in which it is written.
    pub metadata: [u8; 2],
    /// How many bytes of it there are.
    pub metadata_len: u8,
}

impl Coded {
    fn new(code: Code, metadata: &[u8]) -> Self {
        let mut coded =
            Self { code: code as u8, metadata: [0; 2], metadata_len: metadata.len() as u8 };
        coded.metadata.iter_mut().zip(metadata).for_each(|(to, from)| *to = *from);
        coded
    }

    /// How many bytes of metadata follow a type code in a table map.
    pub fn metadata_len(code: u8) -> Result<u8, EventError> {
        use Code::*;
        match Code::try_from(code) {
            Ok(
                MYSQL_TYPE_TINY | MYSQL_TYPE_SHORT | MYSQL_TYPE_INT24 | MYSQL_TYPE_LONG
                | MYSQL_TYPE_LONGLONG | MYSQL_TYPE_NULL | MYSQL_TYPE_TIMESTAMP | MYSQL_TYPE_DATE
                | MYSQL_TYPE_NEWDATE | MYSQL_TYPE_TIME | MYSQL_TYPE_DATETIME | MYSQL_TYPE_YEAR,
            ) => Ok(0),
            Ok(
                MYSQL_TYPE_FLOAT
                | MYSQL_TYPE_DOUBLE
                | MYSQL_TYPE_TIMESTAMP2
                | MYSQL_TYPE_DATETIME2
                | MYSQL_TYPE_TIME2
                | MYSQL_TYPE_BLOB
                | MYSQL_TYPE_TINY_BLOB
                | MYSQL_TYPE_MEDIUM_BLOB
                | MYSQL_TYPE_LONG_BLOB
                | MYSQL_TYPE_JSON
                | MYSQL_TYPE_GEOMETRY
                | MYSQL_TYPE_VECTOR,
            ) => Ok(1),
            Ok(
                MYSQL_TYPE_VARCHAR
                | MYSQL_TYPE_VAR_STRING
                | MYSQL_TYPE_STRING
                | MYSQL_TYPE_BIT
                | MYSQL_TYPE_NEWDECIMAL
                | MYSQL_TYPE_ENUM
                | MYSQL_TYPE_SET,
            ) => Ok(2),
            _ => Err(EventError::Unsupported(format!("column type {code}"))),
        }
    }

    /// Reads the metadata of a column of this code.
    pub fn read(code: u8, from: &mut Reader<'_>) -> Result<Self, EventError> {
        let metadata_len = Self::metadata_len(code)?;
        let mut metadata = [0; 2];
        let bytes = from.bytes(usize::from(metadata_len))?;
        metadata.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Ok(Self { code, metadata, metadata_len })
    }

    /// The metadata as it is written.
    pub fn bytes(&self) -> &[u8] {
        self.metadata.get(..usize::from(self.metadata_len)).unwrap_or_default()
    }

    /// Whether it counts as numeric in the optional metadata; YEAR does.
    pub fn is_numeric(&self) -> bool {
        Code::try_from(self.code).is_ok_and(|code| code.is_numeric_type())
    }

    /// Whether it has a character set, be it `binary`.
    pub fn is_string(&self) -> bool {
        use Code::*;
        let strings =
            [MYSQL_TYPE_STRING, MYSQL_TYPE_VAR_STRING, MYSQL_TYPE_VARCHAR, MYSQL_TYPE_BLOB];
        strings.iter().any(|code| *code as u8 == self.code) && !self.is_enum() && !self.is_set()
    }

    /// Whether it is an ENUM, which hides behind the code of CHAR.
    pub fn is_enum(&self) -> bool {
        self.hides(Code::MYSQL_TYPE_ENUM)
    }

    /// Whether it is a SET, which hides behind the code of CHAR.
    pub fn is_set(&self) -> bool {
        self.hides(Code::MYSQL_TYPE_SET)
    }

    fn hides(&self, real: Code) -> bool {
        let [first, _] = self.metadata;
        let string = self.code == Code::MYSQL_TYPE_STRING as u8;
        self.code == real as u8 || string && first == real as u8
    }

    /// The code and metadata that a column of this type has.
    pub fn of(ty: &ColumnType) -> Result<Self, EventError> {
        use Code::*;
        Ok(match ty {
            ColumnType::Integer { size, .. } => Self::new(integer_code(*size), &[]),
            ColumnType::Decimal { precision, scale, .. } => {
                Self::new(MYSQL_TYPE_NEWDECIMAL, &[*precision, *scale])
            }
            ColumnType::Float { double: false, .. } => Self::new(MYSQL_TYPE_FLOAT, &[4]),
            ColumnType::Float { double: true, .. } => Self::new(MYSQL_TYPE_DOUBLE, &[8]),
            ColumnType::Bit(bits) => Self::new(MYSQL_TYPE_BIT, &[bits % 8, bits / 8]),
            ColumnType::Year => Self::new(MYSQL_TYPE_YEAR, &[]),
            ColumnType::Date => Self::new(MYSQL_TYPE_DATE, &[]),
            ColumnType::Time(fsp) => Self::new(MYSQL_TYPE_TIME2, &[*fsp]),
            ColumnType::DateTime(fsp) => Self::new(MYSQL_TYPE_DATETIME2, &[*fsp]),
            ColumnType::Timestamp(fsp) => Self::new(MYSQL_TYPE_TIMESTAMP2, &[*fsp]),
            ColumnType::Char { varying, length, collation } => {
                string(*varying, text::max_bytes(*length, *collation)?)?
            }
            ColumnType::Binary { varying, length } => string(*varying, *length)?,
            ColumnType::Text { size, .. } | ColumnType::Blob(size) => {
                Self::new(MYSQL_TYPE_BLOB, &[blob_prefix(*size)])
            }
            ColumnType::Enum { members, .. } => {
                Self::new(MYSQL_TYPE_STRING, &[MYSQL_TYPE_ENUM as u8, enum_bytes(members.len())])
            }
            ColumnType::Set { members, .. } => {
                Self::new(MYSQL_TYPE_STRING, &[MYSQL_TYPE_SET as u8, set_bytes(members.len())])
            }
            ColumnType::Json => Self::new(MYSQL_TYPE_JSON, &[4]),
            ColumnType::Null => return Err(EventError::Unsupported("a column of NULLs".into())),
        })
    }
}

/// Most bytes of a VARCHAR or VARBINARY, and of a CHAR or BINARY: what the metadata has room for.
const MAX_STRING: [u32; 2] = [0xffff, 0x3ff];

/// CHAR, VARCHAR, BINARY, VARBINARY of so many bytes. CHAR's length has ten bits: the upper two are mixed,
/// inverted, into the type.
fn string(varying: bool, bytes: u32) -> Result<Coded, EventError> {
    let [varying_max, fixed_max] = MAX_STRING;
    if bytes > if varying { varying_max } else { fixed_max } {
        return Err(EventError::Unsupported(format!("a string column of {bytes} bytes")));
    }
    let [low, high, ..] = bytes.to_le_bytes();
    if varying {
        return Ok(Coded::new(Code::MYSQL_TYPE_VARCHAR, &[low, high]));
    }
    let real = Code::MYSQL_TYPE_STRING as u8;
    Ok(Coded::new(Code::MYSQL_TYPE_STRING, &[real ^ ((high & 3) << 4), low]))
}

fn integer_code(size: IntegerSize) -> Code {
    match size {
        IntegerSize::Tiny => Code::MYSQL_TYPE_TINY,
        IntegerSize::Small => Code::MYSQL_TYPE_SHORT,
        IntegerSize::Medium => Code::MYSQL_TYPE_INT24,
        IntegerSize::Int => Code::MYSQL_TYPE_LONG,
        IntegerSize::Big => Code::MYSQL_TYPE_LONGLONG,
    }
}

fn integer_bytes(size: IntegerSize) -> u8 {
    match size {
        IntegerSize::Tiny => 1,
        IntegerSize::Small => 2,
        IntegerSize::Medium => 3,
        IntegerSize::Int => 4,
        IntegerSize::Big => 8,
    }
}

fn blob_prefix(size: BlobSize) -> u8 {
    match size {
        BlobSize::Tiny => 1,
        BlobSize::Normal => 2,
        BlobSize::Medium => 3,
        BlobSize::Long => 4,
    }
}

fn enum_bytes(members: usize) -> u8 {
    if members < 256 { 1 } else { 2 }
}

/// A SET of more than 32 members takes eight bytes, not five to seven.
fn set_bytes(members: usize) -> u8 {
    match members.div_ceil(8) {
        bytes @ 0..=4 => bytes.max(1) as u8,
        _ => 8,
    }
}

/// Bytes of the length before a CHAR or VARCHAR of at most so many bytes.
fn string_prefix(bytes: u32) -> u8 {
    if bytes < 256 { 1 } else { 2 }
}

impl Layout {
    /// How a column of our own is written.
    pub fn of(ty: &ColumnType) -> Result<Self, EventError> {
        Ok(match ty {
            ColumnType::Integer { size, unsigned, .. } => {
                Self::Integer { bytes: integer_bytes(*size), unsigned: *unsigned }
            }
            ColumnType::Decimal { precision, scale, .. } => {
                Self::Decimal { precision: *precision, scale: *scale }
            }
            ColumnType::Float { double: false, .. } => Self::Float,
            ColumnType::Float { double: true, .. } => Self::Double,
            ColumnType::Bit(bits) => Self::Bit(*bits),
            ColumnType::Year => Self::Year,
            ColumnType::Date => Self::Date,
            ColumnType::Time(fsp) => Self::Time(*fsp),
            ColumnType::DateTime(fsp) => Self::DateTime(*fsp),
            ColumnType::Timestamp(fsp) => Self::Timestamp(*fsp),
            ColumnType::Char { length, collation, .. } => {
                let prefix = string_prefix(text::max_bytes(*length, *collation)?);
                Self::Text { prefix, collation: *collation }
            }
            ColumnType::Binary { varying, length } => {
                let padded = (!varying).then_some(*length);
                Self::Bytes { prefix: string_prefix(*length), padded }
            }
            ColumnType::Text { size, collation } => {
                Self::Text { prefix: blob_prefix(*size), collation: *collation }
            }
            ColumnType::Blob(size) => Self::Bytes { prefix: blob_prefix(*size), padded: None },
            ColumnType::Enum { members, .. } => {
                let bytes = enum_bytes(members.len());
                Self::Enum { bytes, members: Some(Arc::clone(members)) }
            }
            ColumnType::Set { members, .. } => {
                let bytes = set_bytes(members.len());
                Self::Set { bytes, members: Some(Arc::clone(members)) }
            }
            ColumnType::Json => Self::Json { prefix: 4 },
            ColumnType::Null => return Err(EventError::Unsupported("a column of NULLs".into())),
        })
    }

    /// How a column of a table map is written. Without a collation a string is binary, without a sign an
    /// integer is signed: [`Layout::understood_as`] puts that right where the table is known.
    pub fn of_coded(
        coded: Coded,
        unsigned: Option<bool>,
        collation: Option<CollationId>,
        members: Option<Members>,
    ) -> Result<Self, EventError> {
        use Code::*;
        let [first, second] = coded.metadata;
        let unsigned = unsigned.unwrap_or(false);
        let integer = |bytes| Self::Integer { bytes, unsigned };
        let code = Code::try_from(coded.code)
            .map_err(|_| EventError::Unsupported(format!("column type {}", coded.code)))?;
        Ok(match code {
            MYSQL_TYPE_TINY => integer(1),
            MYSQL_TYPE_SHORT => integer(2),
            MYSQL_TYPE_INT24 => integer(3),
            MYSQL_TYPE_LONG => integer(4),
            MYSQL_TYPE_LONGLONG => integer(8),
            MYSQL_TYPE_NEWDECIMAL if first <= 65 && second <= first => {
                Self::Decimal { precision: first, scale: second }
            }
            MYSQL_TYPE_FLOAT if first == 4 => Self::Float,
            MYSQL_TYPE_DOUBLE if first == 8 => Self::Double,
            MYSQL_TYPE_BIT => bits(first, second)?,
            MYSQL_TYPE_YEAR => Self::Year,
            MYSQL_TYPE_DATE | MYSQL_TYPE_NEWDATE => Self::Date,
            MYSQL_TYPE_TIME => Self::OldTime,
            MYSQL_TYPE_DATETIME => Self::OldDateTime,
            MYSQL_TYPE_TIMESTAMP => Self::OldTimestamp,
            MYSQL_TYPE_TIME2 if first <= 6 => Self::Time(first),
            MYSQL_TYPE_DATETIME2 if first <= 6 => Self::DateTime(first),
            MYSQL_TYPE_TIMESTAMP2 if first <= 6 => Self::Timestamp(first),
            MYSQL_TYPE_VARCHAR | MYSQL_TYPE_VAR_STRING => {
                let prefix = string_prefix(u32::from(u16::from_le_bytes([first, second])));
                string_layout(prefix, collation, None)
            }
            MYSQL_TYPE_STRING => return fixed_string(first, second, collation, members),
            MYSQL_TYPE_ENUM if matches!(second, 1 | 2) => Self::Enum { bytes: second, members },
            MYSQL_TYPE_SET if (1..=8).contains(&second) => Self::Set { bytes: second, members },
            MYSQL_TYPE_BLOB if (1..=4).contains(&first) => string_layout(first, collation, None),
            MYSQL_TYPE_GEOMETRY | MYSQL_TYPE_VECTOR if (1..=4).contains(&first) => {
                Self::Bytes { prefix: first, padded: None }
            }
            MYSQL_TYPE_JSON if (1..=4).contains(&first) => Self::Json { prefix: first },
            other => return Err(EventError::Unsupported(format!("column type {other:?}"))),
        })
    }

    /// This layout with what only the table's definition knows: sign, character set and names.
    pub fn understood_as(self, ty: &ColumnType) -> Self {
        match (self, ty) {
            (Self::Integer { bytes, .. }, ColumnType::Integer { unsigned, .. }) => {
                Self::Integer { bytes, unsigned: *unsigned }
            }
            (
                Self::Bytes { prefix, .. } | Self::Text { prefix, .. },
                ColumnType::Char { collation, .. } | ColumnType::Text { collation, .. },
            ) => Self::Text { prefix, collation: *collation },
            (Self::Bytes { prefix, .. }, ColumnType::Binary { varying: false, length }) => {
                Self::Bytes { prefix, padded: Some(*length) }
            }
            (Self::Enum { bytes, .. }, ColumnType::Enum { members, .. }) => {
                Self::Enum { bytes, members: Some(Arc::clone(members)) }
            }
            (Self::Set { bytes, .. }, ColumnType::Set { members, .. }) => {
                Self::Set { bytes, members: Some(Arc::clone(members)) }
            }
            (layout, _) => layout,
        }
    }
}

fn bits(rest: u8, whole: u8) -> Result<Layout, EventError> {
    match u32::from(whole) * 8 + u32::from(rest) {
        bits @ 1..=64 if rest < 8 => Ok(Layout::Bit(bits as u8)),
        _ => Err(EventError::Malformed("a BIT column has an impossible length")),
    }
}

/// A column of the type code STRING, which stands for CHAR, BINARY, ENUM and SET.
fn fixed_string(
    first: u8,
    second: u8,
    collation: Option<CollationId>,
    members: Option<Members>,
) -> Result<Layout, EventError> {
    let mixed = first & 0x30 != 0x30;
    let real = if mixed { first | 0x30 } else { first };
    if real == Code::MYSQL_TYPE_STRING as u8 {
        let high = if mixed { u32::from(first & 0x30 ^ 0x30) << 4 } else { 0 };
        let length = high | u32::from(second);
        return Ok(string_layout(string_prefix(length), collation, Some(length)));
    }
    let coded = Coded { code: real, metadata: [real, second], metadata_len: 2 };
    let named = [Code::MYSQL_TYPE_ENUM as u8, Code::MYSQL_TYPE_SET as u8];
    if !named.contains(&real) {
        return Err(EventError::Malformed("a STRING column of an impossible type"));
    }
    Layout::of_coded(coded, None, collation, members)
}

/// A string that is text if it has a collation other than `binary`.
fn string_layout(prefix: u8, collation: Option<CollationId>, padded: Option<u32>) -> Layout {
    match collation {
        Some(collation) if collation != BINARY => Layout::Text { prefix, collation },
        // without a collation it may be text, whose end is not to be padded
        _ => Layout::Bytes { prefix, padded: collation.and(padded) },
    }
}
