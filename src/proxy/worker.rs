//! Worker threads: each runs its sessions on a runtime of its own, without locks between them.
//!
//! A worker has four tasks beside its sessions:
//!
//! * `receive`: takes accepted sockets and begins their sessions;
//! * `sweep`: looks through the sessions when the cluster's view has changed and a server is down, and wakes those that
//!   wait for a server which will not answer;
//! * `flush`: hands the worker's counters over, closes shared connections that nobody needs, and takes over
//!   other bounds of theirs;
//! * `tell_shapes`: says which statements came lately, when somebody asks.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::metrics::GaugeGuard;
use crate::net::Accepted;

use super::backend::Pools;
use super::session::{self, Local, Phase, RuledClassifier, Shared};
use super::topology::{ServerId, State, View};

/// Time between two deliveries of a worker's counters.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);
/// Accepted connections that wait for one worker at most; more are refused.
const WAITING: usize = 1024;

/// A connection on its way to a worker.
pub type Arrival = (Accepted, GaugeGuard);

/// A running worker thread, as the accept loop sees it.
pub struct Worker {
    arrivals: mpsc::Sender<Arrival>,
    sessions: Arc<AtomicUsize>,
    thread: std::thread::JoinHandle<()>,
}

impl Worker {
    /// Starts the thread. It ends after `shutdown`, within `shutdown_grace_ms` and its sessions' farewells.
    ///
    /// # Errors
    /// When the system refuses a thread or a runtime.
    pub fn start(
        index: usize,
        shared: Arc<Shared>,
        shutdown: CancellationToken,
    ) -> io::Result<Self> {
        let (arrivals, inbox) = mpsc::channel(WAITING);
        let sessions = Arc::new(AtomicUsize::new(0));
        let count = sessions.clone();
        let (built, outcome) = std::sync::mpsc::sync_channel(1);
        let thread =
            std::thread::Builder::new().name(format!("worker-{index}")).spawn(move || {
                // It cannot leave the thread that it was built on.
                let runtime = match runtime() {
                    Ok(runtime) => runtime,
                    Err(error) => {
                        let _ = built.send(Err(error));
                        return;
                    }
                };
                let _ = built.send(Ok(()));
                let view = shared.views.cache();
                let live = shared.lives.current();
                let local = Rc::new(Local {
                    metrics: shared.metrics.local(),
                    classifier: RefCell::new(RuledClassifier::new(&live)),
                    live: RefCell::new(shared.lives.cache()),
                    pools: live.pools.get(index).copied().map(Pools::new),
                    shapes: RefCell::default(),
                    shared,
                    index,
                    pulses: RefCell::new(HashMap::new()),
                    stopping: Cell::new(false),
                    turn: Cell::new(index),
                    view: RefCell::new(view),
                    profiles: RefCell::default(),
                });
                runtime.block_on(work(local, inbox, count, shutdown));
            })?;
        outcome.recv().map_err(io::Error::other)??;
        Ok(Self { arrivals, sessions, thread })
    }

    /// Sessions that it has.
    pub fn sessions(&self) -> usize {
        self.sessions.load(Relaxed)
    }

    /// Hands over a connection; `Err` gives it back when too many wait already.
    pub fn give(&self, arrival: Arrival) -> Result<(), Arrival> {
        self.arrivals.try_send(arrival).map_err(|error| error.into_inner())
    }

    /// Waits for the thread's end.
    pub fn join(self) {
        drop(self.arrivals);
        if self.thread.join().is_err() {
            tracing::error!("a worker thread panicked");
        }
    }
}

/// Tasks of one thread, without the detour over a set of local tasks in a runtime for all threads:
/// that would wake and poll the set for each wake of a session.
///
/// A worker that has nothing to do lets others on its core run before it asks the kernel for events:
/// on a busy machine they are servers and clients on their way to send something, and one look then
/// finds more of it. On an idle core it costs a system call.
fn runtime() -> io::Result<LocalRuntime> {
    Builder::new_current_thread()
        .enable_all()
        .on_thread_park(std::thread::yield_now)
        .build_local(LocalOptions::default())
}

/// Counts a session until it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

async fn work(
    local: Rc<Local>,
    inbox: mpsc::Receiver<Arrival>,
    count: Arc<AtomicUsize>,
    shutdown: CancellationToken,
) {
    let sessions = TaskTracker::new();
    let sweeping = tokio::task::spawn_local(sweep(local.clone()));
    let flushing = tokio::task::spawn_local(flush(local.clone()));
    let telling = tokio::task::spawn_local(tell_shapes(local.clone()));
    shutdown.run_until_cancelled(receive(&local, inbox, &count, &sessions)).await;
    sessions.close();
    drain(&local, &sessions).await;
    sweeping.abort();
    flushing.abort();
    telling.abort();
    if let Some(pools) = &local.pools {
        drop(pools.drain());
    }
    local.metrics.flush();
}

