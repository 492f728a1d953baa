//! Who points to whom: the foreign keys of all tables, by the table that they point to.
//!
//! Built anew with every change of the catalog from the tables that have foreign keys; those are few, and
//! so are changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{SchemaDef, TableName};
use crate::store::TableId;

/// One foreign key of a child table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The table that has the foreign key.
    pub child: TableName,
    /// Its id.
    pub child_id: TableId,
    /// The place of the key in the child's `foreign_keys`.
    pub foreign_key: usize,
}

/// Foreign keys by the table that they point to. It need not exist.
#[derive(Debug, Clone, Default)]
pub(super) struct References(Arc<BTreeMap<TableName, Vec<Reference>>>);

impl References {
    pub(super) fn of<'a>(schemas: impl Iterator<Item = &'a Arc<SchemaDef>>) -> Self {
        let mut found: BTreeMap<TableName, Vec<Reference>> = BTreeMap::new();
        for table in schemas.flat_map(|schema| schema.tables_with_foreign_keys()) {
            for (foreign_key, key) in table.foreign_keys.iter().enumerate() {
                let child = table.full_name();
                let reference = Reference { child, child_id: table.id, foreign_key };
                found.entry(key.parent.clone()).or_default().push(reference);
            }
        }
        Self(Arc::new(found))
    }

    pub(super) fn to(&self, schema: &str, name: &str) -> &[Reference] {
        if self.0.is_empty() {
            return &[];
        }
        self.0.get(&TableName::new(schema, name)).map_or(&[], Vec::as_slice)
    }
}
