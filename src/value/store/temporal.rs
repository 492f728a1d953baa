//! Storing dates and times.

use super::Target;
use super::number::shown;
use crate::value::convert::{find_date_time, find_time};
use crate::value::temporal::{DateMode, Mistake, Parsed, UnixTime};
use crate::value::warning::{Level, Warning, shortened};
use crate::value::{Date, DateTime, SqlError, Time, Value};

/// Accepts every date that has the form of one.
const ANY: DateMode = DateMode {
    no_zero_date: false,
    no_zero_in_date: false,
    allow_invalid_dates: true,
    truncate_fraction: false,
};

/// What is wrong with a date or time under lenient modes.
#[derive(Clone, Copy, PartialEq)]
enum Wrong {
    /// It is none, or more follows it: 1265.
    Cut,
    /// There is no such day, or the time is too large: 1264.
    Range,
}

/// 1292 under strict mode, else 1264 or 1265.
fn complain(
    kind: &str,
    wrong: Wrong,
    value: &Value,
    target: &mut Target<'_>,
) -> Result<(), SqlError> {
    if target.mode.refuses() {
        return Err(SqlError::new(1292, b"22007", incorrect(kind, value, target)));
    }
    match wrong {
        Wrong::Cut => target.truncated(),
        Wrong::Range => target.out_of_range(),
    }
}

fn incorrect(kind: &str, value: &Value, target: &Target<'_>) -> String {
    let text = shown(value, target);
    format!("Incorrect {kind} value: '{}' {}", shortened(&text), target.place())
}

/// The moment that a value names; zero, complained of, if it names none. None too for a zero of a strict
/// mode's complaint.
fn moment(
    value: &Value,
    kind: &str,
    target: &mut Target<'_>,
) -> Result<Parsed<DateTime>, SqlError> {
    let zero =
        Parsed { value: DateTime::ZERO, truncated: false, has_time: false, fsp: 0, offset: None };
    let found = match value {
        Value::Time(time) => {
            Ok(Parsed { has_time: true, value: on_day(target.mode.today, *time), ..zero })
        }
        _ => find_date_time(value, target.mode.dates).unwrap_or(Ok(zero)),
    };
    match found {
        Ok(parsed) => {
            if parsed.truncated {
                complain(kind, Wrong::Cut, value, target)?;
            }
            Ok(parsed)
        }
        Err(_) => {
            let no_such_day = matches!(find_date_time(value, ANY), Some(Ok(_)));
            complain(kind, if no_such_day { Wrong::Range } else { Wrong::Cut }, value, target)?;
            Ok(zero)
        }
    }
}

/// A time on a day; of more than a day, so many days later.
fn on_day(day: Date, time: Time) -> DateTime {
    DateTime::from_micros(day.midnight().to_micros() + time.micros).unwrap_or_default()
}

/// Moves a moment with an offset into the session's time zone.
fn local(parsed: Parsed<DateTime>, target: &Target<'_>) -> DateTime {
    let Some(offset) = parsed.offset else { return parsed.value };
    let utc =
        UnixTime::from_utc(parsed.value).0 - i64::from(offset) * crate::value::temporal::SECOND;
    target.mode.zone.to_local(UnixTime(utc)).unwrap_or(parsed.value)
}

fn rounded(moment: DateTime, fsp: u8, target: &Target<'_>) -> Option<DateTime> {
    if target.mode.dates.truncate_fraction { Some(moment.truncate(fsp)) } else { moment.round(fsp) }
}

pub(super) fn date(value: &Value, target: &mut Target<'_>) -> Result<Value, SqlError> {
    if let Value::Date(date) = value
        && target.mode.dates.accepts(*date)
    {
        return Ok(value.clone());
    }
    let parsed = moment(value, "date", target)?;
    let moment = local(parsed, target);
    if moment.micros != 0 || matches!(value, Value::Time(_)) {
        let message = incorrect("date", value, target);
        target.warnings.warn(Warning { level: Level::Note, code: 1292, message });
    }
    Ok(Value::Date(moment.date))
}

pub(super) fn date_time(
    value: &Value,
    fsp: u8,
    target: &mut Target<'_>,
) -> Result<Value, SqlError> {
    let parsed = moment(value, "datetime", target)?;
    let moment = local(parsed, target);
    match rounded(moment, fsp, target) {
        Some(moment) => Ok(Value::DateTime(moment)),
        None => {
            complain("datetime", Wrong::Range, value, target)?;
            Ok(Value::DateTime(DateTime::ZERO))
        }
    }
}

pub(super) fn timestamp(
    value: &Value,
    fsp: u8,
    target: &mut Target<'_>,
) -> Result<Value, SqlError> {
    let parsed = moment(value, "datetime", target)?;
    let moment = local(parsed, target);
    if moment == DateTime::ZERO {
        return Ok(Value::DateTime(moment));
    }
    let found = rounded(moment, fsp, target).and_then(|moment| target.mode.zone.to_moment(moment));
    let Some((moment, skipped)) = found.filter(|(moment, _)| moment.fits_timestamp()) else {
        complain("datetime", Wrong::Range, value, target)?;
        return Ok(Value::DateTime(DateTime::ZERO));
    };
    if skipped && target.mode.refuses() {
        complain("datetime", Wrong::Range, value, target)?;
    } else if skipped {
        let place = format!("in column '{}' at row {}", target.column, target.row);
        target.warnings.warn(Warning::new(1299, format!("Invalid TIMESTAMP value {place}")));
    }
    Ok(Value::DateTime(moment.to_utc().unwrap_or_default()))
}

pub(super) fn time(value: &Value, fsp: u8, target: &mut Target<'_>) -> Result<Value, SqlError> {
    let found = find_time(value, target.mode.dates).unwrap_or(Err(Mistake::Incorrect));
    let time = match found {
        Ok(parsed) => {
            if parsed.truncated {
                complain("time", Wrong::Cut, value, target)?;
            }
            parsed.value
        }
        Err(Mistake::OutOfRange(limit)) => {
            complain("time", Wrong::Range, value, target)?;
            limit
        }
        Err(Mistake::Incorrect) => {
            let wrong = if starts_with_digit(value) { Wrong::Range } else { Wrong::Cut };
            complain("time", wrong, value, target)?;
            Time::default()
        }
    };
    let truncate = target.mode.dates.truncate_fraction;
    let rounded = if truncate { time.truncate(fsp) } else { time.round(fsp) };
    Ok(Value::Time(rounded.clamped().0))
}

/// Whether a text is a time with wrong parts rather than no time at all.
fn starts_with_digit(value: &Value) -> bool {
    match value {
        Value::Text(text) => {
            text.trim_ascii_start().starts_with(|first: char| first.is_ascii_digit())
        }
        _ => true,
    }
}
