//! Acknowledgement in action: what commits wait for, with a real clock and real replicas.
//!
//! The engine's publishing thread awaits groups one after the other, so the future of the oldest group keeps the
//! time for all: it wakes when a verdict comes, when the next limit is over, or when the policy changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use super::Clock;
use crate::engine::{Barrier, LoggedGroup, Passage};
use crate::gtid::GtidSet;
use crate::replication::ack::{Acks, Counts, Group, Outcome, Policy, Replica, Verdict};
use crate::value::SqlError;

/// Upper ends of the buckets of waits, in milliseconds; one more has the rest.
pub const WAIT_BUCKETS_MS: [u64; 10] = [1, 2, 5, 10, 25, 50, 100, 500, 1_000, 10_000];

/// What one sleeps where nothing will happen by itself.
const LONG: Duration = Duration::from_secs(3600);

/// Acknowledgement with its clock and those who wait.
#[derive(Debug)]
pub struct Acknowledgement {
    clock: Clock,
    state: Mutex<State>,
    /// Counts up when limits may have changed.
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    acks: Acks,
    waiters: HashMap<u64, oneshot::Sender<Outcome>>,
    waits: [u64; WAIT_BUCKETS_MS.len() + 1],
    was_degraded: bool,
}

/// One replica's state for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaState {
    /// Its id.
    pub server_id: u32,
    /// What is known of it.
    pub replica: Replica,
    /// Milliseconds that it lags; `None` where it has said nothing.
    pub lag_ms: Option<u64>,
    /// Groups of commits that it has not acknowledged.
    pub groups_behind: usize,
}

/// How acknowledgement stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AckState {
    /// Replicas that acknowledge, those that are gone included.
    pub replicas: Vec<ReplicaState>,
    /// Commits wait for what the policy says.
    pub active: bool,
    /// They are let through for now.
    pub degraded: bool,
    /// Replicas that are connected.
    pub connected: usize,
    /// Replicas in sync.
    pub in_sync: usize,
    /// Transactions that wait.
    pub waiting: usize,
    /// What was counted.
    pub counts: Counts,
    /// Groups by how long they waited: those of [`WAIT_BUCKETS_MS`] and the rest.
    pub waits: [u64; WAIT_BUCKETS_MS.len() + 1],
}

impl Acknowledgement {
    /// With a policy.
    pub fn new(policy: Policy, clock: Clock) -> Self {
        let state = State { acks: Acks::new(policy), ..State::default() };
        Self { clock, state: Mutex::new(state), changed: watch::Sender::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the machine something, and tells those who wait what comes of it.
    pub fn tell(&self, tell: impl FnOnce(&mut Acks, u64) -> Vec<Verdict>) {
        let now = self.clock.now();
        let mut state = self.lock();
        let verdicts = tell(&mut state.acks, now);
        state.pass_on(verdicts);
    }

    /// The policy.
    pub fn policy(&self) -> Policy {
        self.lock().acks.policy().clone()
    }

    /// Changes the policy, for those too that wait.
    pub fn change(&self, change: impl FnOnce(&mut Policy)) {
        self.tell(|acks, now| {
            let mut policy = acks.policy().clone();
            change(&mut policy);
            acks.set_policy(policy, now)
        });
        self.changed.send_modify(|count| *count += 1);
    }

    /// Whether writes may begin.
    ///
    /// # Errors
    /// Which replicas are missing.
    pub fn may_write(&self) -> Result<(), String> {
        let now = self.clock.now();
        self.lock().acks.may_write(now)
    }

    /// How it stands.
    pub fn state(&self) -> AckState {
        let now = self.clock.now();
        let state = self.lock();
        let acks = &state.acks;
        let replicas = acks.replicas().iter().map(|(server_id, replica)| ReplicaState {
            server_id: *server_id,
            replica: replica.clone(),
            lag_ms: acks.lag(replica, now),
            groups_behind: acks.groups_behind(replica),
        });
        AckState {
            replicas: replicas.collect(),
            active: acks.is_active(),
            degraded: acks.is_degraded(),
            connected: acks.connected(),
            in_sync: acks.in_sync(),
            waiting: acks.waiting(),
            counts: acks.counts(),
            waits: state.waits,
        }
    }

    /// The high watermark: what may be seen.
    pub fn watermark(&self) -> GtidSet {
        self.lock().acks.watermark().clone()
    }

    fn next_tick(&self) -> Duration {
        let next = self.lock().acks.next_tick();
        next.map_or(LONG, |next| self.clock.until(next))
    }

    /// Waits for a group's verdict, and meanwhile keeps the time.
    async fn verdict(self: Arc<Self>, mut verdict: oneshot::Receiver<Outcome>) -> Option<SqlError> {
        let mut changed = self.changed.subscribe();
        loop {
            let sleep = tokio::time::sleep(self.next_tick());
            tokio::select! {
                outcome = &mut verdict => return outcome.ok().and_then(|outcome| self.told(outcome)),
                () = sleep => self.tell(Acks::tick),
                _ = changed.changed() => {}
            }
        }
    }

    /// What the client hears instead of OK. The commit is durable and visible, so the error must not say that it
    /// was rolled back: 1180 is "during COMMIT" and says nothing about its outcome but the text.
    fn told(&self, outcome: Outcome) -> Option<SqlError> {
        let Outcome::Unacknowledged(lacking) = outcome else { return None };
        let message = format!(
            "Got error 0 - 'The transaction is committed on this server, but not acknowledged: {lacking}' \
             during COMMIT"
        );
        Some(SqlError::new(1180, b"HY000", message))
    }
}

impl State {
    fn pass_on(&mut self, verdicts: Vec<Verdict>) {
        for Verdict { group, outcome, waited_ms } in verdicts {
            let bucket = WAIT_BUCKETS_MS.iter().position(|end| waited_ms <= *end);
            if let Some(count) = self.waits.get_mut(bucket.unwrap_or(WAIT_BUCKETS_MS.len())) {
                *count += 1;
            }
            if let Some(waiter) = self.waiters.remove(&group) {
                // Nobody waits any more when the engine has ended.
                let _ = waiter.send(outcome);
            }
        }
        let degraded = self.acks.is_degraded();
        if std::mem::replace(&mut self.was_degraded, degraded) != degraded {
            match degraded {
                true => tracing::error!(
                    "replicas do not acknowledge in time: commits no longer wait for them"
                ),
                false => tracing::info!("replicas have caught up: commits wait for them again"),
            }
        }
    }
}

/// The engine's side of it.
#[derive(Debug)]
pub struct AckBarrier(pub Arc<Acknowledgement>);

impl Barrier for AckBarrier {
    fn passage(&self, group: &LoggedGroup) -> Passage {
        let Self(acknowledgement) = self;
        let now = acknowledgement.clock.now();
        let mut state = acknowledgement.lock();
        let LoggedGroup { end, gtids, ack } = group.clone();
        let (number, verdicts) = state.acks.logged(Group { end, asked: ack, gtids }, now);
        let own = verdicts.iter().find(|verdict| verdict.group == number).cloned();
        let (sender, receiver) = oneshot::channel();
        if own.as_ref().is_some_and(|own| !matches!(own.outcome, Outcome::Unacknowledged(_))) {
            state.pass_on(verdicts);
            return Passage::Open;
        }
        state.waiters.insert(number, sender);
        state.pass_on(verdicts);
        drop(state);
        Passage::After(Box::pin(acknowledgement.clone().verdict(receiver)))
    }

    fn log_reset(&self) {
        self.0.tell(|acks, _| {
            acks.log_reset();
            Vec::new()
        });
    }
}
