//! The log from a position on, as somebody who follows it reads it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::files::{MAGIC, file_name};
use super::{EventReader, Log, LogError, Position};
use crate::binlog::event::{Format, RawEvent};

/// An event and where it stands.
#[derive(Debug)]
pub struct LogEvent<'a> {
    /// Where it begins.
    pub start: Position,
    /// The event.
    pub raw: RawEvent<'a>,
}

/// Reads events from a position on, file after file, up to what is revealed.
#[derive(Debug)]
pub struct LogReader {
    log: Arc<Log>,
    file: u32,
    reader: EventReader,
    /// Keeps the file from being purged.
    mark: Arc<AtomicU32>,
}

impl Log {
    /// Reads from a position, which must be that of an event, or [`MAGIC`]'s length for the head of a file.
    pub fn read_from(self: &Arc<Self>, from: Position) -> Result<LogReader, LogError> {
        let name = file_name(from.file);
        let mark = {
            let mut state = self.state();
            if !state.files.iter().any(|file| file.number == from.file) {
                return Err(LogError::UnknownFile(name));
            }
            state.mark(from.file)
        };
        let mut reader = self.reader(from.file)?;
        reader.seek(from.offset.max(MAGIC.len() as u64));
        Ok(LogReader { log: Arc::clone(self), file: from.file, reader, mark })
    }

    /// A reader of one file; of the one that is written to, it sees what is added.
    fn reader(&self, number: u32) -> Result<EventReader, LogError> {
        let name = file_name(number);
        let writer = self.writer();
        if number == writer.number {
            let mut reader = EventReader::new(Arc::clone(&writer.file), &name)?;
            reader.set_recent(Arc::clone(&self.recent), number);
            return Ok(reader);
        }
        drop(writer);
        EventReader::open(&**self.disk(), &name)
    }
}

impl LogReader {
    /// Where the next event begins.
    pub fn position(&self) -> Position {
        Position { file: self.file, offset: self.reader.offset() }
    }

    /// What the present file says about its events.
    pub fn format(&self) -> &Format {
        self.reader.format()
    }

    /// The next event; `None` at the end of what is revealed: [`Log::subscribe`] tells when there is more.
    pub fn next_event(&mut self) -> Result<Option<LogEvent<'_>>, LogError> {
        let revealed = self.log.revealed();
        self.extend_to(revealed);
        if self.file < revealed.file && self.reader.offset() >= self.reader.end() {
            self.open_next()?;
            self.extend_to(revealed);
        }
        let start = self.position();
        Ok(self.reader.next_event()?.map(|raw| LogEvent { start, raw }))
    }

    /// Lets the reader go as far as is revealed of its file.
    fn extend_to(&mut self, revealed: Position) {
        let end = if self.file == revealed.file { revealed.offset } else { u64::MAX };
        self.reader.set_end(end);
    }

    /// Goes on at the head of the next file.
    fn open_next(&mut self) -> Result<(), LogError> {
        let next = super::files::next_number(self.file)?;
        let mut reader = self.log.reader(next)?;
        reader.seek(MAGIC.len() as u64);
        (self.file, self.reader) = (next, reader);
        self.mark.store(next, Relaxed);
        Ok(())
    }
}
