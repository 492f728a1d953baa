//! The events that begin and end a file: format description, previous GTIDs, rotation.

use super::super::bytes::{EventError, Reader, put_uint};
use super::{EventWriter, HEADER_LEN, Origin, code, flag};
use crate::gtid::GtidSet;

/// The version of the log's format since MySQL 5.0.
const BINLOG_VERSION: u16 = 4;

/// Room for the server's version in a format description.
const VERSION_LEN: usize = 50;

/// CRC-32, the only checksum that there is.
const CHECKSUM_CRC32: u8 = 1;

/// Bytes of the fixed part of each type of event, from type 1, as MySQL 8 writes them and 8.3's tagged GTID.
const FIXED_PARTS: [u8; 42] = [
    0, 13, 0, 8, 0, 0, 0, 0, 4, 0, 4, 0, 0, 0, 99, 0, 4, 26, 8, 0, 0, 0, 8, 8, 8, 2, 0, 0, 0, 10,
    10, 10, 42, 42, 0, 18, 52, 0, 10, 40, 0, 0,
];

/// What a file's first event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The version of the server that wrote it.
    pub server_version: String,
    /// Seconds since 1970 when the server started, 0 in files that it began later.
    pub created: u32,
    /// Whether a checksum stands behind each event.
    pub has_checksum: bool,
}

impl Format {
    /// Reads the body of a format description. Whether it has a checksum itself is not known before: since
    /// MySQL 5.6 it has one behind it if the byte before says so, or that byte is 0; `has_checksum` tells whether
    /// it was taken off.
    pub fn parse(body: &[u8], has_checksum: bool) -> Result<Self, EventError> {
        let mut from = Reader::new(body, "a format description");
        if from.u16()? != BINLOG_VERSION {
            return Err(EventError::Unsupported("a log before version 4".into()));
        }
        let version = from.bytes(VERSION_LEN)?;
        let version = version.split(|byte| *byte == 0).next().unwrap_or_default();
        let created = from.u32()?;
        if usize::from(from.u8()?) != HEADER_LEN {
            return Err(EventError::Malformed("a format description with other headers"));
        }
        let algorithm = from.rest().last().copied();
        if has_checksum && !matches!(algorithm, Some(0 | CHECKSUM_CRC32)) {
            return Err(EventError::Unsupported("this checksum".into()));
        }
        let server_version = String::from_utf8_lossy(version).into_owned();
        let has_checksum = has_checksum && algorithm == Some(CHECKSUM_CRC32);
        Ok(Self { server_version, created, has_checksum })
    }

    /// Whether events of a format description with this body (checksum included) carry checksums: servers
    /// since MySQL 5.6.1 and MariaDB 5.3 end it with the algorithm and a checksum, even when that is off.
    pub fn ends_with_checksum(body: &[u8]) -> bool {
        let version = body.get(2..2 + VERSION_LEN).unwrap_or_default();
        version_number(version) >= 50_601
    }

    /// Whether row events tell what foreign keys do to other tables' rows: our own, and MySQL from 9.6 on.
    pub fn tells_cascades(&self) -> bool {
        let ours = self.server_version.contains("anabranch");
        ours || !self.is_mariadb() && version_number(self.server_version.as_bytes()) >= 90_600
    }

    /// Whether MariaDB wrote it.
    pub fn is_mariadb(&self) -> bool {
        self.server_version.contains("MariaDB")
    }
}

/// `8.0.40-anabranch` as 80040; 0 for what is not a version.
pub(in super::super) fn version_number(text: &[u8]) -> u32 {
    let mut numbers = text.split(|byte| !byte.is_ascii_digit()).take(3).map(|digits| {
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        digits.parse::<u32>().unwrap_or(0).min(99)
    });
    let mut next = || numbers.next().unwrap_or(0);
    next() * 10_000 + next() * 100 + next()
}

/// Appends a format description. `started` if the server starts with this file.
pub fn put_format(
    out: &mut Vec<u8>,
    server_version: &str,
    started: bool,
    origin: Origin,
) -> Result<(), EventError> {
    let mut event = EventWriter::begin(out);
    let body = event.body();
    put_uint(body, u64::from(BINLOG_VERSION), 2);
    let zeros = std::iter::repeat(0);
    body.extend(server_version.bytes().take(VERSION_LEN - 1).chain(zeros).take(VERSION_LEN));
    put_uint(body, if started { u64::from(origin.timestamp) } else { 0 }, 4);
    body.push(HEADER_LEN as u8);
    body.extend_from_slice(&FIXED_PARTS);
    body.push(CHECKSUM_CRC32);
    event.end(code::FORMAT, origin, flag::IN_USE)
}

/// Appends the GTIDs of all files before this one.
pub fn put_previous_gtids(
    out: &mut Vec<u8>,
    set: &GtidSet,
    origin: Origin,
) -> Result<(), EventError> {
    let mut event = EventWriter::begin(out);
    set.encode(event.body());
    event.end(code::PREVIOUS_GTIDS, origin, flag::IGNORABLE)
}

/// Reads the GTIDs of all files before.
pub fn previous_gtids(body: &[u8]) -> Result<GtidSet, EventError> {
    GtidSet::decode(body).map_err(|error| EventError::Malformed(error.0))
}

/// Appends "goes on in that file".
pub fn put_rotate(out: &mut Vec<u8>, next: &str, origin: Origin) -> Result<(), EventError> {
    let mut event = EventWriter::begin(out);
    put_uint(event.body(), 4, 8);
    event.body().extend_from_slice(next.as_bytes());
    event.end(code::ROTATE, origin, 0)
}

/// The file and position at which the log goes on.
pub fn rotate(body: &[u8]) -> Result<(&[u8], u64), EventError> {
    let mut from = Reader::new(body, "a rotation");
    let position = from.u64()?;
    Ok((from.rest(), position))
}
