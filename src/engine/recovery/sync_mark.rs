//! How the log was synced when the server last ran: what a damaged tail may mean depends on it.
//!
//! A file that is there while not every group is synced. It is made before the first group that is not, and goes
//! once all is synced again.

use std::io;

use crate::binlog::log::Tail;
use crate::disk::Disk;
use crate::engine::SyncPolicy;

/// The file; only its name counts.
const FILE: &str = "unsynced";

/// How the log's tail was written.
pub(in crate::engine) fn tail(disk: &dyn Disk) -> io::Result<Tail> {
    Ok(if disk.exists(FILE)? { Tail::Unsynced } else { Tail::Synced })
}

/// Notes how it will be written: before that begins, or, where every group is synced from now on, once all
/// before is synced.
pub(in crate::engine) fn note(disk: &dyn Disk, policy: SyncPolicy) -> io::Result<()> {
    match (policy == SyncPolicy::Groups(1), disk.exists(FILE)?) {
        (true, true) => disk.remove(FILE),
        (false, false) => disk.replace(FILE, b""),
        _ => Ok(()),
    }
}
