//! The relay log: what was received and is not applied yet.
//!
//! ```text
//! relay-bin.000001 …    magic | the source's format description | ROTATE: the source's file | events …
//!                       a new file for each of the source's, for each connection, and by size
//!
//! receiver   begin_file, append …, end_transaction, sync          applier   RelayReader, remove_before
//!                              └─▶ visible ───────────────────────────────▶
//! ```
//!
//! The folder's listing is the index: numbers follow one another. Events stand as they came; their end positions
//! are the source's. Readers see whole transactions only: what a broken connection left of one is cut off, and so
//! is what a crash left ([`Relay::open`]).

mod head;
mod reader;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

pub use reader::{RelayEvent, RelayReader};
pub use walk::Found;

use crate::binlog::log::{LogError, MAGIC};
use crate::disk::{Disk, DiskFile};

/// Names of files are this and a number.
const BASE: &str = "relay-bin.";

/// A file is followed by another at the end of the transaction with which it reaches so many bytes.
const FILE_BYTES: u64 = 64 << 20;

/// Between transactions nothing more is received while the files hold so many bytes.
pub const MAX_SPACE: u64 = 4 << 30;

/// What is appended at once, in bytes.
const BUFFER: usize = 256 << 10;

/// A place in the relay log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelayPosition {
    /// The file's number.
    pub file: u32,
    /// Bytes from its beginning.
    pub offset: u64,
}

impl RelayPosition {
    /// The file's name.
    pub fn name(&self) -> String {
        file_name(self.file)
    }
}

/// The relay log.
#[derive(Debug)]
pub struct Relay {
    disk: Arc<dyn Disk>,
    state: Mutex<State>,
    visible: watch::Sender<RelayPosition>,
}

#[derive(Debug, Default)]
struct State {
    /// Oldest first, with their sizes; the last one's is not kept up while it is written.
    files: VecDeque<(u32, u64)>,
    /// The file that is written to.
    writer: Option<Writer>,
    /// The highest number that was given.
    last: u32,
    /// Nobody knows what the disk has of what was written: nothing more is, until a restart looks.
    failed: bool,
}

#[derive(Debug)]
struct Writer {
    number: u32,
    file: Arc<dyn DiskFile>,
    buffer: Vec<u8>,
    /// The source's format description and file, for the head of the next.
    head: Vec<u8>,
}

impl Writer {
    fn end(&self) -> u64 {
        self.file.len() + self.buffer.len() as u64
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.file.append(&self.buffer)?;
        if self.buffer.capacity() > 4 * BUFFER {
            self.buffer = Vec::new();
        }
        self.buffer.clear();
        Ok(())
    }
}

fn file_name(number: u32) -> String {
    format!("{BASE}{number:06}")
}

fn file_number(name: &str) -> Option<u32> {
    name.strip_prefix(BASE)?.parse().ok().filter(|number| *number > 0)
}

/// Whether a file of this name is one of a relay log.
pub fn is_relay_file(name: &str) -> bool {
    file_number(name).is_some()
}

