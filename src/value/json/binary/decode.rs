//! From bytes to a JSON value. What the bytes say is checked before it is believed: offsets lie within
//! their container, counts within its size, nesting within its limit.

use super::*;
use crate::value::Time;
use crate::value::decimal::binary as decimal;
use crate::value::json::{Json, MAX_DEPTH};

impl Json {
    /// The value in these bytes. No bytes are `null`, as MySQL reads them.
    ///
    /// # Errors
    ///
    /// When they are no JSON.
    pub fn from_binary(bytes: &[u8]) -> Result<Self, Damaged> {
        match bytes.split_first() {
            Some((kind, data)) => value(*kind, data, 0),
            None => Ok(Self::Null),
        }
    }
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Damaged> {
    bytes.first_chunk().copied().ok_or(Damaged)
}

fn value(kind: u8, data: &[u8], depth: usize) -> Result<Json, Damaged> {
    Ok(match kind {
        SMALL_OBJECT => Container::read(data, 2, true, depth)?.object()?,
        LARGE_OBJECT => Container::read(data, 4, true, depth)?.object()?,
        SMALL_ARRAY => Container::read(data, 2, false, depth)?.array()?,
        LARGE_ARRAY => Container::read(data, 4, false, depth)?.array()?,
        LITERAL => match data.first() {
            Some(&LITERAL_NULL) => Json::Null,
            Some(&LITERAL_TRUE) => Json::Bool(true),
            Some(&LITERAL_FALSE) => Json::Bool(false),
            _ => return Err(Damaged),
        },
        INT16 => Json::Int(i16::from_le_bytes(array(data)?).into()),
        INT32 => Json::Int(i32::from_le_bytes(array(data)?).into()),
        INT64 => Json::Int(i64::from_le_bytes(array(data)?)),
        UINT16 => Json::UInt(u16::from_le_bytes(array(data)?).into()),
        UINT32 => Json::UInt(u32::from_le_bytes(array(data)?).into()),
        UINT64 => Json::UInt(u64::from_le_bytes(array(data)?)),
        DOUBLE => Json::Double(f64::from_le_bytes(array(data)?)),
        STRING => Json::String(text(counted(data)?)?.into()),
        OPAQUE => {
            let (kind, data) = data.split_first().ok_or(Damaged)?;
            opaque(*kind, counted(data)?)?
        }
        _ => return Err(Damaged),
    })
}

fn text(bytes: &[u8]) -> Result<&str, Damaged> {
    std::str::from_utf8(bytes).map_err(|_| Damaged)
}

/// Bytes after their length.
fn counted(data: &[u8]) -> Result<&[u8], Damaged> {
    let mut length = 0usize;
    for (at, byte) in data.iter().take(5).enumerate() {
        length |= usize::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            return data.get(at + 1..).and_then(|rest| rest.get(..length)).ok_or(Damaged);
        }
    }
    Err(Damaged)
}

fn opaque(kind: u8, bytes: &[u8]) -> Result<Json, Damaged> {
    let packed = || array(bytes).map(i64::from_le_bytes);
    Ok(match kind {
        TYPE_DATE => Json::Date(unpack_moment(packed()?).date),
        TYPE_TIME => Json::Time(Time { micros: unpack_time(packed()?) }),
        TYPE_DATETIME => Json::DateTime(unpack_moment(packed()?)),
        TYPE_TIMESTAMP => Json::Timestamp(unpack_moment(packed()?)),
        TYPE_DECIMAL => {
            let (&[precision, scale], digits) = bytes.split_first_chunk().ok_or(Damaged)?;
            Json::Decimal(decimal::decode(digits, precision, scale).map_err(|_| Damaged)?)
        }
        _ => Json::Opaque(kind, bytes.into()),
    })
}

/// An object or array whose items are still to be read.
struct Container<'a> {
    /// From its start to its end.
    bytes: &'a [u8],
    count: usize,
    /// Bytes of a number.
    width: usize,
    keyed: bool,
    depth: usize,
}

impl<'a> Container<'a> {
    fn read(data: &'a [u8], width: usize, keyed: bool, depth: usize) -> Result<Self, Damaged> {
        let mut container = Self { bytes: data, count: 0, width, keyed, depth };
        container.count = container.number(0)?;
        let size = container.number(width)?;
        container.bytes = data.get(..size).ok_or(Damaged)?;
        let entries = container.entry(container.count);
        if entries > size || depth >= MAX_DEPTH {
            return Err(Damaged);
        }
        Ok(container)
    }

    fn number(&self, at: usize) -> Result<usize, Damaged> {
        let bytes = self.bytes.get(at..at + self.width).ok_or(Damaged)?;
        Ok(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
    }

    /// Where the entry of an item's value starts.
    fn entry(&self, item: usize) -> usize {
        let keys = if self.keyed { self.count * (self.width + 2) } else { 0 };
        2 * self.width + keys + item * (1 + self.width)
    }

    fn key(&self, item: usize) -> Result<&'a str, Damaged> {
        let entry = 2 * self.width + item * (self.width + 2);
        let offset = self.number(entry)?;
        let length = self.bytes.get(entry + self.width..).ok_or(Damaged)?;
        let length = usize::from(u16::from_le_bytes(array(length)?));
        text(self.bytes.get(offset..offset + length).ok_or(Damaged)?)
    }

    fn item(&self, item: usize) -> Result<Json, Damaged> {
        let entry = self.entry(item);
        let kind = *self.bytes.get(entry).ok_or(Damaged)?;
        let inlined = matches!(kind, LITERAL | INT16 | UINT16)
            || self.width == 4 && matches!(kind, INT32 | UINT32);
        let at = if inlined { entry + 1 } else { self.number(entry + 1)? };
        value(kind, self.bytes.get(at..).ok_or(Damaged)?, self.depth + 1)
    }

    fn array(self) -> Result<Json, Damaged> {
        (0..self.count).map(|item| self.item(item)).collect::<Result<_, _>>().map(Json::Array)
    }

    fn object(self) -> Result<Json, Damaged> {
        let member = |item| Ok((self.key(item)?.into(), self.item(item)?));
        (0..self.count).map(member).collect::<Result<_, _>>().map(Json::Object)
    }
}
