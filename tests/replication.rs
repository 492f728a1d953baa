//! Real replicas and readers of our primary: MariaDB 10.11 by file and position, MySQL by GTIDs where
//! `ANABRANCH_TEST_MYSQL` names one (`host:port`, user root without a password), python-mysql-replication.
//!
//! Each gets every type, NULLs, wide rows, a big transaction, DDL between, cascades of foreign keys and what is
//! not for it, and must end with the same rows.

#[path = "server_apps/install.rs"]
#[allow(dead_code)]
mod install;
mod support;

use std::process::Command;
use std::time::Duration;

use support::server::Server;
use support::{Cluster, wait_until, wait_until_within};

/// A big transaction takes a while in a debug build.
const LIMIT: Duration = Duration::from_secs(120);

/// What a MariaDB server knows too: no collation of MySQL 8, no function of only one of them.
const ROWS: &str = "
    CREATE DATABASE d DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
    USE d;
    CREATE TABLE types (
        id INT PRIMARY KEY AUTO_INCREMENT, t TINYINT, tu TINYINT UNSIGNED, s SMALLINT, m MEDIUMINT,
        mu MEDIUMINT UNSIGNED, b BIGINT, bu BIGINT UNSIGNED, de DECIMAL(30,9), f FLOAT, db DOUBLE, bi BIT(10),
        y YEAR, d DATE, ti TIME(3), dt DATETIME(6), ts TIMESTAMP(3) NULL, c CHAR(10), vc VARCHAR(3000),
        lc VARCHAR(20) CHARACTER SET latin1, bn BINARY(4), vb VARBINARY(400), tt TINYTEXT, te TEXT, me MEDIUMTEXT,
        bl LONGBLOB, e ENUM('a','b','c'), se SET('x','y','z'));
    INSERT INTO types () VALUES ();
    INSERT INTO types VALUES (NULL, -128, 255, -32768, 8388607, 16777215, -9223372036854775808,
        18446744073709551615, -123456789012345678901.123456789, 1.5, -2.25e100, b'1010101010', 2024, '2024-02-29',
        '-838:59:59', '2024-02-29 12:34:56.789012', '2024-02-29 12:34:56.789', 'Grün', REPEAT('häß', 900), 'Ärger',
        'AB', x'00ff01', 'tiny', REPEAT('t', 60000), REPEAT('m', 100000), REPEAT(x'00ff', 200000), 'b', 'x,z');
    UPDATE types SET vc = NULL, bl = NULL WHERE id = 1;
    CREATE TABLE parent (id INT PRIMARY KEY) ENGINE=InnoDB;
    CREATE TABLE child (id INT PRIMARY KEY, p INT, n INT, FOREIGN KEY (p) REFERENCES parent (id)
        ON DELETE CASCADE ON UPDATE CASCADE, FOREIGN KEY (n) REFERENCES parent (id) ON DELETE SET NULL) ENGINE=InnoDB;
    INSERT INTO parent VALUES (1), (2), (3);
    INSERT INTO child VALUES (10, 1, 2), (11, 2, 3), (12, 2, NULL), (13, 3, 3);
    UPDATE parent SET id = 20 WHERE id = 1;
    DELETE FROM parent WHERE id = 2;
    DELETE FROM parent WHERE id = 3;
    SET sql_log_bin = 0;
    CREATE TABLE hidden (n INT);
    INSERT INTO hidden VALUES (1);
    SET sql_log_bin = 1;
    CREATE TABLE many (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(200)) ENGINE=InnoDB;
    INSERT INTO many (v) VALUES (REPEAT('v', 150));
    ALTER TABLE types ADD COLUMN more INT DEFAULT 7, ADD KEY (s);
    INSERT INTO types (t, more) VALUES (1, 8);
    ALTER TABLE types DROP COLUMN tu;
    INSERT INTO types (t, more) VALUES (2, 9);
    CREATE TABLE gone (n INT); INSERT INTO gone VALUES (1); DROP TABLE gone;
    CREATE TABLE renamed (n INT PRIMARY KEY); RENAME TABLE renamed TO again; INSERT INTO again VALUES (5), (6);
    TRUNCATE TABLE again; INSERT INTO again VALUES (7);
    CREATE VIEW w AS SELECT id FROM parent;";

