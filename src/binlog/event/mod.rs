//! Events: the header that all have, the checksum behind, and what is in each kind.
//!
//! ```text
//! header  timestamp:4 type:1 server:4 size:4 end position:4 flags:2
//! body    by type
//! CRC-32  of all before it, where the file's first event says that there is one
//! ```
//!
//! The end position is that of the event in its file. An event is built before it is known where it will
//! stand, so it is written in two steps: [`EventWriter`] leaves position and checksum open, [`seal`] fills them.
//!
//! Sources: MySQL's "Replication Protocol" (dev documentation) and MariaDB's "Replication Protocol"; the tests
//! compare with files that both servers wrote.

mod describe;
mod format;
mod gtid;
mod query;
mod rows;
mod status;
mod stream;
mod table_map;
#[cfg(test)]
mod tests;

pub use describe::{Description, describe};
pub(super) use format::version_number;
pub use format::{Format, previous_gtids, put_format, put_previous_gtids, put_rotate, rotate};
pub(super) use gtid::put_gtid;
pub use gtid::{GtidEvent, GtidStamp, TransactionId};
pub(super) use query::put_query;
pub use query::{Query, QueryContext};
pub use rows::{Images, RowChange, Rows, RowsKind};
pub(super) use rows::{RowsFlags, put_rows};
pub use status::{NO_FOREIGN_KEY_CHECKS, RELAXED_UNIQUE_CHECKS, StatusVars};
pub use stream::StreamFormat;
pub use table_map::{ColumnInfo, LoggedTable, MapColumn, TableMap};

use super::bytes::{EventError, Reader};
use crate::gtid::GtidSet;

/// Bytes of an event's header.
pub const HEADER_LEN: usize = 19;

/// Bytes of the checksum behind an event.
pub const CHECKSUM_LEN: usize = 4;

/// Largest event that is read or written, in bytes: a packet of 1 GiB and what surrounds it.
pub const MAX_EVENT: usize = (1 << 30) + (1 << 20);

/// Type codes of events, MySQL's and MariaDB's (from 160).
pub mod code {
    use mysql_common::binlog::consts::EventType as Known;

