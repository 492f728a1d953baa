//! The type of an expression: a column type, and what decides collations and metadata.

use crate::value::types::{BlobSize, CollationId, ColumnType, IntegerSize};

/// `binary`.
pub(super) const BINARY: CollationId = CollationId(63);
/// `utf8mb4_0900_ai_ci`, where nothing says otherwise.
pub(super) const DEFAULT_COLLATION: CollationId = CollationId(255);

/// What an expression yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprType {
    /// The type, as a column made from the expression (`CREATE TABLE … AS SELECT`) would have it. Lengths
    /// of strings are in characters; collations are inside.
    pub ty: ColumnType,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// How strongly its collation holds.
    pub coercibility: Coercibility,
}

/// MySQL's coercibility values (`COERCIBILITY()`): the lower, the stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coercibility {
    /// `COLLATE` was written.
    Explicit = 0,
    /// Two collations met and neither won.
    None = 1,
    /// A column.
    Implicit = 2,
    /// `USER()`, `VERSION()` and other system constants.
    System = 3,
    /// A literal, a parameter, a user variable.
    Coercible = 4,
    /// A number or a temporal value.
    Numeric = 5,
    /// NULL.
    Ignorable = 6,
}

impl ExprType {
    /// A type as a column has it.
    pub fn new(ty: ColumnType, nullable: bool) -> Self {
        let coercibility = match &ty {
            ColumnType::Null => Coercibility::Ignorable,
            ty if collation_of(ty).is_some() => Coercibility::Implicit,
            _ => Coercibility::Numeric,
        };
        Self { ty, nullable, coercibility }
    }

    /// The same with another coercibility.
    pub fn with_coercibility(mut self, coercibility: Coercibility) -> Self {
        self.coercibility = coercibility;
        self
    }

    /// The same with another nullability.
    pub fn with_nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }

    /// The type of NULL.
    pub fn null() -> Self {
        Self::new(ColumnType::Null, true)
    }

    /// The type of conditions: a whole number of one digit.
    pub fn boolean(nullable: bool) -> Self {
        Self::new(integer(false, Some(1)), nullable)
    }

    /// A BIGINT.
    pub fn big_integer(unsigned: bool, nullable: bool) -> Self {
        Self::new(integer(unsigned, None), nullable)
    }

    /// A BIGINT that is shown in so many digits, sign included.
    pub fn sized_integer(unsigned: bool, width: u8, nullable: bool) -> Self {
        Self::new(integer(unsigned, Some(width)), nullable)
    }

    /// The type of a literal whole number.
    pub fn integer_literal(magnitude: u64, negative: bool) -> Self {
        let digits = magnitude.checked_ilog10().unwrap_or(0) as u8 + 1;
        let unsigned = !negative && i64::try_from(magnitude).is_err();
        // A signed number has room for a sign, needed or not.
        Self::new(integer(unsigned, Some(digits + u8::from(!unsigned))), false)
    }

    /// A DOUBLE.
    pub fn double(nullable: bool) -> Self {
        let ty = ColumnType::Float { double: true, unsigned: false, digits: None, zerofill: false };
        Self::new(ty, nullable)
    }

    /// A DECIMAL, within what MySQL allows.
    pub fn decimal(precision: u32, scale: u32, nullable: bool) -> Self {
        let scale = scale.min(30) as u8;
        let precision = precision.clamp(1, 65) as u8;
        let precision = precision.max(scale);
        let ty = ColumnType::Decimal { precision, scale, unsigned: false, zerofill: false };
        Self::new(ty, nullable)
    }

    /// A string of up to so many characters: VARCHAR, or LONGTEXT where that would be too long.
    pub fn text(length: u64, collation: CollationId, nullable: bool) -> Self {
        Self::new(string_type(length, collation), nullable)
    }

    /// A binary string of up to so many bytes.
    pub fn bytes(length: u64, nullable: bool) -> Self {
        Self::text(length, BINARY, nullable)
    }

    /// The type of a column that keeps values of this expression: whole numbers of up to nine digits fit an
    /// INT, YEAR() too; NULL is a string without length.
    pub fn stored(mut self) -> Self {
        if self.ty == ColumnType::Null {
            return Self::bytes(0, true);
        }
        if let ColumnType::Integer {
            size: IntegerSize::Big, unsigned, width: Some(width), ..
        } = self.ty
        {
            let size = if width < 10 { IntegerSize::Int } else { IntegerSize::Big };
            self.ty = ColumnType::Integer { size, unsigned, width: None, zerofill: false };
        }
        self
    }

    /// The collation; `binary` for what is not text.
    pub fn collation(&self) -> CollationId {
        collation_of(&self.ty).unwrap_or(BINARY)
    }

    /// Whether values are character or binary strings (ENUM and SET included, JSON not).
    pub fn is_string(&self) -> bool {
        collation_of(&self.ty).is_some()
    }

    /// Whether it is DATE, TIME, DATETIME or TIMESTAMP.
    pub fn is_temporal(&self) -> bool {
        use ColumnType::{Date, DateTime, Time, Timestamp};
        matches!(self.ty, Date | Time(_) | DateTime(_) | Timestamp(_))
    }

    /// How many characters a value takes when it is shown.
    pub fn char_length(&self) -> u64 {
        char_length(&self.ty)
    }

    /// Digits behind the point or the second; 31 where they float.
    pub fn decimals(&self) -> u8 {
        match &self.ty {
            ColumnType::Decimal { scale, .. } => *scale,
            ColumnType::Float { digits, .. } => digits.map_or(31, |(_, scale)| scale),
            ColumnType::Time(fsp) | ColumnType::DateTime(fsp) | ColumnType::Timestamp(fsp) => *fsp,
            ColumnType::Integer { .. } | ColumnType::Year | ColumnType::Bit(_) => 0,
            ColumnType::Date | ColumnType::Null => 0,
            _ => 31,
        }
    }

    /// Whether values are unsigned numbers.
    pub fn is_unsigned(&self) -> bool {
        match &self.ty {
            ColumnType::Integer { unsigned, zerofill, .. }
            | ColumnType::Decimal { unsigned, zerofill, .. }
            | ColumnType::Float { unsigned, zerofill, .. } => *unsigned || *zerofill,
            ColumnType::Bit(_) | ColumnType::Year => true,
            _ => false,
        }
    }
}

