//! Warnings and errors as a server showed them, kept to be shown again after its connection is gone: the answer
//! to `SHOW WARNINGS`, packet by packet. (MySQL internals, "Text Resultset", "Binary Protocol Resultset Row".)

use super::header::put_packet_with;
use super::ok::EofPacket;
use super::reader::{Reader, put_lenenc_bytes, put_lenenc_int};
use super::text_rows::put_end;
use super::{CapabilityFlags, StatusFlags};

/// Of a column definition: everything from the length of the fixed fields on.
const FIXED: usize = 13;
/// Where the type is in it.
const TYPE: usize = 7;

/// MYSQL_TYPE_LONG and MYSQL_TYPE_LONGLONG; all others are sent as text in both protocols here.
const LONG: u8 = 3;
const LONGLONG: u8 = 8;

/// The answer to `SHOW WARNINGS`: Level, Code, Message.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Payloads of the column definitions.
    columns: Vec<Box<[u8]>>,
    /// Payloads of the rows, of the text protocol.
    rows: Vec<Box<[u8]>>,
}

/// Which of them are to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Errors only.
    pub errors: bool,
    /// So many are passed over first.
    pub skip: u64,
    /// So many at most.
    pub limit: u64,
}

impl Conditions {
    /// From the payloads of an answer.
    pub fn new(columns: Vec<Box<[u8]>>, rows: Vec<Box<[u8]>>) -> Self {
        Self { columns, rows }
    }

    /// How many there are, and how many of them are errors.
    pub fn counts(&self) -> (u64, u64) {
        let errors = self.rows.iter().filter(|row| is_error(row)).count();
        (self.rows.len() as u64, errors as u64)
    }

    /// The packets of the answer, numbered from 1, as text or binary rows; and how many rows there are. `None`
    /// where a number is none.
    pub fn answer(
        &self,
        shown: Shown,
        binary: bool,
        capabilities: CapabilityFlags,
        status: StatusFlags,
    ) -> Option<(Vec<u8>, u64)> {
        let (mut out, mut seq) = (Vec::new(), 1);
        let deprecates_eof = capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF);
        let eof = EofPacket { warnings: 0, status };
        put_packet_with(&mut out, &mut seq, |out| put_lenenc_int(out, self.columns.len() as u64));
        for column in &self.columns {
            put_packet_with(&mut out, &mut seq, |out| out.extend_from_slice(column));
        }
        if !deprecates_eof {
            put_packet_with(&mut out, &mut seq, |out| eof.put_payload(out));
        }
        let mut count = 0;
        for row in self.shown(shown) {
            let row = if binary { self.binary(row)? } else { row.to_vec() };
            put_packet_with(&mut out, &mut seq, |out| out.extend_from_slice(&row));
            count += 1;
        }
        put_packet_with(&mut out, &mut seq, |out| match deprecates_eof {
            true => put_end(out, capabilities, status),
            false => eof.put_payload(out),
        });
        Some((out, count))
    }

    fn shown(&self, shown: Shown) -> impl Iterator<Item = &[u8]> {
        let fits = move |row: &&[u8]| !shown.errors || is_error(row);
        let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let rows = self.rows.iter().map(AsRef::as_ref).filter(fits);
        rows.skip(number(shown.skip)).take(number(shown.limit))
    }

    /// A row of the binary protocol.
    fn binary(&self, row: &[u8]) -> Option<Vec<u8>> {
        let mut reader = Reader::new(row);
        let mut out = vec![0];
        // None of the three columns is ever NULL.
        out.resize(1 + (self.columns.len() + 2).div_ceil(8), 0);
        for column in &self.columns {
            let value = reader.lenenc_bytes().ok()?;
            let number = || std::str::from_utf8(value).ok()?.parse::<u64>().ok();
            match kind(column)? {
                LONG => out.extend_from_slice(&u32::try_from(number()?).ok()?.to_le_bytes()),
                LONGLONG => out.extend_from_slice(&number()?.to_le_bytes()),
                _ => put_lenenc_bytes(&mut out, value),
            }
        }
        Some(out)
    }
}

fn kind(column: &[u8]) -> Option<u8> {
    column.len().checked_sub(FIXED).and_then(|at| column.get(at + TYPE)).copied()
}

fn is_error(row: &[u8]) -> bool {
    Reader::new(row).lenenc_bytes().is_ok_and(|level| level.eq_ignore_ascii_case(b"error"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::header::Header;

    const ALL: Shown = Shown { errors: false, skip: 0, limit: u64::MAX };

    fn conditions() -> Conditions {
        let column = |kind: u8| {
            let mut payload = b"\x03def\x00\x00\x00\x05Level\x00".to_vec();
            payload.extend_from_slice(&[0x0c, 45, 0, 7, 0, 0, 0, kind, 0, 0, 31, 0, 0]);
            payload.into_boxed_slice()
        };
        let columns = vec![column(253), column(LONG), column(253)];
        let row = |text: &[u8]| Box::from(text);
        let rows = vec![row(b"\x07Warning\x041365\x01a"), row(b"\x05Error\x041146\x01b")];
        Conditions::new(columns, rows)
    }

    fn payloads(bytes: &[u8]) -> Vec<Vec<u8>> {
        let (mut rest, mut found) = (bytes, Vec::new());
        while let Some(header) = Header::peek(rest) {
            found.push(rest[4..header.packet_len()].to_vec());
            rest = &rest[header.packet_len()..];
        }
        found
    }

    #[test]
    fn they_are_shown_as_they_were() {
        let base = CapabilityFlags::CLIENT_PROTOCOL_41;
        let (bytes, count) =
            conditions().answer(ALL, false, base, StatusFlags::empty()).expect("numbers");
        let packets = payloads(&bytes);
        assert_eq!((packets.len(), count), (8, 2), "count, columns, EOF, rows, EOF");
        assert_eq!(packets[5], b"\x07Warning\x041365\x01a");
        assert_eq!(conditions().counts(), (2, 1));
    }

    #[test]
    fn a_part_of_them_in_binary() {
        let shown = Shown { errors: true, ..ALL };
        let caps = CapabilityFlags::CLIENT_PROTOCOL_41 | CapabilityFlags::CLIENT_DEPRECATE_EOF;
        let (bytes, count) =
            conditions().answer(shown, true, caps, StatusFlags::empty()).expect("numbers");
        let packets = payloads(&bytes);
        assert_eq!((packets.len(), count), (6, 1));
        assert_eq!(packets[4], b"\x00\x00\x05Error\x7a\x04\x00\x00\x01b");
        let none = Shown { skip: 1, ..shown };
        assert_eq!(conditions().answer(none, true, caps, StatusFlags::empty()).expect("none").1, 0);
    }
}
