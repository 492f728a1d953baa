//! Counters, gauges and histograms, resolved once and passed in.
//!
//! There is no global registry: `cli` builds one [`Metrics`] and hands it down. What happens
//! seldom (a connection, a failed sign-in, a check of a server) is counted on it directly, with
//! an atomic operation. What happens with every statement is counted on a [`LocalMetrics`], one
//! for each worker thread: plain cells addressed by small numbers, no lock, no shared cache line,
//! no look-up of label words. [`LocalMetrics::flush`] adds them to the shared ones every so often.
//!
//! Label sets are closed. Those of servers and clients are the enums of [`labels`]; the classes,
//! targets and reasons of statements belong to the rooms that decide, which hand in their words
//! as [`StatementLabels`].

mod build;
mod guard;
pub mod labels;
mod local;
mod readings;
mod server;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use prometheus::{
    HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry, TextEncoder,
};

use build::ServerVecs;

pub use guard::GaugeGuard;
pub use labels::{
    Alert, Fallback, Fate, Label, Lease, Pin, PoolWait, Refusal, ReloadResult, RuleAction,
    ServerErrorKind, ServerRole, ServerState, ShareOutcome, SignInFailure, WaitReason,
};
pub use local::LocalMetrics;
pub use readings::{ReadingKind, Readings};
pub use server::ServerMetrics;

/// What a scrape of `/metrics` gets.
pub trait Page: Send + Sync {
    /// The text in Prometheus' format.
    ///
    /// # Errors
    /// When the encoder refuses a metric, which well-formed ones never cause.
    fn render(&self) -> Result<String, prometheus::Error>;
}

impl Page for Metrics {
    fn render(&self) -> Result<String, prometheus::Error> {
        Self::render(self)
    }
}

/// The words of the labels of statements. A statement names each by its index.
#[derive(Clone, Debug)]
pub struct StatementLabels {
    /// What a statement is.
    pub classes: Vec<&'static str>,
    /// Where statements go.
    pub targets: Vec<&'static str>,
    /// Why they go there.
    pub reasons: Vec<&'static str>,
}

/// All that the proxy measures. Cheap to share: build once, wrap in an [`Arc`], pass down.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    labels: StatementLabels,
    statements: IntCounterVec,
    statement_seconds: HistogramVec,
    proxy_seconds: HistogramVec,
    client_connections: IntGauge,
    client_connections_total: IntCounter,
    refused: IntCounterVec,
    sign_in_failures: IntCounterVec,
    client_bytes: IntCounterVec,
    class_cache: IntCounterVec,
    read_retries: IntCounter,
    rule_actions: IntCounterVec,
    reloads: IntCounterVec,
    /// One counter for each [`Lease`].
    leases: Vec<IntCounter>,
    /// One for each [`Fallback`].
    fallbacks: Vec<IntCounter>,
    /// One for each [`Pin`].
    pins: Vec<IntCounter>,
    /// One for each [`PoolWait`].
    pool_waits: Vec<IntCounter>,
    /// By reason: those in vain, and those that were not.
    read_waits: Vec<[IntCounter; 2]>,
    replays: IntCounterVec,
    misroutes: IntCounter,
    /// One counter for each [`ShareOutcome`].
    share_outcomes: Vec<IntCounter>,
    primary_reads: IntGauge,
    primary_reads_waiting: IntGauge,
    primary_reads_limit: IntGauge,
    alerts: IntGaugeVec,
    /// By ids; filled from the front.
    servers: Box<[OnceLock<ServerMetrics>]>,
    vecs: ServerVecs,
    stray: ServerMetrics,
}

impl Metrics {
    /// Registers everything, with one set of server metrics for each of `servers`' names, in
    /// their order.
    ///
    /// # Errors
    ///
    /// When the registry refuses a metric, which the names in `build` never cause.
    pub fn new(labels: StatementLabels, servers: &[&str]) -> Result<Arc<Self>, prometheus::Error> {
        build::metrics(labels, servers).map(Arc::new)
    }

    /// A fresh accumulator for one worker thread.
    pub fn local(self: &Arc<Self>) -> LocalMetrics {
        LocalMetrics::new(Arc::clone(self))
    }

    /// Counts a client connection that was let in; it is open until the guard is dropped.
    pub fn client_connected(&self) -> GaugeGuard {
        self.client_connections_total.inc();
        GaugeGuard::new(self.client_connections.clone())
    }

