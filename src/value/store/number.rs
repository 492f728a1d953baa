//! Storing numbers.

use std::borrow::Cow;

use super::Target;
use crate::value::convert::{
    Scan, round_decimal, scan_decimal, scan_double, to_decimal, to_f64, to_integer, to_text,
};
use crate::value::types::{ColumnType, IntegerSize};
use crate::value::warning::Unheard;
use crate::value::{Decimal, SqlError, Value};

/// The least and the largest of an integer type.
pub(in crate::value) fn limits(size: IntegerSize, unsigned: bool) -> (i128, i128) {
    let bits = match size {
        IntegerSize::Tiny => 8,
        IntegerSize::Small => 16,
        IntegerSize::Medium => 24,
        IntegerSize::Int => 32,
        IntegerSize::Big => 64,
    };
    if unsigned { (0, (1 << bits) - 1) } else { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) }
}

fn made(number: i128, unsigned: bool) -> Value {
    if unsigned { Value::UInt(number as u64) } else { Value::Int(number as i64) }
}

/// The text of a value that is read as a number when it is stored.
fn readable(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(bytes)),
        _ => None,
    }
}

/// What is wrong with a text, of an integer column: 1366 if it is no number, 1265 if more follows.
fn check_integer<T>(scan: &Scan<T>, text: &str, target: &mut Target<'_>) -> Result<(), SqlError> {
    match (scan.missing, scan.rest) {
        (true, _) => target.incorrect("integer", text),
        (false, true) => target.truncated(),
        _ => Ok(()),
    }
}

pub(super) fn integer(
    value: &Value,
    size: IntegerSize,
    unsigned: bool,
    target: &mut Target<'_>,
) -> Result<Value, SqlError> {
    let (least, largest) = limits(size, unsigned);
    let text = readable(value);
    let scan = text.as_deref().map(scan_decimal);
    let number = match (&scan, value) {
        (Some(scan), _) => round_decimal(&scan.value),
        (None, Value::Double(number)) => number.round_ties_even() as i128,
        (None, Value::Json(json)) => json.to_integer(target.warnings),
        _ => to_integer(value, &mut Unheard),
    };
    let exact = match value {
        Value::Decimal(exact) => exact.to_i128() == Some(number),
        _ => {
            !scan.as_ref().is_some_and(|scan| scan.overflow || scan.value.to_i128() != Some(number))
        }
    };
    if !(least..=largest).contains(&number) || !exact {
        target.out_of_range()?;
        return Ok(made(number.clamp(least, largest), unsigned));
    }
    if let (Some(scan), Some(text)) = (&scan, &text) {
        check_integer(scan, text, target)?;
    }
    Ok(made(number, unsigned))
}

pub(super) fn decimal(
    value: &Value,
    (precision, scale): (u8, u8),
    unsigned: bool,
    target: &mut Target<'_>,
) -> Result<Value, SqlError> {
    let text = readable(value);
    let scan = text.as_deref().map(scan_decimal);
    let number = match (&scan, value) {
        (Some(scan), _) => scan.value.clone(),
        (None, Value::Json(json)) => json.to_decimal(target.warnings),
        _ => to_decimal(value, &mut Unheard),
    };
    let mut cut = false;
    if let (Some(scan), Some(text)) = (&scan, &text) {
        if scan.missing || (scan.rest && target.mode.refuses()) {
            target.incorrect("decimal", text)?;
        }
        cut = scan.rest && !scan.missing;
    }
    if unsigned && number.is_negative() {
        target.out_of_range()?;
        return Ok(Value::Decimal(Decimal::ZERO.round(scale.into())));
    }
    let (fitted, outside) = number.fit(precision, scale);
    if outside || scan.is_some_and(|scan| scan.overflow) {
        target.out_of_range()?;
    } else if cut || fitted != number {
        target.note_truncated();
    }
    Ok(Value::Decimal(fitted))
}

pub(super) fn float(value: &Value, target: &mut Target<'_>) -> Result<Value, SqlError> {
    let ColumnType::Float { double, unsigned, digits, .. } = *target.ty else {
        return Ok(value.clone());
    };
    let text = readable(value);
    let scan = text.as_deref().map(scan_double);
    let number = match (&scan, value) {
        (Some(scan), _) => scan.value,
        (None, Value::Json(json)) => json.to_f64(target.warnings),
        _ => to_f64(value, &mut Unheard),
    };
    if let (Some(scan), Some(text)) = (&scan, &text)
        && (scan.missing || scan.rest)
    {
        target.incorrect(if double { "DOUBLE" } else { "FLOAT" }, text)?;
    }
    let fitted = fit_float(number, double, unsigned, digits);
    let outside =
        (fitted - number).abs() > tolerance(digits) || scan.is_some_and(|scan| scan.overflow);
    if outside {
        target.out_of_range()?;
    }
    // FLOAT has the precision of 32 bits.
    Ok(Value::Double(if double { fitted } else { f64::from(fitted as f32) }))
}

