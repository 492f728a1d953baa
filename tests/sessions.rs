//! What a session may rely on while its statements run on several servers, and what it is told when
//! something of it is lost. Each test is a story that once went wrong, or could.

#[path = "support/raw.rs"]
mod raw;
mod support;

use std::sync::OnceLock;

use raw::Raw;
use support::{Cluster, Proxy, shared_cluster, wait_until};

const COM_STMT_EXECUTE: u8 = 0x17;
const COM_STMT_SEND_LONG_DATA: u8 = 0x18;
const COM_STMT_RESET: u8 = 0x1a;
const LOST: Option<u16> = Some(2013);

fn proxy() -> &'static Proxy {
    static PROXY: OnceLock<Proxy> = OnceLock::new();
    PROXY.get_or_init(|| Proxy::start(shared_cluster(), "[proxy]\nprimary_wait_ms = 1000"))
}

/// A session with a schema of its own, which holds `items(id, v)` with one row on all servers.
fn session(name: &str) -> Raw {
    let (cluster, schema) = (shared_cluster(), format!("test_{name}"));
    cluster.fresh_schema(&schema);
    let table = format!("{schema}.items (id INT PRIMARY KEY AUTO_INCREMENT, v LONGBLOB)");
    cluster.sql(0, &format!("CREATE TABLE {table}; INSERT INTO {schema}.items (v) VALUES ('one')"));
    cluster.wait_caught_up();
    let mut raw = Raw::sign_in(proxy().address(), "app", "secret", &schema).expect("signs in");
    // What the set-up wrote is the primary's news to the proxy, too.
    wait_until("a read from a replica", || server(&mut raw) != "1");
    raw
}

/// The id of the server that answers a read in a read-only transaction.
fn server(raw: &mut Raw) -> String {
    raw.query("START TRANSACTION READ ONLY").expect("begins");
    let id = raw.value("SELECT @@server_id").expect("a server answers");
    raw.query("COMMIT").expect("ends");
    id
}

/// Kills the session's connection to the primary, as an operator or a time limit might.
fn cut_primary(cluster: &Cluster, schema: &str) {
    let find = format!(
        "SELECT GROUP_CONCAT(id) FROM information_schema.processlist WHERE db = '{schema}'"
    );
    let ids = cluster.sql(0, &find);
    for id in ids.trim().split(',') {
        cluster.sql(0, &format!("KILL {id}"));
    }
    wait_until("the connection to be gone", || cluster.sql(0, &find).trim() == "NULL");
    // A connection is looked at again only when it has been idle for a moment.
    std::thread::sleep(std::time::Duration::from_millis(150));
}

#[test]
fn after_a_failed_prepare_there_is_no_last_prepared_statement() {
    let mut raw = session("last_prepared");
    raw.prepare("DELETE FROM items").expect("prepares");
    raw.prepare("INSERT INTO missing VALUES (1)").expect_err("no such table");
    let trouble = raw.execute(u32::MAX).expect_err("nothing was prepared last");
    assert_eq!(trouble.code(), Some(1243));
    assert_eq!(raw.value("SELECT COUNT(*) FROM items").expect("counts"), "1");
}

#[test]
fn the_insert_id_and_counts_of_another_servers_statement_come_together() {
    let mut raw = session("id_and_counts");
    raw.query("INSERT INTO items (v) VALUES ('two'), ('three')").expect("writes");
    wait_until("a COMMIT on a replica", || server(&mut raw) != "1");
    let both = raw.value("SELECT CONCAT(LAST_INSERT_ID(), '/', ROW_COUNT())").expect("answers");
    assert_eq!(both, "2/0");
}

/// What a replica answers before it has the session's write is passed over, however large it is.
#[test]
fn a_large_read_that_waited_in_vain_runs_elsewhere() {
    let mut raw = session("large_and_late");
    let cluster = shared_cluster();
    raw.query("INSERT INTO items (v) VALUES (REPEAT('x', 6000000))").expect("writes");
    wait_until("a read from a replica", || server(&mut raw) != "1");
    raw.query("SET @kept = 1").expect("it is on the primary's connection");
    let locks: Vec<_> = (1..=2)
        .map(|n| {
            let mut lock =
                Raw::sign_in(cluster.address(n), "root", "secret", "").expect("signs in");
            lock.query("LOCK TABLES test_large_and_late.items READ").expect("locks");
            lock
        })
        .collect();
    for round in 1..=5 {
        raw.query(&format!("UPDATE items SET v = 'round {round}' WHERE id = 1")).expect("writes");
        let rows = raw.query("SELECT v FROM items ORDER BY id").expect("reads");
        let read: Vec<_> = rows.iter().map(|row| row[0].clone().unwrap_or_default()).collect();
        assert_eq!((&*read[0], read[1].len()), (&*format!("round {round}"), 6_000_000));
    }
    drop(locks);
    assert_eq!(raw.value("SELECT @kept").expect("that connection was not lost"), "1");
}

#[test]
fn a_reset_on_a_replica_leaves_the_transaction_on_the_primary_alone() {
    let mut raw = session("reset_elsewhere");
    let id = raw.prepare("SELECT v FROM items").expect("prepares");
    assert_eq!(raw.execute(id).expect("runs on a replica").len(), 1);
    raw.query("BEGIN").expect("begins");
    raw.query("INSERT INTO items (v) VALUES ('two')").expect("writes");
    raw.command(COM_STMT_RESET, &id.to_le_bytes()).expect("is sent");
    raw::refuse(&raw.read_packet().expect("an answer").1).expect("is reset");
    assert_eq!(raw.value("SELECT COUNT(*) FROM items").expect("its own row"), "2");
    raw.query("ROLLBACK").expect("is still open");
    assert_eq!(raw.value("SELECT COUNT(*) FROM items").expect("counts"), "1");
}

