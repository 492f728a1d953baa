//! Makes frames. A frame is made in one go from bytes that are all there, so the memory that
//! deflating needs (some 300 KiB) belongs to the thread and not to a connection.

use std::cell::RefCell;

use flate2::{Compress, Compression, FlushCompress, Status};

use super::HEADER_LEN;
use crate::net::buffer::Buffer;

/// Fewer bytes are not worth deflating; the servers' own MIN_COMPRESS_LENGTH.
const MIN_DEFLATED: usize = 50;

thread_local! {
    // The fastest level: the processor is shared by all sessions, and the level that servers use
    // takes several times as long for a little less.
    static DEFLATER: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), true));
}

/// Writes the frame of `plain` (fewer than 16 MiB) into `out`, which is empty.
pub fn pack(number: u8, plain: &[u8], out: &mut Buffer) {
    out.reserve(HEADER_LEN + plain.len());
    let Some((header, body)) = out.free().split_at_mut_checked(HEADER_LEN) else { return };
    let (len, inflated) = match deflate(plain, body) {
        Some(len) => (len, plain.len()),
        None => {
            body[..plain.len()].copy_from_slice(plain);
            (plain.len(), 0)
        }
    };
    put_header(header, len, number, inflated);
    out.filled(HEADER_LEN + len);
}

/// Writes the header of a frame that is not deflated and whose `len` bytes follow later. `out` may
/// hold the frame before it.
pub fn begin_stored(number: u8, len: usize, out: &mut Buffer) {
    out.reserve(out.unread().len() + HEADER_LEN);
    if let Some(header) = out.free().get_mut(..HEADER_LEN) {
        put_header(header, len, number, 0);
        out.filled(HEADER_LEN);
    }
}

fn put_header(out: &mut [u8], len: usize, number: u8, inflated: usize) {
    let ([a, b, c, ..], [x, y, z, ..]) = (len.to_le_bytes(), inflated.to_le_bytes());
    out.copy_from_slice(&[a, b, c, number, x, y, z]);
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
