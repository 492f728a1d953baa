//! A real primary and two replicas, by `tests/cluster/mariadb`, in a folder and on ports of their own.
//!
//! With `ANABRANCH_TEST_CLUSTER=mysql` they are MySQL's, by `tests/cluster/mysql`, which needs `ANABRANCH_TEST_MYSQLD`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::guardian::Guardian;
use super::place::said;
use super::process::{self, Pid};
use super::wait::wait_until;
use super::{ports, process::signal};

/// The password of every account of the cluster.
pub const PASSWORD: &str = "secret";

/// How many servers a cluster has: 0 starts as the primary, 1 and 2 as replicas.
pub const SERVERS: usize = 3;

/// A port may be taken between the look and the start; then another one is tried.
const START_ATTEMPTS: usize = 3;

/// What takes a cluster down: the script, and the folder around the cluster's own.
const END: &str = "\"$1\" down \"$2\"; rm -rf \"$3\"";

/// Whose servers they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    MariaDb,
    MySql,
}

impl Family {
    /// The one that the environment asks for.
    pub fn wanted() -> Self {
        match std::env::var("ANABRANCH_TEST_CLUSTER").as_deref() {
            Ok("mysql") => Self::MySql,
            Ok("mariadb") | Err(_) => Self::MariaDb,
            Ok(other) => panic!("ANABRANCH_TEST_CLUSTER is mariadb or mysql, not {other}"),
        }
    }

    fn script(self) -> &'static str {
        match self {
            Self::MariaDb => concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/mariadb"),
            Self::MySql => concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/mysql"),
        }
    }
}

/// A running cluster; dropping it takes it down.
pub struct Cluster {
    family: Family,
    folder: PathBuf,
    base_port: u16,
    _guardian: Guardian,
    _parent: tempfile::TempDir,
}

/// One cluster for all tests of a binary, for those that leave it as they found it.
pub fn shared_cluster() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::start)
}

impl Cluster {
    /// Starts one; returns when both replicas have caught up. Takes a second or two, MySQL ten.
    pub fn start() -> Self {
        Self::start_of(Family::wanted())
    }

    /// The same of this family.
    pub fn start_of(family: Family) -> Self {
        for attempt in 1..=START_ATTEMPTS {
            // a short path: a Unix socket's may have 107 bytes
            let parent = tempfile::Builder::new()
                .prefix("anabranch-")
                .tempdir_in("/tmp")
                .expect("a folder in /tmp");
            let folder = parent.path().join("c");
            let base_port = ports::free_ports(SERVERS as u16);
            let parent_text = parent.path().to_str().expect("an UTF-8 path").to_owned();
            let folder_text = folder.to_str().expect("an UTF-8 path").to_owned();
            let guardian = Guardian::new(END, &[family.script(), &folder_text, &parent_text]);
            match run_script(family, &["up", &folder_text, &base_port.to_string()]) {
                Ok(()) => {
                    return Self {
                        family,
                        folder,
                        base_port,
                        _guardian: guardian,
                        _parent: parent,
                    };
                }
                Err(output) if attempt == START_ATTEMPTS => {
                    panic!("the cluster did not start:\n{output}")
                }
                Err(_) => {}
            }
        }
        unreachable!("the last attempt returns or panics")
    }

    /// Whether the servers are MySQL's.
    pub fn is_mysql(&self) -> bool {
        self.family == Family::MySql
    }

    /// The value for this family.
    pub fn either<T>(&self, mariadb: T, mysql: T) -> T {
        if self.is_mysql() { mysql } else { mariadb }
    }

