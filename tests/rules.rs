//! The operator's rules on real servers: by user, schema, table, shape and pattern, in text and prepared; refused
//! statements, statements that take too long, and writes that no rule sends to a replica.

#[path = "support/raw.rs"]
mod raw;
mod support;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use raw::{Raw, Trouble};
use support::{Cluster, Proxy, Server, shared_cluster, wait_until};

const SCHEMA: &str = "test_rules";
const ELSEWHERE: &str = "test_rules_elsewhere";
const REFUSED: Option<u16> = Some(1148);
/// Runs for hours on any machine: a thousand rows, by themselves three times.
const ENDLESS: &str =
    "SELECT COUNT(*) FROM many a, many b, many c, many d WHERE a.id + b.id + c.id = d.id";
/// What MySQL has in the place of `@@in_transaction`.
const IN_TRANSACTION: &str = "SELECT COUNT(*) FROM performance_schema.events_transactions_current \
     JOIN performance_schema.threads USING (thread_id) \
     WHERE processlist_id = CONNECTION_ID() AND state = 'ACTIVE'";
/// More than any statement that is stopped may take on a busy machine.
const SOON: Duration = Duration::from_secs(15);

/// `SELECT @@server_id` asks about one server, so it goes to the primary, server 1, unless a rule says otherwise.
const RULES: &str = r#"
[proxy]
primary_wait_ms = 1000
[[rules]]
name = "by-user"
user = "reader"
target = "replica"
[[rules]]
name = "by-schema"
schema = "test_rules_elsewhere"
target = "replica"
[[rules]]
name = "by-table"
table = "asked"
target = "replica"
[[rules]]
name = "by-shape"
shape = "SELECT @@server_id, 'shape'"
target = "replica"
[[rules]]
name = "to-primary"
pattern = "to the primary"
target = "primary"
[[rules]]
name = "refused"
table = "closed"
refuse = "Closed for repairs"
[[rules]]
name = "limited"
pattern = '(?i)many|limited'
timeout_ms = 200
[[rules]]
name = "on-the-edge"
pattern = "on the edge"
timeout_ms = 20
[[rules]]
name = "to-replicas"
pattern = "to a replica"
target = "replica"
"#;

fn cluster() -> &'static Cluster {
    static MADE: OnceLock<()> = OnceLock::new();
    let cluster = shared_cluster();
    MADE.get_or_init(|| {
        for schema in [SCHEMA, ELSEWHERE] {
            cluster.fresh_schema(schema);
            for table in ["asked", "closed", "items"] {
                let columns = "(id INT PRIMARY KEY, v INT)";
                cluster.sql(0, &format!("CREATE TABLE {schema}.{table} {columns}"));
                cluster.sql(0, &format!("INSERT INTO {schema}.{table} VALUES (1, 1), (2, 2)"));
            }
        }
        let thousand = "SELECT NULL FROM information_schema.columns LIMIT 1000";
        cluster.sql(0, &format!("CREATE TABLE {SCHEMA}.many (id INT PRIMARY KEY AUTO_INCREMENT)"));
        cluster.sql(0, &format!("INSERT INTO {SCHEMA}.many {thousand}"));
        cluster.wait_caught_up();
    });
    cluster
}

/// The servers' own words for what takes too long.
fn too_long() -> Option<u16> {
    Some(cluster().either(1969, 3024))
}

fn assert_in_transaction(raw: &mut Raw) {
    let asked = cluster().either("SELECT @@in_transaction", IN_TRANSACTION);
    assert_eq!(raw.value(asked).expect("goes on"), "1");
}

fn proxy() -> &'static Proxy {
    static PROXY: OnceLock<Proxy> = OnceLock::new();
    PROXY.get_or_init(|| Proxy::start(cluster(), RULES))
}

fn session_of(user: &str, schema: &str) -> Raw {
    let address = proxy().address();
    Raw::sign_in(address, user, "secret", schema).expect("signs in")
}

fn session() -> Raw {
    session_of("app", SCHEMA)
}

/// Which server answers, as text.
fn server(raw: &mut Raw, sql: &str) -> String {
    raw.value(sql).expect("a server answers")
}

/// Which server answers a prepared statement whose first column is a number below 256.
fn server_prepared(raw: &mut Raw, sql: &str) -> String {
    let id = raw.prepare(sql).expect("prepares");
    let rows = raw.execute(id).expect("executes");
    // behind the header byte and the NULL bits
    rows[0][2].to_string()
}

/// Both protocols, until a replica answers: one may have to catch up first.
fn assert_on_replica(raw: &mut Raw, sql: &str) {
    wait_until("a replica's answer", || server(raw, sql) != "1");
    wait_until("a replica's answer, prepared", || server_prepared(raw, sql) != "1");
}

fn assert_on_primary(raw: &mut Raw, sql: &str) {
    assert_eq!(server(raw, sql), "1", "{sql}");
    assert_eq!(server_prepared(raw, sql), "1", "{sql}, prepared");
}

