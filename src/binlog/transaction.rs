//! The events of a transaction, made by the session that commits it before its place in the log is known.
//!
//! ```text
//! session   BEGIN, table maps and rows, XID           all but GTID, positions and checksums
//! leader    finish: GTID in front, positions, checksums    cheap: a copy and a checksum
//! ```
//!
//! A session does the work that grows with its rows on its own thread; the one thread that appends to the log
//! only copies.

use super::bytes::EventError;
use super::event::{
    EventWriter, GtidStamp, LoggedTable, NO_FOREIGN_KEY_CHECKS, Origin, QueryContext,
    RELAXED_UNIQUE_CHECKS, RowChange, RowsFlags, code, flag, put_gtid, put_query, put_rows,
    seal_all,
};

/// A transaction's events, without the GTID event.
#[derive(Debug, Clone)]
pub struct TransactionEvents {
    bytes: Vec<u8>,
    origin: Origin,
    flags: RowsFlags,
    /// See [`TransactionEvents::set_complete`].
    complete: bool,
    /// It is a statement, not rows.
    is_statement: bool,
}

impl TransactionEvents {
    /// Begins a transaction of rows. `context` is the session's at its first statement.
    pub fn begin(server_id: u32, context: &QueryContext, schema: &str) -> Result<Self, EventError> {
        let mut events = Self::empty(server_id, context, false);
        let bytes = &mut events.bytes;
        put_query(bytes, context, schema, b"BEGIN", events.origin, flag::SUPPRESS_USE)?;
        Ok(events)
    }

    /// A whole transaction that is one statement: DDL, or what changes accounts. `schema` is the default
    /// schema that it runs in, empty for none; whoever plays the log does so in that schema, so it is empty
    /// for what makes or drops a schema.
    pub fn statement(
        server_id: u32,
        context: &QueryContext,
        schema: &str,
        sql: &str,
    ) -> Result<Self, EventError> {
        let mut events = Self::empty(server_id, context, true);
        let flags = if schema.is_empty() { flag::SUPPRESS_USE } else { 0 };
        put_query(&mut events.bytes, context, schema, sql.as_bytes(), events.origin, flags)?;
        Ok(events)
    }

    fn empty(server_id: u32, context: &QueryContext, is_statement: bool) -> Self {
        let options = context.vars.flags2.unwrap_or(0);
        let flags = RowsFlags {
            no_foreign_key_checks: options & NO_FOREIGN_KEY_CHECKS != 0,
            relaxed_unique_checks: options & RELAXED_UNIQUE_CHECKS != 0,
        };
        let origin = Origin { timestamp: context.timestamp, server_id };
        Self { bytes: Vec::with_capacity(512), origin, flags, complete: false, is_statement }
    }

    /// Sets the time of the events that follow: seconds since 1970 when their statement began.
    pub fn set_timestamp(&mut self, timestamp: u32) {
        self.origin.timestamp = timestamp;
    }

    /// Adds the text of the statement that the next rows come from (`binlog_rows_query_log_events`).
    pub fn rows_query(&mut self, sql: &str) -> Result<(), EventError> {
        let mut event = EventWriter::begin(&mut self.bytes);
        // a length that nobody reads, as it has one byte
        event.body().push(sql.len().min(255) as u8);
        event.body().extend_from_slice(sql.as_bytes());
        event.end(code::ROWS_QUERY, self.origin, flag::IGNORABLE)
    }

    /// Adds a definition whose table's rows follow.
    pub fn definition(
        &mut self,
        context: &QueryContext,
        schema: &str,
        sql: &str,
    ) -> Result<(), EventError> {
        put_query(&mut self.bytes, context, schema, sql.as_bytes(), self.origin, 0)
    }

    /// Whether the rows that follow are all that there are: whoever applies them is to check no foreign key and to
    /// change no child row by itself, whatever the session's `foreign_key_checks`.
    pub fn set_complete(&mut self, complete: bool) {
        self.complete = complete;
    }

    /// Adds the changes of one statement to one table, in the order in which they happened: whoever applies
    /// them checks unique keys at each.
    pub fn rows<'a>(
        &mut self,
        table: &LoggedTable,
        changes: impl IntoIterator<Item = RowChange<'a>>,
    ) -> Result<(), EventError> {
        let mut changes = changes.into_iter().peekable();
        if changes.peek().is_none() {
            return Ok(());
        }
        table.put(&mut self.bytes, self.origin)?;
        let mut flags = self.flags;
        flags.no_foreign_key_checks |= self.complete;
        put_rows(&mut self.bytes, table, changes, flags, self.origin)
    }

    /// Ends a transaction of rows.
    pub fn commit(&mut self, xid: u64) -> Result<(), EventError> {
        let mut event = EventWriter::begin(&mut self.bytes);
        event.body().extend_from_slice(&xid.to_le_bytes());
        event.end(code::XID, self.origin, 0)
    }

    /// Bytes so far, without the GTID event.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Appends the whole transaction to `out`, as it stands from `position` of its file. Can be done again
    /// with another stamp and position.
    pub fn finish(
        &self,
        stamp: &GtidStamp,
        position: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), EventError> {
        let start = out.len();
        put_gtid(out, stamp, self.is_statement, self.bytes.len(), self.origin)?;
        out.extend_from_slice(&self.bytes);
        seal_all(out.get_mut(start..).unwrap_or_default(), position);
        Ok(())
    }
}
