//! What a session's commits wait for: `@anabranch_ack`, `/* anabranch: ack=… */`, and the wait itself.
//!
//! Both only ask for more than the server's policy. A hint counts for the transaction that its statement is in, or
//! for the one that it begins or ends.
//!
//! A wait ends with its group's verdict and not before: KILL QUERY changes nothing, and KILL closes the client's
//! connection at once while the session stays until the verdict, as MySQL does. Its locks must stay as long: what is
//! in the log and not visible yet must not be overwritten by somebody who cannot see it.

use std::sync::Arc;

use super::{Conversation, Session};
use crate::engine::{AckLevel, CommitTicket, Committed};
use crate::query::session::WarningLevel;
use crate::server::acknowledgement::level_of;
use crate::sql::hint::Hints;
use crate::value::{SqlError, Value};

/// What a session's statements ask for, and a commit that its client no longer waits for.
#[derive(Default)]
pub(super) struct Acks {
    /// The hints of the text that runs.
    hints: Option<Arc<Hints>>,
    /// The most that hints of the transaction have asked for.
    asked: Option<AckLevel>,
    /// The connection was killed while this was waited for.
    unfinished: Option<CommitTicket>,
}

impl Acks {
    /// The hints of the statements that run from now on.
    pub(super) fn hint(&mut self, hints: Option<Arc<Hints>>) {
        self.hints = hints;
    }

    /// The hints of the text that runs.
    pub(super) fn hints(&self) -> Option<Arc<Hints>> {
        self.hints.clone()
    }

    /// The transaction is over: what was asked for it no longer counts.
    pub(super) fn end_transaction(&mut self) {
        self.asked = None;
    }

    /// Whether the client is gone from a commit that has no verdict.
    pub(super) fn is_unfinished(&self) -> bool {
        self.unfinished.is_some()
    }
}

impl Session {
    /// The hints of a text; few have any.
    pub(super) fn hints_of(&self, text: &str) -> Option<Arc<Hints>> {
        Hints::find(text.as_bytes(), self.parser_mode().lex).map(Arc::new)
    }

    /// A statement begins: what its hints ask for is asked of its transaction, too.
    pub(super) fn ask_by_hint(&mut self) {
        if !self.query.in_transaction() {
            self.acks.end_transaction();
        }
        self.acks.asked = self.acks.asked.max(self.hinted_ack());
    }

    /// What the hints of the running text ask for.
    pub(super) fn hinted_ack(&self) -> Option<AckLevel> {
        self.acks.hints.as_ref()?.ack.map(level_of)
    }

    /// A transaction begins by statement, whose hints are its own.
    pub(super) fn begin_asking(&mut self) {
        self.acks.asked = self.hinted_ack();
    }

    /// Warnings of what the hints asked for in vain.
    pub(super) fn warn_of_hints(&mut self) {
        let Some(hints) = self.acks.hints.clone() else { return };
        if self.shows_diagnostics {
            return;
        }
        for problem in &hints.problems {
            self.query.diagnostics.push(WarningLevel::Warning, 1064, problem.clone());
        }
        let policy = self.shared.primary.acknowledgement().policy().level;
        if let Some(asked) = self.hinted_ack().filter(|asked| *asked < policy) {
            let (asked, policy) = (asked.name(), policy.name());
            let message =
                format!("ack={asked} is less than this server's policy {policy}, which holds");
            self.query.diagnostics.push(WarningLevel::Warning, 1064, message);
        }
    }

    /// What the session's transaction waits for beyond the server's policy.
    ///
    /// # Errors
    /// 1231 for an `@anabranch_ack` that names no level.
    pub(super) fn asked_ack(&self) -> Result<Option<AckLevel>, SqlError> {
        Ok(self.acks.asked.max(self.variable_ack()?))
    }

    fn variable_ack(&self) -> Result<Option<AckLevel>, SqlError> {
        let Some(asked) = self.query.user_variables.get("anabranch_ack") else { return Ok(None) };
        let text = match &asked.value {
            Value::Null => return Ok(None),
            Value::Text(text) => text.to_string(),
            Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => format!("{other:?}"),
        };
        text.parse().map(Some).map_err(|()| {
            let message = format!("Variable 'anabranch_ack' can't be set to the value of '{text}'");
            SqlError::new(1231, b"42000", message)
        })
    }

    /// Waits for a commit's verdict. Where the connection is killed meanwhile the wait is left to the session's
    /// end, and the error is not shown: it would say that nothing was committed.
    pub(super) async fn committed(
        &mut self,
        mut ticket: CommitTicket,
    ) -> Result<Committed, SqlError> {
        let process = self.listed.process().clone();
        process.set_state(super::super::processes::COMMITTING);
        let committed = tokio::select! {
            biased;
            committed = &mut ticket => Some(committed),
            () = process.connection_killed() => None,
        };
        committed.unwrap_or_else(|| {
            self.acks.unfinished = Some(ticket);
            Err(super::statement::interrupted())
        })
    }
}

impl Conversation {
    /// Stays until a commit that the client was cut off from has its verdict.
    pub(super) async fn finish_commit(&mut self) {
        let Some(ticket) = self.session.acks.unfinished.take() else { return };
        let process = self.session.listed.process();
        process.be_killed();
        // Nobody is left who could be told.
        let _ = ticket.await;
    }
}
