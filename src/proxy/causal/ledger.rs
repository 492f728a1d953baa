//! What each server is known to have, and as of when that was all there was.
//!
//! ```text
//!   asked      10.00   10.25   10.50          the primary's answers, and when each was asked for
//!   position   1-7     1-9     1-12
//!   a replica that has 1-10 has all of 1-9: it is fresh as of 10.25
//! ```
//!
//! An answer holds for its question's moment: what was visible then is in it. Answers come in the order
//! of their questions, as one connection asks.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Moment;
use crate::gtid::Position;
use crate::proxy::topology::ServerId;

/// Most answers that are kept. Past it every second of the older half goes, so that old moments are
/// proven more coarsely.
const MAX_ANSWERS: usize = 256;

struct Answer {
    /// The last time that the answer was this one.
    asked: Moment,
    position: Arc<Position>,
}

#[derive(Clone, Default)]
struct Known {
    applied: Option<Arc<Position>>,
    fresh: Moment,
}

/// See the module's text.
pub struct Ledger {
    /// Who answered.
    primary: Option<ServerId>,
    /// Oldest first, each covering those before it.
    answers: VecDeque<Answer>,
    servers: Vec<Known>,
    /// What the last growth of the primary's position was.
    growth: Option<Position>,
    era: Era,
}

/// How often a server was seen to have gone back, or was lost from sight: what was known of servers before
/// does not hold after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Era(pub u64);

impl Ledger {
    /// For so many servers.
    pub fn new(servers: usize) -> Self {
        Self {
            primary: None,
            answers: VecDeque::new(),
            servers: vec![Known::default(); servers],
            growth: None,
            era: Era::default(),
        }
    }

    /// The primary was asked at `asked`, and said this.
    pub fn primary_said(&mut self, primary: ServerId, asked: Moment, position: Arc<Position>) {
        let backwards = |last: &Answer| !position.covers(&last.position);
        if self.primary != Some(primary) || self.answers.back().is_some_and(backwards) {
            self.primary = Some(primary);
            self.answers.clear();
        }
        self.note_answer(asked, position);
        for at in 0..self.servers.len() {
            self.prove(at);
        }
    }

    fn note_answer(&mut self, asked: Moment, position: Arc<Position>) {
        if let Some(last) = self.answers.back_mut() {
            if last.position == position {
                last.asked = last.asked.max(asked);
                return;
            }
            self.growth = Some(position.without(&last.position));
        }
        if self.answers.len() >= MAX_ANSWERS {
            self.thin();
        }
        self.answers.push_back(Answer { asked, position });
    }

    /// A server was seen to have exactly this.
    pub fn has(&mut self, server: ServerId, applied: Arc<Position>) {
        let Some(known) = self.servers.get_mut(server.index()) else { return };
        if known.applied.as_ref().is_some_and(|old| !applied.covers(old)) {
            known.fresh = Moment::default();
            self.era.0 += 1;
        }
        known.applied = Some(applied);
        self.prove(server.index());
    }

    /// A server was seen to have this, too, and so all before it in the log.
    pub fn gained(&mut self, server: ServerId, position: &Position) {
        self.grow(server, position, Position::reach);
    }

    /// A server was seen to have at least this.
    pub fn saw(&mut self, server: ServerId, position: &Position) {
        self.grow(server, position, Position::add);
    }

    fn grow(
        &mut self,
        server: ServerId,
        position: &Position,
        by: impl FnOnce(&mut Position, &Position),
    ) {
        let Some(known) = self.servers.get(server.index()) else { return };
        if known.applied.as_ref().is_some_and(|applied| applied.covers(position)) {
            return;
        }
        let mut applied = known.applied.as_deref().cloned().unwrap_or_else(|| position.clone());
        by(&mut applied, position);
        self.has(server, Arc::new(applied));
    }

    /// Nothing is known of a server any more: it was away, and may come back as another.
    pub fn forget(&mut self, server: ServerId) {
        if let Some(known) = self.servers.get_mut(server.index()) {
            *known = Known::default();
            self.era.0 += 1;
        }
    }

    /// Changes whenever a server may have less than it was known to have.
    pub fn era(&self) -> Era {
        self.era
    }

    /// What a server is known to have.
    pub fn applied(&self, server: ServerId) -> Option<&Arc<Position>> {
        self.servers.get(server.index())?.applied.as_ref()
    }

    /// The newest moment of which the server is known to show everything.
    pub fn fresh_as_of(&self, server: ServerId) -> Moment {
        self.servers.get(server.index()).map_or(Moment::default(), |known| known.fresh)
    }

    /// The least position that proves a server fresh as of `moment`.
    pub fn proof(&self, moment: Moment) -> Option<&Arc<Position>> {
        let at = self.answers.partition_point(|answer| answer.asked < moment);
        self.answers.get(at).map(|answer| &answer.position)
    }

    /// What the primary said last.
    pub fn latest(&self) -> Option<&Arc<Position>> {
        self.answers.back().map(|answer| &answer.position)
    }

    /// What the primary's position grew by last.
    pub fn growth(&self) -> Option<&Position> {
        self.growth.as_ref()
    }

    /// The newest answer whose position the server has.
    fn prove(&mut self, at: usize) {
        let Some(known) = self.servers.get_mut(at) else { return };
        let Some(applied) = &known.applied else { return };
        let covered = |answer: &Answer| applied.covers(&answer.position);
        let newest = match self.answers.back() {
            // The usual case: it is level.
            Some(last) if covered(last) => Some(last),
            _ => {
                let has = self.answers.partition_point(covered);
                has.checked_sub(1).and_then(|last| self.answers.get(last))
            }
        };
        if let Some(answer) = newest {
            known.fresh = known.fresh.max(answer.asked);
        }
    }

    /// Drops every second answer of the older half.
    fn thin(&mut self) {
        let half = self.answers.len() / 2;
        let mut at = 0;
        self.answers.retain(|_| {
            at += 1;
            at > half || at % 2 == 1
        });
    }
}
