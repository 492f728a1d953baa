//! What a read needs of the server that answers it, and whether a replica has it.

use std::time::Duration;

use super::ledger::Era;
use super::memory::{Holders, Seen};
use super::{Level, Memory, Moment, Policy};
use crate::gtid::Position;
use crate::proxy::topology::ServerId;

/// What a decision needs to know besides policy and memory.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The time.
    pub now: Moment,
    /// When the statement arrived.
    pub arrived: Moment,
    /// How long reads follow a write whose position is not known.
    pub pin: Duration,
    /// The primary tells positions.
    pub gtids: bool,
    /// In which what is known of servers holds.
    pub era: Era,
    /// The position that the statement itself wants.
    pub after: Option<&'a Position>,
}

/// What a read needs.
#[derive(Clone, Copy, Debug)]
pub struct Need<'a> {
    holders: &'a Holders,
    era: Era,
    /// Everything that could be seen at this moment.
    as_of: Moment,
    /// That moment is the statement's arrival.
    global: bool,
    /// What the session saw, unless the server is the one that showed it.
    seen: Option<Seen>,
    written: Option<&'a Position>,
    after: [Option<&'a Position>; 2],
    /// The session wrote something whose position is not known: until when its reads stay on the
    /// primary is a matter of time alone.
    pinned: bool,
    /// Without positions the session stays where it read for a while.
    stays: Option<ServerId>,
}

/// One thing that is needed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part<'a> {
    /// Everything that could be seen at this moment.
    Fresh(Moment),
    /// Everything that was acknowledged before the statement arrived.
    Global,
    /// Everything that could be seen at this moment, unless it is this server.
    Reads(ServerId, Moment),
    /// What the session wrote.
    Written(&'a Position),
    /// What a token names.
    After(&'a Position),
    /// The primary, for a while.
    Pinned,
    /// This server, for a while.
    Stays(ServerId),
}

/// Whether a replica may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Ready,
    /// It may not, as far as is known.
    Short(Shortfall),
}

/// What a replica is not known to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// The freshness that the bound asks for.
    Bound,
    /// All that was acknowledged before.
    Global,
    /// What the session has read.
    Reads,
    /// What the session has written.
    Writes,
    /// What a token names.
    After,
    /// What nothing tells: only time helps.
    Pinned,
}

impl<'a> Need<'a> {
    /// What a read needs.
    pub fn new(policy: &Policy, memory: &'a Memory, situation: &Situation<'a>) -> Self {
        let level = policy.level;
        let bounded = level == Level::Bounded || policy.bounds_all;
        let mut as_of =
            if bounded { situation.now.before(policy.max_lag) } else { Moment::default() };
        if level == Level::Global {
            as_of = situation.arrived.next();
        }
        let mut need = Self {
            holders: &memory.holders,
            era: situation.era,
            as_of,
            global: level == Level::Global,
            seen: None,
            written: None,
            after: [memory.after.as_ref(), situation.after],
            pinned: false,
            stays: None,
        };
        if matches!(level, Level::Monotonic | Level::Session) {
            need.follow_reads(memory, situation);
            if memory.seen_in_written {
                need.follow_writes(memory, situation);
            }
        }
        if matches!(level, Level::Session | Level::Global) {
            need.follow_writes(memory, situation);
        }
        need
    }

    fn follow_reads(&mut self, memory: &Memory, situation: &Situation<'_>) {
        let Some(seen) = memory.seen else { return };
        if situation.gtids {
            self.seen = Some(seen);
        } else if situation.now < seen.at.after(situation.pin) {
            self.stays = Some(seen.server);
        }
    }

    fn follow_writes(&mut self, memory: &'a Memory, situation: &Situation<'_>) {
        let Some(written) = &memory.written else { return };
        self.written = written.position.as_ref();
        self.pinned = written.unplaced.is_some_and(|at| situation.now < at.after(situation.pin));
    }

    /// Whether any server will do.
    pub fn is_none(&self) -> bool {
        self.as_of == Moment::default()
            && self.seen.is_none()
            && self.positions().next().is_none()
            && !self.pinned
            && self.stays.is_none()
    }

    /// All that is needed, for people.
    pub fn parts(&self) -> Vec<Part<'a>> {
        let fresh = (self.as_of != Moment::default()).then_some(match self.global {
            true => Part::Global,
            false => Part::Fresh(self.as_of),
        });
        let mut parts: Vec<Part<'a>> = fresh.into_iter().collect();
        parts.extend(self.seen.map(|seen| Part::Reads(seen.server, seen.at)));
        parts.extend(self.written.map(Part::Written));
        parts.extend(self.after.into_iter().flatten().map(Part::After));
        parts.extend(self.pinned.then_some(Part::Pinned));
        parts.extend(self.stays.map(Part::Stays));
        parts
    }

    /// Whether the session's own writes are part of it.
    pub fn follows_own_writes(&self) -> bool {
        self.written.is_some()
    }

    /// In which it was found out.
    pub fn era(&self) -> Era {
        self.era
    }

    /// The positions that are needed.
    pub fn positions(&self) -> impl Iterator<Item = &'a Position> {
        self.written.into_iter().chain(self.after.into_iter().flatten())
    }

    /// As of when `server` has to be proven fresh; zero for no proof.
    pub fn as_of(&self, server: ServerId) -> Moment {
        match self.seen {
            Some(seen) if seen.server != server => self.as_of.max(seen.at),
            _ => self.as_of,
        }
    }

    /// Where `server` stands: it is proven fresh as of `fresh`, and `has` tells which positions it has.
    #[inline]
    pub fn standing(
        &self,
        server: ServerId,
        fresh: Moment,
        has: impl Fn(&Position) -> bool,
    ) -> Standing {
        if self.pinned || self.stays.is_some_and(|place| place != server) {
            return Standing::Short(Shortfall::Pinned);
        }
        if fresh < self.as_of {
            return Standing::Short(if self.global { Shortfall::Global } else { Shortfall::Bound });
        }
        if fresh < self.as_of(server) {
            return Standing::Short(Shortfall::Reads);
        }
        let holds = |written| self.holders.include(server, self.era, || has(written));
        if !self.written.is_none_or(holds) {
            return Standing::Short(Shortfall::Writes);
        }
        match self.after.into_iter().flatten().all(has) {
            true => Standing::Ready,
            false => Standing::Short(Shortfall::After),
        }
    }
}
