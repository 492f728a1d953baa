//! The privileges that definitions need (MySQL manual, each statement's own page).

use super::privilege::Privilege;
use super::{require_schema, require_table};
use crate::query::Session;
use crate::sql::statement::Statement;
use crate::sql::statement::ast::TableName;
use crate::value::SqlError;

/// Whether the account may carry out a definition.
///
/// # Errors
/// 1044, 1046, 1142.
pub fn require_definition(session: &Session, statement: &Statement) -> Result<(), SqlError> {
    use Privilege::{Alter, Create, CreateView, Drop, Index, Insert};
    let on = |name: &TableName, privileges: &[Privilege]| on_table(session, name, privileges);
    match statement {
        Statement::CreateTable(create) if create.temporary => {
            let schema = schema_of(session, &create.name)?;
            require_schema(session, Privilege::CreateTemporaryTables, &schema)
        }
        Statement::CreateTable(create) => on(&create.name, &[Create]),
        Statement::AlterTable(alter) => on(&alter.table, &[Alter]),
        Statement::DropTable(drop) => drop.tables.iter().try_for_each(|table| on(table, &[Drop])),
        Statement::RenameTable(pairs) => pairs.iter().try_for_each(|(old, new)| {
            on(old, &[Alter, Drop])?;
            on(new, &[Create, Insert])
        }),
        Statement::Truncate(table) => on(table, &[Drop]),
        Statement::CreateIndex(create) => on(&create.table, &[Index]),
        Statement::DropIndex(drop) => on(&drop.table, &[Index]),
        Statement::CreateDatabase(create) => require_schema(session, Create, &create.name),
        Statement::DropDatabase(drop) => require_schema(session, Drop, &drop.name),
        Statement::AlterDatabase(alter) => {
            let own = alter.name.as_deref().or(session.database.as_deref());
            own.map_or(Ok(()), |name| require_schema(session, Alter, name))
        }
        Statement::CreateView(create) if create.replace => on(&create.name, &[CreateView, Drop]),
        Statement::CreateView(create) => on(&create.name, &[CreateView]),
        Statement::DropView(drop) => drop.views.iter().try_for_each(|view| on(view, &[Drop])),
        _ => Ok(()),
    }
}

/// Privileges on a table; a session's own temporary tables need none.
fn on_table(session: &Session, name: &TableName, privileges: &[Privilege]) -> Result<(), SqlError> {
    let schema = schema_of(session, name)?;
    if session.temporary.table(&schema, &name.name).is_some() {
        return Ok(());
    }
    let mut privileges = privileges.iter();
    privileges.try_for_each(|privilege| require_table(session, *privilege, &schema, &name.name))
}

fn schema_of(session: &Session, name: &TableName) -> Result<String, SqlError> {
    let own = || session.database.as_deref().map(str::to_owned);
    let schema = name.schema.clone().or_else(own);
    schema.ok_or_else(crate::engine::no_database)
}
