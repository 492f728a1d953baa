//! `read_only` and `super_read_only`: what a server that takes no writes refuses.

use super::Session;
use crate::query::accounts::{Privilege, require_any};
use crate::query::commits_implicitly;
use crate::sql::statement::Statement;
use crate::value::SqlError;

impl Session {
    /// 1290 for a statement that writes while writes are refused. `read_only` lets accounts with
    /// CONNECTION_ADMIN or SUPER write, `super_read_only` nobody.
    pub(super) fn check_read_only(&mut self, statement: &Statement) -> Result<(), SqlError> {
        if !writes(statement) {
            return Ok(());
        }
        self.asked_ack()?;
        self.check_in_sync()?;
        let settings = self.settings();
        if settings.super_read_only {
            return Err(refused("--super-read-only"));
        }
        if !settings.read_only {
            return Ok(());
        }
        require_any(&self.query, &[Privilege::Super], Some("CONNECTION_ADMIN"))
            .map_err(|_| refused("--read-only"))
    }
}

impl Session {
    /// 1290 while fewer replicas are in sync than `anabranch_min_in_sync` says. What no replica gets may go on.
    fn check_in_sync(&mut self) -> Result<(), SqlError> {
        if self.is_unlogged() {
            return Ok(());
        }
        let acknowledgement = self.shared.primary.acknowledgement();
        acknowledgement.may_write().map_err(|why| {
            let message = format!(
                "The MySQL server is running with the --anabranch-min-in-sync option so it cannot \
                 execute this statement: {why}"
            );
            SqlError::new(1290, b"HY000", message)
        })
    }
}

/// Whether the statement changes what all see. Changes of temporary tables are let through where the
/// statement says so.
fn writes(statement: &Statement) -> bool {
    match statement {
        Statement::Insert(_)
        | Statement::Replace(_)
        | Statement::Update(_)
        | Statement::Delete(_)
        | Statement::LoadData(_) => true,
        Statement::LockTables(_)
        | Statement::Flush(_)
        | Statement::Maintain(_)
        | Statement::Replication(_) => false,
        other => commits_implicitly(other),
    }
}

fn refused(option: &str) -> SqlError {
    let message = format!(
        "The MySQL server is running with the {option} option so it cannot execute this statement"
    );
    SqlError::new(1290, b"HY000", message)
}
