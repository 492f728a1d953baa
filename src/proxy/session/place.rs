//! A server for a statement that has what the statement needs there: what it executes is prepared, what an earlier
//! statement left behind is brought over.

use crate::metrics::Fallback;
use crate::proxy::route::Route;
use crate::proxy::topology::ServerId;
use crate::wire::error::ServerError;

use super::ask_left::asks_for_what_was_left;
use super::attempt::Attempt;
use super::client::Arrived;
use super::statement::Statement;
use super::{Ended, Session};

/// The server for a statement.
pub(super) enum Got {
    Server(ServerId),
    /// The statement goes round once more.
    Again,
    /// There is none, and the client has been told.
    Told,
}

/// Why a prepared statement cannot run on a server.
pub(super) enum Placed {
    /// The server, or the proxy, says so.
    Refused(ServerError),
    /// The server is gone.
    Lost,
}

impl Session {
    /// More than a connection is needed before the statement is sent.
    pub(super) fn needs_placing(&self, statement: &Statement) -> bool {
        statement.executes_prepared()
            || asks_for_what_was_left(&statement.class)
            || self.looks_first(statement)
    }

    /// Finds a server for the statement where it was not found `at_once`, and has there what the statement needs.
    pub(super) async fn place(
        &mut self,
        arrived: Arrived,
        statement: &mut Statement,
        route: &Route,
        at_once: Option<ServerId>,
        attempt: &mut Attempt,
    ) -> Result<Got, Ended> {
        let server = match at_once.filter(|_| !self.looks_first(statement)) {
            Some(server) => server,
            None => {
                let acquiring = self.acquire_for(arrived, statement, (at_once, route), attempt);
                match Box::pin(acquiring).await? {
                    Got::Server(server) => server,
                    Got::Again => return Ok(Got::Again),
                    Got::Told => {
                        self.note_unplaced(statement, route, attempt);
                        return Ok(Got::Told);
                    }
                }
            }
        };
        if asks_for_what_was_left(&statement.class)
            && let Err(error) = self.bring_what_was_left(arrived, statement, server).await
        {
            self.forget_record();
            return self.refuse(arrived, &error).await.map(|()| Got::Told);
        }
        if !statement.executes_prepared() {
            return Ok(Got::Server(server));
        }
        let relied = self.held.relies_on(server);
        match self.place_prepared(arrived, statement, server).await? {
            Ok(()) => Ok(Got::Server(server)),
            Err(error) => {
                self.could_not_place(arrived, statement, (server, relied), error, attempt).await
            }
        }
    }

    /// The server could not be made to know a prepared statement.
    async fn could_not_place(
        &mut self,
        arrived: Arrived,
        statement: &mut Statement,
        (server, relied): (ServerId, bool),
        error: Placed,
        attempt: &mut Attempt,
    ) -> Result<Got, Ended> {
        if relied
            && matches!(error, Placed::Lost)
            && Box::pin(self.bring_back(false, statement, attempt)).await?
        {
            return Ok(Got::Again);
        }
        if let Some(error) = self.tell_of_placing(error, server, relied) {
            return self.refuse(arrived, &error).await.map(|()| Got::Told);
        }
        self.local.shared.metrics.fell_back(Fallback::NotPrepared);
        attempt.failed.push(server);
        Ok(Got::Again)
    }

    /// What the client is told when a server could not be made to know a prepared statement; `None`
    /// when another server is tried.
    fn tell_of_placing(
        &self,
        placed: Placed,
        server: ServerId,
        relied: bool,
    ) -> Option<ServerError> {
        match placed {
            // A replica may lack what the primary has: room, or a new table.
            Placed::Refused(_) if !relied && self.primary() != Some(server) => None,
            Placed::Refused(error) => Some(error),
            Placed::Lost => relied.then(ServerError::backend_lost),
        }
    }
}
