//! `anabranch server --config FILE`: logs, signals, then the bundled server itself.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::process::{stop_on_signal, stop_when_input_ends};
use super::service::Service;
use crate::admin;
use crate::config::{self, ServerConfig};
use crate::server::Server;

const HELP: &str = "\
Example:
  anabranch server --config config/server.toml
  mariadb --host 127.0.0.1 --port 4410 --user root

SIGTERM and SIGINT stop it: no new connection is accepted, running statements get
`shutdown_grace_ms` to end, then the connections and the log are closed.

Exit codes:
  0  stopped by a signal
  1  could not start, for example because of a mistake in the file or data in use
  2  the command line is wrong";

/// Runs a bundled MySQL-compatible server until it is told to stop
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    service: Service,
}

pub(super) fn run(args: &Args) -> ExitCode {
    args.service.run(config::load_server, |config| &config.log, start)
}

/// Builds the runtime and runs the server on it.
fn start(config: &ServerConfig, until_input_ends: bool) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let shutdown = CancellationToken::new();
        stop_on_signal(&shutdown)?;
        if until_input_ends {
            stop_when_input_ends(&shutdown);
        }
        let http = match &config.http {
            Some(http) => Some(admin::bind(http.listen, "http").await?),
            None => None,
        };
        let server = Server::open(config).await?;
        for address in server.addresses() {
            tracing::info!(%address, "listening");
        }
        let metrics = Arc::new(server.metrics().map_err(io::Error::other)?);
        let ready = Arc::new(server.readiness());
        let status = admin::Status { metrics, ready, shapes: None };
        let pages = http.map(|http| tokio::spawn(admin::serve(http, status, shutdown.clone())));
        server.serve(&shutdown).await;
        if let Some(pages) = pages {
            // It ends with the same token; a failure of it was logged where it happened.
            let _ = pages.await;
        }
        Ok(())
    })
}
