//! Storing dates and times.

use super::Target;
use super::number::shown;
use crate::value::convert::{find_date_time, find_time};
use crate::value::temporal::{DateMode, Mistake, Parsed, odd_delimiter, time_has_date};
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
            warn_of_delimiter(value, target);
            Ok(parsed)
        }
        Err(_) => {
            let out_of_range = match value {
                Value::Int(_) | Value::UInt(_) | Value::Decimal(_) | Value::Double(_) => {
                    is_beyond_moments(value)
                }
                _ => matches!(find_date_time(value, ANY), Some(Ok(_))),
            };
            complain(kind, if out_of_range { Wrong::Range } else { Wrong::Cut }, value, target)?;
            Ok(zero)
        }
    }
}

/// Whether a number is zero, or below or above all those that stand for moments.
fn is_beyond_moments(value: &Value) -> bool {
    const LARGEST: i64 = 99_991_231_235_959;
    let number = crate::value::convert::to_decimal(value, &mut crate::value::warning::Unheard);
    let whole = number.truncate(0);
    number.is_negative() || whole.is_zero() || whole > crate::value::Decimal::from_i64(LARGEST)
}

/// Tells that only the date, or only the time, of a value is kept.
fn note_part(kind: &str, value: &Value, target: &mut Target<'_>) {
    if !target.mode.refuses() {
        return target.note_truncated();
    }
    let message = incorrect(kind, value, target);
    target.warnings.warn(Warning { level: Level::Note, code: 1292, message });
}

/// A time on a day; of more than a day, so many days later.
fn on_day(day: Date, time: Time) -> DateTime {
    DateTime::from_micros(day.midnight().to_micros() + time.micros).unwrap_or_default()
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
    let moment = parsed.in_zone(&target.mode.zone);
    if (moment.micros != 0 || matches!(value, Value::Time(_))) && !parsed.truncated {
        note_part("date", value, target);
    }
    Ok(Value::Date(moment.date))
}

pub(super) fn date_time(
    value: &Value,
    fsp: u8,
    target: &mut Target<'_>,
) -> Result<Value, SqlError> {
    let parsed = moment(value, "datetime", target)?;
    let moment = parsed.in_zone(&target.mode.zone);
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
    let moment = parsed.in_zone(&target.mode.zone);
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
            } else if has_date(value) {
                note_part("time", value, target);
            }
            warn_of_delimiter(value, target);
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

/// Whether a text or number is a date and time, of which a TIME keeps a part.
fn has_date(value: &Value) -> bool {
    match value {
        Value::Text(text) => time_has_date(text, DateMode::default()),
        Value::Int(number) => *number >= DATE_AND_TIME,
        Value::UInt(number) => *number >= DATE_AND_TIME as u64,
        _ => false,
    }
}

/// Numbers from here on are dates with times.
const DATE_AND_TIME: i64 = 10_000_000_000;

fn warn_of_delimiter(value: &Value, target: &mut Target<'_>) {
    if let Value::Text(text) = value {
        target.warnings_of(odd_delimiter(text));
    }
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
