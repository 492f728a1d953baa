//! `SET NAMES` and `SET CHARACTER SET`: several variables at once.

use super::{charsets, error};
use crate::query::session::Session;
use crate::value::SqlError;
use crate::value::types::CollationId;

/// `SET NAMES charset [COLLATE collation]`; no character set is DEFAULT, the server's.
///
/// # Errors
/// 1115, 1273, and 1253 for a collation of another character set.
pub fn set_names(
    session: &mut Session,
    charset: Option<&str>,
    collate: Option<&str>,
) -> Result<(), SqlError> {
    let default = match charset {
        Some(name) => default_of(name)?,
        None => session.variables.collation_server,
    };
    let collation = match collate {
        Some(name) => matching(name, default)?,
        None => default,
    };
    let variables = &mut session.variables;
    variables.character_set_client = default;
    variables.character_set_results = Some(default);
    variables.collation_connection = collation;
    Ok(())
}

/// `SET CHARACTER SET charset`: literals are taken in the database's character set.
///
/// # Errors
/// 1115.
pub fn set_character_set(session: &mut Session, charset: Option<&str>) -> Result<(), SqlError> {
    let default = match charset {
        Some(name) => default_of(name)?,
        None => session.variables.collation_server,
    };
    let variables = &mut session.variables;
    variables.character_set_client = default;
    variables.character_set_results = Some(default);
    variables.collation_connection = variables.collation_database;
    Ok(())
}

fn default_of(charset: &str) -> Result<CollationId, SqlError> {
    charsets::default_collation(charset).ok_or_else(|| error::unknown_charset(charset))
}

/// The collation of that name, if it orders the character set of another one.
fn matching(name: &str, of: CollationId) -> Result<CollationId, SqlError> {
    let found = charsets::collation_id(name).ok_or_else(|| error::unknown_collation(name))?;
    let (own, wanted) = (charsets::charset_of(found), charsets::charset_of(of));
    if own == wanted {
        return Ok(found);
    }
    let text = format!(
        "COLLATION '{name}' is not valid for CHARACTER SET '{}'",
        wanted.unwrap_or_default()
    );
    Err(SqlError::new(1253, b"42000", text))
}
