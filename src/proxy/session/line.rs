//! Waiting for a shared connection. Where thousands of clients share few this is what nearly every statement does, so
//! it has a short way: the session keeps its place in the line and no more, and goes on where it was as soon as
//! it is given a connection that is in its state. What takes more than that is `acquire`'s, which finds here what was
//! granted.

use std::fmt;
use std::rc::Rc;
use std::time::Instant;

use crate::metrics::{Lease as Leased, PoolWait};
use crate::proxy::backend::lease::Turn;
use crate::proxy::backend::{Asked, Connection, Lease};
use crate::proxy::pool::{Fit, Profile};
use crate::proxy::topology::ServerId;
use crate::wire::error::ServerError;

use super::Session;
use super::acquire::NoConnection;
use super::choose::Choice;

/// A place in the line for a server's connections.
pub struct InLine {
    pub server: ServerId,
    /// The primary when the server was chosen.
    primary: Option<ServerId>,
    turn: Turn,
}

impl fmt::Debug for InLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InLine").field("server", &self.server).finish_non_exhaustive()
    }
}

/// What a session waited for in vain, or may use now, once it is ready.
pub type Granted = (ServerId, Result<Lease, NoConnection>);

impl Session {
    /// Leases a connection to the server that may be used at once, if one is idle. Where all are in use, there is a
    /// place in the line instead.
    pub(super) fn lease_at_once(
        &mut self,
        server: ServerId,
        now: Instant,
    ) -> Result<(), Option<InLine>> {
        if self.pooled.is_none() || self.held.relies_on(server) {
            return Err(None);
        }
        let profile = self.profile();
        let (Some(pooled), Some(pools)) = (&mut self.pooled, &self.local.pools) else {
            return Err(None);
        };
        let pool = pooled.pool(pools, server).clone();
        match pool.take_same(|connection| pooled.fit_at_once(&profile, connection, now)) {
            Some(connection) => {
                self.use_as_it_is(connection);
                Ok(())
            }
            None => {
                let turn = pool.line_up((now + pools.bounds().wait).into());
                let primary = self.primary();
                Err(turn.map(|turn| InLine { server, primary, turn }))
            }
        }
    }

    fn use_as_it_is(&mut self, mut connection: Box<Connection>) {
        connection.synced = self.state.version();
        self.local.shared.metrics.leased(Leased::Same);
        self.connections.push(connection);
    }

    /// Waits for a connection. Gives its server if it may be used at once.
    pub(super) async fn wait_for_turn(&mut self, place: InLine) -> Option<ServerId> {
        let (server, primary) = (place.server, place.primary);
        let granted = self.granted(place).await;
        let profile = self.profile();
        // Another primary: the choice has to be made again.
        let stands = self.primary() == primary;
        match granted {
            Ok(Lease::Connection(connection)) if stands && self.is_ready(&profile, &connection) => {
                self.use_as_it_is(connection);
                return Some(server);
            }
            granted => {
                if let Some(pooled) = &mut self.pooled {
                    pooled.granted = Some(Box::new((server, granted)));
                }
            }
        }
        None
    }

    async fn granted(
        &mut self,
        InLine { server, turn, .. }: InLine,
    ) -> Result<Lease, NoConnection> {
        self.client.pipe.shrink();
        let shared = &self.local.shared;
        let granted = {
            // Who waits counts as load, so that reads go where nobody waits.
            let _in_flight = shared.connector.load(server).begin();
            let _waiting = shared.metrics.server(server.index()).waits();
            turn.await
        };
        match granted {
            Ok(lease) => {
                shared.metrics.waited_in_pool(PoolWait::InUse);
                Ok(lease)
            }
            Err(_) => Err(self.no_turn(server, PoolWait::TimedOut)),
        }
    }

    fn no_turn(&self, server: ServerId, how: PoolWait) -> NoConnection {
        let (shared, pools) = (&self.local.shared, &self.local.pools);
        shared.metrics.waited_in_pool(how);
        shared.metrics.leased(Leased::TimedOut);
        let wait = pools.as_ref().map_or_else(Default::default, |pools| pools.bounds().wait);
        NoConnection::Busy(ServerError::pool_exhausted(&shared.connector.name(server), wait))
    }

    fn is_ready(&self, profile: &Rc<Profile>, connection: &Connection) -> bool {
        let (Some(pooled), Some(pools)) = (&self.pooled, &self.local.pools) else { return false };
        let now = Instant::now();
        pooled.fit_at_once(profile, connection, now) >= Fit::Same
            && now.saturating_duration_since(connection.opened) < pools.bounds().age
    }

    /// What was granted already, or whatever there is, in its turn.
    pub(super) async fn ask_for_lease(
        &mut self,
        server: ServerId,
        profile: &Rc<Profile>,
    ) -> Result<Lease, NoConnection> {
        let (Some(pooled), Some(pools)) = (&mut self.pooled, &self.local.pools) else {
            return Err(NoConnection::Error(ServerError::backend_lost()));
        };
        if let Some(granted) = pooled.granted.take_if(|granted| granted.0 == server) {
            return granted.1;
        }
        let pool = pooled.pool(pools, server).clone();
        let until = tokio::time::Instant::now() + pools.bounds().wait;
        match pool.take(until, |connection| pooled.fit(profile, connection)) {
            Asked::Now(lease) => Ok(lease),
            Asked::Full => Err(self.no_turn(server, PoolWait::LineFull)),
            Asked::Later(turn) => {
                let primary = self.primary();
                self.granted(InLine { server, primary, turn }).await
            }
        }
    }

    /// What was granted is kept only for the server that was chosen now. Nobody waits for one server's connection
    /// while holding another's: two who did could wait for each other.
    pub(super) fn keep_turn_for(&mut self, choice: &Choice) {
        let granted = self.pooled.as_ref().and_then(|pooled| pooled.granted.as_ref());
        let Some(granted) = granted.map(|granted| granted.0) else { return };
        let (Choice::Server(chosen) | Choice::Soon(chosen)) = choice else {
            return self.pass_turn_on();
        };
        if *chosen != granted {
            self.pass_turn_on();
        }
    }

    /// What was granted and is not needed after all is the next one's.
    pub(super) fn pass_turn_on(&mut self) {
        let (Some(pooled), Some(pools)) = (&mut self.pooled, &self.local.pools) else { return };
        if let Some((server, Ok(Lease::Connection(connection)))) =
            pooled.granted.take().map(|granted| *granted)
        {
            pooled.pool(pools, server).give(connection);
        }
    }
}
