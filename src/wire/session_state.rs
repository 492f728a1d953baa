//! Session state changes: what an OK packet says has changed, read one by one without allocation.
//!
//! ```text
//! type | data string<lenenc>         repeated
//!   0 system variable    name string<lenenc>, value string<lenenc> (MariaDB: several pairs)
//!   1 schema             name string<lenenc>
//!   2 state change       "1" or "0", without a length of its own
//!   3 GTIDs              encoding (0), text string<lenenc>
//!   4 characteristics    string<lenenc>: the statements that would begin the same transaction
//!   5 transaction state  string<lenenc>: eight letters, `T_____S_`
//! ```

use super::Malformed;
use super::reader::{Reader, put_lenenc_bytes};

/// One change; all text is in the session's `character_set_results`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionChange<'a> {
    /// A tracked system variable has a new value.
    SystemVariable { name: &'a [u8], value: &'a [u8] },
    /// The default database is now this one; empty when there is none.
    Schema(&'a [u8]),
    /// Something changed (`session_track_state_change`).
    StateChanged(bool),
    /// The GTIDs of what was just committed (`session_track_gtids`), in MySQL's text form.
    Gtids(&'a [u8]),
    /// Statements that begin the current transaction again; empty when they are the defaults.
    Characteristics(&'a [u8]),
    /// The transaction's state in eight letters.
    TransactionState(&'a [u8]),
    /// A type that this program does not know.
    Unknown { kind: u8, data: &'a [u8] },
}

/// The changes in one OK packet. Ends after the first malformed one, which it yields.
#[derive(Debug, Clone)]
pub struct SessionChanges<'a> {
    rest: Reader<'a>,
    variables: Reader<'a>,
}

impl<'a> SessionChanges<'a> {
    /// `block` is the session-state field of an OK packet.
    pub fn new(block: &'a [u8]) -> Self {
        Self { rest: Reader::new(block), variables: Reader::new(&[]) }
    }

    fn read(&mut self) -> Result<SessionChange<'a>, Malformed> {
        if !self.variables.is_empty() {
            return self.read_variable();
        }
        let kind = self.rest.u8()?;
        let data = self.rest.lenenc_bytes()?;
        let mut reader = Reader::new(data);
        Ok(match kind {
            0 => {
                self.variables = reader;
                return self.read_variable();
            }
            1 => SessionChange::Schema(reader.lenenc_bytes()?),
            2 => SessionChange::StateChanged(data == b"1"),
            3 => {
                reader.u8()?;
                SessionChange::Gtids(reader.lenenc_bytes()?)
            }
            4 => SessionChange::Characteristics(reader.lenenc_bytes()?),
            5 => SessionChange::TransactionState(reader.lenenc_bytes()?),
            kind => SessionChange::Unknown { kind, data },
        })
    }

    fn read_variable(&mut self) -> Result<SessionChange<'a>, Malformed> {
        let name = self.variables.lenenc_bytes()?;
        let value = self.variables.lenenc_bytes()?;
        Ok(SessionChange::SystemVariable { name, value })
    }
}

impl<'a> Iterator for SessionChanges<'a> {
    type Item = Result<SessionChange<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() && self.variables.is_empty() {
            return None;
        }
        let change = self.read();
        if change.is_err() {
            *self = Self::new(&[]);
        }
        Some(change)
    }
}

impl SessionChange<'_> {
    /// Appends the change as an OK packet carries it.
    pub fn put(&self, out: &mut Vec<u8>) {
        let mut data = Vec::new();
        let kind = match self {
            Self::SystemVariable { name, value } => {
                put_lenenc_bytes(&mut data, name);
                put_lenenc_bytes(&mut data, value);
                0
            }
            Self::Schema(name) => put_text(&mut data, name, 1),
            Self::StateChanged(changed) => {
                data.push(if *changed { b'1' } else { b'0' });
                2
            }
            Self::Gtids(set) => {
                data.push(0);
                put_text(&mut data, set, 3)
            }
            Self::Characteristics(text) => put_text(&mut data, text, 4),
            Self::TransactionState(letters) => put_text(&mut data, letters, 5),
            Self::Unknown { kind, data: bytes } => {
                data.extend_from_slice(bytes);
                *kind
            }
        };
        out.push(kind);
        put_lenenc_bytes(out, &data);
    }
}

fn put_text(data: &mut Vec<u8>, text: &[u8], kind: u8) -> u8 {
    put_lenenc_bytes(data, text);
    kind
}
