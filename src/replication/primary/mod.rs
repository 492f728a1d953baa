//! The side that others follow: registration, the dump of the log, acknowledgements.
//!
//! ```text
//! COM_REGISTER_REPLICA ─▶ Followers                              SHOW REPLICAS, metrics
//! COM_BINLOG_DUMP      ─▶ start (where?) ─▶ sender (packets) ─▶ dump (connection)
//!                                                                 │ acknowledgements
//! commit ─▶ Barrier ─────────────────────────────────────────▶ Primary ─▶ ack (decides)
//! ```

mod barrier;
mod clock;
pub(in crate::replication) mod dump;
mod error;
mod followers;
mod options;
mod places;
mod sender;
mod start;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::binlog::log::Position;
use crate::wire::replication::{RegisterReplica, ReportKind};

pub use barrier::{AckBarrier, AckState, Acknowledgement, ReplicaState, WAIT_BUCKETS_MS};
pub use clock::Clock;
pub use dump::{DumpLimits, run};
pub use error::DumpError;
pub use followers::{Follower, MAX_FOLLOWERS};
pub use options::FollowerOptions;
pub use places::{bytes_behind, ordinal};
pub use sender::{Filled, Sender};
pub use start::{Beginning, DumpRequest, Start, beginning};

use followers::Followers;

/// What this server knows of those that follow it.
#[derive(Debug)]
pub struct Primary {
    followers: Followers,
    acknowledgement: Arc<Acknowledgement>,
}

/// A connection's place among the followers; dropping it takes the connection off.
#[derive(Debug)]
pub struct Following {
    primary: Arc<Primary>,
    connection: u64,
    superseded: CancellationToken,
    /// Its id, where its acknowledgements count.
    acknowledges: Option<u32>,
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
    /// Nobody follows yet. The engine has the barrier of the same `acknowledgement`.
    pub fn new(acknowledgement: Arc<Acknowledgement>) -> Self {
        Self { followers: Followers::default(), acknowledgement }
    }

    /// What commits wait for.
    pub fn acknowledgement(&self) -> &Arc<Acknowledgement> {
        &self.acknowledgement
    }

    /// A connection has registered. `None`: there are too many.
    pub fn register(self: &Arc<Self>, who: Identity) -> Option<Following> {
        self.put(who, &FollowerOptions::default(), None)
    }

    /// A connection gets the log from there on. `None`: there are too many.
    pub fn follow(
        self: &Arc<Self>,
        who: Identity,
        options: &FollowerOptions,
        from: Position,
    ) -> Option<Following> {
        self.put(who, options, Some(from))
    }

    fn put(
        self: &Arc<Self>,
        who: Identity,
        options: &FollowerOptions,
        from: Option<Position>,
    ) -> Option<Following> {
        let connection = who.connection;
        let server_id = who.registration.server_id;
        let name = match who.registration.host.as_str() {
            "" => who.address.clone(),
            host => format!("{host}:{}", who.registration.port),
        };
        let superseded = self.followers.put(Follower {
            connection,
            registration: who.registration,
            uuid: options.uuid.clone(),
            address: who.address,
            semi_sync: options.semi_sync,
            own: options.own,
            dumping: from.is_some(),
            sent: from,
        })?;
        let counts = options.semi_sync && server_id != 0;
        let acknowledges = from.filter(|_| counts).map(|_| server_id);
        if let (Some(server), Some(from)) = (acknowledges, from) {
            let own = options.own;
            self.acknowledgement.tell(|acks, now| acks.joined(server, name, from, own, now));
        }
        Some(Following { primary: self.clone(), connection, superseded, acknowledges })
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
    pub fn heard(&self, kind: Option<ReportKind>, position: Position) {
        let Some(server) = self.acknowledges else { return };
        self.primary.acknowledgement.tell(|acks, now| match kind {
            None => acks.received(server, position, now),
            Some(ReportKind::Applied) => acks.applied(server, position, now),
        });
    }

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
        // one that was replaced has not left: its new connection counts
        if let Some(server) = self.acknowledges
            && !self.is_superseded()
        {
            self.primary.acknowledgement.tell(|acks, now| acks.left(server, now));
        }
    }
}
