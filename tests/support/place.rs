//! A server as dumps and logs see it: programs are told where it is, statements are run, contents are read.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::cluster::{Cluster, PASSWORD};
use super::server::Server;

/// A server with an account that may do everything.
#[derive(Clone, Copy)]
pub struct Place {
    pub address: SocketAddr,
    password: &'static str,
}

impl Place {
    /// Where `root` has no password.
    pub fn at(address: SocketAddr) -> Self {
        Self { address, password: "" }
    }

    /// A bundled server, whose `root` has no password.
    pub fn bundled(server: &Server) -> Self {
        Self::at(server.address())
    }

    /// A cluster's primary.
    pub fn mariadb(cluster: &Cluster) -> Self {
        Self { address: cluster.address(0), password: PASSWORD }
    }

    /// A program of the MySQL family, told where the server is.
    pub fn command(self, program: &str) -> Command {
        let mut command = Command::new(program);
        // These two have fewer options.
        if !["mydumper", "myloader"].contains(&program) {
            command.args(["--no-defaults", "--protocol=tcp", "--default-character-set=utf8mb4"]);
        }
        let port = format!("--port={}", self.address.port());
        command.args(["--host=127.0.0.1", "--user=root", &port]);
        if !self.password.is_empty() {
            command.arg(format!("--password={}", self.password));
        }
        command
    }

    /// Runs statements of a text; rows as lines.
    pub fn sql(self, schema: &str, statements: &str) -> String {
        output(&mut self.client(schema, statements))
    }

    /// As [`Place::sql`], with the client's error text instead of a panic.
    pub fn try_sql(self, schema: &str, statements: &str) -> Result<String, String> {
        said(&self.client(schema, statements).output().expect("the mariadb client runs"))
    }

    fn client(self, schema: &str, statements: &str) -> Command {
        let mut client = self.command("mariadb");
        client.args(["-BN", "--binary-as-hex", "-e", statements, schema]);
        client
    }

    /// Runs a file of statements.
    pub fn run(self, schema: &str, file: &Path) {
        let input = std::fs::File::open(file).expect("the file of statements");
        output(self.command("mariadb").arg(schema).stdin(input));
    }

    /// An empty schema, in a collation that MariaDB knows.
    pub fn fresh(self, schema: &str) {
        self.sql(
            "",
            &format!(
                "DROP DATABASE IF EXISTS {schema};
                 CREATE DATABASE {schema} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
            ),
        );
    }

    /// Every table and view of a schema with all its rows, in an order that is the same everywhere.
    pub fn contents(self, schema: &str) -> String {
        let mut all = String::new();
        for table in self.sql(schema, "SHOW TABLES").lines() {
            let rows = format!("SET time_zone = '+00:00'; SELECT * FROM `{table}`");
            let text = self.sql(schema, &rows);
            let mut rows: Vec<&str> = text.lines().collect();
            rows.sort_unstable();
            all += &format!("## {table}\n{}\n", rows.join("\n"));
        }
        all
    }
}

/// What a command line client printed, without the last line's end; or what it complained of.
pub fn said(output: &Output) -> Result<String, String> {
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// A command's output; panics with what it complained of when it fails.
pub fn output(command: &mut Command) -> String {
    let run = command.stderr(Stdio::piped()).output();
    let output = run.unwrap_or_else(|error| panic!("{command:?}: {error}: see tests/packages"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Asserts that two schemas hold the same; says which lines differ.
#[track_caller]
pub fn assert_same(what: &str, wanted: &str, found: &str) {
    let shown = |line: &str| line.chars().take(300).collect::<String>();
    let pairs = wanted.lines().zip(found.lines()).filter(|(wanted, found)| wanted != found);
    let lines: Vec<String> = pairs
        .take(5)
        .map(|(wanted, found)| format!("- {}\n+ {}", shown(wanted), shown(found)))
        .collect();
    assert!(wanted == found, "{what}: another content\n{}", lines.join("\n"));
}
