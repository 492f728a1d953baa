//! OK and EOF packets: read without allocation, written again with less session state.
//!
//! ```text
//! OK   00 or fe | affected int<lenenc> | insert id int<lenenc> | status int<2> | warnings int<2>
//!      | info string<lenenc> | session state string<lenenc>, if status has SESSION_STATE_CHANGED
//! EOF  fe | warnings int<2> | status int<2>
//! ```
//! With `CLIENT_DEPRECATE_EOF` a result set ends with an OK whose first byte is `fe`. Servers leave `info`
//! out when it is empty and nothing changed. The manual says that without `CLIENT_SESSION_TRACK` the info
//! runs to the end of the packet; servers write its length in front all the same, so both are read.

use crate::wire::reader::{Reader, put_lenenc_bytes, put_lenenc_int};
use crate::wire::session_state::{SessionChange, SessionChanges};
use crate::wire::{CapabilityFlags, Malformed, StatusFlags};

/// An OK packet's fields, borrowed from its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OkPacket<'a> {
    /// `00`, or `fe` when it ends a result set.
    pub header: u8,
    /// Rows changed.
    pub affected_rows: u64,
    /// The first generated AUTO_INCREMENT value, or 0.
    pub last_insert_id: u64,
    /// Status flags.
    pub status: StatusFlags,
    /// Number of warnings.
    pub warnings: u16,
    /// Text such as `Rows matched: 1  Changed: 1  Warnings: 0`.
    pub info: &'a [u8],
    /// The session-state block, for [`OkPacket::changes`]; empty when nothing changed.
    pub session_state: &'a [u8],
}

impl<'a> OkPacket<'a> {
    /// Reads an OK packet's payload. `capabilities` are those of the connection it came over.
    pub fn parse(payload: &'a [u8], capabilities: CapabilityFlags) -> Result<Self, Malformed> {
        let mut reader = Reader::new(payload);
        let header = reader.u8()?;
        if header != 0x00 && header != 0xfe {
            return Err(Malformed("an OK starts with 00 or fe"));
        }
        let affected_rows = reader.lenenc_int()?;
        let last_insert_id = reader.lenenc_int()?;
        let status = StatusFlags::from_bits_retain(reader.u16()?);
        let warnings = reader.u16()?;
        let tracked = capabilities.contains(CapabilityFlags::CLIENT_SESSION_TRACK);
        let (info, session_state) = match (reader.is_empty(), tracked) {
            (true, _) => (&[][..], &[][..]),
            (false, true) => read_tracked(reader, status)?,
            (false, false) => (untracked_info(reader.rest()), &[][..]),
        };
        Ok(Self { header, affected_rows, last_insert_id, status, warnings, info, session_state })
    }

    /// What has changed in the session.
    pub fn changes(&self) -> SessionChanges<'a> {
        SessionChanges::new(self.session_state)
    }

    /// Appends the payload for a client with `capabilities`, with those session changes that `keep`
    /// wants. Without `CLIENT_SESSION_TRACK`, or when none is kept, the status flag that announces
    /// them is cleared. Malformed changes are dropped with what follows them.
    pub fn put_payload(
        &self,
        out: &mut Vec<u8>,
        capabilities: CapabilityFlags,
        keep: impl FnMut(&SessionChange<'_>) -> bool,
    ) {
        let state = match capabilities.contains(CapabilityFlags::CLIENT_SESSION_TRACK) {
            true => self.kept(keep),
            false => Vec::new(),
        };
        let mut status = self.status;
        status.set(StatusFlags::SERVER_SESSION_STATE_CHANGED, !state.is_empty());
        out.push(self.header);
        put_lenenc_int(out, self.affected_rows);
        put_lenenc_int(out, self.last_insert_id);
        out.extend_from_slice(&status.bits().to_le_bytes());
        out.extend_from_slice(&self.warnings.to_le_bytes());
        if !self.info.is_empty() || !state.is_empty() {
            put_lenenc_bytes(out, self.info);
        }
        if !state.is_empty() {
            put_lenenc_bytes(out, &state);
        }
    }

    fn kept(&self, mut keep: impl FnMut(&SessionChange<'_>) -> bool) -> Vec<u8> {
        let mut state = Vec::new();
        for change in self.changes().map_while(Result::ok).filter(|change| keep(change)) {
            change.put(&mut state);
        }
        state
    }
}

type InfoAndState<'a> = (&'a [u8], &'a [u8]);

fn read_tracked(
    mut reader: Reader<'_>,
    status: StatusFlags,
) -> Result<InfoAndState<'_>, Malformed> {
    let info = reader.lenenc_bytes()?;
    let changed = status.contains(StatusFlags::SERVER_SESSION_STATE_CHANGED);
    let state = match changed && !reader.is_empty() {
        true => reader.lenenc_bytes()?,
        false => &[],
    };
    Ok((info, state))
}

/// With or without the length in front.
fn untracked_info(rest: &[u8]) -> &[u8] {
    let mut reader = Reader::new(rest);
    match reader.lenenc_bytes() {
        Ok(info) if reader.is_empty() => info,
        _ => rest,
    }
}

/// Adds to the number of warnings in the payload of an OK or EOF, in place. What is neither stays as it is.
pub fn add_warnings(payload: &mut [u8], more: u16) {
    let at = match EofPacket::is(payload) && payload.len() == 5 {
        true => Some(1),
        false => warnings_of_ok(payload),
    };
    if let Some(bytes) = at.and_then(|at| payload.get_mut(at..at + 2))
        && let Ok(count) = <[u8; 2]>::try_from(&*bytes)
    {
        let count = u16::from_le_bytes(count).saturating_add(more);
        bytes.copy_from_slice(&count.to_le_bytes());
    }
}

/// Where an OK counts its warnings.
fn warnings_of_ok(payload: &[u8]) -> Option<usize> {
    let mut reader = Reader::new(payload);
    reader.u8().ok().filter(|header| matches!(header, 0x00 | 0xfe))?;
    reader.lenenc_int().ok()?;
    reader.lenenc_int().ok()?;
    reader.u16().ok()?;
    Some(payload.len() - reader.rest().len())
}

/// An OK with nothing to tell: what a login or a ping is answered with.
pub fn put_plain_ok(out: &mut Vec<u8>, status: StatusFlags) {
    out.extend_from_slice(&[0, 0, 0]);
    out.extend_from_slice(&status.bits().to_le_bytes());
    out.extend_from_slice(&[0, 0]);
}

/// An EOF packet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EofPacket {
    /// Number of warnings.
    pub warnings: u16,
    /// Status flags.
    pub status: StatusFlags,
}

impl EofPacket {
    /// Whether a payload is an EOF packet rather than a row that starts with a long string.
    pub fn is(payload: &[u8]) -> bool {
        payload.first() == Some(&0xfe) && payload.len() < 9
    }

    /// Reads an EOF packet's payload.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(payload);
        if reader.u8()? != 0xfe {
            return Err(Malformed("an EOF starts with fe"));
        }
        let warnings = reader.u16()?;
        Ok(Self { warnings, status: StatusFlags::from_bits_retain(reader.u16()?) })
    }

    /// Appends the payload.
    pub fn put_payload(self, out: &mut Vec<u8>) {
        out.push(0xfe);
        out.extend_from_slice(&self.warnings.to_le_bytes());
        out.extend_from_slice(&self.status.bits().to_le_bytes());
    }
}

#[cfg(test)]
mod tests;
