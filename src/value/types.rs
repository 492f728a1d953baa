//! The types that a column may have.

use std::sync::Arc;

/// A column's type with all that decides how its values are checked, stored and shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// TINYINT to BIGINT.
    Integer {
        /// Its width.
        size: IntegerSize,
        /// No values below zero.
        unsigned: bool,
        /// The display width, when the statement gave one (`TINYINT(1)`), or ZEROFILL implies it.
        width: Option<u8>,
        /// Shown with leading zeros; implies unsigned.
        zerofill: bool,
    },
    /// DECIMAL(precision, scale), to 65 and 30.
    Decimal {
        /// All digits.
        precision: u8,
        /// Those after the point.
        scale: u8,
        /// No values below zero.
        unsigned: bool,
        /// Shown with leading zeros.
        zerofill: bool,
    },
    /// FLOAT or DOUBLE.
    Float {
        /// DOUBLE.
        double: bool,
        /// No values below zero.
        unsigned: bool,
        /// `FLOAT(m, d)`: all digits, and those after the point.
        digits: Option<(u8, u8)>,
        /// Shown with leading zeros.
        zerofill: bool,
    },
    /// BIT(1..=64).
    Bit(u8),
    /// YEAR.
    Year,
    /// DATE.
    Date,
    /// TIME with 0 to 6 digits of fraction.
    Time(u8),
    /// DATETIME with 0 to 6 digits of fraction.
    DateTime(u8),
    /// TIMESTAMP with 0 to 6 digits of fraction.
    Timestamp(u8),
    /// CHAR and VARCHAR.
    Char {
        /// VARCHAR: trailing spaces are kept.
        varying: bool,
        /// In characters.
        length: u32,
        /// Character set and order.
        collation: CollationId,
    },
    /// TINYTEXT to LONGTEXT.
    Text {
        /// How long.
        size: BlobSize,
        /// Character set and order.
        collation: CollationId,
    },
    /// BINARY and VARBINARY.
    Binary {
        /// VARBINARY: not padded with zero bytes.
        varying: bool,
        /// In bytes.
        length: u32,
    },
    /// TINYBLOB to LONGBLOB.
    Blob(BlobSize),
    /// ENUM: one of up to 65,535 names.
    Enum {
        /// The names, in order.
        members: Arc<[Box<str>]>,
        /// Character set and order.
        collation: CollationId,
    },
    /// SET: any of up to 64 names.
    Set {
        /// The names, in order.
        members: Arc<[Box<str>]>,
        /// Character set and order.
        collation: CollationId,
    },
    /// JSON.
    Json,
    /// The type of a bare NULL; no column has it.
    Null,
}

impl ColumnType {
    /// As many digits as there can be: the type of user variables and parameters, which fixes none. Their values
    /// keep the digits that they came with; a column of that type has them all already.
    pub fn has_open_scale(&self) -> bool {
        matches!(self, Self::Decimal { precision: 65, scale: 30, zerofill: false, .. })
    }
}

/// The widths of integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IntegerSize {
    /// One byte.
    Tiny,
    /// Two bytes.
    Small,
    /// Three bytes.
    Medium,
    /// Four bytes.
    Int,
    /// Eight bytes.
    Big,
}

impl IntegerSize {
    /// The most characters that a value of this width has, its sign included.
    pub fn digits(self, unsigned: bool) -> u32 {
        match (self, unsigned) {
            (Self::Tiny, true) => 3,
            (Self::Tiny, false) => 4,
            (Self::Small, true) => 5,
            (Self::Small, false) => 6,
            (Self::Medium, true) => 8,
            (Self::Medium, false) => 9,
            (Self::Int, true) => 10,
            (Self::Int, false) => 11,
            (Self::Big, _) => 20,
        }
    }
}

/// How long a TEXT or BLOB may be, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BlobSize {
    /// 2^8 - 1.
    Tiny,
    /// 2^16 - 1.
    Normal,
    /// 2^24 - 1.
    Medium,
    /// 2^32 - 1.
    Long,
}

impl BlobSize {
    /// The longest value, in bytes.
    pub fn bytes(self) -> u32 {
        match self {
            Self::Tiny => 0xff,
            Self::Normal => 0xffff,
            Self::Medium => 0xff_ffff,
            Self::Long => u32::MAX,
        }
    }
}

/// A collation by MySQL's number for it (`information_schema.COLLATIONS.ID`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CollationId(pub u16);
