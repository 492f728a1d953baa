//! JSON in MySQL's binary form: in row events, and in checkpoints.
//!
//! ```text
//! value      type:1 then the type's data
//! container  count, size, (objects: key offset, key length:2) × count, (type:1, offset or value) × count,
//!            keys, values
//! string     length (7 bits a byte, the lowest first), UTF-8
//! opaque     column type:1, length, bytes
//! ```
//!
//! Counts, sizes and offsets are two bytes in a small container and four in a large one; offsets count from
//! the container's start. Literals and integers that fit stand in place of their offset. All numbers are
//! little endian. Source: the head of MySQL's json_binary.h.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

use super::super::temporal::SECOND;
use super::super::{Date, DateTime};

const SMALL_OBJECT: u8 = 0x00;
const LARGE_OBJECT: u8 = 0x01;
const SMALL_ARRAY: u8 = 0x02;
const LARGE_ARRAY: u8 = 0x03;
const LITERAL: u8 = 0x04;
const INT16: u8 = 0x05;
const UINT16: u8 = 0x06;
const INT32: u8 = 0x07;
const UINT32: u8 = 0x08;
const INT64: u8 = 0x09;
const UINT64: u8 = 0x0A;
const DOUBLE: u8 = 0x0B;
const STRING: u8 = 0x0C;
const OPAQUE: u8 = 0x0F;

const LITERAL_NULL: u8 = 0;
const LITERAL_TRUE: u8 = 1;
const LITERAL_FALSE: u8 = 2;

/// The numbers of column types that opaque values name.
const TYPE_TIMESTAMP: u8 = 7;
const TYPE_DATE: u8 = 10;
const TYPE_TIME: u8 = 11;
const TYPE_DATETIME: u8 = 12;
const TYPE_DECIMAL: u8 = 246;

/// Why bytes are no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("damaged binary JSON")]
pub struct Damaged;

/// A time of day as hours:minutes:seconds in bits, above 24 bits of microseconds.
fn pack_time(micros: i64) -> i64 {
    let size = micros.abs();
    let seconds = size / SECOND;
    let parts = ((seconds / 3600) << 12) | ((seconds / 60 % 60) << 6) | (seconds % 60);
    let packed = (parts << 24) | (size % SECOND);
    if micros < 0 { -packed } else { packed }
}

fn unpack_time(packed: i64) -> i64 {
    let size = packed.unsigned_abs() as i64;
    let parts = size >> 24;
    let seconds = (parts >> 12) * 3600 + (parts >> 6 & 0x3F) * 60 + (parts & 0x3F);
    let micros = seconds.saturating_mul(SECOND) + (size & 0xFF_FFFF);
    if packed < 0 { -micros } else { micros }
}

fn pack_moment(moment: DateTime) -> i64 {
    let Date { year, month, day } = moment.date;
    let date = (i64::from(year) * 13 + i64::from(month)) << 5 | i64::from(day);
    (date << 41) + pack_time(moment.micros as i64)
}

fn unpack_moment(packed: i64) -> DateTime {
    let date = packed >> 41;
    let month = date >> 5;
    DateTime {
        date: Date::new((month / 13) as u16, (month % 13) as u8, (date & 0x1F) as u8),
        micros: unpack_time(packed & ((1 << 41) - 1)) as u64,
    }
}
