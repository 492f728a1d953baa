//! The applier: carries out what is in the relay log, in its order.
//!
//! ```text
//! relay log ─▶ event ─▶ Foreign (locks, checks, writes) ─▶ commit ─▶ in flight ─▶ visible: position told, files removed
//!                 ▲                                            │
//!                 └────────────── goes on at once ◀────────────┘
//! ```
//!
//! One thread reads. It writes rows itself, or ([`Applier::workers`]) reads transactions ahead and lets several
//! threads write those beside each other that change different rows ([`crew`]). Up to [`MAX_IN_FLIGHT`] transactions
//! are on their way into the log meanwhile, so one sync stands for many. Rows stay locked until their commit is
//! visible: a transaction that touches what an earlier one wrote waits for it, all others go on. Commits are made in
//! the source's order, with its GTIDs.
//!
//! What cannot be carried out ends the applier, with the place of the event in the error. Nothing after it was
//! committed.

mod commit;
mod crew;
pub mod expand;
mod gather;
mod schedule;
mod transaction;
mod until;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::relay::{Relay, RelayEvent, RelayPosition, RelayReader};
use super::status::{Status, now_micros};
use super::{Applied, SourcePosition, SourceSettings, Statements};
use crate::binlog::event::{Event, GtidEvent, RawEvent, TransactionId};
use crate::binlog::log::{Boundaries, Step};
use crate::engine::Engine;
use crate::engine::foreign::Lane;
use crate::gtid::GtidSet;
use crate::value::SqlError;
use commit::InFlight;
use crew::Crew;
use gather::Gathered;
use transaction::Open;
pub use until::Until;

/// Transactions on their way into the log.
const MAX_IN_FLIGHT: usize = 256;

/// Bytes that they have written.
const MAX_IN_FLIGHT_BYTES: usize = 64 << 20;

/// How often a transaction is begun again that a deadlock with a local one ended
/// (`replica_transaction_retries`).
const MAX_RETRIES: u32 = 10;

/// The pause before that.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// The applier and all that it needs.
pub struct Applier {
    /// What it reads.
    pub relay: Arc<Relay>,
    /// What it writes to.
    pub engine: Arc<Engine>,
    /// This server's `server_id`: what began here is not applied again.
    pub server_id: u32,
    /// Threads that write rows (`replica_parallel_workers`); with less than two the one that reads does.
    pub workers: usize,
    /// Where it ends by itself.
    pub until: Option<Until>,
    /// Delay, and what positions go by.
    pub settings: SourceSettings,
    /// What statements mean.
    pub statements: Arc<dyn Statements>,
    /// What others see of it.
    pub status: Arc<Status>,
    /// Tells how far it is.
    pub applied: watch::Sender<Applied>,
    /// Ends it.
    pub stop: CancellationToken,
}

/// Why an event was not carried out.
#[derive(Debug)]
pub(super) enum Failed {
    /// The applier ends.
    Error(SqlError),
    /// The transaction lost a deadlock: it is begun again.
    Again,
    /// The log is read again from there, and the first transaction carried out alone.
    Alone(RelayPosition),
    /// It was told to stop.
    Stopped,
}

impl From<SqlError> for Failed {
    fn from(error: SqlError) -> Self {
        Self::Error(error)
    }
}

/// The applier while it runs.
pub(super) struct Work {
    applier: Applier,
    boundaries: Boundaries,
    /// The source's file that events are of now.
    file: String,
    open: Option<Open>,
    /// One that is read ahead.
    gathered: Option<Gathered>,
    crew: Option<Crew>,
    /// The next one is not read ahead.
    alone: bool,
    in_flight: VecDeque<InFlight>,
    in_flight_bytes: usize,
    /// GTIDs of those.
    pending: GtidSet,
    /// Where the source goes on after the last commit that was submitted.
    submitted: SourcePosition,
    lane: Arc<Lane>,
    retries: u32,
}

