//! What exists: schemas with their tables and views, as one immutable value.
//!
//! A catalog is cloned and changed, never changed in place: whoever holds a snapshot of the database keeps
//! the definitions that its rows were written with. Names of schemas, tables and views are case-sensitive
//! (`lower_case_table_names=0`), names of columns and indexes are not.

mod column;
mod logged;
mod references;
mod schema;
mod table;

use std::sync::Arc;

use imbl::{HashMap, OrdMap};

pub use column::{ColumnDef, DefaultValue, Generated, same_name};
pub use references::Reference;
pub use schema::{SchemaDef, TableName, ViewDef};
pub use table::{
    CheckDef, ForeignKeyAction, ForeignKeyDef, IndexDef, IndexKind, IndexPart, TableDef,
};

use crate::store::TableId;
use references::References;

/// All schemas, tables and views of one state of the database.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    schemas: OrdMap<Arc<str>, Arc<SchemaDef>>,
    /// Every table of `schemas` by its id.
    by_id: HashMap<TableId, Arc<TableDef>>,
    /// Which tables point to which; derived from the tables.
    references: References,
    version: u64,
}

impl Catalog {
    /// Grows with every change: what was planned for one version need not hold for the next.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Every schema, by name.
    pub fn schemas(&self) -> impl Iterator<Item = &Arc<SchemaDef>> {
        self.schemas.values()
    }

    /// The schema of this name.
    pub fn schema(&self, name: &str) -> Option<&Arc<SchemaDef>> {
        self.schemas.get(name)
    }

    /// The table of this name. Views are not tables.
    pub fn table(&self, schema: &str, name: &str) -> Option<&Arc<TableDef>> {
        self.schema(schema)?.table(name)
    }

    /// The table with this id.
    pub fn table_by_id(&self, id: TableId) -> Option<&Arc<TableDef>> {
        self.by_id.get(&id)
    }

    /// The view of this name.
    pub fn view(&self, schema: &str, name: &str) -> Option<&Arc<ViewDef>> {
        self.schema(schema)?.view(name)
    }

    /// Every table, by schema and name.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<TableDef>> {
        self.schemas().flat_map(|schema| schema.tables())
    }

    /// The foreign keys that point to a table: what a change of one of its rows must look at.
    pub fn references_to(&self, schema: &str, name: &str) -> &[Reference] {
        self.references.to(schema, name)
    }

    /// Whether changes of this table's rows change others' rows, or the other way round.
    pub fn takes_part_in_cascades(&self, table: &TableDef) -> bool {
        let points = |reference: &Reference| {
            let child = self.table(&reference.child.schema, &reference.child.name);
            let key = child.and_then(|child| child.foreign_keys.get(reference.foreign_key));
            key.is_some_and(ForeignKeyDef::cascades)
        };
        table.foreign_keys.iter().any(ForeignKeyDef::cascades)
            || self.references_to(&table.schema, &table.name).iter().any(points)
    }

    /// Adds a schema, or replaces one of the same name with all that is in it.
    pub(crate) fn put_schema(&mut self, schema: SchemaDef) {
        self.drop_schema(&schema.name.clone());
        schema.tables().for_each(|table| {
            self.by_id.insert(table.id, table.clone());
        });
        self.schemas.insert(schema.name.clone(), Arc::new(schema));
        self.changed();
    }

    /// Changes a schema's own properties.
    pub(crate) fn edit_schema(&mut self, name: &str, edit: impl FnOnce(&mut SchemaDef)) {
        if let Some(schema) = self.schemas.get(name) {
            let mut schema = SchemaDef::clone(schema);
            edit(&mut schema);
            self.schemas.insert(schema.name.clone(), Arc::new(schema));
        }
        self.changed();
    }

    /// Removes a schema with its tables and views.
    pub(crate) fn drop_schema(&mut self, name: &str) {
        if let Some(schema) = self.schemas.remove(name) {
            schema.tables().for_each(|table| {
                self.by_id.remove(&table.id);
            });
        }
        self.changed();
    }

    /// Adds a table, or replaces the one of the same name.
    pub(crate) fn put_table(&mut self, table: Arc<TableDef>) {
        self.drop_table(&table.schema, &table.name);
        self.by_id.insert(table.id, table.clone());
        self.edit_schema(&table.schema.clone(), |schema| schema.put_table(table));
    }

    /// Removes a table and gives it back.
    pub(crate) fn drop_table(&mut self, schema: &str, name: &str) -> Option<Arc<TableDef>> {
        let table = self.table(schema, name)?.clone();
        self.by_id.remove(&table.id);
        self.edit_schema(schema, |schema| schema.drop_table(name));
        Some(table)
    }

    /// [`Catalog::drop_table`] by full name.
    pub(crate) fn drop_named(&mut self, name: &TableName) -> Option<Arc<TableDef>> {
        self.drop_table(&name.schema, &name.name)
    }

    /// Adds a view, or replaces the one of the same name.
    pub(crate) fn put_view(&mut self, view: ViewDef) {
        self.edit_schema(&view.schema.clone(), |schema| schema.put_view(Arc::new(view)));
    }

    /// Removes a view.
    pub(crate) fn drop_view(&mut self, schema: &str, name: &str) {
        self.edit_schema(schema, |schema| schema.drop_view(name));
    }

    fn changed(&mut self) {
        self.version += 1;
        self.references = References::of(self.schemas.values());
    }

    /// Sets the version that a stored catalog had.
    pub(crate) fn set_version(&mut self, version: u64) {
        self.version = version;
    }
}
