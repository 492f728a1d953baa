//! The connections of one worker that sessions share: who is idle, who waits, and places that undo
//! themselves.
//!
//! A pool belongs to one server and one [`Identity`], because the proxy signs in as the client's own user and
//! with the client's own flags. Pools are a worker's own, so nothing is locked; each worker has its share of
//! `max_server_connections`.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::Instant as Moment;

use crate::proxy::pool::{Fit, Granted, Queue, Taken};
use crate::proxy::topology::ServerId;
use crate::wire::{CapabilityFlags, MariadbCapabilities};

use super::Connection;

/// Sessions that wait for a connection of one pool at most; the next one is refused.
const MAX_WAITING: usize = 65_536;

/// Bounds of pools.
#[derive(Clone, Copy, Debug)]
pub struct PoolBounds {
    /// Connections that one worker may have to one server for one identity.
    pub connections: usize,
    /// Longest wait for one.
    pub wait: Duration,
    /// An idle connection is closed after this time.
    pub idle: Duration,
    /// A connection older than this is not used again.
    pub age: Duration,
}

/// Whose a connection is: sessions with the same identity may use it one after the other.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The account's name.
    pub user: Arc<str>,
    /// What proves the password, digested: accounts of one name may have several.
    pub proof: [u8; 32],
    /// The client's flags, which the server was told.
    pub capabilities: CapabilityFlags,
    /// MariaDB's own flags.
    pub mariadb_capabilities: MariadbCapabilities,
    /// The collation that was named when signing in.
    pub collation: u8,
}

/// Flags that change nothing once a client has signed in, or that no server hears of.
const MATTERS_NOT: CapabilityFlags = CapabilityFlags::CLIENT_LONG_PASSWORD
    .union(CapabilityFlags::CLIENT_CONNECT_WITH_DB)
    .union(CapabilityFlags::CLIENT_ODBC)
    .union(CapabilityFlags::CLIENT_SSL)
    .union(CapabilityFlags::CLIENT_COMPRESS)
    .union(CapabilityFlags::CLIENT_TRANSACTIONS)
    .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
    .union(CapabilityFlags::CLIENT_MULTI_RESULTS)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH)
    .union(CapabilityFlags::CLIENT_CONNECT_ATTRS)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA)
    .union(CapabilityFlags::CLIENT_SESSION_TRACK);

impl Identity {
    /// Without the flags that do not matter.
    pub fn without_trifles(mut self) -> Self {
        self.capabilities.remove(MATTERS_NOT);
        self
    }
}

/// A session that waits.
struct Waiting {
    turn: oneshot::Sender<Lease>,
    /// When it has waited for too long.
    until: Moment,
}

/// What a session waits for; an error when it has waited for too long.
pub type Turn = oneshot::Receiver<Lease>;

/// One pool.
struct Line {
    queue: RefCell<Queue<Box<Connection>, Waiting>>,
    /// Somebody ends the waits that take too long.
    watched: Cell<bool>,
}

impl Line {
    /// Ends the waits that have taken too long; when the next one has, if anybody waits.
    fn expire(&self) -> Option<Moment> {
        let mut queue = self.queue.borrow_mut();
        let now = Moment::now();
        while queue.leave_if(|first| first.until <= now).is_some() {}
        let next = queue.first().map(|first| first.until);
        self.watched.set(next.is_some());
        next
    }
}

/// Ends the waits that take too long, while anybody waits. One timer for all of a line, in which who came
/// first stands first: timers of their own would be set and cleared with each statement.
async fn watch(line: Weak<Line>) {
    while let Some(next) = line.upgrade().and_then(|line| line.expire()) {
        tokio::time::sleep_until(next).await;
    }
}

/// What a session was given.
pub enum Lease {
    /// A connection that another session used before.
    Connection(Box<Connection>),
    /// The right to open one.
    Place(Place),
}

/// What a session gets that asks.
pub enum Asked {
    /// At once.
    Now(Lease),
    /// In its turn.
    Later(Turn),
    /// Too many wait already.
    Full,
}

/// One place under the bound, held by an open connection or by the attempt to open one. When it is
/// dropped, the next in line gets it.
pub struct Place(Weak<Line>);

