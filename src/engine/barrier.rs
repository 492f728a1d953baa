//! What a commit waits for after it is in the log and before anybody sees it.
//!
//! The engine asks once for each group of commits and goes on with later groups meanwhile; groups become
//! visible in the order of the log. Replication counts acknowledgements behind this trait.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;

use crate::binlog::Position;
use crate::gtid::Gtid;
use crate::value::SqlError;

/// How much a transaction waits for beyond being durable here; each more than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum AckLevel {
    /// Nothing.
    #[default]
    Async,
    /// So many replicas as are configured have it.
    SemiSync,
    /// A majority of all copies have it.
    Quorum,
    /// Every replica that is in sync has applied it.
    FullSync,
}

impl AckLevel {
    /// All, the least first.
    pub const ALL: [Self; 4] = [Self::Async, Self::SemiSync, Self::Quorum, Self::FullSync];

    /// Its name in configuration and variables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Async => "async",
            Self::SemiSync => "semi_sync",
            Self::Quorum => "quorum",
            Self::FullSync => "full_sync",
        }
    }
}

impl FromStr for AckLevel {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|level| level.name().eq_ignore_ascii_case(text)).ok_or(())
    }
}

/// Where a group of commits ended in the log.
#[derive(Debug, Clone)]
pub struct LoggedGroup {
    /// The position after its last event.
    pub end: Position,
    /// Its transactions that replicas get: unlogged ones are not among them.
    pub gtids: Vec<Gtid>,
    /// The most that one of its transactions asks for.
    pub ack: Option<AckLevel>,
}

/// What a group waits for; it gives what the clients are told instead of "done", if anything. The group becomes
/// visible all the same.
pub type Wait = Pin<Box<dyn Future<Output = Option<SqlError>> + Send>>;

/// Whether a group may become visible.
pub enum Passage {
    /// At once.
    Open,
    /// When the future ends. It must end: its own time limit is its own affair.
    After(Wait),
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
    /// Called in the order of the log, by one thread at a time, before replicas can read the group; must not
    /// block.
    fn passage(&self, group: &LoggedGroup) -> Passage;

    /// The log has begun anew: earlier positions mean nothing.
    fn log_reset(&self) {}
}

/// Nothing to wait for.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBarrier;

impl Barrier for NoBarrier {
    fn passage(&self, _: &LoggedGroup) -> Passage {
        Passage::Open
    }
}
