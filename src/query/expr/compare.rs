//! Comparisons: as what two types are compared, and the operators.
//!
//! The rules are those of MySQL's manual, "Type Conversion in Expression Evaluation", and of
//! `item_cmp_type`: strings by their collation, a temporal value and a string as temporal values, whole
//! numbers exactly, a decimal and a whole number as decimals, everything else as DOUBLE.

use std::cmp::Ordering;

use super::numbers::number_class;
use super::{Coercibility, Expr, ExprType, NumberClass, aggregate_collations};
use crate::value::compare::{Comparison, compare};
use crate::value::temporal::{DateMode, parse_date_time, parse_time};
use crate::value::types::{CollationId, ColumnType};
use crate::value::{SqlError, Value};

/// The operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// `=`
    Equal,
    /// `<=>`
    NullSafeEqual,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl CompareOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NullSafeEqual => "<=>",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// The operator with its sides exchanged.
    pub fn flipped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            other => other,
        }
    }

    /// Whether the order fulfils it.
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal | Self::NullSafeEqual => order == Ordering::Equal,
            Self::NotEqual => order != Ordering::Equal,
            Self::Less => order == Ordering::Less,
            Self::LessOrEqual => order != Ordering::Greater,
            Self::Greater => order == Ordering::Greater,
            Self::GreaterOrEqual => order != Ordering::Less,
        }
    }

    /// The answer for two values; `None` is unknown.
    pub fn apply(self, left: &Value, right: &Value, how: Comparison) -> Option<bool> {
        let nulls = (matches!(left, Value::Null), matches!(right, Value::Null));
        match (self, nulls) {
            (Self::NullSafeEqual, (true, true)) => Some(true),
            (Self::NullSafeEqual, (true, _) | (_, true)) => Some(false),
            (_, (true, _) | (_, true)) => None,
            _ => compare(left, right, how).map(|order| self.holds(order)),
        }
    }
}

/// `binary`.
const BINARY: CollationId = CollationId(63);

/// As what values of these types are compared. Text that meets a temporal value has to be made one first:
/// see [`super::merge::temporal_sides`].
///
/// # Errors
/// 1267 where two collations meet of which none is stronger.
pub fn comparison_of(left: &ExprType, right: &ExprType) -> Result<Comparison, SqlError> {
    use ColumnType::{Json, Null};
    match (&left.ty, &right.ty) {
        (Json, _) | (_, Json) => Ok(Comparison::Json),
        (Null, _) => Ok(comparison_with_itself(right)),
        (_, Null) => Ok(comparison_with_itself(left)),
        _ if left.is_string() && right.is_string() => strings(left, right),
        _ if is_date_like(left) && (right.is_temporal() || right.is_string()) => {
            Ok(Comparison::Temporal)
        }
        _ if is_date_like(right) && (left.is_temporal() || left.is_string()) => {
            Ok(Comparison::Temporal)
        }
        _ if hex_meets_number(left, right) || hex_meets_number(right, left) => Ok(Comparison::Int),
        _ if left.is_string() || right.is_string() => Ok(Comparison::Double),
        _ => Ok(numbers(left, right)),
    }
}

fn is_date_like(ty: &ExprType) -> bool {
    ty.is_temporal()
}

/// `x'41' = 65`: a binary literal is a number among whole numbers.
fn hex_meets_number(literal: &ExprType, other: &ExprType) -> bool {
    matches!(literal.ty, ColumnType::Binary { .. })
        && literal.coercibility == Coercibility::Coercible
        && number_class(other) == NumberClass::Integer
        && !other.is_string()
}

fn numbers(left: &ExprType, right: &ExprType) -> Comparison {
    match (number_class(left), number_class(right)) {
        (NumberClass::Integer, NumberClass::Integer) => Comparison::Int,
        (NumberClass::Double, _) | (_, NumberClass::Double) => Comparison::Double,
        _ => Comparison::Decimal,
    }
}

fn strings(left: &ExprType, right: &ExprType) -> Result<Comparison, SqlError> {
    let (collation, _) = aggregate_collations(&[left, right], "=")?;
    Ok(by_collation(collation))
}

fn by_collation(collation: CollationId) -> Comparison {
    match collation {
        BINARY => Comparison::Binary,
        collation => Comparison::Text(collation),
    }
}

