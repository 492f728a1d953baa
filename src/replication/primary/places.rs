//! Places in the log as numbers, for metrics.

use crate::binlog::log::{Log, Position};

/// A place as a number that grows along the log: the file's number counts 2^32.
pub fn ordinal(position: Position) -> f64 {
    (u64::from(position.file) << 32 | position.offset) as f64
}

/// Bytes between there and the log's end.
pub fn bytes_behind(log: &Log, from: Position) -> f64 {
    let files = log.files().into_iter().filter(|file| file.number >= from.file);
    let bytes: u64 = files.map(|file| file.size).sum();
    bytes.saturating_sub(from.offset) as f64
}
