//! Faults of a replica under autocommit reads: no client sees an error (the bar 6).

use crate::load::Load;
use crate::marks::{app, marked_cluster, try_app};
use crate::raw::Raw;
use crate::support::{Cluster, Proxy};

const READERS: usize = 8;
/// Enough reads that each reader has certainly used a server again.
const MANY: u64 = 200;
/// ER_CON_COUNT_ERROR
const TOO_MANY_CONNECTIONS: u16 = 1040;

#[test]
fn kill_9_of_a_replica_is_not_seen_by_readers() {
    let cluster = marked_cluster();
    let proxy = Proxy::start(&cluster, "");
    let load = Load::start(proxy.address(), READERS);
    for victim in [1, 2] {
        let other = 3 - victim;
        load.wait_answers_from(victim, MANY);
        cluster.kill(victim);
        load.wait_answers_from(other, MANY);
        load.wait_progress_of_all(MANY);
        let before = load.answered_by(victim);
        load.wait_progress_of_all(MANY);
        assert_eq!(load.answered_by(victim), before, "a dead server cannot answer");
        cluster.restart(victim);
        load.wait_answers_from(victim, MANY);
    }
    load.finish();
}

#[test]
fn without_any_replica_reads_go_to_the_primary() {
    let cluster = marked_cluster();
    let proxy = Proxy::start(&cluster, "");
    let load = Load::start(proxy.address(), READERS);
    load.wait_progress_of_all(MANY);
    cluster.kill(1);
    cluster.kill(2);
    load.wait_answers_from(0, MANY);
    load.wait_progress_of_all(MANY);
    cluster.restart(1);
    load.wait_answers_from(1, MANY);
    load.finish();
}

#[test]
fn a_frozen_replica_delays_reads_but_fails_none() {
    let cluster = marked_cluster();
    let proxy = Proxy::start(&cluster, "[monitor]\ntimeout_ms = 500");
    let load = Load::start(proxy.address(), READERS);
    load.wait_answers_from(1, MANY);
    load.wait_answers_from(2, MANY);
    cluster.freeze(1);
    // also those whose statement is inside the frozen server come out of it
    load.wait_progress_of_all(MANY);
    load.wait_answers_from(2, MANY);
    cluster.thaw(1);
    load.wait_answers_from(1, MANY);
    load.finish();
}

#[test]
fn new_sessions_do_not_wait_for_a_frozen_replica() {
    let cluster = marked_cluster();
    let proxy = Proxy::start(&cluster, "[monitor]\ntimeout_ms = 500");
    cluster.freeze(2);
    let load = Load::start(proxy.address(), READERS);
    load.wait_progress_of_all(MANY);
    cluster.thaw(2);
    load.wait_answers_from(2, MANY);
    load.finish();
}

#[test]
fn a_full_replica_is_passed_over_but_not_declared_dead() {
    let cluster = marked_cluster();
    let proxy = Proxy::start(&cluster, "");
    let load = Load::start(proxy.address(), READERS);
    load.wait_answers_from(1, MANY);
    load.wait_answers_from(2, MANY);
    let occupants = fill(&cluster, 1);
    // sessions that come now are served, by somebody else
    let late = Load::start(proxy.address(), READERS);
    late.wait_progress_of_all(MANY);
    assert_eq!(late.answered_by(1), 0, "a full server takes no new connection");
    // and those that already had a connection there still use it
    load.wait_answers_from(1, MANY);
    drop(occupants);
    late.wait_answers_from(1, MANY);
    late.finish();
    load.finish();
}

/// Leaves server `n` without a free connection; dropping what is returned frees some.
fn fill(cluster: &Cluster, n: usize) -> Vec<Raw> {
    const SPARE: u32 = 12;
    let connected = cluster.sql(n, "SHOW GLOBAL STATUS LIKE 'Threads_connected'");
    let connected: u32 =
        connected.split_whitespace().last().and_then(|n| n.parse().ok()).expect("a number");
    cluster.sql(n, &format!("SET GLOBAL max_connections = {}", connected + SPARE));
    let mut occupants = vec![app(cluster.address(n))];
    loop {
        match try_app(cluster.address(n)) {
            Ok(session) => occupants.push(session),
            Err(trouble) => {
                assert_eq!(trouble.code(), Some(TOO_MANY_CONNECTIONS), "{trouble:?}");
                return occupants;
            }
        }
    }
}
