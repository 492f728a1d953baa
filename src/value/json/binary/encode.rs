//! From a JSON value to bytes.

use super::*;
use crate::value::decimal::binary as decimal;
use crate::value::json::Json;

/// The largest size of a small container.
const MAX_SMALL: usize = u16::MAX as usize;

/// How wide a container's numbers are.
#[derive(Clone, Copy, PartialEq)]
enum Width {
    Small,
    Large,
}

impl Width {
    fn bytes(self) -> usize {
        if self == Self::Small { 2 } else { 4 }
    }

    fn push(self, number: usize, out: &mut Vec<u8>) {
        let bytes = (number as u32).to_le_bytes();
        out.extend(bytes.iter().take(self.bytes()));
    }
}

impl Json {
    /// The value in MySQL's binary form.
    pub fn to_binary(&self) -> Vec<u8> {
        let mut out = vec![0];
        let kind = push_value(self, &mut out);
        if let Some(first) = out.first_mut() {
            *first = kind;
        }
        out
    }
}

/// Adds a value's data and tells its type.
fn push_value(value: &Json, out: &mut Vec<u8>) -> u8 {
    match value {
        Json::Null => push_literal(LITERAL_NULL, out),
        Json::Bool(true) => push_literal(LITERAL_TRUE, out),
        Json::Bool(false) => push_literal(LITERAL_FALSE, out),
        Json::Int(number) => push_int(*number, out),
        Json::UInt(number) => push_uint(*number, out),
        Json::Double(number) => {
            out.extend(number.to_le_bytes());
            DOUBLE
        }
        Json::String(text) => {
            push_length(text.len(), out);
            out.extend(text.as_bytes());
            STRING
        }
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| (None, item)).collect();
            push_container(&items, [SMALL_ARRAY, LARGE_ARRAY], out)
        }
        Json::Object(members) => {
            let items: Vec<_> = members.iter().map(|(key, value)| (Some(key), value)).collect();
            push_container(&items, [SMALL_OBJECT, LARGE_OBJECT], out)
        }
        _ => push_opaque(value, out),
    }
}

fn push_literal(literal: u8, out: &mut Vec<u8>) -> u8 {
    out.push(literal);
    LITERAL
}

fn push_int(number: i64, out: &mut Vec<u8>) -> u8 {
    if let Ok(number) = i16::try_from(number) {
        out.extend(number.to_le_bytes());
        return INT16;
    }
    if let Ok(number) = i32::try_from(number) {
        out.extend(number.to_le_bytes());
        return INT32;
    }
    out.extend(number.to_le_bytes());
    INT64
}

fn push_uint(number: u64, out: &mut Vec<u8>) -> u8 {
    if let Ok(number) = u16::try_from(number) {
        out.extend(number.to_le_bytes());
        return UINT16;
    }
    if let Ok(number) = u32::try_from(number) {
        out.extend(number.to_le_bytes());
        return UINT32;
    }
    out.extend(number.to_le_bytes());
    UINT64
}

fn push_length(mut length: usize, out: &mut Vec<u8>) {
    while length > 0x7F {
        out.push(0x80 | (length & 0x7F) as u8);
        length >>= 7;
    }
    out.push(length as u8);
}

fn push_opaque(value: &Json, out: &mut Vec<u8>) -> u8 {
    let packed = |kind: u8, packed: i64| (kind, packed.to_le_bytes().to_vec());
    let (kind, bytes) = match value {
        Json::Date(date) => packed(TYPE_DATE, pack_moment(date.midnight())),
        Json::Time(time) => packed(TYPE_TIME, pack_time(time.micros)),
        Json::DateTime(moment) => packed(TYPE_DATETIME, pack_moment(*moment)),
        Json::Timestamp(moment) => packed(TYPE_TIMESTAMP, pack_moment(*moment)),
        Json::Decimal(number) => {
            let (precision, scale) = (number.precision(), number.scale());
            let mut bytes = vec![precision, scale];
            decimal::encode(number, precision, scale, &mut bytes);
            (TYPE_DECIMAL, bytes)
        }
        Json::Opaque(kind, bytes) => (*kind, bytes.to_vec()),
        _ => (0, Vec::new()),
    };
    out.push(kind);
    push_length(bytes.len(), out);
    out.extend(bytes);
    OPAQUE
}

type Item<'a> = (Option<&'a str>, &'a Json);

/// A small container if everything fits, else a large one.
fn push_container(items: &[Item<'_>], kinds: [u8; 2], out: &mut Vec<u8>) -> u8 {
    let start = out.len();
    if items.len() <= MAX_SMALL && push_items(items, Width::Small, out) {
        return kinds[0];
    }
    out.truncate(start);
    push_items(items, Width::Large, out);
    kinds[1]
}

/// Adds a container of this width, unless it gets too large for it.
fn push_items(items: &[Item<'_>], width: Width, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let fits = |out: &Vec<u8>| width == Width::Large || out.len() - start <= MAX_SMALL;
    width.push(items.len(), out);
    out.extend(std::iter::repeat_n(0, width.bytes()));
    let keyed = items.iter().any(|(key, _)| key.is_some());
    let key_entries = if keyed { items.len() * (width.bytes() + 2) } else { 0 };
    let entries = items.len() * (1 + width.bytes());
    let mut offset = out.len() - start + key_entries + entries;
    for key in items.iter().filter_map(|(key, _)| *key) {
        width.push(offset, out);
        out.extend((key.len() as u16).to_le_bytes());
        offset += key.len();
    }
    let mut entry = out.len();
    out.extend(std::iter::repeat_n(0, entries));
    items.iter().filter_map(|(key, _)| *key).for_each(|key| out.extend(key.as_bytes()));
    if !fits(out) {
        return false;
    }
    for (_, value) in items {
        push_item(value, width, start, entry, out);
        entry += 1 + width.bytes();
        if !fits(out) {
            return false;
        }
    }
    let mut size = Vec::with_capacity(4);
    width.push(out.len() - start, &mut size);
    patch(out, start + width.bytes(), &size);
    true
}

/// Adds an item's data, unless it stands in its entry, and fills its entry.
fn push_item(value: &Json, width: Width, start: usize, entry: usize, out: &mut Vec<u8>) {
    let at = out.len();
    let kind = push_value(value, out);
    let inlined = matches!(kind, LITERAL | INT16 | UINT16)
        || width == Width::Large && matches!(kind, INT32 | UINT32);
    let mut filled = vec![kind];
    if inlined {
        filled.extend(out.drain(at..));
        filled.resize(1 + width.bytes(), sign_of(value));
    } else {
        width.push(at - start, &mut filled);
    }
    patch(out, entry, &filled);
}

/// What a short integer's further bytes are when it stands in a wider entry.
fn sign_of(value: &Json) -> u8 {
    if matches!(value, Json::Int(..0)) { 0xFF } else { 0 }
}

fn patch(out: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = out.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}
