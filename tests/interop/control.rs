//! What CHANGE REPLICATION SOURCE and START REPLICA can do, and what ends a replica in order.

use std::time::{Duration, Instant};

use super::support::server::Server;
use super::support::{Cluster, shared_cluster, wait_until};

fn pair() -> (Server, Server) {
    let source = Server::start_with_id(1, "").expect("a server");
    let replica = Server::start_with_id(2, "").expect("a server");
    source.sql("CREATE DATABASE work; CREATE TABLE work.t (n INT PRIMARY KEY)");
    (source, replica)
}

fn to(source: &Server) -> String {
    let port = source.address().port();
    format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {port}, SOURCE_USER = 'root',
         SOURCE_AUTO_POSITION = 1"
    )
}

/// A field of SHOW REPLICA STATUS.
fn status(server: &Server, field: &str) -> String {
    let output = std::process::Command::new("mariadb")
        .args(["--no-defaults", "-h127.0.0.1", "--protocol=tcp", "-uroot"])
        .args([&format!("-P{}", server.address().port()), "-e", "SHOW REPLICA STATUS\\G"])
        .output()
        .expect("the mariadb client runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = text.lines().find_map(|line| {
        let (name, value) = line.trim().split_once(':')?;
        (name == field).then(|| value.trim().to_owned())
    });
    found.unwrap_or_else(|| panic!("{field} in {text}"))
}

fn stopped(server: &Server) {
    wait_until("the applier to end", || status(server, "Replica_SQL_Running") == "No");
    assert_eq!(status(server, "Last_SQL_Error"), "");
}

#[test]
fn the_delay_is_kept() {
    let (source, replica) = pair();
    replica.sql(&format!("{}, SOURCE_DELAY = 3; START REPLICA", to(&source)));
    wait_until("the table", || replica.try_sql("SELECT * FROM work.t").is_ok());
    let written = Instant::now();
    source.sql("INSERT INTO work.t VALUES (1)");
    wait_until("it to be waited for", || status(&replica, "SQL_Remaining_Delay") != "NULL");
    assert_eq!(status(&replica, "SQL_Delay"), "3");
    assert_eq!(replica.sql("SELECT COUNT(*) FROM work.t"), "0", "received, not applied");
    wait_until("the row", || replica.sql("SELECT COUNT(*) FROM work.t") == "1");
    assert!(written.elapsed() >= Duration::from_secs(2), "not before: {:?}", written.elapsed());
}

#[test]
fn until_gtids_and_positions() {
    let (source, replica) = pair();
    let uuid = source.sql("SELECT @@server_uuid");
    // 1 and 2 are the schema and the table; three more are its rows
    source.sql("INSERT INTO work.t VALUES (1); INSERT INTO work.t VALUES (2)");
    let executed = source.sql("SELECT @@gtid_executed");
    let last: u64 = executed.rsplit(['-', ':']).next().unwrap().parse().unwrap();
    for n in 3..=9 {
        source.sql(&format!("INSERT INTO work.t VALUES ({n})"));
    }
    let rows = || replica.sql("SELECT MAX(n) FROM work.t");
    replica.sql(&format!(
        "{}; START REPLICA UNTIL SQL_AFTER_GTIDS = '{uuid}:1-{}'",
        to(&source),
        last + 1
    ));
    stopped(&replica);
    assert_eq!((rows().as_str(), &*status(&replica, "Until_Condition")), ("3", "SQL_AFTER_GTIDS"));
    assert_eq!(status(&replica, "Replica_IO_Running"), "Yes", "the receiver goes on");
    replica
        .sql(&format!("START REPLICA SQL_THREAD UNTIL SQL_BEFORE_GTIDS = '{uuid}:{}'", last + 4));
    stopped(&replica);
    assert_eq!((rows().as_str(), &*status(&replica, "Until_Condition")), ("5", "SQL_BEFORE_GTIDS"));
    let place = source.sql("SHOW BINARY LOG STATUS");
    let mut place = place.split('\t');
    let (file, offset) = (place.next().unwrap(), place.next().unwrap());
    source.sql("INSERT INTO work.t VALUES (10)");
    replica
        .sql(&format!("START REPLICA UNTIL SOURCE_LOG_FILE = '{file}', SOURCE_LOG_POS = {offset}"));
    stopped(&replica);
    assert_eq!(rows(), "9");
    let shown =
        ["Until_Condition", "Until_Log_File", "Until_Log_Pos"].map(|at| status(&replica, at));
    assert_eq!(shown, ["Source", file, offset]);
    replica.sql("START REPLICA");
    wait_until("the rest", || rows() == "10");
    assert_eq!(status(&replica, "Until_Condition"), "None");
    for (condition, code) in [
        ("SOURCE_LOG_FILE = 'x'", "1277"),
        ("SQL_AFTER_GTIDS = 'x'", "1772"),
        ("RELAY_LOG_FILE = 'x', RELAY_LOG_POS = 4", "1235"),
    ] {
        replica.sql("STOP REPLICA");
        let error = replica.try_sql(&format!("START REPLICA UNTIL {condition}")).unwrap_err();
        assert!(error.contains(&format!("ERROR {code}")), "{error}");
    }
}

