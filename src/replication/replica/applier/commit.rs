//! The end of a transaction: its commit, and what follows when that is visible.

use std::sync::Arc;

use futures_util::FutureExt;

use super::crew::Crew;
use super::transaction::{Head, Open};
use super::{Failed, MAX_IN_FLIGHT, MAX_IN_FLIGHT_BYTES, Work};
use crate::binlog::event::RawEvent;
use crate::engine::foreign::{Created, Replicated};
use crate::engine::{CommitOptions, CommitTicket, Committed, DdlStatement, LogContext};
use crate::engine::{ReadyCommit, TransactionOptions};
use crate::replication::replica::relay::RelayPosition;
use crate::replication::replica::status::{Passage, now_micros};
use crate::replication::replica::{Applied, SourcePosition};
use crate::value::SqlError;

/// A commit that is on its way.
pub(in crate::replication::replica) struct InFlight {
    /// Its outcome.
    pub ticket: CommitTicket,
    landing: Landing,
    bytes: usize,
}

/// What is told of a transaction when it is visible.
pub(super) struct Landing {
    /// Where the source goes on after it.
    end: SourcePosition,
    /// Its beginning in the relay log: files before are done with it.
    relay: RelayPosition,
    name: String,
    committed: u64,
    started: u64,
}

impl Work {
    /// A transaction's last event was carried out.
    pub(super) async fn end(&mut self, raw: &RawEvent<'_>) -> Result<(), Failed> {
        let Some(open) = self.open.take() else { return Ok(()) };
        self.retries = 0;
        let (file, offset) = (self.file.clone(), u64::from(raw.header.end));
        let end = SourcePosition { file, offset, ..SourcePosition::default() };
        // What is here already is behind the position, which does not go back.
        if !open.skipped || !self.submitted.covers(&end, None, false) {
            self.submitted.pass(&self.file, offset, open.head.mariadb);
        }
        if open.skipped || open.done {
            self.look_at_outcomes()?;
            if self.is_idle() {
                self.tell(self.submitted.clone(), open.head.start, None);
            }
            return Ok(());
        }
        self.submit(open)?;
        self.make_room().await
    }

    /// Whether every transaction that was begun is visible.
    pub(super) fn is_idle(&self) -> bool {
        self.in_flight.is_empty() && self.crew.as_ref().is_none_or(Crew::is_idle)
    }

    /// Waits until not too many commits are on their way.
    pub(super) async fn make_room(&mut self) -> Result<(), Failed> {
        self.look_at_outcomes()?;
        while self.in_flight.len() >= MAX_IN_FLIGHT || self.in_flight_bytes > MAX_IN_FLIGHT_BYTES {
            self.settle_first().await?;
        }
        Ok(())
    }

    fn submit(&mut self, open: Open) -> Result<(), Failed> {
        let options = self.options(&open.head, open.context);
        let landing = self.landing(&open.head);
        if let Some(gtid) = open.head.gtid {
            self.pending.insert(gtid);
        }
        let engine = &self.applier.engine;
        let transaction = open.foreign.into_transaction();
        let bytes = transaction.bytes_written();
        let ready = match open.created {
            Some(created) => created.into_commit(options)?,
            None => engine.make_ready(transaction, options),
        };
        self.put_in_line(ready, landing, bytes);
        Ok(())
    }

    /// The next transaction of the log is ready to be committed.
    pub(super) fn put_in_line(&mut self, ready: ReadyCommit, landing: Landing, bytes: usize) {
        let ticket = self.applier.engine.commit_ready(ready);
        self.in_flight_bytes += bytes;
        self.in_flight.push_back(InFlight { ticket, landing, bytes });
    }

    pub(super) fn landing(&self, head: &Head) -> Landing {
        Landing {
            end: self.submitted.clone(),
            relay: head.start,
            name: head.name(),
            committed: head.committed_at,
            started: head.started,
        }
    }

    pub(super) fn options(&self, head: &Head, context: LogContext) -> CommitOptions {
        let keeps_position = head.gtid.is_none() || !self.applier.settings.auto_position;
        let text = || self.submitted.to_text(&self.applier.settings.epoch);
        CommitOptions {
            context,
            unlogged: false,
            gtid: head.gtid.clone(),
            replicated: Some(Box::new(Replicated {
                server_id: head.server_id,
                committed_at: (head.committed_at > 0).then_some(head.committed_at),
                position: keeps_position.then(|| text().into()),
                lane: Some(Arc::clone(&self.lane)),
            })),
        }
    }

