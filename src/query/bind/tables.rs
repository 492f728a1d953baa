//! Names of tables: temporary, computed and permanent ones, and views.

use std::sync::Arc;

use super::Compiler;
use crate::engine::Use;
use crate::engine::catalog::{TableDef, ViewDef};
use crate::engine::no_database;
use crate::query::accounts::{self, Privilege};
use crate::query::{Interrupt, VirtualTable, information_schema, virtual_table};
use crate::value::SqlError;

/// What a table's name stands for.
pub enum NamedTable {
    /// A table with rows.
    Table(Arc<TableDef>),
    /// A computed one.
    Virtual(&'static dyn VirtualTable),
    /// A view.
    View(Arc<ViewDef>),
}

impl Compiler<'_> {
    /// The schema that a name without one is in.
    pub(crate) fn schema_of(&self, schema: Option<&str>) -> Result<Arc<str>, SqlError> {
        match schema {
            Some(schema) => Ok(Arc::from(schema)),
            None => self.session.database.clone().ok_or_else(no_database),
        }
    }

    /// What a name in FROM stands for.
    pub(crate) fn named_table(
        &mut self,
        schema: &Arc<str>,
        name: &str,
    ) -> Result<NamedTable, Interrupt> {
        if let Some(table) = virtual_table::lookup(schema, name) {
            information_schema::require(self.session, table)?;
            return Ok(NamedTable::Virtual(table));
        }
        // What a view reads is its definer's business; what is written to, the writer's.
        if self.views.is_empty() && self.how != Use::Write {
            self.require_select(schema, name)?;
        }
        if let Some(view) = self.view(schema, name) {
            return Ok(NamedTable::View(view));
        }
        Ok(NamedTable::Table(self.base_table(schema, name, self.how)?))
    }

    /// 1142 without SELECT.
    fn require_select(&self, schema: &str, name: &str) -> Result<(), SqlError> {
        match self.session.temporary.table(schema, name) {
            Some(_) => Ok(()),
            None => accounts::require_table(self.session, Privilege::Select, schema, name),
        }
    }

    fn view(&mut self, schema: &str, name: &str) -> Option<Arc<ViewDef>> {
        if self.session.temporary.table(schema, name).is_some() {
            return None;
        }
        let database = self.session.engine.database();
        database.catalog.view(schema, name).cloned()
    }

    /// A table with rows.
    pub(crate) fn base_table(
        &mut self,
        schema: &str,
        name: &str,
        how: Use,
    ) -> Result<Arc<TableDef>, Interrupt> {
        let database = self.session.engine.database();
        if database.catalog.schema(schema).is_none()
            && self.session.temporary.table(schema, name).is_none()
        {
            return Err(information_schema::unknown_table(schema, name).into());
        }
        let table = self.session.transaction().use_table(schema, name, how)?;
        if !self.tables.iter().any(|known| known.id == table.id) {
            self.tables.push(table.clone());
        }
        Ok(table)
    }

    /// How many rows the table has, about.
    pub(crate) fn row_estimate(&mut self, table: &TableDef) -> f64 {
        let transaction = self.session.transaction();
        let rows = crate::query::session::table_rows(transaction, table);
        // A transaction's own rows are not counted.
        (rows as f64).max(transaction.changes() as f64)
    }
}
