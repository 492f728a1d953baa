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
#[cfg(test)]
mod tests;

use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use tokio::sync::{Notify, watch};

use crate::gtid::Position;
use crate::proxy::causal::{self, Era, Ledger, Moment, Odds, is_hopeless};
use crate::proxy::topology::ServerId;

pub use follow::{Following, start};
pub use question::{Waited, wait_question, waited};

/// How long a server is followed closely after somebody waited for it.
const HOT: Duration = Duration::from_secs(1);

/// How often the primary is asked while somebody would wait for a server for which it seems to be no use.
const WATCH: Duration = Duration::from_millis(10);
/// Reads tell what a server has not more often than this: those between would hardly change the picture, and each
/// session knows of its own wait.
const MIN_NEWS: Duration = Duration::from_millis(1);

/// The longest list of a server's transactions that is asked for along with a read, in intervals.
const MAX_TOLD: usize = 16;

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
    /// How waits for it went.
    odds: Mutex<Odds>,
    /// Whether they are not the best. So the lock is not taken where all goes well.
    is_doubted: AtomicBool,
    /// Until when nobody waits for it, of those odds.
    shunned: AtomicU64,
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
        Era(self.era.load(Acquire))
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

    /// Whether a read may wait for the server, which was so far behind at the monitor's last look.
    pub fn may_wait(
        &self,
        server: ServerId,
        now: Moment,
        lag: Option<Duration>,
        wait: Duration,
    ) -> bool {
        let Some(cell) = self.cell(server) else { return false };
        // What is proven may be newer than the monitor's last look.
        let lag = lag.map(|lag| lag.min(now.since(self.fresh_as_of(server))));
        if is_hopeless(lag, wait) {
            return false;
        }
        let shunned = cell.is_shunned(now);
        if shunned {
            // So that it is seen when waiting is worth while again.
            self.demand(server, now);
        }
        !shunned
    }

    /// A read begins to wait for the server; `false` where another one is trying its luck.
    pub fn begin_wait(&self, server: ServerId, now: Moment, wait: Duration) -> bool {
        let Some(cell) = self.cell(server) else { return false };
        !cell.is_doubted.load(Relaxed) || cell.update(|odds| odds.begin(now, wait))
    }

    /// A read waited for the server in vain, for so long.
    pub fn missed(&self, server: ServerId, now: Moment, wait: Duration) {
        if let Some(cell) = self.cell(server) {
            cell.update(|odds| odds.missed(now, wait));
        }
    }

    /// Whether a read that waits for the server should ask what it has: nobody has told for a moment, and it is not
    /// a long list.
    pub fn wants_news(&self, server: ServerId, now: Moment) -> bool {
        let Some(cell) = self.cell(server) else { return false };
        now >= Moment(cell.learned.load(Relaxed)).after(MIN_NEWS)
            && cell.applied.load().as_ref().is_some_and(|applied| applied.parts() <= MAX_TOLD)
    }

    /// A read waited for the server since `era`, and it has this now.
    pub fn reached(&self, server: ServerId, position: &Position, era: Era, now: Moment) {
        self.learn_from_read(server, era, now, |ledger| ledger.gained(server, position));
    }

    /// A read waited for the server since `era`, and it then had all this.
    pub fn told(&self, server: ServerId, position: &Position, era: Era, now: Moment) {
        self.learn_from_read(server, era, now, |ledger| ledger.saw(server, position));
    }

    fn learn_from_read(
        &self,
        server: ServerId,
        era: Era,
        now: Moment,
        learn: impl FnOnce(&mut Ledger),
    ) {
        let Some(cell) = self.cell(server) else { return };
        if cell.is_doubted.load(Relaxed) {
            cell.update(Odds::reached);
        }
        if now < Moment(cell.learned.load(Relaxed)).after(MIN_NEWS) {
            return;
        }
        cell.learned.store(now.0, Relaxed);
        let mut ledger = self.ledger();
        // Else the answer may be one of before the server went back.
        if ledger.era() == era {
            learn(&mut ledger);
            self.publish(&ledger, server);
        }
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

    /// A server was asked at `asked`, and seen to have exactly this.
    fn seen(&self, server: ServerId, asked: Moment, position: Arc<Position>) {
        let mut ledger = self.ledger();
        let learned = self.cell(server).map_or(0, |cell| cell.learned.load(Relaxed));
        let known = ledger.applied(server);
        if learned >= asked.0 && known.is_some_and(|known| known.covers(&position)) {
            // A read has overtaken it. Whether the server went back the next question shows.
            return;
        }
        let before = ledger.fresh_as_of(server);
        ledger.has(server, position);
        self.publish(&ledger, server);
        let fresh = ledger.fresh_as_of(server);
        drop(ledger);
        let now = self.moment(Instant::now());
        if let Some(cell) = self.cell(server).filter(|cell| fresh > before && cell.is_shunned(now))
        {
            cell.update(|odds| odds.caught_up(now.since(fresh)));
        }
    }

    /// Whether nobody waits for the server, though some would.
    fn is_shunned(&self, server: ServerId) -> bool {
        let now = self.moment(Instant::now());
        self.cell(server).is_some_and(|cell| cell.is_shunned(now))
    }

    /// Has the primary asked, unless it has been a moment ago: what replicas catch up with is not older.
    fn refresh(&self, primary: ServerId) {
        let late = self.answered.borrow().after(WATCH);
        if let Some(cell) = self.cell(primary).filter(|_| self.moment(Instant::now()) > late) {
            cell.wake.notify_one();
        }
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
        // Last: who sees a new era sees what holds in it.
        self.era.store(ledger.era().0, Release);
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
    fn is_shunned(&self, now: Moment) -> bool {
        now.0 < self.shunned.load(Relaxed)
    }

    fn update<T>(&self, update: impl FnOnce(&mut Odds) -> T) -> T {
        let mut odds = self.odds.lock().unwrap_or_else(PoisonError::into_inner);
        let found = update(&mut odds);
        self.shunned.store(odds.until().0, Relaxed);
        self.is_doubted.store(!odds.are_best(), Relaxed);
        found
    }
}
