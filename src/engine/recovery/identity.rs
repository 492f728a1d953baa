//! The server's identity: `auto.cnf`, as MySQL keeps it.

use super::OpenError;
use crate::disk::Disk;
use crate::gtid::Uuid;

/// The file.
const FILE: &str = "auto.cnf";

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 4096;

/// The server's UUID; made up at the first start.
pub(in crate::engine) fn server_uuid(disk: &dyn Disk) -> Result<Uuid, OpenError> {
    if !disk.exists(FILE)? {
        let uuid = random_uuid()?;
        disk.replace(FILE, format!("[auto]\nserver-uuid={uuid}\n").as_bytes())?;
        return Ok(uuid);
    }
    let text = disk.read(FILE, MAX_BYTES)?;
    let text = String::from_utf8_lossy(&text);
    let mut pairs = text.lines().filter_map(|line| line.split_once('='));
    let value = pairs.find(|(key, _)| matches!(key.trim(), "server-uuid" | "server_uuid"));
    let (_, value) = value.ok_or(OpenError::Identity)?;
    value.trim().parse().map_err(|_| OpenError::Identity)
}

/// A UUID of version 4.
fn random_uuid() -> Result<Uuid, OpenError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(std::io::Error::other)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Ok(Uuid(bytes))
}
