//! A session's part in consistency: what its statement needs, what each replica has of that, and waiting on
//! one that has it soon.
//!
//! A read that waits sends two commands in one write: the question whether the replica has a position, which is
//! answered when it has, and the read. Where the position does not come in time the read's answer is
//! passed over, and the read runs elsewhere: it is one that may run twice.

use std::time::{Duration, Instant};

use crate::gtid::Position;
use crate::metrics::{Fallback, WaitReason};
use crate::proxy::backend::{Connection, DISCARD_LIMIT, ExchangeError};
use crate::proxy::causal::{Era, Moment, Need, Shortfall, Situation, Standing};
use crate::proxy::positions::{Positions, Waited, wait_question, waited};
use crate::proxy::route::{Reason, Route, Target};
use crate::proxy::topology::{ServerId, ServerView, View};
use crate::wire::command;
use crate::wire::response::Expect;

use super::Session;
use super::attempt::Attempt;
use super::client::Arrived;
use super::relay::Broken;
use super::statement::Statement;

/// The longest position that is waited for, in bytes of text.
const MAX_WAITED: usize = 16 * 1024;

/// How long the question for the session's own position may take.
const QUESTION_TIME: Duration = Duration::from_secs(1);

/// Whether a statement may wait for a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Not thought about yet.
    Unknown,
    /// It may.
    Some,
    /// It may, and the primary has been asked for it.
    Asked,
    /// It may not, or no longer.
    None,
}

/// What a read waits for.
#[derive(Debug)]
pub struct Wait {
    /// What the server must have.
    pub position: Position,
    /// The command that is answered when the server has it.
    pub command: Vec<u8>,
    /// Why, for the metric.
    why: WaitReason,
    /// When it began.
    era: Era,
    /// The session's own writes are among what the server must have.
    holds_writes: bool,
}

/// Whether a statement waits for the server that was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    Begun,
    /// The primary has to be asked first what could be seen at this moment.
    Asks(Moment),
    /// It does not.
    Not,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The server has it; the statement's own answer comes next.
    Yes,
    /// Not in time. The connection is `spent` if the statement's answer is still on it.
    No { spent: bool },
}

impl Wait {
    fn new(
        position: Position,
        limit: Duration,
        short: Shortfall,
        tells: bool,
        need: &Need<'_>,
    ) -> Option<Self> {
        let question = wait_question(&position, limit, tells);
        let command = [&[command::QUERY], question.as_bytes()].concat();
        (question.len() <= MAX_WAITED).then_some(Self {
            position,
            command,
            why: wait_reason(short),
            era: need.era(),
            holds_writes: need.follows_own_writes(),
        })
    }

    /// Reads the answer, and tells what it says of the server. If it is no, passes over the statement's own, too; over a large one only where the
    /// connection is `relied` on.
    pub async fn reached(
        &self,
        connection: &mut Connection,
        positions: &Positions,
        expect: Expect,
        relied: bool,
    ) -> Result<Reached, Broken> {
        let lost = |_| Broken::Server { begun: false };
        match connection.read_value().await {
            Ok(answer) => {
                if let Waited::Reached(told) = waited(&answer) {
                    self.tell(positions, connection.server, told.as_ref());
                    return Ok(Reached::Yes);
                }
            }
            Err(ExchangeError::Refused(_)) => {}
            Err(ExchangeError::Io(error)) => return Err(lost(error)),
        }
        let limit = if relied { usize::MAX } else { DISCARD_LIMIT };
        let whole = connection.discard(expect, limit).await.map_err(lost)?;
        Ok(Reached::No { spent: !whole })
    }

    /// The server has what was waited for, and perhaps has `told` of more.
    fn tell(&self, positions: &Positions, server: ServerId, told: Option<&Position>) {
        let now = positions.moment(Instant::now());
        match told.filter(|told| told.covers(&self.position)) {
            Some(told) => positions.told(server, told, self.era, now),
            None => positions.reached(server, &self.position, self.era, now),
        }
    }
}

fn wait_reason(short: Shortfall) -> WaitReason {
    match short {
        Shortfall::Bound => WaitReason::BoundedStaleness,
        Shortfall::Global => WaitReason::GlobalReads,
        Shortfall::Reads => WaitReason::MonotonicReads,
        Shortfall::Writes | Shortfall::Pinned => WaitReason::ReadYourWrites,
        Shortfall::After => WaitReason::AfterPosition,
    }
}

