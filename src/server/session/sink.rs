//! Rows on their way to the client: each is encoded as it comes and leaves in large pieces.
//!
//! Execution is synchronous, sockets are not. Up to [`PAUSE_AT`] bytes are gathered; past it the running
//! thread blocks (outside of the runtime's own) until the client has taken them, so that a result of any
//! size costs bounded memory and a slow client slows its own statement only.

use std::sync::Arc;

use tokio::runtime::Handle;

use crate::query::{EncodedHeading, Heading, ResultColumn, ResultSink};
use crate::server::channel::{self, Channel};
use crate::server::protocol::columns::definition;
use crate::server::protocol::{binary, text};
use crate::value::types::CollationId;
use crate::value::{SqlError, Value};
use crate::wire::ok::EofPacket;
use crate::wire::reader::put_lenenc_int;
use crate::wire::{CapabilityFlags, StatusFlags};

/// Bytes of a result that wait for the client before execution does.
const PAUSE_AT: usize = 256 * 1024;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFormat {
    /// COM_QUERY.
    Text,
    /// COM_STMT_EXECUTE.
    Binary,
}

/// A sink of a statement that may have to run again.
pub(super) trait SinkMark: ResultSink + Send {
    /// A run begins: what comes from here on may have to be forgotten.
    fn mark(&mut self);
    /// Forgets what came since the mark.
    ///
    /// # Errors
    /// The client has a part of it already.
    fn rewind(&mut self) -> Result<(), SqlError>;
    /// Whether the run may block its thread until the client has taken rows.
    fn may_block(&mut self, _: bool) {}
    /// Whether the run failed because it would have had to, and may not.
    fn is_full(&self) -> bool {
        false
    }
    /// The sink as statements see it.
    fn as_sink(&mut self) -> &mut dyn ResultSink;
}

/// Encodes a result straight into the client's channel.
pub struct ChannelSink<'a> {
    channel: &'a mut Channel,
    format: RowFormat,
    capabilities: CapabilityFlags,
    status: StatusFlags,
    results: Option<CollationId>,
    heading: Option<Arc<Heading>>,
    mark: channel::Mark,
    may_block: bool,
    is_full: bool,
}

impl<'a> ChannelSink<'a> {
    /// A sink for one result. `status` is what the packet between columns and rows says, where the client
    /// wants one; `results`: a collation of `character_set_results`.
    pub fn new(
        channel: &'a mut Channel,
        format: RowFormat,
        capabilities: CapabilityFlags,
        status: StatusFlags,
        results: Option<CollationId>,
    ) -> Self {
        let mark = channel.mark();
        let (heading, may_block, is_full) = (None, true, false);
        Self { channel, format, capabilities, status, results, heading, mark, may_block, is_full }
    }
}

impl SinkMark for ChannelSink<'_> {
    fn mark(&mut self) {
        self.mark = self.channel.mark();
    }

    fn rewind(&mut self) -> Result<(), SqlError> {
        match self.channel.rewind(self.mark) {
            true => Ok(()),
            false => Err(SqlError::new(1205, b"HY000", HALF_SENT)),
        }
    }

    fn may_block(&mut self, may_block: bool) {
        (self.may_block, self.is_full) = (may_block, false);
    }

    fn is_full(&self) -> bool {
        self.is_full
    }

    fn as_sink(&mut self) -> &mut dyn ResultSink {
        self
    }
}

/// Part of the result has left already, so the statement cannot run again.
const HALF_SENT: &str = "Lock wait timeout exceeded; try restarting transaction";

impl ChannelSink<'_> {
    /// Adds a row's packet; past a bound waits for the client to take what there is.
    fn put<'v>(&mut self, values: impl Iterator<Item = &'v Value>) -> Result<(), SqlError> {
        let Self { channel, heading, results, format, .. } = self;
        let columns = heading.as_ref().map_or(&[][..], |heading| &*heading.columns);
        channel.put_with(|out| match format {
            RowFormat::Text => text::put_row(out, columns, values, *results),
            RowFormat::Binary => binary::put_row(out, columns, values, *results),
        });
        if self.channel.unsent() >= PAUSE_AT {
            if !self.may_block {
                self.is_full = true;
                return Err(super::statement::interrupted());
            }
            let flushing = || Handle::current().block_on(self.channel.flush());
            tokio::task::block_in_place(flushing).map_err(|_| gone())?;
        }
        Ok(())
    }
}

