//! Store and log as one database: catalog, transactions, ordered commit, checkpoints, recovery.
//!
//! ```text
//! session                       engine                                 store / binlog
//! begin ──────────────────────▶ Transaction { snapshot, write set }
//! use_table(.., Use::Write) ──▶ shared metadata lock ────────────────▶ locks
//! view() / latest() ──────────▶ snapshot or newest, + write set ─────▶ View
//! lock_row, insert, update ───▶ Ok | Interrupt::{Wait, Duplicate, Error}
//! commit(transaction) ────────▶ CommitTicket (a future) ─▶ queue ─▶ leader: log, sync, barrier, publish
//! ddl(transaction, statement, changes) ─▶ CommitTicket, the same way, with a Query event
//! ```
//!
//! Calls of a [`Transaction`] never block and are not async; what must be waited for comes back as a
//! value: [`Interrupt::Wait`] with a lock to await before the statement runs again, or a `CommitTicket`
//! to await for the outcome of a commit. The steps of a DDL statement:
//!
//! 1. end the open transaction (implicit commit), begin one for the statement;
//! 2. `transaction.lock_table_exclusive(schema, name)` for each table it changes, by name, existing or not
//!    (`lock_schema_exclusive` for DROP and ALTER DATABASE); a wait means: await, run again from 2;
//! 3. look at `transaction.latest().database().catalog` and build the [`CatalogChange`]s;
//! 4. `engine.ddl(transaction, statement, changes)` and await the ticket.

mod apply;
pub mod barrier;
pub mod catalog;
mod change;
mod checkpoint;
mod codec;
mod commit;
mod copy;
mod core;
mod database;
mod errors;
mod exclusive_tables;
mod facade;
pub mod foreign;
mod housekeeping;
mod interrupt;
mod log_events;
mod logs;
mod options;
mod reaper;
mod recovery;
mod replay;
mod session;
mod temporary;
mod transaction;
mod unlogged;

#[cfg(test)]
mod tests;

/// What tests of the rooms above restart an engine on, and read its rows with.
#[cfg(test)]
pub use crate::disk::{Disk, FaultyDisk};
pub use crate::store::locks::{self, LockWait, OnConflict, OwnerId, WaitEnd};
#[cfg(test)]
pub use crate::store::{Direction, IndexNo, KeyRange};
pub use barrier::{AckLevel, Barrier, LoggedGroup, NoBarrier, Passage, Wait};
pub use change::{CatalogChange, DdlReplay, DdlStatement, LogContext, RowConversion};
pub use checkpoint::CheckpointError;
pub use commit::{CommitOptions, CommitTicket, Committed, ReadyCommit};
pub use database::Database;
pub use errors::{
    deadlock, duplicate_entry, lock_timeout, no_database, no_such_table, unknown_database,
};
pub use facade::Engine;
pub use interrupt::{Duplicate, Interrupt};
pub use log_events::{EventRange, LoggedEvent};
pub use options::{EngineOptions, Isolation, SyncPolicy, TransactionOptions};
pub use recovery::{OnProgress, OpenError, Opened, Phase, Progress, RecoveryError};
pub use replay::logged_statement;
pub use session::TableLock;
pub use temporary::TemporaryTables;
pub use transaction::{Latest, LockMode, LockingScan, Transaction, Use};
pub use unlogged::{is_unlogged, unlogged_source};
