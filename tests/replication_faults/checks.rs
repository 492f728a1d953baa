//! What must hold: while the primary is dead, and when everything runs again.

use std::collections::HashSet;

use crate::bank;
use crate::cluster::{Cluster, Copy, REPLICAS};
use crate::link::Way;
use crate::load::Seen;
use crate::readers::Read;

/// Ids of the transfers on a copy.
fn ids(cluster: &Cluster, copy: Copy) -> HashSet<u64> {
    let rows = cluster.ask(copy, "SELECT id FROM bank.ledger");
    rows.iter().flatten().map(|id| id.parse().expect("a number")).collect()
}

/// The replicas alone have what was promised.
pub fn while_the_primary_is_dead(cluster: &Cluster, seen: &Seen, read: &Read) -> Vec<String> {
    (0..REPLICAS).for_each(|which| wait_until_drained(cluster, Copy::Replica(which)));
    let replicas: Vec<HashSet<u64>> =
        (0..REPLICAS).map(|which| ids(cluster, Copy::Replica(which))).collect();
    let having = |id: u64| replicas.iter().filter(|ids| ids.contains(&id)).count();
    let mut violations = Vec::new();
    for acknowledged in &seen.acknowledged {
        let (id, promise) = (acknowledged.id, acknowledged.promise);
        let missing = |which: usize| {
            promise.all_in_sync && acknowledged.undisturbed[which] && !replicas[which].contains(&id)
        };
        if having(id) < promise.replicas || (0..REPLICAS).any(missing) {
            violations.push(format!(
                "lost with the primary: {acknowledged:?}, on {} replicas",
                having(id)
            ));
        }
    }
    for (id, at) in read.visible() {
        let begin = cluster.timeline.begin();
        let promised = cluster.timeline.promise(begin, at).replicas;
        if cluster.timeline.hides_unacknowledged(begin, at) && having(id) < promised {
            violations.push(format!("{id} was visible, and is on {} replicas", having(id)));
        }
    }
    violations
}

/// Until the receiver gets nothing more and all that it has is applied.
fn wait_until_drained(cluster: &Cluster, replica: Copy) {
    cluster.wait_until("a replica has applied its relay log", || {
        let columns = ["Replica_IO_Running", "Retrieved_Gtid_Set", "Last_SQL_Error"];
        let status = cluster.replica_status(replica, &columns);
        let [io, retrieved, error] = &status[..] else { return false };
        assert!(error.is_empty(), "{replica:?}: {error}\n{}", cluster.story());
        let sql = format!("SELECT GTID_SUBSET('{retrieved}', @@GLOBAL.gtid_executed)");
        io != "Yes" && cluster.value(replica, &sql) == "1"
    });
}

/// Everything is healed: what clients were told is on the primary, and all copies are equal.
pub fn after(cluster: &Cluster, seen: &Seen) -> Vec<String> {
    (0..REPLICAS).for_each(|which| cluster.link(which, Way::Open));
    let mut violations = Vec::new();
    let kept = ids(cluster, Copy::Primary);
    let told = seen.acknowledged.iter().map(|acknowledged| acknowledged.id);
    let lost: Vec<u64> =
        told.chain(seen.durable.iter().copied()).filter(|id| !kept.contains(id)).collect();
    if !lost.is_empty() {
        violations.push(format!("committed, and not on the primary: {lost:?}"));
    }
    wait_until_equal(cluster);
    let primary = rows(cluster, Copy::Primary);
    for copy in Copy::ALL {
        let (sum, torn) = ("SELECT SUM(balance) FROM bank.account", bank::TORN);
        if cluster.value(copy, sum) != bank::TOTAL.to_string() {
            violations.push(format!("{copy:?}: money was made or lost"));
        }
        let torn = cluster.ask(copy, torn);
        if !torn.is_empty() {
            violations.push(format!("{copy:?}: the ledger does not explain {torn:?}"));
        }
        let repeated = "SELECT id, COUNT(*) FROM bank.trace GROUP BY id HAVING COUNT(*) > 1";
        let repeated = cluster.ask(copy, repeated);
        if !repeated.is_empty() {
            violations.push(format!("{copy:?}: repeated {repeated:?}"));
        }
        for ((table, _), (own, source)) in
            bank::TABLES.iter().zip(rows(cluster, copy).iter().zip(&primary))
        {
            if own != source {
                violations.push(format!("{copy:?}: {table} differs:\n{own:?}\n{source:?}"));
            }
        }
    }
    violations
}

fn rows(cluster: &Cluster, copy: Copy) -> Vec<Vec<Vec<String>>> {
    bank::TABLES.iter().map(|(_, sql)| cluster.ask(copy, sql)).collect()
}

/// Until the replicas have executed what the primary has.
pub fn wait_until_equal(cluster: &Cluster) {
    let executed = cluster.value(Copy::Primary, "SELECT @@GLOBAL.gtid_executed");
    for which in 0..REPLICAS {
        let replica = Copy::Replica(which);
        cluster.wait_until("a replica catches up", || {
            let columns = ["Last_SQL_Error", "Replica_SQL_Running"];
            let status = cluster.replica_status(replica, &columns);
            assert!(status[0].is_empty() && status[1] == "Yes", "{status:?}\n{}", cluster.story());
            cluster.value(replica, "SELECT @@GLOBAL.gtid_executed") == executed
        });
    }
}
