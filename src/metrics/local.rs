//! What one worker thread counts with every statement: plain cells, added to the shared metrics
//! by [`LocalMetrics::flush`].
//!
//! A statement costs one addition in a table addressed by (class, target, reason), and two
//! observations in histograms that are ours alone: a few nanoseconds, no atomic operation.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use prometheus::IntCounter;
use prometheus::local::LocalHistogram;

use super::Metrics;

/// One worker's accumulator. Not `Sync`: share it with an `Rc` among the worker's sessions, and
/// flush it about once a second and at the end (dropping it flushes too).
#[derive(Debug)]
pub struct LocalMetrics {
    shared: Arc<Metrics>,
    targets: usize,
    reasons: usize,
    /// Statements not yet flushed, by `(class * targets + target) * reasons + reason`.
    statements: Box<[Cell<u64>]>,
    /// The shared counters of `statements`, resolved when first needed: most combinations never
    /// happen, and one that did not happen is not shown.
    counters: RefCell<Box<[Option<IntCounter>]>>,
    statement_seconds: Box<[LocalHistogram]>,
    proxy_seconds: Box<[LocalHistogram]>,
    received: Pending,
    sent: Pending,
    hits: Pending,
    misses: Pending,
}

/// A count, and the shared counter that it goes to.
#[derive(Debug)]
struct Pending {
    count: Cell<u64>,
    shared: Option<IntCounter>,
}

impl Pending {
    fn new(shared: Result<IntCounter, prometheus::Error>) -> Self {
        Self { count: Cell::new(0), shared: shared.ok() }
    }

    #[inline]
    fn add(&self, count: u64) {
        self.count.set(self.count.get().wrapping_add(count));
    }

    fn flush(&self) {
        if let (1.., Some(shared)) = (self.count.get(), &self.shared) {
            shared.inc_by(self.count.take());
        }
    }
}

impl LocalMetrics {
    pub(super) fn new(shared: Arc<Metrics>) -> Self {
        let labels = &shared.labels;
        let cells = labels.classes.len() * labels.targets.len() * labels.reasons.len();
        let histograms = |shared: &prometheus::HistogramVec| {
            labels
                .targets
                .iter()
                .filter_map(|target| shared.get_metric_with_label_values(&[target]).ok())
                .map(|histogram| histogram.local())
                .collect()
        };
        let bytes = |word| Pending::new(shared.client_bytes.get_metric_with_label_values(&[word]));
        let cache = |word| Pending::new(shared.class_cache.get_metric_with_label_values(&[word]));
        Self {
            targets: labels.targets.len(),
            reasons: labels.reasons.len(),
            statements: vec![Cell::new(0); cells].into(),
            counters: RefCell::new(vec![None; cells].into()),
            statement_seconds: histograms(&shared.statement_seconds),
            proxy_seconds: histograms(&shared.proxy_seconds),
            received: bytes("received"),
            sent: bytes("sent"),
            hits: cache("hit"),
            misses: cache("miss"),
            shared,
        }
    }

    /// Counts a statement by the indices of its labels. Indices outside the lists count nothing.
    #[inline]
    pub fn statement(&self, class: usize, target: usize, reason: usize) {
        if target >= self.targets || reason >= self.reasons {
            return;
        }
        let row = class.saturating_mul(self.targets).saturating_add(target);
        let index = row.saturating_mul(self.reasons).saturating_add(reason);
        if let Some(cell) = self.statements.get(index) {
            cell.set(cell.get() + 1);
        }
    }

    /// Notes how long a statement took: `total` from being read to its answer being handed to the
    /// client, `added` the part of it until a server was given the statement.
    #[inline]
    pub fn took(&self, target: usize, total: Duration, added: Duration) {
        if let Some(histogram) = self.statement_seconds.get(target) {
            histogram.observe(total.as_secs_f64());
        }
        if let Some(histogram) = self.proxy_seconds.get(target) {
            histogram.observe(added.as_secs_f64());
        }
    }

    /// Counts bytes that came from clients.
    #[inline]
    pub fn received(&self, bytes: usize) {
        self.received.add(bytes as u64);
    }

    /// Counts bytes that went to clients.
    #[inline]
    pub fn sent(&self, bytes: usize) {
        self.sent.add(bytes as u64);
    }

    /// Counts look-ups in the class cache since the last call.
    #[inline]
    pub fn class_cache(&self, hits: u64, misses: u64) {
        self.hits.add(hits);
        self.misses.add(misses);
    }

    /// Adds everything to the shared metrics, and starts from zero.
    pub fn flush(&self) {
        self.flush_statements();
        for histogram in self.statement_seconds.iter().chain(&self.proxy_seconds) {
            histogram.flush();
        }
        for pending in [&self.received, &self.sent, &self.hits, &self.misses] {
            pending.flush();
        }
    }

    fn flush_statements(&self) {
        let mut counters = self.counters.borrow_mut();
        for (index, (cell, counter)) in self.statements.iter().zip(counters.iter_mut()).enumerate()
        {
            let count = cell.take();
            if count == 0 {
                continue;
            }
            if counter.is_none() {
                *counter = self.resolve(index);
            }
            if let Some(counter) = counter {
                counter.inc_by(count);
            }
        }
    }

    /// The shared counter of the cell at `index`.
    fn resolve(&self, index: usize) -> Option<IntCounter> {
        let labels = &self.shared.labels;
        let (row, reason) = (index / self.reasons, index % self.reasons);
        let (class, target) = (row / self.targets, row % self.targets);
        let words = [
            *labels.classes.get(class)?,
            *labels.targets.get(target)?,
            *labels.reasons.get(reason)?,
        ];
        self.shared.statements.get_metric_with_label_values(&words).ok()
    }
}

impl Drop for LocalMetrics {
    fn drop(&mut self) {
        self.flush();
    }
}
