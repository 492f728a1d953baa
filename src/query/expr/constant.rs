//! A constant that is compared with a column becomes a value of the column, where it can
//! (`convert_constant_item`): with a YEAR, 24 is 2024; with a DATETIME, 20240229 is that day's midnight.
//!
//! Numbers and texts meet YEAR and TIME columns so, numbers also dates. Texts meet dates as dates.

use super::{Expr, ExprKind, ExprType};
use crate::value::convert::{scan_decimal, to_date_time, to_time};
use crate::value::store::full_year;
use crate::value::temporal::{DateMode, is_no_time};
use crate::value::types::ColumnType;
use crate::value::warning::Unheard;
use crate::value::{Value, Warning, convert};

/// What became of a constant.
#[derive(Debug)]
pub enum Fitted {
    /// Nothing: such a constant is compared as it is.
    Untried(Expr),
    /// A value of the column's type, and what it lost on the way.
    Taken(Expr, Option<Warning>),
    /// It is no value of the column's type, which may be told; it is compared as it is.
    Refused(Expr, Option<Warning>),
}

impl Expr {
    /// Whether it is a column, or what is kept like one.
    pub fn is_column(&self) -> bool {
        match &self.kind {
            ExprKind::Slot(_) => true,
            ExprKind::LocalTime(inner) => inner.is_column(),
            _ => false,
        }
    }
}

/// The constant as a value of the column, if `column` is one that takes constants and `constant` is one. With
/// `texts`, texts are taken for dates too.
pub fn fit_constant(column: &ExprType, constant: Expr, texts: bool) -> Fitted {
    let Some(value) = constant.as_literal() else { return Fitted::Untried(constant) };
    let is_text = matches!(value, Value::Text(_) | Value::Bytes(_));
    let is_number =
        matches!(value, Value::Int(_) | Value::UInt(_) | Value::Decimal(_) | Value::Double(_));
    let found = match &column.ty {
        ColumnType::Year if is_text || is_number => {
            year(value).map(|year| (year, None)).ok_or(None)
        }
        // MySQL makes no words about those.
        ColumnType::Time(_) if is_silent(value) => Err(None),
        ColumnType::Time(fsp) if is_text || is_number => time(value, *fsp).map_err(Some),
        ColumnType::Date if texts && is_text => day(value).map_err(Some),
        ColumnType::DateTime(fsp) | ColumnType::Timestamp(fsp) if texts && is_text => {
            text_moment(value, *fsp).map_err(Some)
        }
        ColumnType::Date if is_number => date(value).map_err(Some),
        ColumnType::DateTime(fsp) | ColumnType::Timestamp(fsp) if is_number => {
            moment(value, *fsp).map_err(Some)
        }
        _ => return Fitted::Untried(constant),
    };
    match found {
        Ok((value, lost)) => {
            let ty = ExprType::new(column.ty.clone(), false);
            Fitted::Taken(Expr::literal(value, ty), lost)
        }
        Err(told) => Fitted::Refused(constant, told),
    }
}

/// Whether it is a text that is refused as a time without a word.
pub(super) fn is_silent(value: &Value) -> bool {
    matches!(value, Value::Text(text) if is_no_time(text))
}

/// A value of the column, with what is to be told.
type Found = Result<(Value, Option<Warning>), Warning>;

/// The year that a YEAR column stores for it. What follows a text's number does not matter.
fn year(value: &Value) -> Option<Value> {
    let (number, short_zero) = match value {
        _ if is_negative(value) => return None,
        Value::Double(number) => (number.trunc() as i128, false),
        Value::Text(_) | Value::Bytes(_) => {
            let text = convert::to_text(value);
            let scan = scan_decimal(&text);
            if scan.missing {
                return None;
            }
            (scan.value.round(0).to_i128()?, text.len() < 4)
        }
        _ => (convert::to_decimal(value, &mut Unheard).round(0).to_i128()?, false),
    };
    full_year(number, short_zero).map(Value::UInt)
}

fn time(value: &Value, fsp: u8) -> Found {
    let mut told: Vec<Warning> = Vec::new();
    match to_time(value, DateMode::default(), &mut told) {
        Some(time) if told.is_empty() => Ok((Value::Time(time.round(fsp)), None)),
        _ => Err(incorrect("time", value)),
    }
}

/// No part of a moment, not even its fraction, is below zero.
fn is_negative(value: &Value) -> bool {
    match value {
        Value::Int(number) => *number < 0,
        Value::Decimal(number) => number.is_negative(),
        Value::Double(number) => *number < 0.0,
        _ => false,
    }
}

/// The date; a fraction is dropped, and told of.
fn date(value: &Value) -> Found {
    if is_negative(value) {
        return Err(incorrect("date", value));
    }
    let number = convert::to_decimal(value, &mut Unheard);
    let whole = number.truncate(0);
    let lost = (whole != number).then(|| incorrect("date", value));
    match to_date_time(&Value::Decimal(whole), DateMode::default(), &mut Unheard) {
        Some(moment) => Ok((Value::Date(moment.date), lost)),
        None => Err(incorrect("date", value)),
    }
}

fn day(value: &Value) -> Found {
    match text_moment(value, 6) {
        Ok((Value::DateTime(moment), told)) => Ok((Value::Date(moment.date), told)),
        _ => Err(incorrect("date", value)),
    }
}

fn text_moment(value: &Value, fsp: u8) -> Found {
    let mut told: Vec<Warning> = Vec::new();
    match to_date_time(value, DateMode::default(), &mut told).and_then(|moment| moment.round(fsp)) {
        Some(moment) if told.is_empty() => Ok((Value::DateTime(moment), None)),
        _ => Err(incorrect("datetime", value)),
    }
}

fn moment(value: &Value, fsp: u8) -> Found {
    let found = to_date_time(value, DateMode::default(), &mut Unheard);
    if let Some(moment) = found.and_then(|moment| moment.round(fsp)) {
        return Ok((Value::DateTime(moment), None));
    }
    if is_negative(value) {
        return Err(incorrect("datetime", value));
    }
    // A fraction of a number without a time of day is dropped, and told of.
    let whole = convert::to_decimal(value, &mut Unheard).truncate(0);
    match to_date_time(&Value::Decimal(whole), DateMode::default(), &mut Unheard) {
        Some(moment) => Ok((Value::DateTime(moment), Some(incorrect("datetime", value)))),
        None => Err(incorrect("datetime", value)),
    }
}

fn incorrect(kind: &str, value: &Value) -> Warning {
    Warning::incorrect(kind, &convert::to_text(value))
}