    /// How many client connections are open.
    pub fn client_connections(&self) -> i64 {
        self.client_connections.get()
    }

    /// Counts a client connection that was closed before its session began.
    pub fn client_refused(&self, why: Refusal) {
        count(&self.refused, why.label());
    }

    /// Counts a client that could not prove who it is.
    pub fn sign_in_failed(&self, why: SignInFailure) {
        count(&self.sign_in_failures, why.label());
    }

    /// Counts a read that ran again on another server because its first one was lost.
    pub fn read_retried(&self) {
        self.read_retries.inc();
    }

    /// Counts a statement that a rule kept from running, or from going on.
    pub fn rule_acted(&self, action: RuleAction) {
        count(&self.rule_actions, action.label());
    }

    /// Counts an order to read the configuration again.
    pub fn reloaded(&self, result: ReloadResult) {
        count(&self.reloads, result.label());
    }

    /// Counts a lease of a shared server connection, or that there was none.
    pub fn leased(&self, how: Lease) {
        count_one(&self.leases, how as usize);
    }

    /// Counts a statement that did not run where it was sent first.
    pub fn fell_back(&self, why: Fallback) {
        count_one(&self.fallbacks, why as usize);
    }

    /// Counts a session that something keeps on its connection from now on.
    pub fn pinned(&self, why: Pin) {
        count_one(&self.pins, why as usize);
    }

    /// Counts a statement that could not have a shared connection at once.
    pub fn waited_in_pool(&self, how: PoolWait) {
        count_one(&self.pool_waits, how as usize);
    }

    /// Counts a read that waited for a replica.
    pub fn read_waited(&self, why: WaitReason, reached: bool) {
        if let Some([in_vain, in_time]) = self.read_waits.get(why as usize) {
            if reached { in_time.inc() } else { in_vain.inc() }
        }
    }

    /// Counts a transaction that lost its server connection, where transactions are replayed.
    pub fn replayed(&self, fate: Fate) {
        count(&self.replays, fate.label());
    }

    /// Counts a statement that a replica refused as a write.
    pub fn misrouted(&self) {
        self.misroutes.inc();
    }

    /// Counts a read that found the primary's share for reads used up.
    pub fn share_used_up(&self, outcome: ShareOutcome) {
        if let Some(counter) = self.share_outcomes.get(outcome as usize) {
            counter.inc();
        }
    }

    /// Notes the reads on the primary that are meant for replicas: how many run, how many wait, and how many
    /// may run at once (0 for any number).
    pub fn primary_reads(&self, running: u32, waiting: u32, limit: u32) {
        self.primary_reads.set(running.into());
        self.primary_reads_waiting.set(waiting.into());
        self.primary_reads_limit.set(limit.into());
    }

    /// Raises or lowers an alert.
    pub fn alert(&self, alert: Alert, raised: bool) {
        if let Ok(gauge) = self.alerts.get_metric_with_label_values(&[alert.label()]) {
            gauge.set(i64::from(raised));
        }
    }

    /// The metrics of the server with this index. An index that no server has gives metrics that
    /// are not shown.
    pub fn server(&self, index: usize) -> &ServerMetrics {
        self.servers.get(index).and_then(OnceLock::get).unwrap_or(&self.stray)
    }

    /// Shows the metrics of a further server, if there is room for its index.
    ///
    /// # Errors
    /// When the registry refuses a metric, which good names never cause.
    pub fn add_server(&self, index: usize, name: &str) -> Result<(), prometheus::Error> {
        let metrics = self.vecs.server(name)?;
        if let Some(place) = self.servers.get(index) {
            place.get_or_init(|| metrics);
        }
        Ok(())
    }

    /// Shows the metrics of a server no longer.
    pub fn remove_server(&self, name: &str) {
        self.vecs.remove(name);
    }

    /// Everything in Prometheus' text format.
    ///
    /// # Errors
    ///
    /// When the encoder refuses a metric, which well-formed ones never cause.
    pub fn render(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// Counts one on the counter of a label.
fn count_one(counters: &[IntCounter], index: usize) {
    if let Some(counter) = counters.get(index) {
        counter.inc();
    }
}

/// Counts one under a single label's word.
fn count(counters: &IntCounterVec, word: &str) {
    if let Ok(counter) = counters.get_metric_with_label_values(&[word]) {
        counter.inc();
    }
}
