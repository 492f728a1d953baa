//! One state of the whole database, as an immutable value.

use std::sync::Arc;

use super::catalog::Catalog;
use crate::gtid::GtidSet;
use crate::store::Tables;

/// Definitions, rows and the transactions that led to them. A clone is a snapshot.
#[derive(Debug, Clone, Default)]
pub struct Database {
    /// What exists.
    pub catalog: Arc<Catalog>,
    /// The rows of every table in `catalog`.
    pub tables: Tables,
    /// `gtid_executed` of this state.
    pub executed: Arc<GtidSet>,
    /// The logical clock: how many transactions were published since the server started.
    pub sequence: u64,
}
