//! What the receiver and the applier tell of themselves: for SHOW REPLICA STATUS, performance_schema, metrics.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::receiver::Source;
use super::relay::RelayPosition;
use crate::gtid::{Gtid, GtidSet};

/// Whether the receiver runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IoRunning {
    /// It does not.
    #[default]
    No,
    /// It tries.
    Connecting,
    /// It receives.
    Yes,
}

impl IoRunning {
    /// As SHOW REPLICA STATUS has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::No => "No",
            Self::Connecting => "Connecting",
            Self::Yes => "Yes",
        }
    }
}

/// An error and when it happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// Its number, 0 for none.
    pub code: u16,
    /// Its text.
    pub text: String,
    /// Microseconds since 1970.
    pub at: u64,
}

/// A transaction on its way, for performance_schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passage {
    /// Its name; empty for none.
    pub name: String,
    /// When it was committed where it began: microseconds since 1970.
    pub committed: u64,
    /// When it was begun here.
    pub started: u64,
    /// When it was done here.
    pub ended: u64,
}

/// All that is told, at one time.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The receiver.
    pub io: IoRunning,
    /// What it does.
    pub io_state: String,
    /// Its last error.
    pub io_failure: Failure,
    /// The applier runs.
    pub sql: bool,
    /// What it does.
    pub sql_state: &'static str,
    /// Its last error.
    pub sql_failure: Failure,
    /// The source, while or since there was a connection.
    pub source_id: u32,
    /// See `source_id`.
    pub source_uuid: String,
    /// Seconds that this clock is ahead of the source's.
    pub clock_ahead: i64,
    /// How far the source's log was received.
    pub read: (String, u64),
    /// How far it was applied.
    pub executed: (String, u64),
    /// Where the applier is in the relay log.
    pub relay: RelayPosition,
    /// Received GTIDs.
    pub retrieved: GtidSet,
    /// The source's time of the event that is applied, in seconds; none when all is applied.
    pub applying_time: Option<u32>,
    /// Seconds that the applier waits for the delay to pass.
    pub remaining_delay: Option<u64>,
    /// The transaction that is applied.
    pub applying: Passage,
    /// The last that was.
    pub applied: Passage,
    /// Heartbeats.
    pub heartbeats: u64,
    /// When the last came: microseconds since 1970.
    pub last_heartbeat: u64,
    /// Transactions received since the start.
    pub received_count: u64,
    /// Transactions applied since the start.
    pub applied_count: u64,
    /// Transactions between applier and log.
    pub in_flight: usize,
}

/// What both threads write to.
#[derive(Debug, Default)]
pub struct Status(Mutex<Report>);

/// Microseconds since 1970.
pub fn now_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

impl Status {
    fn report(&self) -> MutexGuard<'_, Report> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that is told now.
    pub fn now(&self) -> Report {
        self.report().clone()
    }

    /// Changes what is told.
    pub fn change<T>(&self, change: impl FnOnce(&mut Report) -> T) -> T {
        change(&mut self.report())
    }

    /// The receiver's state.
    pub fn io(&self, running: IoRunning, state: impl Into<String>) {
        let mut report = self.report();
        (report.io, report.io_state) = (running, state.into());
    }

    /// The receiver met an error.
    pub fn io_failed(&self, code: u16, text: &str) {
        self.report().io_failure = Failure { code, text: text.to_owned(), at: now_micros() };
    }

    /// The receiver's error is over.
    pub fn io_recovered(&self) {
        self.report().io_failure = Failure::default();
    }

    /// The source is known.
    pub fn source(&self, source: &Source) {
        let mut report = self.report();
        report.source_id = source.server_id;
        report.source_uuid = source.uuid.clone();
        report.clock_ahead = source.clock_ahead;
    }

    /// A heartbeat came.
    pub fn heartbeat(&self) {
        let mut report = self.report();
        report.heartbeats += 1;
        report.last_heartbeat = now_micros();
    }

    /// The source's log was received up to there.
    pub fn read_to(&self, file: &str, position: u64) {
        let mut report = self.report();
        if report.read.0 != file {
            report.read.0 = file.to_owned();
        }
        report.read.1 = position;
    }

    /// A transaction was received.
    pub fn received(&self, gtid: Gtid) {
        let mut report = self.report();
        report.retrieved.insert(gtid);
        report.received_count += 1;
    }

    /// The applier's state.
    pub fn sql(&self, running: bool, state: &'static str) {
        let mut report = self.report();
        (report.sql, report.sql_state) = (running, state);
    }

    /// The applier met an error.
    pub fn sql_failed(&self, code: u16, text: &str) {
        self.report().sql_failure = Failure { code, text: text.to_owned(), at: now_micros() };
    }
}

impl Report {
    /// `Seconds_Behind_Source`: none while either side does not run, 0 when all that was received is applied.
    pub fn seconds_behind(&self) -> Option<u64> {
        if !self.sql {
            return None;
        }
        match self.applying_time {
            None => (self.io == IoRunning::Yes).then_some(0),
            Some(time) => {
                let now = i64::try_from(now_micros() / 1_000_000).unwrap_or(i64::MAX);
                let behind = now - self.clock_ahead - i64::from(time);
                Some(u64::try_from(behind).unwrap_or(0))
            }
        }
    }
}
