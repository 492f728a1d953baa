//! Statements about the session itself, which no plan is made for: transactions, KILL, USE.

use super::Session;
use crate::query::Outcome;
use crate::sql::statement::Statement;
use crate::sql::statement::ast::{Begin, Completion, Expr, Kill, Value};
use crate::value::SqlError;

impl Session {
    /// Runs the statement if it is one of these.
    pub(super) async fn control(
        &mut self,
        statement: &Statement,
    ) -> Result<Option<Outcome>, SqlError> {
        match statement {
            Statement::Begin(begin) => self.begin(*begin).await?,
            Statement::Commit(completion) => {
                let chain = self.chained(*completion);
                self.asked_ack()?;
                self.commit().await?;
                self.acks.end_transaction();
                self.complete(*completion, chain);
            }
            Statement::Rollback(completion) => {
                let chain = self.chained(*completion);
                self.roll_back();
                self.acks.end_transaction();
                self.complete(*completion, chain);
            }
            Statement::Savepoint(name) => {
                if self.query.in_transaction() || !self.query.variables.autocommit {
                    self.query.transaction().savepoint(name)?;
                }
            }
            Statement::RollbackTo(name) => self.savepoints(name)?.rollback_to(name)?,
            Statement::ReleaseSavepoint(name) => self.savepoints(name)?.release(name)?,
            Statement::Kill(kill) => self.kill(kill)?,
            Statement::Prepare(prepare) => return self.prepare_text(prepare).map(Some),
            Statement::Deallocate(name) => return self.deallocate(name).map(Some),
            other => return self.administer(other).await,
        }
        Ok(Some(Outcome::done()))
    }

    async fn begin(&mut self, begin: Begin) -> Result<(), SqlError> {
        self.commit().await?;
        self.begin_asking();
        self.query.begin(begin.read_only, begin.snapshot);
        Ok(())
    }

    /// The transaction that savepoints are in; without one there is none of that name.
    fn savepoints(&mut self, name: &str) -> Result<&mut crate::engine::Transaction, SqlError> {
        let missing = || SqlError::new(1305, b"42000", format!("SAVEPOINT {name} does not exist"));
        self.query.open_transaction().ok_or_else(missing)
    }

    /// What AND CHAIN begins again: whether it was read only.
    fn chained(&self, completion: Completion) -> Option<bool> {
        completion.chain.unwrap_or(false).then(|| self.query.is_read_only())
    }

    fn complete(&mut self, completion: Completion, chain: Option<bool>) {
        if let Some(read_only) = chain {
            self.query.begin(Some(read_only), false);
        }
        if completion.release.unwrap_or(false) {
            self.released = true;
        }
    }

    /// Whether the account may kill connections of others.
    fn may_kill_others(&self) -> bool {
        self.client.account.starts_with("root@")
    }

    /// KILL: of one's own connections, or of any with the privilege.
    fn kill(&mut self, kill: &Kill) -> Result<(), SqlError> {
        let id = constant_number(&kill.id)
            .ok_or_else(|| SqlError::not_supported("KILL of anything but a constant"))?;
        let unknown = || SqlError::new(1094, b"HY000", format!("Unknown thread id: {id}"));
        let process = u32::try_from(id).ok().and_then(|id| self.shared.processes.get(id));
        let process = process.ok_or_else(unknown)?;
        if process.now().user != self.client.user && !self.may_kill_others() {
            let message = format!("You are not owner of thread {id}");
            return Err(SqlError::new(1095, b"HY000", message));
        }
        process.kill(!kill.query);
        Ok(())
    }
}

/// A literal number.
fn constant_number(expr: &Expr) -> Option<u64> {
    match expr {
        Expr::Value(value) => match &value.value {
            // Text is the number that it begins with.
            Value::SingleQuotedString(text) => {
                let digits = text.trim_start();
                let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
                Some(digits.get(..end).and_then(|digits| digits.parse().ok()).unwrap_or(0))
            }
            other => other.to_string().parse().ok(),
        },
        _ => None,
    }
}
