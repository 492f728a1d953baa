//! What must hold, after each step and at the end.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::clients::outcome;
use super::server::{is_like, name, uuid};
use super::truth::{Checked, Told, ensure, prefix};
use super::world::{UNIT, World};
use crate::binlog::log::Position;
use crate::disk::Faults;
use crate::gtid::GtidSet;
use crate::replication::ack::{AckLevel, AckPoint, OnTimeout, Policy};
use crate::replication::primary::AckState;
use crate::wire::replication::ReportKind;

/// Longest wait for the primary's thread that publishes: real time.
const LIMIT: Duration = Duration::from_secs(20);

/// Rounds within which all must be equal once nothing goes wrong any more.
const ROUNDS: usize = 600;

impl World {
    /// Looks at the primary after anything that may have let transactions through.
    pub fn observe(&mut self) -> Checked {
        if self.servers[0].life.is_none() || self.servers[0].is_dead() {
            return Ok(());
        }
        self.await_publication()?;
        let life = self.servers[0].life();
        let state = life.acknowledgement().state();
        let policy = life.acknowledgement().policy();
        let count = prefix(&life.engine.database().executed, uuid(0), "the primary")?;
        self.check_degraded(&state, &policy)?;
        self.check_in_sync(&state, &policy)?;
        for at in self.truth.visible..count {
            self.check_visible(at, &state, &policy)?;
        }
        if count != self.truth.visible {
            let rows = self.servers[0].life().read(uuid(0), "the primary")?.1;
            is_like("the primary", &rows, &self.truth.states[count], count)?;
        }
        ensure(count >= self.truth.visible, || "what was visible is not any more".to_owned())?;
        self.truth.visible = count;
        Ok(())
    }

    /// The one thread that runs beside the simulation is waited for: what may be seen is seen before time goes on.
    fn await_publication(&mut self) -> Checked {
        let life = self.servers[0].life();
        let until = Instant::now() + LIMIT;
        let watermark = life.acknowledgement().watermark();
        while !life.engine.database().executed.contains_all(&watermark) {
            ensure(Instant::now() < until, || "the primary does not publish".to_owned())?;
            std::thread::yield_now();
        }
        let executed = GtidSet::clone(&life.engine.database().executed);
        ensure(watermark.contains_all(&executed), || {
            format!("visible: {executed}, and acknowledged only {watermark}")
        })
    }

    /// A transaction has become visible: was it allowed to?
    fn check_visible(&mut self, at: usize, state: &AckState, policy: &Policy) -> Checked {
        let told = self.await_answer(at)?;
        let number = at + 1;
        let transaction = &self.truth.log[at];
        let level = transaction.asked.unwrap_or_default().max(policy.level);
        let asked_more = level > policy.level;
        let is_late = self.now() >= transaction.logged_at + policy.timeout_ms;
        let is_met = self.is_met(level, at, asked_more, state, policy);
        let holders = self.holders(at, false);
        self.say(|| {
            format!("visible {number}: {level:?} met {is_met} {told:?} held by {holders:?}")
        });
        let excuse = match told {
            Told::Done if is_met => true,
            Told::Done => state.degraded && !asked_more,
            _ => state.degraded || (is_late && policy.on_timeout != OnTimeout::Block),
        };
        ensure(excuse, || {
            format!(
                "{number} is visible as {told:?} without {level:?}, held by {holders:?}, {policy:?}"
            )
        })?;
        self.counts.unacknowledged += u64::from(told == Told::Unacknowledged);
        // without replicas a policy may be met by nobody
        let strong = told == Told::Done
            && is_met
            && level != AckLevel::Async
            && !state.degraded
            && !holders.is_empty();
        self.counts.promised += u64::from(strong);
        let transaction = &mut self.truth.log[at];
        transaction.told = told;
        transaction.promised = strong.then_some(level);
        transaction.holders = if strong { holders } else { Vec::new() };
        Ok(())
    }

