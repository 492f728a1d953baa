//! What a transaction sees.

use std::sync::Arc;

use super::{Snapshot, Transaction};
use crate::engine::Database;
use crate::engine::temporary::TemporaryTables;
use crate::store::{Direction, IndexNo, Key, KeyRange, Overlay, Scan, TableId, Tables, View};
use crate::value::Row;

impl Transaction {
    /// The state that consistent reads see, without own writes. Taken at the first call after the
    /// transaction (READ COMMITTED: the statement) began.
    pub fn snapshot(&self) -> &Arc<Database> {
        &self.seen().database
    }

    fn seen(&self) -> &Snapshot {
        self.snapshot.get_or_init(|| {
            let database = self.core.database();
            let tables = with_temporary(&database, &self.options.temporary);
            Snapshot { database, tables }
        })
    }

    /// Whether a consistent read has happened.
    pub fn has_snapshot(&self) -> bool {
        self.snapshot.get().is_some()
    }

    /// What consistent reads see: the snapshot and own writes.
    pub fn view(&self) -> View<'_> {
        let seen = self.seen();
        let tables = seen.tables.as_ref().unwrap_or(&seen.database.tables);
        View::new(tables, Some(self.writes.overlay()))
    }

    /// What current reads see: the newest state and own writes.
    pub fn latest(&self) -> Latest<'_> {
        let database = self.core.database();
        let tables = with_temporary(&database, &self.options.temporary);
        Latest { database, tables, overlay: self.writes.overlay() }
    }

    /// A consistent read of one row.
    pub fn get(&self, table: TableId, key: &Key) -> Option<&Row> {
        self.view().get(table, key)
    }

    /// A consistent read of a range.
    pub fn scan(
        &self,
        table: TableId,
        index: IndexNo,
        range: &KeyRange,
        direction: Direction,
    ) -> Scan<'_> {
        self.view().scan(table, index, range, direction)
    }
}

/// The tables of a state with a session's temporary ones among them; none if it has none.
fn with_temporary(database: &Database, temporary: &TemporaryTables) -> Option<Tables> {
    let own = temporary.lock();
    if own.is_empty() {
        return None;
    }
    let mut tables = database.tables.clone();
    own.rows.iter().for_each(|table| tables.insert(table.as_ref().clone()));
    Some(tables)
}

/// The newest state with a transaction's writes over it. It is a snapshot too: what is published later is
/// seen by the next one.
pub struct Latest<'a> {
    database: Arc<Database>,
    tables: Option<Tables>,
    overlay: &'a Overlay,
}

impl Latest<'_> {
    /// The state, without own writes.
    pub fn database(&self) -> &Arc<Database> {
        &self.database
    }

    /// The state with own writes.
    pub fn view(&self) -> View<'_> {
        self.view_over(self.overlay)
    }

    /// The state with writes as they were at an earlier moment.
    pub fn view_over<'a>(&'a self, overlay: &'a Overlay) -> View<'a> {
        View::new(self.tables.as_ref().unwrap_or(&self.database.tables), Some(overlay))
    }

    /// One row.
    pub fn get(&self, table: TableId, key: &Key) -> Option<&Row> {
        self.view().get(table, key)
    }
}
