//! A primary and two replicas of each kind, and what can be done to them.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::support::guardian::Guardian;
use super::support::place::said;
use super::support::process::signal;
use super::support::wait::holds_within;
use super::support::{Cluster, Proxy, Server, ports, wait_until_within};

/// Longest time for a replica to catch up.
const CATCH_UP: Duration = Duration::from_secs(60);

/// What all servers must agree on in the end.
const SUMS: &str = "SELECT COUNT(*), SUM(v) FROM test_checker.registers";

/// Server 0 is the primary.
pub trait Servers {
    /// A proxy in front of them; `extra` is TOML that is laid over its configuration.
    fn proxy(&self, extra: &str) -> Proxy;
    fn try_sql(&self, n: usize, statements: &str) -> Result<String, String>;
    fn sql(&self, n: usize, statements: &str) -> String {
        self.try_sql(n, statements)
            .unwrap_or_else(|error| panic!("on server {n}: {statements}: {error}"))
    }
    /// Makes a replica apply so many seconds late.
    fn delay(&self, n: usize, seconds: u64);
    fn freeze(&self, n: usize);
    fn thaw(&self, n: usize);
    fn kill(&self, n: usize);
    fn restart(&self, n: usize);
    /// Waits until the replicas have what the primary has.
    fn caught_up(&self) {
        for n in [1, 2] {
            // A replica that has not seen the table yet answers with an error.
            wait_until_within(CATCH_UP, "a replica to catch up", || {
                self.try_sql(n, SUMS).is_ok_and(|sums| sums == self.sql(0, SUMS))
            });
        }
    }
}

pub struct MariaDb(Cluster);

impl MariaDb {
    pub fn start() -> Self {
        let servers = Self(Cluster::start());
        [0, 1, 2].into_iter().for_each(|n| servers.keep(n));
        servers
    }

    /// The cluster's servers keep their log in memory for a second, but not their binlog. One that is killed would
    /// have transactions in the one and not the other, and could not go on.
    fn keep(&self, n: usize) {
        self.sql(n, "SET GLOBAL innodb_flush_log_at_trx_commit = 2");
    }
}

impl Servers for MariaDb {
    fn proxy(&self, extra: &str) -> Proxy {
        Proxy::start(&self.0, extra)
    }
    fn try_sql(&self, n: usize, statements: &str) -> Result<String, String> {
        self.0.try_sql(n, statements)
    }
    fn delay(&self, n: usize, seconds: u64) {
        self.0.sql(n, &format!("STOP SLAVE; CHANGE MASTER TO MASTER_DELAY={seconds}; START SLAVE"));
    }
    fn freeze(&self, n: usize) {
        self.0.freeze(n);
    }
    fn thaw(&self, n: usize) {
        self.0.thaw(n);
    }
    fn kill(&self, n: usize) {
        self.0.kill(n);
    }
    fn restart(&self, n: usize) {
        self.0.restart(n);
        self.keep(n);
    }
}

const ACCOUNT: &str = "CREATE USER 'app'@'%' IDENTIFIED BY 'secret'; GRANT ALL ON *.* TO 'app'@'%'";

pub struct Bundled([RefCell<Server>; 3]);

impl Bundled {
    pub fn start() -> Self {
        let start = |id, extra| RefCell::new(Server::start_with_id(id, extra).expect("a server"));
        let replica = "[variables]\nread_only = \"ON\"";
        let servers = Self([start(1, ""), start(2, replica), start(3, replica)]);
        let port = servers.0[0].borrow().address().port();
        for n in [1, 2] {
            servers.sql(
                n,
                &format!(
                    "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, \
                     SOURCE_USER='root', SOURCE_AUTO_POSITION=1, SOURCE_HEARTBEAT_PERIOD=1, \
                     SOURCE_CONNECT_RETRY=1; START REPLICA"
                ),
            );
        }
        servers.sql(0, ACCOUNT);
        servers
    }
}

