//! `[proxy]`, the part about sharing connections to servers.

use std::time::Duration;

use super::section::Section;

/// For how long a session keeps a server connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolingMode {
    /// Each session has its own, until it ends.
    Session,
    /// For a statement or a transaction; sessions share them.
    Transaction,
}

/// How server connections are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pooling {
    /// Whether they are.
    pub mode: PoolingMode,
    /// Connections to one server for one account at once, of all workers together.
    pub max_connections: usize,
    /// How long a statement waits for one.
    pub wait: Duration,
    /// An idle one is closed after this time.
    pub idle: Duration,
    /// One older than this is not used again.
    pub age: Duration,
}

pub(super) fn read(proxy: &Section) -> Pooling {
    let modes = [("session", PoolingMode::Session), ("transaction", PoolingMode::Transaction)];
    let most = proxy.integer("max_server_connections", 1..=100_000, 100);
    Pooling {
        mode: proxy.choice("pooling", &modes).unwrap_or(PoolingMode::Session),
        max_connections: usize::try_from(most).unwrap_or(usize::MAX),
        wait: proxy.milliseconds("pool_wait_ms", 0..=600_000, 5_000),
        idle: proxy.milliseconds("pool_idle_ms", 1_000..=86_400_000, 60_000),
        age: proxy.milliseconds("pool_age_ms", 1_000..=604_800_000, 3_600_000),
    }
}
