//! Waiting for a commit.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use crate::engine::errors;
use crate::gtid::Gtid;
use crate::value::SqlError;

/// A transaction that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Its number; none where nothing was logged.
    pub gtid: Option<Gtid>,
}

/// What a commit comes to.
type Outcome = Result<Committed, SqlError>;

/// The queue's end of a ticket.
pub(super) type Reply = oneshot::Sender<Outcome>;

/// The outcome of a commit, to be awaited. Dropping it does not stop the commit.
#[derive(Debug)]
pub struct CommitTicket(State);

#[derive(Debug)]
enum State {
    Known(Option<Outcome>),
    Coming(oneshot::Receiver<Outcome>),
}

impl CommitTicket {
    /// A ticket whose outcome is known.
    pub(crate) fn known(outcome: Outcome) -> Self {
        Self(State::Known(Some(outcome)))
    }

    /// A ticket, and where its outcome goes.
    pub(super) fn coming() -> (Self, Reply) {
        let (reply, outcome) = oneshot::channel();
        (Self(State::Coming(outcome)), reply)
    }

    /// Waits on a thread that may block; not one of an asynchronous runtime.
    ///
    /// # Errors
    /// Why it was rolled back.
    pub fn wait(self) -> Result<Committed, SqlError> {
        match self.0 {
            State::Known(outcome) => outcome.unwrap_or_else(|| Err(errors::shut_down())),
            State::Coming(outcome) => {
                outcome.blocking_recv().unwrap_or_else(|_| Err(errors::shut_down()))
            }
        }
    }
}

impl Future for CommitTicket {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        match &mut self.0 {
            State::Known(outcome) => {
                Poll::Ready(outcome.take().unwrap_or_else(|| Err(errors::shut_down())))
            }
            State::Coming(outcome) => Pin::new(outcome)
                .poll(context)
                .map(|outcome| outcome.unwrap_or_else(|_| Err(errors::shut_down()))),
        }
    }
}
