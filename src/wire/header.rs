//! Packet headers: three bytes of length, one of sequence.
//!
//! ```text
//! 05 00 00 01 | 0e ...      a payload of 5 bytes, second packet of its exchange
//! ff ff ff 00 | 16777215 B  a payload that goes on in the next packet (also when that one is empty)
//! ```

/// Bytes of a packet header.
pub const HEADER_LEN: usize = 4;
/// The longest payload of one packet; one this long goes on in the next packet.
pub const MAX_PAYLOAD: usize = 0xff_ffff;

/// A packet's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Bytes of payload, at most [`MAX_PAYLOAD`].
    pub len: u32,
    /// Place in the exchange; both sides count on from the other's last, modulo 256.
    pub seq: u8,
}

impl Header {
    /// Reads a header; every four bytes are one.
    pub const fn parse([a, b, c, seq]: [u8; HEADER_LEN]) -> Self {
        Self { len: u32::from_le_bytes([a, b, c, 0]), seq }
    }

    /// Reads the header at the start of `bytes`, if all of it is there.
    pub fn peek(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk::<HEADER_LEN>().map(|bytes| Self::parse(*bytes))
    }

    /// The header's bytes.
    pub const fn to_bytes(self) -> [u8; HEADER_LEN] {
        let [a, b, c, _] = self.len.to_le_bytes();
        [a, b, c, self.seq]
    }

    /// Header and payload, in bytes.
    pub const fn packet_len(self) -> usize {
        HEADER_LEN + self.len as usize
    }

    /// Whether the logical payload goes on in the next packet.
    pub const fn continues(self) -> bool {
        self.len as usize == MAX_PAYLOAD
    }
}

/// Appends `payload` as one packet, or several when it is [`MAX_PAYLOAD`] or longer, counting `seq` up.
pub fn put_packet(out: &mut Vec<u8>, seq: &mut u8, payload: &[u8]) {
    out.reserve(HEADER_LEN + payload.len());
    let mut rest = payload;
    loop {
        let (part, tail) = rest.split_at(rest.len().min(MAX_PAYLOAD));
        let header = Header { len: part.len() as u32, seq: *seq };
        out.extend_from_slice(&header.to_bytes());
        out.extend_from_slice(part);
        *seq = seq.wrapping_add(1);
        rest = tail;
        if !header.continues() {
            return;
        }
    }
}

/// Appends the packet that `write` makes, its header filled in afterwards: no second buffer.
///
/// The payload must be shorter than [`MAX_PAYLOAD`]; a longer one is cut into packets at the cost of a copy.
pub fn put_packet_with(out: &mut Vec<u8>, seq: &mut u8, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_LEN]);
    write(out);
    let payload_start = start + HEADER_LEN;
    let len = out.len() - payload_start;
    if len >= MAX_PAYLOAD {
        let payload = out.split_off(payload_start);
        out.truncate(start);
        return put_packet(out, seq, &payload);
    }
    let header = Header { len: len as u32, seq: *seq }.to_bytes();
    if let Some(place) = out.get_mut(start..payload_start) {
        place.copy_from_slice(&header);
    }
    *seq = seq.wrapping_add(1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn headers_are_little_endian() {
        let header = Header { len: 5, seq: 1 };
        assert_eq!(header.to_bytes(), [5, 0, 0, 1]);
        assert_eq!(Header::peek(&[5, 0, 0, 1, 0x0e]), Some(header));
        assert_eq!(Header::peek(&[5, 0, 0]), None);
        assert!(Header::parse([0xff, 0xff, 0xff, 0]).continues());
    }

    #[test]
    fn a_full_payload_is_followed_by_an_empty_packet() {
        for (len, packets) in [(MAX_PAYLOAD - 1, 1), (MAX_PAYLOAD, 2), (MAX_PAYLOAD + 1, 2)] {
            let (payload, mut out, mut again) = (vec![7; len], Vec::new(), Vec::new());
            let (mut seq, mut seq_again) = (255, 255);
            put_packet(&mut out, &mut seq, &payload);
            put_packet_with(&mut again, &mut seq_again, |out| out.extend_from_slice(&payload));
            assert_eq!(usize::from(seq.wrapping_add(1)), packets);
            assert_eq!(out.len(), len + packets * HEADER_LEN);
            assert!(out == again && seq == seq_again);
        }
    }

    proptest! {
        #[test]
        fn every_header_survives(bytes: [u8; 4]) {
            prop_assert_eq!(Header::parse(bytes).to_bytes(), bytes);
        }
    }
}
