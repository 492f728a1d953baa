//! The bundled server as a process, over real connections: what no single room can show.

mod support;

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder, Row};
use support::server::Server;
use support::wait_until;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

async fn connect(server: &Server) -> Conn {
    let opts = OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(server.address().port())
        .user(Some("root"))
        .prefer_socket(false);
    Conn::new(opts).await.expect("the server lets root in")
}

/// The error number of a statement that must fail.
async fn code(conn: &mut Conn, sql: &str) -> u16 {
    match conn.query_drop(sql).await {
        Err(mysql_async::Error::Server(error)) => error.code,
        other => panic!("{sql}: {other:?}"),
    }
}

#[test]
fn data_outlives_the_process_and_belongs_to_one() {
    let mut server = Server::start("[binlog]\nsync = 1\n").expect("the server starts");
    server.sql("CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(9))");
    server
        .sql("INSERT INTO d.t VALUES (1, 'one'), (2, NULL); CREATE VIEW d.w AS SELECT id FROM d.t");
    server.sql("CREATE TABLE d.c AS SELECT * FROM d.t; CREATE USER u IDENTIFIED BY 'x'");
    let twin = std::process::Command::new(env!("CARGO_BIN_EXE_anabranch"))
        .args(["server", "--config"])
        .arg(server.folder().join("server.toml"))
        .output()
        .expect("the program runs");
    assert_eq!(twin.status.code(), Some(1), "a second server on the same data must refuse");
    assert_eq!(server.stop(), Some(0));
    server.restart().expect("it starts again");
    assert_eq!(server.sql("SELECT * FROM d.t; SELECT COUNT(*) FROM d.w"), "1\tone\n2\tNULL\n2");
    server.kill();
    server.restart().expect("it starts after a kill");
    assert_eq!(
        server.sql("SELECT * FROM d.c; SELECT user FROM mysql.user WHERE user = 'u'"),
        "1\tone\n2\tNULL\nu"
    );
}

#[test]
fn waits_for_locks_end_as_in_mysql() {
    let server = Server::start("").expect("the server starts");
    server.sql("CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v INT)");
    server.sql("INSERT INTO d.t VALUES (1, 0), (2, 0)");
    runtime().block_on(async {
        let (mut one, mut two) = (connect(&server).await, connect(&server).await);
        for (conn, id) in [(&mut one, 1), (&mut two, 2)] {
            conn.query_drop("SET innodb_lock_wait_timeout = 1").await.unwrap();
            conn.query_drop("BEGIN").await.unwrap();
            conn.query_drop(format!("UPDATE d.t SET v = v + 1 WHERE id = {id}")).await.unwrap();
        }
        assert_eq!(code(&mut two, "UPDATE d.t SET v = 9 WHERE id = 1").await, 1205);
        assert_eq!(code(&mut two, "SELECT * FROM d.t WHERE id = 1 FOR UPDATE NOWAIT").await, 3572);
        two.query_drop("SET innodb_lock_wait_timeout = 50").await.unwrap();
        one.query_drop("SET innodb_lock_wait_timeout = 50").await.unwrap();
        let first = one.query_drop("UPDATE d.t SET v = 5 WHERE id = 2");
        let second = two.query_drop("UPDATE d.t SET v = 6 WHERE id = 1");
        let outcomes = tokio::join!(first, second);
        let deadlocks = [outcomes.0, outcomes.1]
            .into_iter()
            .filter(|outcome| {
                matches!(outcome, Err(mysql_async::Error::Server(error)) if error.code == 1213)
            })
            .count();
        assert_eq!(deadlocks, 1, "one of the two gives way");
    });
}