/// Doubles the rows of `many` in one transaction, to 16384 rows and some 2.5 MB.
const BIG: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; USE d; BEGIN;
    INSERT INTO many (v) SELECT v FROM many; INSERT INTO many (v) SELECT v FROM many;
    INSERT INTO many (v) SELECT v FROM many; INSERT INTO many (v) SELECT v FROM many;
    INSERT INTO many (v) SELECT v FROM many; INSERT INTO many (v) SELECT v FROM many;
    INSERT INTO many (v) SELECT v FROM many; INSERT INTO many (v) SELECT v FROM many;
    INSERT INTO many (v) SELECT v FROM many; INSERT INTO many (v) SELECT v FROM many;
    INSERT INTO many (v) SELECT v FROM many; INSERT INTO many (v) SELECT v FROM many;
    INSERT INTO many (v) SELECT v FROM many; INSERT INTO many (v) SELECT v FROM many;
    UPDATE many SET v = CONCAT(id, v) WHERE id % 3 = 0; DELETE FROM many WHERE id % 7 = 0; COMMIT;";

/// Sums over every row, the same on every server.
const SUMS: &str = "
    SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', id, t, s, m, mu, b, bu, de, HEX(bi), y, d, ti, dt, c, vc, lc,
        HEX(bn), HEX(vb), tt, te, me, HEX(bl), e, se, more))), SUM(CRC32(ISNULL(vc) + 2 * ISNULL(bl))) FROM d.types;
    SELECT f, db, ts FROM d.types ORDER BY id;
    SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', id, v))) FROM d.many;
    SELECT * FROM d.parent ORDER BY id; SELECT * FROM d.child ORDER BY id; SELECT * FROM d.again;
    SELECT * FROM d.w; SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'd' AND table_name = 'gone'";

const TIME_ZONE: &str = "SET time_zone = '+00:00'; SET NAMES utf8mb4;";

fn primary(extra: &str) -> Server {
    let server = Server::start(extra).expect("the server starts");
    server.sql(
        "CREATE USER repl IDENTIFIED WITH mysql_native_password BY 'secret';
         GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO repl",
    );
    server
}

fn sums(server: &Server) -> String {
    server.sql(&format!("{TIME_ZONE}{SUMS}"))
}