async fn receive(
    local: &Rc<Local>,
    mut inbox: mpsc::Receiver<Arrival>,
    count: &Arc<AtomicUsize>,
    sessions: &TaskTracker,
) {
    while let Some((accepted, counted)) = inbox.recv().await {
        let task = session::OwnTask::new(OnceCell::new());
        let serving = session::serve(local.clone(), accepted, counted, task.clone());
        let one = Counted::new(count);
        let handle = sessions.spawn_local(async move {
            let _one = one;
            serving.await;
        });
        // The task has not run yet: this thread is busy here.
        let _ = task.set(handle.abort_handle());
    }
}

/// Lets running statements end, within `shutdown_grace_ms`; idle sessions are ended at once.
async fn drain(local: &Rc<Local>, sessions: &TaskTracker) {
    local.stopping.set(true);
    let grace = local.limits().shutdown_grace;
    let deadline = tokio::time::Instant::now() + grace;
    loop {
        end_sessions(local, |phase, in_transaction| phase == Phase::Idle && !in_transaction);
        let soon = tokio::time::Instant::now() + DRAIN_TICK;
        if tokio::time::timeout_at(soon.min(deadline), sessions.wait()).await.is_ok() {
            return;
        }
        if tokio::time::Instant::now() >= deadline {
            end_sessions(local, |_, _| true);
            let _ = tokio::time::timeout(DRAIN_TICK, sessions.wait()).await;
            return;
        }
    }
}

/// How often a stopping worker looks for sessions that have become idle.
const DRAIN_TICK: Duration = Duration::from_millis(50);

fn end_sessions(local: &Local, which: impl Fn(Phase, bool) -> bool) {
    let pulses = local.pulses.borrow();
    for (id, pulse) in pulses.iter() {
        if which(pulse.phase(), pulse.in_transaction())
            && let Some(entry) = local.shared.registry.find((*id).into())
        {
            entry.abort.abort();
        }
    }
}

/// Looks at the sessions after each new view, and while a server is down.
async fn sweep(local: Rc<Local>) {
    let mut outages = Outages::default();
    let mut generation = 0;
    loop {
        let next = local.shared.views.newer_than(generation);
        let view = match outages.since.is_empty() {
            true => next.await,
            false => match tokio::time::timeout(SWEEP_TICK, next).await {
                Ok(view) => view,
                Err(_) => local.shared.views.current(),
            },
        };
        generation = view.generation;
        let now = Instant::now();
        outages.look(&view, now);
        if outages.since.is_empty() {
            // Views change all the time, and sessions may be thousands.
            continue;
        }
        for pulse in local.pulses.borrow().values() {
            if outages.is_hopeless(&view, pulse.phase(), now, local.limits().primary_wait) {
                pulse.give_up();
            }
        }
    }
}

/// How often sessions are looked at while a server is down.
const SWEEP_TICK: Duration = Duration::from_millis(100);

/// Which servers are down, and since when.
#[derive(Default)]
struct Outages {
    since: HashMap<ServerId, Instant>,
}

impl Outages {
    fn look(&mut self, view: &View, now: Instant) {
        for server in &view.servers {
            match server.state {
                // What still runs on one that was removed may end.
                State::Down(_) if server.is_removed() => _ = self.since.remove(&server.id),
                State::Down(_) => _ = self.since.entry(server.id).or_insert(now),
                State::Up | State::Full => _ = self.since.remove(&server.id),
            }
        }
    }

    /// Whether nothing is gained by waiting on: the server is down, and the statement can run
    /// elsewhere, or its server has been replaced, or has been given its time to come back.
    fn is_hopeless(&self, view: &View, phase: Phase, now: Instant, patience: Duration) -> bool {
        let (Phase::Waiting { server, .. } | Phase::Answering { server }) = phase else {
            return false;
        };
        let Some(since) = self.since.get(&server) else { return false };
        let replaced = view.primary.is_some_and(|primary| primary != server);
        let repeatable = matches!(phase, Phase::Waiting { repeatable: true, .. });
        repeatable || replaced || now.duration_since(*since) >= patience
    }
}

async fn flush(local: Rc<Local>) {
    let mut tick = tokio::time::interval(FLUSH_INTERVAL);
    loop {
        tick.tick().await;
        local.count_classes();
        local.renew_pools();
        local.metrics.flush();
        let over = local.pools.as_ref().map(|pools| pools.weed(Instant::now()));
        // Outside of the pools: each gives its place back.
        drop(over);
    }
}

async fn tell_shapes(local: Rc<Local>) {
    let board = local.shared.shapes.clone();
    let mut questions = board.questions();
    while questions.changed().await.is_ok() {
        let round = *questions.borrow_and_update();
        let mut shapes = local.shapes.borrow_mut();
        shapes.look_up(local.classifier.borrow().shapes());
        board.answer(round, shapes.shapes());
    }
}
