//! The connection under a transaction is lost: runs the transaction again on another one, up to the command at hand.
//!
//! Each answer is read as it would be for the client, by the same relay, only that it goes nowhere; so its checksum
//! is made as the first one was, and the session learns from it what it learned then. When it does not come out the
//! same, what was run is rolled back before the client hears of the loss.

use std::time::{Duration, Instant};

use crate::proxy::backend::ExchangeError;
use crate::proxy::replay::{Fate, Record, Rerun, Step, Trouble};
use crate::proxy::route::{Reason, Route, Target};
use crate::proxy::topology::ServerId;
use crate::sql::{Cause, Kind};
use crate::wire::command;
use crate::wire::prepared::set_statement_id;
use crate::wire::response::Expect;

use super::acquire::{NoConnection, RETRY_PAUSE};
use super::attempt::Attempt;
use super::client::Arrived;
use super::exceptions::MAX_LOSSES;
use super::hint_warnings::Appended;
use super::place::Got;
use super::ready::{EXCHANGE_TIME, command_of, timed_out};
use super::relay::{Broken, Order, Outcome, Relay, packet};
use super::replay::{Noted, Replay};
use super::send::unless_given_up;
use super::statement::{On, Statement};
use super::{Ended, Session};
use crate::metrics::Label;

/// Why a run ended early.
enum Stop {
    /// The client has left.
    Ended,
    Trouble(Trouble),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

const LOST_AGAIN: Stop = Stop::Trouble(Trouble::Passing(Fate::LostAgain));

impl Session {
    /// Finds a server for the statement. If its connection was lost that had the transaction, that is brought back,
    /// as the statement was not sent. `at_once`: one that may be used, and is looked at first.
    pub(super) async fn acquire_for(
        &mut self,
        arrived: Arrived,
        statement: &mut Statement,
        (at_once, route): (Option<ServerId>, &Route),
        attempt: &mut Attempt,
    ) -> Result<Got, Ended> {
        let acquired = match at_once {
            Some(server) => Ok(server),
            None => {
                self.grant_patience(arrived, statement, route, attempt);
                attempt.along = self.is_harmless(arrived, statement, route);
                let acquired = self.acquire(route, attempt).await;
                self.pass_turn_on();
                acquired
            }
        };
        let reason = match acquired {
            Ok(server) if self.is_lost_before_commit(arrived, statement, server).await => {
                NoConnection::StateLost(server)
            }
            Ok(server) => return Ok(Got::Server(server)),
            Err(reason) => reason,
        };
        if let (NoConnection::StateLost(server), true) = (&reason, self.replay.is_some()) {
            self.drop_connection(*server);
            if self.bring_back(false, statement, attempt).await? {
                return Ok(Got::Again);
            }
        }
        self.no_connection(arrived, reason).await.map(|()| Got::Told)
    }

    /// The statement may be one that commits what can be replayed: its connection is looked at before it is sent.
    pub(super) fn looks_first(&self, statement: &Statement) -> bool {
        let class = &statement.class;
        self.is_recording() && class.kind != Kind::Read && class.cause != Cause::Dml
    }

    /// The transaction's connection was lost under a command that has no answer.
    pub(super) fn was_lost_silently(&self) -> bool {
        self.is_recording() && self.held.facts.transaction.is_none()
    }

    /// A command that commits is never sent twice; so a connection that is known to be lost is found out before.
    async fn is_lost_before_commit(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        server: ServerId,
    ) -> bool {
        if !self.looks_first(statement) {
            return false;
        }
        let here = self.held.facts.transaction.is_some_and(|open| open.server == server);
        if !here || !self.may_commit(arrived, statement) {
            return false;
        }
        match self.connection_to(server) {
            Some(connection) => connection.is_stale().await,
            None => true,
        }
    }

