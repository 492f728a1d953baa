//! Events that come compressed: MySQL's transactions, MariaDB's statements and rows.
//!
//! ```text
//! MariaDB   0x80 | length of the length     length, highest byte first     zlib
//! MySQL     TRANSACTION_PAYLOAD: fields, then zstd of the transaction's events, without checksums
//! ```

use std::io::Read;

use mysql_common::binlog::BinlogCtx;
use mysql_common::binlog::consts::BinlogVersion;
use mysql_common::binlog::events::{FormatDescriptionEvent, TransactionPayloadEvent};
use mysql_common::io::ParseBuf;
use mysql_common::proto::MyDeserialize;

use crate::binlog::bytes::{EventError, Reader};
use crate::binlog::event::{EventHeader, HEADER_LEN, MAX_EVENT, RawEvent, code};

/// Most bytes of a transaction that is unpacked, in memory at once.
const MAX_TRANSACTION: u64 = 1 << 30;

const BAD: EventError = EventError::Malformed("a compressed event cannot be unpacked");

/// The type that a compressed event of MariaDB has when it is unpacked.
fn unpacked(kind: u8) -> Option<u8> {
    Some(match kind {
        code::MARIADB_QUERY_COMPRESSED => code::QUERY,
        166 => code::WRITE_ROWS_V1,
        167 => code::UPDATE_ROWS_V1,
        168 => code::DELETE_ROWS_V1,
        169 => code::WRITE_ROWS,
        170 => code::UPDATE_ROWS,
        171 => code::DELETE_ROWS,
        _ => return None,
    })
}

/// A compressed event of MariaDB as the event that it stands for, without a checksum; `None` for any other.
///
/// # Errors
/// It cannot be unpacked.
pub fn mariadb(raw: &RawEvent<'_>) -> Result<Option<Vec<u8>>, EventError> {
    let Some(kind) = unpacked(raw.header.code) else { return Ok(None) };
    let body = raw.body();
    let plain = plain_part(kind, body)?;
    let (front, packed) = body.split_at_checked(plain).ok_or(BAD)?;
    let mut out = vec![0; HEADER_LEN];
    out.extend_from_slice(front);
    inflate(packed, &mut out)?;
    let size = u32::try_from(out.len()).map_err(|_| BAD)?;
    let header = EventHeader { code: kind, size, ..raw.header };
    put_header(&header, &mut out);
    Ok(Some(out))
}

/// Bytes before the compressed part.
fn plain_part(kind: u8, body: &[u8]) -> Result<usize, EventError> {
    let mut from = Reader::new(body, "a compressed event");
    if kind == code::QUERY {
        from.bytes(8)?;
        let schema = usize::from(from.u8()?);
        from.u16()?;
        let vars = usize::from(from.u16()?);
        return Ok(13 + vars + schema + 1);
    }
    from.bytes(8)?;
    if matches!(kind, code::WRITE_ROWS | code::UPDATE_ROWS | code::DELETE_ROWS) {
        let extra = usize::from(from.u16()?);
        from.bytes(extra.checked_sub(2).ok_or(BAD)?)?;
    }
    let columns = from.count(crate::binlog::row::MAX_COLUMNS)?;
    let maps = if matches!(kind, code::UPDATE_ROWS | code::UPDATE_ROWS_V1) { 2 } else { 1 };
    from.bytes(columns.div_ceil(8) * maps)?;
    Ok(body.len() - from.rest().len())
}

fn inflate(packed: &[u8], out: &mut Vec<u8>) -> Result<(), EventError> {
    let mut from = Reader::new(packed, "a compressed event");
    let head = from.u8()?;
    // The top bit is always set; the next three are the method, 0 for zlib.
    if head & 0xf0 != 0x80 {
        return Err(BAD);
    }
    let length = from.uint_be(usize::from(head & 0x07))?;
    if length > MAX_EVENT as u64 {
        return Err(BAD);
    }
    let start = out.len();
    let read = flate2::read::ZlibDecoder::new(from.rest()).take(length + 1).read_to_end(out);
    match read {
        Ok(_) if (out.len() - start) as u64 == length => Ok(()),
        _ => Err(BAD),
    }
}

fn put_header(header: &EventHeader, out: &mut [u8]) {
    let parts = (header.timestamp.to_le_bytes().into_iter())
        .chain([header.code])
        .chain(header.server_id.to_le_bytes())
        .chain(header.size.to_le_bytes())
        .chain(header.end.to_le_bytes())
        .chain(header.flags.to_le_bytes());
    out.iter_mut().zip(parts).for_each(|(slot, byte)| *slot = byte);
}

/// The events in a compressed transaction of MySQL's, one behind the other, without checksums.
///
/// # Errors
/// It cannot be unpacked.
pub fn payload(raw: &RawEvent<'_>) -> Result<Vec<u8>, EventError> {
    let body = raw.body();
    let format = FormatDescriptionEvent::new(BinlogVersion::Version4);
    let context = BinlogCtx::new(body.len() + HEADER_LEN, &format, code::TRANSACTION_PAYLOAD);
    let event = TransactionPayloadEvent::deserialize(context, &mut ParseBuf(body));
    let event = event.map_err(|_| BAD)?;
    let mut out = Vec::new();
    let unpacked = event.decompressed().map_err(|_| BAD)?;
    unpacked.take(MAX_TRANSACTION + 1).read_to_end(&mut out).map_err(|_| BAD)?;
    match out.len() as u64 > MAX_TRANSACTION {
        true => Err(EventError::Unsupported("a compressed transaction of more than 1 GiB".into())),
        false => Ok(out),
    }
}

/// The next of such events, and the bytes after it.
///
/// # Errors
/// They are not events.
pub fn next_event(bytes: &[u8]) -> Result<Option<(RawEvent<'_>, &[u8])>, EventError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let header = EventHeader::read(&mut Reader::new(bytes, "an event's header"))?;
    let (event, rest) = bytes.split_at_checked(header.size as usize).ok_or(BAD)?;
    Ok(Some((RawEvent::read(event, false)?, rest)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_compressed_statement_comes_back() {
        let mut body = vec![0; 13];
        body.push(0);
        let sql = b"CREATE TABLE t (a INT)";
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Default::default());
        zlib.write_all(sql).unwrap();
        body.extend_from_slice(&[0x81, sql.len() as u8]);
        body.extend_from_slice(&zlib.finish().unwrap());
        let size = (HEADER_LEN + body.len()) as u32;
        let header = EventHeader {
            timestamp: 1,
            code: code::MARIADB_QUERY_COMPRESSED,
            server_id: 2,
            size,
            end: 3,
            flags: 0,
        };
        let mut bytes = vec![0; HEADER_LEN];
        put_header(&header, &mut bytes);
        bytes.extend_from_slice(&body);
        let raw = RawEvent::read(&bytes, false).unwrap();
        let plain = mariadb(&raw).unwrap().unwrap();
        let plain = RawEvent::read(&plain, false).unwrap();
        assert_eq!(plain.header.code, code::QUERY);
        assert!(plain.body().ends_with(sql));
        let short = RawEvent { bytes: &bytes[..bytes.len() - 3], ..raw };
        assert!(mariadb(&short).is_err());
    }
}
