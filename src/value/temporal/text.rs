//! Dates and times as text. `{}` prints no fraction, `{:.3}` three digits of it.

use std::fmt;

use super::{Date, DateTime, MAX_FRACTION, Time, fraction_unit};

/// The point and so many digits of a fraction given in microseconds.
fn write_fraction(f: &mut fmt::Formatter<'_>, micros: u32) -> fmt::Result {
    match f.precision().unwrap_or(0).min(MAX_FRACTION.into()) {
        0 => Ok(()),
        digits => {
            let shown = i64::from(micros) / fraction_unit(digits as u8);
            write!(f, ".{shown:0digits$}")
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.micros < 0 { "-" } else { "" };
        write!(f, "{sign}{:02}:{:02}:{:02}", self.hours(), self.minutes(), self.seconds())?;
        write_fraction(f, self.fraction())
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.time();
        let (hours, minutes, seconds) = (time.hours(), time.minutes(), time.seconds());
        write!(f, "{} {hours:02}:{minutes:02}:{seconds:02}", self.date)?;
        write_fraction(f, time.fraction())
    }
}
