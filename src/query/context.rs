//! What an expression may look at besides its row: the session, the statement's clock and parameters.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::exec::MemoryMeter;
use super::expr::{Cached, ExprType};
use super::functions::State as FunctionState;
use super::session::{KillFlag, SqlMode, UserVariable, WarningLevel};
use super::{Interrupt, Session};
use crate::value::store::StoreMode;
use crate::value::temporal::{DateMode, TimeZone, UnixTime};
use crate::value::warning::{Level, Warnings};
use crate::value::{DateTime, SqlError, Value, Warning};

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
    pub functions: FunctionState,
    /// A value that does not fit is an error: rows are being written in strict mode.
    pub strict_write: bool,
    /// What the statement keeps in memory.
    pub memory: MemoryMeter,
    /// What SQL_CALC_FOUND_ROWS counted.
    pub found_rows: Option<u64>,
    /// Values that hold for the whole run.
    pub(super) once: Vec<Option<Value>>,
    /// Results of subqueries that look at no row.
    pub(super) subqueries: Vec<Option<Cached>>,
    /// Rows of CTEs, by their numbers.
    pub(super) ctes: HashMap<usize, Arc<Vec<Vec<Value>>>>,
    /// The last rounds of recursive CTEs.
    pub(super) working: HashMap<usize, Arc<Vec<Vec<Value>>>>,
    /// When the statement has to end (`max_execution_time`).
    pub(super) deadline: Option<Instant>,
    /// User variables that were set; the session gets them when the statement has ended.
    pub(super) assigned: HashMap<Box<str>, UserVariable>,
    /// The session's time zone.
    zone: Option<Arc<TimeZone>>,
    /// The rows since the last look at kill and time-out.
    ticks: u64,
    /// How many of [`Session::waited`] this run has used.
    pub(super) waits_used: usize,
}

impl<'a> EvalContext<'a> {
    /// The context of a statement that begins now.
    pub fn new(session: &'a mut Session, params: &'a [Value]) -> Self {
        let now_micros = session.statement_clock();
        let memory = MemoryMeter::new(session.variables.statement_memory_bytes);
        Self {
            session,
            params,
            now_micros,
            row_number: 1,
            functions: FunctionState::default(),
            strict_write: false,
            memory,
            found_rows: None,
            once: Vec::new(),
            subqueries: Vec::new(),
            ctes: HashMap::new(),
            working: HashMap::new(),
            deadline: None,
            assigned: HashMap::new(),
            zone: None,
            ticks: 0,
            waits_used: 0,
        }
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

    /// Another row was looked at: now and then asks whether the statement must stop.
    ///
    /// # Errors
    /// 1317, 3024.
    pub fn tick(&mut self) -> Result<(), SqlError> {
        /// So many rows pass between two looks.
        const ROWS: u64 = 256;
        self.ticks += 1;
        match self.ticks % ROWS {
            0 => self.check_interrupted().and_then(|()| self.session.budget.check(self.ticks)),
            _ => Ok(()),
        }
    }

    /// Whether the statement must stop.
    ///
    /// # Errors
    /// 1317, 3024.
    pub fn check_interrupted(&self) -> Result<(), SqlError> {
        self.stop().check()
    }

    /// What may stop the statement, for loops that hold the session's rows meanwhile.
    pub(super) fn stop(&self) -> Stop {
        Stop { kill: self.session.kill.clone(), deadline: self.deadline }
    }

    /// The session's time zone.
    pub fn zone(&mut self) -> Arc<TimeZone> {
        let session = &mut self.session;
        self.zone.get_or_insert_with(|| session.zone()).clone()
    }

    /// A TIMESTAMP from a table in the session's time zone.
    ///
    /// # Errors
    /// None so far.
    pub fn to_local(&mut self, value: Value) -> Result<Value, Interrupt> {
        match value {
            Value::DateTime(stored) => Ok(Value::DateTime(self.zone().from_utc(stored))),
            other => Ok(other),
        }
    }

    /// How values are stored and cast.
    pub fn store_mode(&mut self) -> StoreMode {
        let mode = self.sql_mode();
        StoreMode {
            strict: mode.is_strict(),
            ignore: false,
            dates: DateMode {
                no_zero_date: mode.has(SqlMode::NO_ZERO_DATE),
                no_zero_in_date: mode.has(SqlMode::NO_ZERO_IN_DATE),
                allow_invalid_dates: mode.has(SqlMode::ALLOW_INVALID_DATES),
                truncate_fraction: mode.has(SqlMode::TIME_TRUNCATE_FRACTIONAL),
            },
            today: self.local_now().date,
            zone: TimeZone::clone(&self.zone()),
        }
    }

    /// When the statement began, in the session's time zone.
    pub fn local_now(&mut self) -> DateTime {
        let moment = UnixTime(self.now_micros);
        self.zone().to_local(moment).unwrap_or(DateTime::ZERO)
    }

    /// `@x := value`.
    pub fn assign(&mut self, name: &str, value: Value, ty: &ExprType) {
        self.assigned.insert(name.into(), UserVariable::new(value, ty));
    }

    /// What a user variable holds at this moment of the statement.
    pub fn user_variable(&self, name: &str) -> Option<&UserVariable> {
        self.assigned.get(name).or_else(|| self.session.user_variables.get(name))
    }

    /// The statement has ended: what it assigned is the session's.
    pub fn keep_assigned(&mut self) {
        for (name, variable) in self.assigned.drain() {
            self.session.user_variables.insert(name, variable);
        }
    }

    pub(super) fn remember(&mut self, number: usize, result: Cached) {
        if self.subqueries.len() <= number {
            self.subqueries.resize_with(number + 1, || None);
        }
        if let Some(place) = self.subqueries.get_mut(number) {
            *place = Some(result);
        }
    }
}

/// What may stop a statement before its end.
pub(super) struct Stop {
    kill: Arc<KillFlag>,
    deadline: Option<Instant>,
}

impl Stop {
    /// Whether it must stop.
    ///
    /// # Errors
    /// 1317, 3024.
    pub fn check(&self) -> Result<(), SqlError> {
        if self.kill.is_raised() {
            return Err(SqlError::new(1317, b"70100", "Query execution was interrupted"));
        }
        if self.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            let message =
                "Query execution was interrupted, maximum statement execution time exceeded";
            return Err(SqlError::new(3024, b"HY000", message));
        }
        Ok(())
    }
}

impl Warnings for EvalContext<'_> {
    fn warn(&mut self, warning: Warning) {
        let level = match warning.level {
            Level::Note => WarningLevel::Note,
            Level::Warning => WarningLevel::Warning,
            Level::Error => WarningLevel::Error,
        };
        self.session.diagnostics.push(level, warning.code, warning.message);
    }
}
