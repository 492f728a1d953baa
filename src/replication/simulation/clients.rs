//! What clients and administrators do: write, read, change the policy.

use std::task::{Context, Poll, Waker};

use super::tables::{self, Meaning, Place, TABLES, TRUNCATE, Work};
use super::truth::{Checked, Told, Transaction, Violation, ensure};
use super::world::{Waiting, World};
use crate::engine::{
    AckLevel, CommitOptions, CommitTicket, DdlReplay, DdlStatement, Engine, LogContext,
};
use crate::value::SqlError;

/// A commit that was put in line.
struct Submitted {
    /// None for what no replica gets.
    work: Option<Work>,
    ticket: CommitTicket,
}

/// What a ticket says now, if it says anything.
pub fn outcome(ticket: &mut CommitTicket) -> Option<Result<(), SqlError>> {
    let mut context = Context::from_waker(Waker::noop());
    match std::future::Future::poll(std::pin::Pin::new(ticket), &mut context) {
        Poll::Ready(outcome) => Some(outcome.map(drop)),
        Poll::Pending => None,
    }
}

impl World {
    /// The statement that all begins with.
    pub fn create_tables(&mut self) -> Checked {
        let engine = self.servers[0].life().engine.clone();
        let submitted = define(&engine, TABLES, Work::Tables, None).into_iter().collect();
        engine.step_commits();
        self.logged(submitted)
    }

    /// Clients commit at the same time.
    pub fn write(&mut self) -> Checked<bool> {
        let Some(life) = &self.servers[0].life else { return Ok(false) };
        let engine = life.engine.clone();
        if let Err(why) = life.acknowledgement().may_write() {
            let wanted = life.acknowledgement().policy().min_in_sync;
            ensure(wanted > 0, || "a write is refused without a reason".to_owned())?;
            self.say(|| format!("a write is refused: {why}"));
            self.counts.refused += 1;
            return Ok(true);
        }
        let mut submitted = Vec::new();
        for _ in 0..self.random.within(1, 4) {
            let asked = self.random.once_in(5).then(|| self.random.choose(&AckLevel::ALL));
            submitted.extend(match self.random.once_in(25) {
                true => define(&engine, TRUNCATE, Work::Truncate, asked),
                false => self.change_rows(&engine, asked),
            });
        }
        if submitted.is_empty() {
            return Ok(false);
        }
        engine.step_commits();
        self.logged(submitted)?;
        Ok(true)
    }

    fn change_rows(&mut self, engine: &Engine, asked: Option<AckLevel>) -> Option<Submitted> {
        let unlogged = self.random.once_in(10);
        let mut transaction = engine.begin(Default::default());
        let mut changes = Vec::new();
        for _ in 0..self.random.within(1, 4) {
            let place = match self.random.once_in(4) {
                _ if unlogged => Place::Local,
                true => Place::Keyless,
                false => Place::Keyed,
            };
            self.next_value += 1;
            let n = self.next_value;
            // what no replica gets is not waited for step by step, so nobody may want the same rows
            let id = if place == Place::Keyed { self.random.within(0, 12) as i64 } else { n };
            let goes = self.random.once_in(3);
            changes.push(tables::change(&mut transaction, place, id, n, goes)?);
        }
        let context = LogContext { ack: asked, ..LogContext::default() };
        let options = CommitOptions { context, unlogged, ..CommitOptions::default() };
        let ticket = engine.commit(transaction, options);
        Some(Submitted { work: (!unlogged).then_some(Work::Rows(changes)), ticket })
    }

