//! The console: an operator's `mysql` client, pointed at the proxy itself.
//!
//! ```text
//! listen ──> door (who are you?) ──> statement ──> answers: a table of text
//! ```
//!
//! It answers what it has words for (`SHOW HELP` lists them) and refuses the rest: no SQL runs here and no server is
//! asked anything. The one thing that it changes is the configuration, to what the file says. It runs on the control thread, so that it answers while the workers are busy.
//!
//! opensrv-mysql speaks the protocol. It knows no TLS here and signs in with `mysql_native_password` only, which
//! never sends the password itself: bind the console to loopback or a private network.

mod answers;
mod door;
mod listen;
mod statement;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::config;
use crate::metrics::Page;
use crate::proxy::{Reloader, Watch};

pub use listen::serve;

/// What the console shows, and whom it lets in.
pub struct Console {
    account: config::Console,
    watch: Watch,
    metrics: Arc<dyn Page>,
    reloader: Arc<Reloader>,
}

impl Console {
    /// A console over a running proxy, for the account that the configuration names.
    pub fn new(
        account: config::Console,
        watch: Watch,
        metrics: Arc<dyn Page>,
        reloader: Arc<Reloader>,
    ) -> Self {
        Self { account, watch, metrics, reloader }
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").finish_non_exhaustive()
    }
}
