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
//! [`accounts`] knows who may sign in.

pub mod accounts;
mod assembly;
pub mod backend;
pub mod causal;
mod frontend;
mod gauges;
pub mod pool;
pub mod positions;
pub mod registry;
pub mod replay;
pub mod route;
pub mod session;
pub mod topology;
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
use positions::Positions;
use session::Shared;
use topology::{Monitor, Views};

pub use gauges::readiness;
use worker::{CacheBounds, Worker, WorkerBounds};

/// The words of the labels of statements.
pub fn labels() -> StatementLabels {
    StatementLabels {
        classes: route::CLASS_LABELS.to_vec(),
        targets: route::TARGET_LABELS.to_vec(),
        reasons: route::Reason::labels(),
    }
}

/// What a caller may watch of a running proxy.
pub struct Started {
    /// The cluster.
    pub views: Views,
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
    let policy = assembly::policy(config)?;
    let connector = assembly::connector(config)?;
    let listeners = listen(config)?;
    let (servers, judge, monitor) = assembly::monitor(config)?;
    let settings = Arc::new(monitor.clone());
    // Sessions that still run after the order to stop need the cluster to be watched.
    let watching = CancellationToken::new();
    let positions = Arc::new(Positions::new(servers.len()));
    let monitor = topology::start(servers.clone(), judge, monitor, watching.clone());
    let mut tasks =
        vec![positions::start(&positions, &servers, &settings, &monitor.views, &watching)];
    let accounts = match &config.authentication.accounts {
        AccountSource::Config(accounts) => Arc::new(AccountStore::configured(
            assembly::accounts(accounts),
            assembly::failure_delay(config),
        )),
        AccountSource::Primary => {
            let loader =
                Loader { views: monitor.views.clone(), monitor: settings, timeout: LOAD_TIMEOUT };
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
    let views = monitor.views.clone();
    let shared = Arc::new(Shared {
        views: views.clone(),
        positions,
        hints: monitor.hints.clone(),
        connector,
        accounts,
        registry: Arc::default(),
        metrics: metrics.clone(),
        policy,
        primary_reads: assembly::primary_reads(config),
        limits: assembly::limits(config),
    });
    tasks.push(tokio::spawn(gauges::follow(shared.clone(), watching.clone())));
    let workers = start_workers(config, &shared, shutdown)?;
    shutdown.run_until_cancelled(monitor.ready()).await;
    let max_connections = config.frontend.max_connections;
    let frontend = Frontend { workers, max_connections, metrics };
    Ok(Started { views, running: Running { frontend, listeners, monitor, tasks, watching } })
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
    config: &Config,
    shared: &Arc<Shared>,
    shutdown: &CancellationToken,
) -> io::Result<Vec<Worker>> {
    let cache = CacheBounds {
        entries: config.routing.class_cache_entries,
        bytes: config.routing.class_cache_bytes,
    };
    let grace = config.frontend.shutdown_grace;
    let workers = worker_count(config.frontend.workers);
    (0..workers)
        .map(|index| {
            let pools = assembly::pools(config, index, workers);
            let bounds = WorkerBounds { cache, pools };
            Worker::start(index, shared.clone(), bounds, shutdown.clone(), grace)
        })
        .collect()
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
