//! The only door to files: append-only files, whole files replaced at once, a lock on a directory.
//!
//! A [`Disk`] is one directory with flat names. What a server keeps it either appends to (the binary log) or
//! replaces as a whole (checkpoints, indexes), because those two have a simple answer to "what is there after
//! a power cut?":
//!
//! ```text
//! append … sync      what was synced is there; what was not may be missing, short, or torn
//! replace            the old contents or the new, never a mixture
//! create, remove     done and durable when the call returns
//! ```
//!
//! [`RealDisk`] is the file system; [`FaultyDisk`] is one in memory that is full, fails, or loses power when a
//! test says so. A file whose `sync` failed stays failed: the kernel may have dropped the dirty pages, and a
//! second `sync` that succeeds would say nothing about them.

mod faulty;
mod real;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

pub use faulty::{Faults, FaultyDisk};
pub use real::RealDisk;

/// Longest name of a file, in bytes.
pub const MAX_NAME: usize = 200;

/// Writes a whole file's contents, for [`Disk::replace_with`].
pub type WriteContents<'a> = &'a mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>;

/// A directory with files in it. Names hold no `/` and do not begin with a dot (see [`check_name`]).
pub trait Disk: Send + Sync + std::fmt::Debug {
    /// Makes an empty file. Durable on return. `AlreadyExists` where there is one of this name.
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens a file that is there, to append after its end.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Puts the file in place of one of the same name, if there is one, at once and durably. The contents
    /// are streamed by `write`; where that fails the old file stays.
    fn replace_with(&self, name: &str, write: WriteContents<'_>) -> io::Result<()>;

    /// [`Disk::replace_with`] for contents that are at hand.
    fn replace(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        self.replace_with(name, &mut |out| out.write_all(contents))
    }

    /// [`Disk::replace`] for what nobody but the server's user may read.
    fn replace_secret(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        self.replace(name, contents)
    }

    /// The names of all files, sorted.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Removes a file. Durable on return; `NotFound` where there is none.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Whether there is a file of this name.
    fn exists(&self, name: &str) -> io::Result<bool> {
        Ok(self.list()?.iter().any(|own| own == name))
    }

    /// The whole of a file of at most `limit` bytes; `FileTooLarge` beyond that.
    fn read(&self, name: &str, limit: u64) -> io::Result<Vec<u8>> {
        let file = self.open(name)?;
        let len = file.len();
        if len > limit {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("{name}: {len} bytes"),
            ));
        }
        let mut contents = vec![0; usize::try_from(len).map_err(io::Error::other)?];
        read_exact_at(&*file, 0, &mut contents)?;
        Ok(contents)
    }

    /// Takes the directory for this process; `WouldBlock` while another holds it. Given back on drop. What an
    /// earlier holder did not finish to [`replace`](Disk::replace_with) is cleared away.
    fn lock(&self) -> io::Result<DiskLock>;

    /// The directory, for messages.
    fn describe(&self) -> String;
}

/// An open file. All calls may come from any thread; only one thread may append at a time.
pub trait DiskFile: Send + Sync + std::fmt::Debug {
    /// Writes at the end. On an error the file is as long as before: what could not be written whole is cut
    /// off again, and where even that fails, the file stays failed. A full disk leaves the file usable.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;

    /// Makes what was appended durable. After an error the file stays failed.
    fn sync(&self) -> io::Result<()>;

    /// Reads at most `buffer.len()` bytes from `offset`; 0 only at the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Bytes appended so far, synced or not.
    fn len(&self) -> u64;

    /// Whether nothing was appended.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Cuts the file off at `len`, durably. `InvalidInput` beyond its end.
    fn truncate(&self, len: u64) -> io::Result<()>;

    /// Writes over bytes that are there, for a mark in a header. Not durable before `sync`; must fit one
    /// sector, so that it is not torn. `InvalidInput` beyond the end.
    fn patch(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Whether an earlier error made it unusable.
    fn is_failed(&self) -> bool;
}

/// Holds a directory until dropped.
#[derive(Debug)]
pub struct DiskLock {
    /// Gives the lock back when dropped.
    _held: Box<dyn std::any::Any + Send + Sync>,
}

impl DiskLock {
    /// A lock that is given back when `held` is dropped.
    fn new(held: impl std::any::Any + Send + Sync) -> Self {
        Self { _held: Box::new(held) }
    }
}

/// The whole of a file outside of any data folder, of at most `limit` bytes: a certificate.
///
/// # Errors
/// The disk's; `FileTooLarge`.
pub fn read_outside(path: &std::path::Path, limit: u64) -> io::Result<Vec<u8>> {
    if std::fs::metadata(path)?.len() > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    std::fs::read(path)
}

/// Reads exactly `buffer.len()` bytes; `UnexpectedEof` where the file is shorter.
pub fn read_exact_at(file: &dyn DiskFile, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(offset + done as u64, rest)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => done += read,
        }
    }
    Ok(())
}

/// Refuses a name that would leave the directory or hide in it.
fn check_name(name: &str) -> io::Result<()> {
    let good = !name.is_empty()
        && name.len() <= MAX_NAME
        && !name.starts_with('.')
        && !name.contains(['/', '\\', '\0']);
    if good { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file name")) }
}

/// Whether an error says that there is no room, which may pass.
pub fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// The error of a handle that an earlier error made unusable.
fn failed() -> io::Error {
    io::Error::other("an earlier error left this file unusable")
}
