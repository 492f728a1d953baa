//! Faults of the primary: in a transaction, under a write, restarted, frozen, replaced.

use std::time::{Duration, Instant};

use crate::load::{Load, who};
use crate::marks::{app, marked_cluster, running};
use crate::raw::{Raw, Trouble};
use crate::support::{Cluster, Proxy, wait_until};

/// What a client may be told when its server died: ER_SERVER_SHUTDOWN, CR_SERVER_GONE_ERROR,
/// CR_SERVER_LOST, ER_CONNECTION_KILLED.
const LOST_CODES: [u16; 4] = [1053, 2006, 2013, 1927];
const PRIMARY_WAIT: Duration = Duration::from_millis(1500);
const SHORT_WAIT: &str = "[proxy]\nprimary_wait_ms = 1500";
const LONG_WAIT: &str = "[proxy]\nprimary_wait_ms = 60000";
/// Far above `primary_wait_ms`, far below forever.
const WRITE_CEILING: Duration = Duration::from_secs(20);
const WRITE: &str = "INSERT INTO notes (note) VALUES ('a note')";

#[test]
fn kill_9_in_a_transaction_gives_a_clear_error_and_a_usable_session() {
    let cluster = marked_cluster();
    let proxy = Proxy::start(&cluster, SHORT_WAIT);
    let mut session = app(proxy.address());
    session.query("BEGIN").expect("a transaction begins");
    session.query(WRITE).expect("a write in it");
    cluster.kill(0);
    expect_lost(session.query("SELECT COUNT(*) FROM notes"));
    assert_ne!(who(&mut session).expect("reads go on"), 0);
    assert_write_is_refused_in_time(&mut session);
    assert_ne!(who(&mut session).expect("reads go on after a refused write"), 0);
    cluster.restart(0);
    wait_until("a write through the same session", || session.query(WRITE).is_ok());
    assert_eq!(
        cluster.sql(0, "SELECT COUNT(*) FROM test_faults.notes"),
        "1",
        "the lost transaction left nothing"
    );
}

#[test]
fn kill_9_under_a_running_write_is_an_error_and_not_a_second_try() {
    let cluster = marked_cluster();
    let proxy = Proxy::start(&cluster, LONG_WAIT);
    let mut session = app(proxy.address());
    let writer = std::thread::spawn(move || {
        let result = session.query("INSERT INTO notes (note) SELECT SLEEP(100)");
        (session, result)
    });
    wait_until("the write to run", || running(&cluster, 0, "SLEEP(100)") == 1);
    cluster.kill(0);
    let (mut session, result) = writer.join().expect("the writer does not panic");
    expect_lost(result);
    cluster.restart(0);
    session.query(WRITE).expect("the session writes again");
    assert_eq!(running(&cluster, 0, "SLEEP(100)"), 0, "nobody ran it a second time");
}

#[test]
fn a_write_waits_for_a_primary_that_comes_back() {
    let cluster = marked_cluster();
    let proxy = Proxy::start(&cluster, LONG_WAIT);
    let load = Load::start(proxy.address(), 4);
    load.wait_progress_of_all(50);
    cluster.kill(0);
    let mut session = app(proxy.address());
    let writer = std::thread::spawn(move || session.query(WRITE));
    load.wait_progress_of_all(50);
    assert!(!writer.is_finished(), "nobody could have done the write yet");
    cluster.restart(0);
    writer.join().expect("the writer does not panic").expect("the write is done, late");
    load.wait_progress_of_all(50);
    load.finish();
    assert_eq!(cluster.sql(0, "SELECT COUNT(*) FROM test_faults.notes"), "1");
}

