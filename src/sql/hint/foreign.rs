//! Hints of other proxies, for applications that come from there. Each says in its own words what ours say.
//!
//! * MaxScale's hint syntax: `-- maxscale route to master`, `… slave`, `… last`, `… server NAME`, and
//!   `max_replication_lag=SECONDS` (`max_slave_replication_lag` before version 23.08). Named hints and `begin` …
//!   `end`, which reach beyond one statement, are not known here.
//! * ShardingSphere's SQL hint: `/* SHARDINGSPHERE_HINT: WRITE_ROUTE_ONLY=true */`.

use super::{Hints, Place, Route, duration, shown};

/// Reads what stands behind `maxscale`.
pub(super) fn maxscale(text: &str, hints: &mut Hints) {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let understood = match lower.as_slice() {
        ["route", "to", "master"] => hints.go(Route::Primary),
        ["route", "to", "slave"] => hints.go(Route::Replica),
        ["route", "to", "last"] => hints.go_to(Place::Last),
        ["route", "to", "server", _] => {
            let name = words.last().map(|name| name.trim_matches(['\'', '"', '`']));
            hints.go_to(Place::Named(name.unwrap_or_default().to_owned()))
        }
        _ => text.split_once('=').is_some_and(|(key, value)| max_lag(key, value, hints)),
    };
    if !understood {
        hints.problem(format!("The maxscale hint '{}' is not supported", shown(text.trim())));
    }
}

/// A number is seconds here.
fn max_lag(key: &str, value: &str, hints: &mut Hints) -> bool {
    let key = key.trim().to_ascii_lowercase();
    let value = value.trim().trim_matches(['\'', '"']);
    let known = matches!(key.as_str(), "max_replication_lag" | "max_slave_replication_lag");
    let seconds = match value.bytes().all(|byte| byte.is_ascii_digit()) {
        true => duration(&format!("{value}s")),
        false => duration(value),
    };
    if known && seconds.is_some() {
        hints.max_lag = seconds;
    }
    known && seconds.is_some()
}

/// Reads what stands behind `SHARDINGSPHERE_HINT:`.
pub(super) fn shardingsphere(text: &str, hints: &mut Hints) {
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let (key, value) = item.split_once('=').unwrap_or((item, ""));
        let key = key.trim().to_ascii_lowercase().replace('_', "");
        let understood = match (key.as_str(), value.trim().to_ascii_lowercase().as_str()) {
            ("writerouteonly", "true") => hints.go(Route::Primary),
            ("writerouteonly", "false") => true,
            _ => false,
        };
        if !understood {
            hints.problem(format!("The ShardingSphere hint '{}' is not supported", shown(item)));
        }
    }
}
