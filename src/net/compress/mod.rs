//! MySQL's compressed protocol with a client: what was a stream of packets becomes a stream of
//! frames, each with some zlib-deflated or plain bytes of it.
//!
//! ```text
//! packets    │hdr│ payload        │hdr│ payload │hdr│ payload      │
//! frames   │7 B│ deflated        │7 B│ deflated        │7 B│ plain │     boundaries do not coincide
//! ```
//!
//! It begins after the OK packet of the login, inside TLS if there is TLS; see the MySQL protocol's
//! page "Compression". Frames have numbers of their own, which start at 0 with each command and go
//! on through its answer; the numbers inside are checked by nobody once there are frames.
//!
//! Only clients get this. Servers are near and their bytes are read on the way, so the proxy never
//! asks a server for it. Zstandard (`CLIENT_ZSTD_COMPRESSION_ALGORITHM`) is not offered.
//!
//! What is read is inflated in a stream, into the reader's own buffer and never past it, so what a
//! frame claims or blows up to costs no memory. What is written is gathered in one frame and goes
//! out when that is full or flushed: see `gather.rs`. An idle connection holds no buffers.

mod gather;
mod pack;
mod unpack;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Stream;
use super::buffer::Buffer;
use gather::Gatherer;
use unpack::Unpacker;

/// Bytes before each frame's own: length (3), number (1), length when inflated (3; 0: not deflated).
const HEADER_LEN: usize = 7;

/// A client's connection on which the compressed protocol has begun.
pub struct Compressed {
    stream: Stream,
    /// The next frame's number, in either direction: an answer goes on where its command ended.
    number: u8,
    /// See [`Self::watch`].
    watched: bool,
    /// Frames as they came, at most one buffer full.
    arrived: Buffer,
    unpacker: Unpacker,
    gatherer: Gatherer,
    /// The frame that is being sent.
    packed: Buffer,
    /// Bytes of the frame begun by `packed` that go straight through, after it.
    through: usize,
}

impl Compressed {
    /// Begins with the byte that comes next.
    pub fn new(stream: Stream) -> Self {
        Self {
            stream,
            number: 0,
            watched: false,
            arrived: Buffer::default(),
            unpacker: Unpacker::default(),
            gatherer: Gatherer::default(),
            packed: Buffer::default(),
            through: 0,
        }
    }

    /// The connection beneath.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// While on, reads begin no frame, but do notice the end of the connection. For use while an
    /// answer is being sent: the numbers of its frames must not be upset by a command that the client
    /// has sent ahead.
    pub fn watch(&mut self, on: bool) {
        self.watched = on;
    }

    /// Reads what the connection has; 0 bytes at its end. Pending, too, when nothing more fits, which
    /// is only while watching: the longest that [`Unpacker::step`] waits for is a header.
    fn poll_arrive(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut free = ReadBuf::new(self.arrived.free());
        if free.capacity() == 0 {
            return Poll::Pending;
        }
        let outcome = Pin::new(&mut self.stream).poll_read(context, &mut free);
        let n = free.filled().len();
        self.arrived.filled(n);
        outcome.map_ok(|()| n)
    }

    /// Sends the packed frame to its end.
    fn poll_drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.packed.unread().is_empty() {
            let sent = Pin::new(&mut self.stream).poll_write(context, self.packed.unread());
            match ready!(sent)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                n => self.packed.consume(n),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Makes a frame of the first `len` bytes gathered, once the one before is gone.
    fn poll_pack(&mut self, context: &mut Context<'_>, len: usize) -> Poll<io::Result<()>> {
        ready!(self.poll_drain(context))?;
        let gathered = self.gatherer.bytes();
        let plain = &gathered[..len.min(gathered.len())];
        if !plain.is_empty() {
            pack::pack(self.number, plain, &mut self.packed);
            self.gatherer.consume(len);
            self.number = self.number.wrapping_add(1);
        }
        Poll::Ready(Ok(()))
    }

    /// Takes some of `bytes`, at least one.
    fn poll_take(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            if self.through > 0 {
                ready!(self.poll_drain(context))?;
                let bytes = &bytes[..bytes.len().min(self.through)];
                let n = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
                self.through -= n;
                return Poll::Ready(Ok(n));
            }
            match self.gatherer.take(bytes) {
                gather::Taken::Bytes(n) => return Poll::Ready(Ok(n)),
                gather::Taken::Full { len } => ready!(self.poll_pack(context, len))?,
                gather::Taken::TooLong { len, rest } => {
                    ready!(self.poll_pack(context, len))?;
                    pack::begin_stored(self.number, rest, &mut self.packed);
                    self.number = self.number.wrapping_add(1);
                    self.through = rest;
                }
            }
        }
    }
}

impl AsyncRead for Compressed {
    /// Gives bytes of at most one frame, so that of two commands sent at once the second stays.
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            if !this.watched || !this.unpacker.is_between() {
                let out = buf.initialize_unfilled();
                let step = this.unpacker.step(this.arrived.unread(), out, &mut this.number)?;
                this.arrived.consume(step.used);
                if step.made > 0 {
                    buf.advance(step.made);
                    return Poll::Ready(Ok(()));
                }
                if step.used > 0 {
                    continue;
                }
            }
            if ready!(this.poll_arrive(context))? == 0 {
                let cut = !this.unpacker.is_between() || !this.arrived.unread().is_empty();
                return Poll::Ready(match cut {
                    true => Err(io::ErrorKind::UnexpectedEof.into()),
                    false => Ok(()),
                });
            }
        }
    }
}

impl AsyncWrite for Compressed {
    /// The bytes must be packets: frames end where they do.
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let mut taken = 0;
        while let Some(more @ [_, ..]) = bytes.get(taken..) {
            match this.poll_take(context, more) {
                Poll::Ready(Ok(0)) => break,
                Poll::Ready(Ok(n)) => taken += n,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if taken == 0 => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        Poll::Ready(Ok(taken))
    }

    /// The beginning of a packet may stay until its end is there: nobody could use it.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_pack(context, this.gatherer.whole()))?;
        ready!(this.poll_drain(context))?;
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_pack(context, this.gatherer.bytes().len()))?;
        ready!(this.poll_drain(context))?;
        Pin::new(&mut this.stream).poll_shutdown(context)
    }
}

impl std::fmt::Debug for Compressed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Compressed").field(&self.stream).finish()
    }
}

#[cfg(test)]
mod tests;
