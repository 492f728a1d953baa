//! Readers: one for each copy, which checks every snapshot that it gets.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error};
use tokio::task::JoinHandle;

use crate::bank;
use crate::cluster::{Cluster, Copy, connect};
use crate::load::Shared;

/// Between two attempts to reach a copy that was killed.
const RETRY: Duration = Duration::from_millis(10);

/// Between two snapshots: readers look, they are not the load.
const PAUSE: Duration = Duration::from_millis(5);

/// What readers have seen.
#[derive(Default)]
pub struct Read {
    snapshots: AtomicU64,
    /// Transfers that were visible on the primary, and when they were first.
    visible: Mutex<HashMap<u64, Instant>>,
}

impl Read {
    pub fn snapshots(&self) -> u64 {
        self.snapshots.load(Ordering::Relaxed)
    }

    pub fn visible(&self) -> HashMap<u64, Instant> {
        self.visible.lock().expect("no panic").clone()
    }
}

/// Starts a reader for each copy.
pub fn start(cluster: &Cluster, shared: &Arc<Shared>, read: &Arc<Read>) -> Vec<JoinHandle<()>> {
    let reader = |copy| Reader { copy, shared: shared.clone(), read: read.clone() };
    Copy::ALL.map(|copy| cluster.runtime.spawn(reader(copy).run())).into()
}

struct Reader {
    copy: Copy,
    shared: Arc<Shared>,
    read: Arc<Read>,
}

impl Reader {
    async fn run(self) {
        while !self.shared.has_stopped() {
            if let Err(error) = self.look_while_it_goes().await {
                let copy = self.copy;
                if matches!(error, Error::Server(_)) || !self.shared.disturbed.now(copy) {
                    return self.shared.violation(format!("a reader of {copy:?}: {error}"));
                }
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    async fn look_while_it_goes(&self) -> mysql_async::Result<()> {
        let mut conn = connect(self.shared.addresses[self.copy.index()]).await?;
        while !self.shared.has_stopped() {
            self.look(&mut conn).await?;
            tokio::time::sleep(PAUSE).await;
        }
        conn.disconnect().await
    }

    /// One snapshot.
    async fn look(&self, conn: &mut Conn) -> mysql_async::Result<()> {
        conn.query_drop("START TRANSACTION WITH CONSISTENT SNAPSHOT").await?;
        let sum: Option<i64> = conn.query_first("SELECT SUM(balance) FROM bank.account").await?;
        let torn: Vec<(u64, i64)> = conn.query(bank::TORN).await?;
        let ids: Vec<u64> = conn.query("SELECT id FROM bank.ledger").await?;
        let traces: Option<(u64, u64)> =
            conn.query_first("SELECT COUNT(*), COUNT(DISTINCT id) FROM bank.trace").await?;
        conn.query_drop("COMMIT").await?;
        let count = ids.len() as u64;
        if sum != Some(bank::TOTAL) || !torn.is_empty() || traces != Some((count, count)) {
            let what = format!("sum {sum:?}, torn {torn:?}, {count} transfers, traces {traces:?}");
            self.shared.violation(format!("a snapshot of {:?}: {what}", self.copy));
        }
        self.read.snapshots.fetch_add(1, Ordering::Relaxed);
        if self.copy == Copy::Primary {
            let now = Instant::now();
            let mut visible = self.read.visible.lock().expect("no panic");
            for id in ids {
                visible.entry(id).or_insert(now);
            }
        }
        Ok(())
    }
}
