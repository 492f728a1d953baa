//! The side that follows: CHANGE REPLICATION SOURCE, receiver, relay log, applier.
//!
//! ```text
//! source ─▶ receiver ─▶ relay log ─▶ applier ─▶ engine (log, rows)
//!              │  ▲                     │
//!              │  └──── applied up to ◀─┤
//!              └──────── status ◀───────┘
//! ```
//!
//! Position and data move together. A transaction with a GTID of MySQL's is in `gtid_executed` once it is here, and
//! that set is what the next connection asks by. For other sources the position is written with each transaction
//! (`engine::foreign`). So a crash at any point loses and repeats nothing: the relay log's torn tail is cut off, what
//! is in it and is not applied is applied, what is here already is passed over.
//!
//! **MariaDB's GTIDs** are kept as the source's position, `domain-server-sequence`; in this server's own log such
//! transactions get GTIDs of its own.

pub mod applier;
pub(in crate::replication) mod control;
mod position;
pub mod receiver;
pub mod relay;
mod settings;
#[cfg(test)]
mod speed;
pub mod status;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;

pub use control::{Parts, Replica, Threads};
pub use position::SourcePosition;
pub use settings::{Password, SourceSettings, new_epoch};

use crate::engine::{DdlReplay, DdlStatement, Transaction};
use crate::value::SqlError;
use relay::RelayPosition;

/// How far the applier is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// In the source's log.
    pub position: SourcePosition,
    /// In the relay log.
    pub relay: RelayPosition,
}

/// What a statement of a source is to the applier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementKind {
    /// It changes definitions.
    Definition,
    /// It changes rows, accounts among them.
    Rows,
    /// SAVEPOINT.
    Savepoint(String),
    /// ROLLBACK TO.
    RollbackTo(String),
    /// It changes nothing that is kept here.
    Nothing,
}

/// A statement that is run; gives its transaction back.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Transaction, SqlError>> + Send + 'a>>;

/// What a source's statements mean. The room of queries knows; the server brings it along.
pub trait Statements: Send + Sync {
    /// What definitions do.
    fn definitions(&self) -> &dyn DdlReplay;

    /// What kind a statement is; its text may be brought into a form that is understood here.
    ///
    /// # Errors
    /// It is not understood: the applier ends.
    fn kind(&self, statement: &mut DdlStatement) -> Result<StatementKind, SqlError>;

    /// Runs a statement that changes rows.
    fn run<'a>(&'a self, statement: &'a DdlStatement, transaction: Transaction) -> Running<'a>;
}
