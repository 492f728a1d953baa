//! A result set of one text value: what the proxy answers by itself. (MySQL internals, "Text Resultset".)

use super::header::put_packet_with;
use super::ok::{EofPacket, OkPacket};
use super::reader::{put_lenenc_bytes, put_lenenc_int};
use super::{CapabilityFlags, StatusFlags};

/// utf8mb4_general_ci
const COLLATION: u16 = 45;
/// MYSQL_TYPE_VAR_STRING
const VAR_STRING: u8 = 0xfd;

/// The packets of the answer, numbered from 1; no value is NULL.
pub fn one_value(
    name: &str,
    value: Option<&str>,
    capabilities: CapabilityFlags,
    status: StatusFlags,
) -> Vec<u8> {
    let (mut out, mut seq) = (Vec::new(), 1);
    let deprecates_eof = capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF);
    put_packet_with(&mut out, &mut seq, |out| out.push(1));
    put_packet_with(&mut out, &mut seq, |out| put_definition(out, name, value.map_or(0, str::len)));
    if !deprecates_eof {
        put_packet_with(&mut out, &mut seq, |out| {
            EofPacket { warnings: 0, status }.put_payload(out)
        });
    }
    put_packet_with(&mut out, &mut seq, |out| match value {
        Some(value) => put_lenenc_bytes(out, value.as_bytes()),
        None => out.push(0xfb),
    });
    put_packet_with(&mut out, &mut seq, |out| match deprecates_eof {
        true => put_end(out, capabilities, status),
        false => EofPacket { warnings: 0, status }.put_payload(out),
    });
    out
}

fn put_definition(out: &mut Vec<u8>, name: &str, length: usize) {
    put_lenenc_bytes(out, b"def");
    for text in ["", "", "", name, ""] {
        put_lenenc_bytes(out, text.as_bytes());
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

    fn packets(capabilities: CapabilityFlags) -> Vec<(u8, Vec<u8>)> {
        let bytes = one_value("@@x", Some("0-1-7"), capabilities, StatusFlags::empty());
        let (mut rest, mut found) = (&bytes[..], Vec::new());
        while let Some(header) = Header::peek(rest) {
            found.push((header.seq, rest[4..header.packet_len()].to_vec()));
            rest = &rest[header.packet_len()..];
        }
        found
    }

    #[test]
    fn both_dialects() {
        let base = CapabilityFlags::CLIENT_PROTOCOL_41;
        let old = packets(base);
        assert_eq!(old.len(), 5);
        assert_eq!(old[3], (4, b"\x050-1-7".to_vec()));
        assert_eq!(old[4].1[0], 0xfe);
        let new = packets(base | CapabilityFlags::CLIENT_DEPRECATE_EOF);
        assert_eq!(new.len(), 4);
        assert_eq!((new[2].1.as_slice(), new[3].1[0]), (&b"\x050-1-7"[..], 0xfe));
    }
}