    /// A transaction is lost and cannot be brought back.
    pub(super) fn cannot_bring_back(&mut self, why: Fate) {
        let Some(replay) = &mut self.replay else { return };
        if !replay.record.is_idle() {
            replay.record.clear();
            self.local.shared.metrics.replayed(why);
            tracing::warn!(reason = why.label(), "a transaction was lost");
        }
    }

    /// The connection is lost; `sent`: under the command at hand. Brings the transaction to where it was, if that can
    /// be done: the command can then be sent. Else the client has to be told.
    pub(super) async fn bring_back(
        &mut self,
        sent: bool,
        statement: &mut Statement,
        attempt: &mut Attempt,
    ) -> Result<bool, Ended> {
        let Some(mut replay) = self.replay.take() else { return Ok(false) };
        let writes = sent && self.may_write(statement);
        let fate = self.replay_record(&mut replay, sent, writes, attempt).await;
        let back = fate.as_ref().is_ok_and(|fate| *fate == Some(Fate::Replayed));
        if !back {
            replay.record.clear();
        }
        replay.resends = back;
        self.replay = Some(replay);
        if let Some(fate) = fate? {
            self.local.shared.metrics.replayed(fate);
        }
        if back {
            attempt.failed.clear();
            (attempt.reason, attempt.wait) = (None, None);
            if statement.class.kind != Kind::Kill {
                // Where the lost connection was is of no interest any more.
                statement.fixed = None;
            }
        }
        Ok(back)
    }

    /// What it wrote is rolled back, but for tables that are not transactional.
    fn may_write(&self, statement: &Statement) -> bool {
        statement.expect == Expect::Results
            && match statement.class.kind {
                Kind::Read => !self.is_proven_read(&statement.class),
                kind => kind == Kind::Write,
            }
    }

    /// `writes`: the command at hand was sent, and may have written. `None`: there was nothing to be brought back.
    async fn replay_record(
        &mut self,
        replay: &mut Replay,
        sent: bool,
        writes: bool,
        attempt: &mut Attempt,
    ) -> Result<Option<Fate>, Ended> {
        // What was lost under the command is counted already.
        attempt.losses += u32::from(!sent);
        let record = &mut replay.record;
        let fate = match record.lost(sent) {
            Err(why) => why,
            Ok(()) if self.pulse.is_killed() => Some(Fate::Killed),
            Ok(()) if attempt.losses > MAX_LOSSES => Some(Fate::LostAgain),
            Ok(()) if record.steps().is_empty() && !writes => Some(Fate::Replayed),
            Ok(()) => Some(self.rerun_until(record, writes, replay.wait).await?),
        };
        match fate {
            Some(Fate::Replayed) => {
                tracing::info!(commands = record.steps().len(), "a transaction was replayed");
            }
            Some(why) => tracing::warn!(reason = why.label(), "a transaction was lost"),
            None => {}
        }
        Ok(fate)
    }

    /// Runs it again and again, as long as what comes between may pass.
    async fn rerun_until(
        &mut self,
        record: &Record,
        writes: bool,
        wait: Duration,
    ) -> Result<Fate, Ended> {
        let deadline = Instant::now() + wait;
        let mut runs = 0;
        loop {
            runs += 1;
            match self.rerun(record, writes, deadline, wait).await {
                Ok(()) => return Ok(Fate::Replayed),
                Err(Stop::Ended) => return Err(Ended::Client),
                Err(Stop::Trouble(Trouble::Final(why))) => return Ok(why),
                Err(Stop::Trouble(Trouble::Passing(why))) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    let again = runs < MAX_RUNS && !left.is_zero() && !self.pulse.is_killed();
                    if !again {
                        return Ok(why);
                    }
                    let views = &self.local.shared.views;
                    let newer = views.newer_than(views.load().generation);
                    let _ = tokio::time::timeout(left.min(RETRY_PAUSE), newer).await;
                }
            }
        }
    }

