//! What a file of the relay log begins with.

use crate::binlog::event::{CHECKSUM_LEN, HEADER_LEN, code, flag};
use crate::binlog::log::MAGIC;

/// Magic, the source's format description, and which file of the source the events are of.
pub fn head(format: &[u8], checksums: bool, file: &str) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(format);
    out.extend_from_slice(&rotation(file, checksums));
    out
}

/// A rotation that stands in no log of the source.
fn rotation(file: &str, checksums: bool) -> Vec<u8> {
    let checksum = if checksums { CHECKSUM_LEN } else { 0 };
    let size = HEADER_LEN + 8 + file.len() + checksum;
    let mut event = vec![0; 4];
    event.push(code::ROTATE);
    event.extend_from_slice(&0u32.to_le_bytes());
    event.extend_from_slice(&(size as u32).to_le_bytes());
    event.extend_from_slice(&0u32.to_le_bytes());
    event.extend_from_slice(&flag::ARTIFICIAL.to_le_bytes());
    event.extend_from_slice(&4u64.to_le_bytes());
    event.extend_from_slice(file.as_bytes());
    if checksums {
        let sum = crc32fast::hash(&event);
        event.extend_from_slice(&sum.to_le_bytes());
    }
    event
}
