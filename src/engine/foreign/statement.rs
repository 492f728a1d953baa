//! Definitions that another server has made.

use crate::engine::catalog::TableName;
use crate::engine::commit::{self, CommitOptions, CommitTicket};
use crate::engine::{CatalogChange, DdlStatement, Engine, Interrupt, Transaction};

/// What the changes of a statement need alone: schemas by name, then tables.
pub fn locked_names(changes: &[CatalogChange]) -> (Vec<String>, Vec<TableName>) {
    let (mut schemas, mut tables) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            CatalogChange::CreateSchema(schema) => schemas.push(schema.name.to_string()),
            CatalogChange::DropSchema(name) | CatalogChange::AlterSchema { name, .. } => {
                schemas.push(name.to_string());
            }
            CatalogChange::CreateTable(table) => tables.push(table.full_name()),
            CatalogChange::DropTables(names) | CatalogChange::DropViews(names) => {
                tables.extend(names.iter().cloned());
            }
            CatalogChange::RenameTables(pairs) => {
                tables.extend(pairs.iter().flat_map(|(old, new)| [old.clone(), new.clone()]));
            }
            CatalogChange::AlterTable { old, new, .. } => {
                tables.extend([old.clone(), new.full_name()]);
            }
            CatalogChange::Truncate(name) | CatalogChange::SetAutoIncrement(name, _) => {
                tables.push(name.clone());
            }
            CatalogChange::CreateView(view) => {
                tables.push(TableName::new(&view.schema, &view.name));
            }
        }
    }
    schemas.sort();
    tables.sort();
    tables.dedup();
    (schemas, tables)
}

impl Transaction {
    /// Takes what the changes of a statement need alone.
    ///
    /// # Errors
    /// A wait, after which it is called again.
    pub fn lock_for(&mut self, changes: &[CatalogChange]) -> Result<(), Interrupt> {
        let (schemas, tables) = locked_names(changes);
        for schema in &schemas {
            self.lock_schema_exclusive(schema)?;
        }
        for table in &tables {
            self.lock_table_exclusive(&table.schema, &table.name)?;
        }
        Ok(())
    }
}

impl Engine {
    /// [`Engine::ddl`] for a statement that began on another server.
    pub fn ddl_as(
        &self,
        transaction: Transaction,
        mut statement: DdlStatement,
        changes: Vec<CatalogChange>,
        options: CommitOptions,
    ) -> CommitTicket {
        let mut server = self.core().options.server_id;
        if let Some(replicated) = &options.replicated {
            server = replicated.server_id;
            if let Some(position) = &replicated.position {
                statement.sql = super::position::behind_statement(&statement.sql, position);
            }
        }
        let events = commit::statement_events(server, &statement);
        self.submit_ddl(transaction, (events, changes), options, &|| Ok(()))
    }
}
