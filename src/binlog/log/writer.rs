//! Appending groups of transactions, and going on in another file.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::files::{FLAGS_OFFSET, FileInfo, file_name, head, next_number, write_index};
use super::recent::Recent;
use super::{Log, LogError, Position};
use crate::binlog::TransactionEvents;
use crate::binlog::event::{
    EventWriter, GtidStamp, Origin, code, put_rotate, seal_all, version_number,
};
use crate::disk::{Disk, DiskFile};
use crate::gtid::{Gtid, GtidSet};

/// A buffer that grew beyond this for a large group is given back, in bytes.
const MAX_KEPT_BUFFER: usize = 4 << 20;

/// A transaction that gets its place.
#[derive(Debug)]
pub struct Commit<'a> {
    /// Its events.
    pub events: &'a TransactionEvents,
    /// Its name.
    pub gtid: Gtid,
    /// When it is committed: microseconds since 1970.
    pub at: u64,
    /// Of a transaction that began on another server: when, and that server's version as a number (80040).
    pub original: Option<(u64, u32)>,
}

/// Where a group stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The end of each transaction.
    pub ends: Vec<Position>,
    /// The file is full: [`Log::rotate`] is due.
    pub rotation_due: bool,
}

/// The file that is written to.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) file: Arc<dyn DiskFile>,
    pub(super) number: u32,
    /// The logical clock's last number in this file.
    pub(super) sequence: u64,
    /// Nothing may follow: it ended in order, or nobody knows what the index says.
    pub(super) closed: bool,
    pub(super) buffer: Vec<u8>,
}

impl Writer {
    pub(super) fn new(file: Arc<dyn DiskFile>, number: u32, sequence: u64) -> Self {
        Self { file, number, sequence, closed: false, buffer: Vec::new() }
    }

    pub(super) fn end(&self) -> Position {
        Position { file: self.number, offset: self.file.len() }
    }

    fn usable(&self) -> Result<(), LogError> {
        if self.closed || self.file.is_failed() { Err(LogError::Failed) } else { Ok(()) }
    }

