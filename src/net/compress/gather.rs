//! Gathers packets for a frame, and decides where frames end.
//!
//! The protocol lets a frame end anywhere, but servers have habits that clients rely on: a packet
//! lies in two frames at most (MySQL Connector/Python's own implementation reads no third one, and
//! stumbles over a packet header in two pieces). So frames end where packets do:
//!
//! * whole packets are gathered up to [`FRAME`];
//! * a longer packet, up to [`MAX_GATHERED`], is a frame by itself;
//! * of an even longer one the first bytes, at least its header, go with what is there, and the rest
//!   is one frame that is not deflated, for only then is its length known before all of it has come.

use crate::net::buffer::{Buffer, CHUNK};
use crate::wire::header::{HEADER_LEN, Header};

/// So many bytes make a frame: what one read from a server brings, and the packet left over from the
/// read before.
pub const FRAME: usize = 2 * CHUNK;

/// The longest packet that is deflated, header included, in bytes. It bounds a connection's memory and
/// how long one frame keeps its thread (a millisecond or two).
pub const MAX_GATHERED: usize = 256 * 1024;

/// What became of bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// So many were taken, at least one.
    Bytes(usize),
    /// None, until the first `len` of the gathered bytes are gone.
    Full { len: usize },
    /// None: a packet is too long to be gathered. All gathered bytes, which are `len`, are to be a
    /// frame, and `rest` bytes that follow another one.
    TooLong { len: usize, rest: usize },
}

/// Packets of which no frame has been made yet.
#[derive(Default)]
pub struct Gatherer {
    buffer: Buffer,
    /// Length of the packets at the front that are whole; at most one more follows.
    whole: usize,
}

impl Gatherer {
    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        self.buffer.unread()
    }

    /// The length of the packets that are whole.
    pub fn whole(&self) -> usize {
        self.whole
    }

    /// The first `len` bytes have become a frame.
    pub fn consume(&mut self, len: usize) {
        self.buffer.consume(len);
        self.whole = self.whole.saturating_sub(len);
    }

    /// Takes some of `bytes` (not empty), at most up to the end of a packet or of its header.
    pub fn take(&mut self, bytes: &[u8]) -> Taken {
        let begun = self.bytes().len() - self.whole;
        let wanted = self.packet_len().unwrap_or(HEADER_LEN);
        if wanted > MAX_GATHERED {
            return Taken::TooLong { len: self.bytes().len(), rest: wanted - begun };
        }
        let total = self.whole + wanted;
        if total > FRAME && self.whole > 0 {
            return Taken::Full { len: self.whole };
        }
        self.buffer.reserve(if total > CHUNK { total.max(FRAME) } else { total });
        let n = bytes.len().min(wanted - begun);
        self.buffer.free()[..n].copy_from_slice(&bytes[..n]);
        self.buffer.filled(n);
        if self.packet_len() == Some(begun + n) {
            self.whole += begun + n;
        }
        Taken::Bytes(n)
    }

    /// The length of the packet that has begun, once its header is there.
    fn packet_len(&self) -> Option<usize> {
        let begun = self.bytes().get(self.whole..)?;
        Header::peek(begun).map(Header::packet_len)
    }

    #[cfg(test)]
    pub fn is_released(&self) -> bool {
        self.buffer.is_released()
    }
}