/// A column of SHOW SLAVE STATUS.
fn slave_status(cluster: &Cluster, column: &str) -> String {
    let socket = cluster.socket(1);
    let output = Command::new("mariadb")
        .args(["--no-defaults", "-uroot", "-psecret", "-S"])
        .arg(socket)
        .args(["-e", "SHOW SLAVE STATUS\\G"])
        .output()
        .expect("the mariadb client runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.trim().strip_prefix(column)?.strip_prefix(": "));
    line.unwrap_or_default().to_owned()
}

/// Makes server 1 of a cluster follow ours from the log's beginning, or from where it was.
fn follow(cluster: &Cluster, server: &Server) {
    cluster.sql(1, "STOP SLAVE; RESET SLAVE ALL; SET GLOBAL rpl_semi_sync_slave_enabled = 1");
    let port = server.address().port();
    cluster.sql(
        1,
        &format!(
            "CHANGE MASTER TO master_host='127.0.0.1', master_port={port}, master_user='repl',
             master_password='secret', master_log_file='binlog.000001', master_log_pos=4,
             master_connect_retry=1, master_use_gtid=no; START SLAVE"
        ),
    );
}

fn wait_for_rows(cluster: &Cluster, server: &Server) {
    let wanted = sums(server);
    let mut last = Err(String::new());
    wait_until_within(LIMIT, "MariaDB to have the same rows", || {
        let broken =
            slave_status(cluster, "Last_SQL_Error") + &slave_status(cluster, "Last_IO_Error");
        assert_eq!(broken, "", "the replica stopped");
        last = cluster.try_sql(1, &format!("{TIME_ZONE}{SUMS}"));
        last.as_ref() == Ok(&wanted)
    });
}

#[test]
fn a_mariadb_replica_follows_by_position_with_semi_sync() {
    let cluster = Cluster::start();
    let server = primary("[ack]\ntimeout_ms = 60000\n");
    follow(&cluster, &server);
    wait_until("the replica to be listed", || !server.sql("SHOW SLAVE HOSTS").is_empty());
    server.sql("SET GLOBAL rpl_semi_sync_master_enabled = 1");
    server.sql(ROWS);
    server.sql(BIG);
    let status = |name: &str| {
        let line = server.sql(&format!("SHOW STATUS LIKE 'Rpl_semi_sync_source_{name}'"));
        line.split('\t').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(
        (status("no_tx"), status("status"), status("clients")),
        ("0".into(), "ON".into(), "1".into())
    );
    assert!(status("yes_tx").parse::<u64>().unwrap() > 20);
    wait_for_rows(&cluster, &server);
    assert_eq!(
        cluster
            .sql(1, "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'hidden'"),
        "0",
        "what is not logged is not sent"
    );
    assert_eq!(
        cluster.sql(1, "SELECT COUNT(*) FROM mysql.user WHERE user = 'repl'"),
        "1",
        "its own"
    );
    // a new file, and a replica that comes back in the middle
    server.sql("FLUSH BINARY LOGS; INSERT INTO d.again VALUES (70)");
    wait_for_rows(&cluster, &server);
    cluster.sql(1, "STOP SLAVE");
    server
        .sql("SET GLOBAL rpl_semi_sync_master_enabled = 0; INSERT INTO d.again VALUES (71), (72)");
    cluster.sql(1, "START SLAVE");
    wait_for_rows(&cluster, &server);
}

#[test]
fn a_replica_that_vanishes_does_not_hold_commits_for_ever() {
    let cluster = Cluster::start();
    let server = primary("[ack]\npolicy = \"semi_sync\"\ntimeout_ms = 300\n");
    follow(&cluster, &server);
    let status = || server.sql("SHOW STATUS LIKE 'Rpl_semi_sync_source_status'").ends_with("ON");
    server.sql("CREATE DATABASE d; CREATE TABLE d.t (n INT PRIMARY KEY)");
    wait_until("the replica to acknowledge", || {
        server.sql("REPLACE INTO d.t VALUES (1)");
        status()
    });
    cluster.freeze(1);
    server.sql("INSERT INTO d.t VALUES (2)");
    assert!(!status(), "given up for a while");
    server.sql("INSERT INTO d.t VALUES (3)");
    cluster.thaw(1);
    wait_until("the replica to have caught up", status);
    server.sql("SET GLOBAL anabranch_ack_on_timeout = 'error'");
    cluster.kill(1);
    let error = server.try_sql("INSERT INTO d.t VALUES (4)").unwrap_err();
    assert!(error.contains("ERROR 1180") && error.contains("0 of 1 replicas have it"), "{error}");
    assert_eq!(server.sql("SELECT MAX(n) FROM d.t"), "4", "durable here, and visible");
    server.sql("SET GLOBAL anabranch_ack_policy = 'async'; SET GLOBAL anabranch_min_in_sync = 1");
    wait_until("the connection's end to be noticed", || {
        server
            .try_sql("INSERT INTO d.t VALUES (5)")
            .is_err_and(|error| error.contains("ERROR 1290") && error.contains("is not connected"))
            || server.sql("DELETE FROM d.t WHERE n = 5").len() > 1
    });
}

#[test]
fn a_mysql_replica_follows_by_gtids() {
    let Ok(address) = std::env::var("ANABRANCH_TEST_MYSQL") else {
        eprintln!("skipped: ANABRANCH_TEST_MYSQL is not set");
        return;
    };
    let (host, port) = address.rsplit_once(':').expect("host:port");
    let mysql = |sql: &str| {
        let output = Command::new("mariadb")
            .args(["--no-defaults", "-uroot", "-BN", "-h", host, "-P", port, "-e", sql])
            .output()
            .expect("the mariadb client runs");
        support::place::said(&output)
    };
    let server = primary("[ack]\ntimeout_ms = 60000\n");
    mysql(
        "STOP REPLICA; RESET REPLICA ALL; DROP DATABASE IF EXISTS d; RESET BINARY LOGS AND GTIDS",
    )
    .unwrap();
    // there may be no such plugin, or it may be installed already
    let _ = mysql("INSTALL PLUGIN rpl_semi_sync_replica SONAME 'semisync_replica.so'");
    mysql("SET GLOBAL rpl_semi_sync_replica_enabled = 1").unwrap();
    mysql(&format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={}, SOURCE_USER='repl',
         SOURCE_PASSWORD='secret', SOURCE_AUTO_POSITION=1, SOURCE_SSL=0, SOURCE_CONNECT_RETRY=1; START REPLICA",
        server.address().port()
    ))
    .unwrap();
    wait_until("the replica to be listed", || !server.sql("SHOW REPLICAS").is_empty());
    server.sql("SET GLOBAL rpl_semi_sync_source_enabled = 1");
    server.sql(ROWS);
    server.sql(BIG);
    let status = server.sql("SHOW STATUS LIKE 'Rpl_semi_sync_source_no_tx'");
    assert!(status.ends_with("\t0"), "{status}");
    let same = || {
        let wanted = sums(&server);
        wait_until_within(LIMIT, "MySQL to have the same rows", || {
            let stopped = mysql("SELECT LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_worker WHERE LAST_ERROR_NUMBER <> 0").unwrap();
            assert_eq!(stopped, "");
            mysql(&format!("{TIME_ZONE}{SUMS}")).as_ref() == Ok(&wanted)
        });
    };
    same();
    mysql("STOP REPLICA").unwrap();
    server.sql("SET GLOBAL rpl_semi_sync_source_enabled = 0; FLUSH BINARY LOGS");
    server.sql("INSERT INTO d.again VALUES (71); SET sql_log_bin=0; INSERT INTO d.hidden VALUES (2); SET sql_log_bin=1; INSERT INTO d.again VALUES (72)");
    mysql("START REPLICA").unwrap();
    same();
    let executed = server.sql("SELECT @@global.gtid_executed");
    wait_until("every GTID to be there", || {
        mysql(&format!("SELECT GTID_SUBSET('{executed}', @@global.gtid_executed)")).as_deref()
            == Ok("1")
    });
    mysql("STOP REPLICA; RESET REPLICA ALL").unwrap();
}

const READER: &str = "
import sys
from pymysqlreplication import BinLogStreamReader
from pymysqlreplication.row_event import WriteRowsEvent
reader = BinLogStreamReader(connection_settings=dict(host='127.0.0.1', port=int(sys.argv[1]), user='root', passwd=''),
    server_id=77, blocking=True, resume_stream=True, log_file='binlog.000001', log_pos=4, only_events=[WriteRowsEvent],
    slave_heartbeat=0.2)
print('ready', flush=True)
for event in reader:
    for row in event.rows:
        print(event.schema, event.table, sorted(row['values'].items()), flush=True)
        if row['values'].get('n') == 9:
            sys.exit(0)
";

#[test]
fn a_change_data_reader_sees_changes_as_they_come() {
    let site =
        install::python("replication", "mysql-replication==1.0.9 pymysql==1.1.1 cryptography");
    let server = primary("");
    server.sql("CREATE DATABASE d; CREATE TABLE d.t (n INT PRIMARY KEY, v VARCHAR(20)); INSERT INTO d.t VALUES (1, 'é')");
    let mut reader = Command::new("python3")
        .env("PYTHONPATH", site)
        .args(["-c", READER, &server.address().port().to_string()])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("python3 runs");
    let dumping = || server.sql("SHOW PROCESSLIST").contains("Binlog Dump");
    wait_until("the reader to get the log", dumping);
    server.sql("INSERT INTO d.t VALUES (9, NULL)");
    wait_until("the reader to end", || reader.try_wait().expect("its own child").is_some());
    let output = reader.wait_with_output().expect("its own child");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let expected = "ready\nd t [('n', 1), ('v', 'é')]\nd t [('n', 9), ('v', None)]\n";
    assert_eq!(said, expected, "and no row of an account");
}
