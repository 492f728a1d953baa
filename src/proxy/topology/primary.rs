//! Which of the servers is the primary. Pure: the whole choice is a function of what is known.
//!
//! A server can be the primary when it is alive, takes writes, and replicates from no configured
//! server (or does so in a ring). Where that leaves several, data decides before preference:
//!
//! 1. one that live servers follow, before one that none follows;
//! 2. one that has what the last primary was seen to have, before one that lacks some of it: an
//!    old primary that returns after a failover does not take the writes back;
//! 3. the one that is configured as preferred;
//! 4. the one that more servers follow; the one that was the primary; the first configured.
//!
//! A writable replica is never promoted because its source is gone: that is a decision for whoever
//! runs the failover, and stopping its replication is how they say so.

use std::cmp::Reverse;

use super::{Alert, ServerId};

/// What the choice knows about a server.
#[derive(Clone, Debug)]
pub struct Member {
    /// The server.
    pub id: ServerId,
    /// Whether it is up or full.
    pub alive: bool,
    /// Whether it takes writes.
    pub writable: bool,
    /// The configured servers that it replicates from; wholly stopped channels do not count.
    pub follows: Vec<ServerId>,
    /// Whether it has all that the last primary was seen to have (true where nothing is known).
    pub has_history: bool,
    /// Whether it is configured as preferred.
    pub preferred: bool,
}

/// The primary, and what the operator should know.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// The server that takes the writes.
    pub primary: Option<ServerId>,
    /// Servers that take writes although they should not.
    pub alerts: Vec<Alert>,
}

/// Chooses among `members`, which stand in the order of the configuration.
pub fn choose(members: &[Member], previous: Option<ServerId>) -> Choice {
    let writable = members.iter().filter(|member| member.alive && member.writable);
    let (roots, replicas): (Vec<_>, Vec<_>) =
        writable.partition(|member| member.follows.is_empty() || in_ring(member, members));
    let chosen = roots.iter().max_by_key(|root| {
        let followers = followers(root.id, members);
        let first = Reverse(root.id);
        let was = previous == Some(root.id);
        (followers > 0, root.has_history, root.preferred, followers, was, first)
    });
    let primary = chosen.map(|root| root.id);
    let mut alerts = Vec::new();
    let others: Vec<_> =
        roots.iter().map(|root| root.id).filter(|id| Some(*id) != primary).collect();
    if let (Some(chosen), false) = (primary, others.is_empty()) {
        alerts.push(Alert::SeveralPrimaries { chosen, others });
    }
    alerts.extend(replicas.iter().map(|replica| Alert::WritableReplica(replica.id)));
    Choice { primary, alerts }
}

/// How many live servers replicate from `source`.
fn followers(source: ServerId, members: &[Member]) -> usize {
    members.iter().filter(|member| member.alive && member.follows.contains(&source)).count()
}

/// Whether following its sources leads back to `start`. Dead members count with what was last
/// known of them: half a ring is still a ring.
fn in_ring(start: &Member, members: &[Member]) -> bool {
    let mut reached = start.follows.clone();
    let mut at = 0;
    while let Some(id) = reached.get(at).copied() {
        if id == start.id {
            return true;
        }
        let next =
            members.iter().filter(|member| member.id == id).flat_map(|member| &member.follows);
        for source in next {
            if !reached.contains(source) {
                reached.push(*source);
            }
        }
        at += 1;
    }
    false
}
