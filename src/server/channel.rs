//! One client's connection as commands in and packets out.
//!
//! A command is read whole, joined from its packets and bounded by `max_allowed_packet`. Answers are
//! gathered in a buffer and go out in large writes: a point select's whole answer is one system call.

use std::io;

use crate::net::Pipe;
use crate::wire::error::ServerError;
use crate::wire::header::{HEADER_LEN, Header, put_packet, put_packet_with};

/// What the buffer keeps of its memory between commands, in bytes.
const KEEP: usize = 16 * 1024;

/// Why no command could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The connection failed or ended.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Longer than `max_allowed_packet`; the client is to be told and the connection closed.
    #[error("a command is longer than max_allowed_packet")]
    TooLong,
    /// A packet whose number is not the one that follows.
    #[error("packets out of order")]
    OutOfOrder,
}

impl ReadError {
    /// What the client is told; nothing when it cannot hear.
    pub fn to_client(&self) -> Option<ServerError> {
        match self {
            Self::Io(_) => None,
            Self::TooLong => Some(ServerError::packet_too_large()),
            Self::OutOfOrder => Some(ServerError::packets_out_of_order()),
        }
    }
}

/// A client's connection.
pub struct Channel {
    pipe: Pipe,
    out: Vec<u8>,
    seq: u8,
    /// How often `out` was sent.
    flushes: u64,
}

/// A point in what is being sent.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    unsent: usize,
    seq: u8,
    flushes: u64,
}

impl Channel {
    /// A channel whose next packet to send has the number `seq`.
    pub fn new(pipe: Pipe, seq: u8) -> Self {
        Self { pipe, out: Vec::new(), seq, flushes: 0 }
    }

    /// The pipe, for an exchange outside of commands.
    pub fn pipe_mut(&mut self) -> &mut Pipe {
        &mut self.pipe
    }

    /// The number of the next packet to send.
    pub fn seq(&self) -> u8 {
        self.seq
    }

    /// After an exchange outside of commands: the number of the next packet to send.
    pub fn set_seq(&mut self, seq: u8) {
        self.seq = seq;
    }

    /// The compressed protocol from here on. Nothing may be unread or unsent.
    pub fn compressed(self) -> Self {
        Self { pipe: self.pipe.compressed(), ..self }
    }

    /// Reads the next command, its byte included, into `command`.
    pub async fn read_command(
        &mut self,
        command: &mut Vec<u8>,
        max_bytes: usize,
    ) -> Result<(), ReadError> {
        self.seq = 0;
        self.read_message(command, max_bytes).await
    }

    /// Reads a payload that may span packets: a command, or a piece of LOAD DATA LOCAL's file.
    pub async fn read_message(
        &mut self,
        message: &mut Vec<u8>,
        max_bytes: usize,
    ) -> Result<(), ReadError> {
        message.clear();
        loop {
            let header = self.next_header().await?;
            let len = header.len as usize;
            if message.len() + len > max_bytes {
                return Err(ReadError::TooLong);
            }
            self.pipe.consume(HEADER_LEN);
            self.take(message, len).await?;
            if !header.continues() {
                return Ok(());
            }
        }
    }

    /// Waits for the header of the next packet and checks its number.
    async fn next_header(&mut self) -> Result<Header, ReadError> {
        loop {
            if let Some(header) = Header::peek(self.pipe.unread()) {
                let numbered = !self.pipe.stream().is_compressed();
                if numbered && header.seq != self.seq {
                    return Err(ReadError::OutOfOrder);
                }
                self.seq = header.seq.wrapping_add(1);
                return Ok(header);
            }
            self.pipe.fill().await?;
        }
    }

    /// Moves `len` bytes of payload into `message` as they arrive.
    async fn take(&mut self, message: &mut Vec<u8>, mut len: usize) -> io::Result<()> {
        while len > 0 {
            let unread = self.pipe.unread();
            if unread.is_empty() {
                self.pipe.fill().await?;
                continue;
            }
            let part = &unread[..unread.len().min(len)];
            message.extend_from_slice(part);
            let taken = part.len();
            len -= taken;
            self.pipe.consume(taken);
        }
        Ok(())
    }

    /// Adds a packet with the payload that `write` makes to what will be sent.
    pub fn put_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        put_packet_with(&mut self.out, &mut self.seq, write);
    }

    /// Adds a packet.
    pub fn put(&mut self, payload: &[u8]) {
        put_packet(&mut self.out, &mut self.seq, payload);
    }

    /// Adds an error packet.
    pub fn put_error(&mut self, error: &ServerError) {
        self.put_with(|out| error.put_payload(out, true));
    }

    /// The bytes that wait to be sent.
    pub fn unsent(&self) -> usize {
        self.out.len()
    }

    /// This point, to come back to.
    pub fn mark(&self) -> Mark {
        Mark { unsent: self.out.len(), seq: self.seq, flushes: self.flushes }
    }

    /// Takes back what was added since; false when some of it has been sent.
    #[must_use]
    pub fn rewind(&mut self, mark: Mark) -> bool {
        if self.flushes != mark.flushes {
            return false;
        }
        self.out.truncate(mark.unsent);
        self.seq = mark.seq;
        true
    }

    /// Sends what was added.
    pub async fn flush(&mut self) -> io::Result<()> {
        if !self.out.is_empty() {
            self.flushes += 1;
            self.pipe.send(&self.out).await?;
            self.out.clear();
            self.out.shrink_to(KEEP);
        }
        Ok(())
    }
}