    /// A statement.
    pub const QUERY: u8 = Known::QUERY_EVENT as u8;
    /// The server ended in order.
    pub const STOP: u8 = Known::STOP_EVENT as u8;
    /// AUTO_INCREMENT's value for the statement that follows.
    pub const INTVAR: u8 = Known::INTVAR_EVENT as u8;
    /// RAND's seeds for it.
    pub const RAND: u8 = Known::RAND_EVENT as u8;
    /// A user's variable for it.
    pub const USER_VAR: u8 = Known::USER_VAR_EVENT as u8;
    /// The log goes on in another file.
    pub const ROTATE: u8 = Known::ROTATE_EVENT as u8;
    /// How the file's events look.
    pub const FORMAT: u8 = Known::FORMAT_DESCRIPTION_EVENT as u8;
    /// A transaction's end.
    pub const XID: u8 = Known::XID_EVENT as u8;
    /// A table's columns.
    pub const TABLE_MAP: u8 = Known::TABLE_MAP_EVENT as u8;
    /// Rows of MySQL 5.1 to 5.5 and MariaDB: inserted.
    pub const WRITE_ROWS_V1: u8 = Known::WRITE_ROWS_EVENT_V1 as u8;
    /// Changed.
    pub const UPDATE_ROWS_V1: u8 = Known::UPDATE_ROWS_EVENT_V1 as u8;
    /// Removed.
    pub const DELETE_ROWS_V1: u8 = Known::DELETE_ROWS_EVENT_V1 as u8;
    /// Something was lost.
    pub const INCIDENT: u8 = Known::INCIDENT_EVENT as u8;
    /// Nothing happened for a while.
    pub const HEARTBEAT: u8 = Known::HEARTBEAT_EVENT as u8;
    /// The statement that the rows come from.
    pub const ROWS_QUERY: u8 = Known::ROWS_QUERY_EVENT as u8;
    /// Rows: inserted.
    pub const WRITE_ROWS: u8 = Known::WRITE_ROWS_EVENT as u8;
    /// Rows: changed.
    pub const UPDATE_ROWS: u8 = Known::UPDATE_ROWS_EVENT as u8;
    /// Rows: removed.
    pub const DELETE_ROWS: u8 = Known::DELETE_ROWS_EVENT as u8;
    /// A transaction's beginning and name.
    pub const GTID: u8 = Known::GTID_EVENT as u8;
    /// The beginning of one without a name.
    pub const ANONYMOUS_GTID: u8 = Known::ANONYMOUS_GTID_EVENT as u8;
    /// What the files before hold.
    pub const PREVIOUS_GTIDS: u8 = Known::PREVIOUS_GTIDS_EVENT as u8;
    /// A prepared XA transaction's end.
    pub const XA_PREPARE: u8 = Known::XA_PREPARE_LOG_EVENT as u8;
    /// Changed rows, of JSON columns only what changed.
    pub const PARTIAL_UPDATE_ROWS: u8 = Known::PARTIAL_UPDATE_ROWS_EVENT as u8;
    /// A compressed transaction.
    pub const TRANSACTION_PAYLOAD: u8 = Known::TRANSACTION_PAYLOAD_EVENT as u8;
    /// A transaction's beginning and a name with a tag.
    pub const GTID_TAGGED: u8 = Known::GTID_TAGGED_LOG_EVENT as u8;
    /// MariaDB: the statement that the rows come from.
    pub const MARIADB_ANNOTATE_ROWS: u8 = 160;
    /// MariaDB: the oldest file that may be needed after a crash.
    pub const MARIADB_CHECKPOINT: u8 = 161;
    /// MariaDB: a transaction's beginning and name.
    pub const MARIADB_GTID: u8 = 162;
    /// MariaDB: what the files before hold.
    pub const MARIADB_GTID_LIST: u8 = 163;
    /// MariaDB: what follows is encrypted.
    pub const MARIADB_ENCRYPTION: u8 = 164;
    /// MariaDB: a compressed statement.
    pub const MARIADB_QUERY_COMPRESSED: u8 = 165;
}

/// Flags in an event's header.
pub mod flag {
    /// In a file's first event: the file was not closed in order.
    pub const IN_USE: u16 = 1;
    /// The statement concerns temporary tables of its thread.
    pub const THREAD_SPECIFIC: u16 = 4;
    /// The statement does not depend on the default schema.
    pub const SUPPRESS_USE: u16 = 8;
    /// Made up by a server, not in its log.
    pub const ARTIFICIAL: u16 = 0x20;
    /// Whoever does not know its type may pass over it.
    pub const IGNORABLE: u16 = 0x80;
}

/// What stands before every event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventHeader {
    /// Seconds since 1970 when its statement began.
    pub timestamp: u32,
    /// One of [`code`].
    pub code: u8,
    /// The server that it began on.
    pub server_id: u32,
    /// Bytes in all.
    pub size: u32,
    /// Where it ends in its file, modulo 2^32.
    pub end: u32,
    /// Of [`flag`].
    pub flags: u16,
}

impl EventHeader {
    /// Reads a header.
    pub fn read(from: &mut Reader<'_>) -> Result<Self, EventError> {
        Ok(Self {
            timestamp: from.u32()?,
            code: from.u8()?,
            server_id: from.u32()?,
            size: from.u32()?,
            end: from.u32()?,
            flags: from.u16()?,
        })
    }

    fn to_bytes(self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        let parts = (self.timestamp.to_le_bytes().into_iter())
            .chain([self.code])
            .chain(self.server_id.to_le_bytes())
            .chain(self.size.to_le_bytes())
            .chain(self.end.to_le_bytes())
            .chain(self.flags.to_le_bytes());
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        bytes
    }
}

