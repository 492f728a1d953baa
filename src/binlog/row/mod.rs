//! Row images: the values of a row as MySQL's row events hold them, both ways.
//!
//! ```text
//! image = NULL map (a bit for each column that is in the image) | values of those that are not NULL
//! ```
//!
//! A [`Layout`] says how a column's values lie; [`encode_image`] and [`decode_image`] do the rest. Our own
//! images hold every column; MySQL's and MariaDB's may leave some out (`binlog_row_image=MINIMAL`), which
//! [`decode_image`] gives as `None`.

mod layout;
mod temporal;
pub(super) mod text;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use layout::{BINARY, Coded, Layout, Members};

use super::bytes::{EventError, Reader, bit, put_bits, put_uint, put_uint_be};
use crate::value::decimal::binary as decimal;
use crate::value::{Json, Member, Value};

/// Longest string or document in a row, in bytes: LONGBLOB's own limit is that of the largest packet.
pub const MAX_VALUE: usize = 1 << 30;

/// Most columns of a table (MySQL's own limit).
pub const MAX_COLUMNS: usize = 4096;

const UNFIT: EventError = EventError::Malformed("a value does not fit its column");

/// Appends a full image of a row: one value for each layout. Values past the last layout are left out.
pub fn encode_image(
    values: &[Value],
    layouts: &[Layout],
    out: &mut Vec<u8>,
) -> Result<(), EventError> {
    if values.len() < layouts.len() {
        return Err(EventError::Malformed("a row has fewer values than its table columns"));
    }
    put_bits(out, values.iter().take(layouts.len()).map(|value| matches!(value, Value::Null)));
    for (value, layout) in values.iter().zip(layouts) {
        if !matches!(value, Value::Null) {
            encode(value, layout, out)?;
        }
    }
    Ok(())
}

/// Reads an image off the front of `from`. `present` has a bit for each column that is in the image; the
/// others are `None`.
pub fn decode_image(
    from: &mut Reader<'_>,
    layouts: &[Layout],
    present: &[u8],
) -> Result<Vec<Option<Value>>, EventError> {
    let there = (0..layouts.len()).filter(|at| bit(present, *at)).count();
    let nulls = from.bytes(there.div_ceil(8))?;
    let mut image = Vec::with_capacity(layouts.len());
    let mut slot = 0;
    for (at, layout) in layouts.iter().enumerate() {
        if !bit(present, at) {
            image.push(None);
            continue;
        }
        let null = bit(nulls, slot);
        slot += 1;
        image.push(Some(if null { Value::Null } else { decode(from, layout)? }));
    }
    Ok(image)
}

/// Appends one value that is not NULL.
pub fn encode(value: &Value, layout: &Layout, out: &mut Vec<u8>) -> Result<(), EventError> {
    match (layout, value) {
        (Layout::Integer { bytes, .. }, Value::Int(number)) => {
            put_uint(out, *number as u64, usize::from(*bytes));
        }
        (Layout::Integer { bytes, .. }, Value::UInt(number)) => {
            put_uint(out, *number, usize::from(*bytes));
        }
        (Layout::Decimal { precision, scale }, Value::Decimal(number)) => {
            decimal::encode(number, *precision, *scale, out);
        }
        (Layout::Float, Value::Double(number)) => {
            out.extend_from_slice(&(*number as f32).to_le_bytes());
        }
        (Layout::Double, Value::Double(number)) => out.extend_from_slice(&number.to_le_bytes()),
        (Layout::Bit(bits), Value::UInt(number)) => {
            put_uint_be(out, *number, usize::from(*bits).div_ceil(8));
        }
        (Layout::Year, Value::UInt(year)) => out.push(year.saturating_sub(1900).min(255) as u8),
        (Layout::Date, Value::Date(date)) => temporal::put_date(*date, out),
        (Layout::Time(fsp), Value::Time(time)) => temporal::put_time(*time, *fsp, out),
        (Layout::DateTime(fsp), Value::DateTime(at)) => temporal::put_datetime(*at, *fsp, out),
        (Layout::Timestamp(fsp), Value::DateTime(at)) => temporal::put_timestamp(*at, *fsp, out)?,
        (Layout::Text { prefix, collation }, Value::Text(string)) => {
            put_string(out, *prefix, |out| text::encode(string, *collation, out))?;
        }
        (Layout::Bytes { prefix, padded }, Value::Bytes(bytes)) => {
            let bytes = if padded.is_some() { unpadded(bytes) } else { bytes };
            put_string(out, *prefix, |out| {
                out.extend_from_slice(bytes);
                Ok(())
            })?;
        }
        (Layout::Json { prefix }, Value::Json(json)) => put_string(out, *prefix, |out| {
            out.extend_from_slice(&json.to_binary());
            Ok(())
        })?,
        (Layout::Enum { bytes, .. } | Layout::Set { bytes, .. }, Value::Member(member)) => {
            put_uint(out, member.number, usize::from(*bytes));
        }
        _ => return Err(UNFIT),
    }
    Ok(())
}