#[test]
fn user_variables_are_where_statements_look_for_them() {
    let mut raw = session("user_variables");
    raw.query("SET @a = 'mine'").expect("sets");
    raw.query("START TRANSACTION READ ONLY").expect("begins");
    assert_eq!(raw.value("SELECT @a").expect("has a value"), "mine");
    raw.query("COMMIT").expect("ends");
    raw.query("INSERT INTO items (v) VALUES (@a)").expect("writes it");
    assert_eq!(raw.value("SELECT v FROM items WHERE id = 2").expect("reads it"), "mine");
}

#[test]
fn a_variable_set_on_a_replica_never_becomes_null_in_a_write() {
    let mut raw = session("replica_variable");
    raw.query("START TRANSACTION READ ONLY").expect("begins on a replica");
    raw.query("SET @a = 'far'").expect("sets it there");
    raw.query("COMMIT").expect("ends");
    let trouble = raw.query("INSERT INTO items (v) VALUES (@a)").expect_err("cannot be carried");
    assert_eq!(trouble.code(), Some(1105));
    assert_eq!(raw.value("SELECT COUNT(*) FROM items").expect("counts"), "1");
    raw.query("SET @a = 'near'").expect("sets again");
    raw.query("INSERT INTO items (v) VALUES (@a)").expect("writes it");
}

#[test]
fn an_insert_id_that_is_lost_is_not_zero() {
    let mut raw = session("insert_id");
    raw.query("INSERT INTO items (v) VALUES ('two')").expect("writes");
    assert_eq!(raw.value("SELECT LAST_INSERT_ID()").expect("is known"), "2");
    cut_primary(shared_cluster(), "test_insert_id");
    raw.query("UPDATE items SET v = 'x'").expect("reconnects in silence");
    let trouble = raw.query("INSERT INTO items (v) SELECT LAST_INSERT_ID()").expect_err("is lost");
    assert_eq!(trouble.code(), LOST);
}

#[test]
fn what_held_a_session_is_missed_when_it_is_gone() {
    let mut raw = session("held");
    raw.query("CREATE TEMPORARY TABLE own (a INT)").expect("creates");
    cut_primary(shared_cluster(), "test_held");
    let trouble = raw.query("SELECT COUNT(*) FROM items").expect_err("the table is gone");
    assert_eq!(trouble.code(), LOST);
    assert_eq!(raw.value("SELECT COUNT(*) FROM items").expect("goes on"), "1");
}

#[test]
fn long_data_that_was_lost_is_not_left_out() {
    let mut raw = session("long_data");
    let id = prepare_insert(&mut raw);
    let piece = |raw: &mut Raw, text: &[u8]| {
        raw.command(COM_STMT_SEND_LONG_DATA, &[&id.to_le_bytes()[..], &[0, 0], text].concat())
    };
    piece(&mut raw, b"half of ").expect("is sent");
    raw.value("SELECT LAST_INSERT_ID()").expect("the piece has arrived by now");
    cut_primary(shared_cluster(), "test_long_data");
    piece(&mut raw, b"a value").expect("is sent");
    let blob = [0xfc, 0];
    let body = [&id.to_le_bytes()[..], &[0, 1, 0, 0, 0, 0, 1], &blob[..]].concat();
    raw.command(COM_STMT_EXECUTE, &body).expect("is sent");
    let trouble = raw::refuse(&raw.read_packet().expect("an answer").1).expect_err("is refused");
    assert_eq!(trouble.code(), LOST);
    assert_eq!(raw.value("SELECT COUNT(*) FROM items").expect("counts"), "1");
}

/// Prepares an INSERT with one parameter; its definitions are read and forgotten.
fn prepare_insert(raw: &mut Raw) -> u32 {
    raw.command(0x16, b"INSERT INTO items (v) VALUES (?)").expect("is sent");
    let (_, ok) = raw.read_packet().expect("PREPARE_OK");
    for _ in 0..2 {
        raw.read_packet().expect("the parameter's definition, and EOF");
    }
    u32::from_le_bytes([ok[1], ok[2], ok[3], ok[4]])
}

#[test]
fn begin_leaves_a_read_only_transaction_that_is_on_a_replica() {
    let mut raw = session("begin_again");
    raw.query("START TRANSACTION READ ONLY").expect("begins on a replica");
    raw.query("SELECT * FROM items").expect("reads");
    raw.query("BEGIN").expect("commits and begins");
    raw.query("INSERT INTO items (v) VALUES ('two')").expect("is on the primary now");
    raw.query("COMMIT").expect("commits");
    assert_eq!(raw.value("SELECT COUNT(*) FROM items").expect("counts"), "2");
}

#[test]
fn a_driver_that_changes_what_is_tracked_keeps_its_settings_and_its_writes() {
    let mut raw = session("tracking");
    let set = "SET session_track_system_variables = 'auto_increment_increment', sql_mode = 'ANSI'";
    raw.query(set).expect("sets");
    for round in 0..20 {
        raw.query("INSERT INTO items (v) VALUES ('more')").expect("writes");
        let count = raw.value("SELECT COUNT(*) FROM items").expect("reads");
        assert_eq!(count, (round + 2).to_string(), "a stale read");
        let ansi = raw.value("SELECT @@sql_mode LIKE '%ANSI_QUOTES%'").expect("reads");
        assert_eq!(ansi, "1", "the mode is everywhere");
    }
}
