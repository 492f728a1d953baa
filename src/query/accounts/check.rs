//! What an account may not do, in MySQL's words.

use super::privilege::Privilege;
use crate::query::Session;
use crate::value::SqlError;

/// A global privilege: 1227 without it.
///
/// # Errors
/// 1227.
pub fn require(session: &Session, privilege: Privilege) -> Result<(), SqlError> {
    require_any(session, &[privilege], None)
}

/// One of several global privileges, or a dynamic one.
///
/// # Errors
/// 1227, naming them all.
pub fn require_any(
    session: &Session,
    privileges: &[Privilege],
    dynamic: Option<&str>,
) -> Result<(), SqlError> {
    let Some(account) = session.account_entry() else { return Ok(()) };
    let grants = &account.grants;
    let granted = privileges.iter().any(|privilege| grants.global.has(*privilege))
        || dynamic.is_some_and(|name| grants.has_dynamic(name));
    if granted {
        return Ok(());
    }
    let mut names: Vec<&str> = privileges.iter().map(|privilege| privilege.name()).collect();
    names.extend(dynamic);
    let names = names.join(" or ");
    let message = format!(
        "Access denied; you need (at least one of) the {names} privilege(s) for this operation"
    );
    Err(SqlError::new(1227, b"42000", message))
}

/// Privileges on a schema: 1044 without them.
///
/// # Errors
/// 1044.
pub fn require_schema(
    session: &Session,
    privilege: Privilege,
    schema: &str,
) -> Result<(), SqlError> {
    let Some(account) = session.account_entry() else { return Ok(()) };
    require_no_write(session, privilege, schema)?;
    let grants = &account.grants;
    if is_public(schema) || grants.in_schema(schema).has(privilege) {
        return Ok(());
    }
    Err(schema_denied(session, schema))
}

/// Whether a schema may be used at all.
///
/// # Errors
/// 1044.
pub fn require_use(session: &Session, schema: &str) -> Result<(), SqlError> {
    let Some(account) = session.account_entry() else { return Ok(()) };
    let grants = &account.grants;
    if is_public(schema) || grants.sees_schema(schema) {
        return Ok(());
    }
    Err(schema_denied(session, schema))
}

/// Privileges on a table: 1142 without them.
///
/// # Errors
/// 1142.
pub fn require_table(
    session: &Session,
    privilege: Privilege,
    schema: &str,
    table: &str,
) -> Result<(), SqlError> {
    let Some(account) = session.account_entry() else { return Ok(()) };
    require_no_write(session, privilege, schema)?;
    let grants = &account.grants;
    if is_public(schema) || grants.on_table(schema, table).has(privilege) {
        return Ok(());
    }
    let account = quoted(&session.account);
    let message =
        format!("{} command denied to user {account} for table '{table}'", privilege.name());
    Err(SqlError::new(1142, b"42000", message))
}

/// Nobody may do more than read in information_schema.
///
/// # Errors
/// 1044.
pub fn require_no_write(
    session: &Session,
    privilege: Privilege,
    schema: &str,
) -> Result<(), SqlError> {
    let reads = matches!(privilege, Privilege::Select | Privilege::ShowView);
    match !reads && schema.eq_ignore_ascii_case("information_schema") {
        true => Err(schema_denied(session, "information_schema")),
        false => Ok(()),
    }
}

/// Everybody may look into them; they show what one may see.
fn is_public(schema: &str) -> bool {
    schema.eq_ignore_ascii_case("information_schema")
        || schema.eq_ignore_ascii_case("performance_schema")
}

fn schema_denied(session: &Session, schema: &str) -> SqlError {
    let account = quoted(&session.account);
    let message = format!("Access denied for user {account} to database '{schema}'");
    SqlError::new(1044, b"42000", message)
}

/// `'user'@'host'`.
fn quoted(account: &str) -> String {
    let (user, host) = account.rsplit_once('@').unwrap_or((account, "%"));
    format!("'{user}'@'{host}'")
}