#[test]
fn a_running_statement_can_be_killed() {
    let server = Server::start("").expect("the server starts");
    runtime().block_on(async {
        let (mut one, mut two) = (connect(&server).await, connect(&server).await);
        let id = one.id();
        let sleeping = one.query_first::<i64, _>("SELECT SLEEP(60)");
        let killing = async {
            loop {
                let running: Option<Row> = two
                    .query_first(format!(
                        "SELECT ID FROM information_schema.PROCESSLIST WHERE ID = {id} AND INFO LIKE '%SLEEP%'"
                    ))
                    .await
                    .unwrap();
                if running.is_some() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            two.query_drop(format!("KILL QUERY {id}")).await.unwrap();
        };
        let (slept, ()) = tokio::join!(sleeping, killing);
        // MySQL's SLEEP() answers 1 when it is interrupted.
        assert_eq!(slept.unwrap(), Some(1));
        two.query_drop(format!("KILL {id}")).await.unwrap();
        assert!(one.query_drop("SELECT 1").await.is_err(), "the connection is gone");
    });
}

#[test]
fn a_vanished_client_gives_its_locks_back() {
    let server = Server::start("").expect("the server starts");
    server.sql(
        "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY); INSERT INTO d.t VALUES (1)",
    );
    let runtime = runtime();
    let holder = runtime.block_on(async {
        let mut conn = connect(&server).await;
        conn.query_drop("BEGIN").await.unwrap();
        conn.query_drop("DELETE FROM d.t WHERE id = 1").await.unwrap();
        conn
    });
    assert!(server.try_sql("SELECT * FROM d.t WHERE id = 1 FOR UPDATE NOWAIT").is_err());
    drop(holder);
    drop(runtime);
    wait_until("the row to be free", || {
        server.try_sql("SELECT * FROM d.t WHERE id = 1 FOR UPDATE NOWAIT").is_ok()
    });
    assert_eq!(server.sql("SELECT COUNT(*) FROM d.t"), "1");
}

#[test]
fn a_read_only_server_refuses_writes() {
    let server = Server::start("").expect("the server starts");
    server.sql(
        "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY); SET GLOBAL super_read_only = ON",
    );
    for refused in ["INSERT INTO d.t VALUES (1)", "DROP TABLE d.t", "CREATE USER x"] {
        let error = server.try_sql(refused).expect_err(refused);
        assert!(error.contains("ERROR 1290"), "{error}");
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM d.t; SET @a = 1"), "0");
    server
        .sql("SET GLOBAL super_read_only = OFF, GLOBAL read_only = ON; INSERT INTO d.t VALUES (1)");
    let set = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5";
    server.sql(&format!("SET GLOBAL gtid_purged = '{set}'"));
    assert!(server.sql("SELECT @@global.gtid_executed").contains(set));
}

#[test]
fn the_proxy_stands_in_front_of_it() {
    let server = Server::start("").expect("the server starts");
    server.sql("CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY)");
    let proxy = support::Proxy::in_front_of(server.address());
    runtime().block_on(async {
        let opts = OptsBuilder::default()
            .ip_or_hostname("127.0.0.1")
            .tcp_port(proxy.address().port())
            .user(Some("root"))
            .prefer_socket(false);
        let mut conn = Conn::new(opts).await.expect("the proxy lets root in");
        conn.query_drop("BEGIN").await.unwrap();
        conn.query_drop("INSERT INTO d.t VALUES (1), (2)").await.unwrap();
        conn.query_drop("COMMIT").await.unwrap();
        let sum: Option<i64> =
            conn.exec_first("SELECT SUM(id) FROM d.t WHERE id > ?", (0,)).await.unwrap();
        assert_eq!(sum, Some(3));
        let insert = conn.exec_drop("INSERT INTO d.t VALUES (?)", (1,)).await;
        assert!(matches!(insert, Err(mysql_async::Error::Server(error)) if error.code == 1062));
    });
}

/// With autocommit off, what reads no table leaves open what the next transaction will be.
#[test]
fn what_reads_no_table_begins_no_transaction() {
    let server = Server::start("").expect("the server starts");
    server.sql(
        "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY); SET autocommit = 0;
         SET SESSION TRANSACTION READ ONLY; SELECT @@transaction_read_only, 1 + 1;
         SET SESSION TRANSACTION READ WRITE; INSERT INTO d.t VALUES (1); COMMIT",
    );
    runtime().block_on(async {
        let (mut one, mut two) = (connect(&server).await, connect(&server).await);
        one.query_drop("SET autocommit = 0").await.unwrap();
        let level = "SELECT @@transaction_isolation";
        let _: Option<String> = one.query_first(level).await.unwrap();
        one.query_drop("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE").await.unwrap();
        let _: Option<String> = one.query_first(level).await.unwrap();
        let _: Vec<i64> = one.query("SELECT id FROM d.t").await.unwrap();
        assert_eq!(code(&mut two, "SELECT id FROM d.t FOR UPDATE NOWAIT").await, 3572);
        one.query_drop("COMMIT").await.unwrap();
        two.query_drop("SELECT id FROM d.t FOR UPDATE NOWAIT").await.unwrap();
    });
}

/// Texts that differ only in their values share a plan: what one gives must not show in another.
#[test]
fn texts_of_one_shape_keep_their_own_values() {
    let server = Server::start("").expect("the server starts");
    runtime().block_on(async {
        let mut conn = connect(&server).await;
        conn.query_drop("CREATE DATABASE d").await.unwrap();
        conn.query_drop("USE d").await.unwrap();
        conn.query_drop("CREATE TABLE t (id INT PRIMARY KEY, y YEAR, c VARCHAR(20))")
            .await
            .unwrap();
        for id in 100..110 {
            let sql = format!("INSERT INTO t (id, y, c) VALUES ({id}, {}, 'it''s {id}')", id - 76);
            conn.query_drop(sql).await.unwrap();
        }
        for id in 100..110 {
            let own: Option<String> =
                conn.query_first(format!("SELECT c FROM t WHERE id={id}")).await.unwrap();
            assert_eq!(own, Some(format!("it's {id}")));
            // A year of two digits is another number: such a condition is none for a parameter.
            let year: Option<i64> =
                conn.query_first(format!("SELECT id FROM t WHERE y={}", id - 76)).await.unwrap();
            assert_eq!(year, Some(id));
            conn.query_drop(format!("UPDATE t SET c='no {id}' WHERE id={id}")).await.unwrap();
            let found: Vec<i64> = conn
                .query(format!("SELECT id FROM t WHERE id BETWEEN {id} AND {}", id + 1))
                .await
                .unwrap();
            assert_eq!(found.len(), if id == 109 { 1 } else { 2 });
        }
        assert_eq!(
            code(&mut conn, "INSERT INTO t (id, y, c) VALUES (109, 30, 'again')").await,
            1062
        );
        assert_eq!(code(&mut conn, "SELECT nothing FROM t WHERE id=100").await, 1054);
        conn.query_drop("ALTER TABLE t DROP COLUMN y, ADD COLUMN k INT DEFAULT 7 FIRST")
            .await
            .unwrap();
        let rows: Vec<(i64, i64, String)> =
            conn.query("SELECT * FROM t WHERE id=105").await.unwrap();
        assert_eq!(rows, [(7, 105, "no 105".to_owned())]);
        assert_eq!(
            code(&mut conn, "INSERT INTO t (id, y, c) VALUES (111, 30, 'gone')").await,
            1054
        );
        conn.query_drop("DROP TABLE t").await.unwrap();
        assert_eq!(code(&mut conn, "SELECT c FROM t WHERE id=105").await, 1146);
    });
}
#[test]
fn functions_and_variables_tell_of_other_sessions_and_statements() {
    let server = Server::start("").expect("the server starts");
    runtime().block_on(async {
        let (mut one, mut other) = (connect(&server).await, connect(&server).await);
        let id: Option<u64> = one.query_first("SELECT CONNECTION_ID()").await.unwrap();
        one.query_drop("SELECT GET_LOCK('l', 0)").await.unwrap();
        let holder: Option<u64> = other.query_first("SELECT IS_USED_LOCK('l')").await.unwrap();
        assert_eq!(holder, id, "the connection that has the lock");
        assert_eq!(code(&mut one, "SELECT nosuch").await, 1054);
        let counts = "SELECT @@warning_count, @@error_count";
        assert_eq!(one.query_first::<(u64, u64), _>(counts).await.unwrap(), Some((1, 1)));
        assert_eq!(one.query_first::<(u64, u64), _>(counts).await.unwrap(), Some((0, 0)));
        assert_eq!(code(&mut one, "SELEC 1").await, 1064);
        assert_eq!(one.query_first::<(u64, u64), _>(counts).await.unwrap(), Some((1, 1)));
    });
}

/// What looks at many rows by a condition is run beside the runtime; what it sends is sent once.
#[test]
fn a_long_statement_is_begun_again_elsewhere() {
    let server = Server::start("").expect("the server starts");
    server.sql("CREATE DATABASE d; CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, v INT, s VARCHAR(500))");
    server.sql(
        "SET cte_max_recursion_depth = 10000; INSERT INTO d.t (v, s) WITH RECURSIVE n AS \
         (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i, REPEAT('x', 200) FROM n",
    );
    let rows = server.sql("SELECT id, s FROM d.t WHERE v > 0");
    assert_eq!(rows.lines().count(), 5000, "more than the budget, and more than one piece");
    assert_eq!(server.sql("SELECT COUNT(*), SUM(v) FROM d.t WHERE s LIKE 'x%'"), "5000\t12502500");
    let changed =
        server.sql("UPDATE d.t SET v = v + 1 WHERE v > 0; SELECT ROW_COUNT(), SUM(v) FROM d.t");
    assert_eq!(changed, "5000\t12507500", "each row changed once");
    assert_eq!(
        server.sql("DELETE FROM d.t WHERE v > 4000; SELECT ROW_COUNT(), MAX(v) FROM d.t"),
        "1001\t4000"
    );
    assert_eq!(
        server
            .sql("SELECT @n := 0; DO (SELECT COUNT(@n := @n + 1) FROM d.t WHERE v > 0); SELECT @n"),
        "0\n3999"
    );
}
