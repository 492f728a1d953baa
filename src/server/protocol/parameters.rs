//! The parameters of COM_STMT_EXECUTE.
//!
//! ```text
//! 17 | statement id int<4> | cursor int<1> | iterations int<4>
//! NULL bitmap | new types int<1> | types 2 bytes each, if new | values
//! ```
//! A parameter that was sent with COM_STMT_SEND_LONG_DATA has no value here.
//! Source: MySQL source code documentation, "COM_STMT_EXECUTE" and "Binary Protocol Value".

use std::sync::Arc;

use super::columns::code;
use crate::value::{Date, DateTime, Time, Value};
use crate::wire::Malformed;
use crate::wire::reader::Reader;

/// In a parameter's second type byte: unsigned.
const UNSIGNED: u8 = 0x80;
const MICROS: u64 = 1_000_000;

/// A parameter's type: the code, and whether it is unsigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParameterType {
    /// One of [`code`].
    pub code: u8,
    /// Integers only.
    pub unsigned: bool,
}

/// What an execution asks for besides its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Execution {
    /// The statement.
    pub id: u32,
    /// Rows stay here and are fetched with COM_STMT_FETCH.
    pub cursor: bool,
}

/// Reads an execution. `types` are those of the last one, replaced when the client sends new ones;
/// `long` gives what was sent ahead for a parameter. The command's byte is part of `payload`.
pub fn read(
    payload: &[u8],
    parameters: usize,
    types: &mut Vec<ParameterType>,
    mut long: impl FnMut(usize, ParameterType) -> Option<Result<Value, Malformed>>,
) -> Result<Vec<Value>, Malformed> {
    let mut reader = Reader::new(payload);
    reader.bytes(10)?;
    if parameters == 0 {
        return Ok(Vec::new());
    }
    let nulls = reader.bytes(parameters.div_ceil(8))?;
    if reader.u8()? != 0 {
        *types = read_types(&mut reader, parameters)?;
    }
    // A driver may leave the types away as long as all that it sends is NULL.
    let untyped = ParameterType { code: code::NULL, unsigned: false };
    let mut values = Vec::with_capacity(parameters);
    for at in 0..parameters {
        let ty = types.get(at).copied();
        let null = nulls.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1);
        values.push(match (long(at, ty.unwrap_or(untyped)), ty) {
            (Some(value), _) => value?,
            (None, _) if null => Value::Null,
            (None, Some(ty)) => read_value(&mut reader, ty)?,
            (None, None) => {
                return Err(Malformed("a first execution names the types of its parameters"));
            }
        });
    }
    Ok(values)
}

/// Reads the fixed head of an execution.
pub fn read_head(payload: &[u8]) -> Result<Execution, Malformed> {
    let mut reader = Reader::new(payload);
    reader.u8()?;
    let id = reader.u32()?;
    let cursor = reader.u8()? & 0x01 != 0;
    Ok(Execution { id, cursor })
}

fn read_types(reader: &mut Reader<'_>, count: usize) -> Result<Vec<ParameterType>, Malformed> {
    (0..count)
        .map(|_| Ok(ParameterType { code: reader.u8()?, unsigned: reader.u8()? & UNSIGNED != 0 }))
        .collect()
}

fn read_value(reader: &mut Reader<'_>, ty: ParameterType) -> Result<Value, Malformed> {
    Ok(match ty.code {
        code::NULL => Value::Null,
        code::TINY => integer(i64::from(reader.u8()? as i8), 0xff, ty),
        code::SHORT | code::YEAR => integer(i64::from(reader.u16()? as i16), 0xffff, ty),
        code::LONG | code::INT24 => {
            integer(i64::from(reader.u32()? as i32), u64::from(u32::MAX), ty)
        }
        code::LONGLONG => integer(i64::from_le_bytes(reader.array()?), u64::MAX, ty),
        code::FLOAT => Value::Double(f64::from(f32::from_le_bytes(reader.array()?))),
        code::DOUBLE => Value::Double(f64::from_le_bytes(reader.array()?)),
        code::DATE | code::DATETIME | code::TIMESTAMP => date_time(reader, ty.code)?,
        code::TIME => time(reader)?,
        _ => long_value(reader.lenenc_bytes()?, ty)?,
    })
}

fn integer(signed: i64, mask: u64, ty: ParameterType) -> Value {
    if ty.unsigned { Value::UInt(signed as u64 & mask) } else { Value::Int(signed) }
}

