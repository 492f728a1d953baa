//! Acknowledgement: which commits enough replicas have, and which replicas count.
//!
//! A step machine: it is told what was logged, what replicas say, and what time it is, and gives verdicts on
//! groups of commits, in the order of the log. It has no clock, no socket and no runtime.
//!
//! ```text
//! logged(group) ──▶ waiting: g1 g2 g3 …         verdicts, oldest first
//! received, applied, joined, left ──▶ replicas      acknowledged | passed (degraded) | timed out
//! tick(now) ──▶ time limits, the in-sync set
//! ```
//!
//! | level | the group is acknowledged when |
//! | --- | --- |
//! | `async` | at once |
//! | `semi_sync` | `count` replicas have it |
//! | `quorum` | a majority of `copies`, this one included, have it |
//! | `full_sync` | every replica that is in sync has applied it, and as many as `min_in_sync` |
//!
//! A replica's acknowledgement counts also after its connection ended: what is durable there stays so. A
//! restart of this server forgets them all; what was logged and not acknowledged before it is visible after it,
//! as on MySQL, because it is in the log that replicas go on from.
//!
//! A transaction that asks for more than the policy is never let through without it: while degraded, or when its
//! time is over under `degrade`, its client gets the error instead.

mod history;
mod policy;
mod replica;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

pub use policy::{AckLevel, AckPoint, OnTimeout, Policy};
pub use replica::Replica;

use crate::binlog::log::Position;
use crate::gtid::{Gtid, GtidSet};
use history::History;

/// Replicas that are remembered; past it the one that is gone for longest is forgotten.
pub const MAX_REPLICAS: usize = 256;

/// A group of commits in the log.
#[derive(Debug, Clone)]
pub struct Group {
    /// Where it ends.
    pub end: Position,
    /// What its transactions ask for beyond the policy.
    pub asked: Option<AckLevel>,
    /// Those of its transactions that replicas get.
    pub gtids: Vec<Gtid>,
}

/// What became of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As many replicas have it as were asked for.
    Acknowledged,
    /// It is let through as if `async`.
    Passed,
    /// It is visible, but its clients are told; the text says what was lacking.
    Unacknowledged(String),
}

/// The end of a group's wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The group's number from [`Acks::logged`].
    pub group: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// Milliseconds that it took.
    pub waited_ms: u64,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    group: Group,
    logged_at: u64,
    level: AckLevel,
    /// The level is more than the policy's.
    asked_more: bool,
}

/// Counts since the start, of transactions where nothing else is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Acknowledged, `async` ones not among them.
    pub acknowledged: u64,
    /// Let through without, or reported as not acknowledged.
    pub unacknowledged: u64,
    /// Those that had to wait.
    pub waits: u64,
    /// Milliseconds that they waited.
    pub waited_ms: u64,
    /// How often waiting was given up for a while.
    pub degradations: u64,
}

/// All that acknowledgement depends on.
#[derive(Debug, Default)]
pub struct Acks {
    policy: Policy,
    /// By server id.
    replicas: BTreeMap<u32, Replica>,
    /// In the order of the log.
    waiting: VecDeque<Waiting>,
    history: History,
    /// The end of the last group.
    end: Option<Position>,
    next: u64,
    /// Commits are let through as if `async`, until replicas have caught up.
    degraded: bool,
    /// What was acknowledged, or let through: what may be seen.
    watermark: GtidSet,
    counts: Counts,
}