#[test]
fn rules_by_user_schema_table_and_shape() {
    assert_on_replica(&mut session_of("reader", SCHEMA), "SELECT @@server_id");
    assert_on_replica(&mut session_of("app", ELSEWHERE), "SELECT @@server_id");
    let mut raw = session();
    assert_on_primary(&mut raw, "SELECT @@server_id");
    assert_on_primary(&mut raw, "SELECT @@server_id FROM items LIMIT 1");
    assert_on_replica(&mut raw, "SELECT @@server_id FROM test_rules_elsewhere.items LIMIT 1");
    assert_on_replica(&mut raw, "SELECT @@server_id FROM asked LIMIT 1");
    assert_on_replica(&mut raw, "SELECT @@server_id, 'any'");
    assert_on_primary(&mut raw, "SELECT @@server_id, 'any', v FROM items LIMIT 1");
    raw.query("USE test_rules_elsewhere").expect("another schema");
    assert_on_replica(&mut raw, "SELECT @@server_id");
}

#[test]
fn rules_hold_for_statements_prepared_as_text() {
    let mut raw = session();
    raw.query("PREPARE one FROM 'SELECT @@server_id FROM asked LIMIT 1'").expect("prepares");
    wait_until("a replica's answer", || server(&mut raw, "EXECUTE one") != "1");
    raw.query("PREPARE two FROM 'SELECT @@server_id FROM items LIMIT 1'").expect("prepares");
    assert_eq!(server(&mut raw, "EXECUTE two"), "1");
    raw.query("PREPARE three FROM 'SELECT * FROM closed'").expect("prepares");
    let refused = raw.query("EXECUTE three").expect_err("a rule refuses it");
    assert_eq!(refused.code(), REFUSED);
}

#[test]
fn the_reason_is_the_rule() {
    let counted = || {
        let labels = [("target", "primary"), ("reason", "rule")];
        proxy().metrics().sum("anabranch_statements_total", &labels)
    };
    let before = counted();
    let mut raw = session();
    for _ in 0..3 {
        raw.query("SELECT v FROM items /* to the primary */").expect("reads");
    }
    wait_until("the rule to be counted", || counted() >= before + 3.0);
}

#[test]
fn a_session_and_a_hint_go_before_a_rule() {
    let mut raw = session();
    let hinted = "SELECT @@server_id FROM asked /* anabranch: primary */ LIMIT 1";
    assert_eq!(server(&mut raw, hinted), "1");
    raw.query("SET @anabranch_route = 'primary'").expect("sets");
    assert_on_primary(&mut raw, "SELECT @@server_id FROM asked LIMIT 1");
    raw.query("SET @anabranch_route = ''").expect("takes back");
    assert_on_replica(&mut raw, "SELECT @@server_id FROM asked LIMIT 1");
}

#[test]
fn refused_statements_do_not_run() {
    let mut raw = session();
    for sql in
        ["SELECT * FROM closed", "DELETE FROM closed", "UPDATE items, closed SET items.v = 0"]
    {
        let Err(Trouble::Error { code, message }) = raw.query(sql) else { panic!("{sql} ran") };
        assert_eq!((code, message.as_str()), (1148, "#42000Closed for repairs"), "{sql}");
        assert_eq!(raw.prepare(sql).expect_err("prepared").code(), REFUSED, "{sql}");
    }
    assert_eq!(raw.value("SELECT SUM(v) FROM items").expect("goes on"), "3");
    assert_eq!(cluster().sql(0, &format!("SELECT COUNT(*) FROM {SCHEMA}.closed")), "2");
    raw.query("BEGIN").expect("begins");
    assert_eq!(raw.query("SELECT 1 FROM closed").expect_err("refused").code(), REFUSED);
    assert_in_transaction(&mut raw);
}

#[test]
fn no_rule_sends_a_write_to_a_replica() {
    let mut raw = session();
    raw.query("INSERT INTO items VALUES (100, 0) /* to a replica */").expect("writes");
    raw.query("SELECT * FROM items WHERE id = 100 FOR UPDATE /* to a replica */").expect("locks");
    let id = raw.prepare("DELETE FROM items WHERE id = 100 /* to a replica */").expect("prepares");
    raw.execute(id).expect("deletes");
    assert_eq!(
        cluster().sql(0, &format!("SELECT COUNT(*) FROM {SCHEMA}.items WHERE id = 100")),
        "0"
    );
}

#[test]
fn what_takes_too_long_is_stopped() {
    let mut raw = session();
    let begun = Instant::now();
    let Err(Trouble::Error { code, message }) = raw.query(ENDLESS) else { panic!("it ended") };
    assert_eq!(Some(code), too_long());
    let said = cluster().either(
        "#70100Query execution was interrupted (max_statement_time exceeded)",
        "#HY000Query execution was interrupted, maximum statement execution time exceeded",
    );
    assert_eq!(message, said);
    let id = raw.prepare(ENDLESS).expect("prepares");
    assert_eq!(raw.execute(id).expect_err("stopped, prepared").code(), too_long());
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    assert_eq!(raw.value("SELECT SUM(v) FROM items").expect("goes on"), "3");
    let running = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT COUNT(*) FROM many%'";
    for n in 0..3 {
        wait_until("the server to have stopped", || cluster().sql(n, running) == "0");
    }
}

