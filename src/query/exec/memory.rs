//! What a statement may keep in memory: a meter, and charges that give back what they took.

use std::cell::Cell;
use std::rc::Rc;

use crate::value::{SqlError, Value};

/// Counts what a statement keeps.
#[derive(Debug, Clone)]
pub struct MemoryMeter {
    used: Rc<Cell<u64>>,
    limit: u64,
}

impl MemoryMeter {
    /// A meter with a limit in bytes.
    pub fn new(limit: u64) -> Self {
        Self { used: Rc::default(), limit }
    }

    /// A charge of nothing yet.
    pub fn charge(&self) -> Charge {
        Charge { meter: self.clone(), taken: 0 }
    }
}

/// What one operator keeps; given back when it is dropped.
#[derive(Debug)]
pub struct Charge {
    meter: MemoryMeter,
    taken: u64,
}

impl Charge {
    /// Takes more.
    ///
    /// # Errors
    /// 1038 past the limit.
    pub fn add(&mut self, bytes: u64) -> Result<(), SqlError> {
        let used = self.meter.used.get().saturating_add(bytes);
        if used > self.meter.limit {
            let message = "Out of sort memory, consider increasing server sort buffer size";
            return Err(SqlError::new(1038, b"HY001", message));
        }
        self.meter.used.set(used);
        self.taken += bytes;
        Ok(())
    }

    /// Gives all back.
    pub fn release(&mut self) {
        let used = self.meter.used.get().saturating_sub(self.taken);
        self.meter.used.set(used);
        self.taken = 0;
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.release();
    }
}

/// About how many bytes a kept row takes. Contents that are shared with tables are counted too.
pub fn row_bytes(row: &[Value]) -> u64 {
    let contents = row.iter().map(|value| match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Json(_) => 256,
        _ => 0,
    });
    (32 + size_of_val(row) + contents.sum::<usize>()) as u64
}
