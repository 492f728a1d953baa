//! Comparisons: as what two types are compared, and the operators.
//!
//! The rules are those of MySQL's manual, "Type Conversion in Expression Evaluation", and of
//! `item_cmp_type`: strings by their collation, a temporal value and a string as temporal values, whole
//! numbers exactly, a decimal and a whole number as decimals, everything else as DOUBLE.

use std::cmp::Ordering;

use super::numbers::number_class;
use super::{Coercibility, Expr, ExprKind, ExprType, NumberClass, aggregate_collations};
use crate::value::compare::{Comparison, compare};
use crate::value::temporal::{DateMode, parse_date_time};
use crate::value::types::{CollationId, ColumnType};
use crate::value::{SqlError, Value, convert};

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
    let kind = ExprKind::Compare { op, how, sides: Box::new((left, right)) };
    Ok(Expr::condition(kind, nullable))
}

/// Both sides made comparable, and how. A constant that is no date is refused.
///
/// # Errors
/// 1267 as for [`comparison_of`]; 1525 for a constant that is no date.
pub fn comparable(left: Expr, right: Expr) -> Result<(Expr, Expr, Comparison), SqlError> {
    check_constant(&left, &right.ty)?;
    check_constant(&right, &left.ty)?;
    comparable_as(left, right)
}

/// The same, where MySQL warns of constants that are no dates.
///
/// # Errors
/// 1267 as for [`comparison_of`].
pub fn comparable_as(left: Expr, right: Expr) -> Result<(Expr, Expr, Comparison), SqlError> {
    if let Some(how) = time_as_text(&left, &right).or_else(|| time_as_text(&right, &left)) {
        return Ok((text_side(left), text_side(right), how));
    }
    let how = comparison_of(&left.ty, &right.ty)?;
    match how {
        Comparison::Temporal => {
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

/// A text constant that is compared with dates must be one. With times it need not be.
fn check_constant(side: &Expr, other: &ExprType) -> Result<(), SqlError> {
    let text = match side.as_literal() {
        Some(value @ (Value::Text(_) | Value::Bytes(_))) => convert::to_text(value),
        _ => return Ok(()),
    };
    let kind = match &other.ty {
        ColumnType::Date => "DATE",
        ColumnType::DateTime(_) => "DATETIME",
        ColumnType::Timestamp(_) => "TIMESTAMP",
        _ => return Ok(()),
    };
    match parse_date_time(&text, DateMode::default()) {
        Ok(_) => Ok(()),
        Err(_) => Err(super::incorrect_constant(kind, &text)),
    }
}

/// Times and texts are compared as text, unless the time is a column and the text is one for the whole run.
fn time_as_text(text: &Expr, time: &Expr) -> Option<Comparison> {
    let is_told = text.any_part(&|part| matches!(part.kind, ExprKind::Told(..)))
        || text.as_literal().is_some_and(super::constant::is_silent);
    let is_fixed = text.is_fixed() || matches!(text.kind, ExprKind::UserVariable(_));
    let as_text = matches!(time.ty.ty, ColumnType::Time(_))
        && text.ty.is_string()
        && !(time.is_column() && is_fixed && !is_told);
    as_text.then(|| by_collation(text.ty.collation()))
}

/// As what several values are compared with each other, by the kinds of all (`agg_cmp_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Integer,
    /// Exact numbers.
    Decimal,
    /// Numbers.
    Double,
    /// Texts; dates and times and JSON among them.
    Text,
}

/// The kind of all these.
pub fn kind_of_all(types: &[&ExprType]) -> Kind {
    let one = |ty: &&ExprType| match &ty.ty {
        ColumnType::Integer { .. } | ColumnType::Bit(_) | ColumnType::Year => Kind::Integer,
        ColumnType::Decimal { .. } => Kind::Decimal,
        ColumnType::Float { .. } => Kind::Double,
        _ => Kind::Text,
    };
    let meet = |a, b| match (a, b) {
        (a, b) if a == b => a,
        (Kind::Integer | Kind::Decimal, Kind::Integer | Kind::Decimal) => Kind::Decimal,
        _ => Kind::Double,
    };
    types.iter().map(one).reduce(meet).unwrap_or(Kind::Text)
}

impl Kind {
    /// The side as this kind has it, and how sides are compared then; text in this order.
    pub fn side(self, side: Expr, collation: CollationId) -> (Expr, Comparison) {
        let how = match self {
            Self::Integer if side.ty.is_string() => {
                let whole = ExprType::big_integer(false, side.ty.nullable);
                return (side.coerced(&whole), Comparison::Int);
            }
            Self::Integer => Comparison::Int,
            Self::Decimal => Comparison::Decimal,
            Self::Double => Comparison::Double,
            Self::Text => return (text_side(side), by_collation(collation)),
        };
        (number_side(side, how), how)
    }
}

fn text_side(side: Expr) -> Expr {
    let is_shown = side.ty.is_temporal() || side.ty.ty == ColumnType::Json;
    if !is_shown || side.is_null_literal() {
        return side;
    }
    let length = side.ty.char_length();
    let ty = ExprType::text(length, super::types::DEFAULT_COLLATION, side.ty.nullable);
    Expr::new(ExprKind::Coerce(Box::new(side)), ty)
}

/// A side that is compared as a number: strings and temporal values become numbers.
fn number_side(side: Expr, how: Comparison) -> Expr {
    let needs = match how {
        Comparison::Double => {
            side.ty.is_string() || side.ty.is_temporal() || side.ty.ty == ColumnType::Json
        }
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
    Expr::new(ExprKind::Coerce(Box::new(side)), ty)
}
