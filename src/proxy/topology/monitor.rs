//! The tasks that ask, and the one that publishes.
//!
//! * `watch`, one per server: keeps one connection, checks at every interval, and at once when a
//!   session hints at trouble. Every check, connecting included, has one time limit; one that
//!   passes it costs the connection, as nobody knows what the next answer would belong to.
//! * `publish`, one: feeds the judge, publishes each view, logs what changed.
//!
//! They end with the shutdown token; the handle that [`start`] returns ends after them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::changes::{Change, changes};
use super::judge::Judge;
use super::probe::{self, Probe};
use super::{
    CheckFailure, Flavour, Greeting, JudgeSettings, MAX_IDS, MonitorCell, Observation,
    RoutineCatalog, ServerId, ServerSettings, Version, View, Views, greeting,
};

/// Reports that may wait for the judge. Watchers wait for a place; hints are dropped without one.
const MAX_REPORTS: usize = 256;

/// Shortest time between two checks of a server, however many sessions hint at it.
const MIN_GAP: Duration = Duration::from_millis(20);

/// Longest time between two attempts to reach a server that is gone, in intervals.
const MAX_BACKOFF_INTERVALS: u32 = 4;

/// What reaches the judge.
enum Report {
    Checked(ServerId, Instant, Result<Observation, CheckFailure>),
    Greeting(ServerId, Greeting),
    Routines(ServerId, RoutineCatalog),
    Full(ServerId),
    Configured(JudgeSettings, Vec<Option<ServerSettings>>),
}

/// What sessions tell the monitor. Never blocks; clones share it.
#[derive(Clone)]
pub struct Hints {
    reports: mpsc::Sender<Report>,
    wake: Arc<[Notify]>,
}

impl Hints {
    /// A new connection met 1040 or 1203: back-pressure, not death.
    pub fn full(&self, server: ServerId) {
        // A full queue holds newer news than this.
        let _ = self.reports.try_send(Report::Full(server));
    }

    /// A connection was refused or broke, or a server refused a write: look now.
    pub fn check_now(&self, server: ServerId) {
        if let Some(wake) = self.wake.get(server.index()) {
            wake.notify_one();
        }
    }
}

/// What the configuration tells the monitor while it runs: who is watched, and how they are judged. Clones
/// share it.
#[derive(Clone)]
pub struct Control(Arc<Watching>);

struct Watching {
    reports: mpsc::Sender<Report>,
    wake: Arc<[Notify]>,
    views: Views,
    settings: MonitorCell,
    tasks: TaskTracker,
    /// Ends all tasks.
    shutdown: CancellationToken,
    /// Ends each server's task; by ids.
    watched: Mutex<Vec<Option<CancellationToken>>>,
}

impl Control {
    /// Judges by these from now on. Servers are by their ids: one that is `None` is watched no longer, one that
    /// was not there before is from now on.
    pub async fn configure(&self, judge: JudgeSettings, servers: Vec<Option<ServerSettings>>) {
        // Nobody judges any more when the proxy stops. The judge has to know a server before its first report.
        let _ = self.0.reports.send(Report::Configured(judge, servers.clone())).await;
        self.0.watch_only(servers);
    }
}

