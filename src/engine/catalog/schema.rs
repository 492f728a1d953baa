//! A schema (a database, in MySQL's word) with its tables and views.

use std::fmt;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::TableDef;
use crate::value::types::CollationId;

/// The full name of a table or view.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The schema's name.
    pub schema: Arc<str>,
    /// The name in it.
    pub name: Arc<str>,
}

impl TableName {
    /// `schema.name`.
    pub fn new(schema: &str, name: &str) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }
}

/// As MySQL's messages have it: `schema.name`.
impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// A schema.
#[derive(Debug, Clone)]
pub struct SchemaDef {
    /// Its name.
    pub name: Arc<str>,
    /// The default of its tables.
    pub collation: CollationId,
    tables: OrdMap<Arc<str>, Arc<TableDef>>,
    views: OrdMap<Arc<str>, Arc<ViewDef>>,
    /// Names of the tables that have foreign keys.
    children: OrdSet<Arc<str>>,
}

impl SchemaDef {
    /// An empty schema.
    pub fn new(name: &str, collation: CollationId) -> Self {
        Self {
            name: name.into(),
            collation,
            tables: OrdMap::new(),
            views: OrdMap::new(),
            children: OrdSet::new(),
        }
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&Arc<TableDef>> {
        self.tables.get(name)
    }

    /// The view of this name.
    pub fn view(&self, name: &str) -> Option<&Arc<ViewDef>> {
        self.views.get(name)
    }

    /// Its tables, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<TableDef>> {
        self.tables.values()
    }

    /// Its views, by name.
    pub fn views(&self) -> impl Iterator<Item = &Arc<ViewDef>> {
        self.views.values()
    }

    /// Its tables that have foreign keys.
    pub(super) fn tables_with_foreign_keys(&self) -> impl Iterator<Item = &Arc<TableDef>> {
        self.children.iter().filter_map(|name| self.tables.get(name))
    }

    pub(crate) fn put_table(&mut self, table: Arc<TableDef>) {
        match table.foreign_keys.is_empty() {
            true => self.children.remove(&table.name),
            false => self.children.insert(table.name.clone()),
        };
        self.tables.insert(table.name.clone(), table);
    }

    pub(super) fn drop_table(&mut self, name: &str) {
        self.children.remove(name);
        self.tables.remove(name);
    }

    pub(crate) fn put_view(&mut self, view: Arc<ViewDef>) {
        self.views.insert(view.name.clone(), view);
    }

    pub(super) fn drop_view(&mut self, name: &str) {
        self.views.remove(name);
    }
}

/// A view: a query with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewDef {
    /// The schema it is in.
    pub schema: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The query, as `SHOW CREATE VIEW` gives it after `AS`.
    pub sql: Arc<str>,
    /// The names of its columns, in order.
    pub columns: Vec<Arc<str>>,
    /// `user@host` of who made it.
    pub definer: Arc<str>,
    /// `SQL SECURITY INVOKER`; otherwise DEFINER.
    pub invoker: bool,
    /// `UNDEFINED`, `MERGE` or `TEMPTABLE`.
    pub algorithm: Arc<str>,
    /// `NONE`, `LOCAL` or `CASCADED`.
    pub check_option: Arc<str>,
    /// The collation of the connection that made it.
    pub collation: CollationId,
    /// The `sql_mode` that `sql` is parsed with, as `@@sql_mode` spells it.
    pub sql_mode: Arc<str>,
}
