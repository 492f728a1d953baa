//! What a commit waits for after it is in the log and before anybody sees it.
//!
//! The engine asks once for each group of commits and goes on with later groups meanwhile; groups become
//! visible in the order of the log. Replication counts acknowledgements behind this trait.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::gtid::Gtid;

/// Where a group of commits ended in the log.
#[derive(Debug, Clone)]
pub struct LoggedGroup {
    /// The log file.
    pub file: String,
    /// The position after its last event.
    pub position: u64,
    /// Its last transaction; none if the group has only unlogged ones.
    pub last: Option<Gtid>,
    /// How many transactions are in it.
    pub transactions: usize,
}

/// Whether a group may become visible.
pub enum Passage {
    /// At once.
    Open,
    /// When the future ends. It must end: its own time limit is its own affair.
    After(Pin<Box<dyn Future<Output = ()> + Send>>),
}

impl fmt::Debug for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "Open",
            Self::After(_) => "After",
        })
    }
}

/// Decides when what is in the log may be seen.
pub trait Barrier: Send + Sync {
    /// Called in the order of the log, by one thread at a time; must not block.
    fn passage(&self, group: &LoggedGroup) -> Passage;
}

/// Nothing to wait for.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBarrier;

impl Barrier for NoBarrier {
    fn passage(&self, _: &LoggedGroup) -> Passage {
        Passage::Open
    }
}
