//! The numbers of weeks: eight ways of counting them (`WEEK(date, mode)`).

use super::{Date, is_leap_year};

/// How weeks are counted: the bits of `WEEK`'s mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekMode {
    /// Weeks start on Monday, else on Sunday.
    pub monday_first: bool,
    /// A date before the first week belongs to the last week of the year before, else to week 0.
    pub year: bool,
    /// The first week is the one that starts first in the year, else the one with four days in it.
    pub first_weekday: bool,
}

impl WeekMode {
    /// Mode 3: weeks of ISO 8601.
    pub const ISO: Self = Self::from_number(3);

    /// The mode of this number; bits above the third do not count.
    pub const fn from_number(mode: u64) -> Self {
        let monday_first = mode & 1 != 0;
        // The third bit means the other thing when weeks start on Sunday.
        let first_weekday = (mode & 4 != 0) == monday_first;
        Self { monday_first, year: mode & 2 != 0, first_weekday }
    }
}

impl Date {
    /// The week's number, and the year that the week belongs to.
    pub fn week(self, mode: WeekMode) -> (u16, u8) {
        let weekday = |date: Self| match mode.monday_first {
            true => date.weekday(),
            false => (date.weekday() + 1) % 7,
        };
        let mut year = self.year;
        let mut first = Self::new(year, 1, 1);
        let mut start = weekday(first);
        // Whether the week with the first of January is not the first week.
        let late = |start: u8| if mode.first_weekday { start != 0 } else { start >= 4 };
        let mut counts_from_year = mode.year;
        if self.month == 1 && self.day <= 7 - start {
            if !counts_from_year && late(start) {
                return (year, 0);
            }
            if late(start) && year > 0 {
                counts_from_year = true;
                year -= 1;
                first = Self::new(year, 1, 1);
                let days = if is_leap_year(year) { 366 } else { 365 };
                start = ((i32::from(start) + 53 * 7 - days) % 7) as u8;
            }
        }
        let since = self.to_days() - first.to_days();
        let days =
            if late(start) { since - i64::from(7 - start) } else { since + i64::from(start) };
        if counts_from_year && days >= 52 * 7 {
            let length = if is_leap_year(year) { 366 } else { 365 };
            let next = ((i32::from(start) + length) % 7) as u8;
            if !late(next) {
                return (year + 1, 1);
            }
        }
        (year, (days / 7 + 1) as u8)
    }
}
