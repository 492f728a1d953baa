//! The side that others follow: registration, the dump of the log, acknowledgements.
//!
//! ```text
//! COM_REGISTER_REPLICA ─▶ Followers                              SHOW REPLICAS, metrics
//! COM_BINLOG_DUMP      ─▶ start (where?) ─▶ sender (packets) ─▶ dump (connection)
//!                                                                 │ acknowledgements
//! commit ─▶ Barrier ─────────────────────────────────────────▶ Primary ─▶ ack (decides)
//! ```

mod dump;
mod error;
mod followers;
mod options;
mod sender;
mod start;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::binlog::log::Position;
use crate::wire::replication::{RegisterReplica, ReportKind};

pub use dump::{DumpLimits, run};
pub use error::DumpError;
pub use followers::{Follower, MAX_FOLLOWERS};
pub use options::FollowerOptions;
pub use sender::{Filled, Sender};
pub use start::{Beginning, DumpRequest, Start, beginning};

use followers::Followers;

/// What this server knows of those that follow it.
#[derive(Debug, Default)]
pub struct Primary {
    followers: Followers,
}

/// A connection's place among the followers; dropping it takes the connection off.
#[derive(Debug)]
pub struct Following {
    primary: Arc<Primary>,
    connection: u64,
    superseded: CancellationToken,
}

/// Who a follower is.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The connection's id.
    pub connection: u64,
    /// Where it connects from.
    pub address: String,
    /// What it said when it registered.
    pub registration: RegisterReplica,
}

impl Primary {
    /// A connection has registered. `None`: there are too many.
    pub fn register(self: &Arc<Self>, who: Identity) -> Option<Following> {
        self.put(who, &FollowerOptions::default(), false)
    }

    /// A connection gets the log from now on. `None`: there are too many.
    pub fn follow(self: &Arc<Self>, who: Identity, options: &FollowerOptions) -> Option<Following> {
        self.put(who, options, true)
    }

    fn put(
        self: &Arc<Self>,
        who: Identity,
        options: &FollowerOptions,
        dumping: bool,
    ) -> Option<Following> {
        let connection = who.connection;
        let superseded = self.followers.put(Follower {
            connection,
            registration: who.registration,
            uuid: options.uuid.clone(),
            address: who.address,
            semi_sync: options.semi_sync,
            own: options.own,
            dumping,
            sent: None,
        })?;
        Some(Following { primary: self.clone(), connection, superseded })
    }

    /// Who follows, and who has registered.
    pub fn followers(&self) -> Vec<Follower> {
        self.followers.all()
    }
}

impl Following {
    /// What the connection said when it registered.
    pub fn registration(&self) -> Option<RegisterReplica> {
        self.primary.followers.get(self.connection).map(|follower| follower.registration)
    }

    /// The log was given to the connection up to there.
    pub fn sent(&self, position: Position) {
        self.primary.followers.sent(self.connection, position);
    }

    /// The follower tells how far it is: received and durable, or what `kind` says.
    pub fn heard(&self, _kind: Option<ReportKind>, _position: Position) {}

    /// Whether the same server has connected again.
    pub fn is_superseded(&self) -> bool {
        self.superseded.is_cancelled()
    }

    /// Ends when the same server has connected again.
    pub async fn superseded(&self) {
        self.superseded.cancelled().await;
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.primary.followers.remove(self.connection);
    }
}
