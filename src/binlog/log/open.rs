//! Opening the log: index, heads of all files, repair of the newest.

use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use super::files::{
    FIRST, FLAGS_OFFSET, FileInfo, file_name, head, list, next_number, write_index,
};
use super::repair::{Scan, scan};
use super::writer::{Writer, create, now};
use super::{EventReader, Log, LogError, LogOptions, State};
use crate::binlog::event::Origin;
use crate::disk::{Disk, DiskFile};
use crate::gtid::GtidSet;

/// The file that says which transactions count as executed without being in the log.
pub(super) const GRANTED: &str = "gtid_purged";

/// What was done to make the log whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// The tail that was cut off.
    pub cut: Option<Cut>,
    /// The newest file was not closed in order.
    pub was_in_use: bool,
    /// The index was missing and was made anew.
    pub index_rebuilt: bool,
    /// Files that were left over from an interrupted rotation or purge and removed.
    pub removed: Vec<String>,
}

/// A torn tail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The file's name.
    pub file: String,
    /// Its new end.
    pub at: u64,
    /// Bytes that were taken off.
    pub bytes: u64,
}

impl Log {
    /// Opens the log on a disk, or begins one. What is damaged beyond a torn tail is refused, and nothing is
    /// changed then.
    pub fn open(disk: Arc<dyn Disk>, options: LogOptions) -> Result<(Self, OpenReport), LogError> {
        let listing = list(&*disk)?;
        let granted = read_granted(&*disk)?;
        let mut report = OpenReport { index_rebuilt: listing.rebuilt, ..OpenReport::default() };
        let infos = listing.numbers.iter().map(|number| FileInfo::read(&*disk, *number));
        let files = infos.collect::<Result<Vec<_>, _>>()?;
        let newest =
            files.last().map(|newest| Newest::open(&*disk, newest, &options)).transpose()?;

        for name in listing.leftovers {
            disk.remove(&name).map_err(LogError::io("cannot remove", &name))?;
            report.removed.push(name);
        }
        if listing.rebuilt {
            write_index(&*disk, listing.numbers.iter().copied())?;
        }
        let (writer, files, executed) = match newest {
            Some(newest) => newest.go_on(&*disk, files, &granted, &options, &mut report)?,
            None => begin(&*disk, FIRST, Vec::new(), granted.clone(), &options)?,
        };
        let keep_from = files.first().map_or(1, |file| file.number);
        let (revealed, _) = watch::channel(writer.end());
        let state = Mutex::new(State { files, executed, granted, keep_from, readers: Vec::new() });
        let (writer, recent) = (Mutex::new(writer), Arc::default());
        Ok((Self { disk, options, writer, state, revealed, recent }, report))
    }
}

type Begun = (Writer, Vec<FileInfo>, GtidSet);

/// Begins a file after `files`, of which `executed` are the transactions.
fn begin(
    disk: &dyn Disk,
    number: u32,
    mut files: Vec<FileInfo>,
    executed: GtidSet,
    options: &LogOptions,
) -> Result<Begun, LogError> {
    let origin = Origin { timestamp: now(), server_id: options.server_id };
    let file = create(disk, number, &head(&options.server_version, true, &executed, origin)?)?;
    let numbers: Vec<u32> = files.iter().map(|file| file.number).chain([number]).collect();
    write_index(disk, numbers.into_iter())?;
    let (created, size, previous) = (origin.timestamp, file.len(), executed.clone());
    files.push(FileInfo { number, created, size, previous });
    Ok((Writer::new(file, number, 0), files, executed))
}

/// The newest file, gone through but not changed yet.
struct Newest {
    file: Arc<dyn DiskFile>,
    number: u32,
    previous: GtidSet,
    scan: Scan,
}

impl Newest {
    fn open(disk: &dyn Disk, info: &FileInfo, options: &LogOptions) -> Result<Self, LogError> {
        let name = info.name();
        let file = disk.open(&name).map_err(LogError::io("cannot open", &name))?;
        let reader = EventReader::new(Arc::clone(&file), &name)?;
        let scan = scan(&*file, reader, options.tail)?;
        Ok(Self { file, number: info.number, previous: info.previous.clone(), scan })
    }

    /// Cuts what is torn, and goes on in this file, or in a new one if this one was ended in order.
    fn go_on(
        self,
        disk: &dyn Disk,
        mut files: Vec<FileInfo>,
        granted: &GtidSet,
        options: &LogOptions,
        report: &mut OpenReport,
    ) -> Result<Begun, LogError> {
        report.was_in_use = self.scan.in_use;
        report.cut = self.cut()?;
        if let Some(last) = files.last_mut() {
            last.size = self.scan.sound_end;
        }
        let mut executed = self.previous;
        executed.union(&self.scan.executed);
        executed.union(granted);
        // what is there may have been appended and not synced; from now on it counts
        self.file.sync().map_err(LogError::io("cannot sync", &file_name(self.number)))?;
        if self.scan.is_closed {
            return begin(disk, next_number(self.number)?, files, executed, options);
        }
        Ok((Writer::new(self.file, self.number, self.scan.sequence), files, executed))
    }

    fn cut(&self) -> Result<Option<Cut>, LogError> {
        let Scan { sound_end, end, .. } = self.scan;
        let file = file_name(self.number);
        if sound_end == end {
            return Ok(None);
        }
        self.file.truncate(sound_end).map_err(LogError::io("cannot cut", &file))?;
        Ok(Some(Cut { file, at: sound_end, bytes: end - sound_end }))
    }
}

/// Largest file of granted GTIDs, in bytes.
const MAX_GRANTED: u64 = crate::gtid::MAX_TEXT_BYTES as u64;

fn read_granted(disk: &dyn Disk) -> Result<GtidSet, LogError> {
    if !disk.exists(GRANTED).map_err(LogError::io("cannot find", GRANTED))? {
        return Ok(GtidSet::default());
    }
    let text = disk.read(GRANTED, MAX_GRANTED).map_err(LogError::io("cannot read", GRANTED))?;
    let set = String::from_utf8_lossy(&text).parse();
    set.map_err(|error| LogError::Index(format!("{GRANTED}: {error}")))
}

const _: () = assert!(FLAGS_OFFSET < 512, "the mark is in the first sector");
