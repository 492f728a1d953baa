//! The accept loop: lets connections in, up to the limit, each as a task of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::session;
use super::shared::Shared;
use crate::net::{Accepted, Listener, turn_away};
use crate::wire::error::ServerError;

/// Pause after the system had no file handle or memory for a connection.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(50);

/// What the accept loop needs.
#[derive(Clone)]
pub struct Frontend {
    /// What all sessions share.
    pub shared: Arc<Shared>,
    /// The sessions' tasks.
    pub tasks: TaskTracker,
    /// No new connections, and idle ones end.
    pub shutdown: CancellationToken,
}

impl Frontend {
    /// Accepts on one listener until shutdown.
    pub async fn accept(self, listener: Listener) {
        while let Some(accepted) = self.shutdown.run_until_cancelled(listener.accept()).await {
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
        if self.shared.processes.len() >= self.shared.settings.max_connections {
            self.tasks.spawn(refuse(accepted));
            return;
        }
        let closing = self.shutdown.child_token();
        self.tasks.spawn(session::serve(self.shared.clone(), accepted, closing));
    }
}

/// Error 1040 instead of a greeting.
async fn refuse(accepted: Accepted) {
    if let Ok(stream) = accepted.into_stream(Duration::ZERO) {
        turn_away(stream, &ServerError::too_many_connections()).await;
    }
}
