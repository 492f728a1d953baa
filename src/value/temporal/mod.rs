//! Dates and times as MySQL has them: a part may be zero (`2024-00-00`, `0000-00-00`), a TIME runs to
//! ±838:59:59, and fractions have six digits.

mod days;
mod delimiters;
mod interval;
mod number;
mod parse;
#[cfg(test)]
mod tests;
mod text;
mod week;
mod zone;

pub use days::{days_in_month, from_days, is_leap_year};
pub use delimiters::odd_delimiter;
pub use interval::{Interval, Unit, month_of_period, period_of_month};
pub use number::{date_time_from_number, time_from_number};
pub use parse::{
    DateMode, Mistake, Parsed, is_no_time, parse_date_time, parse_time, time_has_date,
};
pub use week::WeekMode;
pub use zone::{TimeZone, UnixTime};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a day.
pub const DAY: i64 = 86_400 * SECOND;
/// The largest TIME, 838:59:59, in microseconds.
pub const MAX_TIME: i64 = (838 * 3600 + 59 * 60 + 59) * SECOND;
/// The digits of a fraction of a second at most.
pub const MAX_FRACTION: u8 = 6;

/// A calendar date. Year 0 to 9999; month and day may be 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Date {
    /// 0 to 9999.
    pub year: u16,
    /// 0 to 12.
    pub month: u8,
    /// 0 to 31.
    pub day: u8,
}

/// A duration or a time of day: microseconds, between ±838:59:59.000000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time {
    /// Negative for a negative time.
    pub micros: i64,
}

/// A date and a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DateTime {
    /// The day.
    pub date: Date,
    /// Microseconds since midnight, below 86,400,000,000.
    pub micros: u64,
}

/// The microseconds of one unit of the last of `fsp` digits.
pub fn fraction_unit(fsp: u8) -> i64 {
    10i64.pow(u32::from(MAX_FRACTION.saturating_sub(fsp)))
}

impl Date {
    /// `0000-00-00`.
    pub const ZERO: Self = Self { year: 0, month: 0, day: 0 };

    /// A date of these parts, unchecked.
    pub const fn new(year: u16, month: u8, day: u8) -> Self {
        Self { year, month, day }
    }

    /// Whether it is `0000-00-00`.
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// Whether its month or day is zero.
    pub fn has_zero_part(self) -> bool {
        self.month == 0 || self.day == 0
    }

    /// Whether it is a day of the calendar.
    pub fn is_real(self) -> bool {
        !self.has_zero_part()
            && self.month <= 12
            && self.day <= days_in_month(self.year, self.month)
    }

    /// The last second's day of this month; none if the month is zero.
    pub fn last_of_month(self) -> Option<Self> {
        (1..=12)
            .contains(&self.month)
            .then(|| Self { day: days_in_month(self.year, self.month), ..self })
    }

    /// Midnight of the day.
    pub fn midnight(self) -> DateTime {
        DateTime { date: self, micros: 0 }
    }

    /// As a number: 20240131.
    pub fn to_number(self) -> i64 {
        i64::from(self.year) * 10_000 + i64::from(self.month) * 100 + i64::from(self.day)
    }
}

impl Time {
    /// From its parts; `micros` at most a second's.
    pub fn new(negative: bool, hours: u32, minutes: u32, seconds: u32, micros: u32) -> Self {
        let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds);
        let size = seconds * SECOND + i64::from(micros);
        Self { micros: if negative { -size } else { size } }
    }

    /// Within the range of TIME, and whether it was outside.
    pub fn clamped(self) -> (Self, bool) {
        let micros = self.micros.clamp(-MAX_TIME, MAX_TIME);
        (Self { micros }, micros != self.micros)
    }

    /// Rounded to so many digits of fraction, halves away from zero.
    pub fn round(self, fsp: u8) -> Self {
        let unit = fraction_unit(fsp);
        let half = if self.micros < 0 { -unit / 2 } else { unit / 2 };
        Self { micros: (self.micros + half) / unit * unit }
    }

    /// Cut off after so many digits of fraction.
    pub fn truncate(self, fsp: u8) -> Self {
        let unit = fraction_unit(fsp);
        Self { micros: self.micros / unit * unit }
    }

    /// Whole hours, without the sign.
    pub fn hours(self) -> u64 {
        self.micros.unsigned_abs() / (3600 * SECOND as u64)
    }

    /// Minutes of the hour.
    pub fn minutes(self) -> u64 {
        self.micros.unsigned_abs() / (60 * SECOND as u64) % 60
    }

    /// Seconds of the minute.
    pub fn seconds(self) -> u64 {
        self.micros.unsigned_abs() / SECOND as u64 % 60
    }

    /// Microseconds of the second.
    pub fn fraction(self) -> u32 {
        (self.micros.unsigned_abs() % SECOND as u64) as u32
    }

    /// As a number without its fraction: 103059, negative for a negative time.
    pub fn to_number(self) -> i64 {
        let size = self.hours() * 10_000 + self.minutes() * 100 + self.seconds();
        if self.micros < 0 { -(size as i64) } else { size as i64 }
    }
}

impl DateTime {
    /// `0000-00-00 00:00:00`.
    pub const ZERO: Self = Self { date: Date::ZERO, micros: 0 };

    /// The time of the day.
    pub fn time(self) -> Time {
        Time { micros: self.micros as i64 }
    }

    /// Rounded to so many digits of fraction, halves up; none past the year 9999, or when a date with
    /// zero parts would become the next day.
    pub fn round(self, fsp: u8) -> Option<Self> {
        let micros = self.time().round(fsp).micros;
        if micros < DAY {
            return Some(Self { micros: micros as u64, ..self });
        }
        let date = from_days(self.date.is_real().then(|| self.date.to_days() + 1)?)?;
        Some(Self { date, micros: (micros - DAY) as u64 })
    }

    /// Cut off after so many digits of fraction.
    pub fn truncate(self, fsp: u8) -> Self {
        Self { micros: self.time().truncate(fsp).micros as u64, ..self }
    }

    /// As a number without its fraction: 20240131103059.
    pub fn to_number(self) -> i64 {
        self.date.to_number() * 1_000_000 + self.time().to_number()
    }

    /// Microseconds since day zero of [`Date::to_days`].
    pub fn to_micros(self) -> i64 {
        self.date.to_days() * DAY + self.micros as i64
    }

    /// The moment so many microseconds after day zero; none outside the years 0 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        let date = from_days(micros.div_euclid(DAY))?;
        Some(Self { date, micros: micros.rem_euclid(DAY) as u64 })
    }
}
