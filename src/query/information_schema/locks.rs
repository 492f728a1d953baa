//! data_locks and data_lock_waits: who holds which lock, and who waits for whom. An owner of locks is a
//! session; its number stands in the columns of transactions, its connection's id in those of threads.

use std::collections::HashMap;

use super::row::{Wanted, maybe, maybe_number, number, text};
use super::{EvalContext, Rows};
use crate::engine::Database;
use crate::store::locks::{LockInfo, Mode, OwnerId, Resource};
use crate::store::{IndexNo, TableId, View};
use crate::value::Value;
use crate::value::convert::to_text;

/// Locks that are listed of one owner, at most.
const MAX_OF_OWNER: usize = 1000;

/// data_locks. Locks of users by name are no locks on data.
pub fn data_locks(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let database = ctx.session.engine.database();
    let locks = ctx.session.engine.locks();
    let held = locks.locks(MAX_OF_OWNER);
    let threads = threads(ctx);
    let held = held.iter().filter_map(|lock| row(&database, &threads, lock, "GRANTED"));
    let waits = locks.waits();
    let waiting = waits.into_iter().filter_map(|wait| {
        let lock = LockInfo { owner: wait.owner, resource: wait.resource, modes: vec![wait.mode] };
        row(&database, &threads, &lock, "WAITING")
    });
    Ok(held.chain(waiting).collect())
}

/// data_lock_waits.
pub fn data_lock_waits(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let waits = ctx.session.engine.locks().waits();
    let threads = threads(ctx);
    let rows = waits.iter().flat_map(|wait| {
        wait.blockers.iter().map(|blocker| {
            let mut row = vec![text("INNODB")];
            for owner in [wait.owner, *blocker] {
                row.extend([lock_id(owner, &wait.resource), number(owner.0)]);
                row.extend([maybe_number(threads.get(&owner).copied()), Value::Null, number(0)]);
            }
            row
        })
    });
    Ok(rows.collect())
}

/// The connections of owners.
fn threads(ctx: &EvalContext<'_>) -> HashMap<OwnerId, u64> {
    let processes = ctx.session.server.processes();
    processes.into_iter().map(|process| (process.owner, process.id)).collect()
}

fn lock_id(owner: OwnerId, resource: &Resource) -> Value {
    text(match resource {
        Resource::Row { table, index, .. } | Resource::Range { table, index, .. } => {
            format!("{}:{}:{}", owner.0, table.0, index.0)
        }
        Resource::Metadata { schema, table } => format!("{}:{schema}.{table}", owner.0),
        Resource::Named(name) => format!("{}:{name}", owner.0),
    })
}

/// What is locked: schema, table, index, type, data.
type Locked = (String, String, Option<String>, &'static str, Option<String>);

fn row(
    database: &Database,
    threads: &HashMap<OwnerId, u64>,
    lock: &LockInfo,
    status: &str,
) -> Option<Vec<Value>> {
    let (schema, table, index, kind, data) = locked(database, &lock.resource)?;
    let strongest = lock.modes.iter().max()?;
    let mut row = vec![text("INNODB"), lock_id(lock.owner, &lock.resource), number(lock.owner.0)];
    let thread = maybe_number(threads.get(&lock.owner).copied());
    row.extend([thread, Value::Null, text(schema), text(table)]);
    row.extend([Value::Null, Value::Null, maybe(index), number(0), text(kind)]);
    row.extend([text(mode(&lock.resource, *strongest)), text(status), maybe(data)]);
    Some(row)
}

fn locked(database: &Database, resource: &Resource) -> Option<Locked> {
    match resource {
        Resource::Row { table, index, key } => {
            let (schema, name, of) = names(database, *table, *index)?;
            let found = View::new(&database.tables, None).get(*table, key);
            let data = found.filter(|_| index.0 == 0).map(|row| {
                let definition = database.catalog.table_by_id(*table);
                let parts = definition.and_then(|table| table.primary()).map(|key| &key.parts);
                let values =
                    parts.into_iter().flatten().filter_map(|part| row.values().get(part.column));
                values.map(to_text).collect::<Vec<_>>().join(", ")
            });
            Some((schema, name, of, "RECORD", data))
        }
        Resource::Range { table, index, .. } => {
            let (schema, name, of) = names(database, *table, *index)?;
            Some((schema, name, of, "RECORD", None))
        }
        Resource::Metadata { schema, table } if !table.is_empty() => {
            Some((schema.to_string(), table.to_string(), None, "TABLE", None))
        }
        Resource::Metadata { .. } | Resource::Named(_) => None,
    }
}

fn names(
    database: &Database,
    table: TableId,
    index: IndexNo,
) -> Option<(String, String, Option<String>)> {
    let table = database.catalog.table_by_id(table)?;
    let of = table.index_by_no(index).map_or("GEN_CLUST_INDEX", |index| &index.name);
    Some((table.schema.to_string(), table.name.to_string(), Some(of.to_owned())))
}

/// InnoDB's words for how something is locked.
fn mode(resource: &Resource, mode: Mode) -> &'static str {
    match (resource, mode) {
        (Resource::Range { .. }, _) => "S,GAP",
        (Resource::Row { .. }, Mode::Read | Mode::Shared) => "S,REC_NOT_GAP",
        (Resource::Row { .. }, _) => "X,REC_NOT_GAP",
        (_, Mode::Read) => "IS",
        (_, Mode::Write) => "IX",
        (_, Mode::Shared) => "S",
        (_, Mode::Exclusive | Mode::Insert) => "X",
    }
}
