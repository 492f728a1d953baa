//! The values of `time_zone`: `SYSTEM`, an offset from -13:59 to +14:00, or a name of the time zone data.

use std::sync::Arc;

/// Seconds in an hour.
const HOUR_S: i32 = 3600;

/// The name as it is kept, or `None` for one that is unknown.
pub fn canonical(name: &str) -> Option<Arc<str>> {
    if name.eq_ignore_ascii_case("SYSTEM") {
        return Some(Arc::from("SYSTEM"));
    }
    offset(name).map(offset_name).or_else(|| named(name))
}

/// Seconds east of Greenwich of `+H:MM`.
pub fn offset(text: &str) -> Option<i32> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let digits = |part: &str| {
        !part.is_empty() && part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit())
    };
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = sign * (hours * HOUR_S + minutes * 60);
    let in_range = minutes < 60 && seconds > -14 * HOUR_S && seconds <= 14 * HOUR_S;
    in_range.then_some(seconds)
}

/// Offsets are shown with two digits for the hours.
fn offset_name(seconds: i32) -> Arc<str> {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60).into()
}

/// A named zone.
fn named(name: &str) -> Option<Arc<str>> {
    name.eq_ignore_ascii_case("UTC").then(|| Arc::from(name))
}
