//! Which tables a transaction uses: their definitions, and the locks that keep them so.
//!
//! A plain read needs no lock: its snapshot has the definitions that its rows were written with. Whoever reads
//! with locks or writes looks at the newest state, so its tables must not be altered before it ends. DDL takes
//! the name alone.

use std::sync::{Arc, LazyLock};

use super::Transaction;
use crate::engine::catalog::TableDef;
use crate::engine::{Database, Interrupt, errors};
use crate::store::TableId;
use crate::store::locks::{Mode, OnConflict, Resource};

/// What a statement does with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// A consistent read.
    Read,
    /// A read that locks rows.
    LockingRead,
    /// Rows are changed.
    Write,
}

/// A table whose metadata lock is held.
pub(super) struct Used {
    table: Arc<TableDef>,
    mode: Mode,
}

impl Transaction {
    /// The definition of a table for a statement: of the session's temporary table of that name if there is
    /// one, otherwise the permanent one's. It stays valid while the transaction lasts.
    ///
    /// # Errors
    /// 1146; 1412 if the table is not what the transaction's snapshot has; 1792 in READ ONLY; a wait.
    pub fn use_table(
        &mut self,
        schema: &str,
        name: &str,
        how: Use,
    ) -> Result<Arc<TableDef>, Interrupt> {
        if let Some(table) = self.options.temporary.table(schema, name) {
            return Ok(table);
        }
        if how == Use::Write && self.options.read_only {
            return Err(errors::read_only().into());
        }
        if how == Use::Read && !self.reads_lock() {
            return self.read_table(schema, name);
        }
        let mode = if how == Use::Write { Mode::Write } else { Mode::Read };
        self.lock_table(schema, name, mode)
    }

    /// The definition of a table that the transaction has locked.
    pub(in crate::engine) fn used_table(&self, id: TableId) -> Option<Arc<TableDef>> {
        self.used.iter().find(|used| used.table.id == id).map(|used| used.table.clone())
    }

    fn read_table(&mut self, schema: &str, name: &str) -> Result<Arc<TableDef>, Interrupt> {
        if self.core.exclusive_tables.any() {
            self.lock(table_lock(schema, name), Mode::Read, OnConflict::Wait)?;
        }
        let snapshot = self.snapshot();
        let table = snapshot.catalog.table(schema, name).cloned();
        let used = self.used.iter().find(|used| is_named(&used.table, schema, name));
        let changed = used.is_some_and(|used| {
            table.as_ref().is_none_or(|table| !is_same_version(table, &used.table))
        });
        if changed {
            return Err(errors::definition_changed().into());
        }
        table.ok_or_else(|| self.missing(schema, name))
    }

    /// 1146, or 1412 for a table that came after the snapshot.
    fn missing(&self, schema: &str, name: &str) -> Interrupt {
        let newest = self.core.database();
        match newest.catalog.table(schema, name) {
            Some(_) => errors::definition_changed().into(),
            None => errors::no_such_table(schema, name).into(),
        }
    }

    fn lock_table(
        &mut self,
        schema: &str,
        name: &str,
        mode: Mode,
    ) -> Result<Arc<TableDef>, Interrupt> {
        let used = self.used.iter().position(|used| is_named(&used.table, schema, name));
        if let Some(used) = used.and_then(|at| self.used.get(at))
            && used.mode >= mode
        {
            return Ok(used.table.clone());
        }
        if mode == Mode::Write {
            self.announce_write()?;
        }
        self.lock(table_lock(schema, name), mode, OnConflict::Wait)?;
        let table = self.core.database().catalog.table(schema, name).cloned();
        let table = table.ok_or_else(|| errors::no_such_table(schema, name))?;
        self.check_against_snapshot(&table)?;
        self.used.retain(|used| !is_named(&used.table, schema, name));
        self.used.push(Used { table: table.clone(), mode });
        Ok(table)
    }

    /// What keeps FLUSH TABLES WITH READ LOCK waiting, or waits for it.
    fn announce_write(&self) -> Result<(), Interrupt> {
        self.lock(everything(), Mode::Write, OnConflict::Wait).map(drop)
    }

    fn check_against_snapshot(&self, table: &TableDef) -> Result<(), Interrupt> {
        let Some(seen) = self.snapshot.get() else { return Ok(()) };
        let known = seen.database.catalog.table(&table.schema, &table.name);
        match known.is_some_and(|known| !is_same_version(known, table)) {
            true => Err(errors::definition_changed().into()),
            false => Ok(()),
        }
    }

    /// Takes a table's name, existing or not, for a DDL statement.
    ///
    /// # Errors
    /// A wait for those who use the table; 1792 in READ ONLY.
    pub fn lock_table_exclusive(&mut self, schema: &str, name: &str) -> Result<(), Interrupt> {
        if self.options.read_only {
            return Err(errors::read_only().into());
        }
        self.announce_write()?;
        self.lock(table_lock(schema, ""), Mode::Read, OnConflict::Wait)?;
        self.lock(table_lock(schema, name), Mode::Exclusive, OnConflict::Wait).map(drop)
    }

    /// Takes a schema and all that is in it, for DROP and ALTER DATABASE; also the name of one that is to
    /// be made.
    ///
    /// # Errors
    /// A wait for those who use its tables; 1792 in READ ONLY.
    pub fn lock_schema_exclusive(&mut self, schema: &str) -> Result<(), Interrupt> {
        if self.options.read_only {
            return Err(errors::read_only().into());
        }
        self.announce_write()?;
        self.lock(table_lock(schema, ""), Mode::Exclusive, OnConflict::Wait)?;
        for table in tables_of(&self.core.database(), schema) {
            self.lock(table_lock(schema, &table), Mode::Exclusive, OnConflict::Wait)?;
        }
        Ok(())
    }
}

fn is_same_version(one: &TableDef, other: &TableDef) -> bool {
    one.id == other.id && one.version == other.version
}

fn is_named(table: &TableDef, schema: &str, name: &str) -> bool {
    *table.name == *name && *table.schema == *schema
}

fn tables_of(database: &Database, schema: &str) -> Vec<Arc<str>> {
    let schema = database.catalog.schema(schema);
    let tables = schema.into_iter().flat_map(|schema| schema.tables());
    tables.map(|table| table.name.clone()).collect()
}

/// The lock of everything; made once, as every transaction that writes takes it.
pub(crate) fn everything() -> Resource {
    static EMPTY: LazyLock<Arc<str>> = LazyLock::new(|| "".into());
    Resource::Metadata { schema: EMPTY.clone(), table: EMPTY.clone() }
}

/// The lock of a table's definition; of the whole schema without a name.
pub(crate) fn table_lock(schema: &str, name: &str) -> Resource {
    Resource::Metadata { schema: schema.into(), table: name.into() }
}
