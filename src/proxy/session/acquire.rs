//! From a route to a connection that is ready: `choose.rs` names a server, `ready.rs` has a connection to it; what
//! fails is tried elsewhere.

use std::time::{Duration, Instant};

use crate::metrics::Fallback;
use crate::proxy::route::{Route, Target};
use crate::proxy::topology::ServerId;
use crate::wire::error::ServerError;

use super::Session;
use super::attempt::Attempt;
use super::causal::Waiting;
use super::choose::Choice;
use super::client::Arrived;
use super::ready::FRESH;
use super::statement::Statement;

/// Longest pause between two attempts to reach a server again; a new view ends it early.
pub(super) const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// No connection could be had.
#[derive(Debug)]
pub enum NoConnection {
    /// What the client is told.
    Error(ServerError),
    /// What the client is told, without looking elsewhere: the statement's turn did not come.
    Busy(ServerError),
    /// The connection that held the session's state is gone.
    StateLost(ServerId),
}

impl Session {
    /// Finds a server for the route, if the session has a connection to it that may be used at once:
    /// the rule. Where it only has to wait for one, it has a place in the line then. All else is
    /// [`Self::acquire`]'s.
    pub(super) fn acquire_at_once(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        route: &Route,
        attempt: &mut Attempt,
    ) -> Option<ServerId> {
        self.forget_lost_write(attempt.now());
        // What an earlier try waited for is not this one's.
        attempt.wait = None;
        let server = match self.choose(route, attempt, false) {
            Choice::Server(server) => server,
            Choice::Soon(server) => {
                self.grant_patience(arrived, statement, route, attempt);
                if self.begin_to_wait(server, attempt) != Waiting::Begun {
                    return None;
                }
                server
            }
            Choice::InLine(_) | Choice::None => return None,
        };
        let (version, now) = (self.state.version(), attempt.now());
        if self.pooled.is_some()
            && !self.is_connected(server)
            && let Err(place) = self.lease_at_once(server, now)
        {
            attempt.place = place;
            return None;
        }
        let connection = self.connection_to(server)?;
        let fresh = now.duration_since(connection.idle_since) < FRESH;
        let told = connection.synced == version && connection.tracks && !connection.owes();
        (fresh && told).then_some(server)
    }

    /// Finds a server for the route and makes the connection to it ready.
    pub(super) async fn acquire(
        &mut self,
        route: &Route,
        attempt: &mut Attempt,
    ) -> Result<ServerId, NoConnection> {
        let mut last_error = None;
        self.forget_lost_write(attempt.now());
        loop {
            attempt.wait = None;
            let choice = self.choose(route, attempt, last_error.is_some());
            self.keep_turn_for(&choice);
            let server = match choice {
                Choice::Server(server) => server,
                Choice::Soon(server) => match self.prepare_to_wait(server, attempt).await {
                    true => server,
                    false => continue,
                },
                Choice::InLine(primary) => {
                    Box::pin(self.wait_in_line(primary, attempt)).await?;
                    continue;
                }
                Choice::None => {
                    if self.wait_for_server(route, attempt).await {
                        continue;
                    }
                    let error = last_error.unwrap_or_else(|| none_left(route));
                    return Err(NoConnection::Error(error));
                }
            };
            match self.ready(server, attempt).await {
                Ok(()) => return Ok(server),
                Err(last @ (NoConnection::StateLost(_) | NoConnection::Busy(_))) => {
                    return Err(last);
                }
                Err(NoConnection::Error(error)) if self.must_tell(route, server, &error) => {
                    return Err(NoConnection::Error(error));
                }
                Err(NoConnection::Error(error)) => {
                    self.local.shared.metrics.fell_back(Fallback::Connect);
                    attempt.failed.push(server);
                    last_error = Some(error);
                }
            }
        }
    }

    /// The server says what it would say to the client directly: there is no point in asking
    /// another one.
    fn must_tell(&self, route: &Route, server: ServerId, error: &ServerError) -> bool {
        let held = matches!(route.target, Target::Held(_));
        held || (self.primary() == Some(server) && !is_unreachable(error))
    }

    /// No server is left: waits a moment for one to come, or come back. `false` when the time that
    /// a statement may wait is over.
    async fn wait_for_server(&mut self, route: &Route, attempt: &mut Attempt) -> bool {
        if matches!(route.target, Target::Held(_)) {
            return false;
        }
        let now = Instant::now();
        let limit = self.local.limits().primary_wait;
        let deadline = *attempt.deadline.get_or_insert(now + limit);
        let Some(left) = deadline.checked_duration_since(now).filter(|left| !left.is_zero()) else {
            return false;
        };
        let views = &self.local.shared.views;
        let generation = views.load().generation;
        let _ = tokio::time::timeout(left.min(RETRY_PAUSE), views.newer_than(generation)).await;
        attempt.failed.clear();
        true
    }
}

fn is_unreachable(error: &ServerError) -> bool {
    matches!(error.code, 1040 | 1203 | 1053 | 2002 | 2003 | 2013 | 1927)
}

fn none_left(route: &Route) -> ServerError {
    match route.target {
        Target::Primary => ServerError::no_primary(),
        _ => ServerError::no_server(),
    }
}
