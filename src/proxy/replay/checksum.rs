//! What makes two answers the same: every byte of definitions and rows, counts, insert ids, warnings, messages, and
//! the status flags that mean something to clients. Left out: packet numbers, session tracking with its
//! GTIDs, and flags that tell how the server went about it.
//!
//! It does not depend on how the bytes came in pieces, nor on which of the two forms end-of-rows has.

use aws_lc_rs::digest::{Context, SHA256};

use crate::wire::StatusFlags;
use crate::wire::header::HEADER_LEN;
use crate::wire::ok::OkPacket;

/// The checksum of a whole answer.
pub type Sum = [u8; 16];

/// Flags that two runs of one statement may differ in.
const INCIDENTAL: StatusFlags = StatusFlags::SERVER_SESSION_STATE_CHANGED
    .union(StatusFlags::SERVER_STATUS_NO_GOOD_INDEX_USED)
    .union(StatusFlags::SERVER_STATUS_NO_INDEX_USED)
    .union(StatusFlags::SERVER_QUERY_WAS_SLOW)
    .union(StatusFlags::SERVER_STATUS_METADATA_CHANGED);

/// The checksum of an answer that is on its way.
pub struct Checksum {
    context: Context,
    /// Bytes of the current plain packet still to come, header included.
    left: usize,
    /// Bytes of its header that were seen.
    header: usize,
    len: usize,
}

impl Default for Checksum {
    fn default() -> Self {
        Self { context: Context::new(&SHA256), left: 0, header: 0, len: 0 }
    }
}

impl Checksum {
    /// Plain packets, or pieces of them: definitions and rows.
    pub fn plain(&mut self, mut bytes: &[u8]) {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.header < HEADER_LEN {
                self.header_byte(first);
                bytes = rest;
                continue;
            }
            let (here, rest) = bytes.split_at(self.left.min(bytes.len()));
            self.context.update(here);
            self.left -= here.len();
            bytes = rest;
            self.end_packet();
        }
    }

    /// All of a header but the packet's number counts.
    fn header_byte(&mut self, byte: u8) {
        if self.header < HEADER_LEN - 1 {
            self.len |= usize::from(byte) << (8 * self.header);
            self.context.update(&[byte]);
        }
        self.header += 1;
        if self.header == HEADER_LEN {
            self.left = std::mem::take(&mut self.len);
            self.end_packet();
        }
    }

    fn end_packet(&mut self) {
        if self.left == 0 && self.header == HEADER_LEN {
            self.header = 0;
        }
    }

    /// An OK that is a result of its own.
    pub fn ok(&mut self, ok: &OkPacket<'_>) {
        self.context.update(b"O");
        self.context.update(&ok.affected_rows.to_le_bytes());
        self.context.update(&ok.last_insert_id.to_le_bytes());
        self.end(ok.status, ok.warnings);
        self.context.update(&(ok.info.len() as u64).to_le_bytes());
        self.context.update(ok.info);
    }

    /// The end of rows.
    pub fn rows_end(&mut self, status: StatusFlags, warnings: u16) {
        self.context.update(b"E");
        self.end(status, warnings);
    }

    /// An error's payload.
    pub fn error(&mut self, payload: &[u8]) {
        self.context.update(b"X");
        self.context.update(&(payload.len() as u64).to_le_bytes());
        self.context.update(payload);
    }

    fn end(&mut self, status: StatusFlags, warnings: u16) {
        let told = status.difference(INCIDENTAL);
        self.context.update(&told.bits().to_le_bytes());
        self.context.update(&warnings.to_le_bytes());
    }

    /// The sum.
    pub fn finish(self) -> Sum {
        let digest = self.context.finish();
        let mut sum = Sum::default();
        sum.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two packets, the second of them empty, numbered from `number`.
    fn packets(number: u8) -> Vec<u8> {
        [&[3, 0, 0, number][..], b"abc", &[0, 0, 0, number + 1], &[1, 0, 0, number + 2], b"z"]
            .concat()
    }

    fn sum_of(pieces: &[&[u8]]) -> Sum {
        let mut checksum = Checksum::default();
        pieces.iter().for_each(|piece| checksum.plain(piece));
        checksum.finish()
    }

    #[test]
    fn pieces_and_numbers_do_not_matter() {
        let whole = packets(1);
        for at in 0..=whole.len() {
            let (before, after) = whole.split_at(at);
            assert_eq!(sum_of(&[before, after]), sum_of(&[&packets(7)]), "cut at {at}");
        }
    }

    #[test]
    fn where_packets_begin_matters() {
        let one = [&[4, 0, 0, 1][..], b"abcd"].concat();
        let two = [&[3, 0, 0, 1][..], b"abc", &[1, 0, 0, 2], b"d"].concat();
        assert_ne!(sum_of(&[&one]), sum_of(&[&two]));
    }

    fn ok(insert_id: u64, status: StatusFlags) -> Sum {
        let mut checksum = Checksum::default();
        let session_state = if insert_id == 0 { &b"\x01"[..] } else { &[] };
        checksum.ok(&OkPacket {
            header: 0,
            affected_rows: 1,
            last_insert_id: insert_id,
            status,
            warnings: 0,
            info: b"",
            session_state,
        });
        checksum.finish()
    }

    #[test]
    fn insert_ids_and_transactions_matter_and_plans_do_not() {
        let open = StatusFlags::SERVER_STATUS_IN_TRANS;
        assert_ne!(ok(1, open), ok(2, open));
        assert_ne!(ok(1, open), ok(1, StatusFlags::empty()));
        assert_eq!(ok(1, open), ok(1, open | INCIDENTAL));
    }
}
