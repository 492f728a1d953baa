//! A commit whose events are made, and that has only to be put in line.

use super::{CommitOptions, Committed};
use crate::binlog::TransactionEvents;
use crate::engine::Transaction;
use crate::engine::apply::Prepared;
use crate::value::SqlError;

/// See [`crate::engine::Engine::make_ready`]. Dropping it rolls the transaction back.
pub struct ReadyCommit(Result<Parts, Result<Committed, SqlError>>);

type Parts = (Transaction, TransactionEvents, Vec<Prepared>, CommitOptions);

impl ReadyCommit {
    pub(in crate::engine) fn new(
        transaction: Transaction,
        events: TransactionEvents,
        options: CommitOptions,
    ) -> Self {
        Self::with_steps(transaction, events, Vec::new(), options)
    }

    /// With changes of definitions.
    pub(in crate::engine) fn with_steps(
        transaction: Transaction,
        events: TransactionEvents,
        steps: Vec<Prepared>,
        options: CommitOptions,
    ) -> Self {
        Self(Ok((transaction, events, steps, options)))
    }

    /// Nothing is left to be done: this is the outcome.
    pub(in crate::engine) fn over(outcome: Result<Committed, SqlError>) -> Self {
        Self(Err(outcome))
    }

    /// What is put in line, or the outcome.
    pub(in crate::engine) fn into_parts(self) -> Result<Parts, Result<Committed, SqlError>> {
        self.0
    }
}
