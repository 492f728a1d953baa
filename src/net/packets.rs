//! Packets for the login phases: few, small, one at a time.
//!
//! Reads never go past the packet that is asked for, so that TLS can start on the same socket, and so that
//! the session finds all that follows. The hot path has its own buffers.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::stream::Stream;
use crate::wire::header::{HEADER_LEN, Header, put_packet_with};

/// The longest payload of a login phase, in bytes: attributes of 64 KiB would be refused anyway.
pub const MAX_LOGIN_PAYLOAD: usize = 64 * 1024;

/// Why a packet could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PacketError {
    /// The connection failed or ended.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Longer than [`MAX_LOGIN_PAYLOAD`].
    #[error("a packet of the login is too long")]
    TooLong,
    /// Its sequence number is not the one that follows.
    #[error("packets out of order")]
    OutOfOrder,
}

/// A stream and the sequence number of its next packet, in either direction.
#[derive(Debug)]
pub struct Packets<'a> {
    stream: &'a mut Stream,
    seq: u8,
}

impl<'a> Packets<'a> {
    /// `seq` is that of the next packet, sent or received.
    pub fn new(stream: &'a mut Stream, seq: u8) -> Self {
        Self { stream, seq }
    }

    /// The next packet's sequence number.
    pub fn seq(&self) -> u8 {
        self.seq
    }

    /// The stream beneath.
    pub fn stream(&self) -> &Stream {
        self.stream
    }

    /// Reads one payload. A wrong sequence number does not end it when `any_order`: servers number the error
    /// that they send instead of a greeting as they like.
    pub async fn read_any(&mut self, any_order: bool) -> Result<Vec<u8>, PacketError> {
        let mut header = [0; HEADER_LEN];
        self.stream.read_exact(&mut header).await?;
        let header = Header::parse(header);
        let len = header.len as usize;
        if len > MAX_LOGIN_PAYLOAD {
            return Err(PacketError::TooLong);
        }
        let seq = if self.stream.is_compressed() { self.seq } else { header.seq };
        if seq != self.seq && !any_order {
            return Err(PacketError::OutOfOrder);
        }
        self.seq = seq.wrapping_add(1);
        let mut payload = vec![0; len];
        self.stream.read_exact(&mut payload).await?;
        Ok(payload)
    }

    /// Reads one payload whose turn it is.
    pub async fn read(&mut self) -> Result<Vec<u8>, PacketError> {
        self.read_any(false).await
    }

    /// Sends the payload that `write` makes.
    pub async fn send_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let mut packet = zeroize::Zeroizing::new(Vec::with_capacity(256));
        put_packet_with(&mut packet, &mut self.seq, write);
        self.stream.write_all(&packet).await?;
        self.stream.flush().await
    }

    /// Sends a payload.
    pub async fn send(&mut self, payload: &[u8]) -> io::Result<()> {
        self.send_with(|out| out.extend_from_slice(payload)).await
    }
}
