//! Which names are allowed.

use super::errors;
use crate::value::SqlError;

/// Characters of the longest name.
const MAX_NAME_CHARS: usize = 64;

fn too_long(name: &str) -> bool {
    name.chars().count() > MAX_NAME_CHARS
}

/// A column's name.
///
/// # Errors
/// 1059, 1166.
pub fn check_column(name: &str) -> Result<(), SqlError> {
    if name.is_empty() || name.ends_with(' ') || name.contains('\0') {
        return Err(errors::bad_column_name(name));
    }
    if too_long(name) { Err(errors::name_too_long(name)) } else { Ok(()) }
}

/// A table's or view's name.
///
/// # Errors
/// 1059, 1103.
pub fn check_table(name: &str) -> Result<(), SqlError> {
    if name.is_empty() || name.ends_with(' ') || name.contains('\0') {
        return Err(errors::bad_table_name(name));
    }
    if too_long(name) { Err(errors::name_too_long(name)) } else { Ok(()) }
}

/// A schema's name.
///
/// # Errors
/// 1059, 1102.
pub fn check_schema(name: &str) -> Result<(), SqlError> {
    if name.is_empty() || name.ends_with(' ') || name.contains('\0') {
        return Err(errors::bad_schema_name(name));
    }
    if too_long(name) { Err(errors::name_too_long(name)) } else { Ok(()) }
}

/// An index's name.
///
/// # Errors
/// 1059, 1280.
pub fn check_index(name: &str) -> Result<(), SqlError> {
    if name.is_empty() || name.ends_with(' ') {
        return Err(errors::bad_index_name(name));
    }
    if too_long(name) { Err(errors::name_too_long(name)) } else { Ok(()) }
}

/// The name of a check or foreign key, which may end in a space.
///
/// # Errors
/// 1059, 1280.
pub fn check_constraint(name: &str) -> Result<(), SqlError> {
    if name.is_empty() {
        return Err(errors::bad_index_name(name));
    }
    if too_long(name) { Err(errors::name_too_long(name)) } else { Ok(()) }
}

/// A comment as the catalog keeps it: in utf8mb3, where characters outside the basic plane become `?`.
pub fn comment(text: Option<&str>) -> std::sync::Arc<str> {
    let kept = |char: char| if u32::from(char) > 0xffff { '?' } else { char };
    text.unwrap_or_default().chars().map(kept).collect::<String>().into()
}