/// By how much rounding alone may change a number.
fn tolerance(digits: Option<(u8, u8)>) -> f64 {
    digits.map_or(0.0, |(_, scale)| 10f64.powi(-i32::from(scale)))
}

/// The nearest number that the type holds.
fn fit_float(number: f64, double: bool, unsigned: bool, digits: Option<(u8, u8)>) -> f64 {
    let widest = if double { f64::MAX } else { f64::from(f32::MAX) };
    let (number, largest) = match digits {
        Some((all, scale)) => {
            let unit = 10f64.powi(scale.into());
            // The whole part apart, so that 12.345 is not rounded as 1234.4999….
            let whole = number.floor();
            let rounded = whole + ((number - whole) * unit).round_ties_even() / unit;
            let largest = 10f64.powi(i32::from(all) - i32::from(scale)) - 1.0 / unit;
            (if rounded.is_finite() { rounded } else { number }, largest.min(widest))
        }
        None => (number, widest),
    };
    number.clamp(if unsigned { 0.0 } else { -largest }, largest)
}

pub(super) fn bit(value: &Value, length: u8, target: &mut Target<'_>) -> Result<Value, SqlError> {
    let largest = u64::MAX >> 64u32.saturating_sub(length.into()).min(63);
    let number = match value {
        Value::Text(text) => from_bytes(text.as_bytes()),
        Value::Bytes(bytes) => from_bytes(bytes),
        // Negative numbers in two's complement.
        _ => Some(to_integer(value, &mut Unheard) as u64),
    };
    if let Some(number) = number.filter(|number| *number <= largest) {
        return Ok(Value::UInt(number));
    }
    // Under lenient modes it is another warning than under IGNORE.
    if !target.mode.strict {
        return target.out_of_range().map(|()| Value::UInt(largest));
    }
    let message = format!("Data too long {}", target.place());
    target.complain(1406, b"22001", message).map(|()| Value::UInt(largest))
}

/// Bytes as a number, the highest first; none if it needs more than 64 bits.
fn from_bytes(bytes: &[u8]) -> Option<u64> {
    bytes
        .iter()
        .try_fold(0u64, |sum, byte| (sum.leading_zeros() >= 8).then(|| sum << 8 | u64::from(*byte)))
}

pub(super) fn year(value: &Value, target: &mut Target<'_>) -> Result<Value, SqlError> {
    let text = readable(value);
    let scan = text.as_deref().map(scan_decimal);
    let number = match (&scan, value) {
        (Some(scan), _) => round_decimal(&scan.value),
        (None, Value::Date(date)) => date.year.into(),
        (None, Value::DateTime(moment)) => moment.date.year.into(),
        (None, Value::Time(_)) => target.mode.today.year.into(),
        (None, Value::Double(number)) => number.round_ties_even() as i128,
        _ => to_integer(value, &mut Unheard),
    };
    let short_zero = text.as_ref().is_some_and(|text| text.trim_ascii().len() < 4);
    if let (Some(scan), Some(text)) = (&scan, &text) {
        check_integer(scan, text, target)?;
        if scan.missing {
            return Ok(Value::UInt(0));
        }
    }
    match full_year(number, short_zero) {
        Some(year) => Ok(Value::UInt(year)),
        None => target.out_of_range().map(|()| Value::UInt(0)),
    }
}

/// A year of one or two digits is 1970 to 2069; a zero is the year 0000, unless it is a short text.
pub fn full_year(number: i128, short_zero: bool) -> Option<u64> {
    Some(match number {
        0 if short_zero => 2000,
        0 => 0,
        1..=69 => number as u64 + 2000,
        70..=99 => number as u64 + 1900,
        1901..=2155 => number as u64,
        _ => return None,
    })
}

/// The text of a value for messages.
pub(super) fn shown(value: &Value, target: &Target<'_>) -> String {
    match target.from {
        Some(ty) => crate::value::display::text_of(value, ty),
        None => to_text(value).to_string(),
    }
}
