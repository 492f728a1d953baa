//! Bytes that are equal when values compare as equal: for sets, hash joins, GROUP BY and DISTINCT.

use crate::value::Value;
use crate::value::collation::Collation;
use crate::value::compare::Comparison;
use crate::value::convert;
use crate::value::warning::Unheard;

/// Appends the key of a value. NULL has a key of its own, unlike every other.
pub fn hash_key(value: &Value, how: Comparison, out: &mut Vec<u8>) {
    if matches!(value, Value::Null) {
        return out.push(0);
    }
    match how {
        Comparison::Int => push_integer(value, out),
        Comparison::Decimal => push_decimal(value, out),
        Comparison::Double => push_double(value, out),
        Comparison::Text(collation) => push_text(value, Collation::by_id(collation), out),
        Comparison::Binary => push_bytes(value, out),
        Comparison::Temporal => push_temporal(value, out),
        Comparison::Json => push_json(value, out),
    }
}

fn push_integer(value: &Value, out: &mut Vec<u8>) {
    let number = match value {
        Value::Int(number) => i128::from(*number),
        Value::UInt(number) => i128::from(*number),
        Value::Member(member) => i128::from(member.number),
        other => i128::from(convert::to_i64(other, &mut Unheard)),
    };
    out.push(1);
    // Sixteen bytes are more than what tables hold; nine are enough.
    out.push(u8::from(number < 0));
    out.extend_from_slice(&(number as u64).to_be_bytes());
}

fn push_decimal(value: &Value, out: &mut Vec<u8>) {
    let number = match value {
        Value::Decimal(number) => number.clone(),
        other => convert::to_decimal(other, &mut Unheard),
    };
    let text = number.to_string();
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text.as_str(),
    };
    push_counted(if text == "-0" { b"0" } else { text.as_bytes() }, out);
}

fn push_double(value: &Value, out: &mut Vec<u8>) {
    let number = convert::to_f64(value, &mut Unheard);
    out.push(1);
    // Zero has two forms.
    let bits = if number == 0.0 { 0 } else { number.to_bits() };
    out.extend_from_slice(&bits.to_be_bytes());
}

fn push_text(value: &Value, collation: Option<&Collation>, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend([1, 0, 0, 0, 0]);
    match (value, collation) {
        (Value::Text(text), Some(collation)) => collation.sort_key(text, out),
        (Value::Member(member), Some(collation)) => collation.sort_key(&member.text, out),
        (other, _) => push_bytes(other, out),
    }
    // How long the key is stands before it.
    let length = (out.len() - start - 5) as u32;
    if let Some(place) = out.get_mut(start + 1..start + 5) {
        place.copy_from_slice(&length.to_be_bytes());
    }
}

fn push_bytes(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) => push_counted(text.as_bytes(), out),
        Value::Bytes(bytes) => push_counted(bytes, out),
        Value::Member(member) => push_counted(member.text.as_bytes(), out),
        other => push_counted(format!("{other:?}").as_bytes(), out),
    }
}

/// Dates and times count as the moments that they are.
fn push_temporal(value: &Value, out: &mut Vec<u8>) {
    /// The microseconds of a day.
    const DAY: i64 = 86_400_000_000;
    let days = |date: &crate::value::Date| {
        (i64::from(date.year) * 13 + i64::from(date.month)) * 32 + i64::from(date.day)
    };
    let moment = match value {
        Value::Date(date) => days(date) * DAY,
        Value::DateTime(time) => days(&time.date) * DAY + time.micros as i64,
        Value::Time(time) => time.micros,
        other => return push_bytes(other, out),
    };
    out.push(1);
    out.extend_from_slice(&moment.to_be_bytes());
}

fn push_json(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Json(json) => push_counted(json.to_string().as_bytes(), out),
        other => push_bytes(other, out),
    }
}

fn push_counted(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(1);
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
}
