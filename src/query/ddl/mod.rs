//! Statements that define: what they change in the catalog, with all that MySQL checks before.
//!
//! ```text
//! Statement + Context + Database ── plan ──▶ Plan { changes, temporary, then }, warnings
//! ```
//!
//! Planning is a pure function of the statement, of what its meaning depends on and of the catalog. So the
//! same code serves a session, which has locked the names before, and recovery, which reads the statement in
//! the log.

mod alter;
mod charset;
mod checks;
mod columns;
mod create_table;
mod defaults;
mod deprecated;
mod drop;
mod errors;
mod execute;
mod expressions;
mod foreign_keys;
mod functional;
mod indexes;
mod names;
mod options;
mod qualify;
mod replay;
mod schemas;
mod types;
mod updatable;
mod values;
mod views;

pub use execute::execute;
pub use replay::{Replay, parser_mode};
pub use types::{column_type, virtual_type};
pub use updatable::is_view_updatable;
pub use values::{implicit_default, store_mode};

use crate::engine::catalog::TableDef;
use crate::engine::{CatalogChange, Database, TemporaryTables};
use crate::query::session::SqlMode;
use crate::sql::statement::Statement;
use crate::sql::statement::ast::TableName;
use crate::value::SqlError;
use crate::value::collation::CollationId;
use crate::value::temporal::TimeZone;
use crate::value::warning::Warning;

/// What the meaning of a definition depends on besides its text and the catalog.
#[derive(Debug, Clone)]
pub struct Context {
    /// The default schema.
    pub schema: Option<String>,
    /// `sql_mode`.
    pub sql_mode: SqlMode,
    /// `collation_server`: of schemas that do not say.
    pub collation_server: CollationId,
    /// `collation_connection`: kept with views.
    pub collation_connection: CollationId,
    /// `foreign_key_checks`.
    pub foreign_key_checks: bool,
    /// Unix time, in seconds.
    pub now_seconds: i64,
    /// `time_zone`.
    pub zone: TimeZone,
    /// `user@host` of who runs it.
    pub definer: String,
    /// It comes from the log: it was carried out once, and is not checked against other tables again.
    pub replay: bool,
}

impl Context {
    /// What the server's own definitions depend on.
    pub fn of_server() -> Self {
        Self {
            schema: None,
            sql_mode: SqlMode::default(),
            collation_server: CollationId::UTF8MB4_0900_AI_CI,
            collation_connection: CollationId::UTF8MB4_0900_AI_CI,
            foreign_key_checks: true,
            now_seconds: 0,
            zone: TimeZone::default(),
            definer: "root@localhost".to_owned(),
            replay: false,
        }
    }
}

/// What a statement comes to.
#[derive(Default)]
pub struct Plan {
    /// What changes for all.
    pub changes: Vec<CatalogChange>,
    /// What changes in the session alone.
    pub temporary: Vec<TemporaryChange>,
    /// What runs next: the rows of CREATE TABLE … AS SELECT.
    pub then: Option<Statement>,
    /// `Records: …`, where the statement tells so.
    pub info: String,
    /// How many rows it counts.
    pub affected: u64,
}

/// What happens to a temporary table.
pub enum TemporaryChange {
    /// It is made, or takes the place of the one of this name.
    Create(Box<TableDef>),
    /// It becomes another, with its rows.
    Alter {
        /// What it is called.
        old: crate::engine::catalog::TableName,
        /// What it becomes.
        new: Box<TableDef>,
        /// How its rows change.
        convert: Option<crate::engine::RowConversion>,
    },
    /// It goes.
    Drop(String, String),
    /// Its rows go.
    Truncate(String, String),
}

/// Where a plan is made: what it may look at, and the warnings so far.
pub struct Scene<'a> {
    /// What the statement depends on.
    pub context: &'a Context,
    /// The newest state.
    pub database: &'a Database,
    /// The session's temporary tables.
    pub temporary: &'a TemporaryTables,
    /// Warnings and notes.
    pub notes: Vec<Warning>,
}

impl Scene<'_> {
    fn warn(&mut self, code: u16, message: &str) {
        self.notes.push(Warning::new(code, message));
    }

    fn note(&mut self, error: SqlError) {
        self.notes.push(Warning::note(error.code, error.message));
    }

    /// Schema and name, with the default schema where none is given.
    ///
    /// # Errors
    /// 1046.
    fn full_name(&self, name: &TableName) -> Result<(String, String), SqlError> {
        let schema = name.schema.clone().or_else(|| self.context.schema.clone());
        Ok((schema.ok_or_else(errors::no_database)?, name.name.clone()))
    }

    /// The table, a temporary one before a permanent one.
    ///
    /// # Errors
    /// 1046, 1049, 1146, 1347 for a view.
    fn table(&self, name: &TableName) -> Result<std::sync::Arc<TableDef>, SqlError> {
        let (schema, name) = self.full_name(name)?;
        if let Some(table) = self.temporary.table(&schema, &name) {
            return Ok(table);
        }
        let catalog = &self.database.catalog;
        if catalog.view(&schema, &name).is_some() {
            return Err(errors::not_a_table(&schema, &name));
        }
        if catalog.schema(&schema).is_none() {
            return Err(errors::unknown_database(&schema));
        }
        let table = catalog.table(&schema, &name).cloned();
        table.ok_or_else(|| errors::no_such_table(&schema, &name))
    }
}

/// What a definition comes to. `columns_of` tells the columns of a query, for views and CREATE TABLE … AS.
///
/// # Errors
/// Whatever MySQL refuses.
pub fn plan(
    scene: &mut Scene<'_>,
    statement: &Statement,
    columns_of: &mut dyn FnMut(
        &crate::sql::statement::ast::Query,
    ) -> Result<Vec<QueryColumn>, SqlError>,
) -> Result<Plan, SqlError> {
    match statement {
        Statement::CreateTable(create) => create_table::create(scene, create, columns_of),
        Statement::AlterTable(alter) => alter::alter(scene, alter),
        Statement::CreateIndex(create) => alter::create_index(scene, create),
        Statement::DropIndex(drop) => alter::drop_index(scene, drop),
        Statement::DropTable(drop) => drop::tables(scene, drop),
        Statement::Truncate(table) => drop::truncate(scene, table),
        Statement::RenameTable(pairs) => drop::rename(scene, pairs),
        Statement::CreateDatabase(create) => schemas::create(scene, create),
        Statement::AlterDatabase(alter) => schemas::alter(scene, alter),
        Statement::DropDatabase(drop) => schemas::drop(scene, drop),
        Statement::CreateView(create) => views::create(scene, create, columns_of),
        Statement::DropView(drop) => views::drop(scene, drop),
        Statement::DropProgram(drop) => drop::program(scene, drop),
        _ => Err(SqlError::not_supported("this definition")),
    }
}

/// A column of a query, as a table made of it would have it.
#[derive(Debug, Clone)]
pub struct QueryColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: crate::value::types::ColumnType,
    /// Whether it may be NULL.
    pub nullable: bool,
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::{Scripts, run_folder};
