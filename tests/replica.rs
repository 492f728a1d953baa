//! The bundled server as a replica: of MariaDB, of MySQL where `ANABRANCH_TEST_MYSQL` names one (`host:port`, root
//! without a password, `gtid_mode=ON`), of its own kind, in a tree, and under kill -9.

mod support;

use std::time::Duration;

use support::server::Server;
use support::{shared_cluster, wait_until, wait_until_within};

/// Longest time for a replica to catch up with what a test has written.
const CATCH_UP: Duration = Duration::from_secs(60);

/// Every type, NULLs, tables with and without keys, definitions between. `{rows}` makes 5,000 rows.
const WORK: &str = r#"
CREATE TABLE types (id INT PRIMARY KEY AUTO_INCREMENT, a TINYINT, b TINYINT UNSIGNED, c SMALLINT, d MEDIUMINT,
  e MEDIUMINT UNSIGNED, f BIGINT, g BIGINT UNSIGNED, h DECIMAL(20,6), i FLOAT, j DOUBLE, k BIT(13), l YEAR, m DATE,
  n TIME(3), o DATETIME(6), p TIMESTAMP(2) NULL, q CHAR(10), r VARCHAR(300), s VARCHAR(20) CHARACTER SET latin1,
  t BINARY(8), u VARBINARY(300), v TEXT, w MEDIUMTEXT, x BLOB, y LONGBLOB, z ENUM('x','y','z'), aa SET('a','b','c'),
  ab JSON) DEFAULT CHARSET utf8mb4;
INSERT INTO types VALUES (1, -128, 255, -32768, -8388608, 16777215, -9223372036854775808, 18446744073709551615,
  '-12345678901234.123456', 1.5, 2.25e100, b'1010101010101', 2024, '2024-02-29', '-838:59:58.123',
  '2024-02-29 23:59:59.999999', '2024-02-29 12:00:00.12', 'ab', 'wide ☃', 'café', x'0102', x'00ff',
  REPEAT('s', 1000), REPEAT('t', 70000), x'00ffee', REPEAT('v', 300000), 'y', 'a,c',
  '{"a": [1, 2.5, "x"], "b": null}');
INSERT INTO types (id) VALUES (2);
INSERT INTO types (r, q) VALUES ('', 'trail  '), (NULL, 'é');
UPDATE types SET f = f + 1, r = 'changed', ab = '[]' WHERE id = 1;
UPDATE types SET h = 7.5 WHERE id > 1;
DELETE FROM types WHERE id = 3;
CREATE TABLE keyless (a INT, b VARCHAR(20));
INSERT INTO keyless VALUES (1, 'x'), (1, 'x'), (2, NULL), (NULL, NULL);
DELETE FROM keyless WHERE a = 1 LIMIT 1;
UPDATE keyless SET b = 'two' WHERE a = 2;
ALTER TABLE types ADD COLUMN extra VARCHAR(10) DEFAULT 'new', ADD INDEX (r(20));
INSERT INTO types (id, extra) VALUES (50, 'late');
CREATE TABLE big (id INT PRIMARY KEY, v VARCHAR(100));
INSERT INTO big {rows};
BEGIN;
UPDATE big SET v = CONCAT(v, '!') WHERE id % 3 = 0;
SAVEPOINT a; DELETE FROM big WHERE id < 100; ROLLBACK TO a;
DELETE FROM big WHERE id > 4900;
COMMIT;
CREATE TABLE parent (id INT PRIMARY KEY);
CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE);
CREATE TABLE grandchild (id INT PRIMARY KEY, c INT,
  FOREIGN KEY (c) REFERENCES child (id) ON DELETE SET NULL ON UPDATE CASCADE);
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO grandchild VALUES (1, 1), (2, 3), (3, NULL);
DELETE FROM parent WHERE id = 1;
UPDATE child SET id = 33 WHERE id = 3;
CREATE TABLE copied AS SELECT id, v FROM big WHERE id < 120;
RENAME TABLE copied TO moved;
TRUNCATE TABLE keyless; INSERT INTO keyless VALUES (5, 'five');
CREATE VIEW seen AS SELECT id, v FROM big WHERE id < 10;
CREATE USER joe@'%' IDENTIFIED BY 'pw'; GRANT SELECT ON work.* TO joe@'%';
"#;