impl Acks {
    /// With a policy.
    pub fn new(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// What is visible already, when the server starts: nothing of it waits any more.
    pub fn set_visible(&mut self, visible: GtidSet) {
        self.watermark = visible;
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Another policy, for those too that wait.
    pub fn set_policy(&mut self, policy: Policy, now: u64) -> Vec<Verdict> {
        self.policy = policy;
        self.degraded = false;
        for waiting in &mut self.waiting {
            (waiting.level, waiting.asked_more) = level(&self.policy, &waiting.group);
        }
        self.tick(now)
    }

    /// A group is in the log, durable here as `sync_binlog` says. Gives its number, under which a verdict comes:
    /// now or later.
    pub fn logged(&mut self, group: Group, now: u64) -> (u64, Vec<Verdict>) {
        let number = self.next;
        self.next += 1;
        if !group.gtids.is_empty() {
            self.end = Some(group.end);
            self.history.push(group.end, now);
        }
        let (level, asked_more) = level(&self.policy, &group);
        self.waiting.push_back(Waiting { number, group, logged_at: now, level, asked_more });
        (number, self.tick(now))
    }

    /// A replica gets the log from here on; `name` is for people.
    pub fn joined(
        &mut self,
        server: u32,
        name: String,
        from: Position,
        tells_applied: bool,
        now: u64,
    ) -> Vec<Verdict> {
        self.make_room(server);
        self.replicas.insert(server, Replica::joining(name, from, tells_applied));
        self.tick(now)
    }

    fn make_room(&mut self, server: u32) {
        if self.replicas.len() < MAX_REPLICAS || self.replicas.contains_key(&server) {
            return;
        }
        let gone = self.replicas.iter().find(|(_, replica)| !replica.connected);
        let victim = gone.or_else(|| self.replicas.iter().next()).map(|(server, _)| *server);
        if let Some(victim) = victim {
            self.replicas.remove(&victim);
        }
    }

    /// A replica's connection ended.
    pub fn left(&mut self, server: u32, now: u64) -> Vec<Verdict> {
        if let Some(replica) = self.replicas.get_mut(&server) {
            replica.connected = false;
        }
        self.tick(now)
    }

    /// A replica has everything up to there durably in its relay log.
    pub fn received(&mut self, server: u32, to: Position, now: u64) -> Vec<Verdict> {
        if let Some(replica) = self.replicas.get_mut(&server) {
            replica.received = replica.received.max(to);
        }
        self.tick(now)
    }

    /// A replica has applied everything up to there.
    pub fn applied(&mut self, server: u32, to: Position, now: u64) -> Vec<Verdict> {
        if let Some(replica) = self.replicas.get_mut(&server) {
            replica.applied = replica.applied.max(Some(to));
            replica.received = replica.received.max(to);
        }
        self.tick(now)
    }

    /// The log begins anew: positions of before mean nothing.
    pub fn log_reset(&mut self) {
        self.history.clear();
        self.replicas.clear();
        self.end = None;
        self.watermark = GtidSet::default();
    }

    /// Time has passed.
    pub fn tick(&mut self, now: u64) -> Vec<Verdict> {
        for replica in self.replicas.values_mut() {
            replica.judge(&self.policy, &self.history, now);
        }
        if self.degraded
            && let Some(end) = self.end
            && self.is_met(self.policy.level, end, false)
        {
            self.degraded = false;
        }
        let mut verdicts = Vec::new();
        while let Some(outcome) = self.outcome_of_oldest(now) {
            let Some(waiting) = self.waiting.pop_front() else { break };
            verdicts.push(self.conclude(waiting, outcome, now));
        }
        verdicts
    }

    /// When something will change if nothing is heard: milliseconds of the clock.
    pub fn next_tick(&self) -> Option<u64> {
        let oldest = self.waiting.front()?;
        let limit = (self.policy.on_timeout != OnTimeout::Block)
            .then(|| oldest.logged_at.saturating_add(self.policy.timeout_ms));
        let leaving = self.replicas.values();
        let leaving = leaving.filter_map(|replica| replica.leaves_at(&self.policy, &self.history));
        limit.into_iter().chain(leaving).min()
    }

    fn outcome_of_oldest(&mut self, now: u64) -> Option<Outcome> {
        let oldest = self.waiting.front()?;
        let (level, end, asked_more) = (oldest.level, oldest.group.end, oldest.asked_more);
        if self.is_met(level, end, asked_more) {
            return Some(Outcome::Acknowledged);
        }
        if self.degraded {
            return Some(self.given_up(asked_more, end, level));
        }
        if !asked_more && self.lacks_replicas(level) {
            self.degrade();
            return Some(Outcome::Passed);
        }
        if now < oldest.logged_at.saturating_add(self.policy.timeout_ms) {
            return None;
        }
        match self.policy.on_timeout {
            OnTimeout::Block => None,
            OnTimeout::Error => Some(Outcome::Unacknowledged(self.lacking(level, end))),
            OnTimeout::Degrade => {
                if !asked_more {
                    self.degrade();
                }
                Some(self.given_up(asked_more, end, level))
            }
        }
    }

    fn given_up(&self, asked_more: bool, end: Position, level: AckLevel) -> Outcome {
        match asked_more {
            true => Outcome::Unacknowledged(self.lacking(level, end)),
            false => Outcome::Passed,
        }
    }

    fn degrade(&mut self) {
        self.degraded = true;
        self.counts.degradations += 1;
    }

    /// `semi_sync` is not to wait for replicas that are not there.
    fn lacks_replicas(&self, level: AckLevel) -> bool {
        level == AckLevel::SemiSync
            && !self.policy.wait_without_replicas
            && self.connected() < self.policy.count as usize
    }

    fn conclude(&mut self, waiting: Waiting, outcome: Outcome, now: u64) -> Verdict {
        let waited_ms = now.saturating_sub(waiting.logged_at);
        let transactions = waiting.group.gtids.len() as u64;
        if waiting.level != AckLevel::Async {
            match outcome {
                Outcome::Acknowledged => self.counts.acknowledged += transactions,
                _ => self.counts.unacknowledged += transactions,
            }
        }
        if waited_ms > 0 {
            self.counts.waits += transactions;
            self.counts.waited_ms += waited_ms * transactions;
        }
        waiting.group.gtids.into_iter().for_each(|gtid| self.watermark.insert(gtid));
        Verdict { group: waiting.number, outcome, waited_ms }
    }

    /// Whether enough replicas have everything up to there.
    fn is_met(&self, level: AckLevel, end: Position, asked_more: bool) -> bool {
        let applied = self.policy.point == AckPoint::Applied;
        match level {
            AckLevel::Async => true,
            AckLevel::SemiSync => self.having(end, applied) >= self.policy.count.max(1) as usize,
            AckLevel::Quorum => 1 + self.having(end, applied) > self.copies() / 2,
            AckLevel::FullSync => self.all_applied(end, asked_more),
        }
    }

    fn having(&self, end: Position, applied: bool) -> usize {
        self.replicas.values().filter(|replica| replica.has(end, applied)).count()
    }

    /// Those that are in sync and tell what they apply: all must have it. Who asks for it by name wants one at
    /// least.
    fn all_applied(&self, end: Position, asked_more: bool) -> bool {
        let members =
            self.replicas.values().filter(|replica| replica.in_sync && replica.tells_applied);
        let (mut count, mut all) = (0, true);
        for member in members {
            count += 1;
            all &= member.has(end, true);
        }
        all && count >= self.policy.min_in_sync.max(u32::from(asked_more))
    }

    /// How many copies a majority is of.
    fn copies(&self) -> usize {
        match self.policy.copies {
            0 => 1 + self.replicas.len(),
            copies => copies as usize,
        }
    }

    /// What a group lacks, in words.
    fn lacking(&self, level: AckLevel, end: Position) -> String {
        let applied = self.policy.point == AckPoint::Applied;
        match level {
            AckLevel::Async => String::new(),
            AckLevel::SemiSync => {
                format!("{} of {} replicas have it", self.having(end, applied), self.policy.count)
            }
            AckLevel::Quorum => {
                let (having, copies) = (1 + self.having(end, applied), self.copies());
                format!("{having} of {copies} copies have it")
            }
            AckLevel::FullSync => {
                let applied = self.replicas.values().filter(|replica| replica.has(end, true));
                format!(
                    "{} of {} replicas in sync have applied it",
                    applied.count(),
                    self.in_sync()
                )
            }
        }
    }

    /// Whether writes may begin; else which replicas are missing.
    ///
    /// # Errors
    /// The text for the client.
    pub fn may_write(&mut self, now: u64) -> Result<(), String> {
        if self.policy.min_in_sync == 0 {
            return Ok(());
        }
        for replica in self.replicas.values_mut() {
            replica.judge(&self.policy, &self.history, now);
        }
        let in_sync = self.in_sync();
        if in_sync >= self.policy.min_in_sync as usize {
            return Ok(());
        }
        let missing: Vec<String> = self
            .replicas
            .iter()
            .filter(|(_, replica)| !replica.in_sync)
            .map(|(server, replica)| {
                let why = if replica.connected { "lags" } else { "is not connected" };
                format!("server {server} ({}) {why}", replica.name)
            })
            .collect();
        let missing = match missing.is_empty() {
            true => "no other replica has connected".to_owned(),
            false => missing.join(", "),
        };
        let wanted = self.policy.min_in_sync;
        Err(format!("{in_sync} of {wanted} replicas are in sync; {missing}"))
    }

    /// Replicas that are in sync.
    pub fn in_sync(&self) -> usize {
        self.replicas.values().filter(|replica| replica.in_sync).count()
    }

    /// Replicas that are connected and acknowledge.
    pub fn connected(&self) -> usize {
        self.replicas.values().filter(|replica| replica.connected).count()
    }

    /// All replicas that were seen, by server id.
    pub fn replicas(&self) -> &BTreeMap<u32, Replica> {
        &self.replicas
    }

    /// Milliseconds that a replica lags; `None` where that is not known.
    pub fn lag(&self, replica: &Replica, now: u64) -> Option<u64> {
        replica.lag(&self.history, self.policy.counts_applied(), now)
    }

    /// How many groups a replica has not acknowledged, as far as is remembered.
    pub fn groups_behind(&self, replica: &Replica) -> usize {
        self.history.lacking(replica.received)
    }

    /// Whether commits wait for what the policy says, rather than being let through for now.
    pub fn is_active(&self) -> bool {
        self.policy.level != AckLevel::Async && !self.degraded
    }

    /// Whether commits are let through until replicas have caught up.
    pub fn is_degraded(&self) -> bool {
        self.degraded
    }

    /// The high watermark: every transaction that may be seen.
    pub fn watermark(&self) -> &GtidSet {
        &self.watermark
    }

    /// Transactions that wait.
    pub fn waiting(&self) -> usize {
        self.waiting.iter().map(|waiting| waiting.group.gtids.len()).sum()
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}

/// The level of a group, and whether that is more than the policy's. One that no replica gets waits for none.
fn level(policy: &Policy, group: &Group) -> (AckLevel, bool) {
    match group.asked {
        _ if group.gtids.is_empty() => (AckLevel::Async, false),
        Some(asked) if asked > policy.level => (asked, true),
        _ => (policy.level, false),
    }
}
