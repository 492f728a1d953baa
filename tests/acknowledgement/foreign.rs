//! Our replica acknowledges to real primaries with their own semi-sync. (Real replicas of ours are in
//! `tests/replication.rs`.)

use std::process::Command;

use super::support::process::{is_stopped, signal};
use super::support::{Server, shared_cluster, wait_until};

/// What a test does to a primary.
type Sql<'a> = &'a (dyn Fn(&str) -> String + Sync);

fn status(sql: Sql<'_>, name: &str) -> String {
    sql(&format!("SHOW STATUS LIKE '{name}'")).split('\t').nth(1).unwrap_or_default().to_owned()
}

/// A commit waits while our replica is silent, and is acknowledged when it is not.
fn acknowledges(sql: Sql<'_>, prefix: &str, waiting: &str, replica: &Server) {
    let [clients, yes, no] = ["clients", "yes_tx", "no_tx"].map(|name| format!("{prefix}_{name}"));
    wait_until("our replica to be a semi-sync replica", || status(sql, &clients) == "1");
    let (acknowledged, not) = (status(sql, &yes), status(sql, &no));
    signal(replica.pid(), "STOP");
    wait_until("our replica to be silent", || is_stopped(replica.pid()));
    std::thread::scope(|scope| {
        let commit = scope.spawn(|| sql("INSERT INTO acked.t VALUES (1)"));
        wait_until("the commit to wait", || sql("SHOW PROCESSLIST").contains(waiting));
        signal(replica.pid(), "CONT");
        commit.join().expect("it is acknowledged");
    });
    assert_eq!(status(sql, &no), not, "nothing was let through");
    assert_ne!(status(sql, &yes), acknowledged);
    wait_until("it to be applied", || {
        replica.try_sql("SELECT id FROM acked.t").is_ok_and(|ids| ids == "1")
    });
}

fn follow(replica: &Server, host: &str, port: &str, user: &str) {
    replica.sql(&format!(
        "SET GLOBAL rpl_semi_sync_replica_enabled = 1;
         CHANGE REPLICATION SOURCE TO SOURCE_HOST = '{host}', SOURCE_PORT = {port}, SOURCE_USER = {user},
         SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1; START REPLICA"
    ));
}

#[test]
fn to_a_mariadb_primary() {
    let cluster = shared_cluster();
    let sql = |statements: &str| cluster.sql(0, statements);
    sql("CREATE DATABASE acked; CREATE TABLE acked.t (id INT PRIMARY KEY)");
    sql("SET GLOBAL rpl_semi_sync_master_timeout = 60000, GLOBAL rpl_semi_sync_master_enabled = 1");
    let replica = Server::start_with_id(74, "").expect("a server");
    let port = cluster.address(0).port().to_string();
    follow(&replica, "127.0.0.1", &port, "'repl', SOURCE_PASSWORD = 'secret'");
    acknowledges(&sql, "Rpl_semi_sync_master", "Waiting for semi-sync ACK from slave", &replica);
}

#[test]
fn to_a_mysql_primary() {
    let Ok(address) = std::env::var("ANABRANCH_TEST_MYSQL") else {
        return println!("skipped: ANABRANCH_TEST_MYSQL names no MySQL server");
    };
    let (host, port) = address.split_once(':').expect("host:port");
    let try_sql = |statements: &str| {
        let output = Command::new("mariadb")
            .args(["--no-defaults", "-BN", "-uroot", "-h", host, "-P", port, "-e", statements])
            .output()
            .expect("the mariadb client runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    };
    let sql = |statements: &str| {
        try_sql(statements).unwrap_or_else(|error| panic!("{statements}: {error}"))
    };
    // it may be there already
    let _ = try_sql("INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'");
    sql("SET GLOBAL rpl_semi_sync_source_timeout = 60000");
    sql(
        "DROP DATABASE IF EXISTS acked; CREATE DATABASE acked; CREATE TABLE acked.t (id INT PRIMARY KEY)",
    );
    sql("SET GLOBAL rpl_semi_sync_source_enabled = 1");
    let replica = Server::start_with_id(75, "").expect("a server");
    follow(&replica, host, port, "'root'");
    acknowledges(&sql, "Rpl_semi_sync_source", "Waiting for semi-sync ACK from replica", &replica);
    sql("SET GLOBAL rpl_semi_sync_source_enabled = 0; DROP DATABASE acked");
}
