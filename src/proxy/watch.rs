//! What an operator may see of a running proxy.

use std::fmt;
use std::sync::Arc;

use super::session::Shared;
use super::topology::{ServerId, View};

/// A look into a running proxy.
#[derive(Clone)]
pub struct Watch {
    shared: Arc<Shared>,
}

/// One client's connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLine {
    /// The id that its client was greeted with.
    pub id: u32,
    /// Who signed in.
    pub user: Arc<str>,
    /// Where its statement runs, or ran last, and that server's own id for the connection.
    pub last: Option<(ServerId, u32)>,
}

impl Watch {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The cluster as it is seen now.
    pub fn view(&self) -> Arc<View> {
        self.shared.views.current()
    }

    /// Statements that the proxy has running on a server.
    pub fn in_flight(&self, server: ServerId) -> u32 {
        self.shared.connector.load(server).in_flight()
    }

    /// Every client that is signed in, by id.
    pub fn sessions(&self) -> Vec<SessionLine> {
        let mut lines = self.shared.registry.lines();
        lines.sort_unstable_by_key(|line| line.id);
        lines
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
