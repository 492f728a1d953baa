//! Keys: bytes that compare as values do in their column, one column's after the other's.
//!
//! ```text
//! NULL        00
//! integers    how many bytes (0x80 + n; 0x7F - n below zero), then n bytes, the highest first
//! decimals    01 below zero, 02 zero, 03 above; place of the point; digits in pairs; 00
//! doubles     01, eight bytes whose order is that of the numbers
//! text        01, the collation's sort key
//! bytes       01, the bytes with zeros escaped, 00 00
//! dates       01, their parts from the largest
//! JSON        01, see json/key.rs
//! ```
//!
//! Every form says itself where it ends, so a key of several columns needs nothing between them, and a
//! column's bytes can be inverted for descending order. Integers of all widths have one form: a search for
//! a number that the column cannot hold finds its place all the same.

use super::collation::CollationId;
use super::convert::{self, to_decimal, to_f64, to_integer, to_text};
use super::temporal::DateMode;
use super::types::ColumnType;
use super::warning::Unheard;
use super::{Date, DateTime, Decimal, Json, Value};

pub(super) use super::collation::push_escaped;

const NULL: u8 = 0;
const PRESENT: u8 = 1;

/// Adds the key of a value in a column of this type. Keys of equal values are equal; NULL comes first, or,
/// `descending`, last. `prefix` takes only so many characters (of binary columns, bytes) of the value.
pub fn encode(
    value: &Value,
    ty: &ColumnType,
    descending: bool,
    prefix: Option<u32>,
    out: &mut Vec<u8>,
) {
    let start = out.len();
    match value {
        Value::Null => out.push(NULL),
        _ => encode_present(value, ty, prefix, out),
    }
    if descending {
        out.iter_mut().skip(start).for_each(|byte| *byte = !*byte);
    }
}

fn encode_present(value: &Value, ty: &ColumnType, prefix: Option<u32>, out: &mut Vec<u8>) {
    match ty {
        ColumnType::Integer { .. } | ColumnType::Bit(_) | ColumnType::Year => {
            encode_number(value, out)
        }
        ColumnType::Enum { .. } | ColumnType::Set { .. } => encode_number(value, out),
        ColumnType::Decimal { .. } => push_decimal(&to_decimal(value, &mut Unheard), out),
        ColumnType::Float { .. } => push_double(to_f64(value, &mut Unheard), out),
        ColumnType::Char { collation, .. } | ColumnType::Text { collation, .. }
            if *collation != CollationId::BINARY =>
        {
            encode_text(value, *collation, prefix, out);
        }
        ColumnType::Date | ColumnType::DateTime(_) | ColumnType::Timestamp(_) => {
            encode_moment(value, out);
        }
        ColumnType::Time(_) => {
            let time =
                convert::to_time(value, DateMode::default(), &mut Unheard).unwrap_or_default();
            out.push(PRESENT);
            push_signed(time.micros, out);
        }
        ColumnType::Json => {
            out.push(PRESENT);
            match value {
                Value::Json(json) => json.push_key(out),
                _ => Json::of(value).push_key(out),
            }
        }
        _ => encode_bytes(value, prefix, out),
    }
}

/// A number in an integer column. One with a fraction is rounded: a search for it is for the planner to
/// decide.
fn encode_number(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Int(number) => push_integer((*number).into(), out),
        Value::UInt(number) => push_integer((*number).into(), out),
        _ => push_integer(to_integer(value, &mut Unheard), out),
    }
}

/// An integer from `i64::MIN` to `u64::MAX`.
fn push_integer(number: i128, out: &mut Vec<u8>) {
    // The bits that say more than the sign.
    let size = if number < 0 { !number } else { number } as u64;
    let length = (64 - size.leading_zeros()).div_ceil(8) as u8;
    out.push(if number < 0 { 0x7F - length } else { 0x80 + length });
    let bytes = (number as u64).to_be_bytes();
    out.extend(bytes.iter().skip(8 - usize::from(length)));
}

/// A decimal number.
pub(super) fn push_decimal(number: &Decimal, out: &mut Vec<u8>) {
    const BELOW: u8 = 1;
    const ZERO: u8 = 2;
    const ABOVE: u8 = 3;
    /// Points lie from -60 to 81 places right of the first digit.
    const POINT: i32 = 0x80;
    let (digits, point) = number.significant_digits();
    if digits.is_empty() {
        return out.push(ZERO);
    }
    out.push(if number.is_negative() { BELOW } else { ABOVE });
    let start = out.len();
    out.push((point + POINT) as u8);
    for pair in digits.chunks(2) {
        let digit = |at: usize| pair.get(at).map_or(0, |digit| digit - b'0');
        // One more, so that no pair is the end.
        out.push(digit(0) * 10 + digit(1) + 1);
    }
    out.push(0);
    if number.is_negative() {
        out.iter_mut().skip(start).for_each(|byte| *byte = !*byte);
    }
}

fn push_double(number: f64, out: &mut Vec<u8>) {
    out.push(PRESENT);
    out.extend(double_key(number).to_be_bytes());
}

/// Numbers whose order is that of the doubles.
pub(super) fn double_key(number: f64) -> u64 {
    // Adding zero makes -0 zero.
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

pub(super) fn push_signed(number: i64, out: &mut Vec<u8>) {
    out.extend(((number as u64) ^ (1 << 63)).to_be_bytes());
}

fn encode_text(value: &Value, collation: CollationId, prefix: Option<u32>, out: &mut Vec<u8>) {
    out.push(PRESENT);
    let collation = collation.collation();
    match value {
        Value::Text(text) => collation.sort_key(first_chars(text, prefix), out),
        _ => collation.sort_key(first_chars(&to_text(value), prefix), out),
    }
}

fn first_chars(text: &str, count: Option<u32>) -> &str {
    let Some(count) = count else { return text };
    let end = text.char_indices().nth(count as usize).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or(text)
}

fn encode_bytes(value: &Value, prefix: Option<u32>, out: &mut Vec<u8>) {
    out.push(PRESENT);
    let bytes = convert::to_bytes(value);
    let length = prefix.map_or(bytes.len(), |count| bytes.len().min(count as usize));
    push_escaped(bytes.get(..length).unwrap_or(&bytes), out);
}

fn encode_moment(value: &Value, out: &mut Vec<u8>) {
    let moment = match value {
        Value::DateTime(moment) => Some(*moment),
        Value::Date(date) => Some(date.midnight()),
        _ => convert::to_date_time(value, DateMode::default(), &mut Unheard),
    };
    out.push(PRESENT);
    push_moment(moment.unwrap_or_default(), out);
}

/// A date and the time of day (one byte for midnight).
fn push_moment(moment: DateTime, out: &mut Vec<u8>) {
    let Date { year, month, day } = moment.date;
    let date = (u32::from(year) * 13 + u32::from(month)) << 5 | u32::from(day);
    out.extend(date.to_be_bytes().iter().skip(1));
    push_integer(moment.micros.into(), out);
}
