//! Rows in binary, as COM_STMT_EXECUTE and COM_STMT_FETCH answer.
//!
//! ```text
//! 00 | NULL bitmap, from bit 2 | the values that are not NULL, each in the form of its column's type
//! ```
//! Source: MySQL source code documentation, "Binary Protocol Resultset Row".

use super::text;
use crate::query::ResultColumn;
use crate::value::types::{CollationId, ColumnType, IntegerSize};
use crate::value::{Date, DateTime, Time, Value};
use crate::wire::reader::put_lenenc_bytes;

/// The NULL bitmap starts with two bits that say nothing.
const BITMAP_OFFSET: usize = 2;
const MICROS: u64 = 1_000_000;

/// Appends a row's payload. `results`: as for [`text::put_row`].
pub fn put_row<'v>(
    out: &mut Vec<u8>,
    columns: &[ResultColumn],
    values: impl Iterator<Item = &'v Value>,
    results: Option<CollationId>,
) {
    out.push(0);
    let bitmap = out.len();
    out.resize(bitmap + (columns.len() + BITMAP_OFFSET).div_ceil(8), 0);
    for (at, (column, value)) in columns.iter().zip(values).enumerate() {
        if matches!(value, Value::Null) {
            let bit = at + BITMAP_OFFSET;
            if let Some(byte) = out.get_mut(bitmap + bit / 8) {
                *byte |= 1 << (bit % 8);
            }
            continue;
        }
        put_value(out, &column.ty.ty, value, results);
    }
}

fn put_value(out: &mut Vec<u8>, ty: &ColumnType, value: &Value, results: Option<CollationId>) {
    match (ty, value) {
        (ColumnType::Integer { size, .. }, Value::Int(number)) => put_integer(out, *size, *number),
        (ColumnType::Integer { size, .. }, Value::UInt(number)) => {
            put_integer(out, *size, *number as i64);
        }
        (ColumnType::Year, Value::UInt(year)) => put_integer(out, IntegerSize::Small, *year as i64),
        (ColumnType::Year, Value::Int(year)) => put_integer(out, IntegerSize::Small, *year),
        (ColumnType::Float { double: false, .. }, Value::Double(number)) => {
            out.extend_from_slice(&(*number as f32).to_le_bytes());
        }
        (ColumnType::Float { double: true, .. }, Value::Double(number)) => {
            out.extend_from_slice(&number.to_le_bytes());
        }
        (ColumnType::Date, Value::Date(date)) => {
            put_date_time(out, DateTime { date: *date, micros: 0 });
        }
        (ColumnType::DateTime(_) | ColumnType::Timestamp(_), Value::DateTime(at)) => {
            put_date_time(out, *at);
        }
        (ColumnType::Time(_), Value::Time(time)) => put_time(out, *time),
        _ => text::put_value(out, ty, value, results),
    }
}

fn put_integer(out: &mut Vec<u8>, size: IntegerSize, number: i64) {
    let width = match size {
        IntegerSize::Tiny => 1,
        IntegerSize::Small => 2,
        IntegerSize::Medium | IntegerSize::Int => 4,
        IntegerSize::Big => 8,
    };
    out.extend_from_slice(&number.to_le_bytes()[..width]);
}

/// The parts that are zero at the end are left out, in steps: clock's fraction, clock, all.
fn put_date_time(out: &mut Vec<u8>, at: DateTime) {
    let Date { year, month, day } = at.date;
    let (seconds, fraction) = (at.micros / MICROS, (at.micros % MICROS) as u32);
    let mut fields = Vec::with_capacity(11);
    fields.extend_from_slice(&year.to_le_bytes());
    fields.extend_from_slice(&[month, day]);
    if at.micros > 0 {
        fields.extend(clock(seconds));
    }
    if fraction > 0 {
        fields.extend_from_slice(&fraction.to_le_bytes());
    }
    let zero = at == DateTime::default();
    put_lenenc_bytes(out, if zero { &[] } else { &fields });
}

fn put_time(out: &mut Vec<u8>, time: Time) {
    let micros = time.micros.unsigned_abs();
    let (seconds, fraction) = (micros / MICROS, (micros % MICROS) as u32);
    let mut fields = Vec::with_capacity(12);
    if micros > 0 {
        fields.push(u8::from(time.micros < 0));
        fields.extend_from_slice(&((seconds / 86_400) as u32).to_le_bytes());
        fields.extend(clock(seconds % 86_400));
    }
    if fraction > 0 {
        fields.extend_from_slice(&fraction.to_le_bytes());
    }
    put_lenenc_bytes(out, &fields);
}

fn clock(seconds: u64) -> [u8; 3] {
    [(seconds / 3600) as u8, (seconds / 60 % 60) as u8, (seconds % 60) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(put: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out);
        out
    }

    #[test]
    fn moments_are_cut_where_the_rest_is_zero() {
        let date = Date { year: 2024, month: 2, day: 29 };
        let at = |micros| bytes(|out| put_date_time(out, DateTime { date, micros }));
        assert_eq!(at(0), [4, 0xe8, 7, 2, 29]);
        assert_eq!(at(61 * MICROS), [7, 0xe8, 7, 2, 29, 0, 1, 1]);
        assert_eq!(at(1), [11, 0xe8, 7, 2, 29, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(bytes(|out| put_date_time(out, DateTime::default())), [0]);
    }

    #[test]
    fn times_have_days() {
        let time = |micros| bytes(|out| put_time(out, Time { micros }));
        assert_eq!(time(0), [0]);
        assert_eq!(time(-(25 * 3600 + 1) * 1_000_000), [8, 1, 1, 0, 0, 0, 1, 0, 1]);
    }
}