impl Session {
    /// What the statement needs of the server that answers it.
    pub(super) fn need<'a>(&'a self, attempt: &'a Attempt) -> Need<'a> {
        let positions = &self.local.shared.positions;
        let situation = Situation {
            now: positions.moment(attempt.now()),
            arrived: positions.moment(attempt.begun),
            pin: self.local.limits().pin,
            gtids: positions.are_told(),
            era: positions.era(),
            after: attempt.wishes.as_ref().and_then(|wishes| wishes.after.as_ref()),
        };
        Need::new(&attempt.policy, &self.held.memory, &situation)
    }

    /// Where a replica stands.
    #[inline]
    pub(super) fn standing(&self, need: &Need<'_>, server: ServerId) -> Standing {
        let positions = &self.local.shared.positions;
        let fresh = positions.fresh_as_of(server);
        need.standing(server, fresh, |position| positions.has(server, position))
    }

    /// Whether the replica is expected to have soon what it lacks.
    pub(super) fn is_expected(
        &self,
        server: &ServerView,
        short: Shortfall,
        attempt: &Attempt,
    ) -> bool {
        let positions = &self.local.shared.positions;
        let (now, wait) = (positions.moment(attempt.now()), attempt.policy.wait);
        short != Shortfall::Pinned
            && attempt.patience != Patience::None
            && !wait.is_zero()
            && positions.are_told()
            && positions.may_wait(server.id, now, server.lag, wait)
    }

    /// Why no replica serves the statement.
    pub(super) fn why_no_replica(&self, view: &View, attempt: &Attempt) -> Reason {
        let need = self.need(attempt);
        let short =
            view.readable_replicas().find_map(|server| match self.standing(&need, server.id) {
                Standing::Short(short) => Some(short),
                Standing::Ready => None,
            });
        match short {
            None => Reason::NoReplica,
            Some(Shortfall::Bound) => Reason::BoundedStaleness,
            Some(Shortfall::Global) => Reason::GlobalReads,
            Some(Shortfall::Reads) => Reason::MonotonicReads,
            Some(Shortfall::Writes | Shortfall::Pinned) => Reason::ReadYourWrites,
            Some(Shortfall::After) => Reason::AfterPosition,
        }
    }

    /// Why the statement ran where it did.
    pub(super) fn why_there(&self, route: &Route, attempt: &Attempt) -> Reason {
        match attempt.reason {
            Some(reason) => reason,
            None if attempt.wait.is_some() => Reason::Waited,
            None => route.reason,
        }
    }

    /// Only what may run twice waits: if the wait is in vain, it has run.
    pub(super) fn grant_patience(
        &self,
        arrived: Arrived,
        statement: &Statement,
        route: &Route,
        attempt: &mut Attempt,
    ) {
        if attempt.patience != Patience::Unknown {
            return;
        }
        let may = route.target == Target::Replica
            && statement.expect == Expect::Results
            && self.is_repeatable(arrived, statement, route);
        attempt.patience = if may { Patience::Some } else { Patience::None };
    }

    /// Finds out what the statement has to wait for on `server`. `false` when the choice has to be made again:
    /// more is known now, or there is no point in waiting.
    pub(super) async fn prepare_to_wait(
        &mut self,
        server: ServerId,
        attempt: &mut Attempt,
    ) -> bool {
        match self.begin_to_wait(server, attempt) {
            Waiting::Begun => true,
            Waiting::Not => false,
            Waiting::Asks(as_of) => {
                let primary = self.primary().filter(|_| attempt.patience == Patience::Some);
                let positions = &self.local.shared.positions;
                attempt.patience = match primary {
                    Some(primary) if positions.ask(primary, as_of, attempt.policy.wait).await => {
                        Patience::Asked
                    }
                    _ => Patience::None,
                };
                false
            }
        }
    }

