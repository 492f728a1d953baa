//! Days of the calendar and their numbers.
//!
//! MySQL numbers days by the Gregorian calendar carried back to the year 0: 0000-01-01 is day 1, and
//! 1970-01-01 is day 719,528 (`TO_DAYS`).

use super::Date;

/// The last day: 9999-12-31.
const MAX_DAY: i64 = 3_652_424;

/// Whether February of the year has 29 days. Year 0 has 28, as MySQL takes it.
pub fn is_leap_year(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || (year.is_multiple_of(400) && year != 0))
}

/// How many days a month has, 1 to 12; 0 for others.
pub fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        2 => 28 + u8::from(is_leap_year(year)),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// The days of a year before its month.
fn days_before(year: u16, month: u8) -> i64 {
    (1..month).map(|month| i64::from(days_in_month(year, month))).sum()
}

/// The days before the first of January of a year. Day 0 would be 0000-00-00.
fn days_before_year(year: u16) -> i64 {
    if year == 0 {
        return 0;
    }
    let past = i64::from(year) - 1;
    // 365 days of year 0, and one for each leap year since.
    365 + past * 365 + past / 4 - past / 100 + past / 400
}

/// The date of a day's number; none before 0000-01-01 or after 9999-12-31.
pub fn from_days(days: i64) -> Option<Date> {
    if !(1..=MAX_DAY).contains(&days) {
        return None;
    }
    let mut year = (days / 366) as u16;
    while year < 9999 && days_before_year(year + 1) < days {
        year += 1;
    }
    let mut rest = days - days_before_year(year);
    let mut month = 1;
    while rest > i64::from(days_in_month(year, month)) {
        rest -= i64::from(days_in_month(year, month));
        month += 1;
    }
    Some(Date { year, month, day: rest as u8 })
}

impl Date {
    /// The day's number; 0 for `0000-00-00`. Zero parts count as the day before the first.
    pub fn to_days(self) -> i64 {
        if self.is_zero() {
            return 0;
        }
        let month = days_before(self.year, self.month.max(1));
        let missing = if self.month == 0 { 31 } else { 0 };
        days_before_year(self.year) + month + i64::from(self.day) - missing
    }

    /// 0 for Monday to 6 for Sunday.
    pub fn weekday(self) -> u8 {
        (self.to_days() + 5).rem_euclid(7) as u8
    }

    /// 1 to 366.
    pub fn day_of_year(self) -> u16 {
        (self.to_days() - days_before_year(self.year)) as u16
    }

    /// The date so many days later; none outside the years 0 to 9999.
    pub fn plus_days(self, days: i64) -> Option<Self> {
        from_days(self.to_days().checked_add(days)?)
    }
}
