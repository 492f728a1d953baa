//! Dates and times from values of any kind: what an expression that wants a date sees. What is none is
//! NULL with warning 1292.

use super::to_text;
use crate::value::temporal::{
    DateMode, Mistake, Parsed, SECOND, date_time_from_number, odd_delimiter, parse_date_time,
    parse_time, time_from_number,
};
use crate::value::warning::{Warning, Warnings};
use crate::value::{Date, DateTime, Decimal, Json, Time, Value};

/// What a conversion found, before anyone is warned.
pub(in crate::value) type Found<T> = Result<Parsed<T>, Mistake>;

fn whole<T>(value: T, has_time: bool) -> Found<T> {
    Ok(Parsed { value, truncated: false, has_time, fsp: 0, offset: None })
}

/// A number's whole part and microseconds. A double is read as its shortest text.
fn parts(value: &Value) -> Option<(i64, i64)> {
    let number = match value {
        Value::Int(number) => return Some((*number, 0)),
        Value::UInt(number) => return Some((i64::try_from(*number).ok()?, 0)),
        Value::Decimal(number) => number.clone(),
        Value::Double(number) => Decimal::from_f64(*number)?,
        _ => return None,
    };
    let whole = number.truncate(0);
    let micros = number.sub(&whole).ok()?.mul(&Decimal::from_i64(SECOND)).ok()?;
    Some((whole.to_i64()?, micros.to_i64()?))
}

/// A value as a date and time, unwarned. None for a time, whose date only the caller knows.
pub(in crate::value) fn find_date_time(value: &Value, mode: DateMode) -> Option<Found<DateTime>> {
    Some(match value {
        Value::Null | Value::Time(_) => return None,
        Value::Date(date) => checked(date.midnight(), false, mode),
        Value::DateTime(moment) => checked(*moment, true, mode),
        Value::Int(_) | Value::UInt(_) | Value::Decimal(_) | Value::Double(_) => {
            from_number(value, mode)
        }
        Value::Json(json) => match &**json {
            Json::Date(date) => whole(date.midnight(), false),
            Json::DateTime(moment) | Json::Timestamp(moment) => whole(*moment, true),
            Json::Time(_) => return None,
            Json::String(text) => parse_date_time(text, mode),
            _ => Err(Mistake::Incorrect),
        },
        Value::Text(_) | Value::Bytes(_) | Value::Member(_) => {
            parse_date_time(&to_text(value), mode)
        }
    })
}

fn checked(moment: DateTime, has_time: bool, mode: DateMode) -> Found<DateTime> {
    let zero_part = moment.date.has_zero_part();
    if zero_part && !mode.accepts(moment.date) {
        return Err(Mistake::Incorrect);
    }
    Ok(Parsed { value: moment, truncated: false, has_time, fsp: 6, offset: None })
}

fn from_number(value: &Value, mode: DateMode) -> Found<DateTime> {
    let (number, micros) = parts(value).ok_or(Mistake::Incorrect)?;
    let moment = date_time_from_number(number, mode)?;
    let total = moment.micros as i64 + micros;
    // A fraction of a number without a time of day is no part of a date, and dropped.
    let has_time = number > 99_999_999;
    if number < 0 || micros < 0 || (number == 0 && micros != 0 && mode.no_zero_date) {
        return Err(Mistake::Incorrect);
    }
    let total = if has_time { total } else { moment.micros as i64 };
    Ok(Parsed {
        value: DateTime { micros: total.clamp(0, i64::MAX) as u64, ..moment },
        truncated: false,
        has_time,
        fsp: 6,
        offset: None,
    })
}

/// A value as a time, unwarned.
pub(in crate::value) fn find_time(value: &Value, mode: DateMode) -> Option<Found<Time>> {
    Some(match value {
        Value::Null => return None,
        Value::Time(time) => whole(*time, true),
        Value::Date(_) => whole(Time::default(), true),
        Value::DateTime(moment) => whole(moment.time(), true),
        Value::Int(_) | Value::UInt(_) | Value::Decimal(_) | Value::Double(_) => {
            time_of_number(value)
        }
        Value::Json(json) => match &**json {
            Json::Time(time) => whole(*time, true),
            Json::DateTime(moment) | Json::Timestamp(moment) => whole(moment.time(), true),
            Json::Date(_) => whole(Time::default(), true),
            Json::String(text) => parse_time(text, mode),
            _ => Err(Mistake::Incorrect),
        },
        Value::Text(_) | Value::Bytes(_) | Value::Member(_) => parse_time(&to_text(value), mode),
    })
}

fn time_of_number(value: &Value) -> Found<Time> {
    let beyond = |negative: bool| Mistake::OutOfRange(Time::new(negative, 838, 59, 59, 0));
    let (number, micros) = parts(value).ok_or(beyond(false))?;
    let time = time_from_number(number)?;
    let (time, outside) = Time { micros: time.micros + micros }.clamped();
    if outside { Err(beyond(number < 0)) } else { whole(time, true) }
}

/// A value as a date and time; none, warned of, if it is none. A time has no date: none.
pub fn to_date_time(
    value: &Value,
    mode: DateMode,
    warnings: &mut dyn Warnings,
) -> Option<DateTime> {
    settle(find_date_time(value, mode)?, value, "datetime", warnings)
}

/// A value as a date, the time of day dropped; none, warned of, if it is none.
pub fn to_date(value: &Value, mode: DateMode, warnings: &mut dyn Warnings) -> Option<Date> {
    if let Value::Date(date) = value
        && !date.has_zero_part()
    {
        return Some(*date);
    }
    settle(find_date_time(value, mode)?, value, "datetime", warnings).map(|moment| moment.date)
}

/// Tells of deprecated marks in a text that is a date or time.
pub(in crate::value) fn warn_of_delimiter(value: &Value, warnings: &mut dyn Warnings) {
    if let Value::Text(text) = value
        && let Some(warning) = odd_delimiter(text)
    {
        warnings.warn(warning);
    }
}

fn settle(
    found: Found<DateTime>,
    value: &Value,
    kind: &str,
    warnings: &mut dyn Warnings,
) -> Option<DateTime> {
    match found {
        Ok(parsed) => {
            if parsed.truncated {
                warnings.warn(Warning::truncated(kind, &to_text(value)));
            } else {
                warn_of_delimiter(value, warnings);
            }
            Some(parsed.value)
        }
        Err(_) => {
            warnings.warn(Warning::incorrect(kind, &to_text(value)));
            None
        }
    }
}

/// A value as a time; one too large becomes the largest (1292); none, warned of, if it is none.
pub fn to_time(value: &Value, mode: DateMode, warnings: &mut dyn Warnings) -> Option<Time> {
    let found = find_time(value, mode)?;
    if !matches!(found, Ok(Parsed { truncated: false, .. })) {
        warnings.warn(Warning::truncated("time", &to_text(value)));
    }
    match found {
        Ok(parsed) => {
            warn_of_delimiter(value, warnings);
            Some(parsed.value)
        }
        // A text gets the nearest time, a number none.
        Err(Mistake::OutOfRange(limit)) if !is_number(value) => Some(limit),
        Err(_) => None,
    }
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::UInt(_) | Value::Decimal(_) | Value::Double(_))
}
