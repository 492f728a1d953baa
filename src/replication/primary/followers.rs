//! Who follows this server: for SHOW REPLICAS, for metrics, and so that a replica that connects again ends its
//! old connection.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::binlog::log::Position;
use crate::wire::replication::RegisterReplica;

/// Connections that have registered or follow at once.
pub const MAX_FOLLOWERS: usize = 1_000;

/// One connection that follows, or has said that it will.
#[derive(Debug, Clone)]
pub struct Follower {
    /// The connection's id.
    pub connection: u64,
    /// What it said of itself.
    pub registration: RegisterReplica,
    /// `server_uuid`; empty where it did not say.
    pub uuid: String,
    /// Where it connects from.
    pub address: String,
    /// It acknowledges.
    pub semi_sync: bool,
    /// It tells what it has applied.
    pub own: bool,
    /// It gets the log.
    pub dumping: bool,
    /// Up to where the log was given to its connection.
    pub sent: Option<Position>,
}

impl Follower {
    /// Whether both are one server: by UUID where both told theirs, else by id.
    fn is_same(&self, other: &Self) -> bool {
        if self.registration.server_id == 0 {
            return false;
        }
        if self.uuid.is_empty() || other.uuid.is_empty() {
            return self.registration.server_id == other.registration.server_id;
        }
        self.uuid == other.uuid
    }
}

/// All of them.
#[derive(Debug, Default)]
pub struct Followers {
    list: Mutex<BTreeMap<u64, (Follower, CancellationToken)>>,
}

impl Followers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, (Follower, CancellationToken)>> {
        // every change is one assignment, so a panic elsewhere leaves the list whole
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds or replaces a connection. A connection of the same server that gets the log is told to end if this
    /// one gets it. `None`: there are too many.
    pub fn put(&self, follower: Follower) -> Option<CancellationToken> {
        let mut list = self.lock();
        let known = list.contains_key(&follower.connection);
        if !known && list.len() >= MAX_FOLLOWERS {
            return None;
        }
        if follower.dumping {
            for (other, token) in list.values() {
                if other.connection != follower.connection
                    && other.dumping
                    && other.is_same(&follower)
                {
                    token.cancel();
                }
            }
        }
        let token = CancellationToken::new();
        list.insert(follower.connection, (follower, token.clone()));
        Some(token)
    }

    /// Takes a connection off.
    pub fn remove(&self, connection: u64) {
        self.lock().remove(&connection);
    }

    /// A connection's own account of itself.
    pub fn get(&self, connection: u64) -> Option<Follower> {
        self.lock().get(&connection).map(|(follower, _)| follower.clone())
    }

    /// Notes up to where a connection was given the log.
    pub fn sent(&self, connection: u64, position: Position) {
        if let Some((follower, _)) = self.lock().get_mut(&connection) {
            follower.sent = Some(position);
        }
    }

    /// All, in the order of their connections.
    pub fn all(&self) -> Vec<Follower> {
        self.lock().values().map(|(follower, _)| follower.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follower(connection: u64, server_id: u32, uuid: &str) -> Follower {
        Follower {
            connection,
            registration: RegisterReplica { server_id, ..RegisterReplica::default() },
            uuid: uuid.to_owned(),
            address: String::new(),
            semi_sync: false,
            own: false,
            dumping: true,
            sent: None,
        }
    }

    #[test]
    fn a_server_that_comes_again_ends_its_old_connection() {
        let followers = Followers::default();
        let old = followers.put(follower(1, 2, "a")).unwrap();
        let other = followers.put(follower(2, 3, "b")).unwrap();
        let reader = followers.put(follower(3, 0, "")).unwrap();
        followers.put(follower(4, 2, "a")).unwrap();
        followers.put(follower(5, 0, "")).unwrap();
        assert!(old.is_cancelled() && !other.is_cancelled() && !reader.is_cancelled());
        followers.remove(1);
        assert_eq!(followers.all().len(), 4);
    }
}