/// One event as it stands in a file or a packet.
#[derive(Debug, Clone, Copy)]
pub struct RawEvent<'a> {
    /// Its header.
    pub header: EventHeader,
    /// All of it, header and checksum included.
    pub bytes: &'a [u8],
    /// Whether a checksum stands behind it.
    pub has_checksum: bool,
}

impl<'a> RawEvent<'a> {
    /// An event that `bytes` hold whole, its checksum compared if it has one.
    pub fn read(bytes: &'a [u8], has_checksum: bool) -> Result<Self, EventError> {
        let header = EventHeader::read(&mut Reader::new(bytes, "an event's header"))?;
        let tail = if has_checksum { CHECKSUM_LEN } else { 0 };
        if bytes.len() < HEADER_LEN + tail || bytes.len() as u64 != u64::from(header.size) {
            return Err(EventError::Malformed("an event's size is not that in its header"));
        }
        let event = Self { header, bytes, has_checksum };
        if has_checksum && event.checksum() != Some(crc(bytes)) {
            return Err(EventError::Malformed("an event's checksum is wrong"));
        }
        Ok(event)
    }

    /// What is between header and checksum.
    pub fn body(&self) -> &'a [u8] {
        let tail = if self.has_checksum { CHECKSUM_LEN } else { 0 };
        let end = self.bytes.len().saturating_sub(tail);
        self.bytes.get(HEADER_LEN..end).unwrap_or_default()
    }

    fn checksum(&self) -> Option<u32> {
        self.bytes.last_chunk().map(|bytes| u32::from_le_bytes(*bytes))
    }
}

/// The checksum that belongs behind an event. A file's first event is summed up as if it were not in use:
/// that flag changes when the file is closed.
fn crc(event: &[u8]) -> u32 {
    let content = event.get(..event.len().saturating_sub(CHECKSUM_LEN)).unwrap_or_default();
    let mut hasher = crc32fast::Hasher::new();
    match content.split_at_checked(HEADER_LEN) {
        Some((header, body)) if header.get(4) == Some(&code::FORMAT) => {
            let mut header = header.to_vec();
            if let Some(flags) = header.get_mut(17) {
                *flags &= !(flag::IN_USE as u8);
            }
            hasher.update(&header);
            hasher.update(body);
        }
        _ => hasher.update(content),
    }
    hasher.finalize()
}

/// What an event's header says before the event stands anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Seconds since 1970.
    pub timestamp: u32,
    /// The server that it begins on.
    pub server_id: u32,
}

/// Appends one event to a buffer, its end position and checksum open.
pub(super) struct EventWriter<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> EventWriter<'a> {
    /// Leaves room for the header.
    pub fn begin(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        out.extend_from_slice(&[0; HEADER_LEN]);
        Self { out, start }
    }

    /// Where the body goes.
    pub fn body(&mut self) -> &mut Vec<u8> {
        self.out
    }

    /// Bytes so far.
    pub fn len(&self) -> usize {
        self.out.len() - self.start
    }

    /// Writes the header and leaves room for the checksum. Fails where the event is larger than
    /// [`MAX_EVENT`]; the buffer is then as it was before the event.
    pub fn end(self, code: u8, origin: Origin, flags: u16) -> Result<(), EventError> {
        let Self { out, start } = self;
        out.extend_from_slice(&[0; CHECKSUM_LEN]);
        let len = out.len() - start;
        let size = u32::try_from(len).ok().filter(|_| len <= MAX_EVENT);
        let Some(size) = size else {
            out.truncate(start);
            return Err(EventError::Unsupported("an event of more than 1 GiB".into()));
        };
        let Origin { timestamp, server_id } = origin;
        let header = EventHeader { timestamp, code, server_id, size, end: 0, flags };
        let slots = out.iter_mut().skip(start);
        slots.zip(header.to_bytes()).for_each(|(slot, byte)| *slot = byte);
        Ok(())
    }
}

