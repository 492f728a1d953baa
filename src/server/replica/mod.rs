//! The server as a replica: what the replication room needs of it, and what its sessions say and see of that.

pub mod change;
mod metrics;
mod statements;
mod view;

use std::io;
use std::sync::Arc;

pub use metrics::add as add_metrics;
pub use view::view;

use crate::config::{ReplicationSource, ServerConfig};
use crate::engine::Engine;
use crate::query::variables::{GlobalVariables, display, find};
use crate::replication::replica::receiver::Introduction;
use crate::replication::replica::{Parts, Replica, Threads};

/// The server's replica side, set as the configuration says. Nothing runs yet.
///
/// # Errors
/// What was kept cannot be read, or the data are kept nowhere.
pub fn open(
    engine: &Arc<Engine>,
    globals: &Arc<GlobalVariables>,
    config: &ServerConfig,
) -> io::Result<Arc<Replica>> {
    let disk = engine.disk().ok_or_else(|| io::Error::other("no data folder"))?.clone();
    let (server_id, uuid) = (config.server_id, engine.uuid());
    let port = config.listen.first().map_or(0, std::net::SocketAddr::port);
    let variables = globals.clone();
    let introduction = move || Introduction {
        server_id,
        uuid,
        host: global_text(&variables, "report_host"),
        port,
        semi_sync: global_text(&variables, "rpl_semi_sync_replica_enabled") == "ON",
    };
    let variables = globals.clone();
    let workers = move || global_text(&variables, "replica_parallel_workers").parse().unwrap_or(1);
    let parts = Parts {
        engine: engine.clone(),
        disk,
        statements: Arc::new(statements::SourceStatements::new(engine.clone())),
        introduction: Box::new(introduction),
        workers: Box::new(workers),
    };
    let replica = Replica::open(parts).map_err(io::Error::other)?;
    if let Some(source) = &config.replication {
        configure(&replica, source)?;
    }
    Ok(Arc::new(replica))
}

/// Follows the source that is set, unless `skip_replica_start` says otherwise.
pub fn start(replica: &Replica, globals: &GlobalVariables) {
    if !replica.settings().is_set() || global_text(globals, "skip_replica_start") == "ON" {
        return;
    }
    if let Err(error) = replica.start(Threads::BOTH) {
        tracing::error!(code = error.code, error = error.message, "replication does not start");
    }
}

/// `[replication]` of the configuration; a change there begins anew only where the source is another.
fn configure(replica: &Replica, source: &ReplicationSource) -> io::Result<()> {
    let changed = replica.change_source(|settings| {
        change::configured(settings, source);
        Ok(())
    });
    changed.map_err(io::Error::other)
}

/// A global variable as SHOW VARIABLES has it.
fn global_text(globals: &GlobalVariables, name: &str) -> String {
    let Ok(variable) = find(name) else { return String::new() };
    display(variable, &globals.get(variable))
}
