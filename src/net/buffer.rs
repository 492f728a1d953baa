//! Read buffers that idle connections do not hold.
//!
//! Thousands of connections wait for their next command; a buffer each would be most of the memory. So a
//! [`ReadBuffer`] borrows its block from a pool of the thread when it polls the socket, and gives it back
//! when the socket had nothing or all bytes were consumed. The pool belongs to the thread, because sessions
//! are pinned to one: no lock.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

/// Bytes of a block.
pub const BLOCK_LEN: usize = 16 * 1024;
/// Blocks that a thread keeps for later; beyond it they are freed. 128 of them are 2 MiB.
pub const MAX_POOLED_BLOCKS: usize = 128;

type Block = Box<[u8; BLOCK_LEN]>;

thread_local! {
    static POOL: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Bytes read from a connection and not yet consumed. Holds a block only while there are some.
#[derive(Default)]
pub struct ReadBuffer {
    block: Option<Block>,
    /// Unconsumed bytes are `start..end`; both 0 without a block. Invariant: start <= end <= BLOCK_LEN.
    start: usize,
    end: usize,
}

impl ReadBuffer {
    /// An empty buffer, without a block.
    pub const fn new() -> Self {
        Self { block: None, start: 0, end: 0 }
    }

    /// The unconsumed bytes.
    pub fn bytes(&self) -> &[u8] {
        self.block.as_ref().and_then(|block| block.get(self.start..self.end)).unwrap_or_default()
    }

    /// The unconsumed bytes, to change in place.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        let range = self.start..self.end;
        self.block.as_mut().and_then(|block| block.get_mut(range)).unwrap_or_default()
    }

    /// Drops the first `count` of [`ReadBuffer::bytes`]; all of them when there are fewer.
    pub fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
        if self.start == self.end {
            self.release();
        }
    }

    /// Whether no more fits behind the unconsumed bytes, even when they are moved to the front.
    pub fn is_full(&self) -> bool {
        self.end - self.start == BLOCK_LEN
    }

    /// Reads once. Ready with the number of bytes added: 0 means the end of the stream, or a full buffer
    /// (look at [`ReadBuffer::is_full`] first). While pending, an empty buffer holds no block.
    pub fn poll_fill<S: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
    ) -> Poll<io::Result<usize>> {
        self.make_room();
        let block = self.block.get_or_insert_with(take_block);
        let free = block.get_mut(self.end..).unwrap_or_default();
        let mut free = ReadBuf::new(free);
        let polled = Pin::new(stream).poll_read(cx, &mut free);
        let added = free.filled().len();
        self.end += added;
        if self.start == self.end {
            self.release();
        }
        polled.map_ok(|()| added)
    }

    /// [`ReadBuffer::poll_fill`] as a future.
    pub async fn fill<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> io::Result<usize> {
        std::future::poll_fn(|cx| self.poll_fill(cx, stream)).await
    }

    /// Moves the bytes to the front when they touch the end: rare, because consumers take whole packets.
    fn make_room(&mut self) {
        if self.start > 0 && self.end == BLOCK_LEN {
            let (start, end) = (self.start, self.end);
            if let Some(block) = &mut self.block {
                block.copy_within(start..end, 0);
            }
            (self.start, self.end) = (0, end - start);
        }
    }

    fn release(&mut self) {
        (self.start, self.end) = (0, 0);
        if let Some(block) = self.block.take() {
            give_block(block);
        }
    }
}

impl Drop for ReadBuffer {
    fn drop(&mut self) {
        self.release();
    }
}

impl std::fmt::Debug for ReadBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReadBuffer({} bytes)", self.end - self.start)
    }
}

fn take_block() -> Block {
    // `try_with`: a session may be dropped while its thread is already ending.
    let pooled = POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten();
    pooled.unwrap_or_else(|| Box::new([0; BLOCK_LEN]))
}

fn give_block(block: Block) {
    let _ = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if pool.len() < MAX_POOLED_BLOCKS {
            pool.push(block);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    #[tokio::test]
    async fn holds_a_block_only_while_it_has_bytes() {
        let (mut client, mut server) = tokio::io::duplex(64);
        let mut buffer = ReadBuffer::new();
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(buffer.poll_fill(&mut cx, &mut server).is_pending());
        assert!(buffer.block.is_none());
        client.write_all(b"hello").await.unwrap();
        assert_eq!(buffer.fill(&mut server).await.unwrap(), 5);
        buffer.consume(2);
        assert_eq!(buffer.bytes(), b"llo");
        buffer.consume(99);
        assert!(buffer.block.is_none() && buffer.bytes().is_empty());
        drop(client);
        assert_eq!(buffer.fill(&mut server).await.unwrap(), 0);
        assert!(buffer.block.is_none());
    }

    #[tokio::test]
    async fn bytes_move_to_the_front_when_the_block_is_used_up() {
        let (mut client, mut server) = tokio::io::duplex(2 * BLOCK_LEN);
        client.write_all(&[1; BLOCK_LEN + 7]).await.unwrap();
        let mut buffer = ReadBuffer::new();
        while !buffer.is_full() {
            buffer.fill(&mut server).await.unwrap();
        }
        assert_eq!(buffer.fill(&mut server).await.unwrap(), 0);
        buffer.consume(100);
        assert_eq!(buffer.fill(&mut server).await.unwrap(), 7);
        assert_eq!(buffer.bytes().len(), BLOCK_LEN - 93);
    }

    #[test]
    fn the_pool_is_bounded() {
        let blocks: Vec<_> = (0..MAX_POOLED_BLOCKS + 9).map(|_| take_block()).collect();
        blocks.into_iter().for_each(give_block);
        assert_eq!(POOL.with(|pool| pool.borrow().len()), MAX_POOLED_BLOCKS);
    }
}
