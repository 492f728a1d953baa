//! Dates and times from numbers: `20240131`, `240131103059`, `103059`.

use super::parse::{DateMode, Mistake};
use super::{Date, DateTime, SECOND, Time};

/// A date, or a date and time, from a number; a day of zero for 0.
///
/// # Errors
///
/// When it is none, or none that the mode takes.
pub fn date_time_from_number(number: i64, mode: DateMode) -> Result<DateTime, Mistake> {
    let full = widen(number).ok_or(Mistake::Incorrect)?;
    let (date, time) = (full / 1_000_000, full % 1_000_000);
    let (hour, minute, second) = (time / 10_000, time / 100 % 100, time % 100);
    let date = Date {
        year: (date / 10_000) as u16,
        month: (date / 100 % 100) as u8,
        day: (date % 100) as u8,
    };
    if !mode.accepts(date) || hour > 23 || minute > 59 || second > 59 {
        return Err(Mistake::Incorrect);
    }
    let micros = (hour * 3600 + minute * 60 + second) * SECOND;
    Ok(DateTime { date, micros: micros as u64 })
}

/// The number in its full form, YYYYMMDDhhmmss.
fn widen(number: i64) -> Option<i64> {
    const TIME: i64 = 1_000_000;
    Some(match number {
        0 => 0,
        101..=691_231 => (number + 20_000_000) * TIME,
        700_101..=991_231 => (number + 19_000_000) * TIME,
        // A year below 1000 is not taken without a time.
        10_000_101..=99_991_231 => number * TIME,
        101_000_000..=691_231_235_959 => number + 20_000_000_000_000,
        700_101_000_000..=991_231_235_959 => number + 19_000_000_000_000,
        1_000_000_000_000..=99_991_231_235_959 => number,
        _ => return None,
    })
}

/// A time from a number, `hhmmss`, negative for a negative time; of a longer number, a date and time, the
/// time.
///
/// # Errors
///
/// When it is none, or beyond the range of TIME.
pub fn time_from_number(number: i64) -> Result<Time, Mistake> {
    /// The largest TIME as a number.
    const LARGEST: u64 = 8_385_959;
    /// Numbers from here on are dates with times.
    const DATES: i64 = 10_000_000_000;
    if number >= DATES
        && let Ok(moment) = date_time_from_number(number, DateMode::default())
    {
        return Ok(moment.time());
    }
    let size = number.unsigned_abs();
    let negative = number < 0;
    if size > LARGEST {
        let largest = Time::new(negative, 838, 59, 59, 0);
        return Err(Mistake::OutOfRange(largest));
    }
    let (hours, minutes, seconds) = (size / 10_000, size / 100 % 100, size % 100);
    if minutes > 59 || seconds > 59 {
        return Err(Mistake::Incorrect);
    }
    Ok(Time::new(negative, hours as u32, minutes as u32, seconds as u32, 0))
}