/// As what values of one type are ordered, grouped and made distinct.
pub fn comparison_with_itself(ty: &ExprType) -> Comparison {
    match &ty.ty {
        ColumnType::Json => Comparison::Json,
        ColumnType::Enum { .. } | ColumnType::Set { .. } => Comparison::Int,
        _ if ty.is_string() => by_collation(ty.collation()),
        _ if ty.is_temporal() => Comparison::Temporal,
        _ => numbers(ty, ty),
    }
}

/// `a op b` as an expression, the sides converted where the comparison needs it.
///
/// # Errors
/// 1267 as for [`comparison_of`]; 1525 for a constant that is no date.
pub fn compare_exprs(op: CompareOp, left: Expr, right: Expr) -> Result<Expr, SqlError> {
    let (left, right, how) = comparable(left, right)?;
    let nullable = op != CompareOp::NullSafeEqual && (left.ty.nullable || right.ty.nullable);
    let kind = super::ExprKind::Compare { op, how, sides: Box::new((left, right)) };
    Ok(Expr::condition(kind, nullable))
}

/// Both sides made comparable, and how.
pub fn comparable(left: Expr, right: Expr) -> Result<(Expr, Expr, Comparison), SqlError> {
    if let Some(how) = moment_as_text(&left, &right).or_else(|| moment_as_text(&right, &left)) {
        return Ok((text_side(left), text_side(right), how));
    }
    let how = comparison_of(&left.ty, &right.ty)?;
    match how {
        Comparison::Temporal => {
            check_constant(&left, &right.ty)?;
            check_constant(&right, &left.ty)?;
            let (left, right) = super::merge::temporal_sides(left, right);
            Ok((left, right, how))
        }
        Comparison::Json => {
            Ok((super::merge::json_side(left), super::merge::json_side(right), how))
        }
        Comparison::Int | Comparison::Decimal | Comparison::Double => {
            Ok((number_side(left, how), number_side(right, how), how))
        }
        _ => Ok((left, right, how)),
    }
}

/// A text constant that is compared with dates must be one.
fn check_constant(side: &Expr, other: &ExprType) -> Result<(), SqlError> {
    let Some(Value::Text(text)) = side.as_literal() else { return Ok(()) };
    let mode = DateMode::default();
    let (kind, fits) = match &other.ty {
        ColumnType::Date => ("DATE", parse_date_time(text, mode).is_ok()),
        ColumnType::DateTime(_) => ("DATETIME", parse_date_time(text, mode).is_ok()),
        ColumnType::Timestamp(_) => ("TIMESTAMP", parse_date_time(text, mode).is_ok()),
        ColumnType::Time(_) => ("TIME", parse_time(text, mode).is_ok()),
        _ => return Ok(()),
    };
    if fits { Ok(()) } else { Err(super::incorrect_constant(kind, text)) }
}

/// ENUM and SET members, and texts that meet a constant TIME, are compared with moments as text.
fn moment_as_text(text: &Expr, moment: &Expr) -> Option<Comparison> {
    let is_member = matches!(text.ty.ty, ColumnType::Enum { .. } | ColumnType::Set { .. });
    let is_constant_time =
        matches!(moment.ty.ty, ColumnType::Time(_)) && moment.as_literal().is_some();
    let as_text = moment.ty.is_temporal()
        && text.ty.is_string()
        && text.ty.collation() != BINARY
        && (is_member || is_constant_time);
    as_text.then(|| by_collation(text.ty.collation()))
}

fn text_side(side: Expr) -> Expr {
    if !side.ty.is_temporal() || side.is_null_literal() {
        return side;
    }
    let ty = ExprType::text(29, super::types::DEFAULT_COLLATION, side.ty.nullable);
    Expr::new(super::ExprKind::Coerce(Box::new(side)), ty)
}

/// A side that is compared as a number: strings and temporal values become numbers.
fn number_side(side: Expr, how: Comparison) -> Expr {
    let needs = match how {
        Comparison::Double => side.ty.is_string() || side.ty.is_temporal(),
        _ => side.ty.is_temporal() || matches!(side.ty.ty, ColumnType::Binary { .. }),
    };
    if !needs || side.is_null_literal() {
        return side;
    }
    let nullable = side.ty.nullable;
    let ty = match (how, side.ty.decimals()) {
        (Comparison::Double, _) => ExprType::double(nullable),
        (Comparison::Int, _) => ExprType::big_integer(!side.ty.is_temporal(), nullable),
        (_, scale) => ExprType::decimal(14 + u32::from(scale), u32::from(scale), nullable),
    };
    Expr::new(super::ExprKind::Coerce(Box::new(side)), ty)
}
