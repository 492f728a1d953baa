//! The packets of prepared statements, as far as a proxy must understand them: whose statement it
//! is, and which parameter types it carries.
//!
//! ```text
//! PREPARE_OK  00  statement id int<4>  columns int<2>  parameters int<2>  00  warnings int<2>
//! EXECUTE     17  statement id int<4>  flags int<1>  iterations int<4>
//!             [ null bitmap (n+7)/8  types follow int<1>  [ types 2 n ]  values ]   if n > 0
//! ```
//!
//! A client sends parameter types with the first execution only. A server that has not seen them
//! must be sent them again, so they are kept and put in where they are missing.

use super::Malformed;
use super::response::Counts;

/// Where the statement id of EXECUTE, FETCH, RESET, CLOSE and SEND_LONG_DATA stands in the payload.
const ID: std::ops::Range<usize> = 1..5;
/// Length of EXECUTE before the null bitmap.
const EXECUTE_HEAD: usize = 10;

/// The statement id that a client names when it means the statement it prepared last (MariaDB
/// connectors send PREPARE and EXECUTE in one go).
pub const LAST_PREPARED: u32 = u32::MAX;

/// The statement that a command (EXECUTE, FETCH, RESET, CLOSE, SEND_LONG_DATA) is about.
pub fn statement_id(payload: &[u8]) -> Result<u32, Malformed> {
    let bytes = payload.get(ID).and_then(|bytes| bytes.try_into().ok());
    bytes.map(u32::from_le_bytes).ok_or(Malformed("a statement command has a four-byte id"))
}

/// Puts another statement id in the place of the one there. Works on commands and, as the id
/// stands in the same place there, on PREPARE_OK.
pub fn set_statement_id(payload: &mut [u8], id: u32) {
    if let Some(bytes) = payload.get_mut(ID) {
        bytes.copy_from_slice(&id.to_le_bytes());
    }
}

/// A PREPARE_OK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrepareOk {
    /// The server's id for the statement.
    pub id: u32,
    /// How many definitions follow.
    pub counts: Counts,
}

impl PrepareOk {
    /// Reads the payload.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let id = statement_id(payload)?;
        match *payload {
            [0, _, _, _, _, a, b, c, d, ..] => Ok(Self {
                id,
                counts: Counts {
                    columns: u16::from_le_bytes([a, b]),
                    parameters: u16::from_le_bytes([c, d]),
                },
            }),
            _ => Err(Malformed("PREPARE_OK has two counts")),
        }
    }
}

/// Where EXECUTE's parameter types stand, or should stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Types {
    /// The statement has no parameters.
    None,
    /// They are in this range of the payload.
    Here(std::ops::Range<usize>),
    /// They are left out; the byte that says so is at this place.
    Missing(usize),
}

/// Finds the parameter types in an EXECUTE payload of a statement with `parameters` placeholders.
pub fn execute_types(payload: &[u8], parameters: u16) -> Result<Types, Malformed> {
    let parameters = usize::from(parameters);
    if parameters == 0 {
        return Ok(Types::None);
    }
    let flag = EXECUTE_HEAD + parameters.div_ceil(8);
    match payload.get(flag) {
        Some(0) => Ok(Types::Missing(flag)),
        Some(_) if payload.len() >= flag + 1 + 2 * parameters => {
            Ok(Types::Here(flag + 1..flag + 1 + 2 * parameters))
        }
        _ => Err(Malformed("EXECUTE ends before its parameter types")),
    }
}

/// The EXECUTE `payload` with `types` put in where they are missing.
pub fn with_types(payload: &[u8], flag: usize, types: &[u8]) -> Vec<u8> {
    let (head, values) = payload.split_at(flag.min(payload.len()));
    let mut out = Vec::with_capacity(payload.len() + types.len());
    out.extend_from_slice(head);
    out.push(1);
    out.extend_from_slice(types);
    out.extend_from_slice(values.get(1..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prepare_ok_of_a_real_server() {
        // MariaDB 10.11: PREPARE of `select ?, c from t where a = ?`.
        let payload = [0, 7, 0, 0, 0, 2, 0, 2, 0, 0, 0, 0];
        let counts = Counts { columns: 2, parameters: 2 };
        assert_eq!(PrepareOk::parse(&payload), Ok(PrepareOk { id: 7, counts }));
        assert!(PrepareOk::parse(&payload[..8]).is_err());
    }

    #[test]
    fn types_are_found_or_put_in() {
        // One parameter: null bitmap 00, types follow 01, LONG 03 00, value 5.
        let full = [0x17, 9, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 0, 5, 0, 0, 0];
        let short = [0x17, 9, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 5, 0, 0, 0];
        assert_eq!(execute_types(&full, 1), Ok(Types::Here(12..14)));
        assert_eq!(execute_types(&short, 1), Ok(Types::Missing(11)));
        assert_eq!(with_types(&short, 11, &full[12..14]), full);
        assert_eq!(execute_types(&full[..10], 0), Ok(Types::None));
        assert!(execute_types(&full[..13], 1).is_err());
    }

    #[test]
    fn ids_are_exchanged_in_place() {
        let mut payload = [0x17, 9, 0, 0, 0, 0];
        set_statement_id(&mut payload, 0x0403_0201);
        assert_eq!(payload, [0x17, 1, 2, 3, 4, 0]);
        assert_eq!(statement_id(&payload), Ok(0x0403_0201));
        assert!(statement_id(&payload[..4]).is_err());
    }
}
