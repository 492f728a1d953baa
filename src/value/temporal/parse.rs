//! Dates and times from text, in all the forms that MySQL takes.
//!
//! Parts may be separated by any punctuation (`2024/1/2 3.4.5`), a `T` or spaces between date and time, or
//! by nothing (`20240102030405`, `240102`). Years of two digits are 1970 to 2069. What follows the last
//! part is cut off with a warning. A date and time may end in an offset (`+05:30`).

use super::{Date, DateTime, SECOND, Time, TimeZone, UnixTime, days_in_month};

/// Which odd dates are taken: the flags of `sql_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DateMode {
    /// NO_ZERO_DATE: `0000-00-00` is refused.
    pub no_zero_date: bool,
    /// NO_ZERO_IN_DATE: a month or day of zero is refused.
    pub no_zero_in_date: bool,
    /// ALLOW_INVALID_DATES: any day to 31 in any month.
    pub allow_invalid_dates: bool,
    /// TIME_TRUNCATE_FRACTIONAL: fractions are cut off, not rounded.
    pub truncate_fraction: bool,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parsed<T> {
    /// The value, to the microsecond.
    pub value: T,
    /// Whether there was more text than the value.
    pub truncated: bool,
    /// Whether a time of day was given.
    pub has_time: bool,
    /// Digits of fraction that were given, to six.
    pub fsp: u8,
    /// The offset from UTC in seconds, if the text gave one.
    pub offset: Option<i32>,
}

impl Parsed<DateTime> {
    /// The moment in this time zone, where the text said in which one it is.
    pub fn in_zone(&self, zone: &TimeZone) -> DateTime {
        let Some(offset) = self.offset else { return self.value };
        let utc = UnixTime(UnixTime::from_utc(self.value).0 - i64::from(offset) * SECOND);
        zone.to_local(utc).unwrap_or(self.value)
    }
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// The text is no date or time, or none that `sql_mode` takes.
    Incorrect,
    /// A TIME too large: the nearest one that there is.
    OutOfRange(Time),
}

impl DateMode {
    /// Whether a date is one that is taken.
    pub fn accepts(self, date: Date) -> bool {
        if date.month > 12 || date.day > 31 || date.year > 9999 {
            return false;
        }
        if date.is_zero() {
            return !self.no_zero_date;
        }
        if date.has_zero_part() {
            return !self.no_zero_in_date;
        }
        self.allow_invalid_dates || date.day <= days_in_month(date.year, date.month)
    }
}

/// The text that is still to be read.
struct Reader<'a> {
    rest: &'a [u8],
}

/// A run of digits: its value (saturating) and length.
#[derive(Clone, Copy)]
struct Digits {
    value: u64,
    length: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text.trim_ascii_start().as_bytes() }
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn advance(&mut self, by: usize) {
        self.rest = self.rest.get(by..).unwrap_or_default();
    }

    /// At most `limit` digits; none if there is none.
    fn digits(&mut self, limit: usize) -> Option<Digits> {
        let length = self.rest.iter().take(limit).take_while(|byte| byte.is_ascii_digit()).count();
        let value = self.rest.iter().take(length).fold(0u64, |sum, digit| {
            sum.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        });
        self.advance(length);
        (length > 0).then_some(Digits { value, length })
    }

    /// One or two digits, and no third.
    fn two_digits(&mut self) -> Option<u64> {
        let number = self.digits(2)?;
        let third = self.peek().is_some_and(|byte| byte.is_ascii_digit());
        (!third).then_some(number.value)
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.advance(1);
        }
        found
    }

    fn spaces(&mut self) -> bool {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.advance(length);
        length > 0
    }

    /// One punctuation mark, or several of them.
    fn separator(&mut self) -> bool {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_punctuation()).count();
        self.advance(length);
        length > 0
    }

    /// The microseconds after a point, rounded from the digits there are, and how many digits there were.
    fn fraction(&mut self) -> (i64, u8) {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digit = |at: usize| {
            self.rest.get(at).filter(|_| at < digits).map_or(0, |byte| i64::from(byte - b'0'))
        };
        let micros = (0..6).fold(0, |sum, at| sum * 10 + digit(at));
        let up = i64::from(digit(6) >= 5);
        self.advance(digits);
        (micros + up, digits.min(6) as u8)
    }

    /// `+hh:mm` or `-hh:mm` within ±14:00, at the end of the text.
    fn offset(&mut self) -> Option<i32> {
        let sign = match self.peek()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let [_, h1, h2, b':', m1, m2] = *self.rest else { return None };
        let number = |a: u8, b: u8| {
            (a.is_ascii_digit() && b.is_ascii_digit())
                .then(|| i32::from((a - b'0') * 10 + (b - b'0')))
        };
        let (hours, minutes) = (number(h1, h2)?, number(m1, m2)?);
        let seconds = hours * 3600 + minutes * 60;
        let valid = minutes < 60 && seconds <= 14 * 3600 && !(sign < 0 && seconds == 0);
        self.advance(6);
        valid.then_some(sign * seconds)
    }

    fn is_done(&mut self) -> bool {
        self.spaces();
        self.rest.is_empty()
    }
}