    /// The client's answer, which comes right after its transaction is visible.
    fn await_answer(&mut self, at: usize) -> Checked<Told> {
        let until = Instant::now() + LIMIT;
        self.waiting.retain_mut(|waiting| {
            waiting.number.is_some() || outcome(&mut waiting.ticket).is_none()
        });
        let found = self.waiting.iter().position(|waiting| waiting.number == Some(at));
        let Some(mut waiting) = found.map(|place| self.waiting.remove(place)) else {
            return Ok(Told::Lost);
        };
        loop {
            match outcome(&mut waiting.ticket) {
                Some(Ok(())) => return Ok(Told::Done),
                Some(Err(error)) => {
                    let expected = error.code == 1180;
                    ensure(expected, || {
                        format!("{} is visible, and failed: {}", at + 1, error.message)
                    })?;
                    return Ok(Told::Unacknowledged);
                }
                None => std::thread::yield_now(),
            }
            ensure(Instant::now() < until, || format!("the client of {} is not answered", at + 1))?;
        }
    }

    /// The servers that have said that they have it.
    fn holders(&self, at: usize, applied: bool) -> Vec<usize> {
        let has = |number: &usize| {
            let claims = self.truth.claims[*number];
            let count = if applied { claims.applied } else { claims.received };
            self.servers[*number].role.source == Some(0) && count > at
        };
        (1..self.servers.len()).filter(has).collect()
    }

    /// Whether a level is met, by what replicas have said rather than by what the primary made of it.
    fn is_met(
        &self,
        level: AckLevel,
        at: usize,
        asked_more: bool,
        state: &AckState,
        policy: &Policy,
    ) -> bool {
        let having = self.holders(at, policy.point == AckPoint::Applied).len();
        match level {
            AckLevel::Async => true,
            AckLevel::SemiSync => having >= policy.count as usize,
            AckLevel::Quorum => {
                let copies = match policy.copies {
                    0 => 1 + state.replicas.len(),
                    copies => copies as usize,
                };
                1 + having > copies / 2
            }
            AckLevel::FullSync => {
                let applied: BTreeSet<usize> = self.holders(at, true).into_iter().collect();
                let members = state
                    .replicas
                    .iter()
                    .filter(|replica| replica.replica.in_sync && replica.replica.tells_applied);
                let members: Vec<usize> =
                    members.map(|replica| replica.server_id as usize - 1).collect();
                let least = policy.min_in_sync.max(u32::from(asked_more)) as usize;
                members.len() >= least && members.iter().all(|member| applied.contains(member))
            }
        }
    }

    /// Waiting is given up only when time is over, or where it makes no sense by the policy.
    fn check_degraded(&mut self, state: &AckState, policy: &Policy) -> Checked {
        let began = state.degraded && !self.was_degraded;
        self.was_degraded = state.degraded;
        if !began {
            return Ok(());
        }
        self.counts.degraded += 1;
        let oldest = self.truth.log.get(self.truth.visible);
        let is_late =
            oldest.is_some_and(|oldest| self.now() >= oldest.logged_at + policy.timeout_ms);
        let is_alone = policy.level == AckLevel::SemiSync
            && !policy.wait_without_replicas
            && state.connected < policy.count as usize;
        let allowed = (is_late && policy.on_timeout == OnTimeout::Degrade) || is_alone;
        ensure(allowed, || format!("waiting is given up without a reason: {policy:?}"))
    }

    /// No replica that keeps up is left out of the in-sync set, and none that is gone is in it.
    fn check_in_sync(&self, state: &AckState, policy: &Policy) -> Checked {
        for replica in &state.replicas {
            let number = replica.server_id as usize - 1;
            let claims = self.truth.claims[number];
            let counted = match policy.counts_applied() {
                true => claims.heard_applied,
                false => claims.heard_received,
            };
            let Some(counted) = counted.filter(|_| replica.replica.connected) else {
                let left = !replica.replica.in_sync;
                ensure(left, || format!("{} is in sync and is gone or silent", name(number)))?;
                continue;
            };
            let lacking = self.truth.log.iter().skip(counted).find(|lacking| !lacking.from_before);
            let lag = lacking.map_or(0, |lacking| self.now() - lacking.logged_at);
            let keeps_up = lag <= policy.in_sync_max_lag_ms / 2;
            ensure(replica.replica.in_sync || !keeps_up, || {
                format!("{} lags {} and is not in sync", name(number), lag / UNIT)
            })?;
        }
        Ok(())
    }

