//! `pooling = "transaction"`: sessions that share server connections, and must not notice.
//!
//! The **state matrix** (`pooling/matrix.rs`): each kind of session state, each way to lose the connection that had
//! it, the question as text and prepared. The answer must be the one of a direct connection.
//!
//! A **walk** (`pooling/walk.rs`): what statements leave for the next to ask, in both kinds of pooling.
//!
//! **One write** (`pooling/one_write.rs`): what a connection has to be told costs no round trip.
//!
//! Then what must not pass from one client to another, and who waits for whom.

#[path = "pooling/matrix.rs"]
mod matrix;
#[path = "pooling/one_write.rs"]
mod one_write;
#[path = "support/raw.rs"]
mod raw;
mod support;
#[path = "pooling/walk.rs"]
mod walk;

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use raw::Raw;
use support::{Cluster, Proxy, alone, shared_cluster, wait_until};

const SCHEMA: &str = "test_pooling";

/// The cluster with the schema of these tests.
fn cluster() -> &'static Cluster {
    static MADE: OnceLock<()> = OnceLock::new();
    let cluster = shared_cluster();
    MADE.get_or_init(|| {
        cluster.fresh_schema(SCHEMA);
        cluster.fresh_schema("test_other");
        let items = "(id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20))";
        cluster.sql(0, &format!("CREATE TABLE {SCHEMA}.items {items}"));
        cluster.sql(0, &format!("CREATE TABLE test_other.items {items}"));
        cluster.sql(0, "INSERT INTO test_other.items (v) VALUES ('a'), ('b'), ('c')");
        let procedure = "CREATE TEMPORARY TABLE own (a INT)";
        cluster.sql(0, &format!("CREATE PROCEDURE {SCHEMA}.makes_own() {procedure}"));
        cluster.sql(0, &format!("CREATE PROCEDURE {SCHEMA}.does_nothing() DO 1"));
        cluster.wait_caught_up();
    });
    cluster
}

/// A proxy with so many connections for each server and account.
fn proxy(connections: usize, wait_ms: u64) -> Proxy {
    let config = format!(
        "[proxy]\nworkers = 1\npooling = \"transaction\"\nmax_server_connections = {connections}\n\
         pool_wait_ms = {wait_ms}\nprimary_wait_ms = 2000"
    );
    Proxy::start(cluster(), &config)
}

fn session(address: SocketAddr) -> Raw {
    Raw::sign_in(address, "app", "secret", SCHEMA).expect("signs in")
}

/// Another client of the same account that changes all it can on the connection it gets.
fn intrude(address: SocketAddr) {
    let mut other = Raw::sign_in(address, "app", "secret", "test_other").expect("signs in");
    for sql in [
        "SET time_zone = '-05:00', sql_mode = 'NO_BACKSLASH_ESCAPES', group_concat_max_len = 77",
        "SET NAMES cp1251",
        "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "INSERT INTO items (v) VALUES ('x')",
        "DELETE FROM items WHERE id > 3",
        "SELECT 1 FROM items LIMIT 2",
        "DO 1 / 0",
    ] {
        other.query(sql).unwrap_or_else(|trouble| panic!("{sql}: {trouble:?}"));
    }
    // On a replica, too.
    other.query("START TRANSACTION READ ONLY").expect("begins");
    other.query("SELECT 1").expect("reads");
    other.query("COMMIT").expect("ends");
}

/// Cuts the account's connections to servers.
fn cut(servers: &[usize]) {
    servers.iter().for_each(|server| cluster().cut(*server, "app"));
    // A connection is looked at again only when it has been idle for a moment.
    std::thread::sleep(Duration::from_millis(120));
}

/// Server connections that the account has now.
fn server_connections(server: usize) -> usize {
    let count = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'app'";
    cluster().sql(server, count).trim().parse().expect("a number")
}

