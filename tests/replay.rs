//! `replay = true`: transactions that lose their server connection, on a real cluster.
//!
//! Connections are killed by their server's `KILL`, primaries by kill -9; what is read in the end is read past the proxy. A
//! transaction that survives is there exactly once; one that cannot leaves nothing, and its client has an error.

#[path = "support/raw.rs"]
mod raw;
mod support;

use std::net::SocketAddr;
use std::sync::OnceLock;

use raw::{COM_STMT_EXECUTE, COM_STMT_PREPARE, Raw, Trouble, refuse};
use support::{Cluster, Proxy, alone, shared_cluster, wait_until};

const SCHEMA: &str = "test_replay";
const LOST: u16 = 2013;
const COM_STMT_SEND_LONG_DATA: u8 = 0x18;
const REPLAY: &str = "[proxy]\nworkers = 1\nreplay = true\n";
const SHARED: &str = "[proxy]\nworkers = 1\nreplay = true\npooling = \"transaction\"\n";

/// The cluster with tables as every test begins with them.
fn cluster() -> &'static Cluster {
    static MADE: OnceLock<()> = OnceLock::new();
    let cluster = shared_cluster();
    MADE.get_or_init(|| fill(cluster));
    cluster.sql(
        0,
        "USE test_replay; UPDATE items SET v = 10, note = ''; DELETE FROM items WHERE id > 3",
    );
    cluster.wait_caught_up();
    cluster
}

fn fill(cluster: &Cluster) {
    cluster.fresh_schema(SCHEMA);
    let columns = "(id INT PRIMARY KEY, v INT, note VARCHAR(100))";
    cluster.sql(0, &format!("CREATE TABLE {SCHEMA}.items {columns}"));
    cluster.sql(0, &format!("CREATE TABLE {SCHEMA}.counted (id INT PRIMARY KEY AUTO_INCREMENT)"));
    cluster.sql(
        0,
        &format!("INSERT INTO {SCHEMA}.items VALUES (1, 10, ''), (2, 10, ''), (3, 10, '')"),
    );
    cluster.wait_caught_up();
}

fn session(address: SocketAddr) -> Raw {
    Raw::sign_in(address, "app", "secret", SCHEMA).expect("signs in")
}

fn run(raw: &mut Raw, sql: &str) {
    raw.query(sql).unwrap_or_else(|trouble| panic!("{sql}: {trouble:?}"));
}

const CONNECTIONS: &str = "SELECT id FROM information_schema.processlist WHERE user = 'app'";

/// Cuts all of the application's connections to a server; returns when the server has forgotten them.
fn cut(cluster: &Cluster, n: usize) {
    cluster.cut(n, "app");
}

fn kill_connections(cluster: &Cluster, n: usize) {
    for id in cluster.sql(n, CONNECTIONS).lines() {
        // It may have gone by itself.
        let _ = cluster.try_sql(n, &format!("KILL {id}"));
    }
}

fn items(cluster: &Cluster, n: usize) -> String {
    cluster.sql(n, "SELECT GROUP_CONCAT(v ORDER BY id) FROM test_replay.items")
}

#[track_caller]
fn assert_fates(proxy: &Proxy, fates: &[(&str, f64)]) {
    let metrics = proxy.metrics();
    let all: f64 = fates.iter().map(|(_, count)| count).sum();
    for (fate, count) in fates {
        let counted = metrics.sum("anabranch_transaction_replays_total", &[("fate", fate)]);
        assert_eq!(counted, *count, "{fate}: {}", proxy.log());
    }
    assert_eq!(metrics.sum("anabranch_transaction_replays_total", &[]), all, "{}", proxy.log());
}

#[track_caller]
fn assert_lost<T: std::fmt::Debug>(result: Result<T, Trouble>) {
    let trouble = result.expect_err("the transaction is lost");
    assert_eq!(trouble.code(), Some(LOST), "{trouble:?}");
}

