//! Waiting for a condition: the only way in which these tests wait.

use std::time::{Duration, Instant};

/// How long a condition may take unless a test says otherwise: long enough for a busy two-core machine.
pub const DEFAULT_LIMIT: Duration = Duration::from_secs(30);

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(10);

/// Waits until `condition` holds; panics after [`DEFAULT_LIMIT`], naming `what` was waited for.
pub fn wait_until(what: &str, condition: impl FnMut() -> bool) {
    wait_until_within(DEFAULT_LIMIT, what, condition);
}

/// As [`wait_until`], with a limit of one's own.
pub fn wait_until_within(limit: Duration, what: &str, condition: impl FnMut() -> bool) {
    assert!(holds_within(limit, condition), "{what}: not within {limit:?}");
}

/// Whether `condition` came to hold within `limit`.
pub fn holds_within(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    while !condition() {
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(POLL);
    }
    true
}