#[test]
fn what_ends_gives_the_connection_back() {
    let _alone = alone();
    let proxy = proxy(1, 300);
    let mut holder = session(proxy.address());
    let mut other = session(proxy.address());
    for (takes, gives) in [
        ("CREATE TEMPORARY TABLE own (a INT)", "DROP TEMPORARY TABLE own"),
        ("SELECT GET_LOCK('mine', 0)", "SELECT RELEASE_LOCK('mine')"),
        ("LOCK TABLES items WRITE", "UNLOCK TABLES"),
        ("BEGIN", "ROLLBACK"),
        ("PREPARE s FROM 'SELECT 1'", "DEALLOCATE PREPARE s"),
    ] {
        holder.query(takes).expect("takes");
        let refused = other.query("DO 1").expect_err("nothing is free");
        assert_eq!(refused.code(), Some(1040), "{takes}");
        holder.query(gives).expect("gives");
        other.query("DO 1").unwrap_or_else(|trouble| panic!("after {gives}: {trouble:?}"));
    }
    for takes in ["SET @a = 1", "CREATE TEMPORARY TABLE own (a INT)"] {
        holder.query(takes).expect("takes");
        assert_eq!(other.query("DO 1").expect_err("nothing is free").code(), Some(1040));
        holder.command(0x1f, &[]).expect("COM_RESET_CONNECTION");
        raw::refuse(&holder.read_packet().expect("an answer").1).expect("is reset");
        other.query("DO 1").unwrap_or_else(|trouble| panic!("after a reset: {trouble:?}"));
    }
    holder.query("SET @a = 1").expect("takes");
    drop(holder);
    wait_until("the connection of one who left", || other.query("DO 1").is_ok());
    assert_eq!(other.value("SELECT @a IS NULL").expect("asks"), "1", "nothing is left of it");
    assert!(server_connections(0) <= 1);
}

#[test]
fn nothing_leaks_from_one_client_to_the_next() {
    let _alone = alone();
    let proxy = proxy(1, 5_000);
    let mut first = session(proxy.address());
    first.query("SET sql_mode = 'ANSI', lc_time_names = 'de_DE'").expect("sets");
    first.query("SET @secret = 'x'").expect("sets");
    first.query("CREATE TEMPORARY TABLE own (a INT)").expect("creates");
    first.query("PREPARE s FROM 'SELECT 1'").expect("prepares");
    first.query("SELECT GET_LOCK('leak', 0)").expect("locks");
    first.query("BEGIN").expect("begins");
    first.query("INSERT INTO items (v) VALUES ('never')").expect("inserts");
    drop(first);
    let mut second = Raw::sign_in(proxy.address(), "app", "secret", "").expect("signs in");
    let state = "SELECT @secret IS NULL, @@sql_mode = @@global.sql_mode, @@lc_time_names, \
                 IS_FREE_LOCK('leak'), LAST_INSERT_ID(), DATABASE() IS NULL";
    wait_until("a connection of its own", || second.query("DO 1").is_ok());
    let rows = second.query(state).expect("asks");
    let row: Vec<&str> = rows[0].iter().map(|value| value.as_deref().unwrap_or("NULL")).collect();
    assert_eq!(row, ["1", "1", "en_US", "1", "0", "1"]);
    let missing = second.query("SELECT * FROM test_pooling.own").expect_err("is gone");
    assert_eq!(missing.code(), Some(1146));
    assert_eq!(second.query("EXECUTE s").expect_err("is gone").code(), Some(1243));
    let count = "SELECT COUNT(*) FROM test_pooling.items WHERE v = 'never'";
    assert_eq!(second.value(count).expect("counts"), "0", "was rolled back");
}

#[test]
fn accounts_do_not_share() {
    let _alone = alone();
    let proxy = proxy(4, 5_000);
    let mut app = session(proxy.address());
    app.query("DO 1").expect("leaves a connection behind");
    let mut reader = Raw::sign_in(proxy.address(), "reader", "secret", SCHEMA).expect("signs in");
    for _ in 0..4 {
        assert!(reader.value("SELECT CURRENT_USER()").expect("asks").starts_with("reader@"));
        assert!(app.value("SELECT CURRENT_USER()").expect("asks").starts_with("app@"));
    }
    let denied = reader.query("DELETE FROM items").expect_err("may not write");
    assert_eq!(denied.code(), Some(1142));
}

