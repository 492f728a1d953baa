//! What each policy promises when a commit returns, and that nobody sees it before.

use super::support::wait_until;
use super::system::{PATIENT, System};

fn insert(v: u32) -> String {
    format!("INSERT INTO d.t (v) VALUES ({v})")
}

/// With both replicas silent: the commit waits. Gives the numbers of those that must come back for it to return.
fn returns_after(system: &System, v: u32, replicas: &[usize]) {
    let before = system.seen();
    let mut client = system.blocked(&insert(v));
    assert_eq!(system.seen(), before, "nobody sees what is not acknowledged");
    for replica in replicas {
        assert_eq!(system.waiting(), 1, "{replicas:?}");
        system.thaw(*replica);
    }
    client.answer().expect("it is acknowledged");
    let last = system.seen();
    assert!(last.ends_with(&v.to_string()), "{last}");
    for replica in replicas {
        system.freeze(*replica);
    }
}

#[test]
fn each_level_waits_for_what_it_says() {
    let system = System::start(PATIENT);
    [0, 1].into_iter().for_each(|replica| system.freeze(replica));
    let mut client = system.client();
    client.sql(&insert(1));
    system.set(&["ack_policy = 'semi_sync'", "ack_count = 1"]);
    returns_after(&system, 2, &[1]);
    system.set(&["ack_count = 2"]);
    returns_after(&system, 3, &[0, 1]);
    system.set(&["ack_policy = 'quorum'", "ack_copies = 3"]);
    returns_after(&system, 4, &[0]);
    system.set(&["ack_copies = 5"]);
    returns_after(&system, 5, &[1, 0]);
    // a stronger level than is asked for holds as well
    system.set(&["ack_policy = 'full_sync'"]);
    returns_after(&system, 6, &[0, 1]);
    // weakening the policy lets those through that wait
    let mut waits = system.blocked(&insert(7));
    system.set(&["ack_policy = 'async'"]);
    waits.answer().expect("async waits for nothing");
    assert_eq!(system.status("Rpl_semi_sync_source_no_tx"), "0");
}

#[test]
fn full_sync_is_applied_on_every_replica_when_it_returns() {
    let system = System::start(PATIENT);
    system.set(&["ack_policy = 'full_sync'"]);
    let mut client = system.client();
    let on_replicas = |v: u32| {
        let count = format!("SELECT COUNT(*) FROM d.t WHERE v = {v}");
        system.replicas.iter().all(|replica| replica.sql(&count) == "1")
    };
    for v in 0..15 {
        client.sql(&insert(v));
        assert!(on_replicas(v), "row {v} is on every replica");
    }
    // the same promise of semi_sync with the point `applied`, and not with `received`
    system.set(&["ack_policy = 'semi_sync'", "ack_count = 2", "ack_point = 'applied'"]);
    client.sql(&insert(50));
    assert!(on_replicas(50));
    system.replicas[1].sql("STOP REPLICA SQL_THREAD");
    let mut waits = system.blocked(&insert(51));
    system.replicas[1].sql("START REPLICA SQL_THREAD");
    waits.answer().expect("it is applied");
    assert!(on_replicas(51));
    system.replicas[1].sql("STOP REPLICA SQL_THREAD");
    system.set(&["ack_point = 'received'"]);
    client.sql(&insert(52));
    assert_eq!(system.replicas[1].sql("SELECT COUNT(*) FROM d.t WHERE v = 52"), "0");
}

/// A replica that no longer keeps up leaves the in-sync set, and `full_sync` goes on without it.
#[test]
fn full_sync_goes_on_without_a_replica_that_lags_too_much() {
    let system = System::start(PATIENT);
    system.set(&["ack_policy = 'full_sync'"]);
    system.freeze(0);
    let mut waits = system.blocked(&insert(1));
    system.set(&["in_sync_max_lag = 200"]);
    waits.answer().expect("the other has applied it");
    assert_eq!(system.status("Anabranch_replicas_in_sync"), "1");
    let metrics = system.metrics();
    let in_sync = |id: &str| metrics.sum("anabranch_primary_replica_in_sync", &[("server_id", id)]);
    assert_eq!((in_sync("2"), in_sync("3")), (0.0, 1.0));
    system.thaw(0);
    system.wait_in_sync(2);
}

#[test]
fn nobody_sees_what_is_not_acknowledged_and_later_groups_are_written_meanwhile() {
    let system = System::start(PATIENT);
    system.set(&["ack_policy = 'semi_sync'", "ack_count = 2"]);
    let mut reader = system.client();
    reader.sql("INSERT INTO d.t (v) VALUES (0)");
    system.freeze(0);
    let executed = system.primary.sql("SELECT @@gtid_executed");
    let position =
        || system.primary.sql("SHOW BINARY LOG STATUS").split('\t').nth(1).map(str::to_owned);
    let mut clients = Vec::new();
    for v in 1..=5 {
        let before = position();
        clients.push(system.blocked(&insert(v)));
        assert_ne!(position(), before, "it is in the log");
        assert_eq!(system.waiting(), u64::from(v));
    }
    assert_eq!(system.seen(), "0");
    assert_eq!(reader.sql("SELECT COUNT(*) FROM d.t FOR SHARE SKIP LOCKED").len(), 1);
    assert_eq!(system.primary.sql("SELECT @@gtid_executed"), executed);
    assert_eq!(
        system.status("Anabranch_high_watermark").replace('\n', ""),
        executed.replace("\\n", "")
    );
    assert_eq!(system.metrics().sum("anabranch_primary_ack_waiting", &[]), 5.0);
    // its locks are held, too
    let locked = reader
        .try_sql("SET innodb_lock_wait_timeout = 1")
        .and_then(|_| reader.try_sql("INSERT INTO d.t (id) VALUES (2)"));
    assert_eq!(locked.expect_err("the row is locked").code(), Some(1205));
    system.thaw(0);
    clients.iter_mut().for_each(|client| client.answer().expect("it is acknowledged"));
    assert_eq!(system.seen(), "0,1,2,3,4,5");
    wait_until("nothing to wait", || system.waiting() == 0);
}
