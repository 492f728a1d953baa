//! CAST and CONVERT: a value as another type, with warnings where something is lost.

use std::borrow::Cow;
use std::sync::Arc;

use super::convert::{
    find_date_time, find_time, round_decimal, scan_integer, to_bytes, to_decimal, to_f64,
    to_integer, to_text, to_text_as, warn_of_delimiter,
};
use super::json::invalid;
use super::store::StoreMode;
use super::store::number::{full_year, limits};
use super::temporal::{Mistake, Parsed};
use super::types::ColumnType;
use super::warning::{Unheard, Warning, Warnings};
use super::{Date, DateTime, Decimal, Json, SqlError, Time, Value};

/// The length of a CHAR or BINARY that states none.
pub const UNLIMITED: u32 = u32::MAX;

/// `value`, of type `from`, as `to`: `CAST(value AS to)`. Text without a stated length has
/// [`UNLIMITED`]. NULL where there is no such value.
///
/// # Errors
///
/// 1690 for a number beyond FLOAT, 3141 for a text that is no JSON.
pub fn cast(
    value: &Value,
    from: Option<&ColumnType>,
    to: &ColumnType,
    mode: &StoreMode,
    warnings: &mut dyn Warnings,
) -> Result<Value, SqlError> {
    if matches!(value, Value::Null) {
        return Ok(Value::Null);
    }
    Ok(match to {
        ColumnType::Integer { size, unsigned, .. } => {
            let (least, largest) = limits(*size, *unsigned);
            integer(value, *unsigned, warnings, (least, largest))
        }
        ColumnType::Decimal { precision, scale, .. } => {
            decimal(value, *precision, *scale, warnings)
        }
        ColumnType::Float { double, .. } => return float(value, *double, warnings),
        ColumnType::Char { length, .. } => text(value, from, *length, warnings),
        ColumnType::Text { .. } => text(value, from, UNLIMITED, warnings),
        ColumnType::Binary { varying, length } => binary(value, from, *length, !varying, warnings),
        ColumnType::Blob(_) => binary(value, from, UNLIMITED, false, warnings),
        ColumnType::Date => {
            let moment = moment(&of_year(value, from), "date", 6, mode, warnings);
            moment.map_or(Value::Null, |moment| Value::Date(moment.date))
        }
        ColumnType::DateTime(fsp) | ColumnType::Timestamp(fsp) => {
            let moment = moment(&of_year(value, from), "datetime", *fsp, mode, warnings);
            moment.map_or(Value::Null, Value::DateTime)
        }
        ColumnType::Time(fsp) => time(&of_year(value, from), *fsp, mode, warnings),
        ColumnType::Year => year(value, mode, warnings),
        ColumnType::Bit(_) => Value::UInt(to_integer(value, warnings) as u64),
        ColumnType::Json => return json(value, from),
        ColumnType::Enum { .. } | ColumnType::Set { .. } | ColumnType::Null => value.clone(),
    })
}

/// A YEAR as the first day of it, where a date or time is wanted; other values as they are.
fn of_year<'a>(value: &'a Value, from: Option<&ColumnType>) -> Cow<'a, Value> {
    match (value, from) {
        (Value::UInt(year), Some(ColumnType::Year)) => {
            let year = u16::try_from(*year).unwrap_or_default();
            Cow::Owned(Value::DateTime(Date { year, month: 1, day: 1 }.midnight()))
        }
        _ => Cow::Borrowed(value),
    }
}

/// As SIGNED or UNSIGNED: what the other sign would need wraps around.
fn integer(
    value: &Value,
    unsigned: bool,
    warnings: &mut dyn Warnings,
    (least, largest): (i128, i128),
) -> Value {
    let number = match value {
        Value::Text(_) | Value::Bytes(_) => text_integer(value, unsigned, warnings),
        // Of a decimal, unlike an integer, nothing wraps but a negative number that becomes unsigned.
        Value::Decimal(exact) if !unsigned => round_decimal(exact).clamp(least, largest),
        _ => to_integer(value, warnings),
    };
    if unsigned { Value::UInt(number as u64) } else { Value::Int(number as i64) }
}

fn text_integer(value: &Value, unsigned: bool, warnings: &mut dyn Warnings) -> i128 {
    let number = to_integer(value, warnings);
    if unsigned && number < 0 {
        warnings.warn(Warning::new(
            1105,
            "Cast to unsigned converted negative integer to its positive complement",
        ));
    } else if !unsigned && number > i64::MAX.into() && scan_integer(&to_text(value)).is_whole() {
        warnings.warn(Warning::new(
            1105,
            "Cast to signed converted positive out-of-range integer to its negative complement",
        ));
    }
    number
}

fn decimal(value: &Value, precision: u8, scale: u8, warnings: &mut dyn Warnings) -> Value {
    let (fitted, outside) = to_decimal(value, warnings).fit(precision, scale);
    if outside {
        let text = format!("cast({} as decimal({precision},{scale}))", to_text(value));
        warnings
            .warn(Warning::new(1264, format!("Out of range value for column '{text}' at row 1")));
    }
    Value::Decimal(fitted)
}

fn float(value: &Value, double: bool, warnings: &mut dyn Warnings) -> Result<Value, SqlError> {
    let number = to_f64(value, warnings);
    if double {
        return Ok(Value::Double(number));
    }
    let narrow = number as f32;
    if narrow.is_infinite() {
        let message =
            format!("DOUBLE value is out of range in 'cast({} as float)'", to_text(value));
        return Err(SqlError::new(1690, b"22003", message));
    }
    Ok(Value::Double(narrow.into()))
}

fn plain_text(value: &Value, from: Option<&ColumnType>) -> Arc<str> {
    match (value, from) {
        (Value::Bytes(bytes), _) => String::from_utf8_lossy(bytes).into(),
        (_, Some(from)) => to_text_as(value, from),
        (_, None) => to_text(value),
    }
}

