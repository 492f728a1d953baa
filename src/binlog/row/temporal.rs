//! Dates and times in row images, as MySQL has written them since 5.6.
//!
//! ```text
//! DATE       3 bytes    year:15 month:4 day:5, lowest byte first
//! TIME       3 bytes    hour:12 minute:6 second:6 over the fraction, highest byte first, as one signed
//!            + fraction number whose zero is moved up, so that the bytes sort
//! DATETIME   5 bytes    (year * 13 + month):17 day:5 hour:5 minute:6 second:6, zero moved up
//!            + fraction
//! TIMESTAMP  4 bytes    seconds since 1970, highest byte first
//!            + fraction
//! fraction   1-2 digits: hundredths in 1 byte; 3-4: 1/10,000 in 2; 5-6: microseconds in 3
//! ```

use super::super::bytes::{EventError, Reader, put_uint, put_uint_be};
use crate::value::temporal::from_days;
use crate::value::{Date, DateTime, Time};

const MICROS_PER_SECOND: u64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// The day number (`TO_DAYS`) of 1970-01-01.
const DAY_OF_1970: i64 = 719_528;

/// Bytes of a fraction of so many digits.
fn fraction_len(fsp: u8) -> usize {
    usize::from(fsp.min(6)).div_ceil(2)
}

/// Microseconds in one unit of a stored fraction.
fn fraction_unit(fsp: u8) -> u64 {
    [MICROS_PER_SECOND, 10_000, 100, 1].get(fraction_len(fsp)).copied().unwrap_or(1)
}

/// Writes a DATE.
pub fn put_date(date: Date, out: &mut Vec<u8>) {
    let (year, month, day) = (u64::from(date.year), u64::from(date.month), u64::from(date.day));
    put_uint(out, year << 9 | month << 5 | day, 3);
}

/// Reads a DATE.
pub fn date(from: &mut Reader<'_>) -> Result<Date, EventError> {
    let packed = from.uint(3)?;
    checked_date(packed >> 9, packed >> 5 & 15, packed & 31)
}

fn checked_date(year: u64, month: u64, day: u64) -> Result<Date, EventError> {
    if year > 9999 || month > 12 || day > 31 {
        return Err(EventError::Malformed("a date is out of range"));
    }
    Ok(Date { year: year as u16, month: month as u8, day: day as u8 })
}

/// Hours, minutes and seconds of `micros` in their bits, and what is left of the second.
fn packed_hms(micros: u64) -> (u64, u64) {
    let seconds = micros / MICROS_PER_SECOND;
    let packed = (seconds / 3600) << 12 | (seconds / 60 % 60) << 6 | (seconds % 60);
    (packed, micros % MICROS_PER_SECOND)
}

/// The reverse of [`packed_hms`]; `max_hour` is the last allowed hour.
fn unpacked_hms(packed: u64, fraction: u64, max_hour: u64) -> Result<u64, EventError> {
    let (hour, minute, second) = (packed >> 12, packed >> 6 & 63, packed & 63);
    if hour > max_hour || minute > 59 || second > 59 || fraction >= MICROS_PER_SECOND {
        return Err(EventError::Malformed("a time of day is out of range"));
    }
    Ok((hour * 3600 + minute * 60 + second) * MICROS_PER_SECOND + fraction)
}

/// Writes a TIME.
pub fn put_time(time: Time, fsp: u8, out: &mut Vec<u8>) {
    let bytes = 3 + fraction_len(fsp);
    let (hms, fraction) = packed_hms(time.micros.unsigned_abs());
    let packed = hms << (8 * fraction_len(fsp)) | (fraction / fraction_unit(fsp));
    let zero = 1u64 << (8 * bytes - 1);
    let number = if time.micros < 0 { zero.wrapping_sub(packed) } else { zero + packed };
    put_uint_be(out, number, bytes);
}

/// Reads a TIME.
pub fn time(from: &mut Reader<'_>, fsp: u8) -> Result<Time, EventError> {
    let bits = 8 * fraction_len(fsp);
    let bytes = 3 + fraction_len(fsp);
    let zero = 1u64 << (8 * bytes - 1);
    let number = from.uint_be(bytes)?;
    let packed = number.abs_diff(zero);
    let fraction = (packed & ((1 << bits) - 1)) * fraction_unit(fsp);
    let fraction = if bits == 0 { 0 } else { fraction };
    let micros = unpacked_hms(packed >> bits, fraction, 838)? as i64;
    Ok(Time { micros: if number < zero { -micros } else { micros } })
}

