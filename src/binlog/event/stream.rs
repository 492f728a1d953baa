//! Events as a replica gets them over a connection: some are made up for it, some differ from the file's.
//!
//! A replica says whether it wants checksums. The log's own events always have them, so they are taken off for
//! one that does not; only a format description keeps its own, as all readers since MySQL 5.6 expect.

use super::super::bytes::put_uint;
use super::{
    CHECKSUM_LEN, EventError, EventWriter, HEADER_LEN, Origin, Query, QueryContext, RawEvent, code,
    flag, put_query, seal,
};
use crate::gtid::GtidSet;

/// Where a format description says when its file was begun, from the event's start.
const CREATED_OFFSET: usize = HEADER_LEN + 2 + 50;

/// Where an event's header has its size.
const SIZE_OFFSET: usize = 9;

/// Where an event's header has its flags.
const FLAGS_OFFSET: usize = 17;

/// Ids of collations that came with MySQL 8.0 (`utf8mb4_0900_ai_ci` is 255).
const MYSQL_8_COLLATIONS: std::ops::RangeInclusive<u16> = 255..=323;

/// `utf8mb4_general_ci`.
const GENERAL_CI: u16 = 45;

/// How the events of one stream look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamFormat {
    /// The server that sends: the origin of what is made up.
    pub server_id: u32,
    /// Whether a checksum stands behind each event.
    pub checksum: bool,
}

impl StreamFormat {
    fn origin(self) -> Origin {
        Origin { timestamp: 0, server_id: self.server_id }
    }

    /// "What follows is this file from there on", which no file holds.
    pub fn rotate(self, file: &str, position: u64) -> Result<Vec<u8>, EventError> {
        self.made_up(code::ROTATE, flag::ARTIFICIAL, 0, |body| {
            put_uint(body, position, 8);
            body.extend_from_slice(file.as_bytes());
        })
    }

    /// "Nothing new; you have everything up to there."
    pub fn heartbeat(self, file: &str, position: u64) -> Result<Vec<u8>, EventError> {
        self.made_up(code::HEARTBEAT, 0, position, |body| body.extend_from_slice(file.as_bytes()))
    }

