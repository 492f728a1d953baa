//! Which checkpoints there are, and how many are kept.

use std::io;

use super::block::{BlockReader, Kind};
use super::{CheckpointError, Head};
use crate::disk::Disk;
use crate::engine::codec::{Input, Stored};
use crate::gtid::GtidSet;

/// What a checkpoint's file name begins with; a number of ten digits follows.
const PREFIX: &str = "checkpoint.";

/// The newest, and one in case that is damaged.
const KEEP: usize = 2;

/// A checkpoint that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub name: String,
    number: u64,
}

/// The checkpoints of a directory.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    /// Newest first.
    kept: Vec<Kept>,
}

impl Keeper {
    /// Looks what is there.
    pub fn open(disk: &dyn Disk) -> io::Result<Self> {
        let names = disk.list()?;
        let mut kept: Vec<Kept> = names.iter().filter_map(|name| Kept::of(name)).collect();
        kept.sort_by_key(|kept| std::cmp::Reverse(kept.number));
        Ok(Self { kept })
    }

    /// Newest first.
    pub fn kept(&self) -> &[Kept] {
        &self.kept
    }

    /// The name for the next one.
    pub fn next(&self) -> Kept {
        let number = self.kept.first().map_or(1, |kept| kept.number + 1);
        Kept { name: format!("{PREFIX}{number:010}"), number }
    }

    /// A new one is in place: old ones go.
    pub fn add(&mut self, disk: &dyn Disk, new: Kept) -> io::Result<()> {
        self.kept.insert(0, new);
        self.keep(disk, KEEP)
    }

    /// Only the newest so many stay.
    pub fn keep(&mut self, disk: &dyn Disk, count: usize) -> io::Result<()> {
        while self.kept.len() > count {
            if let Some(old) = self.kept.pop() {
                disk.remove(&old.name)?;
            }
        }
        Ok(())
    }

    /// Takes one out that cannot be used. Its file stays for whoever wants to look at it, under a name that
    /// the next one of this number replaces.
    pub fn forget(&mut self, name: &str) {
        self.kept.retain(|kept| kept.name != name);
    }

    /// The transactions of the oldest that is kept: the log must have what follows. None without any, or
    /// where it cannot be told.
    pub fn oldest_applied(&self, disk: &dyn Disk) -> Option<GtidSet> {
        head(disk, &self.kept.last()?.name).ok()?.applied()
    }
}

/// What opens a checkpoint.
fn head(disk: &dyn Disk, name: &str) -> Result<Head, CheckpointError> {
    let block = BlockReader::open(disk.open(name)?)?.next()?;
    if block.kind != Kind::Head {
        return Err(CheckpointError::Contents("a block is missing"));
    }
    Ok(Head::take(&mut Input::new(block.payload()))?)
}

impl Kept {
    fn of(name: &str) -> Option<Self> {
        let number = name.strip_prefix(PREFIX)?;
        let digits = number.len() == 10 && number.bytes().all(|byte| byte.is_ascii_digit());
        Some(Self { name: name.to_owned(), number: number.parse().ok().filter(|_| digits)? })
    }
}