#[test]
fn a_transaction_goes_on_after_its_connection_was_killed() {
    let _alone = alone();
    for config in [REPLAY, SHARED] {
        let cluster = cluster();
        let proxy = Proxy::start(cluster, config);
        let mut raw = session(proxy.address());
        run(&mut raw, "BEGIN");
        run(&mut raw, "UPDATE items SET v = v + 1 WHERE id = 1");
        assert_eq!(raw.value("SELECT v FROM items WHERE id = 1").expect("reads"), "11");
        cut(cluster, 0);
        assert_eq!(raw.value("SELECT v FROM items WHERE id = 1").expect("goes on"), "11");
        run(&mut raw, "SAVEPOINT a");
        run(&mut raw, "UPDATE items SET v = 99 WHERE id = 3");
        run(&mut raw, "ROLLBACK TO a");
        run(&mut raw, "UPDATE items SET v = v + 1 WHERE id = 2");
        cut(cluster, 0);
        run(&mut raw, "COMMIT");
        assert_eq!(items(cluster, 0), "11,11,10");
        assert_fates(&proxy, &[("replayed", 2.0)]);
        // The session is one like any other.
        run(&mut raw, "UPDATE items SET v = 12 WHERE id = 1");
        cut(cluster, 0);
        assert_eq!(items(cluster, 0), "12,11,10", "nothing was left open");
    }
}

#[test]
fn prepared_statements_and_their_parameters_are_executed_again() {
    let _alone = alone();
    for config in [REPLAY, SHARED] {
        let cluster = cluster();
        let proxy = Proxy::start(cluster, config);
        let mut raw = session(proxy.address());
        let add = raw.prepare("UPDATE items SET v = v + 1 WHERE id = 1").expect("prepares");
        let read = raw.prepare("SELECT v FROM items WHERE id = 1").expect("prepares");
        let note = prepare_with_parameter(&mut raw, "UPDATE items SET note = ? WHERE id = 2");
        run(&mut raw, "BEGIN");
        raw.execute(add).expect("adds");
        let before = raw.execute(read).expect("reads");
        long_data(&mut raw, note, "a long ");
        long_data(&mut raw, note, "note");
        execute_with_blob(&mut raw, note);
        cut(cluster, 0);
        raw.execute(add).expect("goes on");
        assert_ne!(raw.execute(read).expect("reads"), before);
        // Data sent ahead, and the connection is cut before it is used.
        long_data(&mut raw, note, "another ");
        long_data(&mut raw, note, "note");
        cut(cluster, 0);
        execute_with_blob(&mut raw, note);
        close(&mut raw, note);
        cut(cluster, 0);
        run(&mut raw, "COMMIT");
        assert_eq!(items(cluster, 0), "12,10,10");
        let note = cluster.sql(0, "SELECT note FROM test_replay.items WHERE id = 2");
        assert_eq!(note, "another note");
        assert_fates(&proxy, &[("replayed", 3.0)]);
    }
}

/// Prepares a statement with one parameter and without a result.
fn prepare_with_parameter(raw: &mut Raw, sql: &str) -> u32 {
    raw.command(COM_STMT_PREPARE, sql.as_bytes()).expect("sends");
    let (_, ok) = raw.read_packet().expect("an answer");
    refuse(&ok).expect("prepares");
    for part in ["the parameter", "the end of parameters"] {
        raw.read_packet().expect(part);
    }
    u32::from_le_bytes(ok[1..5].try_into().expect("four bytes"))
}

fn long_data(raw: &mut Raw, id: u32, data: &str) {
    let body = [&id.to_le_bytes()[..], &[0, 0], data.as_bytes()].concat();
    raw.command(COM_STMT_SEND_LONG_DATA, &body).expect("sends");
}

/// Executes a statement with one parameter, a BLOB that was sent ahead.
fn execute_with_blob(raw: &mut Raw, id: u32) {
    let body = [&id.to_le_bytes()[..], &[0, 1, 0, 0, 0, 0, 1, 252, 0]].concat();
    raw.command(COM_STMT_EXECUTE, &body).expect("sends");
    let (_, answer) = raw.read_packet().expect("an answer");
    refuse(&answer).expect("executes");
}

fn close(raw: &mut Raw, id: u32) {
    raw.command(0x19, &id.to_le_bytes()).expect("sends");
}