    /// A replica says that it has the first so many transactions. It must be so.
    pub fn claim(&mut self, number: usize, count: usize, kind: Option<ReportKind>) -> Checked {
        let life = self.servers[number].life();
        let who = name(number);
        let has = life.has(uuid(0), &who)?;
        ensure(has >= count, || format!("{who} claims {count} transactions and has {has}"))?;
        let claims = &mut self.truth.claims[number];
        claims.received = claims.received.max(count);
        if kind == Some(ReportKind::Applied) {
            let applied = life.read(uuid(0), &who)?.0;
            ensure(applied >= count, || {
                format!("{who} claims to have applied {count}, not {applied}")
            })?;
            claims.applied = claims.applied.max(count);
        }
        Ok(())
    }

    /// The primary has heard of a replica.
    pub fn heard(&mut self, number: usize, end: Position, applied: bool) {
        let count = self.truth.until(end);
        let claims = &mut self.truth.claims[number];
        claims.heard_received = claims.heard_received.map(|heard| heard.max(count));
        if applied {
            claims.heard_applied = claims.heard_applied.max(Some(count));
        }
    }

    /// A replica has joined, from there on.
    pub fn joined(&mut self, number: usize, from: Position) {
        let count = self.truth.until(from);
        let claims = &mut self.truth.claims[number];
        (claims.heard_received, claims.heard_applied) = (Some(count), None);
    }

    /// The primary remembers nothing of before its start.
    pub fn forget_heard(&mut self) {
        for claims in &mut self.truth.claims {
            (claims.heard_received, claims.heard_applied) = (None, None);
        }
    }

    /// A server shows what the primary showed after as many transactions.
    pub fn check_rows(&self, number: usize) -> Checked {
        let who = name(number);
        let (count, rows) = self.servers[number].life().read(uuid(0), &who)?;
        let known = self.truth.log.len();
        ensure(count <= known, || format!("{who} has {count} transactions of {known}"))?;
        is_like(&who, &rows, &self.truth.states[count], count)
    }

    /// Nothing goes wrong any more: all copies become equal, every client has its answer, and writes go on.
    pub fn converge(&mut self) -> Checked {
        self.say(|| "from here on nothing goes wrong".to_owned());
        for number in 0..self.servers.len() {
            if self.servers[number].life.is_some() && self.servers[number].faulty {
                self.crash_server(number, true)?;
            }
            self.servers[number].disk.set_faults(Faults::default());
            if self.servers[number].life.is_none() {
                self.bring_up(number)?;
            }
        }
        self.links.iter_mut().for_each(|link| link.broken = true);
        if self.random.once_in(2) {
            self.servers[0].policy.on_timeout = OnTimeout::Block;
            self.apply_policy()?;
        }
        self.settle_all()?;
        let all_in_sync = Policy {
            level: AckLevel::FullSync,
            on_timeout: OnTimeout::Block,
            min_in_sync: self.own_replicas() as u32,
            ..self.servers[0].policy.clone()
        };
        self.servers[0].policy = all_in_sync;
        self.apply_policy()?;
        let before = self.truth.log.len();
        for _ in 0..ROUNDS {
            self.round()?;
            self.write()?;
            if self.truth.log.len() > before {
                return self.settle_all();
            }
        }
        ensure(false, || "nothing can be written any more".to_owned())
    }

    /// Takes rounds until every copy has everything and every client its answer.
    pub fn settle_all(&mut self) -> Checked {
        for _ in 0..ROUNDS {
            self.round()?;
            if self.is_settled()? {
                return (0..self.servers.len()).try_for_each(|number| self.check_rows(number));
            }
        }
        let mut has = Vec::new();
        for server in &self.servers {
            has.push(server.life().read(uuid(0), &name(server.role.number))?.0);
        }
        let state = self.servers[0].life().acknowledgement().state();
        ensure(false, || {
            format!(
                "the copies do not become equal: {has:?} of {}; {state:?}",
                self.truth.log.len()
            )
        })
    }

