//! Tests of one binary that disturb the servers which they share.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whoever holds this runs alone among those that ask for it: one at a time.
pub fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}
