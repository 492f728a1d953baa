//! Which collation a definition means: by character set, by collation, by both.

use super::errors;
use crate::value::SqlError;
use crate::value::charset::Charset;
use crate::value::collation::{Collation, CollationId};

/// The collation of `CHARACTER SET cs COLLATE co`, where either may be missing.
///
/// # Errors
/// 1115, 1273, 1253.
pub fn resolve(
    charset: Option<&str>,
    collate: Option<&str>,
    default: CollationId,
) -> Result<CollationId, SqlError> {
    let charset = charset.map(charset_of).transpose()?;
    let collation = collate.map(collation_of).transpose()?;
    match (charset, collation) {
        (None, None) => Ok(default),
        (Some(charset), None) => Ok(charset.default_collation),
        (None, Some(collation)) => Ok(collation.id),
        (Some(charset), Some(collation)) if charset.name == collation.charset.name => {
            Ok(collation.id)
        }
        (Some(charset), Some(collation)) => {
            Err(errors::collation_mismatch(collation.name, charset.name))
        }
    }
}

fn charset_of(name: &str) -> Result<&'static Charset, SqlError> {
    Charset::by_name(name).ok_or_else(|| errors::unknown_charset(name))
}

fn collation_of(name: &str) -> Result<&'static Collation, SqlError> {
    Collation::by_name(name).ok_or_else(|| errors::unknown_collation(name))
}
