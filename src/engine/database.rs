//! One state of the whole database, as an immutable value.

use std::sync::Arc;

use super::catalog::Catalog;
use super::unlogged;
use crate::gtid::{Gtid, GtidSet};
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
    /// How many transactions were made that are no part of `executed` (`sql_log_bin=0`).
    pub(crate) unlogged: u64,
    /// Where the source of replication goes on, if its transactions have no GTIDs that are kept here.
    pub source_position: Option<Arc<str>>,
    /// The logical clock: how many transactions were published since the server started.
    pub sequence: u64,
}

impl Database {
    /// Every transaction in it, those included that are not logged for others.
    pub(crate) fn applied(&self) -> GtidSet {
        unlogged::applied(&self.executed, self.unlogged)
    }

    /// Notes a transaction.
    pub(crate) fn note(&mut self, gtid: Gtid) {
        match unlogged::is_unlogged(&gtid) {
            true => self.unlogged = self.unlogged.max(gtid.number),
            false => Arc::make_mut(&mut self.executed).insert(gtid),
        }
        self.sequence += 1;
    }
}
