//! The proxy: sessions, routing, backends and topology.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::metrics::{Metrics, StatementLabels};

pub mod accounts;
pub mod topology;

/// The words of the labels of statements.
pub fn labels() -> StatementLabels {
    StatementLabels { classes: vec![], targets: vec![], reasons: vec![] }
}

/// Runs the proxy until `shutdown` is cancelled.
///
/// # Errors
///
/// When it cannot start; the text says what to do.
pub async fn run(
    config: Config,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let _ = (config, metrics, shutdown);
    Err(std::io::Error::other("the data path is not part of this build; use a released one"))
}