    /// Takes into the truth what came of commits.
    fn logged(&mut self, submitted: Vec<Submitted>) -> Checked {
        let life = self.servers[0].life();
        let groups = std::mem::take(&mut *life.barrier.groups.lock().expect("nobody panics"));
        let is_broken = life.engine.is_read_only_by_error() || self.servers[0].is_dead();
        let mut places = groups.iter().flat_map(|group| group.gtids.iter().map(move |_| group));
        let now = self.now();
        for Submitted { work, mut ticket } in submitted {
            let failed = outcome_if_failed(&mut ticket);
            let Some(work) = work else {
                if failed.is_none() {
                    self.waiting.push(Waiting { number: None, ticket });
                }
                continue;
            };
            if let Some(error) = failed {
                self.say(|| format!("not committed: {work:?}: {}", error.message));
                let expected = is_broken || self.servers[0].faulty;
                ensure(expected, || format!("a commit fails: {}", error.message))?;
                if is_broken {
                    self.truth.uncertain.push(work);
                }
                continue;
            }
            let group = places.next().ok_or_else(|| Violation("a commit is not logged".into()))?;
            self.counts.commits += 1;
            self.say(|| {
                format!("logged {}: {work:?} asks {:?}", self.truth.log.len() + 1, group.ack)
            });
            self.waiting.push(Waiting { number: Some(self.truth.log.len()), ticket });
            self.truth.push(Transaction {
                work,
                asked: group.ack,
                end: group.end,
                logged_at: now,
                from_before: false,
                told: Told::Nothing,
                promised: None,
                holders: Vec::new(),
            });
        }
        ensure(places.next().is_none(), || "more is logged than was committed".to_owned())?;
        self.observe()
    }

    /// Somebody reads all rows of a server.
    pub fn read(&mut self) -> Checked<bool> {
        let running = self.servers_where(|server| server.life.is_some());
        let Some(number) = self.any(&running) else { return Ok(false) };
        self.counts.reads += 1;
        self.check_rows(number)?;
        Ok(true)
    }

    /// An administrator sets another policy.
    pub fn change_policy(&mut self) -> Checked<bool> {
        let mut policy = self.policy();
        if self.random.once_in(2) {
            let old = self.servers[0].policy.clone();
            policy = crate::replication::ack::Policy { level: policy.level, ..old };
        }
        self.servers[0].policy = policy;
        self.apply_policy()?;
        Ok(true)
    }

    pub fn apply_policy(&mut self) -> Checked {
        let policy = self.servers[0].policy.clone();
        self.say(|| {
            format!(
                "policy {:?} count {} copies {} point {:?} timeout {} {:?} wait_without {} lag {} min {}",
                policy.level,
                policy.count,
                policy.copies,
                policy.point,
                policy.timeout_ms / super::world::UNIT,
                policy.on_timeout,
                policy.wait_without_replicas,
                policy.in_sync_max_lag_ms / super::world::UNIT,
                policy.min_in_sync,
            )
        });
        if let Some(life) = &self.servers[0].life {
            life.acknowledgement().change(|now| *now = policy);
        }
        self.observe()
    }

    /// A checkpoint of some server.
    pub fn checkpoint(&mut self) -> Checked<bool> {
        let running = self.servers_where(|server| server.life.is_some());
        let Some(number) = self.any(&running) else { return Ok(false) };
        let taken = self.servers[number].life().engine.checkpoint();
        self.say(|| format!("{} takes a checkpoint: {taken:?}", super::server::name(number)));
        let expected = taken.is_ok() || self.servers[number].faulty;
        ensure(expected, || format!("no checkpoint: {taken:?}"))?;
        Ok(true)
    }
}

/// The error of a commit that is in no log.
fn outcome_if_failed(ticket: &mut CommitTicket) -> Option<SqlError> {
    // one that was published already is kept for later
    let mut peeked = std::mem::replace(ticket, CommitTicket::known(Err(gone())));
    match outcome(&mut peeked) {
        None => *ticket = peeked,
        Some(Ok(())) => *ticket = CommitTicket::known(Ok(crate::engine::Committed { gtid: None })),
        Some(Err(error)) if error.code == 1180 => *ticket = CommitTicket::known(Err(error)),
        Some(Err(error)) => return Some(error),
    }
    None
}

fn gone() -> SqlError {
    SqlError::new(1053, b"08S01", "taken")
}

/// Puts a definition in line, unless somebody uses what it changes.
fn define(engine: &Engine, sql: &str, work: Work, asked: Option<AckLevel>) -> Option<Submitted> {
    let context = LogContext { ack: asked, ..LogContext::default() };
    let statement = DdlStatement { sql: sql.into(), context, unlogged: false };
    let changes = Meaning.changes(&statement, &engine.database()).expect("a statement");
    let mut transaction = engine.begin(Default::default());
    transaction.lock_for(&changes).ok()?;
    Some(Submitted { work: Some(work), ticket: engine.ddl(transaction, statement, changes) })
}