    /// Runs it once.
    async fn rerun(
        &mut self,
        record: &Record,
        writes: bool,
        deadline: Instant,
        wait: Duration,
    ) -> Result<(), Stop> {
        let server = self.server_for(record, deadline).await?;
        if writes && !self.is_all_transactional(server) {
            self.can_write_again(server).await?;
        }
        let mut ids = vec![None; record.texts().len()];
        let run = self.run_steps(record, server, &mut ids, wait).await;
        if let Some(connection) = self.connection_to(server) {
            for id in ids.into_iter().flatten() {
                let [a, b, c, d] = u32::to_le_bytes(id);
                connection.queue(&[command::STMT_CLOSE, a, b, c, d]);
            }
        }
        if let Err(stop) = &run {
            self.undo(server, stop).await;
        }
        run
    }

    async fn server_for(&mut self, record: &Record, deadline: Instant) -> Result<ServerId, Stop> {
        let target = if record.on_replica() { Target::Replica } else { Target::Primary };
        let route = Route { target, reason: Reason::Transaction };
        let mut attempt = Attempt::until(deadline, self.policy(None));
        match self.acquire(&route, &mut attempt).await {
            Ok(server) => Ok(server),
            Err(NoConnection::StateLost(server)) => {
                self.drop_connection(server);
                Err(LOST_AGAIN)
            }
            Err(_) => Err(Trouble::Final(Fate::NoServer).into()),
        }
    }

    /// A write that was on its way when the connection was lost may have been done. It was rolled back, if there is
    /// nothing but transactional tables; which tables it writes is not known here, triggers being what they are.
    async fn can_write_again(&mut self, server: ServerId) -> Result<(), Stop> {
        let connection = self.connection_to(server).ok_or(LOST_AGAIN)?;
        let question = command_of(command::QUERY, HAS_OTHER_TABLES.as_bytes());
        let asking = tokio::time::timeout(EXCHANGE_TIME, connection.ask(&question)).await;
        let fate = match asking.unwrap_or_else(|_| Err(timed_out())) {
            Ok(answer) if answer == "0" => return Ok(()),
            Ok(_) | Err(ExchangeError::Refused(_)) => Fate::NotTransactional,
            Err(ExchangeError::Io(_)) => {
                self.connection_lost(server);
                return Err(LOST_AGAIN);
            }
        };
        Err(Trouble::Final(fate).into())
    }

    async fn run_steps(
        &mut self,
        record: &Record,
        server: ServerId,
        ids: &mut [Option<u32>],
        wait: Duration,
    ) -> Result<(), Stop> {
        let is_primary = self.primary() == Some(server);
        let on =
            On { server, is_primary, repeatable: false, waits: false, noted: Noted::default() };
        let mut rerun = Rerun::default();
        while let Some(step) = rerun.step(record) {
            let command = self.command(record, step, server, ids).await?;
            let outcome = self.run_step(&command, server, wait).await?;
            rerun.answered(record, outcome.sum.unwrap_or_default(), outcome.error)?;
            self.learn(&Statement::text(step.class.clone()), on, &outcome, Instant::now());
        }
        Ok(())
    }

    /// The step's command for this server; what an execution needs is prepared there, and sent ahead.
    async fn command(
        &mut self,
        record: &Record,
        step: &Step,
        server: ServerId,
        ids: &mut [Option<u32>],
    ) -> Result<Vec<u8>, Stop> {
        let mut payload = record.payload(step).to_vec();
        let Some(at) = step.text else { return Ok(payload) };
        let (Some(text), Some(known)) = (record.texts().get(at), ids.get_mut(at)) else {
            return Err(Trouble::Final(Fate::Statement).into());
        };
        let id = match *known {
            Some(id) => id,
            None => *known.insert(self.prepare_again(text, step, server).await?),
        };
        let connection = self.connection_to(server).ok_or(LOST_AGAIN)?;
        for piece in &step.pieces {
            let mut piece = piece.to_vec();
            set_statement_id(&mut piece, id);
            connection.queue(&piece);
        }
        set_statement_id(&mut payload, id);
        Ok(payload)
    }

