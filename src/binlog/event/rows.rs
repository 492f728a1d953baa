//! Row events: inserted, changed and removed rows of one table.
//!
//! ```text
//! table:6 flags:2 [extra data, its length counted in: 2 bytes, v2 only]
//! columns, packed | which columns the images hold | (for updates) which the images after hold
//! images: one for each row, for updates two
//! ```

use super::super::bytes::{EventError, Reader, put_packed, put_uint};
use super::super::row::{Layout, MAX_COLUMNS, decode_image, encode_image};
use super::{EventWriter, LoggedTable, Origin, code};
use crate::value::Value;

/// Rows are gathered in one event up to so many bytes (`binlog_row_event_max_size`); a larger row has its own.
const ROWS_BYTES: usize = 8192;

/// The last rows of their statement.
const STATEMENT_END: u16 = 1;

/// `foreign_key_checks` was off.
const NO_FOREIGN_KEYS: u16 = 2;

/// What happened to rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowsKind {
    /// They are new.
    Write,
    /// They changed.
    Update,
    /// They are gone.
    Delete,
}

impl RowsKind {
    /// The kind of an event with this code, if it holds rows.
    pub fn of(kind: u8) -> Option<Self> {
        match kind {
            code::WRITE_ROWS | code::WRITE_ROWS_V1 => Some(Self::Write),
            code::UPDATE_ROWS | code::UPDATE_ROWS_V1 => Some(Self::Update),
            code::DELETE_ROWS | code::DELETE_ROWS_V1 => Some(Self::Delete),
            _ => None,
        }
    }

    fn code(self) -> u8 {
        match self {
            Self::Write => code::WRITE_ROWS,
            Self::Update => code::UPDATE_ROWS,
            Self::Delete => code::DELETE_ROWS,
        }
    }
}

/// One change to be logged, its rows in the table's column order.
#[derive(Debug, Clone, Copy)]
pub enum RowChange<'a> {
    /// A new row.
    Write(&'a [Value]),
    /// A row before and after.
    Update(&'a [Value], &'a [Value]),
    /// A row that is gone.
    Delete(&'a [Value]),
}

impl RowChange<'_> {
    fn kind(&self) -> RowsKind {
        match self {
            Self::Write(_) => RowsKind::Write,
            Self::Update(..) => RowsKind::Update,
            Self::Delete(_) => RowsKind::Delete,
        }
    }

    fn encode(&self, layouts: &[Layout], out: &mut Vec<u8>) -> Result<(), EventError> {
        match self {
            Self::Write(row) | Self::Delete(row) => encode_image(row, layouts, out),
            Self::Update(before, after) => {
                encode_image(before, layouts, out)?;
                encode_image(after, layouts, out)
            }
        }
    }
}

/// Settings of the session that row events carry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowsFlags {
    /// `foreign_key_checks` was off.
    pub no_foreign_key_checks: bool,
    /// `unique_checks` was off.
    pub relaxed_unique_checks: bool,
}

impl RowsFlags {
    fn bits(self, last: bool) -> u16 {
        (if last { STATEMENT_END } else { 0 })
            | u16::from(self.no_foreign_key_checks) << 1
            | u16::from(self.relaxed_unique_checks) << 2
    }
}

/// Appends the row events of one statement on one table, in order; the last is marked as such. Changes of one
/// kind that follow each other share events.
pub(in super::super) fn put_rows<'a>(
    out: &mut Vec<u8>,
    table: &LoggedTable,
    changes: impl Iterator<Item = RowChange<'a>>,
    flags: RowsFlags,
    origin: Origin,
) -> Result<(), EventError> {
    let mut rows = RowsWriter { out, table, flags, origin, pending: Vec::new(), kind: None };
    for change in changes {
        rows.add(&change)?;
    }
    rows.flush(true)
}

struct RowsWriter<'a> {
    out: &'a mut Vec<u8>,
    table: &'a LoggedTable,
    flags: RowsFlags,
    origin: Origin,
    /// Images that are not in an event yet.
    pending: Vec<u8>,
    /// What they are.
    kind: Option<RowsKind>,
}