impl ResultSink for ChannelSink<'_> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), SqlError> {
        self.heading(&Heading::new(columns))
    }

    fn row(&mut self, values: &[Value]) -> Result<(), SqlError> {
        self.put(values.iter())
    }

    fn heading(&mut self, heading: &Arc<Heading>) -> Result<(), SqlError> {
        let count = heading.columns.len() as u64;
        self.channel.put_with(|out| put_lenenc_int(out, count));
        let encoded = heading.encoded.get_or_init(|| encode(&heading.columns, self.results));
        match encoded.results == self.results {
            true => encoded.payloads.iter().for_each(|payload| self.channel.put(payload)),
            false => put_definitions(self.channel, &heading.columns, self.results),
        }
        put_middle(self.channel, self.capabilities, self.status);
        self.heading = Some(heading.clone());
        Ok(())
    }

    fn row_of(&mut self, values: &[Value], columns: &[usize]) -> Result<(), SqlError> {
        self.put(columns.iter().map(|at| values.get(*at).unwrap_or(&Value::Null)))
    }
}

/// The definitions of columns as they are sent.
fn encode(columns: &[ResultColumn], results: Option<CollationId>) -> EncodedHeading {
    let payload = |column| {
        let mut out = Vec::new();
        definition(column, results).put_payload(&mut out, None);
        out.into_boxed_slice()
    };
    EncodedHeading { results, payloads: columns.iter().map(payload).collect() }
}

/// Appends the definitions of columns.
pub fn put_definitions(
    channel: &mut Channel,
    columns: &[ResultColumn],
    results: Option<CollationId>,
) {
    for column in columns {
        channel.put_with(|out| definition(column, results).put_payload(out, None));
    }
}

/// Appends the EOF that separates definitions from rows, for clients that want it.
pub fn put_middle(channel: &mut Channel, capabilities: CapabilityFlags, status: StatusFlags) {
    if !capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF) {
        channel.put_with(|out| EofPacket { warnings: 0, status }.put_payload(out));
    }
}

/// Nobody will read it; it ends the statement.
fn gone() -> SqlError {
    SqlError::new(1160, b"08S01", "Got an error writing communication packets")
}

/// A cursor's result: rows in binary, kept until they are fetched.
#[derive(Default)]
pub struct CursorSink {
    /// The columns; empty until the statement gave them.
    pub columns: Vec<ResultColumn>,
    /// Payloads of rows not yet fetched, first to last.
    pub rows: std::collections::VecDeque<Box<[u8]>>,
    results: Option<CollationId>,
    bytes: usize,
}

/// Rows that one cursor may hold, in bytes.
const MAX_CURSOR_BYTES: usize = 256 << 20;

impl CursorSink {
    /// An empty one. `results`: a collation of `character_set_results`.
    pub fn new(results: Option<CollationId>) -> Self {
        Self { results, ..Self::default() }
    }
}

impl SinkMark for CursorSink {
    fn mark(&mut self) {
        self.rows.clear();
        self.bytes = 0;
    }

    fn rewind(&mut self) -> Result<(), SqlError> {
        self.mark();
        Ok(())
    }

    fn as_sink(&mut self) -> &mut dyn ResultSink {
        self
    }
}

impl ResultSink for CursorSink {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), SqlError> {
        self.columns = columns.to_vec();
        Ok(())
    }

    fn row(&mut self, values: &[Value]) -> Result<(), SqlError> {
        let mut row = Vec::new();
        binary::put_row(&mut row, &self.columns, values.iter(), self.results);
        self.bytes += row.len();
        if self.bytes > MAX_CURSOR_BYTES {
            let message = format!("The result of a cursor is larger than {MAX_CURSOR_BYTES} bytes");
            return Err(SqlError::new(1038, b"HY001", message));
        }
        self.rows.push_back(row.into());
        Ok(())
    }
}

/// For statements without rows.
pub(super) struct NoSink;

impl ResultSink for NoSink {
    fn columns(&mut self, _: &[ResultColumn]) -> Result<(), SqlError> {
        Ok(())
    }

    fn row(&mut self, _: &[Value]) -> Result<(), SqlError> {
        Ok(())
    }
}

impl SinkMark for NoSink {
    fn mark(&mut self) {}

    fn rewind(&mut self) -> Result<(), SqlError> {
        Ok(())
    }

    fn as_sink(&mut self) -> &mut dyn ResultSink {
        self
    }
}
