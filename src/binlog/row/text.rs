//! Strings in the character set of their column: text is UTF-8 inside.

use mysql_common::collations::{Collation as Known, CollationId as KnownId};

use super::super::bytes::EventError;
use crate::value::charset::Charset;
use crate::value::collation::Collation;
use crate::value::types::CollationId;

/// MariaDB's collations that do not pad have the number of the padding one and this.
const MARIADB_NOPAD: u16 = 1024;

/// MariaDB's collations of Unicode 14 begin here, 256 for each of utf8mb3, utf8mb4 and others.
const MARIADB_UNICODE_14: u16 = 2048;

/// The character set of a collation of any server, if it is one of ours.
fn charset(collation: CollationId) -> Result<&'static Charset, EventError> {
    if let Some(collation) = Collation::by_id(collation) {
        return Ok(collation.charset);
    }
    let name = foreign_charset(collation.0);
    let unknown = || EventError::Unsupported(format!("collation {} ({name})", collation.0));
    Charset::by_name(&name).ok_or_else(unknown)
}

fn foreign_charset(id: u16) -> String {
    let padding = match id.checked_sub(MARIADB_UNICODE_14) {
        Some(0..256) => return "utf8mb3".to_owned(),
        Some(256..512) => return "utf8mb4".to_owned(),
        Some(_) => id,
        None => id.checked_sub(MARIADB_NOPAD).unwrap_or(id),
    };
    Known::resolve(KnownId::from(padding)).charset().to_owned()
}

/// How many bytes a column of so many characters may need.
pub fn max_bytes(characters: u32, collation: CollationId) -> Result<u32, EventError> {
    Ok(characters.saturating_mul(charset(collation)?.max_len.into()))
}

/// Text as its column stores it.
pub fn encode(text: &str, collation: CollationId, out: &mut Vec<u8>) -> Result<(), EventError> {
    if charset(collation)?.encode_lossy(text, out) {
        return Ok(());
    }
    Err(EventError::Malformed("a string holds what its column's character set lacks"))
}

/// Text from how a column stores it.
pub fn decode(bytes: &[u8], collation: CollationId) -> Result<String, EventError> {
    let text = charset(collation)?.decode(bytes);
    text.map_err(|_| EventError::Malformed("a string is not in its column's character set"))
}