    fn is_settled(&mut self) -> Checked<bool> {
        for number in 0..self.servers.len() {
            let executed = &self.servers[number].life().engine.database().executed;
            if prefix(executed, uuid(0), &name(number))? < self.truth.log.len() {
                return Ok(false);
            }
        }
        if self.servers[0].life().acknowledgement().state().waiting > 0 {
            return Ok(false);
        }
        let until = Instant::now() + LIMIT;
        while !self.waiting.is_empty() && Instant::now() < until {
            self.waiting.retain_mut(|waiting| outcome(&mut waiting.ticket).is_none());
            std::thread::yield_now();
        }
        ensure(self.waiting.is_empty(), || "a client is not answered".to_owned())?;
        Ok(true)
    }

    /// Everything takes its steps, in order.
    pub fn round(&mut self) -> Checked {
        for number in 1..self.servers.len() {
            let Some(side) = &mut self.servers[number].life_mut().follower else { continue };
            side.receives = true;
            if !side.applies() {
                side.start_applier();
            }
            if side.intake.is_none() {
                self.connect_replica(number)?;
            }
            self.apply(number)?;
            self.servers[number].life().engine.step_commits();
        }
        for at in 0..self.links.len() {
            self.send(at, false)?;
            let now = self.now();
            while self.links[at].receiving
                && self.links[at].carries(now)
                && self.links[at].down.has(now)
            {
                self.receive(at)?;
            }
            if self.links[at].receiving {
                self.settle(at)?;
            }
            while self.links[at].sending.is_some()
                && self.links[at].carries(now)
                && self.links[at].up.has(now)
            {
                self.listen(at)?;
            }
        }
        while self.notice()? {}
        self.pass(2)
    }

    /// The primary never comes back: what was promised is on those that promised it, and on the most advanced.
    pub fn lose_primary(&mut self) -> Checked {
        self.counts.losses += 1;
        self.say(|| "the primary is lost for good".to_owned());
        if self.servers[0].life.is_some() {
            self.crash_server(0, true)?;
        }
        self.links.clear();
        let mut has = vec![0];
        for number in 1..self.servers.len() {
            if self.servers[number].life.is_some() && self.random.once_in(2) {
                self.crash_server(number, true)?;
            }
            if self.servers[number].life.is_none() {
                self.bring_up(number)?;
            }
            has.push(self.servers[number].life().has(uuid(0), &name(number))?);
        }
        let best = self.best(&has);
        for (at, transaction) in self.truth.log.iter().enumerate() {
            let Some(level) = transaction.promised else { continue };
            let number = at + 1;
            ensure(best > at, || {
                format!("{number}, acknowledged under {level:?}, is lost: {has:?}")
            })?;
            for holder in &transaction.holders {
                ensure(has[*holder] > at, || {
                    format!(
                        "{} promised {number} under {level:?} and has {}",
                        name(*holder),
                        has[*holder]
                    )
                })?;
            }
        }
        self.drain(&has)
    }

    /// How many transactions the most advanced of the primary's own replicas has.
    fn best(&self, has: &[usize]) -> usize {
        let direct = self.servers_where(|server| server.role.source == Some(0));
        direct.into_iter().map(|number| has[number]).max().unwrap_or(0)
    }

    /// What is in the relay logs is applied.
    fn drain(&mut self, has: &[usize]) -> Checked {
        for number in self.servers_where(|server| server.role.source.is_some() && !server.faulty) {
            for _ in 0..ROUNDS {
                let Some(side) = &mut self.servers[number].life_mut().follower else { break };
                if !side.applies() {
                    side.start_applier();
                }
                self.apply(number)?;
                self.servers[number].life().engine.step_commits();
                if self.servers[number].life().read(uuid(0), &name(number))?.0 == has[number] {
                    break;
                }
            }
            let count = self.servers[number].life().read(uuid(0), &name(number))?.0;
            ensure(count == has[number], || {
                format!("{} has {} transactions and applies {count}", name(number), has[number])
            })?;
            self.check_rows(number)?;
        }
        Ok(())
    }
}
