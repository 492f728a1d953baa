//! The proxy: sessions, routing, backends and topology.
//!
//! ```text
//! control thread   accept loop ── monitor ── accounts ── HTTP
//!                       │            │
//!                  sockets        views (published, immutable)
//!                       ▼            ▼
//! worker threads   sessions: one task per client, with connections of its own
//! ```
//!
//! [`route`], [`causal`] and [`replay`] decide and touch nothing; [`session`] acts; [`backend`] knows servers but no
//! sessions; [`topology`] finds out what the servers are, [`positions`] what they have applied;
//! [`accounts`] knows who may sign in; [`explain`] says why a statement went where it went, and [`shapes`]
//! which statements came lately.

pub mod accounts;
mod assembly;
pub mod backend;
pub mod causal;
pub mod explain;
mod frontend;
mod gauges;
pub mod live;
pub mod pool;
pub mod positions;
pub mod registry;
pub mod reload;
pub mod replay;
pub mod route;
pub mod session;
pub mod shapes;
pub mod topology;
mod watch;
mod worker;

use std::io;
use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{AccountSource, Config};
use crate::metrics::{Metrics, StatementLabels};
use crate::net::Listener;

use accounts::{AccountStore, Loader, RefreshSettings};
use frontend::Frontend;
use live::Lives;
use positions::Positions;
use session::Shared;
use shapes::Board;
use topology::{Monitor, MonitorCell};

pub use gauges::readiness;
pub use reload::Reloader;
pub use watch::{SessionLine, Watch};
use worker::Worker;

/// The words of the labels of statements.
pub fn labels() -> StatementLabels {
    StatementLabels {
        classes: route::CLASS_LABELS.to_vec(),
        targets: route::TARGET_LABELS.to_vec(),
        reasons: route::Reason::labels(),
    }
}

/// The rules of a configuration, as sessions would ask them.
///
/// # Errors
/// The text says which rule cannot be understood.
pub fn rules(config: &Config) -> io::Result<route::RuleSet> {
    assembly::rules(config, 1)
}

/// Whether a proxy could be made of a configuration.
///
/// # Errors
/// The text says what is wrong, such as a certificate that is none.
pub fn check(config: &Config) -> io::Result<()> {
    assembly::live(config, 1, 1)?;
    assembly::connector(config)?;
    assembly::monitor(config).map(|_| ())
}

/// What a caller may watch of a running proxy.
pub struct Started {
    /// The cluster, and who is there.
    pub watch: Watch,
    /// Which statements came lately.
    pub shapes: Arc<Board>,
    /// Takes a changed configuration over.
    pub reloader: Arc<Reloader>,
    /// The proxy itself; ends after shutdown.
    pub running: Running,
}

/// A proxy that listens.
pub struct Running {
    frontend: Frontend,
    listeners: Vec<Listener>,
    monitor: Monitor,
    tasks: Vec<JoinHandle<()>>,
    /// Ends the monitor and what depends on it.
    watching: CancellationToken,
}

/// Starts all parts, and waits until every server has been looked at once.
///
/// # Errors
/// When an address is in use, or a certificate is not one; the text says which.
pub async fn start(
    config: &Config,
    metrics: Arc<Metrics>,
    shutdown: &CancellationToken,
) -> io::Result<Started> {
    let workers = worker_count(config.frontend.workers);
    let lives = Lives::new(assembly::live(config, workers, 1)?);
    let connector = assembly::connector(config)?;
    let listeners = listen(config)?;
    let (servers, judge, monitor) = assembly::monitor(config)?;
    let settings = MonitorCell::new(monitor);
    // Sessions that still run after the order to stop need the cluster to be watched.
    let watching = CancellationToken::new();
    let positions = Arc::new(Positions::new(topology::MAX_IDS));
    let monitor = topology::start(servers.clone(), judge, settings.clone(), watching.clone());
    let (following, ended) =
        positions::start(&positions, &servers, &settings, &monitor.views, &watching);
    let mut tasks = vec![ended];
    let accounts = match &config.authentication.accounts {
        AccountSource::Config(accounts) => Arc::new(AccountStore::configured(
            assembly::accounts(accounts),
            assembly::failure_delay(config),
        )),
        AccountSource::Primary => {
            let loader = Loader {
                views: monitor.views.clone(),
                monitor: settings.clone(),
                timeout: LOAD_TIMEOUT,
            };
            let refresh = RefreshSettings {
                min_gap: config.authentication.refresh_interval,
                ..RefreshSettings::default()
            };
            let delay = assembly::failure_delay(config);
            let (store, task) = accounts::start(loader, refresh, delay, watching.clone());
            tasks.push(task);
            store
        }
    };
    let shapes = Arc::new(Board::new(workers));
    let shared = Arc::new(Shared {
        views: monitor.views.clone(),
        positions,
        hints: monitor.hints.clone(),
        connector,
        accounts,
        registry: Arc::default(),
        metrics,
        primary_reads: assembly::primary_reads(config),
        lives,
        shapes: shapes.clone(),
    });
    tasks.push(tokio::spawn(gauges::follow(shared.clone(), watching.clone())));
    let control = monitor.control.clone();
    let reloader = Reloader::new(config, workers, shared.clone(), settings, control, following);
    let reloader = Arc::new(reloader);
    let workers = start_workers(workers, &shared, shutdown)?;
    shutdown.run_until_cancelled(monitor.ready()).await;
    let watch = Watch::new(shared.clone());
    let frontend = Frontend { workers, shared };
    Ok(Started {
        watch,
        shapes,
        reloader,
        running: Running { frontend, listeners, monitor, tasks, watching },
    })
}

/// Longest time for one reading of the accounts.
const LOAD_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

fn listen(config: &Config) -> io::Result<Vec<Listener>> {
    let mut listeners = Vec::new();
    for address in &config.frontend.listen {
        let listener = Listener::bind_tcp(*address).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
        })?;
        listeners.push(listener);
    }
    if let Some(path) = &config.frontend.socket {
        let listener = Listener::bind_unix(path).map_err(|error| {
            let path = path.display();
            io::Error::new(error.kind(), format!("cannot listen on {path}: {error}"))
        })?;
        listeners.push(listener);
    }
    Ok(listeners)
}

fn start_workers(
    workers: usize,
    shared: &Arc<Shared>,
    shutdown: &CancellationToken,
) -> io::Result<Vec<Worker>> {
    (0..workers).map(|index| Worker::start(index, shared.clone(), shutdown.clone())).collect()
}

/// Half of the cores unless told otherwise: the other half is the kernel's, which moves the bytes.
fn worker_count(configured: usize) -> usize {
    match configured {
        0 => std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2)),
        n => n,
    }
}

impl Running {
    /// Serves clients until `shutdown`, then lets running statements end.
    pub async fn serve(self, shutdown: &CancellationToken) {
        let Self { frontend, listeners, monitor, tasks, watching } = self;
        let mut accepting = Vec::new();
        for listener in &listeners {
            accepting.push(frontend.accept(listener, shutdown));
        }
        tracing::info!("ready for connections");
        futures_util::future::join_all(accepting).await;
        drop(listeners);
        let workers = frontend.workers;
        // Threads are joined where blocking hurts nobody.
        let joined = tokio::task::spawn_blocking(|| workers.into_iter().for_each(Worker::join));
        let _ = joined.await;
        watching.cancel();
        let _ = monitor.task.await;
        for task in tasks {
            let _ = task.await;
        }
        tracing::info!("stopped");
    }
}