#[test]
fn a_statement_that_runs_when_its_connection_is_killed_runs_once_more() {
    let _alone = alone();
    let cluster = cluster();
    let proxy = Proxy::start(cluster, REPLAY);
    let mut raw = session(proxy.address());
    run(&mut raw, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    run(&mut raw, "BEGIN");
    run(&mut raw, "UPDATE items SET v = v + 1 WHERE id = 1");
    run(&mut raw, "SET @step = 5");
    let writer = std::thread::spawn(move || {
        raw.query("UPDATE items SET v = v + @step WHERE id = 2 AND SLEEP(0.5) = 0").map(|_| raw)
    });
    wait_until("the statement to run", || cluster.sql(0, &running("v + @step")) == "1");
    kill_connections(cluster, 0);
    let mut raw = writer.join().expect("no panic").expect("the statement is done");
    // What others commit is seen: the isolation is as it was.
    cluster.sql(0, "UPDATE test_replay.items SET v = 77 WHERE id = 3");
    assert_eq!(raw.value("SELECT v FROM items WHERE id = 3").expect("reads"), "77");
    run(&mut raw, "COMMIT");
    assert_eq!(items(cluster, 0), "11,15,77");
    assert_fates(&proxy, &[("replayed", 1.0)]);
}

#[test]
fn another_answer_is_an_error_and_leaves_nothing() {
    let _alone = alone();
    let cluster = cluster();
    let proxy = Proxy::start(cluster, REPLAY);
    let mut raw = session(proxy.address());
    run(&mut raw, "BEGIN");
    run(&mut raw, "UPDATE items SET v = v + 1 WHERE id = 1");
    assert_eq!(raw.value("SELECT v FROM items WHERE id = 2").expect("reads"), "10");
    cut(cluster, 0);
    cluster.sql(0, "UPDATE test_replay.items SET v = 20 WHERE id = 2");
    assert_lost(raw.query("UPDATE items SET v = v + 1 WHERE id = 3"));
    assert_eq!(items(cluster, 0), "10,20,10");
    assert_fates(&proxy, &[("answer_differs", 1.0)]);
    assert!(proxy.log().contains("answer_differs"), "{}", proxy.log());
    // An id that was taken is not given again.
    run(&mut raw, "BEGIN");
    run(&mut raw, "INSERT INTO counted VALUES ()");
    cut(cluster, 0);
    assert_lost(raw.query("COMMIT"));
    assert_eq!(cluster.sql(0, "SELECT COUNT(*) FROM test_replay.counted"), "0");
    run(&mut raw, "UPDATE items SET v = 30 WHERE id = 3");
    assert_eq!(items(cluster, 0), "10,20,30", "the session goes on");
}

#[test]
fn what_cannot_be_replayed_is_an_error() {
    let _alone = alone();
    let cluster = cluster();
    cluster.sql(0, "CREATE TABLE test_replay.other (v INT) ENGINE=MyISAM");
    let proxy = Proxy::start(cluster, &format!("{REPLAY}replay_statements = 4\n"));
    let update = "UPDATE items SET v = v + 1 WHERE id = 1";
    let cases: [(&str, &[&str]); 4] = [
        ("too_large", &["BEGIN", update, update, update, update]),
        ("temporary_table", &["BEGIN", update, "CREATE TEMPORARY TABLE own (a INT)"]),
        ("session_state", &["SET @a = 1", "BEGIN", update]),
        ("not_transactional", &["BEGIN", update, "INSERT INTO other VALUES (1)"]),
    ];
    // With GTIDs, MySQL refuses the last one's mixture.
    let cases = &cases[..cluster.either(4, 3)];
    for (_, statements) in cases {
        let mut raw = session(proxy.address());
        statements.iter().for_each(|sql| run(&mut raw, sql));
        cut(cluster, 0);
        assert_lost(raw.query("COMMIT"));
    }
    let fates: Vec<_> = cases.iter().map(|(fate, _)| (*fate, 1.0)).collect();
    assert_fates(&proxy, &fates);
    assert_eq!(items(cluster, 0), "10,10,10");
    if !cluster.is_mysql() {
        a_write_that_is_not_transactional_is_not_sent_again(cluster, &proxy);
    }
    cluster.sql(0, "DROP TABLE test_replay.other");
}

fn a_write_that_is_not_transactional_is_not_sent_again(cluster: &Cluster, proxy: &Proxy) {
    // What a write on its way has done to such a table would be done twice.
    let mut raw = session(proxy.address());
    run(&mut raw, "BEGIN");
    let slow = "INSERT INTO other SELECT v + SLEEP(30) FROM items WHERE id = 1";
    let writer = std::thread::spawn(move || raw.query(slow));
    wait_until("the statement to run", || cluster.sql(0, &running("v + SLEEP")) == "1");
    kill_connections(cluster, 0);
    assert_lost(writer.join().expect("no panic"));
    let metrics = proxy.metrics();
    let fate = [("fate", "not_transactional")];
    assert_eq!(metrics.sum("anabranch_transaction_replays_total", &fate), 2.0);
}

/// Asks how many of the application's statements run that contain a text.
fn running(text: &str) -> String {
    let all = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'app'";
    format!("{all} AND info LIKE '%{text}%'")
}

#[test]
fn a_read_only_transaction_goes_on_on_a_replica() {
    let _alone = alone();
    let cluster = cluster();
    let proxy = Proxy::start(cluster, SHARED);
    let mut raw = session(proxy.address());
    run(&mut raw, "SET autocommit = 0");
    run(&mut raw, "START TRANSACTION READ ONLY");
    assert_eq!(raw.value("SELECT v FROM items WHERE id = 1").expect("reads"), "10");
    [1, 2].into_iter().for_each(|n| cut(cluster, n));
    assert_eq!(raw.value("SELECT v + 1 FROM items WHERE id = 1").expect("goes on"), "11");
    assert_eq!(raw.query("UPDATE items SET v = 1").expect_err("read only").code(), Some(1792));
    run(&mut raw, "COMMIT");
    // Without autocommit, any statement begins one.
    run(&mut raw, "UPDATE items SET v = v + 1 WHERE id = 1");
    cut(cluster, 0);
    run(&mut raw, "UPDATE items SET v = v + 1 WHERE id = 1");
    run(&mut raw, "COMMIT");
    assert_eq!(items(cluster, 0), "12,10,10");
    assert_fates(&proxy, &[("replayed", 2.0)]);
}

#[test]
fn a_transaction_goes_on_on_the_new_primary_unless_its_commit_was_sent() {
    let _alone = alone();
    let cluster = Cluster::start();
    fill(&cluster);
    let config = format!("{REPLAY}replay_wait_ms = 30000\n[monitor]\ntimeout_ms = 60000\n");
    let proxy = Proxy::start(&cluster, &config);
    let mut raw = session(proxy.address());
    let mut other = session(proxy.address());
    let add = raw.prepare("UPDATE items SET v = v + 1 WHERE id = 1").expect("prepares");
    for raw in [&mut raw, &mut other] {
        run(raw, "BEGIN");
    }
    raw.execute(add).expect("adds");
    assert_eq!(raw.value("SELECT SUM(v) FROM items").expect("reads"), "31");
    run(&mut other, "UPDATE items SET v = 50 WHERE id = 3");
    cluster.freeze(0);
    let committer = std::thread::spawn(move || other.query("COMMIT"));
    wait_until("the COMMIT to be sent", || {
        proxy.metrics().sum("anabranch_server_in_flight", &[("server", "db0")]) == 1.0
    });
    cluster.kill(0);
    assert_lost(committer.join().expect("no panic"));
    let writer = std::thread::spawn(move || raw.execute(add).map(|_| raw));
    cluster.promote(1);
    let mut raw = writer.join().expect("no panic").expect("the transaction goes on");
    run(&mut raw, "COMMIT");
    assert_eq!(items(&cluster, 1), "12,10,10");
    assert_fates(&proxy, &[("replayed", 1.0), ("commit_in_flight", 1.0)]);
}
