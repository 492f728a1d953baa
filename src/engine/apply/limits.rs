//! What bounds the making of rows by a definition: memory, and whoever wants it to stop.

use crate::engine::errors;
use crate::store::row_bytes;
use crate::store::{Key, TableShape};
use crate::value::{Row, SqlError};

/// So many rows are made between two questions whether to go on.
const ROWS: u64 = 256;

/// The bounds of one statement.
#[derive(Clone, Copy)]
pub(crate) struct Limits<'a> {
    /// Bytes that may still be used.
    pub memory_bytes: u64,
    /// Says why the statement must stop, if it must.
    pub stop: &'a dyn Fn() -> Result<(), SqlError>,
}

impl Limits<'static> {
    /// For recovery, which does what was done.
    pub fn none() -> Self {
        Self { memory_bytes: u64::MAX, stop: &|| Ok(()) }
    }
}

/// How far a table has come.
pub(super) struct Progress<'a> {
    limits: Limits<'a>,
    entries: usize,
    /// Rows are new, not the old table's.
    copies: bool,
    rows: u64,
    bytes: u64,
}

impl<'a> Progress<'a> {
    /// Before the first row of a table of this shape.
    pub fn start(limits: Limits<'a>, shape: &TableShape, copies: bool) -> Self {
        Self { limits, entries: shape.secondary.len(), copies, rows: 0, bytes: 0 }
    }

    /// One more row.
    ///
    /// # Errors
    /// 1114 when memory is used up; why the statement stops.
    pub fn row(&mut self, table: &str, key: &Key, row: &Row) -> Result<(), SqlError> {
        let new = row_bytes(key, if self.copies { Some(row) } else { None }, self.entries);
        self.bytes = self.bytes.saturating_add(new as u64);
        self.rows += 1;
        if self.bytes > self.limits.memory_bytes {
            return Err(errors::table_full(table));
        }
        if self.rows.is_multiple_of(ROWS) { (self.limits.stop)() } else { Ok(()) }
    }
}
