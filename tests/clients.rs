//! Real client programs, each run twice: against the primary itself, and through the proxy. What they print
//! must be the same text: any difference is a bug of the proxy.
//!
//! A client is a small program under `tests/clients/`, named for its driver, that does all that an
//! application may do with it and prints what it saw, without anything that varies from run to run. A driver
//! or tool that is missing is a failure that says what to install.
//!
//! * `cargo test --test clients` runs all; `cargo test --test clients -- pymysql` one.
//! * Four of them run a third time, through a proxy with `pooling = "transaction"`; with `ANABRANCH_E2E_POOLED=all` all
//!   do; `ANABRANCH_E2E_THROUGH=pooled` is that run alone, for all.
//! * `ANABRANCH_E2E_THROUGH=direct` (or `haproxy`) puts something else in the proxy's place: with it, a
//!   transcript that differs is a bug of the client program.
//! * Transcripts stay in `target/e2e/<client>/`.

#[path = "clients/compare.rs"]
mod compare;
#[path = "clients/prepare.rs"]
mod prepare;
#[path = "clients/run.rs"]
mod run;
mod support;

use prepare::{java, node, php, python};
use run::{Accounts, Client};

/// Everything that the client can do, with accounts of `mysql_native_password` that the proxy reads from the
/// primary; then signing in with `caching_sha2_password` towards the proxy, which must look no different.
fn no_difference(client: Client) {
    run::compare(&client, "all", Accounts::OfThePrimary);
    run::compare(&client, "auth", Accounts::CachingSha2);
}

/// MySQL Connector/J takes a server whose version begins with `5.5.5-`, as MariaDB 10's does, for MySQL 5.5.5, and
/// reads what follows a fast caching_sha2_password proof one byte off. No such server has that plugin; a proxy in
/// front of it can.
fn all_but_caching_sha2(client: Client) {
    run::compare(&client, "all", Accounts::OfThePrimary);
}

#[test]
fn mariadb_command_line() {
    no_difference(prepare::command_line());
}

#[test]
fn pymysql() {
    no_difference(python("pymysql", "PyMySQL==1.2.4 cryptography==50.0.2"));
}

#[test]
fn mysql_connector_python() {
    no_difference(python("mysql_connector", "mysql-connector-python==26.10.0"));
}

#[test]
fn node_mysql2() {
    no_difference(node("mysql2"));
}

#[test]
fn node_mariadb() {
    no_difference(node("mariadb"));
}

#[test]
fn go_sql_driver() {
    no_difference(prepare::go());
}

#[test]
fn php_mysqli_and_pdo() {
    no_difference(php());
}

#[test]
fn mariadb_connector_j() {
    no_difference(java("mariadb-3", "org.mariadb.jdbc:mariadb-java-client:3.5.3"));
}

#[test]
fn mariadb_connector_j_2() {
    no_difference(java("mariadb-2", "org.mariadb.jdbc:mariadb-java-client:2.7.6"));
}

#[test]
fn mysql_connector_j() {
    all_but_caching_sha2(java("mysql", "com.mysql:mysql-connector-j:9.3.0"));
}