/// A BIGINT.
fn integer(unsigned: bool, width: Option<u8>) -> ColumnType {
    ColumnType::Integer { size: IntegerSize::Big, unsigned, width, zerofill: false }
}

/// The type of a string of that length: VARCHAR or VARBINARY up to 64 KiB of bytes, LONG beyond.
pub fn string_type(length: u64, collation: CollationId) -> ColumnType {
    /// What a row can hold of utf8mb4.
    const MAX_VARCHAR: u64 = 16_383;
    const MAX_VARBINARY: u64 = 65_535;
    match (collation == BINARY, length) {
        (true, 0..=MAX_VARBINARY) => ColumnType::Binary { varying: true, length: length as u32 },
        (true, _) => ColumnType::Blob(BlobSize::Long),
        (false, 0..=MAX_VARCHAR) => {
            ColumnType::Char { varying: true, length: length as u32, collation }
        }
        (false, _) => ColumnType::Text { size: BlobSize::Long, collation },
    }
}

/// The collation of a string type, `binary` for binary strings, `None` for what is no string.
pub fn collation_of(ty: &ColumnType) -> Option<CollationId> {
    match ty {
        ColumnType::Char { collation, .. }
        | ColumnType::Text { collation, .. }
        | ColumnType::Enum { collation, .. }
        | ColumnType::Set { collation, .. } => Some(*collation),
        ColumnType::Binary { .. } | ColumnType::Blob(_) => Some(BINARY),
        _ => None,
    }
}

/// How many characters a value of that type takes when it is shown.
pub fn char_length(ty: &ColumnType) -> u64 {
    let with_fraction = |base: u64, fsp: u8| base + if fsp > 0 { 1 + u64::from(fsp) } else { 0 };
    match ty {
        ColumnType::Integer { width: Some(width), .. } => u64::from(*width),
        ColumnType::Integer { size, unsigned, .. } => u64::from(size.digits(*unsigned)),
        ColumnType::Decimal { precision, scale, unsigned, .. } => {
            u64::from(*precision) + u64::from(*scale > 0) + u64::from(!*unsigned)
        }
        ColumnType::Float { digits: Some((digits, _)), .. } => u64::from(*digits),
        ColumnType::Float { double, .. } => {
            if *double {
                22
            } else {
                12
            }
        }
        ColumnType::Bit(bits) => u64::from(*bits),
        ColumnType::Year => 4,
        ColumnType::Date => 10,
        ColumnType::Time(fsp) => with_fraction(10, *fsp),
        ColumnType::DateTime(fsp) | ColumnType::Timestamp(fsp) => with_fraction(19, *fsp),
        ColumnType::Char { length, .. } | ColumnType::Binary { length, .. } => u64::from(*length),
        ColumnType::Text { size, .. } | ColumnType::Blob(size) => u64::from(size.bytes()),
        ColumnType::Enum { members, .. } => {
            members.iter().map(|name| name.chars().count() as u64).max().unwrap_or(0)
        }
        ColumnType::Set { members, .. } => {
            let names: u64 = members.iter().map(|name| name.chars().count() as u64).sum();
            names + (members.len() as u64).saturating_sub(1)
        }
        ColumnType::Json => u64::from(BlobSize::Long.bytes()),
        ColumnType::Null => 0,
        #[allow(unreachable_patterns)]
        _ => 0,
    }
}
