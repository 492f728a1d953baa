//! A result set of text: what the proxy answers by itself. (MySQL internals, "Text Resultset"; for MariaDB's
//! extended metadata its knowledge base, "Result Set Packets".)

use super::header::put_packet_with;
use super::ok::{EofPacket, OkPacket};
use super::reader::{put_lenenc_bytes, put_lenenc_int};
use super::{CapabilityFlags, MariadbCapabilities, StatusFlags};

/// utf8mb4_general_ci
const COLLATION: u16 = 45;
/// MYSQL_TYPE_VAR_STRING
const VAR_STRING: u8 = 0xfd;
/// Begins a value that is NULL.
const NULL: u8 = 0xfb;

/// A row; `None` is NULL.
pub type Row = Vec<Option<String>>;

/// Who reads it.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// The client's flags.
    pub capabilities: CapabilityFlags,
    /// MariaDB's own.
    pub mariadb_capabilities: MariadbCapabilities,
    /// The status flags at the end.
    pub status: StatusFlags,
}

/// The packets of the answer, numbered from 1.
pub fn text_rows(columns: &[&str], rows: &[Row], reader: Reader) -> Vec<u8> {
    let (mut out, mut seq) = (Vec::new(), 1);
    let deprecates_eof = reader.capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF);
    let eof = EofPacket { warnings: 0, status: reader.status };
    put_packet_with(&mut out, &mut seq, |out| put_lenenc_int(out, columns.len() as u64));
    for (at, name) in columns.iter().enumerate() {
        let lengths = rows.iter().filter_map(|row| row.get(at)?.as_ref().map(String::len));
        let length = lengths.max().unwrap_or(0);
        put_packet_with(&mut out, &mut seq, |out| put_definition(out, name, length, reader));
    }
    if !deprecates_eof {
        put_packet_with(&mut out, &mut seq, |out| eof.put_payload(out));
    }
    for row in rows {
        put_packet_with(&mut out, &mut seq, |out| {
            put_text_row(out, row.iter().map(|value| value.as_deref()));
        });
    }
    put_packet_with(&mut out, &mut seq, |out| match deprecates_eof {
        true => put_end(out, reader.capabilities, reader.status),
        false => eof.put_payload(out),
    });
    out
}

/// The payload of one row.
pub fn put_text_row<'a>(out: &mut Vec<u8>, values: impl Iterator<Item = Option<&'a str>>) {
    for value in values {
        match value {
            Some(value) => put_lenenc_bytes(out, value.as_bytes()),
            None => out.push(NULL),
        }
    }
}

fn put_definition(out: &mut Vec<u8>, name: &str, length: usize, reader: Reader) {
    put_lenenc_bytes(out, b"def");
    for text in ["", "", "", name, ""] {
        put_lenenc_bytes(out, text.as_bytes());
    }
    let extended = MariadbCapabilities::MARIADB_CLIENT_EXTENDED_METADATA;
    if reader.mariadb_capabilities.contains(extended) {
        put_lenenc_bytes(out, b"");
    }
    put_lenenc_int(out, 0x0c);
    out.extend_from_slice(&COLLATION.to_le_bytes());
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    out.push(VAR_STRING);
    out.extend_from_slice(&[0, 0, 31, 0, 0]);
}

/// An OK that stands for the end of rows.
pub(super) fn put_end(out: &mut Vec<u8>, capabilities: CapabilityFlags, status: StatusFlags) {
    let ok = OkPacket {
        header: 0xfe,
        affected_rows: 0,
        last_insert_id: 0,
        status,
        warnings: 0,
        info: b"",
        session_state: b"",
    };
    ok.put_payload(out, capabilities, |_| false);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::header::Header;

    const BASE: CapabilityFlags = CapabilityFlags::CLIENT_PROTOCOL_41;

    fn packets(
        capabilities: CapabilityFlags,
        mariadb_capabilities: MariadbCapabilities,
    ) -> Vec<(u8, Vec<u8>)> {
        let status = StatusFlags::empty();
        let reader = Reader { capabilities, mariadb_capabilities, status };
        let rows = [vec![Some("0-1-7".to_owned()), None]];
        let bytes = text_rows(&["@@x", "y"], &rows, reader);
        let (mut rest, mut found) = (&bytes[..], Vec::new());
        while let Some(header) = Header::peek(rest) {
            found.push((header.seq, rest[4..header.packet_len()].to_vec()));
            rest = &rest[header.packet_len()..];
        }
        found
    }

    #[test]
    fn both_dialects() {
        let none = MariadbCapabilities::empty();
        let old = packets(BASE, none);
        assert_eq!(old.len(), 6);
        assert_eq!(old[4], (5, b"\x050-1-7\xfb".to_vec()));
        assert_eq!(old[5].1[0], 0xfe);
        let new = packets(BASE | CapabilityFlags::CLIENT_DEPRECATE_EOF, none);
        assert_eq!(new.len(), 5);
        assert_eq!((new[3].1.as_slice(), new[4].1[0]), (&b"\x050-1-7\xfb"[..], 0xfe));
    }

    #[test]
    fn extended_metadata_has_a_place_of_its_own() {
        let plain = packets(BASE, MariadbCapabilities::empty());
        let wide = packets(BASE, MariadbCapabilities::MARIADB_CLIENT_EXTENDED_METADATA);
        assert_eq!(wide[1].1.len(), plain[1].1.len() + 1);
    }
}
