//! What every long-running command sets up: log lines and signals.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Sends log lines to standard error; a second call in one process changes nothing.
pub(super) fn start_logging(log: &Log) {
    let filter = EnvFilter::new(&log.filter);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match log.format {
        LogFormat::Text => lines.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    if let Err(error) = started {
        eprintln!("anabranch: logging was started before: {error}");
    }
}

/// Cancels `shutdown` when standard input ends: for a child that must not outlive who started it.
pub(super) fn stop_when_input_ends(shutdown: &CancellationToken) {
    let shutdown = shutdown.clone();
    // a thread of its own, because a runtime would wait at its end for a read that blocks
    std::thread::spawn(move || {
        // what comes on it is of no interest, and an error is an end too
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        shutdown.cancel();
    });
}

/// Does something at each SIGHUP, one after the other.
pub(super) fn on_hangup<F: Future<Output = ()> + Send + 'static>(
    act: impl Fn() -> F + Send + 'static,
) -> io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            act().await;
        }
    });
    Ok(())
}

/// Cancels `shutdown` at the first SIGTERM or SIGINT.
pub(super) fn stop_on_signal(shutdown: &CancellationToken) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "stopping");
        shutdown.cancel();
    });
    Ok(())
}
