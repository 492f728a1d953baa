//! What functions wait for besides row locks: users' locks and transactions of other servers.

use std::time::Duration;

use tokio::time::timeout;

use super::Session;
use crate::engine::locks::{Conflict, Mode, OnConflict, Request, Resource, Term, WaitEnd};
use crate::gtid::GtidSet;
use crate::value::{SqlError, Value};

impl Session {
    /// `GET_LOCK`: 1 when it is had, 0 when it took too long.
    pub(super) async fn await_user_lock(
        &self,
        name: &str,
        limit: Option<Duration>,
    ) -> Result<Value, SqlError> {
        let request = Request {
            owner: self.query.owner,
            mode: Mode::Exclusive,
            term: Term::Session,
            on_conflict: OnConflict::Wait,
            weight: 0,
        };
        match self.query.engine.locks().lock(Resource::Named(name.into()), &request) {
            Ok(_) => Ok(Value::Int(1)),
            Err(Conflict::Wait(wait)) => match limited(limit, wait).await {
                Some(WaitEnd::Granted) => Ok(Value::Int(1)),
                Some(WaitEnd::Deadlock | WaitEnd::Cancelled) => Err(deadlock()),
                None => Ok(Value::Int(0)),
            },
            Err(_) => Ok(Value::Int(0)),
        }
    }

    /// `WAIT_FOR_EXECUTED_GTID_SET`: 0 when all are here, 1 when it took too long.
    pub(super) async fn await_gtids(
        &self,
        set: &str,
        limit: Option<Duration>,
    ) -> Result<Value, SqlError> {
        let wanted: GtidSet = set.parse().map_err(|_| malformed_gtids(set))?;
        let engine = self.query.engine.clone();
        let arrived = async {
            loop {
                let mut published = std::pin::pin!(engine.published());
                // Before looking, lest a state that comes right after it is missed.
                published.as_mut().enable();
                if engine.database().executed.contains_all(&wanted) {
                    break;
                }
                published.await;
            }
        };
        Ok(Value::Int(i64::from(limited(limit, arrived).await.is_none())))
    }
}

/// The future's outcome, or `None` when it took longer than `limit`.
async fn limited<F: Future>(limit: Option<Duration>, future: F) -> Option<F::Output> {
    match limit {
        Some(limit) => timeout(limit, future).await.ok(),
        None => Some(future.await),
    }
}

fn deadlock() -> SqlError {
    let message = "Deadlock found when trying to get user-level lock; try rolling back \
                   transaction/releasing locks and restarting lock acquisition.";
    SqlError::new(3058, b"HY000", message)
}

fn malformed_gtids(set: &str) -> SqlError {
    SqlError::new(1772, b"HY000", format!("Malformed GTID set specification '{set}'."))
}
