//! What the primary promises, and when which promise held.

use std::sync::Mutex;
use std::time::Instant;

/// The policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Async,
    SemiSync,
    Quorum,
    FullSync,
}

impl Level {
    pub const ALL: [Self; 4] = [Self::Async, Self::SemiSync, Self::Quorum, Self::FullSync];

    pub fn name(self) -> &'static str {
        match self {
            Self::Async => "async",
            Self::SemiSync => "semi_sync",
            Self::Quorum => "quorum",
            Self::FullSync => "full_sync",
        }
    }
}

/// What happens on a time-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Late {
    Block,
    Error,
    Degrade,
}

/// The primary's settings.
#[derive(Debug, Clone)]
pub struct Terms {
    pub level: Level,
    /// Replicas that `semi_sync` waits for.
    pub count: u64,
    pub late: Late,
    pub timeout_ms: u64,
    pub min_in_sync: u64,
    pub max_lag_ms: u64,
}

impl Terms {
    /// Nothing is let through that is not acknowledged.
    pub fn strict(level: Level) -> Self {
        let min_in_sync = u64::from(level == Level::FullSync);
        let (late, timeout_ms, max_lag_ms) = (Late::Block, 60_000, 20_000);
        Self { level, count: 1, late, timeout_ms, min_in_sync, max_lag_ms }
    }

    fn late_name(&self) -> &'static str {
        match self.late {
            Late::Block => "block",
            Late::Error => "error",
            Late::Degrade => "degrade",
        }
    }

    /// Its table of the configuration; of the three copies a majority is two.
    pub fn to_toml(&self) -> String {
        format!(
            "[ack]\npolicy = \"{}\"\ncount = {}\ncopies = 3\ntimeout_ms = {}\non_timeout = \"{}\"\n\
             in_sync_max_lag_ms = {}\nmin_in_sync = {}\n",
            self.level.name(),
            self.count,
            self.timeout_ms,
            self.late_name(),
            self.max_lag_ms,
            self.min_in_sync,
        )
    }

    /// The statements that make them hold.
    pub fn to_sql(&self) -> Vec<String> {
        vec![
            format!("SET GLOBAL anabranch_ack_on_timeout = '{}'", self.late_name()),
            format!("SET GLOBAL anabranch_ack_timeout = {}", self.timeout_ms),
            format!("SET GLOBAL anabranch_ack_count = {}", self.count),
            format!("SET GLOBAL anabranch_min_in_sync = {}", self.min_in_sync),
            format!("SET GLOBAL anabranch_in_sync_max_lag = {}", self.max_lag_ms),
            format!("SET GLOBAL anabranch_ack_policy = '{}'", self.level.name()),
        ]
    }
}

/// What an acknowledged transaction's client may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// So many replicas have it.
    pub replicas: usize,
    /// All that are in sync have applied it.
    pub all_in_sync: bool,
}

/// The weakest of terms and their mixtures: statements change one part after the other.
fn promise(all: &[Terms]) -> Promise {
    let least = |part: fn(&Terms) -> u64| all.iter().map(part).min().unwrap_or(0);
    let replicas = |terms: &Terms| match terms.level {
        Level::Async => 0,
        Level::SemiSync => least(|terms| terms.count),
        Level::Quorum => 1,
        Level::FullSync => least(|terms| terms.min_in_sync),
    };
    if all.iter().any(|terms| terms.late == Late::Degrade) {
        return Promise { replicas: 0, all_in_sync: false };
    }
    Promise {
        replicas: all.iter().map(replicas).min().unwrap_or(0) as usize,
        all_in_sync: all.iter().all(|terms| terms.level == Level::FullSync),
    }
}

struct Entry {
    /// When the first statement of the change was sent.
    asked: Instant,
    /// When the last was answered.
    answered: Option<Instant>,
    terms: Terms,
}

/// Which terms held when. What overlaps a change has the weaker promise.
#[derive(Default)]
pub struct Timeline(Mutex<Vec<Entry>>);

impl Timeline {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.0.lock().expect("nobody panicked with it")
    }

    /// A change begins.
    pub fn ask(&self, terms: &Terms) {
        self.lock().push(Entry { asked: Instant::now(), answered: None, terms: terms.clone() });
    }

    /// The last change holds.
    pub fn answered(&self) {
        if let Some(last) = self.lock().last_mut() {
            last.answered = Some(Instant::now());
        }
    }

    /// When the first terms were set.
    pub fn begin(&self) -> Instant {
        self.lock().first().map_or_else(Instant::now, |first| first.asked)
    }

    /// Terms that may have held at some moment of this time.
    fn during(&self, from: Instant, to: Instant) -> Vec<Terms> {
        let entries = self.lock();
        let replaced = |at: usize| entries.get(at + 1).and_then(|next| next.answered);
        let held = entries.iter().enumerate().filter(|(at, entry)| {
            entry.asked <= to && replaced(*at).is_none_or(|replaced| replaced >= from)
        });
        held.map(|(_, entry)| entry.terms.clone()).collect()
    }

    /// What an acknowledgement says of a commit that was asked for and answered then.
    pub fn promise(&self, from: Instant, to: Instant) -> Promise {
        promise(&self.during(from, to))
    }

    /// Whether a commit may then have been told that it is not acknowledged.
    pub fn may_error(&self, from: Instant, to: Instant) -> bool {
        self.during(from, to).iter().any(|terms| terms.late == Late::Error)
    }

    /// Whether writes may then have been refused.
    pub fn may_refuse(&self, from: Instant, to: Instant) -> bool {
        self.during(from, to).iter().any(|terms| terms.min_in_sync > 0)
    }

    /// Whether nothing unacknowledged may have been seen then, whatever became of its client.
    pub fn hides_unacknowledged(&self, from: Instant, to: Instant) -> bool {
        self.during(from, to).iter().all(|terms| terms.late == Late::Block)
    }
}

#[test]
fn what_overlaps_a_change_has_the_weaker_promise() {
    let timeline = Timeline::default();
    let set = |level| {
        timeline.ask(&Terms::strict(level));
        let during = Instant::now();
        timeline.answered();
        (during, Instant::now())
    };
    let (_, quorum) = set(Level::Quorum);
    let (changing, none) = set(Level::Async);
    let (_, full) = set(Level::FullSync);
    assert_eq!(timeline.promise(quorum, quorum).replicas, 1);
    assert_eq!(timeline.promise(quorum, changing).replicas, 0);
    assert_eq!(timeline.promise(none, full).replicas, 0);
    let now = Instant::now();
    assert_eq!(timeline.promise(now, now), Promise { replicas: 1, all_in_sync: true });
}