/// Appends what `write` appends, after its length in `prefix` bytes.
fn put_string(
    out: &mut Vec<u8>,
    prefix: u8,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), EventError>,
) -> Result<(), EventError> {
    let prefix = usize::from(prefix);
    let start = out.len();
    put_uint(out, 0, prefix);
    write(out)?;
    let len = out.len() - start - prefix;
    if len > MAX_VALUE || len >> (8 * prefix.min(7)) != 0 {
        return Err(UNFIT);
    }
    let slots = out.iter_mut().skip(start).take(prefix);
    slots.zip((len as u64).to_le_bytes()).for_each(|(slot, byte)| *slot = byte);
    Ok(())
}

fn unpadded(bytes: &[u8]) -> &[u8] {
    let len = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.get(..len).unwrap_or(bytes)
}

/// Reads one value that is not NULL.
pub fn decode(from: &mut Reader<'_>, layout: &Layout) -> Result<Value, EventError> {
    Ok(match layout {
        Layout::Integer { bytes, unsigned } => integer(from, *bytes, *unsigned)?,
        Layout::Decimal { precision, scale } => {
            let bytes = from.bytes(decimal::binary_length(*precision, *scale))?;
            let number = decimal::decode(bytes, *precision, *scale);
            Value::Decimal(number.map_err(|_| EventError::Malformed("a DECIMAL is no number"))?)
        }
        Layout::Float => Value::Double(f64::from(f32::from_le_bytes(from.array()?))),
        Layout::Double => Value::Double(f64::from_le_bytes(from.array()?)),
        Layout::Bit(bits) => Value::UInt(from.uint_be(usize::from(*bits).div_ceil(8))?),
        Layout::Year => Value::UInt(match from.u8()? {
            0 => 0,
            since => 1900 + u64::from(since),
        }),
        Layout::Date => Value::Date(temporal::date(from)?),
        Layout::Time(fsp) => Value::Time(temporal::time(from, *fsp)?),
        Layout::DateTime(fsp) => Value::DateTime(temporal::datetime(from, *fsp)?),
        Layout::Timestamp(fsp) => Value::DateTime(temporal::timestamp(from, *fsp)?),
        Layout::OldTimestamp => Value::DateTime(temporal::old_timestamp(from)?),
        Layout::OldTime => Value::Time(temporal::old_time(from)?),
        Layout::OldDateTime => Value::DateTime(temporal::old_datetime(from)?),
        Layout::Text { prefix, collation } => {
            Value::Text(text::decode(string(from, *prefix)?, *collation)?.into())
        }
        Layout::Bytes { prefix, padded } => bytes(from, *prefix, *padded)?,
        Layout::Enum { bytes, members } => {
            let number = from.uint(usize::from(*bytes))?;
            member(number, members.as_ref().map_or("", |members| enum_text(members, number)))
        }
        Layout::Set { bytes, members } => {
            let number = from.uint(usize::from(*bytes))?;
            member(number, &members.as_ref().map_or(String::new(), |all| set_text(all, number)))
        }
        Layout::Json { prefix } => {
            let document = Json::from_binary(string(from, *prefix)?);
            Value::Json(Arc::new(document.map_err(|_| EventError::Malformed("JSON is damaged"))?))
        }
    })
}

fn integer(from: &mut Reader<'_>, bytes: u8, unsigned: bool) -> Result<Value, EventError> {
    let number = from.uint(usize::from(bytes))?;
    if unsigned {
        return Ok(Value::UInt(number));
    }
    let spare = 64u32.saturating_sub(8 * u32::from(bytes)).min(63);
    Ok(Value::Int((number << spare) as i64 >> spare))
}

/// The bytes of a string after its length in `prefix` bytes.
fn string<'a>(from: &mut Reader<'a>, prefix: u8) -> Result<&'a [u8], EventError> {
    let len = from.uint(usize::from(prefix))?;
    from.bytes(usize::try_from(len).unwrap_or(usize::MAX))
}

fn bytes(from: &mut Reader<'_>, prefix: u8, padded: Option<u32>) -> Result<Value, EventError> {
    let mut bytes = string(from, prefix)?.to_vec();
    let len = padded.map_or(0, |len| len as usize);
    if bytes.len() < len {
        bytes.resize(len, 0);
    }
    Ok(Value::Bytes(bytes.into()))
}

fn member(number: u64, text: &str) -> Value {
    Value::Member(Arc::new(Member { number, text: text.into() }))
}

/// The name of an ENUM's member; none for 0, the error value.
fn enum_text(members: &Members, number: u64) -> &str {
    let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    at.and_then(|at| members.get(at)).map_or("", |name| name)
}

/// The names of a SET's members with commas between.
fn set_text(members: &Members, number: u64) -> String {
    let named = members.iter().take(64).enumerate();
    let names: Vec<&str> =
        named.filter(|(at, _)| number >> at & 1 != 0).map(|(_, name)| &**name).collect();
    names.join(",")
}
