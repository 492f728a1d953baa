//! Where a dump begins: from what the follower asks for to a position of the log, or why there is none.

use super::error::{UNKNOWN_FILE, ahead, purged, refused};
use super::{DumpError, FollowerOptions};
use crate::binlog::log::{FileInfo, Log, LogError, MAGIC, Position, file_number};
use crate::engine::{is_unlogged, unlogged_source};
use crate::gtid::{Gtid, GtidSet, Source, Uuid};
use crate::wire::replication::{BinlogDump, BinlogDumpGtid, DumpFlags};

/// What a follower asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpRequest {
    /// Its `server_id`; 0 for a program that only reads.
    pub server_id: u32,
    /// An EOF at the end instead of waiting.
    pub non_blocking: bool,
    /// Where to begin.
    pub start: Start,
}

/// Where a follower wants to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// In this file, none being the oldest, at this position.
    At(Option<String>, u64),
    /// With what is not in this set.
    After(GtidSet),
}

impl From<BinlogDump> for DumpRequest {
    fn from(dump: BinlogDump) -> Self {
        let start = at(&dump.file, u64::from(dump.position));
        // MySQL takes id 0 for a program that wants what there is and no more
        let non_blocking = dump.flags.has(DumpFlags::NON_BLOCK) || dump.server_id == 0;
        Self { server_id: dump.server_id, non_blocking, start }
    }
}

impl From<BinlogDumpGtid> for DumpRequest {
    fn from(dump: BinlogDumpGtid) -> Self {
        let by_position =
            dump.flags.has(DumpFlags::THROUGH_POSITION) && !dump.flags.has(DumpFlags::THROUGH_GTID);
        let start = match by_position {
            true => at(&dump.file, dump.position),
            false => Start::After(dump.executed),
        };
        let non_blocking = dump.flags.has(DumpFlags::NON_BLOCK);
        Self { server_id: dump.server_id, non_blocking, start }
    }
}

fn at(file: &[u8], position: u64) -> Start {
    let name = String::from_utf8_lossy(file);
    let name = name.trim_end_matches('\0').trim_start_matches("./").to_owned();
    Start::At((!name.is_empty()).then_some(name), position)
}

/// Where reading begins, and which transactions are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    /// An event's beginning.
    pub position: Position,
    /// What the follower has; empty where it asked by position.
    pub known: GtidSet,
    /// It asked by GTIDs.
    pub auto_position: bool,
}

/// Finds where to begin.
///
/// # Errors
/// What the follower is told: the file or position is not there, or what it lacks was purged.
pub fn beginning(
    log: &Log,
    own: Uuid,
    start: &Start,
    options: &FollowerOptions,
) -> Result<Beginning, DumpError> {
    if options.mariadb_gtid {
        return Err(refused(
            "The binary log has MySQL's GTIDs, by which a MariaDB replica cannot follow; use \
             MASTER_USE_GTID=no with a file and position",
        ));
    }
    match start {
        Start::At(file, offset) => {
            let position = at_position(log, file.as_deref(), *offset)?;
            Ok(Beginning { position, known: GtidSet::default(), auto_position: false })
        }
        Start::After(executed) => after_set(log, own, executed),
    }
}

fn at_position(log: &Log, file: Option<&str>, offset: u64) -> Result<Position, DumpError> {
    let files = log.files();
    let wanted = file.map(file_number);
    let info = match wanted {
        None => files.first(),
        Some(number) => files.iter().find(|info| Some(info.number) == number),
    };
    let FileInfo { number, size, .. } = info.ok_or_else(|| refused(UNKNOWN_FILE))?;
    // replicas that never had a position send 0 with no file
    let offset = if file.is_none() { offset.max(MAGIC.len() as u64) } else { offset };
    if offset < MAGIC.len() as u64 {
        return Err(refused("Client requested source to start replication from position < 4"));
    }
    if offset > *size {
        return Err(refused(
            "Client requested source to start replication from position > file size",
        ));
    }
    Ok(Position { file: *number, offset })
}

fn after_set(log: &Log, own: Uuid, sent: &GtidSet) -> Result<Beginning, DumpError> {
    let executed = log.executed();
    let mut strange = only(sent, |source| source.uuid == own);
    strange.subtract(&executed);
    if !strange.is_empty() {
        return Err(ahead());
    }
    let mut known = sent.clone();
    // those are for nobody, so nobody lacks them
    known.union(&only(&executed, |source| *source == unlogged_source()));
    let position = log.position_for(&known).map_err(|error| match error {
        LogError::Purged(missing) => purged(&missing, Some(sent)),
        other => DumpError::from(other),
    })?;
    Ok(Beginning { position, known, auto_position: true })
}

/// The part of a set that comes from some sources.
fn only(set: &GtidSet, of: impl Fn(&Source) -> bool) -> GtidSet {
    let mut part = GtidSet::default();
    for (source, numbers) in set.iter().filter(|(source, _)| of(source)) {
        numbers.iter().for_each(|numbers| part.insert_interval(source.clone(), *numbers));
    }
    part
}

/// What others may know of a set.
pub fn logged(set: &GtidSet) -> GtidSet {
    only(set, |source| *source != unlogged_source())
}

impl Beginning {
    /// Whether the follower is not to get this transaction.
    pub fn passes_over(&self, gtid: &Gtid) -> bool {
        is_unlogged(gtid) || (self.auto_position && self.known.contains(gtid))
    }
}
