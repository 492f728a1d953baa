//! The log's transactions one by one: what recovery applies, and a replica.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::boundaries::{Boundaries, Step};
use super::files::file_name;
use super::{EventReader, LogError, Position};
use crate::binlog::bytes::EventError;
use crate::binlog::event::{Event, EventHeader, Format, GtidEvent, RawEvent, TransactionId};
use crate::disk::Disk;
use crate::gtid::GtidSet;

/// A whole transaction.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// What its first event says.
    pub gtid: GtidEvent,
    /// Where its first event begins.
    pub start: Position,
    /// Where its last event ends.
    pub end: Position,
    format: Arc<Format>,
    bytes: Vec<u8>,
    events: Vec<Range<usize>>,
}

impl Transaction {
    /// Its events, the GTID event first.
    pub fn events(&self) -> impl Iterator<Item = Result<(EventHeader, Event<'_>), EventError>> {
        self.events.iter().map(|range| {
            let bytes = self.bytes.get(range.clone()).unwrap_or_default();
            let raw = RawEvent::read(bytes, self.format.has_checksum)?;
            Ok((raw.header, Event::parse(&raw, &self.format)?))
        })
    }

    fn push(&mut self, event: &[u8], end: u64) {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(event);
        self.events.push(from..self.bytes.len());
        self.end.offset = end;
    }

    /// Bytes of all its events.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it has no events; none is made so.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// Goes through files and gives the transactions that are not in a set.
#[derive(Debug)]
pub struct Transactions {
    disk: Arc<dyn Disk>,
    /// Files still to be read, with where reading ends.
    files: VecDeque<(u32, u64)>,
    current: Option<(u32, Walk)>,
    applied: GtidSet,
    done: u64,
    total: u64,
    failed: bool,
}

impl Transactions {
    pub(super) fn new(disk: Arc<dyn Disk>, files: VecDeque<(u32, u64)>, applied: GtidSet) -> Self {
        let total = files.iter().map(|(_, size)| size).sum();
        Self { disk, files, current: None, applied, done: 0, total, failed: false }
    }

    /// Bytes of the files gone through so far, and of all.
    pub fn progress(&self) -> (u64, u64) {
        let current = self.current.as_ref().map_or(0, |(_, walk)| walk.reader.offset());
        (self.done + current, self.total)
    }

    fn advance(&mut self) -> Result<Option<Transaction>, LogError> {
        loop {
            let Some((number, walk)) = &mut self.current else {
                let Some((number, end)) = self.files.pop_front() else { return Ok(None) };
                let mut reader = EventReader::open(&*self.disk, &file_name(number))?;
                reader.set_end(end);
                self.current = Some((number, Walk::new(reader)));
                continue;
            };
            match walk.next_transaction(*number, &self.applied)? {
                Some(transaction) => return Ok(Some(transaction)),
                None => {
                    self.done += walk.reader.end();
                    self.current = None;
                }
            }
        }
    }
}

impl Iterator for Transactions {
    type Item = Result<Transaction, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.advance().transpose();
        self.failed = matches!(next, Some(Err(_)));
        next
    }
}

/// One file's events with the transactions around them. Positions must be the file's own.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) reader: EventReader,
    boundaries: Boundaries,
}

/// What [`Walk::step`] saw.
pub(super) struct Walked<'a> {
    pub(super) step: Step,
    pub(super) raw: RawEvent<'a>,
}

impl Walk {
    pub(super) fn new(reader: EventReader) -> Self {
        Self { reader, boundaries: Boundaries::default() }
    }

    /// Whether no transaction is open.
    pub(super) fn is_outside(&self) -> bool {
        self.boundaries.is_outside()
    }

    /// The next event; `None` at the end.
    pub(super) fn step(&mut self) -> Result<Option<Walked<'_>>, LogError> {
        let offset = self.reader.offset();
        let name = self.reader.shared_name();
        let format = self.reader.shared_format();
        let Some(raw) = self.reader.next_event()? else { return Ok(None) };
        let damaged = |what| LogError::Damaged { file: name.to_string(), offset, what };
        let end = offset + u64::from(raw.header.size);
        if raw.header.end != end as u32 {
            return Err(damaged(EventError::Malformed("an event is not where it was written")));
        }
        match self.boundaries.step(&raw, &format) {
            Ok(step) => Ok(Some(Walked { step, raw })),
            Err(what) => Err(damaged(what)),
        }
    }

    /// The next transaction that is not in `applied`.
    fn next_transaction(
        &mut self,
        file: u32,
        applied: &GtidSet,
    ) -> Result<Option<Transaction>, LogError> {
        let mut open: Option<Transaction> = None;
        let mut last = false;
        loop {
            let start = self.reader.offset();
            let format = self.reader.shared_format();
            let Some(Walked { step, raw }) = self.step()? else { break };
            let end = start + raw.bytes.len() as u64;
            match step {
                Step::Between => continue,
                Step::First(gtid) if is_applied(&gtid, applied) => {
                    self.skip(start, gtid.length);
                    continue;
                }
                Step::First(gtid) => {
                    open = Some(opened(gtid, Position { file, offset: start }, format))
                }
                Step::Middle | Step::Last if open.is_none() => continue,
                Step::Middle => {}
                Step::Last => last = true,
            }
            if let Some(transaction) = &mut open {
                transaction.push(raw.bytes, end);
            }
            if last {
                return Ok(open);
            }
        }
        match open {
            None => Ok(None),
            Some(open) => Err(LogError::Damaged {
                file: self.reader.name().to_owned(),
                offset: open.start.offset,
                what: EventError::Short("a transaction"),
            }),
        }
    }

    /// Steps over a transaction whose first event was read, if its length is known.
    fn skip(&mut self, start: u64, length: u64) {
        let end = start.saturating_add(length);
        if length > 0 && end <= self.reader.end() {
            self.reader.seek(end);
            self.boundaries = Boundaries::default();
        }
    }
}

fn is_applied(gtid: &GtidEvent, applied: &GtidSet) -> bool {
    matches!(&gtid.id, TransactionId::MySql(gtid) if applied.contains(gtid))
}

fn opened(gtid: GtidEvent, start: Position, format: Arc<Format>) -> Transaction {
    Transaction { gtid, start, end: start, format, bytes: Vec::new(), events: Vec::new() }
}
