//! Views that rows are written through: INSERT only through one that shows plain columns of one table.

use std::sync::Arc;

use super::check_option::{ViewChecks, behind};
use super::errors::not_insertable;
use crate::engine::Use;
use crate::engine::catalog::{TableDef, ViewDef, same_name};
use crate::query::accounts::{self, Privilege};
use crate::query::bind::Compiler;
use crate::query::{Interrupt, virtual_table};
use crate::sql::statement::ast;

/// What is inserted into.
pub(super) struct Into {
    /// The table with the rows.
    pub table: Arc<TableDef>,
    /// The name by which the statement knows it.
    pub alias: Arc<str>,
    /// A view's columns: names and places in the table.
    columns: Option<Vec<(Arc<str>, usize)>>,
    /// What a view asks of the rows.
    pub checks: ViewChecks,
}

impl Into {
    /// What a name stands for.
    pub fn find(compiler: &mut Compiler<'_>, name: &ast::TableName) -> Result<Self, Interrupt> {
        let schema = compiler.schema_of(name.schema.as_deref())?;
        if virtual_table::lookup(&schema, &name.name).is_some() {
            accounts::require_no_write(compiler.session, Privilege::Insert, &schema)?;
            return Err(not_insertable(&name.name).into());
        }
        let database = compiler.session.engine.database();
        let hidden = compiler.session.temporary.table(&schema, &name.name).is_some();
        if let Some(view) = database.catalog.view(&schema, &name.name).filter(|_| !hidden) {
            return Self::of_view(compiler, view);
        }
        let table = compiler.base_table(&schema, &name.name, Use::Write)?;
        let alias = table.name.clone();
        Ok(Self { table, alias, columns: None, checks: ViewChecks::default() })
    }

    fn of_view(compiler: &mut Compiler<'_>, view: &ViewDef) -> Result<Self, Interrupt> {
        let refused = || not_insertable(&view.name);
        let behind = behind(compiler, view)?.ok_or_else(refused)?;
        let columns = behind.columns.ok_or_else(refused)?;
        let (table, alias) = (behind.table, view.name.clone());
        Ok(Self { table, alias, columns: Some(columns), checks: behind.checks })
    }

    /// The place of a column by the name that the statement has for it.
    pub fn column(&self, name: &str) -> Option<usize> {
        match &self.columns {
            None => self.table.column_index(name),
            Some(columns) => {
                let found = columns.iter().find(|(own, _)| same_name(own, name));
                found.map(|(_, place)| *place)
            }
        }
    }

    /// The columns that get values where none are listed.
    pub fn all(&self) -> Vec<usize> {
        match &self.columns {
            Some(columns) => columns.iter().map(|(_, place)| *place).collect(),
            None => {
                let columns = self.table.columns.iter().enumerate();
                let shown = columns.filter(|(_, column)| !column.hidden && !column.invisible);
                shown.map(|(at, _)| at).collect()
            }
        }
    }
}
