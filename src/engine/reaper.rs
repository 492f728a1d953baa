//! Where dropped tables end: freeing millions of rows takes a while, and no session should wait for it.
//!
//! A dropped table may still be read by old snapshots. It is kept here until nobody else has it, so that it
//! is this thread that frees it.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::store::Table;

/// How often it looks whether old snapshots are gone.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Smaller tables are freed by whoever is last.
const MIN_ROWS: usize = 10_000;

/// Frees dropped tables. Its thread starts with the first large one and ends with the engine.
#[derive(Debug, Default)]
pub(crate) struct Reaper(Mutex<Option<Sender<Arc<Table>>>>);

impl Reaper {
    /// Takes tables that nothing published has any more.
    pub fn take(&self, tables: Vec<Arc<Table>>) {
        for table in tables.into_iter().filter(|table| table.len() >= MIN_ROWS) {
            let mut sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Where the thread cannot be had the table is freed here: slower, not wrong.
            let _ = sender.get_or_insert_with(start).send(table);
        }
    }
}

fn start() -> Sender<Arc<Table>> {
    let (sender, receiver) = mpsc::channel();
    let run = move || {
        let mut kept: Vec<Arc<Table>> = Vec::new();
        loop {
            match receiver.recv_timeout(LOOK_EVERY) {
                Ok(table) => kept.push(table),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            kept.retain(|table| Arc::strong_count(table) > 1);
        }
    };
    // A system without threads to spare frees tables where they are dropped.
    let _ = std::thread::Builder::new().name("reaper".into()).spawn(run);
    sender
}