impl RowsWriter<'_> {
    fn add(&mut self, change: &RowChange<'_>) -> Result<(), EventError> {
        if self.kind.is_some_and(|kind| kind != change.kind()) {
            self.flush(false)?;
        }
        let start = self.pending.len();
        change.encode(self.table.layouts(), &mut self.pending)?;
        if start > 0 && self.pending.len() > ROWS_BYTES {
            let row = self.pending.split_off(start);
            self.flush(false)?;
            self.pending = row;
        }
        self.kind = Some(change.kind());
        Ok(())
    }

    fn flush(&mut self, last: bool) -> Result<(), EventError> {
        let Some(kind) = self.kind.take() else { return Ok(()) };
        let columns = self.table.layouts().len();
        let mut event = EventWriter::begin(self.out);
        let body = event.body();
        put_uint(body, self.table.id(), 6);
        put_uint(body, u64::from(self.flags.bits(last)), 2);
        put_uint(body, 2, 2);
        put_packed(body, columns as u64);
        for _ in 0..if kind == RowsKind::Update { 2 } else { 1 } {
            // all of them, the bits past the last as well, as MySQL does
            body.extend(std::iter::repeat_n(0xff, columns.div_ceil(8)));
        }
        body.append(&mut self.pending);
        event.end(kind.code(), self.origin, 0)
    }
}

/// A row event that is read from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<'a> {
    /// What happened to the rows.
    pub kind: RowsKind,
    /// The table map that they belong to.
    pub table: u64,
    /// Whether the statement ends with them.
    pub ends_statement: bool,
    /// `foreign_key_checks` was off.
    pub no_foreign_key_checks: bool,
    /// Columns of an image, and which of them it holds: before, and for updates after.
    columns: usize,
    present: [&'a [u8]; 2],
    images: &'a [u8],
}

/// A row before and after; what is not logged, or not there, is `None`.
#[derive(Debug, Clone, Default)]
pub struct Images {
    /// As it was: for changed and removed rows.
    pub before: Option<Vec<Option<Value>>>,
    /// As it is: for new and changed rows.
    pub after: Option<Vec<Option<Value>>>,
}

impl<'a> Rows<'a> {
    /// Reads the body of a row event of this code.
    pub fn parse(kind: u8, body: &'a [u8]) -> Result<Self, EventError> {
        let rows = RowsKind::of(kind).ok_or(EventError::Malformed("not a row event"))?;
        let mut from = Reader::new(body, "a row event");
        let table = from.uint(6)?;
        let flags = from.u16()?;
        if matches!(kind, code::WRITE_ROWS | code::UPDATE_ROWS | code::DELETE_ROWS) {
            let extra = usize::from(from.u16()?).checked_sub(2);
            from.bytes(extra.ok_or(EventError::Malformed("a row event's extra data"))?)?;
        }
        let columns = from.count(MAX_COLUMNS)?;
        let before = from.bytes(columns.div_ceil(8))?;
        let after = match rows {
            RowsKind::Update => from.bytes(columns.div_ceil(8))?,
            _ => before,
        };
        Ok(Self {
            kind: rows,
            table,
            ends_statement: flags & STATEMENT_END != 0,
            no_foreign_key_checks: flags & NO_FOREIGN_KEYS != 0,
            columns,
            present: [before, after],
            images: from.rest(),
        })
    }

    /// The rows, of a table whose columns lie like this.
    pub fn images<'b>(
        &'b self,
        layouts: &'b [Layout],
    ) -> impl Iterator<Item = Result<Images, EventError>> + 'b {
        let mut from = Reader::new(self.images, "a row");
        let mut failed = layouts.len() != self.columns;
        let mut mismatch = failed.then_some(EventError::Malformed("rows and table map disagree"));
        std::iter::from_fn(move || {
            if let Some(error) = mismatch.take() {
                return Some(Err(error));
            }
            if failed || from.is_empty() {
                return None;
            }
            let before = from.rest().len();
            let images = self.next(&mut from, layouts);
            // a table without columns, or images without any: nothing would ever be read
            failed = images.is_err() || from.rest().len() == before;
            Some(images)
        })
    }

    fn next(&self, from: &mut Reader<'_>, layouts: &[Layout]) -> Result<Images, EventError> {
        let [before, after] = self.present;
        let mut images = Images::default();
        if self.kind != RowsKind::Write {
            images.before = Some(decode_image(from, layouts, before)?);
        }
        if self.kind != RowsKind::Delete {
            images.after = Some(decode_image(from, layouts, after)?);
        }
        Ok(images)
    }
}
