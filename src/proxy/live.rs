//! What may change while the proxy runs, as one immutable value: whoever decides sees one configuration.
//!
//! Published like a view of the cluster ([`super::topology::Views`]): a worker looks at its own copy, which costs a
//! load of a shared word as long as nothing has changed.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, Cache};

use super::backend::PoolBounds;
use super::causal::Policy;
use super::route::RuleSet;
use super::session::{Protection, ReplayLimits};
use crate::net::LoginPolicy;

/// Bounds and times that sessions keep to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest packet that a client may send, in bytes.
    pub max_allowed_packet: u64,
    /// How long a write waits while there is no primary.
    pub primary_wait: Duration,
    /// Where no GTID tells that a replica has a session's write: how long its reads stay on the
    /// primary.
    pub pin: Duration,
    /// The consistency of reads, where rules, sessions and statements do not ask for another.
    pub policy: Policy,
    /// What spares the primary.
    pub protection: Protection,
    /// Silence after which TCP asks whether a client is still there; zero for never.
    pub keepalive: Duration,
    /// How transactions are replayed that lose their server connection, if they are.
    pub replay: Option<ReplayLimits>,
    /// Client connections at once.
    pub max_connections: usize,
    /// How long running statements may go on after the order to stop.
    pub shutdown_grace: Duration,
    /// Of each worker's class cache.
    pub cache: CacheBounds,
}

/// Bounds of a worker's class cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheBounds {
    /// Shapes.
    pub entries: usize,
    /// Bytes.
    pub bytes: usize,
}

/// All that may change.
pub struct Live {
    /// Bounds and times.
    pub limits: Limits,
    /// How clients sign in.
    pub login: LoginPolicy,
    /// Exceptions.
    pub rules: Arc<RuleSet>,
    /// Of each worker's shared connections; empty where sessions have their own.
    pub pools: Box<[PoolBounds]>,
}

/// Where the current one is published. Clones share it.
#[derive(Clone)]
pub struct Lives(Arc<ArcSwap<Live>>);

/// A worker's own copy.
pub struct LiveCache(Cache<Arc<ArcSwap<Live>>, Arc<Live>>);

impl Lives {
    /// Publishes a first one.
    pub fn new(first: Live) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(first)))
    }

    /// The current one, to keep.
    pub fn current(&self) -> Arc<Live> {
        self.0.load_full()
    }

    /// Replaces it: the next statement of every session sees the new one.
    pub fn publish(&self, live: Live) {
        self.0.store(Arc::new(live));
    }

    /// A copy for one reader that looks often.
    pub fn cache(&self) -> LiveCache {
        LiveCache(Cache::new(Arc::clone(&self.0)))
    }
}

impl LiveCache {
    /// The current one.
    pub fn load(&mut self) -> &Arc<Live> {
        self.0.load()
    }
}
