//! The temporary tables of a session: definitions and rows that nobody else sees and no log keeps.
//!
//! A transaction of the session puts them into its own views, under ids that no permanent table has; so
//! reading, writing, savepoints and rollback work on them as on any table.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::catalog::{TableDef, TableName};
use crate::engine::stub::{TableId, Tables};

/// Temporary tables have ids from here on.
pub(crate) const FIRST_TEMPORARY_ID: u64 = 1 << 63;

/// Whether the table is a temporary one.
pub(crate) fn is_temporary(id: TableId) -> bool {
    id.0 >= FIRST_TEMPORARY_ID
}

/// A session's temporary tables. A clone is the same set.
#[derive(Debug, Clone, Default)]
pub struct TemporaryTables(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
pub(crate) struct Inner {
    definitions: BTreeMap<TableName, Arc<TableDef>>,
    pub(crate) rows: Tables,
}

impl TemporaryTables {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The definition of this name.
    pub fn table(&self, schema: &str, name: &str) -> Option<Arc<TableDef>> {
        let inner = self.lock();
        if inner.definitions.is_empty() {
            return None;
        }
        inner.definitions.get(&TableName::new(schema, name)).cloned()
    }

    /// All definitions, by name.
    pub fn list(&self) -> Vec<Arc<TableDef>> {
        self.lock().definitions.values().cloned().collect()
    }
}
