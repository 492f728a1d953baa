//! The servers' positions as the proxy knows them by the millisecond, for all workers.
//!
//! ```text
//! servers ──▶ follow (a task for each server) ──▶ Positions ──▶ sessions
//!    ▲                     ▲                        │  ▲
//!    │                     └── "somebody waits" ────┘  │ what a read that waited found out
//!    └──────────────── reads that wait ────────────────┘
//! ```
//!
//! What is known is in a [`Ledger`] behind a lock that only those take who learn something new. Sessions look
//! at plain atomics, and at a published pointer where they need a position.

mod follow;
mod question;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use tokio::sync::{Notify, watch};

use crate::gtid::Position;
use crate::proxy::causal::{self, Era, Ledger, Misses, Moment};
use crate::proxy::topology::ServerId;

pub use follow::{Following, start};
pub use question::wait_question;

/// How long a server is followed closely after somebody waited for it.
const HOT: Duration = Duration::from_secs(1);

/// Reads tell what a server has not more often than this: those between would hardly change the picture, and each
/// session knows of its own wait.
const MIN_NEWS: Duration = Duration::from_millis(1);

/// See the module's text.
pub struct Positions {
    epoch: Instant,
    ledger: Mutex<Ledger>,
    cells: Box<[Cell]>,
    /// When the newest question was asked that the primary has answered.
    answered: watch::Sender<Moment>,
    /// Whether the primary tells positions.
    told: AtomicU64,
    /// The ledger's era.
    era: AtomicU64,
}

/// What sessions see of one server.
#[derive(Default)]
struct Cell {
    applied: ArcSwapOption<Position>,
    fresh: AtomicU64,
    missed: AtomicU32,
    missed_last: AtomicU64,
    missed_until: AtomicU64,
    hot_until: AtomicU64,
    /// When a read last told what the server has.
    learned: AtomicU64,
    wake: Notify,
}

impl Positions {
    /// For so many servers, of which nothing is known.
    pub fn new(servers: usize) -> Self {
        Self {
            epoch: Instant::now(),
            ledger: Mutex::new(Ledger::new(servers)),
            cells: (0..servers).map(|_| Cell::default()).collect(),
            answered: watch::channel(Moment::default()).0,
            told: AtomicU64::new(0),
            era: AtomicU64::new(0),
        }
    }

    /// The moment of an instant.
    #[inline]
    pub fn moment(&self, at: Instant) -> Moment {
        Moment::default().after(at.saturating_duration_since(self.epoch)).next()
    }

    /// Whether the primary tells positions: without GTIDs it does not.
    pub fn are_told(&self) -> bool {
        self.told.load(Relaxed) != 0
    }

    /// The newest moment of which the server is known to show everything.
    #[inline]
    pub fn fresh_as_of(&self, server: ServerId) -> Moment {
        self.cell(server).map_or(Moment::default(), |cell| Moment(cell.fresh.load(Relaxed)))
    }

    /// In which what is known of servers holds.
    #[inline]
    pub fn era(&self) -> Era {
        Era(self.era.load(Relaxed))
    }

    /// Whether the server is known to have applied this.
    pub fn has(&self, server: ServerId, position: &Position) -> bool {
        let Some(cell) = self.cell(server) else { return false };
        cell.applied.load().as_ref().is_some_and(|applied| applied.covers(position))
    }

    /// What the server is known to lack of this.
    pub fn lacks(&self, server: ServerId, position: &Position) -> Position {
        match self.cell(server).and_then(|cell| cell.applied.load_full()) {
            Some(applied) => position.without(&applied),
            None => position.clone(),
        }
    }

    /// The least position that proves a server fresh as of `moment`.
    pub fn proof(&self, moment: Moment) -> Option<Arc<Position>> {
        self.ledger().proof(moment).cloned()
    }

    /// Whether a read may wait for the server.
    pub fn may_wait(
        &self,
        server: ServerId,
        now: Moment,
        lag: Option<Duration>,
        wait: Duration,
    ) -> bool {
        self.cell(server).is_some_and(|cell| cell.misses().allow(now, lag, wait))
    }

    /// A read waited for the server in vain, for so long.
    pub fn missed(&self, server: ServerId, now: Moment, wait: Duration) {
        let Some(cell) = self.cell(server) else { return };
        let misses = cell.misses().missed(now, wait);
        cell.missed.store(misses.count, Relaxed);
        cell.missed_last.store(misses.last.0, Relaxed);
        cell.missed_until.store(misses.until.0, Relaxed);
    }