#[test]
fn a_write_that_waits_for_a_lock_is_stopped_and_its_transaction_goes_on() {
    let (mut holder, mut waiter) = (session_of("app", ELSEWHERE), session_of("app", ELSEWHERE));
    let update = "UPDATE test_rules.items SET v = 2 WHERE id = 2 /* limited */";
    holder.query("BEGIN").expect("begins");
    holder.query("UPDATE test_rules.items SET v = 2 WHERE id = 2").expect("locks");
    waiter.query("BEGIN").expect("begins");
    let stopped = waiter.query(update).expect_err("waits for too long");
    assert_eq!(stopped.code(), too_long());
    holder.query("ROLLBACK").expect("lets go");
    assert_in_transaction(&mut waiter);
    waiter.query(update).expect("has the lock now");
    waiter.query("ROLLBACK").expect("ends");
}

/// A KILL that comes too late must not stop the session's next statement.
#[test]
fn what_ends_just_in_time_leaves_the_next_statement_alone() {
    let mut raw = session();
    let mut stopped = 0;
    for round in 0..60 {
        match raw.query(&format!(
            "SELECT SLEEP({}) /* on the edge */",
            0.012 + f64::from(round) / 4000.0
        )) {
            Ok(_) => {}
            Err(trouble) => {
                assert_eq!(trouble.code(), too_long());
                stopped += 1;
            }
        }
        assert_eq!(raw.value("SELECT 7").expect("is left alone"), "7");
    }
    assert!(stopped < 60, "none ended in time");
}

/// Nor that of another client, who gets the connection next.
#[test]
fn what_is_stopped_on_a_shared_connection_leaves_the_next_client_alone() {
    let shared = "[proxy]\nworkers = 1\npooling = \"transaction\"\nmax_server_connections = 1\n\
                  [[rules]]\nname = \"on-the-edge\"\npattern = \"on the edge\"\ntimeout_ms = 20\n";
    let proxy = Proxy::start(cluster(), shared);
    let sign_in = || Raw::sign_in(proxy.address(), "app", "secret", SCHEMA).expect("signs in");
    let (mut one, mut two) = (sign_in(), sign_in());
    let (mut stopped, mut between) = (0, 0);
    for round in 0..60 {
        let sleep = 0.012 + f64::from(round) / 4000.0;
        let sql = format!("SELECT SLEEP({sleep}) /* on the edge */");
        std::thread::scope(|scope| {
            let edge = scope.spawn(|| one.query(&sql));
            // In line for the same connection all the while, and once after it.
            let mut over = false;
            while !std::mem::replace(&mut over, edge.is_finished()) {
                // A SLEEP that is killed says 1, where it does not fail.
                assert_eq!(two.value("SELECT SLEEP(0.001)").expect("is left alone"), "0");
                between += 1;
            }
            if let Err(trouble) = edge.join().expect("no panic") {
                assert_eq!(trouble.code(), too_long());
                stopped += 1;
            }
        });
        assert_eq!(one.value("SELECT SLEEP(0.001)").expect("is left alone"), "0");
    }
    assert!((1..60).contains(&stopped), "{stopped} stopped of 60");
    assert!(between >= 60, "{between}");
    assert_eq!(proxy.metrics().sum("anabranch_server_connections", &[("server", "db0")]), 1.0);
}

/// Bundled servers say it with MySQL's number.
#[test]
fn a_bundled_server_stops_what_takes_too_long() {
    let server = Server::start("").expect("starts");
    let rule = "[[rules]]\nname = \"limited\"\npattern = \"limited\"\ntimeout_ms = 200\n";
    server.sql("CREATE USER app IDENTIFIED WITH mysql_native_password BY 'secret'");
    server.sql("GRANT ALL ON *.* TO app");
    let proxy = Proxy::in_front_of_with(server.address(), rule);
    let session = || Raw::sign_in(proxy.address(), "app", "secret", "").expect("signs in");
    let (mut holder, mut waiter) = (session(), session());
    holder.query("CREATE DATABASE d").expect("creates");
    holder.query("CREATE TABLE d.t (id INT PRIMARY KEY, v INT)").expect("creates");
    holder.query("INSERT INTO d.t VALUES (1, 1)").expect("writes");
    holder.query("BEGIN").expect("begins");
    holder.query("UPDATE d.t SET v = 2").expect("locks");
    let update = "UPDATE d.t SET v = v + 10 /* limited */";
    let Err(Trouble::Error { code, message }) = waiter.query(update) else { panic!("it ended") };
    assert_eq!(code, 3024);
    let text = "Query execution was interrupted, maximum statement execution time exceeded";
    assert_eq!(message, format!("#HY000{text}"));
    let id = waiter.prepare(update).expect("prepares");
    assert_eq!(waiter.execute(id).expect_err("stopped, prepared").code(), Some(3024));
    holder.query("ROLLBACK").expect("lets go");
    waiter.execute(id).expect("has the lock now");
    assert_eq!(waiter.value("SELECT v FROM d.t").expect("reads"), "11");
}
