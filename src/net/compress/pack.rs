//! Makes frames. A frame is made in one go from bytes that are all there, so the memory that
//! deflating needs (some 300 KiB) belongs to the thread and not to a connection.

use std::cell::RefCell;

use flate2::{Compress, Compression, FlushCompress, Status};

use super::HEADER_LEN;
use crate::net::buffer::CHUNK;

/// The most bytes that go into one frame: it fits a pooled buffer even when not deflated.
pub const MAX_PLAIN: usize = CHUNK - HEADER_LEN;

/// Fewer bytes are not worth deflating; the servers' own MIN_COMPRESS_LENGTH.
const MIN_DEFLATED: usize = 50;

thread_local! {
    // The fastest level: the processor is shared by all sessions, and servers' default level takes
    // several times as long for a tenth less.
    static DEFLATER: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), true));
}

/// Writes the frame of `plain` (1 to [`MAX_PLAIN`] bytes) into `out`, which must have room for all of
/// it with its header. Returns its length.
pub fn pack(number: u8, plain: &[u8], out: &mut [u8]) -> usize {
    debug_assert!(plain.len() <= MAX_PLAIN && out.len() >= HEADER_LEN + plain.len());
    let Some((header, body)) = out.split_at_mut_checked(HEADER_LEN) else { return 0 };
    let (len, inflated) = match deflate(plain, body) {
        Some(len) => (len, plain.len()),
        None => {
            let len = plain.len().min(body.len());
            body[..len].copy_from_slice(&plain[..len]);
            (len, 0)
        }
    };
    let (len_bytes, inflated_bytes) = (len.to_le_bytes(), inflated.to_le_bytes());
    header[..3].copy_from_slice(&len_bytes[..3]);
    header[3] = number;
    header[4..].copy_from_slice(&inflated_bytes[..3]);
    HEADER_LEN + len
}

/// The deflated length, if that is less than the plain one.
fn deflate(plain: &[u8], out: &mut [u8]) -> Option<usize> {
    if plain.len() < MIN_DEFLATED {
        return None;
    }
    let room = out.len().min(plain.len() - 1);
    let deflated = DEFLATER.try_with(|deflater| {
        let mut deflater = deflater.borrow_mut();
        deflater.reset();
        let status = deflater.compress(plain, &mut out[..room], FlushCompress::Finish);
        matches!(status, Ok(Status::StreamEnd)).then(|| deflater.total_out() as usize)
    });
    // A thread that is ending has no deflater any more.
    deflated.ok().flatten()
}
