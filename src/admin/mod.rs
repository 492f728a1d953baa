//! What operators look at: the HTTP door (metrics, health, readiness, which statements came lately) and the
//! [`console`].
//!
//! Both run on the control thread, so a scrape never takes time from a worker. The HTTP door knows nothing of
//! topology: whoever starts it hands in a closure that says whether the proxy can serve.
//!
//! What is absent: TLS, on the HTTP door a sign-in (bind both to loopback or a private network), and anything
//! that changes state.

pub mod console;
mod pages;
mod server;
#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::metrics::Page;

pub use server::{bind, serve};

/// What the pages show.
#[derive(Clone)]
pub struct Status {
    /// Where `/metrics` comes from.
    pub metrics: Arc<dyn Page>,
    /// Whether reads and writes can be served right now; asked for each `/readyz`, so it must be
    /// quick and not block.
    pub ready: ReadyCheck,
    /// What `/shapes` shows, as JSON; `None` where there is no such page.
    pub shapes: Option<ShapesPage>,
}

/// `Ok` when reads and writes can be served, else why not, in a few words.
pub type ReadyCheck = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Asks for the shapes of the statements that came lately.
pub type ShapesPage = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = String> + Send>> + Send + Sync>;

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Status").finish_non_exhaustive()
    }
}
