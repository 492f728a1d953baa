//! Character sets and collations as variables name them.

use crate::value::charset::Charset;
use crate::value::collation::Collation;
use crate::value::types::CollationId;

/// The name of a character set, however it was written (`UTF8` is utf8mb3).
pub fn charset_name(name: &str) -> Option<&'static str> {
    Charset::by_name(name).map(|charset| charset.name)
}

/// The number of a collation by its name, in any case.
pub fn collation_id(name: &str) -> Option<CollationId> {
    Collation::by_name(name).map(|collation| collation.id)
}

/// The name of a collation by its number.
pub fn collation_name(id: CollationId) -> Option<&'static str> {
    Collation::by_id(id).map(|collation| collation.name)
}

/// The character set that a collation orders.
pub fn charset_of(id: CollationId) -> Option<&'static str> {
    Collation::by_id(id).map(|collation| collation.charset.name)
}

/// The collation that a character set has where none is named.
pub fn default_collation(charset: &str) -> Option<CollationId> {
    Charset::by_name(charset).map(|charset| charset.default_collation)
}
