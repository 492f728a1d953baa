//! The facade: what sessions call.

use std::sync::Arc;

use super::apply::prepare;
use super::commit::{self, CommitOptions, CommitTicket, Committed, Pipeline, Request, Writer};
use super::core::Core;
use super::session::{self, TableLock};
use super::{
    CatalogChange, Database, DdlStatement, EngineOptions, Transaction, TransactionOptions,
};
use super::{Interrupt, errors, temporary};
use crate::gtid::Source;
use crate::store::locks::{LockTable, OwnerId};

/// A database that is open.
pub struct Engine {
    core: Arc<Core>,
}

impl Engine {
    /// A database that is kept nowhere, for tests.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn volatile(options: EngineOptions) -> std::io::Result<Arc<Self>> {
        let uuid = crate::gtid::Uuid([7; 16]);
        let source = Source { uuid, tag: crate::gtid::Tag::default() };
        let pipeline = Pipeline::new(options.sync, Writer::volatile(source));
        let core = Arc::new(Core::new(Database::default(), options, pipeline));
        commit::start(&core)?;
        Ok(Arc::new(Self { core }))
    }

    /// The newest published state: a snapshot.
    pub fn database(&self) -> Arc<Database> {
        self.core.database()
    }

    /// The locks of all transactions, for what a session locks itself and for lists.
    pub fn locks(&self) -> &LockTable {
        &self.core.locks
    }

    /// One who may hold locks: each session has its own.
    pub fn new_owner(&self) -> OwnerId {
        self.core.new_owner()
    }

    /// Begins a transaction.
    pub fn begin(&self, options: TransactionOptions) -> Transaction {
        Transaction::begin(self.core.clone(), options)
    }

    /// Commits: puts the transaction in the queue now, and gives a ticket to wait with. What wrote nothing
    /// that is logged is done at once.
    pub fn commit(&self, transaction: Transaction, options: CommitOptions) -> CommitTicket {
        if transaction.is_doomed() {
            return CommitTicket::known(Err(errors::deadlock()));
        }
        let changes = transaction.writes.changes();
        if changes.iter().all(|change| temporary::is_temporary(change.table)) {
            commit::keep_temporary(&transaction.options.temporary, &transaction);
            return CommitTicket::known(Ok(Committed { gtid: None }));
        }
        self.submit(transaction, Vec::new(), options)
    }

    /// Carries out a DDL statement, whose names `transaction` has locked: converts rows now, on the
    /// caller's thread, then logs and publishes.
    pub fn ddl(
        &self,
        transaction: Transaction,
        statement: DdlStatement,
        changes: Vec<CatalogChange>,
    ) -> CommitTicket {
        let steps = match prepare(changes, &self.core.database(), &self.core.ids) {
            Ok(steps) => steps,
            Err(error) => return CommitTicket::known(Err(error)),
        };
        let options = CommitOptions { unlogged: statement.unlogged, gtid: None };
        self.submit(transaction, steps, options)
    }

    fn submit(
        &self,
        transaction: Transaction,
        steps: Vec<super::apply::Prepared>,
        options: CommitOptions,
    ) -> CommitTicket {
        let request = |reply| Request { transaction, steps, options, reply };
        self.core.pipeline.submit(&self.core, request)
    }

    /// LOCK TABLES: keeps names for a session until `unlock_tables`, which any number of its transactions may
    /// use. Call it outside a transaction, after `unlock_tables`.
    ///
    /// # Errors
    /// A wait, after which it is called again: what it got so far it keeps.
    pub fn lock_tables(&self, owner: OwnerId, tables: &[TableLock]) -> Result<(), Interrupt> {
        session::lock_tables(&self.core, owner, tables)
    }

    /// FLUSH TABLES WITH READ LOCK: nobody writes, until `unlock_tables`.
    ///
    /// # Errors
    /// A wait, after which it is called again.
    pub fn lock_all_tables(&self, owner: OwnerId) -> Result<(), Interrupt> {
        session::lock_everything(&self.core, owner)
    }

    /// UNLOCK TABLES.
    pub fn unlock_tables(&self, owner: OwnerId) {
        session::unlock_tables(&self.core, owner);
    }

    /// The end of a session: every lock that is left goes.
    pub fn leave(&self, owner: OwnerId) {
        session::unlock_tables(&self.core, owner);
        self.core.locks.leave(owner);
    }

    /// The number that the next row without one gets in an AUTO_INCREMENT column, as shown by SHOW TABLE
    /// STATUS.
    pub fn auto_increment(&self, table: crate::store::TableId) -> Option<u64> {
        Some(self.database().tables.get(table)?.counters().next_auto())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.core.pipeline.stop();
    }
}
