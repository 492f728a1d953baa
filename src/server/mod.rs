//! The bundled MySQL server: sessions and commands on top of the query room.
//!
//! ```text
//! frontend (accepts) ─▶ session (one task each) ─▶ query ─▶ engine
//!       │                     │
//!   processes (who is here)  doors (who may sign in: the rows of mysql.user)
//! ```

mod acknowledgement;
mod assembly;
mod channel;
mod counters;
mod doors;
mod follower_metrics;
mod frontend;
mod processes;
mod protocol;
mod replica;
mod session;
mod shared;
mod surroundings;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::ServerConfig;
use crate::metrics::Readings;
use crate::net::Listener;
use crate::replication::replica::Threads;
use frontend::Frontend;
use shared::Shared;

/// A server that listens.
pub struct Server {
    shared: Arc<Shared>,
    listeners: Vec<Listener>,
    grace: Duration,
}

impl Server {
    /// Opens the data, then listens. Reading the data takes a while: `progress` is told of it.
    ///
    /// # Errors
    /// The data cannot be opened, an address cannot be listened on, or a setting is wrong.
    pub async fn open(config: &ServerConfig) -> io::Result<Self> {
        let shared = assembly::shared(config).await?;
        let mut listeners = Vec::new();
        for address in &config.listen {
            let listener = Listener::bind_tcp(*address);
            listeners.push(listener.map_err(|error| cannot_listen(&error, address))?);
        }
        if let Some(socket) = &config.socket {
            let listener = Listener::bind_unix(socket);
            listeners.push(listener.map_err(|error| cannot_listen(&error, &socket.display()))?);
        }
        replica::start(&shared.replica, &shared.globals);
        Ok(Self { shared: Arc::new(shared), listeners, grace: config.shutdown_grace })
    }

    /// The TCP addresses that it listens on.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(Listener::local_addr).collect()
    }

    /// The metrics of this server.
    ///
    /// # Errors
    /// A name is taken twice: a mistake of ours.
    pub fn metrics(&self) -> Result<Readings, prometheus::Error> {
        let readings = counters::readings(&self.shared.visible)?;
        replica::add_metrics(&readings, &self.shared.replica, &self.shared.engine)?;
        Ok(readings)
    }

    /// Whether it takes writes; else why not.
    pub fn readiness(&self) -> impl Fn() -> Result<(), String> + Send + Sync + use<> {
        let engine = self.shared.engine.clone();
        move || match engine.is_read_only_by_error() {
            false => Ok(()),
            true => Err("the log cannot be written; reads go on".to_owned()),
        }
    }

    /// Serves until `shutdown`, then lets running statements end within the configured time.
    pub async fn serve(self, shutdown: &CancellationToken) {
        let tasks = TaskTracker::new();
        let frontend = Frontend {
            shared: self.shared.clone(),
            tasks: tasks.clone(),
            shutdown: shutdown.clone(),
        };
        let mut accepting = tokio::task::JoinSet::new();
        for listener in self.listeners {
            accepting.spawn(frontend.clone().accept(listener));
        }
        shutdown.cancelled().await;
        accepting.shutdown().await;
        tasks.close();
        let all = async {
            self.shared.end_of_commands().await;
            // replicas were kept so long, because commits may wait for them
            self.shared.parting.cancel();
            tasks.wait().await;
        };
        if tokio::time::timeout(self.grace, all).await.is_err() {
            self.shared.parting.cancel();
            for process in self.shared.processes.all() {
                process.kill(true);
            }
            // What does not look at the flag within this time is left behind.
            let _ = tokio::time::timeout(LAST_MOMENT, tasks.wait()).await;
        }
        let replica = self.shared.replica.clone();
        // Its threads end with the transaction that is at work.
        let _ = tokio::task::spawn_blocking(move || replica.stop(Threads::BOTH)).await;
        self.shared.engine.shutdown();
    }
}

/// How long a statement has to notice that it was told to end.
const LAST_MOMENT: Duration = Duration::from_secs(2);

fn cannot_listen(error: &io::Error, address: &dyn std::fmt::Display) -> io::Error {
    let message = format!("cannot listen on {address}: {error}; is another server running there?");
    io::Error::new(error.kind(), message)
}
