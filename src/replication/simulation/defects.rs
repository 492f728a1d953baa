//! Servers that are wrong on purpose, so that it is seen that the checks find what they are for.

use std::io;
use std::sync::{Arc, Mutex};

use crate::disk::{Disk, DiskFile, DiskLock, FaultyDisk, WriteContents};
use crate::engine::{Barrier, LoggedGroup, Passage};
use crate::replication::primary::AckBarrier;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    None,
    /// Replicas acknowledge what is not durable in their relay logs.
    UnsyncedRelay,
    /// What is in the log is visible at once.
    EarlyPublish,
}

/// A disk that says of relay logs that they are synced when they are not.
#[derive(Debug)]
pub struct LyingDisk(pub FaultyDisk);

#[derive(Debug)]
struct LyingFile(Arc<dyn DiskFile>);

impl LyingDisk {
    fn file(name: &str, file: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        if name.starts_with("relay-bin.") { Arc::new(LyingFile(file)) } else { file }
    }
}

impl Disk for LyingDisk {
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Self::file(name, self.0.create(name)?))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Self::file(name, self.0.open(name)?))
    }

    fn replace_with(&self, name: &str, write: WriteContents<'_>) -> io::Result<()> {
        self.0.replace_with(name, write)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn lock(&self) -> io::Result<DiskLock> {
        self.0.lock()
    }

    fn describe(&self) -> String {
        self.0.describe()
    }
}

impl DiskFile for LyingFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.append(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buffer)
    }

    fn len(&self) -> u64 {
        self.0.len()
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.0.truncate(len)
    }

    fn patch(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.patch(offset, bytes)
    }

    fn is_failed(&self) -> bool {
        self.0.is_failed()
    }
}

/// The barrier of a simulated server: the real one, with a note of what passed it.
pub struct NotedBarrier {
    pub real: AckBarrier,
    pub defect: Defect,
    pub groups: Mutex<Vec<LoggedGroup>>,
}

impl Barrier for NotedBarrier {
    fn passage(&self, group: &LoggedGroup) -> Passage {
        self.groups.lock().expect("nobody panics").push(group.clone());
        let passage = self.real.passage(group);
        if self.defect == Defect::EarlyPublish { Passage::Open } else { passage }
    }

    fn log_reset(&self) {
        self.real.log_reset();
    }
}
