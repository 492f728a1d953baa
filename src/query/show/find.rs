//! What a name in SHOW stands for, and whether the account may see it.

use std::sync::Arc;

use crate::engine::catalog::{ColumnDef, SchemaDef, TableDef, ViewDef};
use crate::engine::{no_such_table, unknown_database};
use crate::query::accounts::{Privilege, require_schema, require_use};
use crate::query::{Session, VirtualTable, information_schema};
use crate::sql::statement::ast::TableName;
use crate::value::SqlError;
use crate::value::collation::CollationId;

/// What a name stands for.
pub enum Found {
    /// A table.
    Table(Arc<TableDef>),
    /// A view.
    View(Arc<ViewDef>),
    /// A table of information_schema or performance_schema.
    Computed(&'static dyn VirtualTable),
}

impl Found {
    /// Its name as it is shown.
    pub fn name(&self) -> &str {
        match self {
            Self::Table(table) => &table.name,
            Self::View(view) => &view.name,
            Self::Computed(table) => table.name(),
        }
    }
}

/// The default schema.
///
/// # Errors
/// 1046.
pub fn default_schema(session: &Session) -> Result<String, SqlError> {
    let named = session.database.as_deref().map(str::to_owned);
    named.ok_or_else(crate::engine::no_database)
}

/// The schema of a name and what is there; the account need not be allowed to see it.
///
/// # Errors
/// 1046, 1049, 1146.
pub fn find(session: &Session, name: &TableName) -> Result<(String, Found), SqlError> {
    let schema = name.schema.clone().map_or_else(|| default_schema(session), Ok)?;
    if let Some(table) = session.temporary.table(&schema, &name.name) {
        return Ok((schema, Found::Table(table)));
    }
    if let Some(table) = information_schema::table(&schema, &name.name) {
        return Ok((table.schema().to_owned(), Found::Computed(table)));
    }
    if information_schema::schema(&schema).is_some() {
        return Err(information_schema::unknown_table(&schema, &name.name));
    }
    let database = session.engine.database();
    let Some(home) = database.catalog.schema(&schema) else {
        return Err(unknown_database(&schema));
    };
    if let Some(view) = home.view(&name.name) {
        return Ok((schema, Found::View(view.clone())));
    }
    match home.table(&name.name) {
        Some(table) => Ok((schema, Found::Table(table.clone()))),
        None => Err(no_such_table(&schema, &name.name)),
    }
}

/// [`find`], for an account that has a privilege on what is found.
///
/// # Errors
/// Those of [`find`]; 1142, with `command` for what is denied.
pub fn find_visible(
    session: &Session,
    name: &TableName,
    command: &str,
) -> Result<(String, Found), SqlError> {
    let schema = name.schema.clone().map_or_else(|| default_schema(session), Ok)?;
    let own = session.temporary.table(&schema, &name.name).is_some()
        || information_schema::schema(&schema).is_some();
    let sight = information_schema::Sight::of(session);
    if !own && !sight.sees_table(&schema, &name.name) {
        // In a schema that the account does not see, the answer must not tell what is there.
        if sight.sees_schema(&schema) {
            find(session, name)?;
        }
        return Err(denied(session, command, &name.name));
    }
    find(session, name)
}

/// 1142.
pub fn denied(session: &Session, command: &str, table: &str) -> SqlError {
    let (user, host) = session.account.rsplit_once('@').unwrap_or((&session.account, "%"));
    let message = format!("{command} command denied to user '{user}'@'{host}' for table '{table}'");
    SqlError::new(1142, b"42000", message)
}

/// A schema whose tables SHOW lists: it is there, and the account may use it.
///
/// # Errors
/// 1044, 1049.
pub fn check_schema(session: &Session, schema: &str) -> Result<(), SqlError> {
    if information_schema::schema(schema).is_some() {
        return Ok(());
    }
    match session.engine.database().catalog.schema(schema) {
        Some(_) => require_use(session, schema),
        None => Err(unknown_database(schema)),
    }
}

/// The schema of SHOW CREATE DATABASE.
///
/// # Errors
/// 1044, 1049.
pub fn schema_definition(session: &Session, name: &str) -> Result<Arc<SchemaDef>, SqlError> {
    if let Some(own) = information_schema::schema(name) {
        let collation = match own {
            "information_schema" => CollationId::UTF8MB3_GENERAL_CI,
            _ => CollationId::UTF8MB4_0900_AI_CI,
        };
        return Ok(Arc::new(SchemaDef::new(own, collation)));
    }
    if !information_schema::Sight::of(session).sees_schema(name) {
        require_schema(session, Privilege::ShowDatabases, name)?;
    }
    let database = session.engine.database();
    database.catalog.schema(name).cloned().ok_or_else(|| unknown_database(name))
}

/// A computed table as CREATE TABLE would make it.
pub fn definition_of(table: &dyn VirtualTable) -> TableDef {
    let of_views = table.schema() == "information_schema";
    let collation = match of_views {
        true => CollationId::UTF8MB3_GENERAL_CI,
        false => CollationId::UTF8MB4_0900_AI_CI,
    };
    let mut definition = TableDef::new(table.schema(), table.name(), collation);
    definition.temporary = of_views;
    definition.engine = if of_views { "InnoDB" } else { "PERFORMANCE_SCHEMA" }.into();
    let columns = table.columns().iter().map(|column| {
        let mut made = ColumnDef::new(&column.name, column.ty.clone());
        made.nullable = column.nullable;
        made
    });
    definition.columns = columns.collect();
    definition
}
