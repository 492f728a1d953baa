//! Read buffers that exist only while there is something in them.
//!
//! Thousands of connections are idle at any moment, and an idle connection must cost next to
//! nothing. A [`Buffer`] therefore borrows its memory from a small pool of its thread when bytes
//! are about to arrive and gives it back when the last one has been consumed.

use std::cell::RefCell;

/// Size of a pooled buffer, in bytes: one read from a socket.
pub const CHUNK: usize = 16 * 1024;
/// Buffers that a thread keeps for reuse; more are given back to the allocator.
const POOLED: usize = 256;

/// Room that is left in a buffer which was made small: the end of the stream must show.
const SPARE: usize = 64;

thread_local! {
    static POOL: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
}

fn take() -> Box<[u8]> {
    let pooled = POOL.with_borrow_mut(Vec::pop);
    pooled.unwrap_or_else(|| vec![0; CHUNK].into_boxed_slice())
}

fn give_back(memory: Box<[u8]>) {
    // A thread that is ending has no pool any more; the memory is simply freed.
    let _ = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if memory.len() == CHUNK && pool.len() < POOLED {
            pool.push(memory);
        }
    });
}

/// Bytes that were read and not yet consumed. Invariant: `start <= end <= memory.len()`.
#[derive(Default)]
pub struct Buffer {
    memory: Option<Box<[u8]>>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// The unconsumed bytes.
    pub fn unread(&self) -> &[u8] {
        self.memory.as_ref().map_or(&[], |memory| &memory[self.start..self.end])
    }

    /// The unconsumed bytes, to be corrected in place.
    pub fn unread_mut(&mut self) -> &mut [u8] {
        self.memory.as_mut().map_or(&mut [], |memory| &mut memory[self.start..self.end])
    }

    /// Forgets the first `n` unread bytes (all, if there are fewer).
    pub fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
        if self.start == self.end {
            self.release();
        }
    }

    /// Makes sure that `total` unread bytes fit in one piece.
    pub fn reserve(&mut self, total: usize) {
        let room = self.memory.as_ref().map_or(0, |memory| memory.len() - self.start);
        if room >= total.max(1) {
            return;
        }
        let mut larger = if total <= CHUNK { take() } else { vec![0; total].into_boxed_slice() };
        let unread = self.unread();
        let len = unread.len();
        larger[..len].copy_from_slice(unread);
        if let Some(old) = self.memory.replace(larger) {
            give_back(old);
        }
        (self.start, self.end) = (0, len);
    }

    /// Holds little more memory than the unread bytes need, while they have to wait.
    pub fn shrink(&mut self) {
        let len = self.unread().len();
        if len > 0
            && len + SPARE <= CHUNK / 4
            && self.memory.as_ref().is_some_and(|m| m.len() == CHUNK)
        {
            let mut small = vec![0; len + SPARE].into_boxed_slice();
            small[..len].copy_from_slice(self.unread());
            self.release();
            (self.memory, self.end) = (Some(small), len);
        }
    }

    /// Room for more bytes; empty when the buffer is full.
    pub(super) fn free(&mut self) -> &mut [u8] {
        if self.memory.is_none() {
            self.memory = Some(take());
        }
        let full = self.memory.as_ref().is_some_and(|memory| memory.len() == self.end);
        match &mut self.memory {
            Some(memory) => {
                if full && self.start > 0 {
                    memory.copy_within(self.start..self.end, 0);
                    (self.start, self.end) = (0, self.end - self.start);
                }
                &mut memory[self.end..]
            }
            None => &mut [],
        }
    }

    /// `n` bytes were written into [`Self::free`].
    pub(super) fn filled(&mut self, n: usize) {
        let capacity = self.memory.as_ref().map_or(0, |memory| memory.len());
        self.end = (self.end + n).min(capacity);
        if self.start == self.end {
            self.release();
        }
    }

    /// No memory is held.
    #[cfg(test)]
    pub(super) fn is_released(&self) -> bool {
        self.memory.is_none()
    }

    fn release(&mut self) {
        if let Some(memory) = self.memory.take() {
            give_back(memory);
        }
        (self.start, self.end) = (0, 0);
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(buffer: &mut Buffer, bytes: &[u8]) {
        buffer.free()[..bytes.len()].copy_from_slice(bytes);
        buffer.filled(bytes.len());
    }

    #[test]
    fn an_empty_buffer_holds_no_memory() {
        let mut buffer = Buffer::default();
        put(&mut buffer, b"abc");
        assert!(buffer.memory.is_some());
        buffer.consume(1);
        assert_eq!(buffer.unread(), b"bc");
        buffer.consume(7);
        assert!(buffer.memory.is_none());
        put(&mut buffer, b"");
        assert!(buffer.memory.is_none(), "a read of nothing gives the memory back");
    }

    #[test]
    fn unread_bytes_move_to_the_front_when_the_end_is_reached() {
        let mut buffer = Buffer::default();
        put(&mut buffer, &[7; CHUNK]);
        assert!(buffer.free().is_empty());
        buffer.consume(CHUNK - 2);
        assert_eq!(buffer.free().len(), CHUNK - 2);
        assert_eq!(buffer.unread(), [7, 7]);
    }

    #[test]
    fn unread_bytes_that_wait_hold_little_memory() {
        let mut buffer = Buffer::default();
        put(&mut buffer, b"xwaiting");
        buffer.consume(1);
        buffer.shrink();
        assert_eq!(buffer.unread(), b"waiting");
        assert_eq!(buffer.memory.as_ref().map(|memory| memory.len()), Some(7 + SPARE));
        assert_eq!(buffer.free().len(), SPARE);
        put(&mut buffer, b" more");
        buffer.shrink();
        assert_eq!(buffer.unread(), b"waiting more");
        buffer.reserve(CHUNK);
        assert_eq!(buffer.unread(), b"waiting more");
        assert_eq!(buffer.free().len(), CHUNK - 12);
        put(&mut buffer, &[7; CHUNK / 2]);
        buffer.shrink();
        assert_eq!(buffer.memory.as_ref().map(|memory| memory.len()), Some(CHUNK));
    }

    #[test]
    fn reserve_keeps_what_is_there() {
        let mut buffer = Buffer::default();
        put(&mut buffer, b"head");
        buffer.reserve(3 * CHUNK);
        assert_eq!(buffer.unread(), b"head");
        assert_eq!(buffer.free().len(), 3 * CHUNK - 4);
    }
}
