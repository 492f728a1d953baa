//! The accept loop: lets connections in, up to the limit, and hands each to the worker with the
//! fewest sessions.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::metrics::Refusal;
use crate::net::{Accepted, Listener, turn_away};
use crate::wire::error::ServerError;

use super::session::Shared;
use super::worker::Worker;

/// Pause after the system had no file handle or memory for a connection.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(50);

/// What the accept loop needs.
pub struct Frontend {
    /// The workers; never empty.
    pub workers: Vec<Worker>,
    /// The bound on client connections, and counters.
    pub shared: Arc<Shared>,
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
        let metrics = &self.shared.metrics;
        let counted = metrics.client_connected();
        let most = self.shared.lives.current().limits.max_connections;
        if metrics.client_connections() > most as i64 {
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
        self.shared.metrics.client_refused(Refusal::TooManyConnections);
        tokio::spawn(async move {
            if let Ok(stream) = accepted.into_stream(Duration::ZERO) {
                turn_away(stream, &ServerError::too_many_connections()).await;
            }
        });
    }
}
