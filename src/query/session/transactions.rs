//! A session's place in transactions: which one is open, and how the next begins.
//!
//! Nothing here waits. Committing does, so it is the caller's: it takes the transaction with
//! [`Session::take_transaction`] and hands it to the engine.

use super::variables::Isolation;
use super::{Session, SessionVariables};
use crate::engine::{self, TemporaryTables, Transaction, TransactionOptions};
use crate::store::locks::OwnerId;

/// The open transaction, if any, and what keeps it open.
#[derive(Default)]
pub struct Transactions {
    open: Option<Transaction>,
    /// BEGIN was said: autocommit is off until COMMIT or ROLLBACK.
    explicit: bool,
}

impl Transactions {
    /// Takes out what is open.
    pub(super) fn take(&mut self) -> Option<Transaction> {
        self.explicit = false;
        self.open.take()
    }
}

impl Session {
    /// The open transaction; one is begun where none is open. It ends with the statement unless
    /// [`Session::in_transaction`].
    pub fn transaction(&mut self) -> &mut Transaction {
        let Self { transactions, variables, temporary, owner, engine, .. } = self;
        let Transactions { open, explicit } = transactions;
        open.get_or_insert_with(|| {
            engine.begin(options(variables, *explicit, (temporary, *owner), false))
        })
    }

    /// The open transaction, if there is one.
    pub fn open_transaction(&mut self) -> Option<&mut Transaction> {
        self.transactions.open.as_mut()
    }

    /// Takes the transaction out, for a statement that also needs the rest of the session. Must be given
    /// back with [`Session::return_transaction`] before the statement ends.
    pub fn lend_transaction(&mut self) -> Transaction {
        self.transaction();
        let options = self.transaction_options(false);
        (self.variables.next_isolation, self.variables.next_read_only) = (None, None);
        self.transactions.open.take().unwrap_or_else(|| self.engine.begin(options))
    }

    /// Gives back what [`Session::lend_transaction`] took.
    pub fn return_transaction(&mut self, transaction: Transaction) {
        self.transactions.open = Some(transaction);
    }

    /// Ends the session's part in its transaction: it is the caller's to commit, or to drop, which rolls
    /// it back.
    pub fn take_transaction(&mut self) -> Option<Transaction> {
        // SET TRANSACTION is for the next transaction, whatever statements come before that.
        if self.transactions.open.is_some() || self.transactions.explicit {
            (self.variables.next_isolation, self.variables.next_read_only) = (None, None);
        }
        self.transactions.take()
    }

    /// Ends a transaction that a statement has begun and was refused in (1792): what was said of the next one
    /// is still to come.
    pub fn refuse_transaction(&mut self) {
        let next = (self.variables.next_isolation, self.variables.next_read_only);
        drop(self.take_transaction());
        (self.variables.next_isolation, self.variables.next_read_only) = next;
    }

    /// BEGIN, START TRANSACTION. What was open must have been ended.
    pub fn begin(&mut self, read_only: Option<bool>, snapshot: bool) {
        if read_only.is_some() {
            self.variables.next_read_only = read_only;
        }
        self.transactions.explicit = true;
        if snapshot {
            let options = self.transaction_options(true);
            self.transactions.open = Some(self.engine.begin(options));
        }
    }

    /// Whether a transaction outlives its statements: BEGIN was said, or autocommit is off and a statement
    /// has begun one.
    pub fn in_transaction(&self) -> bool {
        self.transactions.explicit
            || (!self.variables.autocommit && self.transactions.open.is_some())
    }

    /// Whether plain reads of the open transaction, or of the one that a read would begin, lock their rows.
    /// Begins none: with autocommit off, what reads no table leaves the next transaction's properties open.
    pub fn reads_lock(&self) -> bool {
        match &self.transactions.open {
            Some(open) => open.reads_lock(),
            None => {
                let options = self.transaction_options(false);
                options.isolation == engine::Isolation::Serializable && !options.autocommit
            }
        }
    }

    /// Whether writes are refused (1792).
    pub fn is_read_only(&self) -> bool {
        match &self.transactions.open {
            Some(open) => open.options().read_only,
            None => read_only(&self.variables),
        }
    }

    fn transaction_options(&self, snapshot_now: bool) -> TransactionOptions {
        let explicit = self.transactions.explicit;
        options(&self.variables, explicit, (&self.temporary, self.owner), snapshot_now)
    }
}

fn options(
    variables: &SessionVariables,
    explicit: bool,
    (temporary, owner): (&TemporaryTables, OwnerId),
    snapshot_now: bool,
) -> TransactionOptions {
    TransactionOptions {
        isolation: isolation(variables),
        read_only: read_only(variables),
        autocommit: variables.autocommit && !explicit,
        snapshot_now,
        temporary: temporary.clone(),
        owner,
    }
}

fn read_only(variables: &SessionVariables) -> bool {
    variables.next_read_only.unwrap_or(variables.read_only)
}

fn isolation(variables: &SessionVariables) -> engine::Isolation {
    match variables.next_isolation.unwrap_or(variables.isolation) {
        Isolation::ReadUncommitted => engine::Isolation::ReadUncommitted,
        Isolation::ReadCommitted => engine::Isolation::ReadCommitted,
        Isolation::RepeatableRead => engine::Isolation::RepeatableRead,
        Isolation::Serializable => engine::Isolation::Serializable,
    }
}
