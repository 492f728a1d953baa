//! Numbers from values and from the starts of texts.

use std::borrow::Cow;

use crate::value::decimal::{DecimalError, MAX_DIGITS};
use crate::value::warning::{Warning, Warnings};
use crate::value::{DateTime, Decimal, Time, Value};

/// What is at the start of a text, and what is wrong with the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan<T> {
    /// The number; zero if there is none.
    pub value: T,
    /// No number starts the text.
    pub missing: bool,
    /// Something other than spaces follows the number.
    pub rest: bool,
    /// The number is too large; `value` is the nearest.
    pub overflow: bool,
}

impl<T> Scan<T> {
    /// Whether the text is a number and nothing else.
    pub fn is_whole(&self) -> bool {
        !self.missing && !self.rest && !self.overflow
    }
}

/// The part of a text that is a number with point and exponent, and what follows it. Spaces in front do
/// not count.
fn split_number(text: &str) -> (&str, &str) {
    let text = text.trim_ascii_start();
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        from + bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count()
    };
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(sign);
    let point = usize::from(bytes.get(whole) == Some(&b'.'));
    let end = if point == 1 { digits(whole + 1) } else { whole };
    if end - sign == point {
        return ("", text);
    }
    let mut after = end;
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let start = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if digits(start) > start {
            after = digits(start);
        }
    }
    text.split_at_checked(after).unwrap_or((text, ""))
}

fn is_blank(text: &str) -> bool {
    text.trim_ascii_start().is_empty()
}

/// The double at the start of a text.
pub fn scan_double(text: &str) -> Scan<f64> {
    let (number, rest) = split_number(text);
    let value: f64 = number.parse().unwrap_or(0.0);
    let overflow = value.is_infinite();
    let value = value.clamp(f64::MIN, f64::MAX);
    Scan { value, missing: number.is_empty(), rest: !is_blank(rest), overflow }
}

/// The decimal at the start of a text.
pub fn scan_decimal(text: &str) -> Scan<Decimal> {
    let (number, rest) = split_number(text);
    let (value, overflow) = match number.parse() {
        Ok(value) => (value, false),
        Err(DecimalError::Overflow) => (largest(number.starts_with('-')), true),
        Err(_) => (Decimal::ZERO, false),
    };
    Scan { value, missing: number.is_empty(), rest: !is_blank(rest), overflow }
}

/// The whole number at the start of a text, from `i64::MIN` to `u64::MAX`: what stands before a point.
pub fn scan_integer(text: &str) -> Scan<i128> {
    let text = text.trim_ascii_start();
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = unsigned.split_at_checked(end).unwrap_or((unsigned, ""));
    let size = digits.bytes().fold(0i128, |sum, digit| {
        (sum.saturating_mul(10)).saturating_add(i128::from(digit - b'0'))
    });
    let exact = if negative { -size } else { size };
    let value = clamp(exact);
    Scan { value, missing: digits.is_empty(), rest: !is_blank(rest), overflow: value != exact }
}

fn clamp(number: i128) -> i128 {
    number.clamp(i64::MIN.into(), u64::MAX.into())
}

/// The largest number of 65 digits, or the smallest.
fn largest(negative: bool) -> Decimal {
    let largest = Decimal::largest(MAX_DIGITS as u8, 0);
    if negative { largest.neg() } else { largest }
}

/// A value as text that a number may be read from.
fn readable(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Text(text) => Cow::Borrowed(text),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes),
        _ => Cow::Borrowed(""),
    }
}

/// A time as an exact number: 103059.5.
pub fn time_number(time: Time) -> Decimal {
    let size =
        i128::from(time.to_number().unsigned_abs()) * 1_000_000 + i128::from(time.fraction());
    trimmed(if time.micros < 0 { -size } else { size }, time.fraction())
}