const TABLES: [&str; 8] =
    ["types", "keyless", "big", "parent", "child", "grandchild", "moved", "seen"];

/// The rows of a table, in the order of its first column.
fn rows(table: &str) -> String {
    format!("SELECT * FROM work.{table} ORDER BY 1")
}

/// Where a replica is with its source.
fn follow(server: &Server, options: &str) {
    server.sql(&format!("CHANGE REPLICATION SOURCE TO {options}; START REPLICA"));
}

/// Fields of SHOW REPLICA STATUS and their places.
const FIELDS: [(&str, usize); 7] = [
    ("Replica_IO_Running", 10),
    ("Replica_SQL_Running", 11),
    ("Seconds_Behind_Source", 32),
    ("Last_IO_Errno", 34),
    ("Last_IO_Error", 35),
    ("Last_SQL_Errno", 36),
    ("Last_SQL_Error", 37),
];

/// A field of SHOW REPLICA STATUS.
fn status(server: &Server, field: &str) -> String {
    let row = server.sql("SHOW REPLICA STATUS");
    let (_, place) = FIELDS.iter().find(|(name, _)| *name == field).expect("a known field");
    row.split('\t').nth(*place).unwrap_or_else(|| panic!("{field} in {row}")).to_owned()
}

/// Waits until the replica has the row that is written last, and stops early where it has an error.
fn wait_for(server: &Server, question: &str, answer: &str) {
    let mut seen = String::new();
    wait_until_within(CATCH_UP, "the replica to have everything", || {
        seen = server.try_sql(question).unwrap_or_default();
        let failed = status(server, "Last_SQL_Error") + &status(server, "Last_IO_Error");
        assert!(failed.is_empty() || seen == answer, "{failed}");
        seen == answer
    });
}

fn own(source: &Server) -> String {
    let port = source.address().port();
    format!(
        "SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {port}, SOURCE_USER = 'root', \
         SOURCE_AUTO_POSITION = 1, SOURCE_HEARTBEAT_PERIOD = 1"
    )
}

#[test]
fn of_mariadb_by_gtid_and_by_position() {
    let source = shared_cluster();
    source.fresh_schema("work");
    let place = source.sql(0, "SHOW MASTER STATUS");
    let mut place = place.split('\t');
    let (file, offset) = (place.next().unwrap_or_default(), place.next().unwrap_or_default());
    let by_position = Server::start_with_id(71, "").expect("a server");
    by_position.sql("CREATE DATABASE work");
    let port = source.address(0).port();
    let options = format!(
        "SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {port}, SOURCE_USER = 'repl', SOURCE_PASSWORD = 'secret'"
    );
    follow(
        &by_position,
        &format!("{options}, SOURCE_LOG_FILE = '{file}', SOURCE_LOG_POS = {offset}"),
    );
    let work = WORK.replace("{rows}", "SELECT seq, CONCAT('row ', seq) FROM seq_1_to_5000");
    source.sql(0, &format!("USE work; {work} INSERT INTO work.parent VALUES (99)"));
    let mut by_gtid = Server::start_with_id(72, "[binlog]\nsync = 1\n").expect("a server");
    follow(&by_gtid, &format!("{options}, SOURCE_AUTO_POSITION = 1"));
    for server in [&by_position, &by_gtid] {
        wait_for(server, "SELECT id FROM work.parent WHERE id = 99", "99");
        for table in TABLES {
            assert_eq!(server.sql(&rows(table)), source.sql(0, &rows(table)), "{table}");
        }
    }
    by_gtid.kill();
    let long = "x".repeat(300);
    source.sql(
        0,
        &format!(
            "SET GLOBAL log_bin_compress = 1, GLOBAL log_bin_compress_min_len = 10;
             CREATE TABLE work.packed (id INT PRIMARY KEY, v VARCHAR(90)) COMMENT '{long}';
             INSERT INTO work.packed SELECT seq, REPEAT('c', 90) FROM work.seq_1_to_300;
             UPDATE work.packed SET v = 'short' WHERE id < 5; DELETE FROM work.packed WHERE id = 9;
             SET GLOBAL log_bin_compress = 0, GLOBAL rpl_semi_sync_master_enabled = 1;"
        ),
    );
    by_position.sql("STOP REPLICA; SET GLOBAL rpl_semi_sync_replica_enabled = 1; START REPLICA");
    source.sql(0, "INSERT INTO work.parent VALUES (100)");
    by_gtid.restart().expect("it starts again");
    wait_for(&by_gtid, "SELECT MAX(id) FROM work.parent", "100");
    wait_for(&by_position, "SELECT MAX(id) FROM work.parent", "100");
    for server in [&by_position, &by_gtid] {
        assert_eq!(server.sql(&rows("packed")), source.sql(0, &rows("packed")));
    }
    source.sql(0, "SET GLOBAL rpl_semi_sync_master_enabled = 0");
}

