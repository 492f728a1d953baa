//! COM_BINLOG_DUMP and COM_BINLOG_DUMP_GTID: a request for the log from somewhere on.
//!
//! ```text
//! 12 | position:4 | flags:2 | server id:4 | file, to the end
//! 1e | flags:2 | server id:4 | length:4 file | position:8 | [length:4 set of GTIDs]
//! ```

use super::MAX_FILE_NAME;
use crate::gtid::GtidSet;
use crate::wire::reader::Reader;
use crate::wire::{Malformed, command};

/// Flags of a request for the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DumpFlags(pub u16);

impl DumpFlags {
    /// An EOF at the end of the log instead of waiting for more.
    pub const NON_BLOCK: u16 = 1;
    /// MySQL: the position counts. (MariaDB: send annotations of rows.)
    pub const THROUGH_POSITION: u16 = 2;
    /// MySQL: the set of GTIDs counts.
    pub const THROUGH_GTID: u16 = 4;

    /// Whether a flag is set.
    pub fn has(self, flag: u16) -> bool {
        self.0 & flag != 0
    }
}

/// Asks for the log from a position on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BinlogDump {
    /// Where in the file; below 4 counts as 4.
    pub position: u32,
    /// See [`DumpFlags`].
    pub flags: DumpFlags,
    /// The replica's `server_id`; 0 asks for a non-blocking dump without registration (mysqlbinlog).
    pub server_id: u32,
    /// The file; empty is the oldest.
    pub file: Vec<u8>,
}

/// Asks for what is missing in a set of GTIDs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BinlogDumpGtid {
    /// See [`DumpFlags`].
    pub flags: DumpFlags,
    /// The replica's `server_id`.
    pub server_id: u32,
    /// The file; empty where the set alone decides.
    pub file: Vec<u8>,
    /// Where in the file.
    pub position: u64,
    /// What the replica has.
    pub executed: GtidSet,
}

fn file_name(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    if bytes.len() > MAX_FILE_NAME {
        return Err(Malformed("a log file's name is too long"));
    }
    Ok(bytes.to_vec())
}

impl BinlogDump {
    /// Reads a command, its first byte included.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(payload);
        if from.u8()? != command::BINLOG_DUMP {
            return Err(Malformed("not a request for the log"));
        }
        let (position, flags, server_id) = (from.u32()?, DumpFlags(from.u16()?), from.u32()?);
        Ok(Self { position, flags, server_id, file: file_name(from.rest())? })
    }

    /// Appends the command.
    pub fn put_payload(&self, out: &mut Vec<u8>) {
        out.push(command::BINLOG_DUMP);
        out.extend_from_slice(&self.position.to_le_bytes());
        out.extend_from_slice(&self.flags.0.to_le_bytes());
        out.extend_from_slice(&self.server_id.to_le_bytes());
        out.extend_from_slice(&self.file);
    }
}

impl BinlogDumpGtid {
    /// Reads a command, its first byte included.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(payload);
        if from.u8()? != command::BINLOG_DUMP_GTID {
            return Err(Malformed("not a request for the log after GTIDs"));
        }
        let (flags, server_id) = (DumpFlags(from.u16()?), from.u32()?);
        let len = from.u32()? as usize;
        let file = file_name(from.bytes(len)?)?;
        let position = u64::from_le_bytes(from.array()?);
        let mut executed = GtidSet::default();
        if !from.is_empty() {
            let len = from.u32()? as usize;
            let set = GtidSet::decode(from.bytes(len)?);
            executed = set.map_err(|_| Malformed("a set of GTIDs is not one"))?;
        }
        Ok(Self { flags, server_id, file, position, executed })
    }

    /// Appends the command.
    pub fn put_payload(&self, out: &mut Vec<u8>) {
        let mut set = Vec::new();
        self.executed.encode(&mut set);
        out.push(command::BINLOG_DUMP_GTID);
        out.extend_from_slice(&self.flags.0.to_le_bytes());
        out.extend_from_slice(&self.server_id.to_le_bytes());
        out.extend_from_slice(&(self.file.len() as u32).to_le_bytes());
        out.extend_from_slice(&self.file);
        out.extend_from_slice(&self.position.to_le_bytes());
        out.extend_from_slice(&(set.len() as u32).to_le_bytes());
        out.extend_from_slice(&set);
    }
}
