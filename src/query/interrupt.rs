//! Why a statement stopped before its end.

use std::time::Duration;

use crate::engine;
use crate::store::locks::LockWait;
use crate::value::SqlError;

/// Why a statement stopped.
#[derive(Debug)]
pub enum Interrupt {
    /// It failed.
    Error(SqlError),
    /// It has to wait for a lock, and is then run again.
    Wait(LockWait),
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

impl From<engine::Interrupt> for Interrupt {
    /// A duplicate that nobody handled becomes error 1062; whoever inserts words it better.
    fn from(interrupt: engine::Interrupt) -> Self {
        match interrupt {
            engine::Interrupt::Wait(wait) => Self::Wait(wait),
            other => Self::Error(other.into_error()),
        }
    }
}

impl Interrupt {
    /// The error of a statement that may not wait.
    pub fn into_error(self) -> SqlError {
        match self {
            Self::Error(error) => error,
            Self::Wait(_) | Self::Pause(_) => engine::lock_timeout(),
        }
    }
}
