//! Servers as the two ends of replication: what they are asked, and whether both have the same.

use std::process::Command;
use std::time::Duration;

use super::corpus::{TABLES, checksum_of, columns_of};
use super::support::place::said;
use super::support::server::Server;
use super::support::{Cluster, wait_until_within};

/// Longest time for a replica to have a step of the corpus.
pub const CATCH_UP: Duration = Duration::from_secs(240);

/// Every session of these tests; the same for all kinds of servers.
pub const SESSION: &str = "SET NAMES utf8mb4; SET time_zone = '+00:00';";

/// A server that can be asked.
pub trait Side {
    /// Runs statements; rows as lines, columns separated by tabs.
    fn ask(&self, sql: &str) -> Result<String, String>;

    /// What it says is wrong with its replication; empty for nothing.
    fn broken(&self) -> String;

    /// As [`Side::ask`], for what must succeed.
    fn run(&self, sql: &str) -> String {
        let start: String = sql.chars().take(200).collect();
        self.ask(&format!("{SESSION}{sql}")).unwrap_or_else(|error| panic!("{start}: {error}"))
    }
}

impl Side for Server {
    fn ask(&self, sql: &str) -> Result<String, String> {
        let port = self.address().port().to_string();
        client(&["-h127.0.0.1", "--protocol=tcp", "-P", &port], sql)
    }

    fn broken(&self) -> String {
        self.sql(
            "SELECT LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_worker
             WHERE LAST_ERROR_NUMBER <> 0
             UNION SELECT LAST_ERROR_MESSAGE FROM performance_schema.replication_connection_status
             WHERE LAST_ERROR_NUMBER <> 0",
        )
    }
}

/// One of a MariaDB cluster's servers.
pub struct MariaDb<'a>(pub &'a Cluster, pub usize);

impl Side for MariaDb<'_> {
    fn ask(&self, sql: &str) -> Result<String, String> {
        let socket = self.0.socket(self.1);
        client(&["-S", socket.to_str().expect("an UTF-8 path")], sql)
    }

    fn broken(&self) -> String {
        let status = self.ask("SHOW SLAVE STATUS\\G").unwrap_or_default();
        let errors = status.lines().filter_map(|line| {
            let (name, text) = line.trim().split_once(": ")?;
            (name.ends_with("_Error") && !text.is_empty()).then_some(text)
        });
        errors.collect()
    }
}

/// The MySQL server that the environment names.
pub struct MySql {
    pub host: String,
    pub port: String,
}

impl MySql {
    pub fn named() -> Option<Self> {
        let Ok(address) = std::env::var("ANABRANCH_TEST_MYSQL") else {
            eprintln!("passed over: ANABRANCH_TEST_MYSQL names no server");
            return None;
        };
        let (host, port) = address.rsplit_once(':').expect("host:port");
        Some(Self { host: host.to_owned(), port: port.to_owned() })
    }
}

impl Side for MySql {
    fn ask(&self, sql: &str) -> Result<String, String> {
        client(&["-h", &self.host, "-P", &self.port], sql)
    }

    fn broken(&self) -> String {
        let sql =
            "SELECT LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_worker
             WHERE LAST_ERROR_NUMBER <> 0
             UNION SELECT LAST_ERROR_MESSAGE FROM performance_schema.replication_connection_status
             WHERE LAST_ERROR_NUMBER <> 0";
        self.ask(sql).unwrap_or_else(|error| error)
    }
}

fn client(place: &[&str], sql: &str) -> Result<String, String> {
    use std::io::Write;
    // \G shows the columns' names, which -N takes away
    let names = if sql.ends_with("\\G") { "--column-names" } else { "-N" };
    let mut child = Command::new("mariadb")
        .args(["--no-defaults", "-uroot", "-B", names, "--max-allowed-packet=1G"])
        .args(place)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the mariadb client runs (apt-get install mariadb-client)");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(sql.as_bytes()).expect("the client reads");
    drop(input);
    let output = child.wait_with_output().expect("its own child");
    said(&output)
}

/// Checksums of every column of every table, as questions with `source`'s answers.
pub fn checksums(source: &dyn Side) -> Vec<(String, String)> {
    let one = |table: &&str| {
        let question = checksum_of(table, &source.run(&columns_of(table)));
        let answer = source.run(&question);
        (question, answer)
    };
    TABLES.iter().map(one).collect()
}

/// Waits until the replica has what was written last, then compares every table.
pub fn same_rows(source: &dyn Side, replica: &dyn Side) {
    source.run("CREATE TABLE interop.last (n INT PRIMARY KEY)");
    wait_until_within(CATCH_UP, "the replica to have everything", || {
        let there = replica.ask("SELECT COUNT(*) FROM interop.last").is_ok();
        let broken = replica.broken();
        assert!(there || broken.is_empty(), "{broken}");
        there
    });
    for (question, answer) in checksums(source) {
        assert_eq!(replica.run(&question), answer);
    }
    source.run("DROP TABLE interop.last");
}