    /// Where server `n` listens.
    pub fn address(&self, n: usize) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.base_port + n as u16))
    }

    /// The Unix socket of server `n`.
    pub fn socket(&self, n: usize) -> PathBuf {
        self.folder.join(format!("{n}.sock"))
    }

    /// The certificate of the authority that signed the servers' certificates, PEM.
    pub fn ca(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A certificate for 127.0.0.1 and localhost, and its key, PEM.
    pub fn certificate(&self) -> (PathBuf, PathBuf) {
        (self.folder.join("server.pem"), self.folder.join("server-key.pem"))
    }

    /// Runs statements on server `n` as root over its socket; rows as lines, columns separated by tabs.
    pub fn sql(&self, n: usize, statements: &str) -> String {
        self.try_sql(n, statements)
            .unwrap_or_else(|error| panic!("on server {n}: {statements}: {error}"))
    }

    /// As [`Cluster::sql`], with the client's error text instead of a panic.
    pub fn try_sql(&self, n: usize, statements: &str) -> Result<String, String> {
        let output = Command::new("mariadb")
            .args([
                "--no-defaults",
                "--protocol=socket",
                "--connect-timeout=5",
                "-uroot",
                "-BN",
                "-S",
            ])
            .arg(self.socket(n))
            .args(["-e", statements])
            .output()
            .expect("the mariadb client runs (apt-get install mariadb-client)");
        said(&output)
    }

    /// The process of server `n`.
    pub fn pid(&self, n: usize) -> Pid {
        let file = self.folder.join(n.to_string()).join("our.pid");
        let text = std::fs::read_to_string(file).expect("the server's pid file");
        text.trim().parse().expect("a pid")
    }

    /// kill -9: the server's connections break at once.
    pub fn kill(&self, n: usize) {
        let pid = self.pid(n);
        signal(pid, "KILL");
        wait_until("the server to be gone", || !Path::new(&format!("/proc/{pid}")).exists());
    }

    /// SIGSTOP: the server's connections stay open and fall silent.
    pub fn freeze(&self, n: usize) {
        process::signal(self.pid(n), "STOP");
    }

    /// SIGCONT, after [`Cluster::freeze`].
    pub fn thaw(&self, n: usize) {
        process::signal(self.pid(n), "CONT");
    }

    /// Starts server `n` again after [`Cluster::kill`]; returns when it answers.
    pub fn restart(&self, n: usize) {
        let folder = self.folder.to_str().expect("an UTF-8 path");
        if let Err(output) = run_script(self.family, &["start", folder, &n.to_string()]) {
            panic!("server {n} did not start again:\n{output}");
        }
    }

    /// Makes replica `n` apply so many seconds late.
    pub fn delay(&self, n: usize, seconds: u32) {
        let change = self.either(
            format!("STOP SLAVE; CHANGE MASTER TO MASTER_DELAY={seconds}; START SLAVE"),
            format!(
                "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_DELAY={seconds}; START REPLICA"
            ),
        );
        self.sql(n, &change);
    }

    /// Makes replica `n` a primary of its own.
    pub fn promote(&self, n: usize) {
        let promote = self.either(
            "STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0",
            "STOP REPLICA; RESET REPLICA ALL; SET GLOBAL super_read_only = 0, read_only = 0",
        );
        self.sql(n, promote);
    }

    /// Kills all connections of `user` on server `n`; returns when the server has forgotten them.
    pub fn cut(&self, n: usize, user: &str) {
        let find = format!("SELECT id FROM information_schema.processlist WHERE user = '{user}'");
        for id in self.sql(n, &find).lines() {
            // It may have gone by itself.
            let _ = self.try_sql(n, &format!("KILL {id}"));
        }
        wait_until("the connections to be gone", || self.sql(n, &find).is_empty());
    }

    /// Waits until both replicas have applied all that the primary has written so far.
    pub fn wait_caught_up(&self) {
        let position =
            self.sql(0, self.either("SELECT @@gtid_binlog_pos", "SELECT @@gtid_executed"));
        // A set of several servers' GTIDs is told in lines.
        let position = position.replace("\\n", "");
        let wait = self.either("MASTER_GTID_WAIT", "WAIT_FOR_EXECUTED_GTID_SET");
        for n in 1..SERVERS {
            let applied = self.sql(n, &format!("SELECT {wait}('{position}', 30)"));
            assert_eq!(applied, "0", "server {n} does not catch up to {position}");
        }
    }

    /// Makes an empty schema on all servers, anew if it was there. `app` may use those called `test_…`.
    pub fn fresh_schema(&self, name: &str) {
        self.sql(0, &format!("DROP DATABASE IF EXISTS `{name}`; CREATE DATABASE `{name}`"));
        self.wait_caught_up();
    }
}

/// Runs the cluster's script; its output when it failed.
///
/// Output goes to a file: servers that it starts would hold a pipe open.
fn run_script(family: Family, args: &[&str]) -> Result<(), String> {
    let log = tempfile::NamedTempFile::new().expect("a temporary file");
    let out = log.reopen().expect("the file again");
    let err = out.try_clone().expect("the file again");
    let status = Command::new(family.script()).args(args).stdout(out).stderr(err).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(std::fs::read_to_string(log.path()).unwrap_or_default()),
        Err(error) => Err(format!("{}: {error}", family.script())),
    }
}