#[test]
fn under_a_frozen_primary_reads_go_on_and_writes_come_back_with_it() {
    let cluster = marked_cluster();
    let proxy = Proxy::start(&cluster, &format!("{SHORT_WAIT}\n[monitor]\ntimeout_ms = 500"));
    let mut session = app(proxy.address());
    let load = Load::start(proxy.address(), 4);
    load.wait_progress_of_all(50);
    cluster.freeze(0);
    load.wait_progress_of_all(50);
    let started = Instant::now();
    session.query(WRITE).expect_err("a frozen server writes nothing");
    assert!(started.elapsed() < WRITE_CEILING, "took {:?}", started.elapsed());
    load.wait_progress_of_all(50);
    cluster.thaw(0);
    let mut fresh = app(proxy.address());
    wait_until("a write after the primary woke up", || fresh.query(WRITE).is_ok());
    load.finish();
}

/// More than the buffers between the client and the server take.
const LARGE: usize = 12 << 20;

#[test]
fn a_large_command_on_its_way_to_a_frozen_primary_is_given_up() {
    let cluster = marked_cluster();
    let proxy = Proxy::start(&cluster, &format!("{SHORT_WAIT}\n[monitor]\ntimeout_ms = 500"));
    let mut session = app(proxy.address());
    session.query(WRITE).expect("a connection to the primary");
    cluster.freeze(0);
    let large = format!("INSERT INTO notes (note) VALUES ('{}')", "x".repeat(LARGE));
    let writer = std::thread::spawn(move || session.query(&large));
    wait_until("the command to be given up", || writer.is_finished());
    let outcome = writer.join().expect("the writer does not panic");
    let trouble = outcome.expect_err("the primary was stopped all the while");
    assert_eq!(trouble.code(), None, "half a command is out, so the connection ends: {trouble:?}");
    cluster.thaw(0);
    let mut fresh = app(proxy.address());
    wait_until("a write after the primary woke up", || fresh.query(WRITE).is_ok());
}

#[test]
fn writes_go_to_the_promoted_replica_and_stay_there() {
    let cluster = marked_cluster();
    let proxy = Proxy::start(&cluster, SHORT_WAIT);
    let mut session = app(proxy.address());
    session.query(WRITE).expect("the first primary writes");
    cluster.wait_caught_up();
    cluster.kill(0);
    promote(&cluster);
    wait_until("a write at the new primary", || session.query(WRITE).is_ok());
    assert_eq!(notes(&cluster, 1), 2);
    wait_until("the new primary's replica to follow", || notes(&cluster, 2) == 2);
    wait_until("reads to come from the replica", || {
        who(&mut session).is_ok_and(|server| server == 2)
    });
    // the old one comes back writable, as if nothing had happened: it must not be believed
    cluster.restart(0);
    wait_until("the monitor to look at the old primary", || {
        cluster.sql(0, "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'monitor'")
            != "0"
    });
    for _ in 0..20 {
        session.query(WRITE).expect("writes go on");
        app(proxy.address()).query(WRITE).expect("new sessions write as well");
    }
    assert_eq!((notes(&cluster, 0), notes(&cluster, 1)), (1, 42));
}

fn promote(cluster: &Cluster) {
    cluster.sql(1, "STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0");
    let port = cluster.address(1).port();
    cluster.sql(2, &format!("STOP SLAVE; CHANGE MASTER TO MASTER_PORT = {port}; START SLAVE"));
}

fn notes(cluster: &Cluster, n: usize) -> u32 {
    cluster.sql(n, "SELECT COUNT(*) FROM test_faults.notes").parse().expect("a count")
}

fn expect_lost<T: std::fmt::Debug>(result: Result<T, Trouble>) {
    let trouble = result.expect_err("the server that had the transaction is dead");
    assert!(trouble.code().is_some_and(|code| LOST_CODES.contains(&code)), "{trouble:?}");
}

fn assert_write_is_refused_in_time(session: &mut Raw) {
    let started = Instant::now();
    let trouble = session.query(WRITE).expect_err("there is no primary");
    let waited = started.elapsed();
    assert!(trouble.code().is_some(), "an error packet, not a broken connection: {trouble:?}");
    assert!(waited >= PRIMARY_WAIT * 9 / 10, "waited only {waited:?}");
    assert!(waited < WRITE_CEILING, "waited {waited:?}");
}
