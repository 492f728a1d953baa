//! Names of the log's files, the index that lists them, and what stands at the head of each.
//!
//! ```text
//! binlog.index    ./binlog.000007        replaced as a whole
//!                 ./binlog.000008
//! binlog.000008   magic | format description | previous GTIDs | transactions … | rotation or stop
//! ```
//!
//! A file is made and synced before the index names it, and the index forgets it before it is removed. So
//! files that the index does not name hold nothing that counts.

use super::{EventReader, LogError};
use crate::binlog::bytes::EventError;
use crate::binlog::event::{Event, Origin, put_format, put_previous_gtids, seal_all};
use crate::disk::Disk;
use crate::gtid::GtidSet;

/// What every file begins with.
pub const MAGIC: &[u8; 4] = b"\xfebin";

/// The index's name.
pub const INDEX: &str = "binlog.index";

/// Where a file's header flags are: those of its first event.
pub const FLAGS_OFFSET: u64 = MAGIC.len() as u64 + 17;

/// Names of files are this and a number.
const BASE: &str = "binlog.";

/// Number of a log's first file.
pub const FIRST: u32 = 1;

/// Highest number of a file (MySQL's own limit).
const MAX_NUMBER: u32 = 0x7fff_ffff;

/// Largest index that is read, in bytes: two million files.
const MAX_INDEX: u64 = 32 << 20;

/// The name of a file of the log.
pub fn file_name(number: u32) -> String {
    format!("{BASE}{number:06}")
}

/// The number of a file of the log.
pub fn file_number(name: &str) -> Option<u32> {
    let digits = name.strip_prefix(BASE)?;
    let plain = digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| plain && (1..=MAX_NUMBER).contains(number))
}

/// The number after this one.
pub fn next_number(number: u32) -> Result<u32, LogError> {
    let next = number.checked_add(1).filter(|next| *next <= MAX_NUMBER);
    next.ok_or_else(|| LogError::Index("no number is left for another file".into()))
}

/// A file of the log.
#[derive(Debug, Clone)]
pub struct FileInfo {
    /// Its number; see [`FileInfo::name`].
    pub number: u32,
    /// When it was begun: seconds since 1970.
    pub created: u32,
    /// Bytes in it.
    pub size: u64,
    /// The transactions of all files before it.
    pub previous: GtidSet,
}

impl FileInfo {
    /// Its name.
    pub fn name(&self) -> String {
        file_name(self.number)
    }

    /// Reads the head of a file.
    pub fn read(disk: &dyn Disk, number: u32) -> Result<Self, LogError> {
        let mut reader = EventReader::open(disk, &file_name(number))?;
        let (size, created) = (reader.end(), reader.created());
        let name = file_name(number);
        let format = reader.format().clone();
        let damaged = |offset, what| LogError::Damaged { file: name.clone(), offset, what };
        let offset = reader.offset();
        let event = reader.next_event()?;
        let event = event.map(|raw| Event::parse(&raw, &format)).transpose();
        match event.map_err(|what| damaged(offset, what))? {
            Some(Event::PreviousGtids(previous)) => Ok(Self { number, created, size, previous }),
            _ => Err(damaged(offset, EventError::Malformed("no GTIDs at the head of the file"))),
        }
    }
}

/// What a new file begins with.
pub fn head(
    server_version: &str,
    started: bool,
    previous: &GtidSet,
    origin: Origin,
) -> Result<Vec<u8>, EventError> {
    let mut bytes = MAGIC.to_vec();
    put_format(&mut bytes, server_version, started, origin)?;
    put_previous_gtids(&mut bytes, previous, origin)?;
    seal_all(bytes.get_mut(MAGIC.len()..).unwrap_or_default(), MAGIC.len() as u64);
    Ok(bytes)
}

/// Replaces the index.
pub fn write_index(disk: &dyn Disk, numbers: impl Iterator<Item = u32>) -> Result<(), LogError> {
    let lines: String = numbers.map(|number| format!("./{}\n", file_name(number))).collect();
    disk.replace(INDEX, lines.as_bytes()).map_err(LogError::io("cannot write", INDEX))
}

/// The files that make up the log, in order.
#[derive(Debug, Default)]
pub struct Listing {
    /// Their numbers.
    pub numbers: Vec<u32>,
    /// Names of files that are left over and hold nothing that counts.
    pub leftovers: Vec<String>,
    /// The index was missing, and the numbers are those of the files that are there.
    pub rebuilt: bool,
}

/// Reads the index and compares it with the files that are there.
pub fn list(disk: &dyn Disk) -> Result<Listing, LogError> {
    let folder = disk.describe();
    let names = disk.list().map_err(LogError::io("cannot list", &folder))?;
    let mut there: Vec<u32> = names.iter().filter_map(|name| file_number(name)).collect();
    there.sort_unstable();
    if !names.iter().any(|name| name == INDEX) {
        let rebuilt = !there.is_empty();
        in_sequence(&there)?;
        return Ok(Listing { numbers: there, leftovers: Vec::new(), rebuilt });
    }
    let numbers = read_index(disk)?;
    let (first, last) = (numbers.first().copied(), numbers.last().copied());
    let mut leftovers = Vec::new();
    for number in &there {
        if first.is_none_or(|first| *number < first) || last.is_none_or(|last| *number > last) {
            leftovers.push(file_name(*number));
        }
    }
    match numbers.iter().find(|number| there.binary_search(number).is_err()) {
        Some(missing) => Err(LogError::Index(format!("{} is missing", file_name(*missing)))),
        None => Ok(Listing { numbers, leftovers, rebuilt: false }),
    }
}

fn read_index(disk: &dyn Disk) -> Result<Vec<u32>, LogError> {
    let bytes = disk.read(INDEX, MAX_INDEX).map_err(LogError::io("cannot read", INDEX))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut numbers = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let number = file_number(line.trim_start_matches("./"));
        numbers.push(number.ok_or_else(|| LogError::Index(format!("it names {line:?}")))?);
    }
    in_sequence(&numbers)?;
    Ok(numbers)
}

fn in_sequence(numbers: &[u32]) -> Result<(), LogError> {
    let gap =
        numbers.windows(2).find(|pair| matches!(pair, [a, b] if a.checked_add(1) != Some(*b)));
    match gap {
        Some([before, ..]) => Err(LogError::Index(format!("a gap follows {}", file_name(*before)))),
        _ => Ok(()),
    }
}
