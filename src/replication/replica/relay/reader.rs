//! Reading the relay log as the applier does: event by event, up to the last whole transaction.

use std::sync::Arc;

use super::{FIRST_EVENT, Relay, RelayPosition, cannot, file_name};
use crate::binlog::event::{Format, RawEvent};
use crate::binlog::log::{EventReader, LogError};

/// An event of the relay log.
#[derive(Debug)]
pub struct RelayEvent<'a> {
    /// Where it begins.
    pub start: RelayPosition,
    /// The event.
    pub raw: RawEvent<'a>,
    /// What its file says about its events.
    pub format: Arc<Format>,
}

/// Reads events from the front, file after file.
#[derive(Debug)]
pub struct RelayReader {
    relay: Arc<Relay>,
    current: Option<(u32, EventReader)>,
    format: Arc<Format>,
}

impl RelayReader {
    /// A reader at the first event that is there.
    pub fn new(relay: Arc<Relay>) -> Self {
        let format = Format { server_version: String::new(), created: 0, has_checksum: false };
        Self { relay, current: None, format: Arc::new(format) }
    }

    /// Where the next event begins.
    pub fn position(&self) -> RelayPosition {
        let position = self.current.as_ref();
        position.map_or_else(RelayPosition::default, |(file, reader)| RelayPosition {
            file: *file,
            offset: reader.offset(),
        })
    }

    /// Goes back to an event that is not applied yet.
    ///
    /// # Errors
    /// The disk; a damaged file.
    pub fn seek(&mut self, position: RelayPosition) -> Result<(), LogError> {
        if self.current.as_ref().is_none_or(|(file, _)| *file != position.file) {
            self.begin_file(position.file)?;
        }
        if let Some((_, reader)) = &mut self.current {
            reader.seek(position.offset);
        }
        Ok(())
    }

    /// The next event; `None` where nothing more may be read yet.
    ///
    /// # Errors
    /// The disk; a damaged file.
    pub fn next_event(&mut self) -> Result<Option<RelayEvent<'_>>, LogError> {
        let visible = self.relay.visible();
        loop {
            self.extend(visible);
            let ended = self.current.as_ref().is_none_or(|(_, file)| file.offset() >= file.end());
            if !ended {
                break;
            }
            if !self.advance(visible)? {
                return Ok(None);
            }
        }
        let (start, format) = (self.position(), self.format.clone());
        let Some((_, reader)) = &mut self.current else { return Ok(None) };
        Ok(reader.next_event()?.map(|raw| RelayEvent { start, raw, format }))
    }

    fn extend(&mut self, visible: RelayPosition) {
        if let Some((file, reader)) = &mut self.current {
            reader.set_end(if *file == visible.file { visible.offset } else { u64::MAX });
        }
    }

    /// Goes on with the next file; false where there is none to be read.
    fn advance(&mut self, visible: RelayPosition) -> Result<bool, LogError> {
        let next = match &self.current {
            Some((file, _)) => self.relay.next_after(*file),
            None => self.relay.first(),
        };
        let Some(number) = next.filter(|number| *number <= visible.file) else { return Ok(false) };
        self.begin_file(number)?;
        Ok(true)
    }

    fn begin_file(&mut self, number: u32) -> Result<(), LogError> {
        let name = file_name(number);
        let file = self.relay.open_file(number).map_err(cannot("open", &name))?;
        let mut reader = EventReader::new(file, &name)?;
        reader.seek(reader.offset().max(FIRST_EVENT));
        self.format = Arc::new(reader.format().clone());
        self.current = Some((number, reader));
        Ok(())
    }
}