/// A date, and perhaps a time, from text.
///
/// # Errors
///
/// When it is none, or none that the mode takes.
pub fn parse_date_time(text: &str, mode: DateMode) -> Result<Parsed<DateTime>, Mistake> {
    let mut reader = Reader::new(text);
    let run = reader.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let next = reader.rest.get(run).copied();
    // A run of digits without separators is a compact date unless a separator follows a short one.
    let compact = run >= 5 && !next.is_some_and(|byte| byte.is_ascii_punctuation() && byte != b'.')
        || run >= 8;
    let found = if compact { read_compact(&mut reader, run) } else { read_parts(&mut reader) };
    let found = found.ok_or(Mistake::Incorrect)?;
    finish(found, mode)
}

/// The parts as they were read, unchecked.
struct Parts {
    numbers: [u64; 6],
    short_year: bool,
    micros: i64,
    fsp: u8,
    has_time: bool,
    offset: Option<i32>,
    truncated: bool,
}

impl Parts {
    fn new() -> Self {
        Self {
            numbers: [0; 6],
            short_year: false,
            micros: 0,
            fsp: 0,
            has_time: false,
            offset: None,
            truncated: false,
        }
    }

    fn set(&mut self, part: usize, value: u64) {
        if let Some(number) = self.numbers.get_mut(part) {
            *number = value;
        }
    }
}

/// Parts with separators.
fn read_parts(reader: &mut Reader<'_>) -> Option<Parts> {
    let mut parts = Parts::new();
    let year = reader.digits(4)?;
    parts.short_year = year.length == 2;
    parts.set(0, year.value);
    for part in 1..3 {
        if !reader.separator() {
            return None;
        }
        parts.set(part, reader.two_digits()?);
    }
    read_time_of_day(reader, &mut parts)?;
    finish_text(reader, &mut parts);
    Some(parts)
}

/// The time after a date, if there is one; none if it is wrong.
fn read_time_of_day(reader: &mut Reader<'_>, parts: &mut Parts) -> Option<()> {
    let before = reader.rest;
    let separated = reader.take(b'T') || reader.spaces() || reader.separator();
    reader.spaces();
    if !separated || !reader.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        reader.rest = before;
        return Some(());
    }
    parts.has_time = true;
    for part in 3..6 {
        parts.set(part, reader.two_digits()?);
        let more = reader.rest.get(1).is_some_and(u8::is_ascii_digit);
        // A sign after the minutes or seconds starts an offset.
        let sign = matches!(reader.peek(), Some(b'+' | b'-')) && part > 3;
        if part == 5 || sign || !more || !reader.separator() {
            break;
        }
    }
    if reader.take(b'.') {
        (parts.micros, parts.fsp) = reader.fraction();
    }
    Some(())
}

fn finish_text(reader: &mut Reader<'_>, parts: &mut Parts) {
    if parts.has_time {
        parts.offset = reader.offset();
    }
    // A point without a fraction is no more text.
    parts.truncated = reader.rest != b"." && !reader.is_done();
}

/// Digits without separators: YYMMDD, YYYYMMDD, YYMMDDhhmmss, YYYYMMDDhhmmss, each perhaps cut short.
fn read_compact(reader: &mut Reader<'_>, run: usize) -> Option<Parts> {
    let mut parts = Parts::new();
    let year = if matches!(run, 8 | 14..) { 4 } else { 2 };
    parts.short_year = year == 2;
    let year = reader.digits(year)?;
    parts.set(0, year.value);
    for part in 1..6 {
        let Some(number) = reader.digits(2) else { break };
        parts.has_time |= part >= 3;
        parts.set(part, number.value);
    }
    if !parts.has_time {
        read_time_of_day(reader, &mut parts)?;
    } else if reader.take(b'.') {
        (parts.micros, parts.fsp) = reader.fraction();
    }
    finish_text(reader, &mut parts);
    Some(parts)
}

fn finish(parts: Parts, mode: DateMode) -> Result<Parsed<DateTime>, Mistake> {
    let [year, month, day, hour, minute, second] = parts.numbers;
    let century = match (parts.short_year, year) {
        // `00-00-00` is the zero date.
        (true, 0) if month == 0 && day == 0 => 0,
        (true, 0..70) => 2000,
        (true, _) => 1900,
        _ => 0,
    };
    if hour > 23 || minute > 59 || second > 59 || month > 12 || day > 31 {
        return Err(Mistake::Incorrect);
    }
    let date = Date { year: (year + century) as u16, month: month as u8, day: day as u8 };
    if !mode.accepts(date) {
        return Err(Mistake::Incorrect);
    }
    let seconds = hour * 3600 + minute * 60 + second;
    let value = with_micros(date, seconds as i64 * SECOND + parts.micros)?;
    let Parts { truncated, has_time, fsp, offset, .. } = parts;
    Ok(Parsed { value, truncated, has_time, fsp, offset })
}