impl Watching {
    fn watch_only(&self, servers: Vec<Option<ServerSettings>>) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        for (at, server) in servers.into_iter().enumerate().take(MAX_IDS) {
            match (watched.get_mut(at), server) {
                (Some(one), None) => {
                    if let Some(task) = one.take() {
                        task.cancel();
                    }
                }
                (None, Some(server)) => {
                    let task = self.watch(ServerId(at as u16), server);
                    watched.push(Some(task));
                }
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
    }

    /// Starts the task that asks a server; it ends with the token.
    fn watch(&self, id: ServerId, server: ServerSettings) -> CancellationToken {
        let end = self.shutdown.child_token();
        let watcher = Watcher {
            id,
            server,
            settings: self.settings.clone(),
            reports: self.reports.clone(),
            views: self.views.clone(),
            probe: None,
            greeted: None,
            catalog_due: Instant::now(),
            failures: 0,
        };
        let (wake, ended) = (Arc::clone(&self.wake), end.clone());
        self.tasks.spawn(async move {
            if let Some(wake) = wake.get(id.index()) {
                ended.run_until_cancelled(watcher.run(wake)).await;
            }
        });
        end
    }
}

/// A running monitor.
pub struct Monitor {
    /// Where views are published.
    pub views: Views,
    /// What sessions report.
    pub hints: Hints,
    /// What may change.
    pub control: Control,
    /// Ends once all tasks have, after shutdown.
    pub task: tokio::task::JoinHandle<()>,
}

impl Monitor {
    /// Waits for the first view in which every server has answered or failed. Each check has a
    /// time limit, so this ends after little more than one.
    pub async fn ready(&self) -> Arc<View> {
        loop {
            let view = self.views.current();
            if view.complete {
                return view;
            }
            self.views.newer_than(view.generation).await;
        }
    }
}

/// Starts the monitor's tasks on the current runtime; they end with `shutdown`.
pub fn start(
    servers: Vec<ServerSettings>,
    judge: JudgeSettings,
    monitor: impl Into<MonitorCell>,
    shutdown: CancellationToken,
) -> Monitor {
    let monitor = monitor.into();
    let (reports, inbox) = mpsc::channel(MAX_REPORTS);
    let wake: Arc<[Notify]> = (0..MAX_IDS).map(|_| Notify::new()).collect();
    let mut judge = Judge::new(judge, servers.clone());
    let views = Views::new(judge.view(Duration::ZERO));
    let tasks = TaskTracker::new();
    let publisher = Publisher { judge, views: views.clone(), started: Instant::now() };
    let hints = Hints { reports: reports.clone(), wake: Arc::clone(&wake) };
    let control = Control(Arc::new(Watching {
        reports,
        wake,
        views: views.clone(),
        settings: monitor,
        tasks: tasks.clone(),
        shutdown: shutdown.clone(),
        watched: Mutex::default(),
    }));
    control.0.watch_only(servers.into_iter().map(Some).collect());
    let ended = shutdown.clone();
    tasks.spawn(async move {
        ended.run_until_cancelled(publisher.run(inbox)).await;
    });
    let task = tokio::spawn(async move {
        shutdown.cancelled().await;
        tasks.close();
        tasks.wait().await;
    });
    Monitor { views, hints, control, task }
}

/// The task that publishes.
struct Publisher {
    judge: Judge,
    views: Views,
    started: Instant,
}

impl Publisher {
    async fn run(mut self, mut inbox: mpsc::Receiver<Report>) {
        while let Some(report) = inbox.recv().await {
            self.take(report);
            // What has piled up is concluded from together.
            while let Ok(report) = inbox.try_recv() {
                self.take(report);
            }
            let view = self.judge.view(self.started.elapsed());
            changes(&self.views.load(), &view).iter().for_each(Change::log);
            self.views.publish(view);
        }
    }

