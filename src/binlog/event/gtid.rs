//! The event that begins a transaction and names it.

use mysql_common::binlog::BinlogCtx;
use mysql_common::binlog::consts::{BinlogVersion, GtidFlags};
use mysql_common::binlog::events::{FormatDescriptionEvent, GtidEvent as Known};
use mysql_common::io::ParseBuf;
use mysql_common::packets::Tag as KnownTag;
use mysql_common::proto::{MyDeserialize, MySerialize};

use super::super::bytes::{EventError, Reader};
use super::{CHECKSUM_LEN, EventHeader, EventWriter, HEADER_LEN, Origin, code};
use crate::gtid::{Gtid, MariaDbGtid, Source, Tag, Uuid};

/// The logical clock's mark in the event.
const LOGICAL_CLOCK: u8 = 2;

/// MariaDB: the transaction is the one event that follows.
const MARIADB_STANDALONE: u8 = 1;

/// MariaDB: a number for the group commit stands behind.
const MARIADB_GROUP_COMMIT: u8 = 2;

/// How a transaction is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionId {
    /// MySQL's way.
    MySql(Gtid),
    /// MariaDB's way.
    MariaDb(MariaDbGtid),
    /// Not at all (`gtid_mode=OFF`).
    Anonymous,
}

/// What a transaction's first event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GtidEvent {
    /// Its name.
    pub id: TransactionId,
    /// The transaction may hold statements (DDL), not only rows.
    pub has_statements: bool,
    /// MariaDB: the one event that follows is the whole transaction. (MySQL does not say.)
    pub standalone: bool,
    /// The logical clock: the last transaction of the file that had committed when this one was ready.
    pub last_committed: u64,
    /// The logical clock: its number in the file, from 1.
    pub sequence_number: u64,
    /// When the server that wrote the log committed it: microseconds since 1970, 0 where not said.
    pub immediate_commit: u64,
    /// When the server that it began on committed it.
    pub original_commit: u64,
    /// Bytes of the whole transaction, this event included; 0 where not said.
    pub length: u64,
}

/// What is known of a transaction when it gets its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GtidStamp {
    /// Its name.
    pub gtid: Gtid,
    /// The logical clock, as in [`GtidEvent`].
    pub last_committed: u64,
    /// Its number in the file, from 1.
    pub sequence_number: u64,
    /// Microseconds since 1970.
    pub immediate_commit: u64,
    /// Of a transaction that began on another server: when, and that server's version as a number (80040).
    pub original: Option<(u64, u32)>,
    /// This server's version as a number.
    pub server_version: u32,
}

impl GtidStamp {
    fn known(&self, has_statements: bool) -> Result<Known, EventError> {
        let Source { uuid, tag } = &self.gtid.source;
        let flags = if has_statements { 1 } else { 0 };
        let (original, version) =
            self.original.unwrap_or((self.immediate_commit, self.server_version));
        let event = Known::new(uuid.0, self.gtid.number)
            .with_flags(GtidFlags::from_bits_truncate(flags))
            .with_last_committed(self.last_committed)
            .with_sequence_number(self.sequence_number)
            .with_immediate_commit_timestamp(self.immediate_commit)
            .with_original_commit_timestamp(original)
            .with_immediate_server_version(self.server_version)
            .with_original_server_version(version);
        if tag.as_str().is_empty() {
            return Ok(event);
        }
        let tag = KnownTag::new(tag.as_str().to_owned())
            .map_err(|_| EventError::Malformed("a GTID has a malformed tag"))?;
        Ok(event.with_tag(tag))
    }
}

/// Appends the first event of a transaction whose other events have `rest` bytes.
pub(in super::super) fn put_gtid(
    out: &mut Vec<u8>,
    stamp: &GtidStamp,
    has_statements: bool,
    rest: usize,
    origin: Origin,
) -> Result<(), EventError> {
    let event = stamp.known(has_statements)?;
    let kind = if event.is_tagged() { code::GTID_TAGGED } else { code::GTID };
    // the length counts itself, so it is written again until it no longer grows
    let mut length = rest as u64;
    loop {
        let start = out.len();
        let mut writer = EventWriter::begin(out);
        event.clone().with_tx_length(length).serialize(writer.body());
        let whole = (rest + writer.len() + CHECKSUM_LEN) as u64;
        if whole == length {
            return writer.end(kind, origin, 0);
        }
        out.truncate(start);
        debug_assert!(whole > length, "a longer length is not written shorter");
        length = whole;
    }
}

