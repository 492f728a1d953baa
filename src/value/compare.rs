//! Comparing two values by MySQL's rules: the types of both sides decide how.

use std::cmp::Ordering;

use super::collation::CollationId;
use super::convert::{self, to_decimal, to_f64, to_integer, to_text};
use super::temporal::{DateMode, DateTime};
use super::types::ColumnType;
use super::warning::Unheard;
use super::{Json, Time, Value};

/// How two sides are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// As integers, signed or not.
    Int,
    /// As exact numbers.
    Decimal,
    /// As doubles.
    Double,
    /// As text, in this order.
    Text(CollationId),
    /// As bytes.
    Binary,
    /// As dates and times; as times if neither side has a date.
    Temporal,
    /// As JSON.
    Json,
}

/// What a type counts as in a comparison.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Null,
    Int,
    Decimal,
    Double,
    Text(CollationId),
    Member(CollationId),
    Binary,
    Temporal,
    Json,
}

fn class(ty: &ColumnType) -> Class {
    match ty {
        ColumnType::Null => Class::Null,
        ColumnType::Integer { .. } | ColumnType::Bit(_) | ColumnType::Year => Class::Int,
        ColumnType::Decimal { .. } => Class::Decimal,
        ColumnType::Float { .. } => Class::Double,
        ColumnType::Date
        | ColumnType::Time(_)
        | ColumnType::DateTime(_)
        | ColumnType::Timestamp(_) => Class::Temporal,
        ColumnType::Char { collation, .. } | ColumnType::Text { collation, .. } => text(*collation),
        ColumnType::Enum { collation, .. } | ColumnType::Set { collation, .. } => {
            Class::Member(*collation)
        }
        ColumnType::Binary { .. } | ColumnType::Blob(_) => Class::Binary,
        ColumnType::Json => Class::Json,
    }
}

fn text(collation: CollationId) -> Class {
    if collation == CollationId::BINARY { Class::Binary } else { Class::Text(collation) }
}

impl Comparison {
    /// How values of two types are compared. Between texts of two collations the first one's is taken:
    /// which wins is for whoever knows their coercibility.
    pub fn of(a: &ColumnType, b: &ColumnType) -> Self {
        match (class(a), class(b)) {
            (Class::Null, other) | (other, Class::Null) => Self::alone(other),
            (Class::Json, _) | (_, Class::Json) => Self::Json,
            (Class::Int, Class::Int) => Self::Int,
            (Class::Int | Class::Decimal, Class::Int | Class::Decimal) => Self::Decimal,
            (Class::Member(_), Class::Int) | (Class::Int, Class::Member(_)) => Self::Int,
            (
                Class::Temporal,
                Class::Temporal | Class::Text(_) | Class::Binary | Class::Member(_),
            )
            | (Class::Text(_) | Class::Binary | Class::Member(_), Class::Temporal) => {
                Self::Temporal
            }
            (Class::Temporal, Class::Int) | (Class::Int, Class::Temporal) => Self::Temporal,
            (Class::Temporal, Class::Decimal) | (Class::Decimal, Class::Temporal) => Self::Decimal,
            (Class::Binary, Class::Binary | Class::Text(_) | Class::Member(_))
            | (Class::Text(_) | Class::Member(_), Class::Binary) => Self::Binary,
            (
                Class::Text(collation) | Class::Member(collation),
                Class::Text(_) | Class::Member(_),
            ) => Self::Text(collation),
            _ => Self::Double,
        }
    }

    /// How values of one type are compared with each other, as sorting does. Members go by their number.
    pub fn of_type(ty: &ColumnType) -> Self {
        match class(ty) {
            Class::Member(_) => Self::Int,
            class => Self::alone(class),
        }
    }

    fn alone(class: Class) -> Self {
        match class {
            Class::Null | Class::Binary => Self::Binary,
            Class::Int => Self::Int,
            Class::Decimal => Self::Decimal,
            Class::Double => Self::Double,
            Class::Text(collation) | Class::Member(collation) => Self::Text(collation),
            Class::Temporal => Self::Temporal,
            Class::Json => Self::Json,
        }
    }
}

/// Which of two values comes first; none if one is NULL, or is no date where dates are compared.
pub fn compare(a: &Value, b: &Value, how: Comparison) -> Option<Ordering> {
    if matches!(a, Value::Null) || matches!(b, Value::Null) {
        return None;
    }
    Some(match how {
        Comparison::Int => integers(a, b),
        Comparison::Decimal => decimals(a, b),
        Comparison::Double => doubles(a, b),
        Comparison::Text(collation) => texts(a, b, collation),
        Comparison::Binary => convert::to_bytes(a).cmp(&convert::to_bytes(b)),
        Comparison::Temporal => return temporals(a, b),
        Comparison::Json => json(a, b),
    })
}

/// Whether two values are the same, NULL being the same as NULL (`<=>`, GROUP BY).
pub fn same(a: &Value, b: &Value, how: Comparison) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        _ => compare(a, b, how) == Some(Ordering::Equal),
    }
}

/// The order for sorting: NULL comes first.
pub fn sort_order(a: &Value, b: &Value, how: Comparison) -> Ordering {
    let null = |value: &Value| matches!(value, Value::Null);
    null(b).cmp(&null(a)).then_with(|| compare(a, b, how).unwrap_or(Ordering::Equal))
}

fn integers(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::UInt(a), Value::UInt(b)) => a.cmp(b),
        _ => to_integer(a, &mut Unheard).cmp(&to_integer(b, &mut Unheard)),
    }
}

fn decimals(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Decimal(a), Value::Decimal(b)) => a.cmp(b),
        _ => to_decimal(a, &mut Unheard).cmp(&to_decimal(b, &mut Unheard)),
    }
}

fn doubles(a: &Value, b: &Value) -> Ordering {
    let (a, b) = (to_f64(a, &mut Unheard), to_f64(b, &mut Unheard));
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

fn texts(a: &Value, b: &Value, collation: CollationId) -> Ordering {
    let collation = collation.collation();
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => collation.compare(a, b),
        _ => collation.compare(&to_text(a), &to_text(b)),
    }
}

fn temporals(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Date(a), Value::Date(b)) => return Some(a.cmp(b)),
        (Value::DateTime(a), Value::DateTime(b)) => return Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => return Some(a.cmp(b)),
        _ => {}
    }
    let is_time = |value: &Value| matches!(value, Value::Time(_));
    let has_date = |value: &Value| matches!(value, Value::Date(_) | Value::DateTime(_));
    if (is_time(a) || is_time(b)) && !has_date(a) && !has_date(b) {
        return Some(as_time(a)?.cmp(&as_time(b)?));
    }
    match (as_moment(a), as_moment(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        // A number that is no date is still a number.
        _ if is_number(a) || is_number(b) => Some(decimals(a, b)),
        _ => None,
    }
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::UInt(_) | Value::Decimal(_) | Value::Double(_))
}

fn as_time(value: &Value) -> Option<Time> {
    convert::to_time(value, DateMode::default(), &mut Unheard)
}

fn as_moment(value: &Value) -> Option<DateTime> {
    convert::to_date_time(value, DateMode::default(), &mut Unheard)
}

fn json(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Json(a), Value::Json(b)) => a.compare(b),
        _ => Json::of(a).compare(&Json::of(b)),
    }
}
