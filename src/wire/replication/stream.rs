//! The packets of a dump: an event each, with semi-sync's two bytes in front where that was agreed on.
//!
//! ```text
//! 00 | [ef flag] | event      flag 1: the replica is to acknowledge it
//! fe …  (under 9 bytes)       the end, of a dump that does not wait
//! ff …                        an error
//! ```
//!
//! Sequence numbers count on from the command's, modulo 256. Semi-sync's acknowledgement is a packet with number
//! 0, so both sides begin anew there: the packet after an event with flag 1 has number 1, whenever the
//! acknowledgement comes.

use super::acknowledge::ACK;
use crate::wire::error::ServerError;
use crate::wire::header::{HEADER_LEN, Header, MAX_PAYLOAD};
use crate::wire::{Malformed, reader::Reader};

/// The next packet's sequence number after one that asks for an acknowledgement.
pub const fn sequence_after_need_ack() -> u8 {
    1
}

/// A packet of a dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamPacket<'a> {
    /// An event.
    Event {
        /// It must be acknowledged.
        needs_ack: bool,
        /// Header, body, checksum if agreed on.
        event: &'a [u8],
    },
    /// A dump that does not wait has ended.
    End,
    /// Why it ended.
    Error(ServerError),
}

impl<'a> StreamPacket<'a> {
    /// Reads a packet's payload; `semi_sync` says whether its two bytes were agreed on.
    pub fn parse(payload: &'a [u8], semi_sync: bool) -> Result<Self, Malformed> {
        let mut from = Reader::new(payload);
        match from.u8()? {
            0 => {}
            0xfe if payload.len() < 9 => return Ok(Self::End),
            0xff => return ServerError::parse(payload).map(Self::Error),
            _ => return Err(Malformed("not a packet of a dump")),
        }
        let mut needs_ack = false;
        if semi_sync {
            let [magic, flag] = from.array()?;
            if magic != ACK {
                return Err(Malformed("an event without semi-sync's header"));
            }
            needs_ack = flag & 1 != 0;
        }
        Ok(Self::Event { needs_ack, event: from.rest() })
    }
}

/// Appends the packet, or packets, of an event. `needs_ack` is none where semi-sync was not agreed on.
pub fn put_event(out: &mut Vec<u8>, sequence: &mut u8, needs_ack: Option<bool>, event: &[u8]) {
    let flags = [0, ACK, u8::from(needs_ack == Some(true))];
    let prefix = flags.get(..if needs_ack.is_some() { 3 } else { 1 }).unwrap_or_default();
    let mut left = prefix.len() + event.len();
    let mut bytes = prefix;
    let mut rest = event;
    loop {
        let len = left.min(MAX_PAYLOAD);
        let header = Header { len: len as u32, seq: *sequence };
        out.extend_from_slice(&header.to_bytes());
        out.extend_from_slice(bytes);
        let (part, tail) = rest.split_at(rest.len().min(len - bytes.len()));
        out.extend_from_slice(part);
        *sequence = sequence.wrapping_add(1);
        (rest, bytes) = (tail, &[]);
        left -= len;
        if !header.continues() {
            break;
        }
    }
    if needs_ack == Some(true) {
        *sequence = sequence_after_need_ack();
    }
}

/// Bytes that [`put_event`] adds to an event's own, for those who reserve.
pub const fn packet_overhead(event: usize) -> usize {
    3 + ((event + 3) / MAX_PAYLOAD + 1) * HEADER_LEN
}
