//! Transactions that are carried out beside each other, by several threads.
//!
//! ```text
//!             dispatch                    carry_out, on any thread             in the log's order
//! Gathered ─▶ Schedule ─▶ held or begun ─▶ rows under locks, events made ─▶ put_in_line ─▶ in flight
//!                          ▲                                                 │
//!                          └────── those that waited for it ◀────────────────┘
//! ```
//!
//! The threads do nothing but what goes well. Whatever else comes up (an error, a lost deadlock, a table that is
//! another by now, a lock that a later transaction of the log has) makes the applier give up that transaction and
//! those after it, and carry it out alone: [`Failed::Alone`]. So a wrong guess about what depends on what costs
//! time and nothing else.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::commit::Landing;
use super::gather::Gathered;
use super::schedule::{Number, Schedule};
use super::{Failed, Work};
use crate::binlog::event::RawEvent;
use crate::engine::foreign::{Foreign, RowStep};
use crate::engine::locks::WaitEnd;
use crate::engine::{CommitOptions, Engine, Interrupt, ReadyCommit};
use crate::replication::replica::relay::RelayPosition;
use crate::replication::replica::{SourcePosition, Statements};

/// Transactions that were read and are not in line for the log.
const MAX_JOBS: usize = 256;

/// Bytes of their events.
const MAX_JOB_BYTES: usize = 64 << 20;

/// How long the first of them waits for a lock, with no commit on its way, before it is carried out alone: one
/// after it may have the lock.
const MAX_LOCK_WAIT: Duration = Duration::from_millis(100);

/// The threads and what they have to do, in the log's order.
pub(super) struct Crew {
    runtime: Option<Runtime>,
    schedule: Schedule,
    jobs: VecDeque<Job>,
    /// The number of the first of them.
    first: Number,
    bytes: usize,
}

struct Job {
    state: State,
    /// It waits for a lock.
    waits: Arc<AtomicBool>,
    landing: Landing,
    bytes: usize,
    /// To begin anew from it: its place, and where the source's log was before it.
    start: RelayPosition,
    file: String,
    before: SourcePosition,
}

enum State {
    Held(Box<Plan>),
    Begun(JoinHandle<Option<ReadyCommit>>),
    Over,
}

/// What is to be done.
struct Plan {
    steps: Vec<RowStep>,
    options: CommitOptions,
}

impl Crew {
    /// So many threads; none where one is enough, or the system has none to give.
    pub fn of(workers: usize) -> Option<Self> {
        if workers < 2 {
            return None;
        }
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(workers).thread_name("replica worker").build();
        let failed = |error| tracing::warn!(%error, "replication: no worker threads, one applies");
        let runtime = Some(runtime.map_err(failed).ok()?);
        let (schedule, jobs) = (Schedule::default(), VecDeque::new());
        Some(Self { runtime, schedule, jobs, first: 1, bytes: 0 })
    }

    /// Whether nothing is left to do.
    pub fn is_idle(&self) -> bool {
        self.jobs.is_empty()
    }

    fn is_full(&self) -> bool {
        self.jobs.len() >= MAX_JOBS || self.bytes > MAX_JOB_BYTES
    }

    fn begin(&mut self, number: Number, engine: &Arc<Engine>, statements: &Arc<dyn Statements>) {
        let place = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let (Some(runtime), Some(job)) = (&self.runtime, self.jobs.get_mut(place)) else { return };
        let State::Held(plan) = &mut job.state else { return };
        let plan = Plan {
            steps: std::mem::take(&mut plan.steps),
            options: std::mem::take(&mut plan.options),
        };
        let work = carry_out(engine.clone(), statements.clone(), plan, job.waits.clone());
        job.state = State::Begun(runtime.spawn(work));
    }

    /// The first job's outcome; for ever where there is none.
    async fn first_done(&mut self) -> Option<ReadyCommit> {
        let Some(job) = self.jobs.front_mut() else { return pending().await };
        let State::Begun(handle) = &mut job.state else { return pending().await };
        // A thread that panicked has said so itself.
        let done = handle.await.ok().flatten();
        job.state = State::Over;
        done
    }

    fn first_is_done(&self) -> bool {
        let first = self.jobs.front().map(|job| &job.state);
        matches!(first, Some(State::Begun(handle)) if handle.is_finished())
    }

    fn first_waits(&self) -> bool {
        self.jobs.front().is_some_and(|job| job.waits.load(Relaxed))
    }

    fn take_first(&mut self) -> Option<Job> {
        let job = self.jobs.pop_front()?;
        self.first += 1;
        self.bytes = self.bytes.saturating_sub(job.bytes);
        Some(job)
    }