#[test]
fn of_mysql() {
    let Ok(address) = std::env::var("ANABRANCH_TEST_MYSQL") else {
        return println!("skipped: ANABRANCH_TEST_MYSQL names no MySQL server");
    };
    let (host, port) = address.split_once(':').expect("host:port");
    let source = |statements: &str| {
        let output = std::process::Command::new("mariadb")
            .args(["--no-defaults", "-BN", "-uroot", "-h", host, "-P", port, "-e", statements])
            .output()
            .expect("the mariadb client runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    };
    source(
        "DROP DATABASE IF EXISTS work; DROP USER IF EXISTS joe@'%', repl@'%'; CREATE DATABASE work",
    );
    source(
        "CREATE USER repl@'%' IDENTIFIED BY 'secret'; GRANT REPLICATION SLAVE ON *.* TO repl@'%'",
    );
    let numbers = "WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 5000) \
                   SELECT n, CONCAT('row ', n) FROM s";
    let work = WORK.replace("{rows}", numbers);
    source(&format!("SET cte_max_recursion_depth = 10000; USE work; {work}"));
    source(
        "SET binlog_transaction_compression = 1; USE work; UPDATE big SET v = REPEAT('z', 90);
         SET binlog_transaction_compression = 0; SET binlog_row_image = MINIMAL;
         UPDATE types SET r = 'minimal' WHERE id = 1; INSERT INTO types (id) VALUES (77);
         SET binlog_row_image = NOBLOB; UPDATE types SET r = 'noblob' WHERE id = 2;
         INSERT INTO parent VALUES (99)",
    );
    let replica = Server::start_with_id(73, "").expect("a server");
    follow(
        &replica,
        &format!(
            "SOURCE_HOST = '{host}', SOURCE_PORT = {port}, SOURCE_USER = 'repl', SOURCE_PASSWORD = 'secret', \
             SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1"
        ),
    );
    wait_for(&replica, "SELECT id FROM work.parent WHERE id = 99", "99");
    for table in TABLES {
        assert_eq!(replica.sql(&rows(table)), source(&rows(table)), "{table}");
    }
}

#[test]
fn a_tree_of_its_own_kind_keeps_the_gtids() {
    let source = Server::start_with_id(1, "").expect("a server");
    let (middle, leaf) = (Server::start_with_id(2, ""), Server::start_with_id(3, ""));
    let (middle, leaf) = (middle.expect("a server"), leaf.expect("a server"));
    follow(&middle, &own(&source));
    follow(&leaf, &own(&middle));
    let numbers = "WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 5000) \
                   SELECT n, CONCAT('row ', n) FROM s";
    let work = WORK.replace("{rows}", numbers);
    source.sql(&format!(
        "SET cte_max_recursion_depth = 10000; CREATE DATABASE work; USE work; {work}"
    ));
    let executed = source.sql("SELECT @@gtid_executed");
    for server in [&middle, &leaf] {
        wait_for(server, "SELECT @@gtid_executed", &executed);
        for table in TABLES {
            assert_eq!(server.sql(&rows(table)), source.sql(&rows(table)), "{table}");
        }
        assert_eq!(status(server, "Seconds_Behind_Source"), "0");
        let worker = "SELECT SERVICE_STATE, LAST_ERROR_NUMBER \
                      FROM performance_schema.replication_applier_status_by_worker";
        assert_eq!(server.sql(worker), "ON\t0");
    }
}

#[test]
fn statements_are_refused_as_mysql_does() {
    let server = Server::start_with_id(4, "").expect("a server");
    let code = |sql: &str| {
        let error = server.try_sql(sql).expect_err(sql);
        let code = error.split("ERROR ").nth(1).and_then(|rest| rest.split(' ').next());
        code.unwrap_or_default().to_owned()
    };
    assert_eq!(code("START REPLICA"), "1200");
    assert_eq!(code("START GROUP_REPLICATION"), "1235");
    assert_eq!(code("CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'x' FOR CHANNEL 'c'"), "1235");
    assert_eq!(server.sql("SHOW REPLICA STATUS"), "");
    // Nobody listens there, which is no reason to give up.
    follow(
        &server,
        "SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1, SOURCE_USER = 'u', SOURCE_AUTO_POSITION = 1",
    );
    assert_eq!(code("CHANGE REPLICATION SOURCE TO SOURCE_PORT = 2"), "3081");
    assert_eq!(code("RESET REPLICA"), "3081");
    wait_until("the receiver to say why", || status(&server, "Last_IO_Errno") == "2003");
    assert_eq!(status(&server, "Replica_IO_Running"), "Connecting");
    server.sql("STOP REPLICA; RESET REPLICA ALL");
    assert_eq!(server.sql("SHOW SLAVE STATUS"), "");
}

#[test]
fn what_does_not_fit_stops_the_applier_and_nothing_is_skipped() {
    let (source, replica) = (Server::start_with_id(1, ""), Server::start_with_id(5, ""));
    let (source, replica) = (source.expect("a server"), replica.expect("a server"));
    follow(&replica, &own(&source));
    source.sql("CREATE DATABASE work; CREATE TABLE work.t (id INT PRIMARY KEY, v INT)");
    source.sql("INSERT INTO work.t VALUES (1, 1), (2, 2)");
    wait_for(&replica, "SELECT COUNT(*) FROM work.t", "2");
    replica.sql("SET sql_log_bin = 0; DELETE FROM work.t WHERE id = 1");
    source.sql("UPDATE work.t SET v = 10 WHERE id = 1");
    source.sql("UPDATE work.t SET v = 20 WHERE id = 2");
    wait_until("the applier to stop", || status(&replica, "Replica_SQL_Running") == "No");
    assert_eq!(status(&replica, "Last_SQL_Errno"), "1032");
    let error = status(&replica, "Last_SQL_Error");
    assert!(error.contains("Update_rows event on table work.t"), "{error}");
    assert!(error.contains("source log binlog.000001, end_log_pos"), "{error}");
    assert_eq!(replica.sql("SELECT * FROM work.t"), "2\t2", "nothing after it was applied");
    replica.sql("SET sql_log_bin = 0; INSERT INTO work.t VALUES (1, 1)");
    replica.sql("START REPLICA SQL_THREAD");
    wait_for(&replica, "SELECT * FROM work.t ORDER BY id", "1\t10\n2\t20");
}

#[test]
fn kill_9_under_load_loses_and_repeats_nothing() {
    let rounds = std::env::var("ANABRANCH_CRASH_ROUNDS").ok();
    let rounds: u32 = rounds.map_or(5, |text| text.parse().expect("ANABRANCH_CRASH_ROUNDS"));
    let source = Server::start_with_id(1, "").expect("a server");
    let mut replica =
        Server::start_with_id(6, "[binlog]\nsync = 1\ncheckpoint_every = \"64KiB\"\n")
            .expect("a server");
    source.sql("CREATE DATABASE work; CREATE TABLE work.c (id INT PRIMARY KEY, n INT)");
    source.sql("CREATE TABLE work.l (n INT); INSERT INTO work.c VALUES (1, 0), (2, 0), (3, 0)");
    follow(&replica, &own(&source));
    for round in 0..rounds {
        let load: String = (0..200)
            .map(|n| {
                let id = n % 3 + 1;
                format!(
                    "BEGIN; UPDATE work.c SET n = n + 1 WHERE id = {id}; INSERT INTO work.l VALUES ({n}); COMMIT;"
                )
            })
            .collect();
        let before = source.sql("SELECT COUNT(*) FROM work.l");
        let at_work = std::thread::scope(|scope| {
            let work = scope.spawn(|| source.sql(&load));
            let moved = format!("SELECT COUNT(*) > {before} + {} FROM work.l", round * 17 % 150);
            wait_until_within(CATCH_UP, "the replica to be at work", || {
                replica.try_sql(&moved).is_ok_and(|answer| answer == "1")
            });
            replica.kill();
            work.join()
        });
        at_work.expect("the load");
        replica.restart().expect("it starts again");
        let executed = source.sql("SELECT @@gtid_executed");
        wait_for(&replica, "SELECT @@gtid_executed", &executed);
        let all = "SELECT * FROM work.c ORDER BY id; SELECT n, COUNT(*) FROM work.l GROUP BY n ORDER BY n";
        assert_eq!(replica.sql(all), source.sql(all), "round {round}");
    }
}

#[test]
fn a_purged_log_makes_the_replica_copy_the_data() {
    let source = Server::start_with_id(1, "").expect("a server");
    source.sql("CREATE DATABASE work; CREATE TABLE work.t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(200))");
    source
        .sql("CREATE TABLE work.keyless (a INT); INSERT INTO work.keyless VALUES (1), (1), (NULL)");
    source.sql(
        "SET cte_max_recursion_depth = 100000; INSERT INTO work.t
         WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 20000)
         SELECT n, REPEAT(n, 20) FROM s; CREATE USER joe@'%' IDENTIFIED BY 'pw'; CREATE VIEW work.w AS SELECT id FROM work.t",
    );
    source.sql("FLUSH BINARY LOGS; PURGE BINARY LOGS TO 'binlog.000002'; INSERT INTO work.t (v) VALUES ('after')");
    let mut replica = Server::start_with_id(8, "[binlog]\nsync = 1\n").expect("a server");
    replica.sql("CREATE USER gone; DROP USER gone; RESET BINARY LOGS AND GTIDS");
    follow(&replica, &own(&source));
    let same = |replica: &Server| {
        let executed = source.sql("SELECT @@gtid_executed");
        wait_until_within(CATCH_UP, "the copy and the log after it", || {
            replica.try_sql("SELECT @@gtid_executed").is_ok_and(|own| own == executed)
        });
        for table in ["t", "keyless", "w"] {
            assert_eq!(replica.sql(&rows(table)), source.sql(&rows(table)), "{table}");
        }
        assert_eq!(replica.sql("SELECT user FROM mysql.user WHERE user = 'joe'"), "joe");
    };
    same(&replica);
    source.sql(
        "INSERT INTO work.t (v) VALUES ('later'); DELETE FROM work.keyless WHERE a = 1 LIMIT 1",
    );
    same(&replica);
    replica.kill();
    replica.restart().expect("it starts again");
    source.sql(
        "INSERT INTO work.t (v) VALUES ('at last'); CREATE TABLE work.more (id INT PRIMARY KEY)",
    );
    same(&replica);
    assert!(replica.log().contains("data are here"), "it was copied");
}