impl Drop for Place {
    fn drop(&mut self) {
        let Some(line) = self.0.upgrade() else { return };
        loop {
            let next = line.queue.borrow_mut().closed();
            let Some(next) = next else { return };
            match next.turn.send(Lease::Place(Place(Rc::downgrade(&line)))) {
                // Who waited has left: the place is still to be granted.
                Err(Lease::Place(mut place)) => place.0 = Weak::new(),
                _ => return,
            }
        }
    }
}

/// One server's connections for one identity.
#[derive(Clone)]
pub struct Pool(Rc<Line>);

impl Pool {
    fn new(limit: usize) -> Self {
        let queue = RefCell::new(Queue::new(limit, MAX_WAITING));
        Self(Rc::new(Line { queue, watched: Cell::new(false) }))
    }

    /// Asks for a connection that suits; who has to wait does so until `until`.
    pub fn take(&self, until: Moment, fit: impl Fn(&Connection) -> Fit) -> Asked {
        let taken = self.0.queue.borrow_mut().take(|connection| fit(connection));
        match taken {
            Taken::Ready(connection) | Taken::Replace(connection) => {
                Asked::Now(Lease::Connection(connection))
            }
            Taken::Open => Asked::Now(Lease::Place(Place(Rc::downgrade(&self.0)))),
            Taken::Wait => Asked::Later(self.wait(until)),
            Taken::Full => Asked::Full,
        }
    }

    /// A place in the line, where all connections are in use and no other may be opened.
    pub fn line_up(&self, until: Moment) -> Option<Turn> {
        let must_wait = self.0.queue.borrow().must_wait();
        must_wait.then(|| self.wait(until))
    }

    fn wait(&self, until: Moment) -> Turn {
        let (turn, granted) = oneshot::channel();
        self.0.queue.borrow_mut().wait(Waiting { turn, until });
        if !self.0.watched.replace(true) {
            tokio::task::spawn_local(watch(Rc::downgrade(&self.0)));
        }
        granted
    }

    /// An idle connection that need not be told anything.
    pub fn take_same(&self, fit: impl Fn(&Connection) -> Fit) -> Option<Box<Connection>> {
        self.0.queue.borrow_mut().take_same(|connection| fit(connection))
    }

    /// Gives a connection back.
    pub fn give(&self, connection: Box<Connection>) {
        let mut returned = connection;
        loop {
            let next = self.0.queue.borrow_mut().give(returned);
            let Some((next, Granted::Connection(connection))) = next else { return };
            match next.turn.send(Lease::Connection(connection)) {
                Err(Lease::Connection(connection)) => returned = connection,
                _ => return,
            }
        }
    }

    fn set_limit(&self, limit: usize) {
        self.0.queue.borrow_mut().set_limit(limit);
        loop {
            let next = self.0.queue.borrow_mut().widened();
            let Some(next) = next else { return };
            // Where who waited has left, the place comes back, and goes to the next, as it is dropped.
            drop(next.turn.send(Lease::Place(Place(Rc::downgrade(&self.0)))));
        }
    }

    /// Nobody has a connection of it, or waits for one.
    pub fn is_unused(&self) -> bool {
        self.0.queue.borrow().is_unused()
    }
}

/// A worker's pools.
pub struct Pools {
    bounds: Cell<PoolBounds>,
    pools: RefCell<HashMap<(ServerId, Rc<Identity>), Pool>>,
}

impl Pools {
    /// None yet.
    pub fn new(bounds: PoolBounds) -> Self {
        Self { bounds: Cell::new(bounds), pools: RefCell::default() }
    }

    /// Their bounds.
    pub fn bounds(&self) -> PoolBounds {
        self.bounds.get()
    }

    /// Others hold from now on.
    pub fn set_bounds(&self, bounds: PoolBounds) {
        let before = self.bounds.replace(bounds);
        if before.connections != bounds.connections {
            self.pools.borrow().values().for_each(|pool| pool.set_limit(bounds.connections));
        }
    }

    /// The pool of a server and an identity.
    pub fn of(&self, server: ServerId, identity: &Rc<Identity>) -> Pool {
        let mut pools = self.pools.borrow_mut();
        let new = || Pool::new(self.bounds().connections);
        pools.entry((server, identity.clone())).or_insert_with(new).clone()
    }

