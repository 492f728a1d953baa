//! Real MariaDB and MySQL servers, as replicas of ours and as its sources.

use super::corpus::{big_transaction, statements};
use super::sides::{MariaDb, MySql, Side, same_rows};
use super::support::server::Server;
use super::support::{Cluster, shared_cluster, wait_until};

/// MySQL's JSON is MariaDB's LONGTEXT: a MariaDB replica takes no column of the type, from no source.
const NO_JSON: &str = "LONGTEXT";

const RECURSION: &str = "SET SESSION cte_max_recursion_depth = 100000;";

fn primary() -> Server {
    let server = Server::start("[ack]\ntimeout_ms = 120000\n").expect("the server starts");
    server.sql(
        "CREATE USER repl IDENTIFIED WITH mysql_native_password BY 'secret';
         GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO repl",
    );
    server
}

/// Writes the corpus where commits wait for the replica, and the big transaction where the replica catches up.
fn write_to(server: &Server, replica: &dyn Side, json: &str) {
    wait_until("the replica to be listed", || !server.sql("SHOW REPLICAS").is_empty());
    server.sql("SET GLOBAL rpl_semi_sync_source_enabled = 1");
    let schema = "CREATE DATABASE interop DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci";
    server.run(&format!("{schema}; USE interop; {}", statements(json)));
    same_rows(server, replica);
    server.run(&format!("{RECURSION} USE interop; {}", big_transaction()));
    same_rows(server, replica);
    let status = server.sql("SHOW STATUS LIKE 'Rpl_semi_sync_source_no_tx'");
    assert!(status.ends_with("\t0"), "each commit was acknowledged: {status}");
}

#[test]
fn a_mariadb_replica_of_ours() {
    let cluster = Cluster::start();
    let server = primary();
    let port = server.address().port();
    cluster.sql(
        1,
        &format!(
            "STOP SLAVE; RESET SLAVE ALL; SET GLOBAL rpl_semi_sync_slave_enabled = 1;
             CHANGE MASTER TO master_host='127.0.0.1', master_port={port}, master_user='repl',
             master_password='secret', master_log_file='binlog.000001', master_log_pos=4,
             master_connect_retry=1, master_use_gtid=no; START SLAVE"
        ),
    );
    write_to(&server, &MariaDb(&cluster, 1), NO_JSON);
}

#[test]
fn ours_of_mariadb() {
    let cluster = shared_cluster();
    let source = MariaDb(cluster, 0);
    source.run(
        "DROP DATABASE IF EXISTS interop; CREATE DATABASE interop DEFAULT CHARACTER SET utf8mb4",
    );
    let replica = Server::start_with_id(81, "").expect("a server");
    let port = cluster.address(0).port();
    replica.sql(&format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {port}, SOURCE_USER = 'repl',
         SOURCE_PASSWORD = 'secret', SOURCE_AUTO_POSITION = 1; START REPLICA"
    ));
    source.run(&format!("USE interop; {}", statements("JSON")));
    same_rows(&source, &replica);
    let recursion = "SET SESSION max_recursive_iterations = 100000;";
    source.run(&format!("{recursion} USE interop; {}", big_transaction()));
    same_rows(&source, &replica);
}

#[test]
fn mysql_both_ways() {
    let Some(mysql) = MySql::named() else { return };
    a_mysql_replica_of_ours(&mysql);
    ours_of_mysql(&mysql);
}

fn a_mysql_replica_of_ours(mysql: &MySql) {
    let server = primary();
    mysql.run(
        "STOP REPLICA; RESET REPLICA ALL; DROP DATABASE IF EXISTS interop; RESET BINARY LOGS AND GTIDS",
    );
    // there may be no such plugin, or it may be installed already
    let _ = mysql.ask("INSTALL PLUGIN rpl_semi_sync_replica SONAME 'semisync_replica.so'");
    mysql.run("SET GLOBAL rpl_semi_sync_replica_enabled = 1");
    mysql.run(&format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={}, SOURCE_USER='repl',
         SOURCE_PASSWORD='secret', SOURCE_AUTO_POSITION=1, SOURCE_SSL=0, SOURCE_CONNECT_RETRY=1; START REPLICA",
        server.address().port()
    ));
    write_to(&server, mysql, "JSON");
    let executed = server.sql("SELECT @@global.gtid_executed");
    wait_until("every GTID to be there", || {
        mysql.run(&format!("SELECT GTID_SUBSET('{executed}', @@global.gtid_executed)")) == "1"
    });
    mysql.run("STOP REPLICA; RESET REPLICA ALL; DROP DATABASE interop");
}

fn ours_of_mysql(mysql: &MySql) {
    mysql.run(
        "DROP DATABASE IF EXISTS interop; DROP USER IF EXISTS interop@'%';
         CREATE DATABASE interop DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
         CREATE USER interop@'%' IDENTIFIED BY 'secret'; GRANT REPLICATION SLAVE ON *.* TO interop@'%'",
    );
    let replica = Server::start_with_id(82, "").expect("a server");
    replica.sql(&format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '{}', SOURCE_PORT = {}, SOURCE_USER = 'interop',
         SOURCE_PASSWORD = 'secret', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1; START REPLICA",
        mysql.host, mysql.port
    ));
    mysql.run(&format!("USE interop; {}", statements("JSON")));
    same_rows(mysql, &replica);
    mysql.run(&format!("{RECURSION} USE interop; {}", big_transaction()));
    same_rows(mysql, &replica);
    // What is here is what was there: nothing of its own, no name more.
    let executed = mysql.run("SELECT REPLACE(@@global.gtid_executed, '\n', '')");
    assert_eq!(replica.sql("SELECT @@global.gtid_executed"), executed, "no errant GTID");
}