impl Servers for Bundled {
    fn proxy(&self, extra: &str) -> Proxy {
        Proxy::in_front_of_all(&[0, 1, 2].map(|n| self.0[n].borrow().address()), extra)
    }
    fn try_sql(&self, n: usize, statements: &str) -> Result<String, String> {
        self.0[n].borrow().try_sql(statements)
    }
    fn delay(&self, n: usize, seconds: u64) {
        self.sql(
            n,
            &format!(
                "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_DELAY={seconds}; START REPLICA"
            ),
        );
    }
    fn freeze(&self, n: usize) {
        signal(self.0[n].borrow().pid(), "STOP");
    }
    fn thaw(&self, n: usize) {
        signal(self.0[n].borrow().pid(), "CONT");
    }
    fn kill(&self, n: usize) {
        self.0[n].borrow_mut().kill();
    }
    fn restart(&self, n: usize) {
        self.0[n].borrow_mut().restart().expect("it starts again");
        let mut status = String::new();
        let goes_on = holds_within(CATCH_UP, || {
            status = self.sql(n, "SHOW REPLICA STATUS");
            status.contains("Yes\tYes")
        });
        let log = self.0[n].borrow().log();
        assert!(goes_on, "replication on server {n} does not go on: {status}\n{log}");
    }
}

pub struct MySql {
    command: String,
    base_port: u16,
    folder: tempfile::TempDir,
    running: [RefCell<Option<(Child, Guardian)>>; 3],
}

impl MySql {
    pub fn start() -> Option<Self> {
        let command = std::env::var("ANABRANCH_TEST_MYSQLD").ok()?;
        let folder = tempfile::Builder::new().prefix("anabranch-").tempdir_in("/tmp").ok()?;
        let servers =
            Self { command, base_port: ports::free_ports(3), folder, running: Default::default() };
        for n in [0, 1, 2] {
            servers.restart(n);
        }
        for n in [1, 2] {
            servers.sql(
                n,
                &format!(
                    "RESET BINARY LOGS AND GTIDS; CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', \
                     SOURCE_PORT={}, SOURCE_USER='root', SOURCE_AUTO_POSITION=1, \
                     GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1; START REPLICA; \
                     SET GLOBAL super_read_only = 1",
                    servers.base_port
                ),
            );
        }
        servers.sql(0, ACCOUNT);
        Some(servers)
    }

    fn address(&self, n: usize) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.base_port + n as u16))
    }

    fn pid(&self, n: usize) -> u32 {
        self.running[n].borrow().as_ref().expect("it runs").0.id()
    }
}

impl Drop for MySql {
    fn drop(&mut self) {
        for place in &self.running {
            if let Some((mut child, _)) = place.take() {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

impl Servers for MySql {
    fn proxy(&self, extra: &str) -> Proxy {
        Proxy::in_front_of_all(&[0, 1, 2].map(|n| self.address(n)), extra)
    }
    fn try_sql(&self, n: usize, statements: &str) -> Result<String, String> {
        let socket = self.folder.path().join(n.to_string()).join("mysql.sock");
        let output = Command::new("mariadb")
            .args(["--no-defaults", "--protocol=socket", "-uroot", "-BN", "-S"])
            .arg(socket)
            .args(["-e", statements])
            .output()
            .expect("the mariadb client runs");
        said(&output)
    }
    fn delay(&self, n: usize, seconds: u64) {
        self.sql(
            n,
            &format!(
                "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_DELAY={seconds}; START REPLICA"
            ),
        );
    }
    fn freeze(&self, n: usize) {
        signal(self.pid(n), "STOP");
    }
    fn thaw(&self, n: usize) {
        signal(self.pid(n), "CONT");
    }
    fn kill(&self, n: usize) {
        if let Some((mut child, _)) = self.running[n].take() {
            child.kill().expect("it can be killed");
            child.wait().expect("its own child");
        }
    }
    fn restart(&self, n: usize) {
        let data = self.folder.path().join(n.to_string());
        let child = Command::new(&self.command)
            .arg(&data)
            .arg((self.base_port + n as u16).to_string())
            .args([format!("--server-id={}", n + 1).as_str(), "--gtid-mode=ON"])
            .args(["--enforce-gtid-consistency=ON", "--innodb-flush-log-at-trx-commit=2"])
            .args(["--sync-binlog=0", "--innodb-buffer-pool-size=64M"])
            .args(if n > 0 { &["--super-read-only=1"][..] } else { &[] })
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command runs");
        let guardian = Guardian::new("kill -KILL \"$1\" 2>/dev/null", &[&child.id().to_string()]);
        self.running[n].replace(Some((child, guardian)));
        wait_until_within(CATCH_UP, "MySQL to answer", || self.try_sql(n, "SELECT 1").is_ok());
    }
}
