//! A gauge that is one higher as long as something lives.

use prometheus::IntGauge;

/// Counts one on a gauge until it is dropped, also when its task is cancelled.
#[derive(Debug)]
#[must_use = "the gauge falls again at once when the guard is dropped"]
pub struct GaugeGuard(IntGauge);

impl GaugeGuard {
    /// Raises `gauge` by one.
    pub fn new(gauge: IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        self.0.dec();
    }
}
