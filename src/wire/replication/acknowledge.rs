//! What a replica sends back on the connection that the log comes over.
//!
//! ```text
//! ef | position:8 | file, to the end           semi-sync: everything up to there is durable in its relay log
//! ee | kind:1 | position:8 | file, to the end  between our own servers (`SET @anabranch_replica = 1`):
//!                                              kind 1: everything up to there is applied and visible there
//! ```
//!
//! Each is a packet of its own with sequence number 0. The position is the end of an event in the primary's
//! file of that name.

use super::MAX_FILE_NAME;
use crate::wire::Malformed;
use crate::wire::reader::{Reader, text};

/// First byte of a semi-sync packet, both ways.
pub const ACK: u8 = 0xef;

/// First byte of what only our own replicas send.
pub const REPORT: u8 = 0xee;

/// What a replica reports beyond semi-sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// Applied, and visible to those who read there.
    Applied,
}

impl ReportKind {
    fn code(self) -> u8 {
        match self {
            Self::Applied => 1,
        }
    }

    fn of(code: u8) -> Result<Self, Malformed> {
        match code {
            1 => Ok(Self::Applied),
            _ => Err(Malformed("a report of an unknown kind")),
        }
    }
}

/// How far a replica is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// `None`: received and durable (semi-sync).
    pub kind: Option<ReportKind>,
    /// The primary's file.
    pub file: String,
    /// The end of an event in it.
    pub position: u64,
}

impl Acknowledgement {
    /// Reads either packet.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(payload);
        let kind = match from.u8()? {
            ACK => None,
            REPORT => Some(ReportKind::of(from.u8()?)?),
            _ => return Err(Malformed("not an acknowledgement")),
        };
        let position = u64::from_le_bytes(from.array()?);
        if from.rest().len() > MAX_FILE_NAME {
            return Err(Malformed("a log file's name is too long"));
        }
        Ok(Self { kind, file: text(from.rest()), position })
    }

    /// Appends the packet's payload.
    pub fn put_payload(&self, out: &mut Vec<u8>) {
        match self.kind {
            None => out.push(ACK),
            Some(kind) => out.extend_from_slice(&[REPORT, kind.code()]),
        }
        out.extend_from_slice(&self.position.to_le_bytes());
        out.extend_from_slice(self.file.as_bytes());
    }
}