    /// A read waited for the server, and it has this now.
    pub fn reached(&self, server: ServerId, position: &Position, now: Moment) {
        let Some(cell) = self.cell(server) else { return };
        if cell.missed.load(Relaxed) != 0 {
            cell.missed.store(0, Relaxed);
            cell.missed_until.store(0, Relaxed);
        }
        if now < Moment(cell.learned.load(Relaxed)).after(MIN_NEWS) {
            return;
        }
        cell.learned.store(now.0, Relaxed);
        let mut ledger = self.ledger();
        ledger.gained(server, position);
        self.publish(&ledger, server);
    }

    /// Whether a read has told since `moment` what the server has.
    fn was_told_since(&self, server: ServerId, since: Instant) -> bool {
        let since = self.moment(since);
        self.cell(server).is_some_and(|cell| cell.learned.load(Relaxed) >= since.0)
    }

    /// Somebody waits for the server: it is followed closely for a while.
    pub fn demand(&self, server: ServerId, now: Moment) {
        let Some(cell) = self.cell(server) else { return };
        if cell.hot_until.swap(now.after(HOT).0, Relaxed) < now.0 {
            cell.wake.notify_one();
        }
    }

    /// Has the primary asked for its position, unless it has been since `since`. One question answers all
    /// who wait. `false` where no answer came within `limit`.
    pub async fn ask(&self, primary: ServerId, since: Moment, limit: Duration) -> bool {
        let mut answered = self.answered.subscribe();
        let Some(cell) = self.cell(primary) else { return false };
        let waiting = async {
            while *answered.borrow_and_update() < since {
                cell.wake.notify_one();
                if answered.changed().await.is_err() {
                    return false;
                }
            }
            true
        };
        tokio::time::timeout(limit, waiting).await.unwrap_or(false)
    }

    /// The primary was asked at `asked`, and said this; nothing where it has no GTIDs.
    fn primary_said(&self, primary: ServerId, asked: Moment, position: Option<Arc<Position>>) {
        self.told.store(position.is_some().into(), Relaxed);
        let Some(position) = position else { return };
        let mut ledger = self.ledger();
        ledger.primary_said(primary, asked, position);
        for at in 0..self.cells.len() {
            self.publish(&ledger, ServerId(at as u16));
        }
        drop(ledger);
        self.answered.send_replace(asked);
    }

    /// A server was seen to have exactly this.
    fn seen(&self, server: ServerId, position: Arc<Position>) {
        let mut ledger = self.ledger();
        ledger.has(server, position);
        self.publish(&ledger, server);
    }

    /// The server does not answer.
    fn forget(&self, server: ServerId) {
        let mut ledger = self.ledger();
        ledger.forget(server);
        self.publish(&ledger, server);
    }

    /// The transaction that the server will apply next.
    fn next(&self, server: ServerId) -> Option<Position> {
        let ledger = self.ledger();
        let latest = ledger.latest().map(AsRef::as_ref);
        causal::next(ledger.applied(server)?, latest, ledger.growth())
    }

    fn is_hot(&self, server: ServerId) -> bool {
        let now = self.moment(Instant::now());
        self.cell(server).is_some_and(|cell| cell.hot_until.load(Relaxed) > now.0)
    }

    fn publish(&self, ledger: &Ledger, server: ServerId) {
        let Some(cell) = self.cell(server) else { return };
        self.era.store(ledger.era().0, Relaxed);
        let applied = ledger.applied(server);
        let same = match (&*cell.applied.load(), applied) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            (None, None) => true,
            _ => false,
        };
        if !same {
            cell.applied.store(applied.cloned());
        }
        cell.fresh.store(ledger.fresh_as_of(server).0, Relaxed);
    }

    fn cell(&self, server: ServerId) -> Option<&Cell> {
        self.cells.get(server.index())
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // What is in it is whole at every moment.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cell {
    fn misses(&self) -> Misses {
        let moment = |cell: &AtomicU64| Moment(cell.load(Relaxed));
        let (last, until) = (moment(&self.missed_last), moment(&self.missed_until));
        Misses { count: self.missed.load(Relaxed), last, until }
    }
}
