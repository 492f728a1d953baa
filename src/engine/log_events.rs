//! The log's events in words: SHOW BINLOG EVENTS.

use super::Engine;
use crate::binlog::event::describe;
use crate::binlog::log::{MAGIC, file_name, file_number};
use crate::binlog::{EventError, LogError, Position};
use crate::value::SqlError;

/// An event of the log in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// The file's name.
    pub file: String,
    /// Where it begins.
    pub start: u64,
    /// Its kind, in MySQL's words.
    pub kind: &'static str,
    /// The server that it began on.
    pub server_id: u32,
    /// Where it ends.
    pub end: u64,
    /// What is in it.
    pub info: String,
}

/// Which events are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRange<'a> {
    /// The file; none: the first.
    pub file: Option<&'a str>,
    /// Where the first of them begins; none: at the file's head.
    pub from: Option<u64>,
    /// How many are passed over.
    pub offset: u64,
    /// How many are given, at most.
    pub count: u64,
}

impl Engine {
    /// Gives events of one file to `each`, until it fails or the file ends. Without a log there are none.
    ///
    /// # Errors
    /// 1220 for a file or a position that is not there; the disk's; those of `each`.
    pub fn log_events(
        &self,
        range: &EventRange<'_>,
        each: &mut dyn FnMut(LoggedEvent) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        let Some(log) = self.log() else { return Ok(()) };
        let head = MAGIC.len() as u64;
        let file = match range.file {
            Some(name) => file_number(name).ok_or_else(no_file)?,
            None => log.files().first().map_or(1, |file| file.number),
        };
        let start = Position { file, offset: range.from.unwrap_or(head).max(head) };
        if start.offset > head
            && log.files().iter().any(|info| info.number == file && start.offset > info.size)
        {
            return Err(no_event());
        }
        let mut reader = log.read_from(start).map_err(|error| show_error(&error))?;
        let format = reader.format().clone();
        let mut passed = 0;
        while passed < range.offset.saturating_add(range.count) {
            let next = reader.next_event().map_err(|error| show_error(&error))?;
            let Some(event) = next.filter(|event| event.start.file == file) else { break };
            passed += 1;
            if passed > range.offset {
                let end = event.start.offset + u64::from(event.raw.header.size);
                let words = describe(&event.raw, &format).map_err(|error: EventError| {
                    SqlError::new(1220, b"HY000", failed(&error.to_string()))
                })?;
                each(LoggedEvent {
                    file: file_name(file),
                    start: event.start.offset,
                    kind: words.kind,
                    server_id: event.raw.header.server_id,
                    end,
                    info: words.info,
                })?;
            }
        }
        Ok(())
    }
}

fn failed(why: &str) -> String {
    format!("Error when executing command SHOW BINLOG EVENTS: {why}")
}

fn no_file() -> SqlError {
    SqlError::new(1220, b"HY000", failed("Could not find target log"))
}

fn no_event() -> SqlError {
    SqlError::new(1220, b"HY000", failed("Wrong offset or I/O error"))
}

fn show_error(error: &LogError) -> SqlError {
    match error {
        LogError::UnknownFile(_) => no_file(),
        LogError::Damaged { .. } => no_event(),
        other => SqlError::from(other),
    }
}
