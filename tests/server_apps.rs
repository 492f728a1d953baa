//! Applications on the bundled server, directly and through the proxy in front of it: do frameworks work unchanged?
//!
//! Each is a small program under `tests/server_apps/`, which does what an application does from its first day on: it
//! makes its tables, migrates them, reads, writes and locks. It checks what it sees and ends with the line `ok`.
//! A tool that is missing is a failure that says what to install.
//!
//! * `cargo test --test server_apps` runs all; `cargo test --test server_apps -- django` one.
//! * `ANABRANCH_APPS_SERVER=host:port` runs them on that server (`root`, no password): what fails on a real one,
//!   too, is a mistake in the program.
//! * `tests/server_apps/sqlalchemy/run` prints SQLAlchemy's counts for two servers side by side.
//! * Packages and output stay in `target/e2e/<application>/`.

#[path = "server_apps/install.rs"]
mod install;
mod support;

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use support::wait::holds_within;
use support::{Proxy, Server};

/// An application that takes longer hangs: SQLAlchemy's suite needs a minute and a half on two busy cores.
const LIMIT: Duration = Duration::from_secs(600);

/// Where an application connects: a bundled server of the test's own, the proxy in front of one, or the server that
/// the environment names.
enum Target {
    Own(Box<Server>),
    Proxied(Box<Server>, Box<Proxy>),
    Given(SocketAddr),
}

impl Target {
    /// One after the other: a bundled server, and the proxy in front of one. Or only the given server.
    fn each(mut run: impl FnMut(&Self)) {
        let direct = Self::start();
        run(&direct);
        if let Self::Own(server) = direct {
            let proxy = Proxy::in_front_of(server.address());
            println!("through the proxy:");
            run(&Self::Proxied(server, Box::new(proxy)));
        }
    }

    fn start() -> Self {
        match std::env::var("ANABRANCH_APPS_SERVER") {
            Ok(given) => Self::Given(given.parse().expect("ANABRANCH_APPS_SERVER is host:port")),
            Err(_) => Self::Own(Box::new(Server::start("").expect("the server starts"))),
        }
    }

    fn address(&self) -> SocketAddr {
        match self {
            Self::Own(server) => server.address(),
            Self::Proxied(_, proxy) => proxy.address(),
            Self::Given(address) => *address,
        }
    }

    /// What the server wrote about it.
    fn log(&self) -> String {
        match self {
            Self::Own(server) => last_lines(&server.log(), 20),
            Self::Proxied(server, proxy) => {
                format!("{}\n{}", last_lines(&server.log(), 20), last_lines(&proxy.log(), 20))
            }
            Self::Given(_) => String::new(),
        }
    }

    /// An empty schema.
    fn fresh_schema(&self, schema: &str) {
        let sql = format!(
            "DROP DATABASE IF EXISTS {schema}; CREATE DATABASE {schema} CHARACTER SET utf8mb4"
        );
        let made = Command::new("mariadb")
            .args(["--no-defaults", "--protocol=tcp", "-h127.0.0.1", "-uroot"])
            .args([&format!("-P{}", self.address().port()), "-e", &sql])
            .status()
            .expect("the mariadb client runs (apt-get install mariadb-client)");
        assert!(made.success(), "the schema {schema} is made\n{}", self.log());
    }

    /// Runs a program of `tests/server_apps` to its `ok`.
    fn run(&self, name: &str, command: &mut Command) {
        let folder = install::folder(name);
        let (output, errors) = (folder.join("output.txt"), folder.join("errors.txt"));
        let create = |path: &Path| File::create(path).expect("a file in target");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(create(&output))
            .stderr(create(&errors))
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut status = None;
        holds_within(LIMIT, || {
            status = child.try_wait().expect("its own child");
            status.is_some()
        });
        if status.is_none() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let read = |path: &Path| {
            String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
        };
        let text = read(&output);
        println!("{text}");
        let ended_well = status.is_some_and(|status| status.success());
        assert!(
            ended_well && text.trim_end().ends_with("ok"),
            "{name} failed ({status:?}):\n{}\n{}\nthe server's log:\n{}",
            last_lines(&text, 40),
            last_lines(&read(&errors), 40),
            self.log()
        );
    }

    /// A command with what the programs want to know.
    fn command(&self, program: &str, schema: &str) -> Command {
        self.fresh_schema(schema);
        let mut command = Command::new(program);
        command
            .env("DB_HOST", self.address().ip().to_string())
            .env("DB_PORT", self.address().port().to_string())
            .env("DB_SCHEMA", schema);
        command
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[test]
fn django() {
    let site = install::python("django", "Django==5.2.19 PyMySQL==1.1.3 cryptography==50.0.2");
    Target::each(|target| {
        let project = install::project("django");
        let mut command = target.command("python3", "app_django");
        command.args(["-B", "app.py"]).current_dir(project).env("PYTHONPATH", &site);
        target.run("django", &mut command);
    });
}

#[test]
fn sequelize() {
    let modules = install::node("sequelize");
    let program = install::source("sequelize/app.js");
    Target::each(|target| {
        let mut command = target.command("node", "app_sequelize");
        target.run("sequelize", command.arg(&program).env("NODE_PATH", &modules));
    });
}

#[test]
fn connector_python() {
    let site = install::python("connector", "mysql-connector-python==26.10.0");
    let program = install::source("connector/app.py");
    Target::each(|target| {
        let mut command = target.command("python3", "app_connector");
        target.run("connector", command.arg("-B").arg(&program).env("PYTHONPATH", &site));
    });
}

#[test]
fn sqlalchemy() {
    let target = Target::start();
    let mut command = Command::new(install::source("sqlalchemy/run"));
    install::folder("sqlalchemy-run");
    target.run("sqlalchemy-run", command.arg(target.address().to_string()));
}