#[test]
fn tls_to_a_source_whose_certificate_is_checked() {
    let cluster = shared_cluster();
    let (certificate, key) = cluster.certificate();
    let tls = format!(
        "[server.tls]\ncertificate = \"{}\"\nkey = \"{}\"\nrequired = true\n",
        certificate.display(),
        key.display()
    );
    let source = Server::start_with_id(1, &tls).expect("a server");
    let client = |sql: &str| {
        let output = std::process::Command::new("mariadb")
            .args(["--no-defaults", "-h127.0.0.1", "--protocol=tcp", "-uroot", "-BN", "--ssl"])
            .args([&format!("-P{}", source.address().port()), "-e", sql])
            .output()
            .expect("the mariadb client runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    client(
        "CREATE DATABASE work; CREATE TABLE work.t (n INT PRIMARY KEY); INSERT INTO work.t VALUES (7);
         CREATE USER repl IDENTIFIED BY 'a secret'; GRANT REPLICATION SLAVE ON *.* TO repl",
    );
    let replica = Server::start_with_id(2, "").expect("a server");
    let there = to(&source).replace("'root'", "'repl', SOURCE_PASSWORD = 'a secret'");
    // Without TLS the source lets nobody in.
    replica.sql(&format!("{there}, SOURCE_CONNECT_RETRY = 1; START REPLICA"));
    wait_until("the refusal", || status(&replica, "Last_IO_Errno") != "0");
    // An authority that did not sign it.
    let other = replica.folder().join("other.pem");
    let made = rcgen::generate_simple_self_signed(["other".to_owned()]).expect("a certificate");
    std::fs::write(&other, made.cert.pem()).expect("it is written");
    let with = |ca: &std::path::Path| {
        format!(
            "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_SSL = 1, SOURCE_SSL_CA = '{}',
             SOURCE_SSL_VERIFY_SERVER_CERT = 1; START REPLICA",
            ca.display()
        )
    };
    replica.sql(&with(&other));
    wait_until("the certificate to be refused", || {
        status(&replica, "Last_IO_Error").to_lowercase().contains("certificate")
    });
    replica.sql(&with(&cluster.ca()));
    wait_until("the row", || replica.try_sql("SELECT n FROM work.t").is_ok_and(|row| row == "7"));
    let shown =
        ["Source_SSL_Allowed", "Source_SSL_Verify_Server_Cert"].map(|at| status(&replica, at));
    assert_eq!(shown, ["Yes", "Yes"]);
    assert!(!replica.log().contains("a secret"), "the password is in the log");
    let listed = replica.sql("SHOW REPLICA STATUS; SHOW PROCESSLIST");
    assert!(!listed.contains("a secret"), "the password is shown");
    use std::os::unix::fs::PermissionsExt;
    let file = replica.folder().join("data/replication.source");
    let mode = std::fs::metadata(file).expect("the settings").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else reads the password");
}

#[test]
fn statements_of_a_source_stop_the_applier() {
    // of its own: whoever reads this log from the start is stopped
    let cluster = Cluster::start();
    cluster.sql(0, "DROP DATABASE IF EXISTS by_statement; CREATE DATABASE by_statement");
    cluster.sql(
        0,
        "CREATE TABLE by_statement.t (n INT PRIMARY KEY); INSERT INTO by_statement.t VALUES (1)",
    );
    let replica = Server::start_with_id(3, "").expect("a server");
    let port = cluster.address(0).port();
    let place = cluster.sql(0, "SELECT @@gtid_binlog_pos");
    replica.sql(&format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {port}, SOURCE_USER = 'repl',
         SOURCE_PASSWORD = 'secret', SOURCE_AUTO_POSITION = 1; START REPLICA"
    ));
    wait_until("the row", || {
        replica.try_sql("SELECT n FROM by_statement.t").is_ok_and(|row| row == "1")
    });
    cluster.sql(
        0,
        "SET SESSION binlog_format = STATEMENT; USE by_statement; UPDATE t SET n = n + 1;
         SET SESSION binlog_format = ROW; INSERT INTO t VALUES (9)",
    );
    wait_until("the applier to stop", || status(&replica, "Replica_SQL_Running") == "No");
    assert_eq!(status(&replica, "Last_SQL_Errno"), "1235");
    let error = status(&replica, "Last_SQL_Error");
    assert!(error.contains("binlog_format=ROW") && error.contains("end_log_pos"), "{error}");
    assert_eq!(
        replica.sql("SELECT * FROM by_statement.t"),
        "1",
        "nothing after it either ({place})"
    );
}

#[test]
fn a_tree_goes_on_after_its_middle_was_away() {
    let (source, mut middle) = pair();
    let leaf = Server::start_with_id(3, "").expect("a server");
    middle.sql(&format!("{}; START REPLICA", to(&source)));
    leaf.sql(&format!("{}, SOURCE_CONNECT_RETRY = 1; START REPLICA", to(&middle)));
    let same = |server: &Server| {
        let executed = source.sql("SELECT @@gtid_executed");
        wait_until("everything to be there", || {
            server.try_sql("SELECT @@gtid_executed").is_ok_and(|own| own == executed)
        });
        let all = "SELECT * FROM work.t ORDER BY n";
        assert_eq!(server.sql(all), source.sql(all));
    };
    source.sql("INSERT INTO work.t VALUES (1), (2)");
    same(&leaf);
    // In order, and by force: what is written meanwhile arrives afterwards, each transaction once.
    assert_eq!(middle.stop(), Some(0));
    source.sql("INSERT INTO work.t VALUES (3); UPDATE work.t SET n = 30 WHERE n = 3");
    middle.restart().expect("it starts again");
    same(&middle);
    same(&leaf);
    source.sql("INSERT INTO work.t VALUES (4); CREATE TABLE work.u (n INT PRIMARY KEY)");
    middle.kill();
    source.sql("INSERT INTO work.u VALUES (1); DELETE FROM work.t WHERE n = 1");
    middle.restart().expect("it starts again");
    same(&leaf);
    same(&middle);
    assert_eq!(leaf.sql("SELECT * FROM work.u"), "1");
}
