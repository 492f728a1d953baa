//! A copy of the whole database for a server that begins to follow this one, and taking such a copy over.
//!
//! A copy is a checkpoint of the published state: nobody waits while it is written, and every block has its checksum.
//!
//! ```text
//! adopt   log emptied ─▶ state published, checkpoint of it ─▶ gtid_executed granted
//! ```
//! A crash in between leaves a state without history, which asks for everything again and gets another copy.

use std::io;
use std::sync::Arc;

use super::catalog::{Catalog, TableDef};
use super::checkpoint::{CheckpointError, load, write_to};
use super::{Database, Engine};
use crate::value::SqlError;

/// Versions of adopted tables begin so high that no plan for a table of the same number is taken for theirs.
const ADOPTED: u64 = 1 << 40;

impl Engine {
    /// Writes the published state. `stop` is asked between blocks.
    ///
    /// # Errors
    /// Those of `out`; `Interrupted` when `stop` says so.
    pub fn write_copy(&self, out: &mut dyn io::Write, stop: &dyn Fn() -> bool) -> io::Result<()> {
        write_to(out, &self.database(), self.core().ids.next(), stop)
    }

    /// Puts a copy of another server in the place of all that is here, its history included. Nobody may be
    /// writing: the caller holds the lock of all tables.
    ///
    /// # Errors
    /// 1105: the copy is damaged; the disk's.
    pub fn adopt_copy(&self, file: &str) -> Result<(), SqlError> {
        let (Some(log), Some(disk)) = (self.log(), self.disk()) else {
            return Err(SqlError::not_supported("a copy for a database that is kept nowhere"));
        };
        let core = self.core();
        let loaded = load(&**disk, file, &mut |_, _| {}).map_err(|error| damaged(&error))?;
        core.ids.raise(loaded.next_table);
        let mut database = loaded.database;
        let executed = database.executed.clone();
        database.catalog = Arc::new(with_new_versions(&database.catalog));
        database.unlogged = 0;
        core.pipeline.exclusively(core, |writer| {
            log.reset().map_err(|error| SqlError::from(&error))?;
            database.sequence = core.database().sequence + 1;
            core.publish(Database::clone(&database));
            core.checkpointer.take(core, &**disk).map_err(|error| damaged(&error))?;
            core.checkpointer.keep_newest(core, &**disk).map_err(|error| damaged(&error))?;
            log.grant(&executed).map_err(|error| SqlError::from(&error))?;
            writer.count_after(&core.database().applied());
            Ok(())
        })
    }
}

fn with_new_versions(catalog: &Catalog) -> Catalog {
    let mut new = catalog.clone();
    for table in catalog.tables() {
        let mut table = TableDef::clone(table);
        table.version += ADOPTED;
        new.put_table(Arc::new(table));
    }
    new
}

fn damaged(error: &CheckpointError) -> SqlError {
    SqlError::new(1105, b"HY000", format!("A copy of the source cannot be taken over: {error}"))
}