    /// Takes out the connections that have been idle for too long, to be closed, and forgets pools
    /// that nobody uses.
    pub fn weed(&self, now: Instant) -> Vec<Box<Connection>> {
        let bounds = self.bounds();
        let old = |connection: &Connection| {
            now.saturating_duration_since(connection.idle_since) >= bounds.idle
                || now.saturating_duration_since(connection.opened) >= bounds.age
        };
        let mut pools = self.pools.borrow_mut();
        let over = pools
            .values()
            .flat_map(|pool| pool.0.queue.borrow_mut().weed(|one| old(one)))
            .collect();
        pools.retain(|_, pool| Rc::strong_count(&pool.0) > 1 || !pool.is_unused());
        over
    }

    /// All idle connections, to be closed.
    pub fn drain(&self) -> Vec<Box<Connection>> {
        let pools = self.pools.borrow();
        pools.values().flat_map(|pool| pool.0.queue.borrow_mut().weed(|_| true)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(user: &str, proof: u8, capabilities: CapabilityFlags) -> Rc<Identity> {
        let mariadb_capabilities = MariadbCapabilities::empty();
        let (user, proof) = (user.into(), [proof; 32]);
        let all = Identity { user, proof, capabilities, mariadb_capabilities, collation: 45 };
        Rc::new(all.without_trifles())
    }

    #[test]
    fn who_differs_in_what_matters_has_a_pool_of_its_own() {
        let bounds = PoolBounds {
            connections: 1,
            wait: Duration::ZERO,
            idle: Duration::ZERO,
            age: Duration::ZERO,
        };
        let pools = Pools::new(bounds);
        let server = ServerId(0);
        let none = CapabilityFlags::empty();
        let app = pools.of(server, &identity("app", 1, none));
        let same = |other: &Pool| Rc::ptr_eq(&app.0, &other.0);
        let trifles = CapabilityFlags::CLIENT_SSL | CapabilityFlags::CLIENT_PLUGIN_AUTH;
        assert!(same(&pools.of(server, &identity("app", 1, trifles))));
        assert!(!same(&pools.of(ServerId(1), &identity("app", 1, none))));
        assert!(!same(&pools.of(server, &identity("app", 2, none))), "another password");
        assert!(!same(&pools.of(server, &identity("else", 1, none))));
        let found_rows = CapabilityFlags::CLIENT_FOUND_ROWS;
        assert!(!same(&pools.of(server, &identity("app", 1, found_rows))));
    }

    /// The place of a pool that has no more than one.
    fn only_place(pool: &Pool) -> Place {
        assert!(pool.line_up(Moment::now()).is_none(), "a connection may be opened");
        match pool.take(Moment::now(), |_| Fit::Other) {
            Asked::Now(Lease::Place(place)) => place,
            _ => panic!("the first may open one"),
        }
    }

    #[tokio::test(flavor = "local", start_paused = true)]
    async fn a_place_goes_to_the_first_who_still_waits() {
        let pool = Pool::new(1);
        let place = only_place(&pool);
        let until = Moment::now() + Duration::from_secs(1);
        let Asked::Later(gone) = pool.take(until, |_| Fit::Other) else { panic!("waits") };
        let mut waits = pool.line_up(until).expect("waits");
        drop(gone);
        drop(place);
        assert!(matches!(waits.try_recv(), Ok(Lease::Place(_))));
        assert!(pool.is_unused(), "the place was dropped with the answer");
    }

    #[tokio::test(flavor = "local", start_paused = true)]
    async fn each_waits_as_long_as_is_allowed() {
        let pool = Pool::new(1);
        let place = only_place(&pool);
        let (begun, after) = (Moment::now(), Duration::from_millis);
        let first = pool.line_up(begun + after(20)).expect("waits");
        let second = pool.line_up(begun + after(50)).expect("waits");
        let third = pool.line_up(begun + after(90)).expect("waits");
        assert!(first.await.is_err());
        assert!(begun.elapsed() >= after(20) && begun.elapsed() < after(50));
        assert!(second.await.is_err());
        assert!(begun.elapsed() >= after(50) && begun.elapsed() < after(90));
        drop(place);
        assert!(third.await.is_ok());
        // Nobody watches an empty line, so who waits next has it watched again.
        let place = only_place(&pool);
        tokio::time::sleep(after(100)).await;
        assert!(!pool.0.watched.get());
        assert!(pool.line_up(Moment::now() + after(20)).expect("waits").await.is_err());
        drop(place);
        assert!(pool.is_unused());
    }
}