    /// The same, where all is known that it takes.
    pub(super) fn begin_to_wait(&self, server: ServerId, attempt: &mut Attempt) -> Waiting {
        if matches!(attempt.patience, Patience::None | Patience::Unknown) {
            attempt.patience = Patience::None;
            return Waiting::Not;
        }
        let positions = &self.local.shared.positions;
        let need = self.need(attempt);
        let as_of = need.as_of(server);
        let is_fresh = positions.fresh_as_of(server) >= as_of;
        let proof = if is_fresh { None } else { positions.proof(as_of) };
        if !is_fresh && proof.is_none() {
            return Waiting::Asks(as_of);
        }
        let short = match self.standing(&need, server) {
            Standing::Short(short) => short,
            Standing::Ready => Shortfall::Writes,
        };
        let wanted = self.lacking(&need, server, proof.as_deref());
        let (limit, now) = (attempt.policy.wait, positions.moment(attempt.now()));
        let tells = positions.wants_news(server, now);
        let wait = wanted.and_then(|wanted| Wait::new(wanted, limit, short, tells, &need));
        attempt.wait = wait;
        if attempt.wait.is_none() || !positions.begin_wait(server, now, limit) {
            attempt.wait = None;
            attempt.patience = Patience::None;
            return Waiting::Not;
        }
        positions.demand(server, now);
        Waiting::Begun
    }

    /// What the server lacks of all that is needed; `None` for nothing.
    pub(super) fn wanted(&self, server: ServerId, attempt: &Attempt) -> Option<Position> {
        let positions = &self.local.shared.positions;
        let need = self.need(attempt);
        let as_of = need.as_of(server);
        let is_fresh = positions.fresh_as_of(server) >= as_of;
        let proof = if is_fresh { None } else { positions.proof(as_of) };
        self.lacking(&need, server, proof.as_deref())
    }

    /// What the server lacks of the positions that are needed, and of a `proof` that it is fresh.
    fn lacking(
        &self,
        need: &Need<'_>,
        server: ServerId,
        proof: Option<&Position>,
    ) -> Option<Position> {
        let positions = &self.local.shared.positions;
        let mut wanted: Option<Position> = None;
        for position in need.positions().chain(proof) {
            let lacks = positions.lacks(server, position);
            match &mut wanted {
                Some(wanted) => wanted.add(&lacks),
                None => wanted = Some(lacks),
            }
        }
        wanted.filter(|wanted| !wanted.is_empty())
    }

    /// The server did not have in time what the statement waited for.
    pub(super) fn waited_in_vain(&self, server: ServerId, attempt: &mut Attempt) {
        let positions = &self.local.shared.positions;
        positions.missed(server, positions.moment(Instant::now()), attempt.policy.wait);
        let metrics = &self.local.shared.metrics;
        metrics.fell_back(Fallback::WaitedInVain);
        if let Some(wait) = attempt.wait.take() {
            metrics.read_waited(wait.why, false);
        }
        attempt.in_vain = Some(server);
        attempt.patience = Patience::None;
    }

    /// The server had in time what the statement waited for.
    pub(super) fn note_reached(&self, server: ServerId, wait: &Wait) {
        let shared = &self.local.shared;
        shared.metrics.read_waited(wait.why, true);
        if wait.holds_writes {
            self.held.memory.note_held(server, wait.era);
        }
    }

    pub(super) fn note_write(&mut self, position: Option<Position>, wrote: bool, now: Instant) {
        let now = self.local.shared.positions.moment(now);
        self.held.memory.note_write(position, wrote, now);
    }

    /// The position that stands for what the session wrote and saw.
    pub(super) async fn position(&self) -> Option<Position> {
        let shared = &self.local.shared;
        let mut position = self.held.memory.position();
        if let (Some(seen), Some(primary), true) =
            (self.held.memory.seen_at(), self.primary(), shared.positions.are_told())
            && shared.positions.ask(primary, seen, QUESTION_TIME).await
            && let Some(proof) = shared.positions.proof(seen)
        {
            match &mut position {
                Some(position) => position.add(&proof),
                None => position = Some(Position::clone(&proof)),
            }
        }
        position
    }

    pub(super) fn forget_lost_write(&mut self, now: Instant) {
        let Self { local, held, .. } = self;
        let positions = &local.shared.positions;
        // Without a primary nothing is known to be lost.
        let primary_has = |position: &Position| match local.with_view(|view| view.primary) {
            Some(primary) => positions.has(primary, position),
            None => true,
        };
        held.memory.forget_lost_write(primary_has, positions.moment(now));
    }
}