#[test]
fn a_prepared_statement_keeps_the_meaning_it_had() {
    let _alone = alone();
    let proxy = proxy(1, 5_000);
    let mut raw = session(proxy.address());
    raw.query("DELETE FROM items").expect("empties");
    let id = raw.prepare("SELECT COUNT(*) AS n FROM items").expect("prepares");
    raw.query("USE test_other").expect("elsewhere");
    intrude(proxy.address());
    cut(&[0, 1, 2]);
    let count = |raw: &mut Raw| *raw.execute(id).expect("runs")[0].get(2).expect("a number");
    assert_eq!(count(&mut raw), 0, "of the schema that it was prepared in");
    assert_eq!(raw.value("SELECT COUNT(*) FROM items").expect("counts"), "3", "of the current one");
    // The same text of another client, which means another table there.
    let mut other = Raw::sign_in(proxy.address(), "app", "secret", "test_other").expect("signs in");
    let others = other.prepare("SELECT COUNT(*) AS n FROM items").expect("prepares");
    assert_eq!(other.execute(others).expect("runs")[0][2], 3);
    assert_eq!(count(&mut raw), 0);
}

#[test]
fn the_connection_id_is_the_clients() {
    let _alone = alone();
    let proxy = proxy(2, 5_000);
    let (mut one, mut two) = (session(proxy.address()), session(proxy.address()));
    let id = one.value("SELECT CONNECTION_ID()").expect("asks");
    for _ in 0..3 {
        assert_ne!(two.value("SELECT CONNECTION_ID()").expect("asks"), id);
        assert_eq!(one.value("SELECT CONNECTION_ID()").expect("asks"), id);
    }
}

/// Sends a statement for which there is no connection now.
fn stand_in_line(proxy: &Proxy, raw: &mut Raw, sql: &str, place: usize) {
    raw.command(0x03, sql.as_bytes()).expect("sends");
    let waiting = || proxy.metrics().sum("anabranch_pool_waiting", &[]);
    wait_until("it stands in line", || waiting() >= place as f64);
}

#[test]
fn who_waited_finds_its_own_state_on_the_connection_of_another() {
    let _alone = alone();
    let proxy = proxy(1, 10_000);
    let mut holder = session(proxy.address());
    let zones = ["+01:00", "+01:00", "-05:00"];
    let mut waits = zones.map(|zone| {
        let mut raw = session(proxy.address());
        raw.query(&format!("SET time_zone = '{zone}'")).expect("sets");
        raw
    });
    holder.query("SET time_zone = '+03:00'").expect("sets");
    holder.query("DELETE FROM items").expect("empties");
    holder.query("BEGIN").expect("holds the only connection");
    for (n, raw) in waits.iter_mut().enumerate() {
        let sql = "INSERT INTO items (v) VALUES (@@session.time_zone)";
        stand_in_line(&proxy, raw, sql, n + 1);
    }
    holder.query("COMMIT").expect("gives it back");
    for raw in &mut waits {
        raw::refuse(&raw.read_packet().expect("an answer").1).expect("its turn comes");
    }
    let found = holder.value("SELECT GROUP_CONCAT(v ORDER BY id) FROM items").expect("reads");
    assert_eq!(found, zones.join(","));
}

#[test]
fn who_waits_is_served_in_turn_and_not_for_ever() {
    let _alone = alone();
    let proxy = proxy(1, 1_000);
    let address = proxy.address();
    let mut holder = session(address);
    let mut waits: Vec<Raw> = (0..3).map(|_| session(address)).collect();
    let mut late = session(address);
    holder.query("DELETE FROM items").expect("empties");
    holder.query("BEGIN").expect("holds the only connection");
    for (n, raw) in waits.iter_mut().enumerate() {
        stand_in_line(&proxy, raw, &format!("INSERT INTO items (v) VALUES ('{n}')"), n + 1);
    }
    holder.query("COMMIT").expect("gives it back");
    for raw in &mut waits {
        raw::refuse(&raw.read_packet().expect("an answer").1).expect("its turn comes");
    }
    let order = late.value("SELECT GROUP_CONCAT(v ORDER BY id) FROM items").expect("reads");
    assert_eq!(order, "0,1,2");
    holder.query("BEGIN").expect("holds it again");
    let begun = Instant::now();
    let trouble = late.query("UPDATE items SET v = 'late'").expect_err("nothing comes free");
    assert_eq!(trouble.code(), Some(1040));
    assert!(format!("{trouble:?}").contains("pool_wait_ms"), "{trouble:?}");
    assert!(begun.elapsed() < Duration::from_secs(4));
    assert_eq!(proxy.metrics().sum("anabranch_pool_waiting", &[]), 0.0);
    holder.query("ROLLBACK").expect("gives it back");
    late.query("UPDATE items SET v = 'late'").expect("goes on");
}
