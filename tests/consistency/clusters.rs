//! A primary and two replicas of each kind, and what can be done to them.

use std::cell::RefCell;
use std::time::Duration;

use super::support::process::signal;
use super::support::wait::holds_within;
use super::support::{Cluster, Proxy, Server, wait_until_within};

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
    fn delay(&self, n: usize, seconds: u32);
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

/// MariaDB's or MySQL's.
impl Servers for Cluster {
    fn proxy(&self, extra: &str) -> Proxy {
        Proxy::start(self, extra)
    }
    fn try_sql(&self, n: usize, statements: &str) -> Result<String, String> {
        self.try_sql(n, statements)
    }
    fn delay(&self, n: usize, seconds: u32) {
        self.delay(n, seconds);
    }
    fn freeze(&self, n: usize) {
        self.freeze(n);
    }
    fn thaw(&self, n: usize) {
        self.thaw(n);
    }
    fn kill(&self, n: usize) {
        self.kill(n);
    }
    fn restart(&self, n: usize) {
        self.restart(n);
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
        let mut status = String::new();
        let goes_on = holds_within(CATCH_UP, || {
            status = self.sql(n, "SHOW REPLICA STATUS");
            status.contains("Yes\tYes")
        });
        let log = self.0[n].borrow().log();
        assert!(goes_on, "replication on server {n} does not go on: {status}\n{log}");
    }
}