/// Writes a DATETIME.
pub fn put_datetime(at: DateTime, fsp: u8, out: &mut Vec<u8>) {
    let Date { year, month, day } = at.date;
    let ymd = (u64::from(year) * 13 + u64::from(month)) << 5 | u64::from(day);
    let (hms, fraction) = packed_hms(at.micros);
    put_uint_be(out, (ymd << 17 | hms) + (1 << 39), 5);
    put_uint_be(out, fraction / fraction_unit(fsp), fraction_len(fsp));
}

/// Reads a DATETIME.
pub fn datetime(from: &mut Reader<'_>, fsp: u8) -> Result<DateTime, EventError> {
    let packed = from.uint_be(5)?;
    let packed = packed
        .checked_sub(1 << 39)
        .ok_or(EventError::Malformed("a date and time is below zero"))?;
    let fraction = fraction(from, fsp)?;
    let (ymd, hms) = (packed >> 17, packed & 0x1ffff);
    let months = ymd >> 5;
    let date = checked_date(months / 13, months % 13, ymd & 31)?;
    Ok(DateTime { date, micros: unpacked_hms(hms, fraction, 23)? })
}

fn fraction(from: &mut Reader<'_>, fsp: u8) -> Result<u64, EventError> {
    let units = from.uint_be(fraction_len(fsp))?;
    Ok(if fsp == 0 { 0 } else { units * fraction_unit(fsp) })
}

/// Writes a TIMESTAMP, which is in UTC; the zero timestamp is 0 seconds.
pub fn put_timestamp(at: DateTime, fsp: u8, out: &mut Vec<u8>) -> Result<(), EventError> {
    let micros = at.micros % MICROS_PER_SECOND;
    let seconds = if at == DateTime::default() {
        0
    } else {
        (at.date.to_days() - DAY_OF_1970) * SECONDS_PER_DAY + (at.micros / MICROS_PER_SECOND) as i64
    };
    let seconds =
        u32::try_from(seconds).map_err(|_| EventError::Malformed("a timestamp is out of range"))?;
    out.extend_from_slice(&seconds.to_be_bytes());
    put_uint_be(out, micros / fraction_unit(fsp), fraction_len(fsp));
    Ok(())
}

/// Reads a TIMESTAMP.
pub fn timestamp(from: &mut Reader<'_>, fsp: u8) -> Result<DateTime, EventError> {
    let seconds = i64::from(u32::from_be_bytes(from.array()?));
    let fraction = fraction(from, fsp)?;
    Ok(since_1970(seconds, fraction))
}

/// Reads a TIMESTAMP without a fraction as MySQL 5.5 wrote it, lowest byte first.
pub fn old_timestamp(from: &mut Reader<'_>) -> Result<DateTime, EventError> {
    Ok(since_1970(i64::from(from.u32()?), 0))
}

fn since_1970(seconds: i64, fraction: u64) -> DateTime {
    if seconds == 0 && fraction == 0 {
        return DateTime::default();
    }
    let date = from_days(seconds / SECONDS_PER_DAY + DAY_OF_1970).unwrap_or_default();
    let second = (seconds % SECONDS_PER_DAY).unsigned_abs();
    DateTime { date, micros: second * MICROS_PER_SECOND + fraction.min(MICROS_PER_SECOND - 1) }
}

/// Reads a TIME as MySQL 5.5 wrote it: `hhmmss` as a signed number of three bytes.
pub fn old_time(from: &mut Reader<'_>) -> Result<Time, EventError> {
    let raw = from.uint(3)? as i64;
    let number = if raw >= 1 << 23 { raw - (1 << 24) } else { raw };
    let hms = number.unsigned_abs();
    let packed = (hms / 10_000) << 12 | (hms / 100 % 100).min(63) << 6 | (hms % 100).min(63);
    let micros = unpacked_hms(packed, 0, 838)? as i64;
    Ok(Time { micros: if number < 0 { -micros } else { micros } })
}

/// Reads a DATETIME as MySQL 5.5 wrote it: the number `YYYYMMDDhhmmss`.
pub fn old_datetime(from: &mut Reader<'_>) -> Result<DateTime, EventError> {
    let number = from.u64()?;
    let (day, hms) = (number / 1_000_000, number % 1_000_000);
    let date = checked_date(day / 10_000, day / 100 % 100, day % 100)?;
    let packed = (hms / 10_000) << 12 | (hms / 100 % 100).min(63) << 6 | (hms % 100).min(63);
    Ok(DateTime { date, micros: unpacked_hms(packed, 0, 23)? })
}