    /// A definition: alone, after all before it and before all after it. It is the whole of its transaction
    /// where it `is_last`; otherwise the rows of the table that it makes follow.
    pub(super) async fn define(
        &mut self,
        open: &mut Open,
        statement: DdlStatement,
        is_last: bool,
    ) -> Result<(), Failed> {
        self.drain().await?;
        let engine = self.applier.engine.clone();
        let statements = self.applier.statements.clone();
        let mut transaction = engine.begin(TransactionOptions::default());
        let changes = loop {
            let changes = statements.definitions().changes(&statement, &engine.database())?;
            match transaction.lock_for(&changes) {
                // They are made again under the locks, lest they are of another state.
                Ok(()) => {
                    break statements.definitions().changes(&statement, &engine.database())?;
                }
                Err(interrupt) => self.wait(interrupt).await?,
            }
        };
        if !is_last {
            open.created = Some(Created::new(&engine, transaction, statement, changes)?);
            return Ok(());
        }
        self.submitted.pass(&self.file, open.end, open.head.mariadb);
        let options = self.options(&open.head, open.context.clone());
        let outcome = engine.ddl_as(transaction, statement, changes, options).await;
        outcome.map_err(Failed::Error)?;
        open.done = true;
        self.landed(self.landing(&open.head));
        Ok(())
    }

    /// Takes note of commits that are visible by now.
    pub(super) fn look_at_outcomes(&mut self) -> Result<(), Failed> {
        while let Some(first) = self.in_flight.front_mut() {
            let Some(outcome) = (&mut first.ticket).now_or_never() else { break };
            self.settled(outcome)?;
        }
        Ok(())
    }

    async fn settle_first(&mut self) -> Result<(), Failed> {
        let Some(first) = self.in_flight.front_mut() else { return Ok(()) };
        let outcome = (&mut first.ticket).await;
        self.settled(outcome)
    }

    /// Waits for all commits that are on their way.
    pub(super) async fn drain(&mut self) -> Result<(), Failed> {
        while !self.in_flight.is_empty() {
            self.settle_first().await?;
        }
        Ok(())
    }

    /// The first commit has ended so.
    pub(super) fn settled(&mut self, outcome: Result<Committed, SqlError>) -> Result<(), Failed> {
        let Some(first) = self.in_flight.pop_front() else { return Ok(()) };
        self.in_flight_bytes = self.in_flight_bytes.saturating_sub(first.bytes);
        if let Err(error) = outcome {
            let Landing { end, name, .. } = &first.landing;
            let place = format!("source log {}, end_log_pos {}", end.file, end.offset);
            let message = format!("{}; transaction '{name}' at {place}", error.message);
            return Err(SqlError { message, ..error }.into());
        }
        if self.is_idle() {
            self.pending = Default::default();
        }
        self.landed(first.landing);
        Ok(())
    }

    /// A transaction is visible here.
    fn landed(&self, landed: Landing) {
        let passage = Passage {
            name: landed.name,
            committed: landed.committed,
            started: landed.started,
            ended: now_micros(),
        };
        self.tell(landed.end, landed.relay, Some(passage));
    }

    fn tell(&self, end: SourcePosition, relay: RelayPosition, passage: Option<Passage>) {
        let in_flight = self.in_flight.len();
        self.applier.status.change(|report| {
            report.executed = (end.file.clone(), end.offset);
            report.in_flight = in_flight;
            if let Some(passage) = passage {
                report.applied_count += 1;
                report.applying = Passage::default();
                report.applied = passage;
            }
        });
        let removed = self.applier.applied.send_replace(Applied { position: end, relay });
        if removed.relay.file != relay.file {
            self.remove_before(relay.file);
        }
    }

    /// Files whose transactions are all durable here are not needed any more.
    fn remove_before(&self, file: u32) {
        let synced = self.applier.engine.log().map_or(Ok(()), |log| log.sync());
        if synced.is_ok()
            && let Err(error) = self.applier.relay.remove_before(file)
        {
            tracing::warn!(%error, "a file of the relay log could not be removed");
        }
    }
}
