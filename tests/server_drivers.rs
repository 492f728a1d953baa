//! Drivers on the bundled server: the programs of `tests/clients`, direct and through the proxy in front of it. What they
//! print must be the same text, as it must be in front of a MariaDB (`tests/clients.rs`).
//!
//! What the programs take for granted of a MariaDB and the bundled server has not (stored procedures) is refused in
//! both runs alike; its sequences are ordinary tables here. Transcripts stay in `target/e2e/<client>/bundled-*.txt`.

#[path = "clients/compare.rs"]
mod compare;
#[path = "clients/prepare.rs"]
mod prepare;
#[path = "clients/run.rs"]
mod run;
mod support;

use std::path::PathBuf;

use run::{Client, Stage};
use support::{PASSWORD, Proxy, Server};

/// A certificate for 127.0.0.1 that is its own authority, and its key, of a client's own.
fn certificate(client: &Client) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let folder = run::folder(&client.name);
    let (certificate, key) = (folder.join("bundled.pem"), folder.join("bundled-key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("the certificate is written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("the key is written");
    (certificate, key)
}

/// The accounts that the programs know.
fn accounts() -> String {
    format!(
        "CREATE USER app@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO app@'%';
         CREATE USER secure@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE SSL; GRANT ALL ON *.* TO secure@'%';
         CREATE USER reader@'%' IDENTIFIED WITH mysql_native_password BY '{PASSWORD}'; GRANT SELECT ON *.* TO reader@'%';
         CREATE USER nopass@'%' IDENTIFIED WITH mysql_native_password; GRANT SELECT ON *.* TO nopass@'%';"
    )
}

/// An empty schema, but for what stands for MariaDB's sequences: the larger one need only take long to join with itself.
fn fresh_schema(server: &Server, schema: &str) {
    server.sql(&format!(
        "DROP DATABASE IF EXISTS {schema}; CREATE DATABASE {schema}; USE {schema};
         SET cte_max_recursion_depth = 200000;
         CREATE TABLE seq_1_to_200000 (seq BIGINT UNSIGNED PRIMARY KEY);
         INSERT INTO seq_1_to_200000 WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT i FROM n;
         CREATE TABLE seq_1_to_1000000 (seq BIGINT PRIMARY KEY);
         INSERT INTO seq_1_to_1000000 SELECT seq FROM seq_1_to_200000 WHERE seq < 20000"
    ));
}

fn no_difference(client: Client) {
    let (certificate, key) = certificate(&client);
    let tls = format!("tls]\ncertificate = {certificate:?}\nkey = {key:?}\n");
    let server = Server::start(&format!("[server.{tls}")).expect("the server starts");
    server.sql(&accounts());
    let backend = format!("[backend.tls]\nmode = \"verify_identity\"\nca = {certificate:?}\n");
    let proxy = Proxy::in_front_of_with(server.address(), &format!("[proxy.{tls}{backend}"));
    let stage = Stage {
        servers: server.address().port().to_string(),
        ca: certificate,
        fresh_schema: &|schema| fresh_schema(&server, schema),
    };
    let direct = run::transcript(&client, "all", &stage, server.address(), "bundled-direct");
    let proxied = run::transcript(&client, "all", &stage, proxy.address(), "bundled-proxied");
    compare::assert_same(&client.name, &without_shutdown(&direct), &without_shutdown(&proxied));
}

/// COM_SHUTDOWN is refused by both, each in its own words.
fn without_shutdown(text: &str) -> String {
    let kept = text.lines().filter(|line| !line.contains("shutdown failed"));
    kept.map(|line| format!("{line}\n")).collect()
}

#[test]
fn go_sql_driver() {
    no_difference(prepare::go());
}

#[test]
fn node_mariadb() {
    no_difference(prepare::node("mariadb"));
}

#[test]
fn mariadb_command_line() {
    no_difference(prepare::command_line());
}
