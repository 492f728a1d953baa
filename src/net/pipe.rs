//! One connection as a proxy sees it: a stream, and the bytes read from it but not yet used.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};

use super::Stream;
use super::buffer::Buffer;
use super::direct::{self, Reading};

/// A stream with its read buffer. Memory is held only while unread bytes are.
pub struct Pipe {
    stream: Stream,
    buffer: Buffer,
    reading: Reading,
}

impl Pipe {
    /// A pipe over a stream of which nothing has been read ahead.
    pub fn new(stream: Stream) -> Self {
        Self { stream, buffer: Buffer::default(), reading: Reading::default() }
    }

    /// Reads what the socket has, at most as much as fits. `Ok(0)` is the end of the stream, or a
    /// full buffer: see [`Self::is_full`].
    pub fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Self { stream, buffer, reading } = self;
        if let Stream::Tcp(tcp) = stream {
            return reading.poll(context, tcp, buffer);
        }
        let mut free = ReadBuf::new(buffer.free());
        let outcome = Pin::new(stream).poll_read(context, &mut free);
        let n = free.filled().len();
        buffer.filled(n);
        ready!(outcome)?;
        Poll::Ready(Ok(n))
    }

    /// Like [`Self::poll_fill`] while the other side has its answer to wait for: what it sends ahead
    /// may be left where it is.
    pub fn poll_watch(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.stream.watch(true);
        let outcome = self.poll_fill(context);
        self.stream.watch(false);
        outcome
    }

    /// Reads until more bytes are there.
    ///
    /// # Errors
    /// `UnexpectedEof` when the other side has closed.
    pub async fn fill(&mut self) -> io::Result<usize> {
        match std::future::poll_fn(|context| self.poll_fill(context)).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            n => Ok(n),
        }
    }

    /// Reads until `total` unread bytes are there in one piece.
    pub async fn fill_to(&mut self, total: usize) -> io::Result<()> {
        self.buffer.reserve(total);
        while self.unread().len() < total {
            self.fill().await?;
        }
        Ok(())
    }

    /// The buffer takes no more bytes before some are consumed or room is reserved.
    pub fn is_full(&mut self) -> bool {
        !self.unread().is_empty() && self.buffer.free().is_empty()
    }

    /// Holds little memory while the unread bytes have to wait.
    pub fn shrink(&mut self) {
        self.buffer.shrink();
    }

    /// The unconsumed bytes.
    pub fn unread(&self) -> &[u8] {
        self.buffer.unread()
    }

    /// The unconsumed bytes, to be corrected in place.
    pub fn unread_mut(&mut self) -> &mut [u8] {
        self.buffer.unread_mut()
    }

    /// Forgets the first `n` unread bytes.
    pub fn consume(&mut self, n: usize) {
        self.buffer.consume(n);
    }

    /// Makes sure that `total` unread bytes fit in one piece.
    pub fn reserve(&mut self, total: usize) {
        self.buffer.reserve(total);
    }

    /// Writes all of `bytes`; they may stay in the TLS or compression layer until [`Self::flush`].
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let sent = self.send_now(bytes)?;
        match bytes.get(sent..) {
            Some(rest @ [_, ..]) => self.stream.write_all(rest).await,
            _ => Ok(()),
        }
    }

    /// Sends what a plain TCP connection takes at once, which is nearly always all; tells how much.
    /// Nothing for other connections.
    fn send_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &self.stream {
            Stream::Tcp(tcp) => direct::send(tcp, bytes),
            _ => Ok(0),
        }
    }

    /// Pushes out what a TLS or compression layer holds back; nothing to do for a plain socket.
    pub async fn flush(&mut self) -> io::Result<()> {
        self.stream.flush().await
    }

    /// Writes all of `bytes` and pushes them out.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let sent = self.send_now(bytes)?;
        match bytes.get(sent..) {
            Some(rest @ [_, ..]) => self.send_slowly(rest).await,
            _ => Ok(()),
        }
    }

    async fn send_slowly(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// Writes the first `n` unread bytes of `from`, and consumes them there.
    pub async fn relay_from(&mut self, from: &mut Pipe, n: usize) -> io::Result<()> {
        self.send(&from.unread()[..n]).await?;
        from.consume(n);
        Ok(())
    }

    /// The stream, for its properties.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// The stream, for an exchange outside of commands. Nothing may be unread.
    pub fn stream_mut(&mut self) -> &mut Stream {
        debug_assert!(self.unread().is_empty());
        &mut self.stream
    }

    /// The compressed protocol from here on. Nothing may be unread.
    pub fn compressed(self) -> Self {
        debug_assert!(self.unread().is_empty());
        Self::new(self.stream.compressed())
    }

    /// Gives up the pipe; unread bytes are lost.
    pub fn into_stream(self) -> Stream {
        self.stream
    }

    /// Closes the writing side, so that the other side sees the end after all that was written.
    pub async fn shutdown(&mut self) {
        // The other side may be gone already; there is nobody left to tell.
        let _ = self.stream.shutdown().await;
    }
}
