//! The newest part of the log in memory, for those who read it as it grows: what many replicas read at once is
//! not read from the file as many times. Kept only while somebody reads.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most that is kept, in bytes.
const MAX_RECENT: usize = 4 << 20;

/// The end of the file that is written to.
#[derive(Debug, Default)]
pub struct Recent(Mutex<Tail>);

#[derive(Debug, Default)]
struct Tail {
    /// The file's number.
    file: u32,
    /// Where `bytes` begin in it.
    start: u64,
    bytes: VecDeque<u8>,
}

impl Recent {
    fn lock(&self) -> MutexGuard<'_, Tail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These bytes were appended there.
    pub fn push(&self, file: u32, start: u64, bytes: &[u8]) {
        let mut tail = self.lock();
        let follows = tail.file == file && tail.start + tail.bytes.len() as u64 == start;
        if !follows || bytes.len() > MAX_RECENT {
            tail.bytes.clear();
            (tail.file, tail.start) = (file, start);
        }
        if bytes.len() > MAX_RECENT {
            tail.bytes.shrink_to(MAX_RECENT);
            tail.start = start + bytes.len() as u64;
            return;
        }
        let excess = (tail.bytes.len() + bytes.len()).saturating_sub(MAX_RECENT);
        tail.bytes.drain(..excess);
        tail.start += excess as u64;
        tail.bytes.extend(bytes);
    }

    /// Fills `into` with what stands there; false where it is not all here.
    #[must_use]
    pub fn copy(&self, file: u32, offset: u64, into: &mut [u8]) -> bool {
        let tail = self.lock();
        let from = offset.checked_sub(tail.start).and_then(|from| usize::try_from(from).ok());
        let Some(from) = from.filter(|_| tail.file == file) else { return false };
        if from.saturating_add(into.len()) > tail.bytes.len() {
            return false;
        }
        let range = tail.bytes.range(from..from + into.len());
        into.iter_mut().zip(range).for_each(|(to, byte)| *to = *byte);
        true
    }

    /// Nothing is kept any more.
    pub fn clear(&self) {
        let mut tail = self.lock();
        (tail.bytes, tail.file) = (VecDeque::new(), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_bytes_are_there_and_no_others() {
        let recent = Recent::default();
        recent.push(1, 100, b"abc");
        recent.push(1, 103, b"def");
        let mut four = [0; 4];
        assert!(recent.copy(1, 101, &mut four) && four == *b"bcde");
        assert!(!recent.copy(1, 99, &mut four) && !recent.copy(1, 103, &mut four));
        assert!(!recent.copy(2, 101, &mut four));
        recent.push(1, 200, b"wxyz");
        assert!(!recent.copy(1, 101, &mut four) && recent.copy(1, 200, &mut four));
        recent.push(2, 200, b"1234");
        assert!(!recent.copy(1, 200, &mut four) && recent.copy(2, 200, &mut four));
        recent.clear();
        assert!(!recent.copy(2, 200, &mut four));
    }

    #[test]
    fn it_is_bounded() {
        let recent = Recent::default();
        let mut at = 4;
        for _ in 0..10 {
            recent.push(1, at, &vec![7; MAX_RECENT / 3]);
            at += MAX_RECENT as u64 / 3;
        }
        assert!(recent.lock().bytes.len() <= MAX_RECENT);
        assert!(recent.copy(1, at - 5, &mut [0; 5]));
        recent.push(1, at, &vec![8; MAX_RECENT + 1]);
        at += MAX_RECENT as u64 + 1;
        assert!(!recent.copy(1, at - 5, &mut [0; 5]) && recent.lock().bytes.is_empty());
        recent.push(1, at, b"on");
        assert!(recent.copy(1, at, &mut [0; 2]));
    }
}
