//! Values as text: as a result set shows them, given their type.

use std::io::Write;

use super::float::{Room, double_text, float_text};
use super::types::{ColumnType, IntegerSize};
use super::{Decimal, Value};

/// Adds the text of a value of this type, in UTF-8 (or the bytes of a binary value). Adds nothing for
/// NULL, which has no text.
pub fn display(value: &Value, ty: &ColumnType, out: &mut Vec<u8>) {
    show(value, ty, Room::Display, out);
}

/// The text of a value of this type where a string is made of it (`CONCAT`, a CHAR column).
pub fn text_of(value: &Value, ty: &ColumnType) -> String {
    let mut out = Vec::new();
    show(value, ty, Room::Text, &mut out);
    String::from_utf8(out)
        .unwrap_or_else(|wrong| String::from_utf8_lossy(wrong.as_bytes()).into_owned())
}

fn show(value: &Value, ty: &ColumnType, room: Room, out: &mut Vec<u8>) {
    match (value, ty) {
        (Value::UInt(bits), ColumnType::Bit(length)) => show_bits(*bits, *length, out),
        (Value::Int(_) | Value::UInt(_), ColumnType::Year) => {
            push(out, format_args!("{:04}", year(value)))
        }
        (Value::Double(number), ColumnType::Float { double, digits, .. }) => {
            let text = float(*number, *double, *digits, room);
            push_filled(&text, ty, out);
        }
        (Value::Decimal(number), ty) if ty.has_open_scale() => {
            push(out, format_args!("{number}"));
        }
        (Value::Decimal(number), ColumnType::Decimal { scale, .. }) => {
            push_filled(&scaled(number, *scale), ty, out);
        }
        (Value::Int(_) | Value::UInt(_), ColumnType::Integer { zerofill: true, .. }) => {
            let mut text = Vec::new();
            show_plain(value, 0, room, &mut text);
            push_filled(&String::from_utf8_lossy(&text), ty, out);
        }
        (_, ColumnType::Time(fsp) | ColumnType::DateTime(fsp) | ColumnType::Timestamp(fsp)) => {
            show_plain(value, (*fsp).into(), room, out);
        }
        _ => show_plain(value, fraction_digits(value), room, out),
    }
}

fn push(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to memory cannot fail.
    let _ = out.write_fmt(text);
}

/// A value of its own kind's usual type; times with so many digits of fraction.
fn show_plain(value: &Value, fsp: usize, room: Room, out: &mut Vec<u8>) {
    match value {
        Value::Null => {}
        Value::Int(number) => push(out, format_args!("{number}")),
        Value::UInt(number) => push(out, format_args!("{number}")),
        Value::Decimal(number) => push(out, format_args!("{number}")),
        Value::Double(number) => out.extend(double_text(*number, room).bytes()),
        Value::Text(text) => out.extend(text.bytes()),
        Value::Bytes(bytes) => out.extend(bytes.iter()),
        Value::Date(date) => push(out, format_args!("{date}")),
        Value::Time(time) => push(out, format_args!("{time:.fsp$}")),
        Value::DateTime(moment) => push(out, format_args!("{moment:.fsp$}")),
        Value::Member(member) => out.extend(member.text.bytes()),
        Value::Json(json) => push(out, format_args!("{json}")),
    }
}

/// Six digits if the value has a fraction, when no type says how many.
fn fraction_digits(value: &Value) -> usize {
    let micros = match value {
        Value::Time(time) => time.fraction(),
        Value::DateTime(moment) => moment.time().fraction(),
        _ => 0,
    };
    if micros == 0 { 0 } else { super::temporal::MAX_FRACTION.into() }
}

fn year(value: &Value) -> u64 {
    match value {
        Value::Int(number) => number.unsigned_abs(),
        Value::UInt(number) => *number,
        _ => 0,
    }
}

/// BIT as its bytes, the highest first.
fn show_bits(bits: u64, length: u8, out: &mut Vec<u8>) {
    let bytes = usize::from(length).div_ceil(8).clamp(1, 8);
    out.extend(bits.to_be_bytes().iter().skip(8 - bytes));
}

fn float(number: f64, double: bool, digits: Option<(u8, u8)>, room: Room) -> String {
    match digits {
        Some((_, scale)) => format!("{number:.*}", usize::from(scale)),
        None if double => double_text(number, room),
        None => float_text(number as f32, room),
    }
}

fn scaled(number: &Decimal, scale: u8) -> String {
    number.round(scale.into()).to_string()
}

/// The text, with zeros in front if the type asks for them.
fn push_filled(text: &str, ty: &ColumnType, out: &mut Vec<u8>) {
    let width = fill_width(ty);
    out.extend(std::iter::repeat_n(b'0', width.saturating_sub(text.len())));
    out.extend(text.bytes());
}

/// How wide a ZEROFILL type is; zero for others.
fn fill_width(ty: &ColumnType) -> usize {
    match ty {
        ColumnType::Integer { size, width, zerofill: true, .. } => {
            usize::from(width.unwrap_or(default_width(*size)))
        }
        ColumnType::Decimal { precision, scale, zerofill: true, .. } => {
            usize::from(*precision) + usize::from(*scale > 0)
        }
        ColumnType::Float { double, digits, zerofill: true, .. } => match digits {
            Some((all, _)) => usize::from(*all) + 1,
            None if *double => 22,
            None => 12,
        },
        _ => 0,
    }
}

/// The display width of an unsigned integer that states none.
fn default_width(size: IntegerSize) -> u8 {
    match size {
        IntegerSize::Tiny => 3,
        IntegerSize::Small => 5,
        IntegerSize::Medium => 8,
        IntegerSize::Int => 10,
        IntegerSize::Big => 20,
    }
}