/// A value that is sent as bytes: text, or binary for the BLOB types. A text that is no UTF-8 is taken as
/// binary, as MySQL does with what it cannot convert.
pub fn long_value(bytes: &[u8], ty: ParameterType) -> Result<Value, Malformed> {
    let binary = matches!(
        ty.code,
        code::TINY_BLOB | code::MEDIUM_BLOB | code::LONG_BLOB | code::BLOB | code::BIT
    );
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) if !binary => Value::Text(Arc::from(text)),
        _ => Value::Bytes(Arc::from(bytes)),
    })
}

/// `length | year int<2> | month | day | hour | minute | second | micros int<4>`, cut where the rest is zero.
fn date_time(reader: &mut Reader<'_>, code: u8) -> Result<Value, Malformed> {
    let mut fields = Reader::new(reader.lenenc_bytes()?);
    let mut date = Date::default();
    if !fields.is_empty() {
        date = Date { year: fields.u16()?, month: fields.u8()?, day: fields.u8()? };
    }
    if date.year > 9999 || date.month > 12 || date.day > 31 {
        return Err(Malformed("a date is beyond the calendar"));
    }
    if code == code::DATE {
        return Ok(Value::Date(date));
    }
    Ok(Value::DateTime(DateTime { date, micros: clock(&mut fields)? }))
}

/// Hours, minutes, seconds and microseconds, if they are there.
fn clock(fields: &mut Reader<'_>) -> Result<u64, Malformed> {
    if fields.is_empty() {
        return Ok(0);
    }
    let [hour, minute, second] = fields.array::<3>()?.map(u64::from);
    let micros = if fields.is_empty() { 0 } else { u64::from(fields.u32()?) };
    if hour > 23 || minute > 59 || second > 59 || micros >= MICROS {
        return Err(Malformed("a time is beyond the clock"));
    }
    Ok(((hour * 60 + minute) * 60 + second) * MICROS + micros)
}

/// `length | negative | days int<4> | hour | minute | second | micros int<4>`.
fn time(reader: &mut Reader<'_>) -> Result<Value, Malformed> {
    let mut fields = Reader::new(reader.lenenc_bytes()?);
    if fields.is_empty() {
        return Ok(Value::Time(Time::default()));
    }
    let negative = fields.u8()? != 0;
    let days = i64::from(fields.u32()?);
    // At most 2^32 days of 86,400,000,000 microseconds would overflow; a TIME has 34.
    let days = days.min(35) * 86_400 * MICROS as i64;
    let micros = days + clock(&mut fields)? as i64;
    Ok(Value::Time(Time { micros: if negative { -micros } else { micros } }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn execute(body: &[u8], parameters: usize) -> Result<Vec<Value>, Malformed> {
        let mut payload = vec![0x17, 1, 0, 0, 0, 0, 1, 0, 0, 0];
        payload.extend_from_slice(body);
        read(&payload, parameters, &mut Vec::new(), |_, _| None)
    }

    #[test]
    fn values_of_each_kind() {
        let body = [
            &[0b0000_0100, 1][..],
            &[code::LONG, 0, code::TINY, 0x80, code::LONG, 0, code::VAR_STRING, 0],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 3],
            b"abc",
        ]
        .concat();
        let values = execute(&body, 4).unwrap();
        assert_eq!(format!("{values:?}"), r#"[Int(-1), UInt(255), Null, Text("abc")]"#);
    }

    #[test]
    fn dates_and_times() {
        let body = [
            &[0, 1, code::DATETIME, 0, code::TIME, 0][..],
            &[11, 0xe8, 0x07, 2, 29, 13, 5, 6, 1, 0, 0, 0],
            &[8, 1, 1, 0, 0, 0, 2, 3, 4],
        ]
        .concat();
        let values = execute(&body, 2).unwrap();
        let Value::DateTime(at) = &values[0] else { panic!("{values:?}") };
        assert_eq!((at.date.year, at.date.month, at.date.day), (2024, 2, 29));
        assert_eq!(at.micros, ((13 * 60 + 5) * 60 + 6) * MICROS + 1);
        let Value::Time(time) = &values[1] else { panic!("{values:?}") };
        assert_eq!(time.micros, -(((26 * 60 + 3) * 60 + 4) * MICROS as i64));
    }

    #[test]
    fn damage_is_an_error() {
        assert!(execute(&[0, 0], 1).is_err(), "no types were ever sent");
        assert!(execute(&[0, 1, code::LONG, 0, 1, 2], 1).is_err(), "the value is cut short");
        assert!(execute(&[0, 1, code::DATE, 0, 4, 0, 0, 13, 1], 1).is_err(), "month 13");
        assert!(execute(&[], 3).is_err());
    }
}
