//! Time zones: SYSTEM, an offset (`+02:00`) or a name (`Europe/Berlin`), with the rules of the tz database
//! built in.
//!
//! TIMESTAMP values are moments: UTC while stored, local time in expressions. A local time that a clock
//! skips becomes the moment of the change; one that it shows twice, the first.

use std::sync::Arc;

use jiff::civil;
use jiff::tz::{AmbiguousOffset, Offset};

use super::{Date, DateTime, SECOND};

/// 1970-01-01 as a number of days.
const EPOCH_DAYS: i64 = 719_528;

/// The last second of a TIMESTAMP: 2038-01-19 03:14:07 UTC.
const LAST_TIMESTAMP: i64 = i32::MAX as i64;

/// Microseconds since 1970-01-01 00:00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// As a date and time in UTC; none outside the years 0 to 9999.
    pub fn to_utc(self) -> Option<DateTime> {
        DateTime::from_micros(self.0.checked_add(EPOCH_DAYS * super::DAY)?)
    }

    /// Of a date and time in UTC.
    pub fn from_utc(moment: DateTime) -> Self {
        Self(moment.to_micros() - EPOCH_DAYS * super::DAY)
    }

    /// Whether a TIMESTAMP can hold it: 1970-01-01 00:00:01 to 2038-01-19 03:14:07.999999 UTC.
    pub fn fits_timestamp(self) -> bool {
        (SECOND..(LAST_TIMESTAMP + 1) * SECOND).contains(&self.0)
    }
}

/// A time zone as `@@time_zone` names it. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeZone {
    name: Arc<str>,
    zone: jiff::tz::TimeZone,
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::utc()
    }
}

impl TimeZone {
    /// UTC, as `+00:00`.
    pub fn utc() -> Self {
        Self { name: "+00:00".into(), zone: jiff::tz::TimeZone::UTC }
    }

    /// The machine's, as `SYSTEM`.
    pub fn system() -> Self {
        Self { name: "SYSTEM".into(), zone: jiff::tz::TimeZone::system() }
    }

    /// By name: `SYSTEM`, an offset from `-13:59` to `+14:00`, or a name of the tz database in any case.
    /// None is error 1298.
    pub fn parse(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("SYSTEM") {
            return Some(Self::system());
        }
        if name.starts_with(['+', '-']) {
            return Self::parse_offset(name);
        }
        let zone = jiff::tz::TimeZone::get(name).ok()?;
        Some(Self { name: name.into(), zone })
    }

    fn parse_offset(name: &str) -> Option<Self> {
        let (hours, minutes) = name.get(1..)?.split_once(':')?;
        let number = |text: &str| {
            let digits =
                (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<i32>().ok()).flatten()
        };
        let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
        let size = hours * 3600 + minutes * 60;
        let seconds = if name.starts_with('-') { -size } else { size };
        if !(-14 * 3600 < seconds && seconds <= 14 * 3600) {
            return None;
        }
        let sign = if seconds < 0 { '-' } else { '+' };
        let zone = jiff::tz::TimeZone::fixed(Offset::from_seconds(seconds).ok()?);
        Some(Self { name: format!("{sign}{hours:02}:{minutes:02}").into(), zone })
    }

    /// As `@@time_zone` shows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The offset from UTC in seconds at a moment.
    pub fn offset_at(&self, moment: UnixTime) -> i32 {
        let moment = jiff::Timestamp::from_microsecond(moment.0);
        moment.map_or(0, |moment| self.zone.to_offset(moment).seconds())
    }

    /// The local time of a moment; none outside the years 0 to 9999.
    pub fn to_local(&self, moment: UnixTime) -> Option<DateTime> {
        let offset = i64::from(self.offset_at(moment)) * SECOND;
        UnixTime(moment.0.checked_add(offset)?).to_utc()
    }

    /// The moment of a local time; none for a date with zero parts. Whether the local time is one that
    /// the clock skips comes second.
    pub fn to_moment(&self, local: DateTime) -> Option<(UnixTime, bool)> {
        let plain = UnixTime::from_utc(local);
        let offset = self.zone.to_ambiguous_timestamp(civil(local)?).offset();
        let minus = |offset: Offset| UnixTime(plain.0 - i64::from(offset.seconds()) * SECOND);
        Some(match offset {
            AmbiguousOffset::Unambiguous { offset } => (minus(offset), false),
            AmbiguousOffset::Fold { before, .. } => (minus(before), false),
            AmbiguousOffset::Gap { before, after } => {
                (self.after_gap(minus(before), minus(after)), true)
            }
        })
    }

    /// The first moment after the change that lies between two moments.
    fn after_gap(&self, one: UnixTime, other: UnixTime) -> UnixTime {
        let earlier = one.min(other);
        let start = jiff::Timestamp::from_microsecond(earlier.0 - 1).ok();
        let change = start.and_then(|start| self.zone.following(start).next());
        change.map_or(one, |change| UnixTime(change.timestamp().as_microsecond()))
    }

    /// A stored TIMESTAMP, which is in UTC, in local time. `0000-00-00` stays.
    pub fn from_utc(&self, stored: DateTime) -> DateTime {
        if stored.date.is_zero() {
            return stored;
        }
        self.to_local(UnixTime::from_utc(stored)).unwrap_or(stored)
    }

    /// A local time in UTC, as a TIMESTAMP is stored; none outside its range or with zero parts, but
    /// `0000-00-00` stays.
    pub fn to_utc(&self, local: DateTime) -> Option<DateTime> {
        if local == DateTime::ZERO {
            return Some(local);
        }
        let (moment, _) = self.to_moment(local)?;
        moment.fits_timestamp().then(|| moment.to_utc()).flatten()
    }
}

fn civil(local: DateTime) -> Option<civil::DateTime> {
    let Date { year, month, day } = local.date;
    let time = local.time();
    civil::DateTime::new(
        year as i16,
        month as i8,
        day as i8,
        time.hours() as i8,
        time.minutes() as i8,
        time.seconds() as i8,
        time.fraction() as i32 * 1000,
    )
    .ok()
}