    /// Fills the buffer with a group; gives the end of each transaction.
    fn gather(&mut self, group: &[Commit<'_>], version: u32) -> Result<Vec<Position>, LogError> {
        let start = self.file.len();
        let mut ends = Vec::with_capacity(group.len());
        self.buffer.clear();
        for (number, commit) in (self.sequence + 1..).zip(group) {
            let stamp = GtidStamp {
                gtid: commit.gtid.clone(),
                // all of a group held their locks at once, so none depends on another
                last_committed: self.sequence,
                sequence_number: number,
                immediate_commit: commit.at,
                original: commit.original,
                server_version: version,
            };
            let position = start + self.buffer.len() as u64;
            commit.events.finish(&stamp, position, &mut self.buffer)?;
            ends.push(Position { file: self.number, offset: start + self.buffer.len() as u64 });
        }
        Ok(ends)
    }

    /// Appends what is in the buffer.
    fn flush(&mut self) -> Result<(), LogError> {
        let appended = self.file.append(&self.buffer);
        if self.buffer.capacity() > MAX_KEPT_BUFFER {
            self.buffer = Vec::new();
        }
        appended.map_err(LogError::io("cannot write", &file_name(self.number)))
    }

    /// [`Writer::flush`] from `start` on, and what was appended is kept in memory too.
    fn flush_to(&mut self, recent: &Recent, start: Position) -> Result<(), LogError> {
        let bytes = std::mem::take(&mut self.buffer);
        let appended = self.file.append(&bytes);
        if appended.is_ok() {
            recent.push(start.file, start.offset, &bytes);
        }
        if bytes.capacity() <= MAX_KEPT_BUFFER {
            self.buffer = bytes;
        }
        appended.map_err(LogError::io("cannot write", &file_name(self.number)))
    }

    pub(super) fn sync(&self) -> Result<(), LogError> {
        sync(&*self.file, self.number)
    }

    /// Appends a file's last event and syncs it.
    fn end_with(
        &mut self,
        put: impl FnOnce(&mut Vec<u8>) -> Result<(), crate::binlog::EventError>,
    ) -> Result<(), LogError> {
        self.buffer.clear();
        put(&mut self.buffer)?;
        seal_all(&mut self.buffer, self.file.len());
        self.flush()?;
        self.sync()
    }

    /// Takes the mark away that says the file was not closed. That is a courtesy: an error changes nothing.
    fn unmark(&self) {
        let _ = self.file.patch(FLAGS_OFFSET, &[0, 0]).and_then(|()| self.file.sync());
    }
}

fn sync(file: &dyn DiskFile, number: u32) -> Result<(), LogError> {
    file.sync().map_err(LogError::io("cannot sync", &file_name(number)))
}

/// Seconds since 1970.
pub(super) fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

impl Log {
    /// Appends transactions that were ready at the same time, in this order. They are not durable and not
    /// revealed yet. On an error nothing was appended.
    pub fn append(&self, group: &[Commit<'_>]) -> Result<Appended, LogError> {
        let version = version_number(self.options.server_version.as_bytes());
        let mut writer = self.writer();
        writer.usable()?;
        let start = writer.end();
        let ends = writer.gather(group, version)?;
        if self.state().is_read() {
            writer.flush_to(&self.recent, start)?;
        } else {
            writer.flush()?;
        }
        writer.sequence += group.len() as u64;
        let mut state = self.state();
        for commit in group {
            state.executed.insert(commit.gtid.clone());
        }
        Ok(Appended { ends, rotation_due: writer.file.len() >= self.options.max_size })
    }

    /// Makes everything durable that was appended. After an error the log is stopped.
    pub fn sync(&self) -> Result<(), LogError> {
        let (file, number) = {
            let writer = self.writer();
            (Arc::clone(&writer.file), writer.number)
        };
        sync(&*file, number)
    }

    /// Goes on in a new file, after having synced the old one, and reveals all that was appended. On an error
    /// the log goes on in the old one.
    pub fn rotate(&self) -> Result<Position, LogError> {
        let mut writer = self.writer();
        writer.usable()?;
        self.rotate_from(&mut writer, self.executed())
    }

    /// Goes on in a new file whose earlier transactions are `previous`.
    pub(super) fn rotate_from(
        &self,
        writer: &mut Writer,
        previous: GtidSet,
    ) -> Result<Position, LogError> {
        writer.sync()?;
        let number = next_number(writer.number)?;
        let file = self.create(number, false, &previous)?;
        let old_end = writer.file.len();
        let origin = self.origin();
        let linked = writer
            .end_with(|out| put_rotate(out, &file_name(number), origin))
            .and_then(|()| self.index_with(Some(number)));
        if let Err(error) = linked {
            self.unlink(writer, old_end, number);
            return Err(error);
        }
        writer.unmark();
        self.switch(writer, file, number, previous);
        Ok(writer.end())
    }

    /// Writes the index of the files that there are, and of one more.
    fn index_with(&self, more: Option<u32>) -> Result<(), LogError> {
        let numbers: Vec<u32> = self.state().files.iter().map(|file| file.number).collect();
        write_index(&*self.disk, numbers.into_iter().chain(more))
    }

    /// Takes a rotation back that failed half way. Where that fails too, nobody knows which index the next
    /// start will find, and the log is stopped.
    fn unlink(&self, writer: &mut Writer, old_end: u64, number: u32) {
        let back = writer
            .file
            .truncate(old_end)
            .map_err(LogError::io("cannot cut", &file_name(writer.number)))
            .and_then(|()| self.index_with(None));
        match back {
            Ok(()) => drop(self.disk.remove(&file_name(number))),
            Err(_) => writer.closed = true,
        }
    }

    fn switch(&self, writer: &mut Writer, file: Arc<dyn DiskFile>, number: u32, previous: GtidSet) {
        let size = writer.file.len();
        *writer = Writer::new(file, number, 0);
        let mut state = self.state();
        if let Some(old) = state.files.last_mut() {
            old.size = size;
        }
        let created = self.origin().timestamp;
        state.files.push(FileInfo { number, created, size: writer.file.len(), previous });
        drop(state);
        self.reveal(writer.end());
    }

    /// A new file with its head, synced.
    pub(super) fn create(
        &self,
        number: u32,
        started: bool,
        previous: &GtidSet,
    ) -> Result<Arc<dyn DiskFile>, LogError> {
        let version = &self.options.server_version;
        create(&*self.disk, number, &head(version, started, previous, self.origin())?)
    }

    pub(super) fn origin(&self) -> Origin {
        Origin { timestamp: now(), server_id: self.options.server_id }
    }

    /// Ends the log in order. Nothing can be appended any more.
    pub fn close(&self) -> Result<(), LogError> {
        let mut writer = self.writer();
        writer.usable()?;
        let origin = self.origin();
        writer.end_with(|out| EventWriter::begin(out).end(code::STOP, origin, 0))?;
        writer.unmark();
        writer.closed = true;
        Ok(())
    }
}

/// Makes a file with this head. Where that fails, no file is left.
pub(super) fn create(
    disk: &dyn Disk,
    number: u32,
    head: &[u8],
) -> Result<Arc<dyn DiskFile>, LogError> {
    let name = file_name(number);
    let file = disk.create(&name).map_err(LogError::io("cannot create", &name))?;
    match file.append(head).and_then(|()| file.sync()) {
        Ok(()) => Ok(file),
        Err(error) => {
            // a leftover is removed at the next start
            let _ = disk.remove(&name);
            Err(LogError::io("cannot write", &name)(error))
        }
    }
}