/// Fills in where an event ends in its file and its checksum.
pub(super) fn seal(event: &mut [u8], end: u64) {
    let position = (end as u32).to_le_bytes();
    event.iter_mut().skip(13).zip(position).for_each(|(slot, byte)| *slot = byte);
    let sum = crc(event).to_le_bytes();
    let body = event.len().saturating_sub(CHECKSUM_LEN);
    event.iter_mut().skip(body).zip(sum).for_each(|(slot, byte)| *slot = byte);
}

/// Seals the events that stand one behind the other in `events`, the first at `position` of its file.
pub(super) fn seal_all(mut events: &mut [u8], mut position: u64) {
    while let Some(size) = events.get(9..13) {
        let size = size.iter().rev().fold(0usize, |size, byte| size << 8 | usize::from(*byte));
        let Some((event, rest)) = events.split_at_mut_checked(size.max(HEADER_LEN)) else { return };
        position += event.len() as u64;
        seal(event, position);
        events = rest;
    }
}

/// What an event says, as far as it concerns rows, statements and positions.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// How this file's events look.
    Format(Format),
    /// What the files before hold.
    PreviousGtids(GtidSet),
    /// A transaction begins.
    Gtid(GtidEvent),
    /// A statement: BEGIN, COMMIT, DDL …
    Query(Query<'a>),
    /// The columns of the table that rows follow of.
    TableMap(TableMap),
    /// Rows.
    Rows(Rows<'a>),
    /// The transaction ends.
    Xid(u64),
    /// The log goes on in the file of this name at this position.
    Rotate(&'a [u8], u64),
    /// The statement that the rows come from.
    RowsQuery(&'a [u8]),
    /// The server ended.
    Stop,
    /// Anything else.
    Other,
}

impl<'a> Event<'a> {
    /// Understands an event of a file that began with `format`.
    pub fn parse(raw: &RawEvent<'a>, format: &Format) -> Result<Self, EventError> {
        let body = raw.body();
        let mut from = Reader::new(body, "an event");
        Ok(match raw.header.code {
            code::FORMAT => Self::Format(Format::parse(body, raw.has_checksum)?),
            code::PREVIOUS_GTIDS => Self::PreviousGtids(previous_gtids(body)?),
            code::GTID | code::ANONYMOUS_GTID | code::GTID_TAGGED | code::MARIADB_GTID => {
                Self::Gtid(GtidEvent::parse(&raw.header, body)?)
            }
            code::QUERY => Self::Query(Query::parse(body)?),
            code::TABLE_MAP => Self::TableMap(TableMap::parse(body)?),
            kind if RowsKind::of(kind).is_some() => Self::Rows(Rows::parse(kind, body)?),
            code::XID => Self::Xid(from.u64()?),
            code::ROTATE => {
                let (name, position) = rotate(body)?;
                Self::Rotate(name, position)
            }
            code::ROWS_QUERY => Self::RowsQuery(body.get(1..).unwrap_or_default()),
            code::MARIADB_ANNOTATE_ROWS if format.is_mariadb() => Self::RowsQuery(body),
            code::STOP => Self::Stop,
            kind => match unreadable(kind) {
                Some(what) => return Err(EventError::Unsupported(what.to_owned())),
                None => Self::Other,
            },
        })
    }
}

/// What is in an event that holds changes in a form that is not read: passing over it would lose them.
fn unreadable(kind: u8) -> Option<&'static str> {
    match kind {
        code::TRANSACTION_PAYLOAD => Some("a compressed transaction"),
        code::PARTIAL_UPDATE_ROWS => Some("a partial update of JSON"),
        20..=22 => Some("a row event of MySQL 5.1's first versions"),
        code::MARIADB_ENCRYPTION => Some("an encrypted file"),
        165..=171 => Some("a compressed event of MariaDB"),
        _ => None,
    }
}
