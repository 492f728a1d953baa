//! A primary and two replicas of each kind, and what can be done to them.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::support::guardian::Guardian;
use super::support::place::said;
use super::support::process::signal;
use super::support::{Cluster, Proxy, Server, ports, wait_until, wait_until_within};

/// Longest time for a replica to catch up.
const CATCH_UP: Duration = Duration::from_secs(60);

const ROWS: &str = "SELECT COUNT(*) FROM test_checker.registers";

/// Server 0 is the primary.
pub trait Servers {
    fn proxy(&self) -> Proxy;
    fn try_sql(&self, n: usize, statements: &str) -> Result<String, String>;
    fn sql(&self, n: usize, statements: &str) -> String {
        self.try_sql(n, statements)
            .unwrap_or_else(|error| panic!("on server {n}: {statements}: {error}"))
    }
    /// Makes a replica apply so many seconds late.
    fn delay(&self, n: usize, seconds: u32);
    fn freeze(&self, n: usize);
    fn thaw(&self, n: usize);
    fn kill(&self, n: usize);
    fn restart(&self, n: usize);
    fn caught_up(&self) {
        for n in [1, 2] {
            // A replica that has not seen the table yet answers with an error.
            wait_until_within(CATCH_UP, "a replica to catch up", || {
                self.try_sql(n, ROWS).is_ok_and(|rows| rows == self.sql(0, ROWS))
            });
        }
    }
}

pub struct MariaDb(Cluster);

impl MariaDb {
    pub fn start() -> Self {
        Self(Cluster::start())
    }
}

impl Servers for MariaDb {
    fn proxy(&self) -> Proxy {
        Proxy::start(&self.0, "")
    }
    fn try_sql(&self, n: usize, statements: &str) -> Result<String, String> {
        self.0.try_sql(n, statements)
    }
    fn delay(&self, n: usize, seconds: u32) {
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
    }
}

const ACCOUNT: &str = "CREATE USER 'app'@'%' IDENTIFIED BY 'secret'; GRANT ALL ON *.* TO 'app'@'%'";

/// TOML for a proxy in front of three servers whose root has no password.
fn proxy_of(addresses: [SocketAddr; 3]) -> Proxy {
    let [first, second, third] = addresses;
    let others = format!(
        "[[server]]\nname = \"db1\"\naddress = \"{second}\"\n\
         [[server]]\nname = \"db2\"\naddress = \"{third}\"\n"
    );
    Proxy::in_front_of_with(first, &others)
}

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
    fn proxy(&self) -> Proxy {
        proxy_of([0, 1, 2].map(|n| self.0[n].borrow().address()))
    }
    fn try_sql(&self, n: usize, statements: &str) -> Result<String, String> {
        self.0[n].borrow().try_sql(statements)
    }
    fn delay(&self, n: usize, seconds: u32) {
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
        wait_until("replication to go on", || {
            self.sql(n, "SHOW REPLICA STATUS").contains("Yes\tYes")
        });
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
    fn proxy(&self) -> Proxy {
        proxy_of([0, 1, 2].map(|n| self.address(n)))
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
    fn delay(&self, n: usize, seconds: u32) {
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
