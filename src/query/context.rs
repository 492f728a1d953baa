//! What an expression may look at besides its row: the session, the statement's clock and parameters.

use super::Session;
use super::session::{SqlMode, WarningLevel};
use crate::value::Value;

/// The surroundings of an evaluation; one for each run of a statement.
pub struct EvalContext<'a> {
    /// The session: variables, user variables, diagnostics, transaction, engine.
    pub session: &'a mut Session,
    /// The parameters of a prepared statement, in order.
    pub params: &'a [Value],
    /// When the statement began (`NOW()`): microseconds since 1970 in UTC. `SET timestamp` is honoured.
    pub now_micros: i64,
    /// The number of the row that is being written or read, from 1, for `… at row N`.
    pub row_number: u64,
    /// What functions remember from one row to the next.
    pub functions: super::functions::State,
    /// The rows since the last look at kill and time-out.
    pub(super) ticks: u32,
    /// How many of [`Session::waited`] this run has used.
    pub(super) waits_used: usize,
}

impl<'a> EvalContext<'a> {
    /// The context of a statement that begins now.
    pub fn new(session: &'a mut Session, params: &'a [Value]) -> Self {
        let now_micros = session.statement_clock();
        Self { session, params, now_micros, row_number: 1, functions: super::functions::State::default(), ticks: 0, waits_used: 0 }
    }

    /// `sql_mode`.
    pub fn sql_mode(&self) -> SqlMode {
        self.session.variables.sql_mode
    }

    /// Adds a warning; past `max_error_count` it is only counted.
    pub fn warn(&mut self, code: u16, message: impl Into<String>) {
        self.session.diagnostics.push(WarningLevel::Warning, code, message.into());
    }

    /// Adds a note.
    pub fn note(&mut self, code: u16, message: impl Into<String>) {
        self.session.diagnostics.push(WarningLevel::Note, code, message.into());
    }

    /// The answer to the next wait of this statement, if it was waited for already. A function that must
    /// wait asks this first; on `None` it returns [`Interrupt::Pause`](super::Interrupt::Pause) and is
    /// called again, with the whole statement, once the answer is known.
    pub fn waited(&mut self) -> Option<Value> {
        let answer = self.session.waited.get(self.waits_used).cloned();
        self.waits_used += usize::from(answer.is_some());
        answer
    }
}