impl Applier {
    /// Applies until it is told to stop or cannot go on.
    pub async fn run(self) {
        let submitted = self.applied.borrow().position.clone();
        self.status.sql(true, "Waiting for the next event in relay log");
        let mut reader = RelayReader::new(self.relay.clone());
        let mut work = Work {
            crew: Crew::of(self.workers),
            gathered: None,
            alone: false,
            applier: self,
            boundaries: Boundaries::default(),
            file: String::new(),
            open: None,
            in_flight: VecDeque::new(),
            in_flight_bytes: 0,
            pending: GtidSet::default(),
            submitted,
            lane: Arc::default(),
            retries: 0,
        };
        let ended = work.run(&mut reader).await;
        work.open = None;
        if matches!(ended, Err(Failed::Error(_))) {
            // What comes before the error is sound; where not, the next start says so.
            let _ = work.finish_crew().await;
        }
        work.abandon_crew().await;
        let drained = work.drain().await;
        let status = &work.applier.status;
        for outcome in [ended, drained] {
            if let Err(Failed::Error(error)) = outcome {
                tracing::error!(
                    code = error.code,
                    error = error.message,
                    "replication: not applied"
                );
                status.sql_failed(error.code, &error.message);
                break;
            }
        }
        status.sql(false, "");
    }
}

impl Work {
    async fn run(&mut self, reader: &mut RelayReader) -> Result<(), Failed> {
        let mut more = self.applier.relay.subscribe();
        if self.has_reached_its_end() {
            return Ok(());
        }
        while !self.applier.stop.is_cancelled() {
            more.mark_unchanged();
            let next = reader.next_event().map_err(|error| relay_failure(&error.to_string()))?;
            let start = next.as_ref().map(|event| event.start);
            let done = match next {
                Some(event) => self.event(&event).await,
                None => self.wait_for_more(&mut more).await,
            };
            match done {
                Err(Failed::Again) => {
                    let back = self.begin_again().await?;
                    if let Some(place) = back.or(start) {
                        seek(reader, place)?;
                    }
                }
                Err(Failed::Alone(start)) => self.go_back(reader, start)?,
                Err(Failed::Stopped) => return Ok(()),
                other => other?,
            }
        }
        Ok(())
    }

    /// Reads again from the beginning of a transaction, which is carried out alone.
    fn go_back(&mut self, reader: &mut RelayReader, start: RelayPosition) -> Result<(), Failed> {
        (self.open, self.gathered) = (None, None);
        self.boundaries = Boundaries::default();
        self.alone = true;
        seek(reader, start)
    }

    /// Nothing is left to read: commits that are on their way end, or more comes.
    async fn wait_for_more(
        &mut self,
        more: &mut watch::Receiver<RelayPosition>,
    ) -> Result<(), Failed> {
        if self.is_idle() {
            self.applier.status.change(|report| {
                report.applying_time = None;
                report.sql_state = "Replica has read all relay log; waiting for more updates";
            });
        }
        let more = async {
            // The relay log lasts as long as its reader.
            let _ = more.changed().await;
        };
        self.progress(more).await
    }

    /// The victim of a deadlock begins again; gives where its first event is.
    async fn begin_again(&mut self) -> Result<Option<RelayPosition>, Failed> {
        let open = self.open.take();
        self.boundaries = Boundaries::default();
        self.retries += 1;
        if self.retries > MAX_RETRIES {
            let place = self.place(open.as_ref().map_or(0, |open| open.end));
            let message = format!("A transaction lost {MAX_RETRIES} deadlocks; {place}");
            return Err(SqlError::new(1213, b"40001", message).into());
        }
        self.drain().await?;
        tokio::time::sleep(RETRY_PAUSE).await;
        Ok(open.map(|open| open.head.start))
    }

