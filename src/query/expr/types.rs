//! The type of an expression: a column type, and what decides collations and metadata.

use crate::value::types::{CollationId, ColumnType};

/// `binary`.
const BINARY: CollationId = CollationId(63);

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

    /// The collation; `binary` for what is not text.
    pub fn collation(&self) -> CollationId {
        collation_of(&self.ty).unwrap_or(BINARY)
    }

    /// Whether values are character or binary strings (ENUM and SET included, JSON not).
    pub fn is_string(&self) -> bool {
        collation_of(&self.ty).is_some()
    }
}

/// The collation of a string type, `binary` for binary strings, `None` for what is no string.
fn collation_of(ty: &ColumnType) -> Option<CollationId> {
    match ty {
        ColumnType::Char { collation, .. }
        | ColumnType::Text { collation, .. }
        | ColumnType::Enum { collation, .. }
        | ColumnType::Set { collation, .. } => Some(*collation),
        ColumnType::Binary { .. } | ColumnType::Blob(_) => Some(BINARY),
        _ => None,
    }
}
