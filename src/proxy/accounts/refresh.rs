//! When the list is read again: at intervals, and when a sign-in asks for it.
//!
//! ```text
//! sign-in fails ──▶ Requests::fresh() ──▶ one task reads the list ──▶ all who wait go on
//! ```
//!
//! One task does all reading, so that a thousand failing sign-ins cost the primary one question a
//! second. A reading counts for those who asked before it began: only then does it hold what an
//! operator did before they came.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::load::Loader;
use super::{AccountList, AccountStore, FailureDelay};

/// When the list is read.
#[derive(Clone, Copy, Debug)]
pub struct RefreshSettings {
    /// Time between readings that nobody asked for: how long a revoked account can live on.
    pub interval: Duration,
    /// Shortest time from the start of one reading to the next.
    pub min_gap: Duration,
    /// Longest time that a sign-in waits for a reading.
    pub max_wait: Duration,
}

impl Default for RefreshSettings {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(10),
            min_gap: Duration::from_secs(1),
            max_wait: Duration::from_secs(3),
        }
    }
}

/// How sign-ins ask for a newer list.
#[derive(Debug)]
pub(super) struct Requests {
    wake: Arc<Notify>,
    /// When the last finished reading began.
    finished: watch::Receiver<Option<Instant>>,
    max_wait: Duration,
}

impl Requests {
    /// Waits until a reading that began after this call has ended, well or not; or too long.
    pub(super) async fn fresh(&self) {
        let asked = Instant::now();
        self.wake.notify_one();
        let mut finished = self.finished.clone();
        let done = finished.wait_for(|began| began.is_some_and(|began| began >= asked));
        let _ = tokio::time::timeout(self.max_wait, done).await;
    }
}

/// Starts the task that keeps a store's list fresh, on the current runtime; it ends with
/// `shutdown`. The list is empty until the first reading, which sign-ins wait for like any other.
pub fn start(
    loader: Loader,
    settings: RefreshSettings,
    failure_delay: FailureDelay,
    shutdown: CancellationToken,
) -> (Arc<AccountStore>, tokio::task::JoinHandle<()>) {
    let wake = Arc::new(Notify::new());
    let (finish, finished) = watch::channel(None);
    let requests = Requests { wake: Arc::clone(&wake), finished, max_wait: settings.max_wait };
    let store = Arc::new(AccountStore::new(AccountList::default(), Some(requests), failure_delay));
    let refresher = Refresher { loader, settings, store: Arc::clone(&store), wake, finish };
    let task = tokio::spawn(async move {
        shutdown.run_until_cancelled(refresher.run()).await;
    });
    (store, task)
}

struct Refresher {
    loader: Loader,
    settings: RefreshSettings,
    store: Arc<AccountStore>,
    wake: Arc<Notify>,
    finish: watch::Sender<Option<Instant>>,
}

impl Refresher {
    async fn run(self) {
        // Whether the last reading failed: said once, and once when it works again.
        let mut failing = false;
        self.loader.ready().await;
        loop {
            let began = Instant::now();
            match self.loader.load().await {
                Ok(list) => {
                    if std::mem::take(&mut failing) || self.store.list().is_empty() {
                        tracing::info!(target: "accounts", accounts = list.len(), "account list read");
                    }
                    self.store.replace(list);
                }
                Err(error) if !failing => {
                    failing = true;
                    tracing::error!(target: "accounts", %error, "the account list cannot be read; the last one stands");
                }
                Err(_) => {}
            }
            self.finish.send_replace(Some(began));
            let pause = if failing { self.settings.min_gap } else { self.settings.interval };
            let next = began + pause;
            tokio::select! {
                () = self.wake.notified() => tokio::time::sleep_until(began + self.settings.min_gap).await,
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }
}
