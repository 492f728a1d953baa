//! The values of `time_zone`: `SYSTEM`, an offset from -13:59 to +14:00, or a name of the time zone data.

use std::sync::Arc;

use crate::value::temporal::TimeZone;

/// The name as it is kept, or `None` for one that is unknown.
pub fn canonical(name: &str) -> Option<Arc<str>> {
    TimeZone::parse(name).map(|zone| zone.name().into())
}
