//! Locks that a session keeps beyond its transactions: LOCK TABLES and FLUSH TABLES WITH READ LOCK.

use super::catalog::TableName;
use super::core::Core;
use super::transaction::metadata::{everything, table_lock};
use super::{Interrupt, errors};
use crate::store::locks::{Conflict, Mode, OnConflict, OwnerId, Request, Resource, Term};

/// A table in LOCK TABLES.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLock {
    /// Which one.
    pub name: TableName,
    /// WRITE: nobody else even reads it. Otherwise READ: nobody writes.
    pub write: bool,
}

/// Takes the locks of LOCK TABLES.
pub(super) fn lock_tables(
    core: &Core,
    owner: OwnerId,
    tables: &[TableLock],
) -> Result<(), Interrupt> {
    // Counted before the lock is there: a reader that sees no count can have begun before.
    let exclusive = tables.iter().filter(|table| table.write).count();
    if exclusive > 0 {
        core.exclusive_tables.hold(owner);
    }
    let mut sorted: Vec<&TableLock> = tables.iter().collect();
    sorted.sort_by_key(|table| &table.name);
    for table in sorted {
        let mode = if table.write { Mode::Exclusive } else { Mode::Shared };
        lock(core, owner, table_lock(&table.name.schema, &table.name.name), mode)?;
    }
    Ok(())
}

/// Takes the lock of FLUSH TABLES WITH READ LOCK.
pub(super) fn lock_everything(core: &Core, owner: OwnerId) -> Result<(), Interrupt> {
    lock(core, owner, everything(), Mode::Shared)
}

/// Gives both back.
pub(super) fn unlock_tables(core: &Core, owner: OwnerId) {
    core.locks.unlock_tables(owner);
    core.exclusive_tables.release(owner);
}

fn lock(core: &Core, owner: OwnerId, resource: Resource, mode: Mode) -> Result<(), Interrupt> {
    let on_conflict = OnConflict::Wait;
    let request = Request { owner, mode, term: Term::Session, on_conflict, weight: 0 };
    match core.locks.lock(resource, &request) {
        Ok(_) => Ok(()),
        Err(Conflict::Wait(wait)) => Err(Interrupt::Wait(wait)),
        Err(Conflict::Full) => Err(errors::too_many_locks().into()),
        Err(Conflict::Deadlock | Conflict::Busy) => Err(errors::deadlock().into()),
    }
}