/// The date and time; a fraction that rounded up may make it the next day.
fn with_micros(date: Date, micros: i64) -> Result<DateTime, Mistake> {
    if micros < super::DAY {
        return Ok(DateTime { date, micros: micros as u64 });
    }
    let next = date.plus_days(1).ok_or(Mistake::Incorrect)?;
    Ok(DateTime { date: next, micros: (micros - super::DAY) as u64 })
}

/// Text of at least this length may be a date and time where a TIME is wanted.
const FULL_LENGTH: usize = 12;

/// A time from text: `[-][days ]hh:mm[:ss[.fraction]]`, `[-]hhmmss[.fraction]`, or a date and time, whose
/// date is dropped.
///
/// # Errors
///
/// When it is none, or beyond the range of TIME.
pub fn parse_time(text: &str, mode: DateMode) -> Result<Parsed<Time>, Mistake> {
    if let Some(whole) = dated_time(text, mode) {
        let Parsed { value, truncated, has_time, fsp, offset } = whole;
        return Ok(Parsed { value: value.time(), truncated, has_time, fsp, offset });
    }
    let mut reader = Reader::new(text);
    let negative = reader.take(b'-');
    reader.spaces();
    let first = reader.digits(usize::MAX).ok_or(Mistake::Incorrect)?;
    let [days, hours, minutes, seconds] = time_parts(&mut reader, first)?;
    let (micros, fsp) = if reader.take(b'.') { reader.fraction() } else { (0, 0) };
    if starts_with_exponent(reader.rest) {
        return Err(Mistake::Incorrect);
    }
    if minutes > 59 || seconds > 59 || first.value > u32::MAX.into() {
        return Err(Mistake::Incorrect);
    }
    let hours = days.saturating_mul(24).saturating_add(hours).min(1_000_000);
    let seconds = hours as i64 * 3600 + minutes as i64 * 60 + seconds as i64;
    let size = seconds * SECOND + micros;
    let (value, outside) = Time { micros: if negative { -size } else { size } }.clamped();
    if outside {
        return Err(Mistake::OutOfRange(value));
    }
    Ok(Parsed { value, truncated: !reader.is_done(), has_time: true, fsp, offset: None })
}

/// Whether a text that is a time is one with a date, which is dropped.
pub fn time_has_date(text: &str, mode: DateMode) -> bool {
    dated_time(text, mode).is_some()
}

fn dated_time(text: &str, mode: DateMode) -> Option<Parsed<DateTime>> {
    if text.trim_ascii().len() < FULL_LENGTH {
        return None;
    }
    let whole = parse_date_time(text, mode).ok()?;
    (whole.has_time && !starts_with_hours(text) || looks_like_date(text)).then_some(whole)
}

/// Whether a text has nothing of a time, or is a number with an exponent: MySQL makes no words about those.
pub fn is_no_time(text: &str) -> bool {
    let text = text.trim_ascii_start();
    let number = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    text.is_empty() || starts_with_exponent(number.as_bytes())
}

/// `e2`, `E+2`: what makes a number of digits that are no time.
fn starts_with_exponent(rest: &[u8]) -> bool {
    match rest {
        [b'e' | b'E', b'+' | b'-', digit, ..] | [b'e' | b'E', digit, ..] => digit.is_ascii_digit(),
        _ => false,
    }
}

/// Whether a colon follows the first number: a long time (`12:00:00.123456`), no date.
fn starts_with_hours(text: &str) -> bool {
    let rest = text.trim_ascii().trim_start_matches(|letter: char| letter.is_ascii_digit());
    rest.starts_with(':')
}

fn looks_like_date(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'-').count() >= 2
}

/// Days, hours, minutes and seconds, the first number read.
fn time_parts(reader: &mut Reader<'_>, first: Digits) -> Result<[u64; 4], Mistake> {
    let before = reader.rest;
    if reader.spaces() {
        // A single character is no number of hours.
        let digits = if reader.rest.len() > 1 { reader.digits(usize::MAX) } else { None };
        let Some(hours) = digits else {
            reader.rest = before;
            return Ok(from_compact(first.value));
        };
        let (minutes, seconds) = minutes_and_seconds(reader);
        return Ok([first.value, hours.value, minutes, seconds]);
    }
    if reader.peek() == Some(b':') && reader.rest.get(1).is_some_and(u8::is_ascii_digit) {
        let (minutes, seconds) = minutes_and_seconds(reader);
        return Ok([0, first.value, minutes, seconds]);
    }
    Ok(from_compact(first.value))
}

fn minutes_and_seconds(reader: &mut Reader<'_>) -> (u64, u64) {
    let mut next = || match reader.take(b':') {
        true => reader.digits(usize::MAX).map_or(0, |number| number.value),
        false => 0,
    };
    let minutes = next();
    (minutes, next())
}

/// `hhmmss` as a number.
fn from_compact(number: u64) -> [u64; 4] {
    [0, number / 10_000, number / 100 % 100, number % 100]
}
