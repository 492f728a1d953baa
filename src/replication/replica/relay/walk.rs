//! Going through a file of the relay log when it is opened: what is in it, and where its last whole transaction
//! ends.

use super::FIRST_EVENT;
use crate::binlog::event::{Event, EventHeader, GtidEvent};
use crate::binlog::log::{Boundaries, EventReader, LogError, Step};
use crate::disk::Disk;

/// A whole transaction of the relay log.
#[derive(Debug)]
pub struct Found<'a> {
    /// What its first event says.
    pub gtid: &'a GtidEvent,
    /// The source's file.
    pub file: &'a str,
    /// The header of its last event, whose end is the source's.
    pub last: EventHeader,
}

/// Goes through a file. Gives its size after the tail was cut; `None` for one that has no sound head, which only
/// the last may be.
pub fn walk(
    disk: &dyn Disk,
    name: &str,
    is_last: bool,
    found: &mut dyn FnMut(Found<'_>) -> Result<(), LogError>,
) -> Result<Option<u64>, LogError> {
    let mut reader = match EventReader::open(disk, name) {
        Ok(reader) => reader,
        Err(LogError::Damaged { .. }) if is_last => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut walk = Walk { boundaries: Boundaries::default(), file: String::new(), open: None };
    let mut sound = reader.offset().max(FIRST_EVENT);
    loop {
        match walk.step(&mut reader, found) {
            Ok(true) => {}
            Ok(false) => break,
            Err(LogError::Damaged { .. }) if is_last => break,
            Err(error) => return Err(error),
        }
        if walk.boundaries.is_outside() {
            sound = reader.offset();
        }
    }
    let file = disk.open(name).map_err(super::cannot("open", name))?;
    if is_last && file.len() > sound {
        file.truncate(sound).map_err(super::cannot("cut", name))?;
    }
    // what was found counts as received, so it must not be lost any more: the process may have ended before its sync
    file.sync().map_err(super::cannot("sync", name))?;
    Ok(Some(sound))
}

struct Walk {
    boundaries: Boundaries,
    /// The source's file.
    file: String,
    open: Option<GtidEvent>,
}

impl Walk {
    /// Takes the next event; false at the end.
    fn step(
        &mut self,
        reader: &mut EventReader,
        found: &mut dyn FnMut(Found<'_>) -> Result<(), LogError>,
    ) -> Result<bool, LogError> {
        let (offset, name) = (reader.offset(), reader.name().to_owned());
        let damaged = |what| LogError::Damaged { file: name, offset, what };
        let format = reader.format().clone();
        let Some(raw) = reader.next_event()? else { return Ok(false) };
        let step = self.boundaries.step(&raw, &format);
        match step {
            Err(what) => return Err(damaged(what)),
            Ok(Step::First(gtid)) => self.open = Some(gtid),
            Ok(Step::Middle) => {}
            Ok(Step::Between) => {
                if let Ok(Event::Rotate(file, _)) = Event::parse(&raw, &format) {
                    self.file = String::from_utf8_lossy(file).into_owned();
                }
            }
            Ok(Step::Last) => {
                if let Some(gtid) = self.open.take() {
                    found(Found { gtid: &gtid, file: &self.file, last: raw.header })?;
                }
            }
        }
        Ok(true)
    }
}
