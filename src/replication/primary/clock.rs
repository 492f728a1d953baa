//! The one clock of acknowledgement, passed in, so that tests may have another.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

/// Milliseconds since some moment; never goes back.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// The runtime's.
    pub fn real() -> Self {
        let start = Instant::now();
        Self::new(move || u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Any other.
    pub fn new(now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Milliseconds.
    pub fn now(&self) -> u64 {
        (self.0)()
    }

    /// How long it is until then.
    pub fn until(&self, then: u64) -> Duration {
        Duration::from_millis(then.saturating_sub(self.now()))
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
