//! `anabranch proxy --config FILE`: logs, metrics, signals, then the proxy itself.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::admin::{self, console, console::Console};
use crate::config::{self, Config};
use crate::metrics::Metrics;
use crate::proxy::shapes::Board;

use super::process::{on_hangup, stop_on_signal, stop_when_input_ends};
use super::service::Service;

const HELP: &str = "\
Example:
  anabranch proxy --config config/anabranch.toml
  mariadb --host 127.0.0.1 --port 4406 --user app --password

SIGHUP makes it read the file again, whole or not at all: the log says what has changed, or why nothing
has. `anabranch check FILE --diff RUNNING` says so before.

SIGTERM and SIGINT stop it: no new connection is accepted, running statements get
`shutdown_grace_ms` to end, then the connections are closed.

Exit codes:
  0  stopped by a signal
  1  could not start, for example because of a mistake in the file or an address in use
  2  the command line is wrong";

/// Runs the proxy until it is told to stop
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    service: Service,
}

pub(super) fn run(args: &Args) -> ExitCode {
    args.service.run(config::load, |config| &config.log, start)
}

/// Builds the control thread's runtime and runs the proxy on it.
fn start(config: &Config, until_input_ends: bool) -> Result<(), StartError> {
    let names: Vec<&str> = config.servers.iter().map(|server| server.name.as_str()).collect();
    let metrics = Metrics::new(crate::proxy::labels(), &names)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let shutdown = CancellationToken::new();
        stop_on_signal(&shutdown)?;
        if until_input_ends {
            stop_when_input_ends(&shutdown);
        }
        run_proxy(config, metrics, shutdown).await
    })
}

/// Starts the proxy, the HTTP port and the console beside it; returns when all have stopped.
async fn run_proxy(
    config: &Config,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
) -> Result<(), StartError> {
    let http = match &config.http {
        Some(http) => Some(admin::bind(http.listen, "http").await.map_err(StartError::Proxy)?),
        None => None,
    };
    let console = match &config.console {
        Some(account) => {
            let listener =
                admin::bind(account.listen, "console").await.map_err(StartError::Proxy)?;
            Some((listener, account.clone()))
        }
        None => None,
    };
    let started = crate::proxy::start(config, metrics.clone(), &shutdown).await;
    let started = started.map_err(StartError::Proxy)?;
    let reloader = started.reloader;
    on_hangup({
        let reloader = reloader.clone();
        move || {
            let reloader = reloader.clone();
            // What became of it is in the log.
            async move { drop(reloader.reload().await) }
        }
    })?;
    let mut serving = Vec::new();
    if let Some((listener, account)) = console {
        let console = Console::new(account, started.watch.clone(), metrics.clone(), reloader);
        serving.push(tokio::spawn(console::serve(listener, Arc::new(console), shutdown.clone())));
    }
    if let Some(listener) = http {
        let watch = started.watch;
        let ready: admin::ReadyCheck = Arc::new(move || crate::proxy::readiness(&watch.view()));
        let shapes = Some(shapes_page(started.shapes));
        let status = admin::Status { metrics, ready, shapes };
        serving.push(tokio::spawn(admin::serve(listener, status, shutdown.clone())));
    }
    started.running.serve(&shutdown).await;
    for task in serving {
        // It ends with the same token; a failure of it was logged where it happened.
        let _ = task.await;
    }
    Ok(())
}

fn shapes_page(board: Arc<Board>) -> admin::ShapesPage {
    Arc::new(move || {
        let board = board.clone();
        Box::pin(async move { serde_json::json!(board.ask().await).to_string() })
    })
}

/// Why the proxy did not start, or stopped without being told to.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("cannot set up the process: {0}; check the limits of this user (`ulimit -a`)")]
    System(#[from] io::Error),
    #[error("cannot set up metrics: {0}; this is a mistake in anabranch, please report it")]
    Metrics(#[from] prometheus::Error),
    #[error("{0}")]
    Proxy(io::Error),
}
