//! Policies that change while clients commit: no statement fails, none waits for good, every change holds at once.

use std::sync::Arc;

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use crate::cluster::{Cluster, Copy, connect};
use crate::load::{self, Shared};
use crate::numbers::Numbers;
use crate::readers::{self, Read};
use crate::terms::{Level, Terms};
use crate::{bank, checks, round, setting};

/// Changes for each round of the other tests.
const CHANGES: u64 = 20;

/// Variables, and values that leave every commit enough time.
const VARIABLES: [(&str, &[&str]); 14] = [
    ("anabranch_ack_policy", &["async", "semi_sync", "quorum", "full_sync"]),
    ("anabranch_ack_policy", &["full_sync", "semi_sync", "quorum"]),
    ("anabranch_ack_point", &["received", "applied"]),
    ("anabranch_ack_on_timeout", &["block", "error", "degrade"]),
    ("anabranch_ack_timeout", &["60000", "70000"]),
    ("anabranch_ack_count", &["1", "2"]),
    ("anabranch_ack_copies", &["0", "3"]),
    ("anabranch_min_in_sync", &["0", "1", "2"]),
    ("anabranch_in_sync_max_lag", &["60000", "70000"]),
    ("rpl_semi_sync_source_enabled", &["0", "1"]),
    ("rpl_semi_sync_master_enabled", &["1", "0"]),
    ("rpl_semi_sync_source_wait_for_replica_count", &["1", "2"]),
    ("rpl_semi_sync_master_timeout", &["60000", "70000"]),
    ("rpl_semi_sync_source_wait_no_replica", &["0", "1"]),
];

#[test]
fn policy_changes_under_load_fail_no_statement() {
    let count = CHANGES * setting("ROUNDS", crate::DEFAULT_ROUNDS);
    let mut cluster = Cluster::start(&Terms::strict(Level::SemiSync));
    round::wait_until_in_sync(&cluster);
    bank::create(&cluster);
    round::begin(&mut cluster, Level::SemiSync, &Terms::strict(Level::SemiSync));
    let (shared, read) = (Shared::of(&cluster), Arc::<Read>::default());
    let clients = load::start(&cluster, &shared, 0);
    let looking = readers::start(&cluster, &shared, &read);
    let (runtime, address) = (cluster.runtime.clone(), cluster.address(Copy::Primary));
    let mut admin = runtime.block_on(connect(address)).expect("a connection");
    let mut numbers = Numbers::new(7);
    for number in 0..count {
        let (name, values) = numbers.one_of(&VARIABLES);
        let value = numbers.one_of(values);
        let changed = round::within_limit(&cluster, change(&mut admin, name, value));
        assert!(changed.is_some(), "{name} = {value} hangs\n{}", cluster.story());
        let goes_on = round::answers(&shared, numbers.below(12), crate::cluster::LIMIT);
        let violations = shared.violations();
        assert!(goes_on, "change {number}, {name} = {value}: {violations:?}\n{}", cluster.story());
    }
    round::end_load(&mut cluster, &shared, clients, "policy changes");
    round::end_readers(&cluster, looking);
    let seen = shared.seen();
    assert_eq!(shared.violations(), [""; 0], "what failed");
    assert_eq!((seen.durable.len(), seen.refused), (0, 0), "1180 and 1290");
    assert_eq!(seen.acknowledged.len() as u64, seen.begun, "every transfer that was begun");
    assert_eq!(checks::after(&cluster, &seen), [""; 0]);
    println!(
        "{count} policy changes, no failure: {} acknowledged, {} snapshots",
        seen.begun,
        read.snapshots()
    );
}

/// Sets a variable, and sees that it is set.
async fn change(admin: &mut Conn, name: &str, value: &str) {
    let quoted = if value.parse::<u64>().is_ok() { value.to_owned() } else { format!("'{value}'") };
    let set = format!("SET GLOBAL {name} = {quoted}");
    admin.query_drop(&set).await.unwrap_or_else(|error| panic!("{set}: {error}"));
    let holds: Option<String> =
        admin.query_first(format!("SELECT @@GLOBAL.{name}")).await.expect("its value");
    assert_eq!(holds.as_deref(), Some(value), "{set}");
}
