//! The accept loop: lets connections in, up to the limit, and hands each to the worker with the
//! fewest sessions.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::metrics::{Metrics, Refusal};
use crate::net::{Accepted, Listener, turn_away};
use crate::wire::error::ServerError;

use super::worker::Worker;

/// Pause after the system had no file handle or memory for a connection.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(50);

/// What the accept loop needs.
pub struct Frontend {
    /// The workers; never empty.
    pub workers: Vec<Worker>,
    /// Client connections at once.
    pub max_connections: usize,
    /// Counters.
    pub metrics: Arc<Metrics>,
}

impl Frontend {
    /// Accepts on one listener until `shutdown`.
    pub async fn accept(&self, listener: &Listener, shutdown: &CancellationToken) {
        while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
            match accepted {
                Ok(accepted) => self.admit(accepted),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted; is `ulimit -n` high enough?");
                    tokio::time::sleep(PAUSE_AFTER_ERROR).await;
                }
            }
        }
    }

    fn admit(&self, accepted: Accepted) {
        let counted = self.metrics.client_connected();
        if self.metrics.client_connections() > self.max_connections as i64 {
            return self.refuse(accepted);
        }
        let Some(worker) = self.workers.iter().min_by_key(|worker| worker.sessions()) else {
            return self.refuse(accepted);
        };
        if let Err((accepted, _counted)) = worker.give((accepted, counted)) {
            self.refuse(accepted);
        }
    }

    /// Error 1040 instead of a greeting.
    fn refuse(&self, accepted: Accepted) {
        self.metrics.client_refused(Refusal::TooManyConnections);
        tokio::spawn(async move {
            if let Ok(stream) = accepted.into_stream(Duration::ZERO) {
                turn_away(stream, &ServerError::too_many_connections()).await;
            }
        });
    }
}
