//! The connections of one pool that are idle, the sessions that wait for one, and the bound on both.
//!
//! First come, first served: while somebody waits, a connection that is given back goes to the one who
//! has waited longest, and who comes later waits behind. A connection that is closed leaves its place,
//! which is granted in the same order.

use std::collections::VecDeque;

/// How well an idle connection suits the session that asks. Later is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Only by closing it and opening another in its place.
    Never,
    /// It has to be told something.
    Other,
    /// It is in the session's state already.
    Same,
    /// The session itself used it last.
    Own,
}

/// What a session gets that asks for a connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken<C> {
    /// An idle connection.
    Ready(C),
    /// An idle connection that does not suit: to be closed, and another opened in its place.
    Replace(C),
    /// A place to open one in.
    Open,
    /// A place in the line.
    Wait,
    /// The line is full.
    Full,
}

/// What the first in line gets.
#[derive(Debug, PartialEq, Eq)]
pub enum Granted<C> {
    /// A connection; it may have to be replaced.
    Connection(C),
    /// A place to open one in.
    Place,
}

/// One pool's connections and line. `C` is a connection, `W` somebody who waits.
#[derive(Debug)]
pub struct Queue<C, W> {
    /// The one used last is at the end.
    idle: Vec<C>,
    line: VecDeque<W>,
    /// Places taken: connections that are idle, leased, or being opened. More than `limit` only where that was
    /// lowered meanwhile.
    open: usize,
    limit: usize,
    /// Of the line.
    longest: usize,
}

impl<C, W> Queue<C, W> {
    /// A pool of at most `limit` connections, for which at most `longest` wait.
    pub fn new(limit: usize, longest: usize) -> Self {
        Self { idle: Vec::new(), line: VecDeque::new(), open: 0, limit: limit.max(1), longest }
    }

    /// The best idle connection, or a place to open one in, or a place in the line.
    pub fn take(&mut self, fit: impl Fn(&C) -> Fit) -> Taken<C> {
        if !self.line.is_empty() {
            return self.in_line();
        }
        let best = self.idle.iter().enumerate().rev().map(|(at, c)| (fit(c), at));
        let best = best.reduce(|best, next| if next.0 > best.0 { next } else { best });
        match best {
            Some((fit, at)) if fit > Fit::Never => Taken::Ready(self.idle.remove(at)),
            _ if self.open < self.limit => {
                self.open += 1;
                Taken::Open
            }
            // The one that was not used for longest.
            Some(_) => Taken::Replace(self.idle.remove(0)),
            None => self.in_line(),
        }
    }

    /// The idle connection that fits best, if it need not be told anything; for use without waiting.
    pub fn take_same(&mut self, fit: impl Fn(&C) -> Fit) -> Option<C> {
        if !self.line.is_empty() {
            return None;
        }
        let mut same = None;
        for (at, connection) in self.idle.iter().enumerate().rev() {
            match fit(connection) {
                Fit::Own => return Some(self.idle.remove(at)),
                Fit::Same => same = same.or(Some(at)),
                _ => {}
            }
        }
        same.map(|at| self.idle.remove(at))
    }

    /// Somebody who cannot have a connection now, nor a place to open one in, and for whom there is room in the
    /// line; to be followed by [`Self::wait`].
    pub fn must_wait(&self) -> bool {
        let none = self.idle.is_empty() && self.open >= self.limit;
        (none || !self.line.is_empty()) && self.line.len() < self.longest
    }

    /// Who has waited longest.
    pub fn first(&self) -> Option<&W> {
        self.line.front()
    }

    /// The first leaves the line, if he is to.
    pub fn leave_if(&mut self, leaves: impl FnOnce(&mut W) -> bool) -> Option<W> {
        let goes = self.line.front_mut().is_some_and(leaves);
        goes.then(|| self.line.pop_front()).flatten()
    }

    fn in_line(&self) -> Taken<C> {
        match self.line.len() < self.longest {
            true => Taken::Wait,
            false => Taken::Full,
        }
    }

    /// Somebody who was told [`Taken::Wait`] stands at the end of the line.
    pub fn wait(&mut self, waiter: W) {
        self.line.push_back(waiter);
    }

    /// A connection comes back: whom it goes to, if somebody waits.
    pub fn give(&mut self, connection: C) -> Option<(W, Granted<C>)> {
        match self.line.pop_front() {
            Some(first) => Some((first, Granted::Connection(connection))),
            None => {
                self.idle.push(connection);
                None
            }
        }
    }

    /// Another limit holds from now on. A lower one is reached as connections are closed. [`Self::widened`]
    /// tells who gets the places that a higher one brings.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit.max(1);
    }

    /// The first in line, where there is a place for it, which is taken then.
    pub fn widened(&mut self) -> Option<W> {
        let first = if self.open < self.limit { self.line.pop_front() } else { None };
        self.open += usize::from(first.is_some());
        first
    }

    /// A connection was closed: who gets its place, if somebody waits. The place stays taken then.
    pub fn closed(&mut self) -> Option<W> {
        let first = if self.open > self.limit { None } else { self.line.pop_front() };
        if first.is_none() {
            self.open = self.open.saturating_sub(1);
        }
        first
    }

    /// Takes out the idle connections that are `over`, to be closed; each then counts as
    /// [`Self::closed`].
    pub fn weed(&mut self, over: impl Fn(&C) -> bool) -> Vec<C> {
        self.idle.extract_if(.., |connection| over(connection)).collect()
    }

    /// Nothing is open, and nobody waits.
    pub fn is_unused(&self) -> bool {
        self.open == 0 && self.line.is_empty()
    }

    /// Idle connections, places taken, and the length of the line.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.idle.len(), self.open, self.line.len())
    }
}