    fn take(&mut self, report: Report) {
        match report {
            Report::Checked(id, at, result) => {
                self.judge.observe(id, at.saturating_duration_since(self.started), result);
            }
            Report::Greeting(id, greeting) => self.judge.set_greeting(id, greeting),
            Report::Routines(id, routines) => self.judge.set_routines(id, routines),
            Report::Full(id) => self.judge.report_full(id, self.started.elapsed()),
            Report::Configured(settings, servers) => self.judge.configure(settings, servers),
        }
    }
}

/// The task that asks one server.
struct Watcher {
    id: ServerId,
    server: ServerSettings,
    settings: MonitorCell,
    reports: mpsc::Sender<Report>,
    views: Views,
    probe: Option<Probe>,
    /// The version whose greeting has been read.
    greeted: Option<(Flavour, Version, String)>,
    catalog_due: Instant,
    /// Checks that failed one after the other.
    failures: u32,
}

impl Watcher {
    async fn run(mut self, wake: &Notify) {
        loop {
            let started = Instant::now();
            let result = self.check().await;
            let healthy = result.is_ok();
            self.failures = if healthy { 0 } else { self.failures.saturating_add(1) };
            // Before the check itself, so that the first view with this server has its words.
            if healthy {
                self.learn_greeting().await;
            }
            if self.reports.send(Report::Checked(self.id, Instant::now(), result)).await.is_err() {
                return;
            }
            if healthy {
                self.learn_routines().await;
            }
            tokio::time::sleep_until(started + MIN_GAP).await;
            let next = started + self.pause();
            tokio::select! {
                () = tokio::time::sleep_until(next) => {}
                () = wake.notified() => {}
            }
        }
    }

    /// Time from the start of one check to the next. Servers that stay away are asked less often.
    fn pause(&self) -> Duration {
        self.settings.current().interval * self.failures.clamp(1, MAX_BACKOFF_INTERVALS)
    }

    async fn check(&mut self) -> Result<Observation, CheckFailure> {
        let limit = self.settings.current().timeout;
        let mut connecting = true;
        let result = timeout(limit, self.ask(&mut connecting)).await;
        let failure = match result {
            Ok(Ok(observation)) => return Ok(observation),
            Ok(Err(error)) => {
                let failure = probe::failure(&error, connecting);
                let server = &*self.server.name;
                // Once at each turn to the worse; the judge's change says the rest.
                if self.failures == 0 {
                    tracing::warn!(target: "topology", server, %error, "check failed");
                }
                failure
            }
            Err(_) => CheckFailure::TimedOut,
        };
        self.probe = None;
        Err(failure)
    }

    /// Asks over the connection that is there. One that broke since the last check says little
    /// about the server (an idle limit, a KILL), so it is replaced at once, within the same check.
    async fn ask(&mut self, connecting: &mut bool) -> Result<Observation, mysql_async::Error> {
        if let Some(probe) = &mut self.probe {
            *connecting = false;
            match probe.check().await {
                Err(error) if error.is_fatal() => self.probe = None,
                other => return other,
            }
        }
        *connecting = true;
        let probe = Probe::connect(&self.server.address, &self.settings.current()).await?;
        *connecting = false;
        self.probe.insert(probe).check().await
    }

    /// Reads the greeting of a version that has not been seen here.
    async fn learn_greeting(&mut self) {
        let identity = self.probe.as_ref().map(Probe::identity);
        if self.greeted == identity {
            return;
        }
        match greeting::read(&self.server.address, &self.settings.current()).await {
            Ok(mut greeting) => {
                greeting.sql_mode =
                    self.probe.as_ref().map_or_else(String::new, |p| p.sql_mode().into());
                self.greeted = identity;
                let _ = self.reports.send(Report::Greeting(self.id, greeting)).await;
            }
            // Tried again with the next check, which tells the rest if there is more to tell.
            Err(error) => {
                tracing::debug!(target: "topology", server = %self.server.name, %error, "no greeting");
            }
        }
    }

    /// Reads the routine catalog when this is the primary and the time has come.
    async fn learn_routines(&mut self) {
        let due = self.views.load().primary == Some(self.id) && Instant::now() >= self.catalog_due;
        let Some(probe) = self.probe.as_mut().filter(|_| due) else { return };
        let settings = self.settings.current();
        self.catalog_due = Instant::now() + settings.catalog_interval;
        match timeout(settings.timeout, probe.routines()).await {
            Ok(Ok(routines)) => {
                let _ = self.reports.send(Report::Routines(self.id, routines)).await;
            }
            Ok(Err(error)) => {
                tracing::warn!(target: "topology", %error, "the routine catalog could not be read");
            }
            Err(_) => self.probe = None,
        }
    }
}