    async fn prepare_again(
        &mut self,
        text: &[u8],
        step: &Step,
        server: ServerId,
    ) -> Result<u32, Stop> {
        let bytes = packet(0, |out| {
            out.push(command::STMT_PREPARE);
            out.extend_from_slice(text);
        });
        let connection = self.connection_to(server).ok_or(LOST_AGAIN)?;
        let preparing = tokio::time::timeout(EXCHANGE_TIME, connection.prepare(&bytes)).await;
        match preparing.unwrap_or_else(|_| Err(timed_out())) {
            Ok(ok) if ok.counts == step.counts => Ok(ok.id),
            Ok(_) | Err(ExchangeError::Refused(_)) => {
                Err(Trouble::Final(Fate::AnswerDiffers).into())
            }
            Err(ExchangeError::Io(_)) => {
                self.connection_lost(server);
                Err(LOST_AGAIN)
            }
        }
    }

    async fn run_step(
        &mut self,
        command: &[u8],
        server: ServerId,
        wait: Duration,
    ) -> Result<Outcome, Stop> {
        self.state.begin_statement();
        let ran = tokio::time::timeout(wait, self.pass_step(command, server)).await;
        self.pulse.answered();
        match ran {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(Broken::Client)) => Err(Stop::Ended),
            Ok(Err(_)) => {
                self.connection_lost(server);
                Err(LOST_AGAIN)
            }
            Err(_) => Err(Trouble::Final(Fate::TimedOut).into()),
        }
    }

    /// Sends a step's command and reads its answer.
    async fn pass_step(&mut self, command: &[u8], server: ServerId) -> Result<Outcome, Broken> {
        let lost = || Broken::Server { begun: false };
        let Self { local, client, connections, state, pulse, .. } = self;
        let connection = connections.iter_mut().find(|c| c.server == server).ok_or_else(lost)?;
        let _in_flight = local.shared.connector.load(server).begin();
        pulse.sent(server, connection.thread_id, false);
        let bytes = packet(0, |out| out.extend_from_slice(command));
        let sending = async { connection.send(&bytes).await.map_err(|_| lost()) };
        unless_given_up(pulse, false, sending).await?;
        let client_capabilities = client.capabilities;
        let (client, checksum) = (&mut client.pipe, Some(Box::default()));
        let (mute, appended) = (true, &Appended::default());
        let mut relay = Relay {
            client,
            client_capabilities,
            connection,
            state,
            pulse,
            mute,
            checksum,
            appended,
        };
        relay.run(ORDER).await
    }

    /// Nothing of the run stays: it is rolled back, and its connection closed.
    async fn undo(&mut self, server: ServerId, stop: &Stop) {
        let runs_on = matches!(stop, Stop::Ended | Stop::Trouble(Trouble::Final(Fate::TimedOut)));
        if runs_on {
            self.abandon(server).await;
        } else if let Some(connection) = self.connection_to(server) {
            let rollback = command_of(command::QUERY, b"ROLLBACK");
            let exchange = connection.exchange(&rollback, |_| ());
            let _ = tokio::time::timeout(EXCHANGE_TIME, exchange).await;
        }
        self.drop_connection(server);
    }
}

/// Whether there are tables, of those that the account may see, which a rollback does not put right.
const HAS_OTHER_TABLES: &str = "SELECT EXISTS(SELECT 1 FROM information_schema.tables \
    WHERE table_type='BASE TABLE' \
    AND table_schema NOT IN ('mysql','sys','information_schema','performance_schema') \
    AND engine IN (SELECT engine FROM information_schema.engines WHERE transactions<>'YES'))";

/// Runs of one replay, whatever comes between.
const MAX_RUNS: u32 = 20;

/// How a step's answer is read.
const ORDER: Order<'static> = Order {
    expect: Expect::Results,
    hold_refusal: false,
    statement_id: 0,
    read_only_transaction: false,
    hold_loss: true,
    warnings: 0,
    stopped: None,
};