    /// Ends all jobs, and waits until their locks are given back. Gives the first.
    async fn give_up(&mut self) -> Option<Job> {
        let jobs = std::mem::take(&mut self.jobs);
        self.first += jobs.len() as Number;
        self.bytes = 0;
        self.schedule.give_up();
        let mut first = None;
        for mut job in jobs {
            if let State::Begun(handle) = &mut job.state {
                handle.abort();
                drop(handle.await);
            }
            first.get_or_insert(job);
        }
        first
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Carries out a transaction up to its commit. None: it is to be carried out alone.
async fn carry_out(
    engine: Arc<Engine>,
    statements: Arc<dyn Statements>,
    plan: Plan,
    waits: Arc<AtomicBool>,
) -> Option<ReadyCommit> {
    let mut foreign = Foreign::begin(&engine);
    for step in &plan.steps {
        loop {
            let done =
                foreign.enlist(step).and_then(|()| foreign.change(step, statements.definitions()));
            let lock = match done {
                Ok(()) => break,
                Err(Interrupt::Wait(lock)) => lock,
                Err(_) => return None,
            };
            waits.store(true, Relaxed);
            if lock.await != WaitEnd::Granted {
                return None;
            }
            waits.store(false, Relaxed);
        }
    }
    Some(engine.make_ready(foreign.into_transaction(), plan.options))
}

impl Work {
    /// A transaction was read whole: it is carried out as soon as it may be.
    pub(super) async fn dispatch(
        &mut self,
        gathered: Gathered,
        raw: &RawEvent<'_>,
    ) -> Result<(), Failed> {
        let Gathered { head, context, rows, bytes, .. } = gathered;
        let before = self.submitted.clone();
        self.submitted.pass(&self.file, u64::from(raw.header.end), head.mariadb);
        let (options, landing) = (self.options(&head, context), self.landing(&head));
        if let Some(gtid) = head.gtid {
            self.pending.insert(gtid);
        }
        let (start, file) = (head.start, self.file.clone());
        let (engine, statements) = (&self.applier.engine, &self.applier.statements);
        let Some(crew) = &mut self.crew else { return Ok(()) };
        let (number, begins) = crew.schedule.add(rows.keys());
        let state = State::Held(Box::new(Plan { steps: rows.into_steps(), options }));
        crew.bytes += bytes;
        crew.jobs.push_back(Job {
            state,
            waits: Arc::default(),
            landing,
            bytes,
            start,
            file,
            before,
        });
        if begins {
            crew.begin(number, engine, statements);
        }
        self.collect().await?;
        while self.crew.as_ref().is_some_and(Crew::is_full) {
            self.progress(pending()).await?;
        }
        self.make_room().await
    }

    /// Puts in line what is done by now.
    async fn collect(&mut self) -> Result<(), Failed> {
        while let Some(crew) = self.crew.as_mut().filter(|crew| crew.first_is_done()) {
            let done = crew.first_done().await;
            self.first_ended(done).await?;
        }
        Ok(())
    }

    /// Waits until everything that was read is in line.
    pub(super) async fn finish_crew(&mut self) -> Result<(), Failed> {
        while self.crew.as_ref().is_some_and(|crew| !crew.is_idle()) {
            self.progress(pending()).await?;
            self.collect().await?;
        }
        self.make_room().await
    }

    /// Waits until a transaction is carried out, a commit is visible, or `more` is there.
    pub(super) async fn progress(&mut self, more: impl Future<Output = ()>) -> Result<(), Failed> {
        let stop = self.applier.stop.clone();
        let has_jobs = self.crew.as_ref().is_some_and(|crew| !crew.is_idle());
        let crew = &mut self.crew;
        let first_done = async {
            match crew {
                Some(crew) => crew.first_done().await,
                None => pending().await,
            }
        };
        let first_visible = async {
            match self.in_flight.front_mut() {
                Some(first) => (&mut first.ticket).await,
                None => pending().await,
            }
        };
        tokio::select! {
            done = first_done => self.first_ended(done).await,
            outcome = first_visible => self.settled(outcome),
            () = more => Ok(()),
            () = tokio::time::sleep(MAX_LOCK_WAIT), if has_jobs => self.look_for_knot().await,
            () = stop.cancelled() => Err(Failed::Stopped),
        }
    }

    /// The first waits for a lock that no commit will give back: it goes alone.
    async fn look_for_knot(&mut self) -> Result<(), Failed> {
        let waits = self.crew.as_ref().is_some_and(Crew::first_waits);
        if waits && self.in_flight.is_empty() { self.first_ended(None).await } else { Ok(()) }
    }

    async fn first_ended(&mut self, done: Option<ReadyCommit>) -> Result<(), Failed> {
        let Some(ready) = done else { return self.begin_from_first().await };
        let Some(crew) = &mut self.crew else { return Ok(()) };
        let Some(job) = crew.take_first() else { return Ok(()) };
        let next = crew.schedule.submitted();
        self.put_in_line(ready, job.landing, job.bytes);
        let (engine, statements) = (&self.applier.engine, &self.applier.statements);
        if let Some(crew) = &mut self.crew {
            next.into_iter().for_each(|number| crew.begin(number, engine, statements));
        }
        self.look_at_outcomes()
    }

    /// Gives up all jobs: the log is read again from the first of them.
    async fn begin_from_first(&mut self) -> Result<(), Failed> {
        let Some(crew) = &mut self.crew else { return Ok(()) };
        let Some(job) = crew.give_up().await else { return Ok(()) };
        self.drain().await?;
        self.pending = Default::default();
        self.submitted = job.before;
        self.file = job.file;
        Err(Failed::Alone(job.start))
    }

    /// What was read and is not in line is left for the next start.
    pub(super) async fn abandon_crew(&mut self) {
        if let Some(crew) = &mut self.crew {
            crew.give_up().await;
        }
        self.crew = None;
    }
}
