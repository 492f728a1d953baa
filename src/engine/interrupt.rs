//! Why a call of a transaction did not do what it was asked.
//!
//! Execution never blocks. Where a lock is not free, the statement unwinds to the session with
//! [`Interrupt::Wait`]; the session rolls the statement back, awaits the lock and runs it again.

use crate::store::Key;
use crate::store::locks::LockWait;
use crate::value::{Row, SqlError};

/// What ends a call before its time.
#[derive(Debug)]
pub enum Interrupt {
    /// The statement fails.
    Error(SqlError),
    /// The statement is to run again once this lock is granted.
    Wait(LockWait),
    /// A row with an equal unique key is there. Boxed: it is rare, and results should be small.
    Duplicate(Box<Duplicate>),
}

/// The row that an insert or update ran into.
#[derive(Debug, Clone)]
pub struct Duplicate {
    /// The place of the index in `TableDef::indexes`.
    pub index: usize,
    /// The key of the row that is there.
    pub key: Key,
    /// The row that is there, as it is now. It is locked.
    pub row: Row,
}

impl From<SqlError> for Interrupt {
    fn from(error: SqlError) -> Self {
        Self::Error(error)
    }
}

impl From<LockWait> for Interrupt {
    fn from(wait: LockWait) -> Self {
        Self::Wait(wait)
    }
}

impl Interrupt {
    /// The error of a failed statement; a wait or a duplicate that nobody handled is a mistake of ours.
    pub fn into_error(self) -> SqlError {
        match self {
            Self::Error(error) => error,
            Self::Wait(_) => SqlError::new(1105, b"HY000", "A lock was not waited for"),
            Self::Duplicate(_) => SqlError::new(1062, b"23000", "Duplicate entry"),
        }
    }
}
