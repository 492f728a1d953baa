//! Strings in the character set of their column: text is UTF-8 inside.

use mysql_common::collations::{Collation, CollationId as Known};

use super::super::bytes::EventError;
use crate::value::types::CollationId;

/// Bytes of the longest character of a collation's character set.
fn max_len(collation: CollationId) -> Result<u32, EventError> {
    let known = Collation::resolve(Known::from(collation.0));
    match known.charset() {
        "utf8mb4" => Ok(4),
        "utf8mb3" | "utf8" => Ok(3),
        "latin1" | "ascii" | "binary" => Ok(1),
        other => Err(EventError::Unsupported(format!("character set {other}"))),
    }
}

/// How many bytes a column of so many characters may need.
pub fn max_bytes(characters: u32, collation: CollationId) -> Result<u32, EventError> {
    Ok(characters.saturating_mul(max_len(collation)?))
}

/// Text as its column stores it.
pub fn encode(text: &str, collation: CollationId, out: &mut Vec<u8>) -> Result<(), EventError> {
    if max_len(collation)? == 1 && !text.is_ascii() {
        return Err(EventError::Unsupported("text beyond ASCII in this character set".into()));
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Text from how a column stores it.
pub fn decode(bytes: &[u8], collation: CollationId) -> Result<String, EventError> {
    if max_len(collation)? == 1 && !bytes.is_ascii() {
        return Err(EventError::Unsupported("text beyond ASCII in this character set".into()));
    }
    String::from_utf8(bytes.to_vec())
        .map_err(|_| EventError::Malformed("a string is not in its column's character set"))
}