    async fn event(&mut self, event: &RelayEvent<'_>) -> Result<(), Failed> {
        let raw = &event.raw;
        let step = self.boundaries.step(raw, &event.format);
        let step = step.map_err(|error| self.failed(raw, relay_failure(&error.to_string())))?;
        match step {
            Step::Between => {
                if let Ok(Event::Rotate(file, _)) = Event::parse(raw, &event.format) {
                    self.file = String::from_utf8_lossy(file).into_owned();
                }
                Ok(())
            }
            Step::First(gtid) => {
                if self.is_before_its_end(&gtid, raw) {
                    return self.stop_here().await;
                }
                self.begin(&gtid, event).await
            }
            Step::Middle => self.next(event, false).await,
            Step::Last => self.next(event, true).await,
        }
    }

    /// An event of a transaction after its first.
    async fn next(&mut self, event: &RelayEvent<'_>, is_last: bool) -> Result<(), Failed> {
        if let Some(gathered) = self.gathered.take()
            && let Some(gathered) = self.gather(gathered, event).await?
        {
            if is_last {
                self.dispatch(gathered, &event.raw).await?;
                return self.stop_if_reached().await;
            }
            self.gathered = Some(gathered);
            return Ok(());
        }
        self.inside(event, is_last).await?;
        if is_last {
            self.end(&event.raw).await?;
            self.stop_if_reached().await?;
        }
        Ok(())
    }

    /// UNTIL, after a transaction.
    fn has_reached_its_end(&self) -> bool {
        let Some(until) = &self.applier.until else { return false };
        let mut executed = GtidSet::clone(&self.applier.engine.database().executed);
        executed.union(&self.pending);
        until.is_reached(&executed, &self.submitted)
    }

    /// UNTIL, before one.
    fn is_before_its_end(&self, first: &GtidEvent, raw: &RawEvent<'_>) -> bool {
        let Some(until) = &self.applier.until else { return false };
        let gtid = match &first.id {
            TransactionId::MySql(gtid) => Some(gtid),
            _ => None,
        };
        let start = raw.header.end.saturating_sub(raw.header.size);
        let (file, offset) = (self.file.clone(), u64::from(start));
        until.is_before(gtid, &SourcePosition { file, offset, ..SourcePosition::default() })
    }

    async fn stop_if_reached(&mut self) -> Result<(), Failed> {
        if self.has_reached_its_end() { self.stop_here().await } else { Ok(()) }
    }

    /// Ends in order: what was begun is committed.
    async fn stop_here(&mut self) -> Result<(), Failed> {
        self.finish_crew().await?;
        tracing::info!("replication: the applier ends, as START REPLICA UNTIL says");
        Err(Failed::Stopped)
    }

    async fn inside(&mut self, event: &RelayEvent<'_>, is_last: bool) -> Result<(), Failed> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        if open.skipped {
            self.open = Some(open);
            return Ok(());
        }
        let done = self.carry_out(&mut open, event, is_last).await;
        self.open = Some(open);
        match done {
            Err(Failed::Error(error)) => Err(self.failed(&event.raw, error).into()),
            other => other,
        }
    }

    /// The error with the event's place.
    fn failed(&self, raw: &RawEvent<'_>, error: SqlError) -> SqlError {
        let what = self.open.as_ref().map_or_else(String::new, Open::what);
        let place = self.place(u64::from(raw.header.end));
        let message = format!("{what}{}, Error_code: {}; {place}", error.message, error.code);
        SqlError { message, ..error }
    }

    fn place(&self, end: u64) -> String {
        format!("the event's source log {}, end_log_pos {end}", self.file)
    }
}

fn seek(reader: &mut RelayReader, place: RelayPosition) -> Result<(), Failed> {
    reader.seek(place).map_err(|error| relay_failure(&error.to_string()).into())
}

/// 1594.
fn relay_failure(what: &str) -> SqlError {
    SqlError::new(1594, b"HY000", format!("Relay log read failure: {what}"))
}

/// How long until then, if it is to come.
fn until(micros: u64) -> Option<Duration> {
    micros.checked_sub(now_micros()).filter(|left| *left > 0).map(Duration::from_micros)
}
