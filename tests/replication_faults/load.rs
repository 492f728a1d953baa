//! Clients that transfer money and remember what they were told.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error};
use tokio::task::JoinHandle;

use crate::bank;
use crate::cluster::{Cluster, Copy, Disturbed, REPLICAS, connect};
use crate::numbers::Numbers;
use crate::terms::{Promise, Timeline};

/// Clients at once.
const CLIENTS: u64 = 6;

/// "Durable here, not acknowledged."
const UNACKNOWLEDGED: u16 = 1180;
/// "Too few replicas are in sync."
const REFUSED: u16 = 1290;

/// How long a client waits after its write was refused.
const REFUSED_PAUSE: Duration = Duration::from_millis(5);

/// A transfer that was acknowledged.
#[derive(Debug, Clone, Copy)]
pub struct Acknowledged {
    pub id: u64,
    pub promise: Promise,
    /// Replicas that nothing had been done to by then.
    pub undisturbed: [bool; REPLICAS],
}

/// What all clients of a round share.
pub struct Shared {
    pub addresses: [SocketAddr; 3],
    pub timeline: Arc<Timeline>,
    pub disturbed: Arc<Disturbed>,
    pub stop: AtomicBool,
    next: AtomicU64,
    done: AtomicU64,
    acknowledged: Mutex<Vec<Acknowledged>>,
    /// Committed on the primary, as 1180 said.
    durable: Mutex<Vec<u64>>,
    refused: AtomicU64,
    violations: Mutex<Vec<String>>,
}

/// What the clients have seen.
pub struct Seen {
    pub acknowledged: Vec<Acknowledged>,
    pub durable: Vec<u64>,
    pub refused: u64,
    /// Transfers that were begun.
    pub begun: u64,
}

impl Shared {
    pub fn of(cluster: &Cluster) -> Arc<Self> {
        Arc::new(Self {
            addresses: Copy::ALL.map(|copy| cluster.address(copy)),
            timeline: cluster.timeline.clone(),
            disturbed: cluster.disturbed.clone(),
            stop: AtomicBool::new(false),
            next: AtomicU64::new(1),
            done: AtomicU64::new(0),
            acknowledged: Mutex::default(),
            durable: Mutex::default(),
            refused: AtomicU64::new(0),
            violations: Mutex::default(),
        })
    }

    /// Answered commits so far.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Acquire)
    }

    pub fn has_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    pub fn violation(&self, what: String) {
        self.violations.lock().expect("no panic").push(what);
    }

    pub fn violations(&self) -> Vec<String> {
        self.violations.lock().expect("no panic").clone()
    }

    pub fn seen(&self) -> Seen {
        Seen {
            acknowledged: self.acknowledged.lock().expect("no panic").clone(),
            durable: self.durable.lock().expect("no panic").clone(),
            refused: self.refused.load(Ordering::Relaxed),
            begun: self.next.load(Ordering::Relaxed) - 1,
        }
    }
}

/// Starts the clients.
pub fn start(cluster: &Cluster, shared: &Arc<Shared>, seed: u64) -> Vec<JoinHandle<()>> {
    let client = |which| {
        let numbers = Numbers::new(seed * CLIENTS + which);
        Client { shared: shared.clone(), numbers, on_replicas: [const { None }; REPLICAS] }
    };
    (0..CLIENTS).map(|which| cluster.runtime.spawn(client(which).run())).collect()
}

struct Client {
    shared: Arc<Shared>,
    numbers: Numbers,
    /// For looking whether what was acknowledged is there.
    on_replicas: [Option<Conn>; REPLICAS],
}

impl Client {
    async fn run(mut self) {
        match connect(self.shared.addresses[0]).await {
            Ok(conn) => self.transfers(conn).await,
            Err(error) => self.lost(&error),
        }
    }

    async fn transfers(&mut self, mut conn: Conn) {
        while !self.shared.has_stopped() {
            let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
            let from = Instant::now();
            match bank::transfer(&mut conn, id, &mut self.numbers).await {
                Ok(()) => self.acknowledged(id, from).await,
                Err(Error::Server(error)) => {
                    self.refused(id, error.code, &error.message, from);
                    if let Err(error) = conn.query_drop("ROLLBACK").await {
                        return self.lost(&error);
                    }
                    tokio::time::sleep(REFUSED_PAUSE).await;
                }
                Err(error) => return self.lost(&error),
            }
        }
    }

    async fn acknowledged(&mut self, id: u64, from: Instant) {
        let (shared, now) = (self.shared.clone(), Instant::now());
        let undisturbed = |which| !shared.disturbed.at(Copy::Replica(which), now);
        let acknowledged = Acknowledged {
            id,
            promise: shared.timeline.promise(from, now),
            undisturbed: std::array::from_fn(undisturbed),
        };
        shared.acknowledged.lock().expect("no panic").push(acknowledged);
        shared.done.fetch_add(1, Ordering::Release);
        if acknowledged.promise.all_in_sync && id.is_multiple_of(4) {
            let which = self.numbers.below(REPLICAS as u64) as usize;
            self.look_for(id, which).await;
        }
    }

    /// What every replica in sync has applied is seen there at once.
    async fn look_for(&mut self, id: u64, which: usize) {
        let shared = self.shared.clone();
        let seen = self.count_on(id, which).await;
        if shared.disturbed.now(Copy::Replica(which)) {
            return;
        }
        if !matches!(seen, Ok(Some(1))) {
            shared.violation(format!("{id} was acknowledged, and replica {which} shows {seen:?}"));
        }
    }

    async fn count_on(&mut self, id: u64, which: usize) -> mysql_async::Result<Option<u64>> {
        let mut conn = match self.on_replicas[which].take() {
            Some(conn) => conn,
            None => connect(self.shared.addresses[which + 1]).await?,
        };
        let sql = format!("SELECT COUNT(*) FROM bank.ledger WHERE id = {id}");
        let seen = conn.query_first(sql).await?;
        self.on_replicas[which] = Some(conn);
        Ok(seen)
    }

    /// An error that says what became of the transfer.
    fn refused(&self, id: u64, code: u16, message: &str, from: Instant) {
        let (timeline, now) = (&self.shared.timeline, Instant::now());
        match code {
            UNACKNOWLEDGED if timeline.may_error(from, now) => {
                self.shared.durable.lock().expect("no panic").push(id);
                self.shared.done.fetch_add(1, Ordering::Release);
            }
            REFUSED if timeline.may_refuse(from, now) => {
                self.shared.refused.fetch_add(1, Ordering::Relaxed);
            }
            _ => self.shared.violation(format!("transfer {id}: error {code}: {message}")),
        }
    }

    /// A connection that breaks: only to a primary that was killed.
    fn lost(&self, error: &Error) {
        if !self.shared.disturbed.now(Copy::Primary) {
            self.shared.violation(format!("the primary's connection was lost: {error}"));
        }
    }
}
