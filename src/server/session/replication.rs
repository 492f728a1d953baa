//! CHANGE REPLICATION SOURCE, START, STOP and RESET REPLICA in a session.

use super::Session;
use super::statement::block;
use crate::query::accounts::{Privilege, require_any};
use crate::query::session::WarningLevel;
use crate::replication::replica::applier::Until;
use crate::replication::replica::{SourcePosition, Threads};
use crate::server::replica::change;
use crate::sql::statement::ast::{self, ChangeSource, ReplicaThreads, Replication};
use crate::value::SqlError;

impl Session {
    /// Runs one of them.
    pub(super) async fn replicate(&mut self, statement: &Replication) -> Result<(), SqlError> {
        let privilege = match statement {
            Replication::Reset { .. } => require_any(&self.query, &[Privilege::Reload], None),
            _ => require_any(&self.query, &[Privilege::Super], Some("REPLICATION_SLAVE_ADMIN")),
        };
        privilege?;
        self.commit().await?;
        match statement {
            Replication::Change(change) => self.change_source(change),
            Replication::Start(threads) => self.start_replica(threads),
            Replication::Stop(threads) => self.stop_replica(threads),
            Replication::Reset { all, channel } => {
                only_channel(channel.as_deref())?;
                block(|| self.shared.replica.reset(*all))
            }
        }
    }

    fn change_source(&mut self, change: &ChangeSource) -> Result<(), SqlError> {
        only_channel(change.channel.as_deref())?;
        let replica = self.shared.replica.clone();
        block(|| replica.change_source(|settings| change::apply(settings, change)))?;
        let names = ["SOURCE_USER", "SOURCE_PASSWORD"];
        if change.options.iter().any(|(name, _)| names.contains(&name.as_str())) {
            self.note(1760, NOT_SECURE);
        }
        Ok(())
    }

    fn start_replica(&mut self, threads: &ReplicaThreads) -> Result<(), SqlError> {
        only_channel(threads.channel.as_deref())?;
        let replica = self.shared.replica.clone();
        let chosen = chosen(threads);
        let until = threads.until.as_ref().map(condition).transpose()?;
        if until.is_some() && (!chosen.sql || replica.running().sql) {
            let message = "SQL thread is not to be started so UNTIL options are ignored";
            self.query.diagnostics.push(WarningLevel::Warning, 1279, message.to_owned());
        }
        if !block(|| replica.start_until(chosen, until))? {
            self.note(3083, "Replication thread(s) for channel '' are already running.");
        }
        Ok(())
    }

    fn stop_replica(&mut self, threads: &ReplicaThreads) -> Result<(), SqlError> {
        only_channel(threads.channel.as_deref())?;
        let replica = self.shared.replica.clone();
        if !block(|| replica.stop(chosen(threads))) {
            self.note(3084, "Replication thread(s) for channel '' are already stopped.");
        }
        Ok(())
    }

    fn note(&mut self, code: u16, message: &str) {
        self.query.diagnostics.push(WarningLevel::Note, code, message.to_owned());
    }
}

const NOT_SECURE: &str = "Storing MySQL user name or password information in the connection metadata \
                          repository is not secure and is therefore not recommended. Please consider \
                          using the USER and PASSWORD connection options for START REPLICA; see the \
                          'START REPLICA Syntax' in the MySQL Manual for more information.";

fn chosen(threads: &ReplicaThreads) -> Threads {
    match (threads.io, threads.sql) {
        (false, false) => Threads::BOTH,
        (io, sql) => Threads { io, sql },
    }
}

/// UNTIL.
///
/// # Errors
/// 1277 for half a position; 1772 for what is no set of GTIDs.
fn condition(until: &ast::Until) -> Result<Until, SqlError> {
    let set = |text: &String| {
        let malformed = format!("Malformed GTID set specification '{text}'.");
        text.parse().map_err(|_| SqlError::new(1772, b"HY000", malformed))
    };
    Ok(match until {
        ast::Until::BeforeGtids(text) => Until::BeforeGtids(set(text)?),
        ast::Until::AfterGtids(text) => Until::AfterGtids(set(text)?),
        ast::Until::AfterGaps => Until::AfterGaps,
        ast::Until::Position(Some(file), Some(offset)) => {
            let (file, offset) = (file.clone(), *offset);
            Until::Position(SourcePosition { file, offset, ..SourcePosition::default() })
        }
        ast::Until::Position(..) => {
            let message =
                "Incorrect parameter or combination of parameters for START REPLICA UNTIL";
            return Err(SqlError::new(1277, b"HY000", message));
        }
    })
}

/// There is one channel, which has no name.
fn only_channel(channel: Option<&str>) -> Result<(), SqlError> {
    match channel {
        None | Some("") => Ok(()),
        Some(_) => Err(SqlError::not_supported("a replication channel with a name")),
    }
}
