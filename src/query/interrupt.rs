//! Why a statement stopped before its end.

use std::time::Duration;

use crate::value::SqlError;

/// Why a statement stopped. Until the engine's own type is here, this one stands for it.
#[derive(Debug)]
pub enum Interrupt {
    /// It failed.
    Error(SqlError),
    /// It has to wait for something that is no lock, and is then run again; see
    /// [`EvalContext::waited`](super::EvalContext::waited).
    Pause(Pause),
}

/// What a function waits for. The session awaits it, notes the answer, and runs the statement again.
#[derive(Debug, Clone, PartialEq)]
pub enum Pause {
    /// `SLEEP`: answers 0, or 1 when it was killed.
    Sleep(Duration),
    /// `GET_LOCK(name, timeout)`; no timeout: for ever. Answers 1, 0 on time-out, NULL when killed.
    UserLock {
        /// The lock's name.
        name: Box<str>,
        /// How long to wait.
        timeout: Option<Duration>,
    },
    /// `WAIT_FOR_EXECUTED_GTID_SET(set, timeout)`: answers 0, or 1 on time-out.
    Gtids {
        /// The set in text.
        set: Box<str>,
        /// How long to wait.
        timeout: Option<Duration>,
    },
}

impl From<SqlError> for Interrupt {
    fn from(error: SqlError) -> Self {
        Self::Error(error)
    }
}