impl GtidEvent {
    /// Reads the body of an event that [`code`] calls one of the four GTID events.
    pub fn parse(header: &EventHeader, body: &[u8]) -> Result<Self, EventError> {
        match header.code {
            code::MARIADB_GTID => Self::parse_mariadb(header, body),
            code::GTID_TAGGED => Self::parse_tagged(body),
            kind => Self::parse_mysql(kind == code::ANONYMOUS_GTID, body),
        }
    }

    fn parse_mysql(anonymous: bool, body: &[u8]) -> Result<Self, EventError> {
        let mut from = Reader::new(body, "a GTID event");
        let flags = from.u8()?;
        let uuid = Uuid(from.array()?);
        let number = from.u64()?;
        let id = if anonymous {
            TransactionId::Anonymous
        } else {
            named(Source { uuid, tag: Tag::default() }, number)?
        };
        let mut event = Self::plain(id, flags);
        event.parse_clock(&mut from)?;
        Ok(event)
    }

    /// What MySQL 5.7 and 8 added, as far as it is there.
    fn parse_clock(&mut self, from: &mut Reader<'_>) -> Result<(), EventError> {
        if from.rest().first() != Some(&LOGICAL_CLOCK) {
            return Ok(());
        }
        from.u8()?;
        (self.last_committed, self.sequence_number) = (from.u64()?, from.u64()?);
        if from.is_empty() {
            return Ok(());
        }
        let immediate = from.uint(7)?;
        self.immediate_commit = immediate & !(1 << 55);
        let differs = immediate >> 55 != 0;
        self.original_commit = if differs { from.uint(7)? } else { self.immediate_commit };
        self.length = if from.is_empty() { 0 } else { from.packed()? };
        Ok(())
    }

    fn parse_tagged(body: &[u8]) -> Result<Self, EventError> {
        const BAD: EventError = EventError::Malformed("a tagged GTID event is malformed");
        let format = FormatDescriptionEvent::new(BinlogVersion::Version4);
        let context = BinlogCtx::new(body.len() + HEADER_LEN, &format, code::GTID_TAGGED);
        let known = Known::deserialize(context, &mut ParseBuf(body)).map_err(|_| BAD)?;
        let tag = known.tag().map_or(Ok(Tag::default()), |tag| tag.as_str().parse());
        let source = Source { uuid: Uuid(known.sid()), tag: tag.map_err(|_| BAD)? };
        let id = named(source, known.gno())?;
        Ok(Self {
            last_committed: known.last_committed(),
            sequence_number: known.sequence_number(),
            immediate_commit: known.immediate_commit_timestamp(),
            original_commit: known.original_commit_timestamp(),
            length: known.tx_length(),
            ..Self::plain(id, known.flags_raw())
        })
    }

    fn parse_mariadb(header: &EventHeader, body: &[u8]) -> Result<Self, EventError> {
        let mut from = Reader::new(body, "a GTID event");
        let (sequence, domain, flags) = (from.u64()?, from.u32()?, from.u8()?);
        let id = MariaDbGtid { domain, server: header.server_id, sequence };
        let standalone = flags & MARIADB_STANDALONE != 0;
        let commit = if flags & MARIADB_GROUP_COMMIT != 0 { from.u64()? } else { 0 };
        let plain = Self::plain(TransactionId::MariaDb(id), u8::from(standalone));
        Ok(Self { standalone, last_committed: commit, ..plain })
    }

    fn plain(id: TransactionId, flags: u8) -> Self {
        Self {
            id,
            has_statements: flags & 1 != 0,
            standalone: false,
            last_committed: 0,
            sequence_number: 0,
            immediate_commit: 0,
            original_commit: 0,
            length: 0,
        }
    }
}

/// A transaction of MySQL's, its number checked.
fn named(source: Source, number: u64) -> Result<TransactionId, EventError> {
    if number == 0 || number >= i64::MAX as u64 {
        return Err(EventError::Malformed("a GTID has an impossible number"));
    }
    Ok(TransactionId::MySql(Gtid { source, number }))
}
