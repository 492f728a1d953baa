//! The newest file after a crash: what counts, and whether the rest may be cut off.
//!
//! A crash leaves the newest file with a tail that was not synced: short, torn, or with holes. Everything from
//! the first unsound event on is cut, back to the last whole transaction. But an unsound event may also be a
//! synced one that the disk spoiled later; cutting there would lose acknowledged commits. The logical clock
//! tells them apart: a transaction says which one before it had been committed when its group was formed
//! (`last_committed`), and a group is synced before the next is appended. So if behind the damage a sound
//! transaction stands that counts the damaged one as committed, the damage is not a torn tail, and the log is
//! refused. ([`Tail::Unsynced`] is for a log that was not synced group by group; there all may be torn.)

use super::boundaries::Step;
use super::transactions::{Walk, Walked};
use super::{EventReader, LogError};
use crate::binlog::bytes::Reader;
use crate::binlog::event::{
    EventHeader, GtidEvent, HEADER_LEN, RawEvent, TransactionId, code, flag,
};
use crate::disk::{DiskFile, read_exact_at};
use crate::gtid::GtidSet;

/// Bytes that are searched at once.
const CHUNK: usize = 1 << 20;

/// Largest GTID event that is looked for behind damage, in bytes.
const MAX_GTID_EVENT: u32 = 512;

/// How a log was synced before it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tail {
    /// Each group of commits before the next one began (`sync_binlog=1`).
    #[default]
    Synced,
    /// Now and then, or never.
    Unsynced,
}

/// What is sound of a file.
#[derive(Debug)]
pub struct Scan {
    /// Where the last whole transaction, or event of the file, ends.
    pub sound_end: u64,
    /// Where the file ends.
    pub end: u64,
    /// Its transactions.
    pub executed: GtidSet,
    /// The logical clock's last number.
    pub sequence: u64,
    /// A rotation or stop is its last event: nothing may follow.
    pub is_closed: bool,
    /// It was not closed in order.
    pub in_use: bool,
    /// The transaction that has begun and not ended.
    open: Option<GtidEvent>,
}

/// Goes through the newest file. Damage that is not a torn tail is an error.
pub fn scan(file: &dyn DiskFile, reader: EventReader, tail: Tail) -> Result<Scan, LogError> {
    let end = reader.end();
    let mut walk = Walk::new(reader);
    let mut scan = Scan {
        sound_end: walk.reader.offset(),
        end,
        executed: GtidSet::default(),
        sequence: 0,
        is_closed: false,
        in_use: in_use(file)?,
        open: None,
    };
    let mut head = true;
    loop {
        match scan.step(&mut walk) {
            Ok(true) => head = false,
            Ok(false) => return Ok(scan),
            // what a file begins with is synced before the index names the file
            Err(damage) if head => return Err(damage),
            Err(damage) if is_io(&damage) => return Err(damage),
            Err(damage) => {
                let later = || committed_later(file, scan.sound_end + 1, scan.sequence);
                return if tail == Tail::Synced && later()? { Err(damage) } else { Ok(scan) };
            }
        }
    }
}

fn is_io(error: &LogError) -> bool {
    matches!(error, LogError::Io { .. })
}

fn in_use(file: &dyn DiskFile) -> Result<bool, LogError> {
    let mut flags = [0; 2];
    read(file, super::files::FLAGS_OFFSET, &mut flags)?;
    Ok(u16::from_le_bytes(flags) & flag::IN_USE != 0)
}

impl Scan {
    /// Takes one event; false at the end.
    fn step(&mut self, walk: &mut Walk) -> Result<bool, LogError> {
        let Some(Walked { step, raw }) = walk.step()? else { return Ok(false) };
        match step {
            Step::First(gtid) => self.open = Some(gtid),
            Step::Between => {
                self.is_closed = matches!(raw.header.code, code::ROTATE | code::STOP);
            }
            Step::Middle => {}
            Step::Last => self.count(),
        }
        if walk.is_outside() {
            self.sound_end = walk.reader.offset();
        }
        Ok(true)
    }

    /// Counts the transaction that ended.
    fn count(&mut self) {
        let Some(gtid) = self.open.take() else { return };
        self.sequence = gtid.sequence_number;
        if let TransactionId::MySql(gtid) = gtid.id {
            self.executed.insert(gtid);
        }
    }
}

/// Whether a sound GTID event stands at `from` or later that counts a number above `sequence` as committed.
fn committed_later(file: &dyn DiskFile, from: u64, sequence: u64) -> Result<bool, LogError> {
    let end = file.len();
    let mut chunk = vec![0; CHUNK];
    let mut start = from;
    while start + HEADER_LEN as u64 <= end {
        let len = usize::try_from(end - start).unwrap_or(CHUNK).min(CHUNK);
        let window = chunk.get_mut(..len).unwrap_or_default();
        read(file, start, window)?;
        for (at, bytes) in window.windows(HEADER_LEN).enumerate() {
            let offset = start + at as u64;
            if let Some(size) = looks_like_gtid(bytes, offset)
                && offset + u64::from(size) <= end
                && is_committed_after(file, offset, size, sequence)?
            {
                return Ok(true);
            }
        }
        // the next chunk begins with what is too short for a header in this one
        start += (len - (HEADER_LEN - 1).min(len - 1)) as u64;
    }
    Ok(false)
}

/// The size of an event whose header says that it is a GTID event which ends where it would end.
fn looks_like_gtid(bytes: &[u8], offset: u64) -> Option<u32> {
    let kind = bytes.get(4).copied()?;
    if kind != code::GTID && kind != code::GTID_TAGGED {
        return None;
    }
    let header = EventHeader::read(&mut Reader::new(bytes, "a header")).ok()?;
    let ends = (offset + u64::from(header.size)) as u32 == header.end;
    (ends && (HEADER_LEN as u32..=MAX_GTID_EVENT).contains(&header.size)).then_some(header.size)
}

fn is_committed_after(
    file: &dyn DiskFile,
    offset: u64,
    size: u32,
    sequence: u64,
) -> Result<bool, LogError> {
    let mut bytes = vec![0; size as usize];
    read(file, offset, &mut bytes)?;
    let event = RawEvent::read(&bytes, true);
    let gtid = event.and_then(|event| GtidEvent::parse(&event.header, event.body()));
    Ok(gtid.is_ok_and(|gtid| gtid.last_committed > sequence))
}

fn read(file: &dyn DiskFile, offset: u64, bytes: &mut [u8]) -> Result<(), LogError> {
    read_exact_at(file, offset, bytes).map_err(LogError::io("cannot read", "the newest file"))
}
