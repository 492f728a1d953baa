//! Character sets and collations as variables name them.

use crate::value::types::CollationId;

/// Names and numbers of what is offered: collation, its number, its character set, whether it is the
/// set's default.
const COLLATIONS: [(&str, u16, &str, bool); 11] = [
    ("utf8mb4_0900_ai_ci", 255, "utf8mb4", true),
    ("utf8mb4_general_ci", 45, "utf8mb4", false),
    ("utf8mb4_bin", 46, "utf8mb4", false),
    ("utf8mb4_unicode_ci", 224, "utf8mb4", false),
    ("utf8mb3_general_ci", 33, "utf8mb3", true),
    ("utf8mb3_bin", 83, "utf8mb3", false),
    ("utf8mb3_unicode_ci", 192, "utf8mb3", false),
    ("latin1_swedish_ci", 8, "latin1", true),
    ("latin1_bin", 47, "latin1", false),
    ("ascii_general_ci", 11, "ascii", true),
    ("binary", 63, "binary", true),
];

fn rows() -> impl Iterator<Item = &'static (&'static str, u16, &'static str, bool)> {
    COLLATIONS.iter()
}

/// The name of a character set, however it was written (`UTF8` is utf8mb3).
pub fn charset_name(name: &str) -> Option<&'static str> {
    let name = if name.eq_ignore_ascii_case("utf8") { "utf8mb3" } else { name };
    rows().find(|row| row.2.eq_ignore_ascii_case(name)).map(|row| row.2)
}

/// The number of a collation by its name, in any case.
pub fn collation_id(name: &str) -> Option<CollationId> {
    rows().find(|row| row.0.eq_ignore_ascii_case(name)).map(|row| CollationId(row.1))
}

/// The name of a collation by its number.
pub fn collation_name(id: CollationId) -> Option<&'static str> {
    rows().find(|row| row.1 == id.0).map(|row| row.0)
}

/// The character set that a collation orders.
pub fn charset_of(id: CollationId) -> Option<&'static str> {
    rows().find(|row| row.1 == id.0).map(|row| row.2)
}

/// The collation that a character set has where none is named.
pub fn default_collation(charset: &str) -> Option<CollationId> {
    let charset = charset_name(charset)?;
    rows().find(|row| row.2 == charset && row.3).map(|row| CollationId(row.1))
}
