//! The events of one file, checked one by one.

use std::ops::Range;
use std::sync::Arc;

use super::LogError;
use super::files::MAGIC;
use super::recent::Recent;
use crate::binlog::bytes::{EventError, Reader};
use crate::binlog::event::{
    CHECKSUM_LEN, EventHeader, Format, HEADER_LEN, MAX_EVENT, RawEvent, code,
};
use crate::disk::{Disk, DiskFile, read_exact_at};

/// Bytes that are read at once.
const WINDOW: usize = 256 << 10;

/// Largest format description, in bytes.
const MAX_FORMAT: u32 = 4096;

/// Reads a file's events from the front or from an event's position. Works for files of any server.
#[derive(Debug)]
pub struct EventReader {
    file: Arc<dyn DiskFile>,
    name: Arc<str>,
    format: Arc<Format>,
    /// Seconds since 1970.
    created: u32,
    /// The next event.
    offset: u64,
    /// Nothing is read from here on.
    end: u64,
    /// What was read ahead, from `window_start`.
    window: Vec<u8>,
    window_start: u64,
    /// Where the newest part of this file may be in memory, and the file's number.
    recent: Option<(Arc<Recent>, u32)>,
}

impl EventReader {
    /// Opens a file and reads its format description. Reading ends where the file ends now.
    pub fn open(disk: &dyn Disk, name: &str) -> Result<Self, LogError> {
        let file = disk.open(name).map_err(LogError::io("cannot open", name))?;
        Self::new(file, name)
    }

    /// [`EventReader::open`] for a file that is open.
    pub fn new(file: Arc<dyn DiskFile>, name: &str) -> Result<Self, LogError> {
        let format = Format { server_version: String::new(), created: 0, has_checksum: false };
        let end = file.len();
        let (name, format) = (name.into(), Arc::new(format));
        let (window, window_start, created, offset) = (Vec::new(), 0, 0, MAGIC.len() as u64);
        let recent = None;
        let mut reader =
            Self { file, name, format, created, offset, end, window, window_start, recent };
        reader.read_magic()?;
        reader.read_format()?;
        Ok(reader)
    }

    fn read_magic(&mut self) -> Result<(), LogError> {
        let mut magic = [0; MAGIC.len()];
        let whole = self.end >= MAGIC.len() as u64;
        if whole {
            if let Some((recent, number)) = &self.recent
                && recent.copy(*number, self.offset, &mut self.window)
            {
                return Ok(());
            }
            let read = read_exact_at(&*self.file, 0, &mut magic);
            read.map_err(LogError::io("cannot read", &self.name))?;
        }
        if magic == *MAGIC {
            Ok(())
        } else {
            Err(self.damage(0, EventError::Malformed("not a binary log")))
        }
    }

    fn read_format(&mut self) -> Result<(), LogError> {
        let offset = self.offset;
        let header = self.header()?;
        if header.code != code::FORMAT || header.size > MAX_FORMAT {
            return Err(self.damage(offset, EventError::Malformed("no format description")));
        }
        let bytes = self.bytes(header.size as usize)?;
        let checked = Format::ends_with_checksum(bytes.get(HEADER_LEN..).unwrap_or_default());
        let event = RawEvent::read(bytes, checked);
        let format = event.and_then(|event| Format::parse(event.body(), checked));
        self.format = Arc::new(format.map_err(|what| self.damage(offset, what))?);
        self.created = header.timestamp;
        self.offset += u64::from(header.size);
        Ok(())
    }

    /// What the file says about its events.
    pub fn format(&self) -> &Format {
        &self.format
    }

    pub(super) fn shared_format(&self) -> Arc<Format> {
        Arc::clone(&self.format)
    }

    pub(super) fn shared_name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// When the file was begun: seconds since 1970.
    pub fn created(&self) -> u32 {
        self.created
    }

    /// Where the next event begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Where reading ends.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads what is in memory from there.
    pub(super) fn set_recent(&mut self, recent: Arc<Recent>, number: u32) {
        self.recent = Some((recent, number));
    }

    /// Goes on with the event at `offset`.
    pub fn seek(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// Ends reading at `end`, or lets it go on to there; at most to the file's end.
    pub fn set_end(&mut self, end: u64) {
        self.end = end.min(self.file.len());
    }

    /// The next event; `None` at the end. After an error the offset still is that of the event.
    pub fn next_event(&mut self) -> Result<Option<RawEvent<'_>>, LogError> {
        if self.offset >= self.end {
            return Ok(None);
        }
        let offset = self.offset;
        let header = self.header()?;
        let has_checksum = self.format.has_checksum;
        let name = self.shared_name();
        let range = self.ready(header.size as usize)?;
        let bytes = self.window.get(range).unwrap_or_default();
        let event = RawEvent::read(bytes, has_checksum);
        let event =
            event.map_err(|what| LogError::Damaged { file: name.to_string(), offset, what })?;
        self.offset += u64::from(header.size);
        Ok(Some(event))
    }

    /// The next event's header, its size checked.
    fn header(&mut self) -> Result<EventHeader, LogError> {
        let offset = self.offset;
        let bytes = self.bytes(HEADER_LEN)?;
        let header = EventHeader::read(&mut Reader::new(bytes, "an event's header"));
        let header = header.map_err(|what| self.damage(offset, what))?;
        let size = header.size as usize;
        if !(HEADER_LEN + CHECKSUM_LEN..=MAX_EVENT).contains(&size) && size != HEADER_LEN {
            return Err(self.damage(offset, EventError::Malformed("an event's size is impossible")));
        }
        Ok(header)
    }

    /// The next `count` bytes, which are not taken.
    fn bytes(&mut self, count: usize) -> Result<&[u8], LogError> {
        let range = self.ready(count)?;
        Ok(self.window.get(range).unwrap_or_default())
    }

    /// Where the next `count` bytes are in the window.
    fn ready(&mut self, count: usize) -> Result<Range<usize>, LogError> {
        let left = self.end.saturating_sub(self.offset);
        if count as u64 > left {
            return Err(self.damage(self.offset, EventError::Short("the file's last event")));
        }
        let start =
            self.offset.checked_sub(self.window_start).and_then(|at| usize::try_from(at).ok());
        let ready = start.is_some_and(|start| start.saturating_add(count) <= self.window.len());
        if !ready {
            self.fill(count.max(WINDOW).min(usize::try_from(left).unwrap_or(usize::MAX)))?;
        }
        let start = if ready { start.unwrap_or(0) } else { 0 };
        Ok(start..start + count)
    }

    /// Reads `count` bytes from the next event on, as many as there are.
    fn fill(&mut self, count: usize) -> Result<(), LogError> {
        if self.window.capacity() > 16 * WINDOW && count <= WINDOW {
            self.window = Vec::new();
        }
        self.window.clear();
        self.window.resize(count, 0);
        self.window_start = self.offset;
        let read = read_exact_at(&*self.file, self.offset, &mut self.window);
        read.map_err(|error| {
            self.window.clear();
            LogError::io("cannot read", &self.name)(error)
        })
    }

    fn damage(&self, offset: u64, what: EventError) -> LogError {
        LogError::Damaged { file: self.name.to_string(), offset, what }
    }
}