/// A date and time as an exact number: 20240131103059.5.
pub fn moment_number(moment: DateTime) -> Decimal {
    let fraction = moment.time().fraction();
    trimmed(i128::from(moment.to_number()) * 1_000_000 + i128::from(fraction), fraction)
}

fn trimmed(micros: i128, fraction: u32) -> Decimal {
    if fraction == 0 {
        Decimal::from_parts(micros / 1_000_000, 0)
    } else {
        Decimal::from_parts(micros, 6)
    }
}

/// A value as an integer from `i64::MIN` to `u64::MAX`: decimals are rounded half away from zero, doubles
/// half to even, of text the digits at its start are read (1292 if that is not all).
pub fn to_integer(value: &Value, warnings: &mut dyn Warnings) -> i128 {
    match value {
        Value::Null => 0,
        Value::Int(number) => (*number).into(),
        Value::UInt(number) => (*number).into(),
        Value::Decimal(number) => round_decimal(number),
        Value::Double(number) => number.round_ties_even() as i64 as i128,
        Value::Text(_) | Value::Bytes(_) => {
            let text = readable(value);
            let scan = scan_integer(&text);
            if !scan.is_whole() {
                warnings.warn(Warning::truncated("INTEGER", &text));
            }
            scan.value
        }
        Value::Date(date) => date.to_number().into(),
        Value::Time(time) => time.round(0).to_number().into(),
        Value::DateTime(moment) => moment.round(0).unwrap_or(*moment).to_number().into(),
        Value::Member(member) => member.number.into(),
        Value::Json(json) => json.to_integer(warnings),
    }
}

pub(in crate::value) fn round_decimal(number: &Decimal) -> i128 {
    let limit = if number.is_negative() { i128::MIN } else { i128::MAX };
    clamp(number.to_i128().unwrap_or(limit))
}

/// A value as a signed integer. What only an unsigned one holds wraps around.
pub fn to_i64(value: &Value, warnings: &mut dyn Warnings) -> i64 {
    to_integer(value, warnings) as i64
}

/// A value as an unsigned integer. Negative numbers wrap around.
pub fn to_u64(value: &Value, warnings: &mut dyn Warnings) -> u64 {
    to_integer(value, warnings) as u64
}

/// A value as a double. Of text the number at its start is read (1292 if that is not all).
pub fn to_f64(value: &Value, warnings: &mut dyn Warnings) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Int(number) => *number as f64,
        Value::UInt(number) => *number as f64,
        Value::Decimal(number) => number.to_f64(),
        Value::Double(number) => *number,
        Value::Text(_) | Value::Bytes(_) => {
            let text = readable(value);
            let scan = scan_double(&text);
            if !scan.is_whole() && !text.is_empty() {
                warnings.warn(Warning::truncated("DOUBLE", &text));
            }
            scan.value
        }
        Value::Time(time) => time_number(*time).to_f64(),
        Value::DateTime(moment) => moment_number(*moment).to_f64(),
        Value::Json(json) => json.to_f64(warnings),
        Value::Date(_) | Value::Member(_) => to_integer(value, warnings) as f64,
    }
}

/// A value as an exact number. Of text the number at its start is read (1292 if that is not all).
pub fn to_decimal(value: &Value, warnings: &mut dyn Warnings) -> Decimal {
    match value {
        Value::Decimal(number) => number.clone(),
        Value::Double(number) => {
            Decimal::from_f64(*number).unwrap_or_else(|| largest(*number < 0.0))
        }
        Value::Text(_) | Value::Bytes(_) => {
            let text = readable(value);
            let scan = scan_decimal(&text);
            if !scan.is_whole() {
                warnings.warn(Warning::truncated("DECIMAL", &text));
            }
            scan.value
        }
        Value::Time(time) => time_number(*time),
        Value::DateTime(moment) => moment_number(*moment),
        Value::Json(json) => json.to_decimal(warnings),
        _ => Decimal::from_parts(to_integer(value, warnings), 0),
    }
}