impl Relay {
    /// Opens what is there. A tail that is no whole transaction is cut off; `found` is told of every whole one.
    ///
    /// # Errors
    /// The disk; a file that is damaged before its tail.
    pub fn open(
        disk: Arc<dyn Disk>,
        found: &mut dyn FnMut(Found<'_>) -> Result<(), LogError>,
    ) -> Result<Self, LogError> {
        let names = disk.list().map_err(cannot("list", "the data folder"))?;
        let mut numbers: Vec<u32> = names.iter().filter_map(|name| file_number(name)).collect();
        numbers.sort_unstable();
        let mut files = VecDeque::new();
        for (at, number) in numbers.iter().enumerate() {
            let is_last = at + 1 == numbers.len();
            match walk::walk(&*disk, &file_name(*number), is_last, found)? {
                Some(size) => files.push_back((*number, size)),
                None => disk.remove(&file_name(*number)).map_err(cannot("remove", BASE))?,
            }
        }
        let end = files.back().map_or_else(RelayPosition::default, |(file, offset)| {
            RelayPosition { file: *file, offset: *offset }
        });
        let last = numbers.last().copied().unwrap_or(0);
        let state = Mutex::new(State { files, writer: None, last, failed: false });
        Ok(Self { disk, state, visible: watch::Sender::new(end) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what it has may be counted as received.
    ///
    /// # Errors
    /// Not after a failed sync.
    pub fn check(&self) -> io::Result<()> {
        usable(&self.state())
    }

    /// Begins a file with a format description as the source sent it; events of the source's `file` follow.
    ///
    /// # Errors
    /// The disk's.
    pub fn begin_file(&self, format: &[u8], checksums: bool, file: &str) -> io::Result<()> {
        let head = head::head(format, checksums, file);
        self.begin(&mut self.state(), head)
    }

    fn begin(&self, state: &mut State, head: Vec<u8>) -> io::Result<()> {
        self.close_writer(state)?;
        usable(state)?;
        let number = state.last + 1;
        let file = self.disk.create(&file_name(number))?;
        state.last = number;
        if let Err(error) = file.append(&head) {
            // a file without a head would be damage once others follow
            state.failed = self.disk.remove(&file_name(number)).is_err();
            return Err(error);
        }
        state.files.push_back((number, file.len()));
        let end = RelayPosition { file: number, offset: file.len() };
        state.writer = Some(Writer { number, file, buffer: Vec::new(), head });
        self.visible.send_replace(end);
        Ok(())
    }

    /// The file that was written to ends with its last whole transaction.
    fn close_writer(&self, state: &mut State) -> io::Result<()> {
        let Some(mut writer) = state.writer.take() else { return Ok(()) };
        writer.buffer.clear();
        let end = *self.visible.borrow();
        let is_longer = writer.file.len() > end.offset;
        let cut = if is_longer { writer.file.truncate(end.offset) } else { Ok(()) };
        cut.and_then(|()| writer.file.sync()).inspect_err(|_| state.failed = true)?;
        if let Some(last) = state.files.back_mut().filter(|(number, _)| *number == writer.number) {
            last.1 = writer.file.len();
        }
        Ok(())
    }

    /// Ends what a connection left: what is no whole transaction is cut off.
    ///
    /// # Errors
    /// The disk's.
    pub fn end_file(&self) -> io::Result<()> {
        self.close_writer(&mut self.state())
    }

    /// Appends an event.
    ///
    /// # Errors
    /// The disk's; no file was begun.
    pub fn append(&self, event: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let writer = state.writer.as_mut().ok_or_else(|| io::Error::other("no relay log file"))?;
        writer.buffer.extend_from_slice(event);
        if writer.buffer.len() >= BUFFER { writer.flush() } else { Ok(()) }
    }

    /// The last event ended a transaction: it may be read. A full file is followed by another.
    ///
    /// # Errors
    /// The disk's.
    pub fn end_transaction(&self) -> io::Result<()> {
        let mut state = self.state();
        let Some(writer) = state.writer.as_mut() else { return Ok(()) };
        writer.flush()?;
        let (end, is_full) = (writer.end(), writer.end() >= FILE_BYTES);
        self.visible.send_replace(RelayPosition { file: writer.number, offset: end });
        if is_full {
            let head = writer.head.clone();
            self.begin(&mut state, head)?;
        }
        Ok(())
    }

    /// Makes everything durable that was appended.
    ///
    /// # Errors
    /// The disk's: nothing that was not acknowledged before may be acknowledged any more.
    pub fn sync(&self) -> io::Result<()> {
        let file = {
            let mut state = self.state();
            let Some(writer) = state.writer.as_mut() else { return Ok(()) };
            writer.flush()?;
            writer.file.clone()
        };
        file.sync().inspect_err(|_| self.state().failed = true)
    }

    /// The end of what may be read.
    pub fn visible(&self) -> RelayPosition {
        *self.visible.borrow()
    }

    /// Tells when there is more.
    pub fn subscribe(&self) -> watch::Receiver<RelayPosition> {
        self.visible.subscribe()
    }

    /// Bytes of all files.
    pub fn space(&self) -> u64 {
        let state = self.state();
        let closed: u64 = state.files.iter().map(|(_, size)| size).sum();
        let current = state.writer.as_ref();
        let current = current.map_or(0, |writer| writer.end().saturating_sub(head_len(writer)));
        closed + current
    }

    /// Removes the files before this one: all in them is applied.
    ///
    /// # Errors
    /// The disk's; what could not be removed is tried again next time.
    pub fn remove_before(&self, number: u32) -> io::Result<()> {
        let mut state = self.state();
        while let Some((first, _)) = state.files.front().copied().filter(|(at, _)| *at < number) {
            self.disk.remove(&file_name(first))?;
            state.files.pop_front();
        }
        Ok(())
    }

    /// RESET REPLICA: nothing is left, and numbers begin anew.
    ///
    /// # Errors
    /// The disk's.
    pub fn reset(&self) -> io::Result<()> {
        let mut state = self.state();
        state.writer = None;
        while let Some((first, _)) = state.files.front().copied() {
            self.disk.remove(&file_name(first))?;
            state.files.pop_front();
        }
        (state.last, state.failed) = (0, false);
        self.visible.send_replace(RelayPosition::default());
        Ok(())
    }

    /// The first file, and its size if it is closed.
    fn first(&self) -> Option<u32> {
        self.state().files.front().map(|(number, _)| *number)
    }

    fn next_after(&self, number: u32) -> Option<u32> {
        let state = self.state();
        state.files.iter().map(|(at, _)| *at).find(|at| *at > number)
    }

    fn open_file(&self, number: u32) -> io::Result<Arc<dyn DiskFile>> {
        let state = self.state();
        if let Some(writer) = state.writer.as_ref().filter(|writer| writer.number == number) {
            return Ok(writer.file.clone());
        }
        drop(state);
        self.disk.open(&file_name(number))
    }
}

fn head_len(writer: &Writer) -> u64 {
    writer.head.len() as u64
}

fn usable(state: &State) -> io::Result<()> {
    if state.failed { Err(io::Error::other(FAILED)) } else { Ok(()) }
}

/// Why nothing more is received after a failed sync. What follows may not be acknowledged, since an acknowledgement
/// stands for all that is before it.
const FAILED: &str =
    "an earlier error of the disk left the relay log unusable until a restart or RESET REPLICA";

/// Notes what could not be done with which file.
fn cannot(action: &'static str, file: &str) -> impl FnOnce(io::Error) -> LogError {
    let file = file.to_owned();
    move |source| LogError::Io { action, file, source }
}

/// Where a file's events begin.
const FIRST_EVENT: u64 = MAGIC.len() as u64;