    fn made_up(
        self,
        kind: u8,
        flags: u16,
        end: u64,
        put: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Vec<u8>, EventError> {
        let mut out = Vec::new();
        let mut event = EventWriter::begin(&mut out);
        put(event.body());
        event.end(kind, self.origin(), flags)?;
        seal(&mut out, end);
        self.trim(&mut out);
        Ok(out)
    }

    /// An event of the log.
    pub fn event(self, raw: &RawEvent<'_>) -> Vec<u8> {
        let mut out = raw.bytes.to_vec();
        if raw.has_checksum {
            self.trim(&mut out);
        }
        out
    }

    /// A statement of the log for a MariaDB server, which stops at collations that it does not know: those of
    /// MySQL 8.0 become the general one; and that a definition's rows follow is not said. Its length stays.
    pub fn statement_for_mariadb(self, raw: &RawEvent<'_>) -> Result<Vec<u8>, EventError> {
        let query = Query::parse(raw.body())?;
        let mut vars = query.vars.clone();
        let known = |id: u16| if MYSQL_8_COLLATIONS.contains(&id) { GENERAL_CI } else { id };
        vars.charset = vars.charset.map(|ids| ids.map(known));
        vars.default_collation = vars.default_collation.map(known);
        let sql = without_transaction(query.sql);
        if vars == query.vars && sql == query.sql {
            return Ok(self.event(raw));
        }
        let header = raw.header;
        let context =
            QueryContext { thread_id: query.thread_id, timestamp: header.timestamp, vars };
        let origin = Origin { timestamp: header.timestamp, server_id: header.server_id };
        let schema = String::from_utf8_lossy(query.schema);
        let mut out = Vec::new();
        put_query(&mut out, &context, &schema, &sql, origin, header.flags)?;
        seal(&mut out, u64::from(header.end));
        self.trim(&mut out);
        Ok(out)
    }

    /// A file's format description. One that the replica has not asked for, because it begins inside the file,
    /// counts for no position and does not say that the server started.
    pub fn format(self, raw: &RawEvent<'_>, asked_for: bool) -> Vec<u8> {
        let mut out = raw.bytes.to_vec();
        let end = if asked_for { u64::from(raw.header.end) } else { 0 };
        if let Some(flags) = out.get_mut(FLAGS_OFFSET) {
            *flags &= !(flag::IN_USE as u8);
        }
        if !asked_for && let Some(created) = out.get_mut(CREATED_OFFSET..CREATED_OFFSET + 4) {
            created.fill(0);
        }
        let algorithm = out.len().saturating_sub(CHECKSUM_LEN + 1);
        if let Some(algorithm) = out.get_mut(algorithm) {
            *algorithm = u8::from(self.checksum);
        }
        seal(&mut out, end);
        out
    }

    /// What the files before hold, of which the replica is told only `set`.
    pub fn previous_gtids(self, raw: &RawEvent<'_>, set: &GtidSet) -> Result<Vec<u8>, EventError> {
        let header = raw.header;
        let origin = Origin { timestamp: header.timestamp, server_id: header.server_id };
        let mut out = Vec::new();
        let mut event = EventWriter::begin(&mut out);
        set.encode(event.body());
        event.end(code::PREVIOUS_GTIDS, origin, header.flags)?;
        seal(&mut out, u64::from(header.end));
        self.trim(&mut out);
        Ok(out)
    }

    /// Takes the checksum off where none is wanted.
    fn trim(self, event: &mut Vec<u8>) {
        if self.checksum {
            return;
        }
        event.truncate(event.len().saturating_sub(CHECKSUM_LEN));
        let size = (event.len() as u32).to_le_bytes();
        if let Some(slot) = event.get_mut(SIZE_OFFSET..SIZE_OFFSET + 4) {
            slot.copy_from_slice(&size);
        }
    }
}

/// A definition without MySQL's word that its table's rows follow: blanks stand there.
fn without_transaction(sql: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    const ROWS_FOLLOW: &[u8] = b" START TRANSACTION";
    match sql.strip_suffix(ROWS_FOLLOW) {
        Some(definition) if definition.starts_with(b"CREATE TABLE") => {
            let mut blank = definition.to_vec();
            blank.resize(sql.len(), b' ');
            blank.into()
        }
        _ => sql.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Event, Format, put_format, put_previous_gtids};
    use super::*;

    const WITH: StreamFormat = StreamFormat { server_id: 7, checksum: true };
    const WITHOUT: StreamFormat = StreamFormat { server_id: 7, checksum: false };

    #[test]
    fn made_up_events_read_back_with_and_without_checksum() {
        for stream in [WITH, WITHOUT] {
            let rotate = stream.rotate("binlog.000003", 1234).unwrap();
            let raw = RawEvent::read(&rotate, stream.checksum).unwrap();
            assert_eq!((raw.header.end, raw.header.flags), (0, flag::ARTIFICIAL));
            let format =
                Format { server_version: String::new(), created: 0, has_checksum: stream.checksum };
            assert_eq!(Event::parse(&raw, &format), Ok(Event::Rotate(b"binlog.000003", 1234)));
            let heartbeat = stream.heartbeat("binlog.000003", 99).unwrap();
            let raw = RawEvent::read(&heartbeat, stream.checksum).unwrap();
            assert_eq!((raw.header.code, raw.header.end), (code::HEARTBEAT, 99));
            assert_eq!(raw.body(), b"binlog.000003");
        }
    }

    #[test]
    fn a_format_description_tells_whether_checksums_follow() {
        let mut file = Vec::new();
        put_format(&mut file, "8.0.40", true, Origin { timestamp: 5, server_id: 1 }).unwrap();
        seal(&mut file, 130);
        let raw = RawEvent::read(&file, true).unwrap();
        for (stream, asked_for) in [(WITH, true), (WITHOUT, true), (WITH, false)] {
            let sent = stream.format(&raw, asked_for);
            let sent = RawEvent::read(&sent, true).unwrap();
            let format = Format::parse(sent.body(), true).unwrap();
            assert_eq!(format.has_checksum, stream.checksum);
            assert_eq!(
                (sent.header.end, format.created),
                if asked_for { (130, 5) } else { (0, 0) }
            );
            assert_eq!(sent.header.flags & flag::IN_USE, 0);
        }
    }

    #[test]
    fn mariadb_hears_of_no_collation_of_mysql_8() {
        let vars = super::super::StatusVars {
            flags2: Some(0),
            charset: Some([255, 33, 255]),
            time_zone: Some("+01:00".into()),
            microseconds: Some(5),
            ..Default::default()
        };
        let context = QueryContext { thread_id: 3, timestamp: 9, vars };
        let origin = Origin { timestamp: 9, server_id: 1 };
        let mut event = Vec::new();
        put_query(&mut event, &context, "s", b"create table t(n int)", origin, 8).unwrap();
        seal(&mut event, 500);
        let sent = WITH.statement_for_mariadb(&RawEvent::read(&event, true).unwrap()).unwrap();
        assert_eq!(sent.len(), event.len());
        let raw = RawEvent::read(&sent, true).unwrap();
        let query = Query::parse(raw.body()).unwrap();
        assert_eq!(
            (query.vars.charset, query.sql),
            (Some([45, 33, 45]), &b"create table t(n int)"[..])
        );
        assert_eq!((raw.header.end, raw.header.flags), (500, 8));
    }

    #[test]
    fn an_events_size_follows_its_checksum() {
        let mut file = Vec::new();
        let set: GtidSet = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5".parse().unwrap();
        put_previous_gtids(&mut file, &set, Origin { timestamp: 0, server_id: 1 }).unwrap();
        seal(&mut file, 200);
        let raw = RawEvent::read(&file, true).unwrap();
        let plain = WITHOUT.event(&raw);
        assert_eq!(plain.len() + CHECKSUM_LEN, file.len());
        assert!(RawEvent::read(&plain, false).is_ok());
        assert_eq!(WITH.event(&raw), file);
        assert_eq!(WITH.previous_gtids(&raw, &set).unwrap(), file);
    }
}
