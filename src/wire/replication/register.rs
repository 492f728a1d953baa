//! COM_REGISTER_REPLICA: a replica says who it is, for SHOW REPLICAS.
//!
//! ```text
//! 15 | server id:4 | host: len:1 text | user: len:1 text | password: len:1 text | port:2 | rank:4 | source id:4
//! ```

use crate::wire::reader::{Reader, text};
use crate::wire::{Malformed, command};

/// A replica's own account of itself; it may leave all but its id empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegisterReplica {
    /// `server_id`, unique among all servers of a topology.
    pub server_id: u32,
    /// `report_host`.
    pub host: String,
    /// `report_user`.
    pub user: String,
    /// `report_password`.
    pub password: String,
    /// `report_port`.
    pub port: u16,
    /// The source's id; replicas send 0 and the source fills it in.
    pub source_id: u32,
}

impl RegisterReplica {
    /// Reads a command, its first byte included.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(payload);
        if from.u8()? != command::REGISTER_REPLICA {
            return Err(Malformed("not a registration"));
        }
        let server_id = from.u32()?;
        let mut short = || -> Result<String, Malformed> {
            let len = from.u8()?;
            from.bytes(usize::from(len)).map(text)
        };
        let (host, user, password) = (short()?, short()?, short()?);
        let (port, _rank, source_id) = (from.u16()?, from.u32()?, from.u32()?);
        Ok(Self { server_id, host, user, password, port, source_id })
    }

    /// Appends the command. Texts are cut after 255 bytes.
    pub fn put_payload(&self, out: &mut Vec<u8>) {
        out.push(command::REGISTER_REPLICA);
        out.extend_from_slice(&self.server_id.to_le_bytes());
        for text in [&self.host, &self.user, &self.password] {
            let bytes = text.as_bytes();
            let bytes = bytes.get(..255).unwrap_or(bytes);
            out.push(bytes.len() as u8);
            out.extend_from_slice(bytes);
        }
        out.extend_from_slice(&self.port.to_le_bytes());
        out.extend_from_slice(&0u32.to_le_bytes());
        out.extend_from_slice(&self.source_id.to_le_bytes());
    }
}