fn text(
    value: &Value,
    from: Option<&ColumnType>,
    length: u32,
    warnings: &mut dyn Warnings,
) -> Value {
    let text = plain_text(value, from);
    match text.char_indices().nth(length as usize) {
        None => Value::Text(text),
        Some((end, _)) => {
            warnings.warn(Warning::truncated(&format!("CHAR({length})"), &text));
            Value::Text(text.get(..end).unwrap_or(&text).into())
        }
    }
}

fn binary(
    value: &Value,
    from: Option<&ColumnType>,
    length: u32,
    pad: bool,
    warnings: &mut dyn Warnings,
) -> Value {
    let text = match (value, from) {
        (Value::Bytes(bytes), _) if length == UNLIMITED => return Value::Bytes(Arc::clone(bytes)),
        (Value::Bytes(_) | Value::Text(_), _) | (_, None) => to_bytes(value).into_owned(),
        (_, Some(from)) => to_text_as(value, from).as_bytes().to_vec(),
    };
    let mut bytes = text;
    if bytes.len() > length as usize {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        warnings.warn(Warning::truncated(&format!("BINARY({length})"), &shown));
        bytes.truncate(length as usize);
    }
    if pad && length != UNLIMITED {
        bytes.resize(length as usize, 0);
    }
    Value::Bytes(bytes.into())
}

/// A value as a moment, rounded; none, warned of, if it is none. A time is on the statement's day.
fn moment(
    value: &Value,
    kind: &str,
    fsp: u8,
    mode: &StoreMode,
    warnings: &mut dyn Warnings,
) -> Option<DateTime> {
    let found = match value {
        Value::Time(time) => {
            let micros = mode.today.midnight().to_micros() + time.micros;
            return DateTime::from_micros(micros)?.round(fsp);
        }
        _ => find_date_time(value, mode.dates)?,
    };
    let is_text = matches!(value, Value::Text(_) | Value::Bytes(_));
    match found {
        Ok(parsed) => {
            if parsed.truncated {
                warnings.warn(Warning::truncated(kind, &to_text(value)));
            } else {
                warn_of_delimiter(value, warnings);
            }
            round(parsed.in_zone(&mode.zone), fsp, mode)
        }
        Err(_) if matches!(value, Value::Json(_)) => {
            warnings.warn(invalid(if kind == "date" { "DATE" } else { "DATETIME/TIMESTAMP" }));
            None
        }
        Err(_) => {
            let text = to_text(value);
            warnings.warn(match is_text && kind == "date" {
                true => Warning::truncated(kind, &text),
                false => Warning::incorrect("datetime", &text),
            });
            None
        }
    }
}

fn round(moment: DateTime, fsp: u8, mode: &StoreMode) -> Option<DateTime> {
    if mode.dates.truncate_fraction { Some(moment.truncate(fsp)) } else { moment.round(fsp) }
}

fn time(value: &Value, fsp: u8, mode: &StoreMode, warnings: &mut dyn Warnings) -> Value {
    let Some(found) = find_time(value, mode.dates) else { return Value::Null };
    let is_number =
        matches!(value, Value::Int(_) | Value::UInt(_) | Value::Decimal(_) | Value::Double(_));
    if matches!((value, &found), (Value::Json(_), Err(_))) {
        warnings.warn(invalid("TIME"));
    } else if !matches!(found, Ok(Parsed { truncated: false, .. })) {
        warnings.warn(Warning::truncated("time", &to_text(value)));
    }
    let time: Time = match found {
        Ok(parsed) => {
            warn_of_delimiter(value, warnings);
            parsed.value
        }
        // A text gets the nearest time, a number none.
        Err(Mistake::OutOfRange(limit)) if !is_number => limit,
        Err(_) => return Value::Null,
    };
    let truncate = mode.dates.truncate_fraction;
    Value::Time(if truncate { time.truncate(fsp) } else { time.round(fsp) })
}

fn year(value: &Value, mode: &StoreMode, warnings: &mut dyn Warnings) -> Value {
    let text = to_text(value);
    let number: Decimal = match value {
        Value::Date(date) => Decimal::from_i64(date.year.into()),
        Value::DateTime(moment) => Decimal::from_i64(moment.date.year.into()),
        Value::Time(_) => Decimal::from_i64(mode.today.year.into()),
        Value::Text(_) | Value::Bytes(_) => {
            // Only whole numbers are read, and none with a sign.
            let scan = scan_integer(&text);
            if scan.missing || text.trim_ascii_start().starts_with('-') {
                warnings.warn(Warning::new(1525, format!("Incorrect YEAR value: '{text}'")));
                return Value::Null;
            }
            if scan.rest {
                warnings.warn(Warning::truncated("YEAR", &text));
            }
            Decimal::from_parts(scan.value, 0)
        }
        _ => to_decimal(value, &mut Unheard),
    };
    let short_zero = matches!(value, Value::Text(_));
    match full_year(round_decimal(&number), short_zero) {
        Some(year) => Value::UInt(year),
        None => {
            warnings.warn(Warning::truncated("YEAR", &text));
            Value::Null
        }
    }
}

fn json(value: &Value, from: Option<&ColumnType>) -> Result<Value, SqlError> {
    let json = match (value, from) {
        (Value::Json(json), _) => return Ok(Value::Json(Arc::clone(json))),
        (Value::Text(text), _) => {
            Json::parse(text).map_err(|mistake| mistake.in_argument(1, "cast_as_json"))?
        }
        (_, Some(from)) => Json::of_type(value, from),
        _ => Json::of(value),
    };
    Ok(Value::Json(Arc::new(json)))
}
