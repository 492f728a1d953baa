//! One thing that is locked: who holds it, and who waits for it in line.
//!
//! A request is granted when it conflicts with no other holder and with nobody who waits before it, so
//! nobody is passed by somebody they would have to wait for. Whoever holds the thing already and wants
//! more of it, or holds a range over it, goes to the front: those behind wait for it either way.

use smallvec::SmallVec;

use super::mode::{Mode, Modes};
use super::resource::{OwnerId, Term};
use super::{Granted, Refused, Request};

#[derive(Debug)]
pub(super) struct Holder {
    pub owner: OwnerId,
    /// Until the transaction ends.
    transaction: Modes,
    /// Until given back.
    session: Modes,
    /// How often it was taken for the session.
    times: u32,
}

impl Holder {
    pub(super) fn modes(&self) -> Modes {
        self.transaction.union(self.session)
    }

    fn term(&mut self, term: Term) -> &mut Modes {
        match term {
            Term::Transaction => &mut self.transaction,
            Term::Session => &mut self.session,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Waiter {
    pub owner: OwnerId,
    pub mode: Mode,
    pub term: Term,
}

#[derive(Debug, Default)]
pub(super) struct Line {
    pub holders: SmallVec<[Holder; 1]>,
    pub waiting: Vec<Waiter>,
}

/// What else counts for a request, besides who is in line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Standing {
    /// It has to wait for other reasons.
    pub barred: bool,
    /// Others wait for its owner, so it goes before them.
    pub first: bool,
}

/// One who waited and has it now.
#[derive(Debug)]
pub(super) struct Arrival {
    pub owner: OwnerId,
    pub mode: Mode,
    pub granted: Granted,
}

impl Line {
    pub(super) fn is_idle(&self) -> bool {
        self.holders.is_empty() && self.waiting.is_empty()
    }

    pub(super) fn modes_of(&self, owner: OwnerId) -> Modes {
        self.holders
            .iter()
            .find(|holder| holder.owner == owner)
            .map_or_else(Modes::default, Holder::modes)
    }

    /// Whether the owner has that mode for that long, or better.
    pub(super) fn covers(&self, owner: OwnerId, mode: Mode, term: Term) -> bool {
        self.holders.iter().any(|holder| {
            let modes = match term {
                Term::Transaction => holder.modes(),
                Term::Session => holder.session,
            };
            holder.owner == owner && modes.cover(mode)
        })
    }

    /// Whether others, or those who wait among the first `ahead`, stand against it.
    pub(super) fn blocks(&self, owner: OwnerId, mode: Mode, ahead: usize) -> bool {
        let by_holder = self
            .holders
            .iter()
            .any(|holder| holder.owner != owner && holder.modes().conflict(mode));
        by_holder || self.waiting.iter().take(ahead).any(|waiter| waiter.mode.conflicts(mode))
    }

    fn holds(&self, owner: OwnerId) -> bool {
        self.holders.iter().any(|holder| holder.owner == owner)
    }

    /// How many at the front of the line hold the thing already.
    fn upgrades(&self) -> usize {
        self.waiting.iter().take_while(|waiter| self.holds(waiter.owner)).count()
    }

    /// Grants what is asked for if nobody stands against it. There may be no more locks to give.
    pub(super) fn try_grant(
        &mut self,
        request: &Request,
        standing: Standing,
        full: bool,
    ) -> Result<Granted, Refused> {
        let Request { owner, mode, term, .. } = *request;
        if self.covers(owner, mode, term) {
            // Taken once more; only a lock of the session counts.
            return Ok(match term {
                Term::Session => self.grant(owner, mode, term),
                Term::Transaction => Granted::Held,
            });
        }
        let ahead = self.place(owner, standing.first);
        if standing.barred || self.blocks(owner, mode, ahead) {
            return Err(Refused::MustWait);
        }
        if full {
            return Err(Refused::Full);
        }
        Ok(self.grant(owner, mode, term))
    }

    fn grant(&mut self, owner: OwnerId, mode: Mode, term: Term) -> Granted {
        let at = self.holders.iter().position(|holder| holder.owner == owner);
        let new =
            Holder { owner, transaction: Modes::default(), session: Modes::default(), times: 0 };
        let holder = match at.and_then(|at| self.holders.get_mut(at)) {
            Some(holder) => holder,
            None => {
                self.holders.push(new);
                // tidy: it was pushed in the line above
                self.holders.last_mut().expect("pushed")
            }
        };
        holder.times += u32::from(term == Term::Session);
        let modes = holder.term(term);
        let granted = match modes.is_empty() {
            true => Granted::New,
            false if modes.cover(mode) => Granted::Held,
            false => Granted::Upgraded,
        };
        *modes = modes.with(mode);
        granted
    }

    /// Joins the line.
    pub(super) fn join(&mut self, waiter: Waiter, first: bool) {
        let at = self.place(waiter.owner, first);
        self.waiting.insert(at, waiter);
    }

    /// Where in line the owner would be: in front, if it holds the thing already or others wait for it.
    fn place(&self, owner: OwnerId, first: bool) -> usize {
        if first || self.holds(owner) { self.upgrades() } else { self.waiting.len() }
    }

    pub(super) fn leave(&mut self, owner: OwnerId) {
        self.waiting.retain(|waiter| waiter.owner != owner);
    }

    /// Grants what can be granted to those who wait, in order; `barred` says who has yet other reasons to
    /// wait.
    pub(super) fn promote(&mut self, barred: impl Fn(&Waiter) -> bool) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        let mut at = 0;
        while let Some(waiter) = self.waiting.get(at).copied() {
            if !self.blocks(waiter.owner, waiter.mode, at) && !barred(&waiter) {
                self.waiting.remove(at);
                let granted = self.grant(waiter.owner, waiter.mode, waiter.term);
                arrivals.push(Arrival { owner: waiter.owner, mode: waiter.mode, granted });
            } else if waiter.mode.conflicts_with_all() {
                break;
            } else {
                at += 1;
            }
        }
        arrivals
    }

    /// Lets go of what was held until the end of the transaction, or once of what was held longer. Gives
    /// what it was held as; nothing, if it was not.
    pub(super) fn release(&mut self, owner: OwnerId, term: Term) -> Modes {
        let at = self.holders.iter().position(|holder| holder.owner == owner);
        let Some(holder) = at.and_then(|at| self.holders.get_mut(at)) else {
            return Modes::default();
        };
        if term == Term::Session {
            holder.times = holder.times.saturating_sub(1);
            if holder.times > 0 {
                return holder.session;
            }
        }
        let modes = std::mem::take(holder.term(term));
        if holder.modes().is_empty() {
            self.holders.retain(|holder| holder.owner != owner);
        }
        modes
    }

    /// How often the owner has taken it for the session; from here on it counts as once.
    pub(super) fn take_times(&mut self, owner: OwnerId) -> usize {
        let holder = self.holders.iter_mut().find(|holder| holder.owner == owner);
        holder.map_or(0, |holder| std::mem::replace(&mut holder.times, 1) as usize)
    }

    /// How often the owner has taken it for the session.
    pub(super) fn times(&self, owner: OwnerId) -> u32 {
        self.holders.iter().find(|holder| holder.owner == owner).map_or(0, |holder| holder.times)
    }

    /// Whom one who waits here waits for.
    pub(super) fn blockers(&self, owner: OwnerId, mode: Mode, found: &mut Vec<OwnerId>) {
        let before = self.before(owner).filter(|waiter| waiter.mode.conflicts(mode));
        found.extend(before.map(|waiter| waiter.owner));
        found.extend(self.conflicting_holders(owner, mode));
    }

    /// Enough of those to reach the same owners, so that a long line costs a search little.
    ///
    /// Whoever waits before this one waits for holders. If nothing goes together with this one, it waits for
    /// all of those itself, and only ranges, which hold up inserts alone, are left to be reached through an
    /// insert before it. Otherwise the nearest with whom nothing goes together leads to all holders.
    pub(super) fn near_blockers(&self, owner: OwnerId, mode: Mode, found: &mut Vec<OwnerId>) {
        found.extend(self.conflicting_holders(owner, mode));
        if mode == Mode::Insert {
            return;
        }
        let alone = mode.conflicts_with_all();
        for waiter in self.before(owner).rev() {
            let leads_on =
                if alone { waiter.mode == Mode::Insert } else { waiter.mode.conflicts(mode) };
            if leads_on {
                found.push(waiter.owner);
            }
            if leads_on && waiter.mode.conflicts_with_all() {
                return;
            }
        }
    }

    /// Those who wait before this one.
    fn before(&self, owner: OwnerId) -> impl DoubleEndedIterator<Item = &Waiter> {
        let at = self.waiting.iter().position(|waiter| waiter.owner == owner);
        self.waiting.iter().take(at.unwrap_or(0))
    }

    fn conflicting_holders(&self, owner: OwnerId, mode: Mode) -> impl Iterator<Item = OwnerId> {
        let others = self.holders.iter().filter(move |holder| holder.owner != owner);
        others.filter(move |holder| holder.modes().conflict(mode)).map(|holder| holder.owner)
    }
}
