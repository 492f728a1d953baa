//! A primary with two replicas in sync, and a commit that waits.

use std::net::SocketAddr;

use super::raw::{COM_QUERY, Raw, Rows, Trouble, refuse};
use super::support::http::Metrics;
use super::support::process::{is_stopped, signal};
use super::support::{Server, wait_until};

/// The account of [`Client`]s: the small client speaks one plugin only.
const PASSWORD: &str = "secret";

/// Nothing is given up by itself.
pub const PATIENT: &str = "[ack]\ntimeout_ms = 60000\nin_sync_max_lag_ms = 60000\n";

/// A primary, number 1, and replicas 2 and 3.
pub struct System {
    pub primary: Server,
    pub replicas: Vec<Server>,
}

impl System {
    /// Starts it; `ack` is the primary's `[ack]`. There is a table `d.t (id, v)`.
    pub fn start(ack: &str) -> Self {
        let primary = Server::start_with_id(1, ack).expect("a server");
        primary.sql(&format!(
            "CREATE USER app IDENTIFIED WITH mysql_native_password BY '{PASSWORD}'; GRANT ALL ON *.* TO app;
             CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY AUTO_INCREMENT, v INT)"
        ));
        let replicas = [2, 3].map(|id| Server::start_with_id(id, "").expect("a server"));
        let system = Self { primary, replicas: replicas.into() };
        system.replicas.iter().for_each(|replica| system.follow(replica));
        system.wait_in_sync(2);
        system
    }

    fn follow(&self, replica: &Server) {
        let port = self.primary.address().port();
        replica.sql(&format!(
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {port}, SOURCE_USER = 'root', \
             SOURCE_AUTO_POSITION = 1, SOURCE_HEARTBEAT_PERIOD = 1, SOURCE_CONNECT_RETRY = 1; START REPLICA"
        ));
    }

    /// Waits until so many replicas are in sync, and have applied all.
    pub fn wait_in_sync(&self, count: usize) {
        wait_until("the replicas to be in sync", || {
            self.status("Anabranch_replicas_in_sync") == count.to_string()
        });
    }

    /// Sets global variables of the primary: `ack_policy = 'quorum'` and such.
    pub fn set(&self, settings: &[&str]) {
        let settings: Vec<String> =
            settings.iter().map(|setting| format!("GLOBAL anabranch_{setting}")).collect();
        self.primary.sql(&format!("SET {}", settings.join(", ")));
    }

    /// A status variable of the primary.
    pub fn status(&self, name: &str) -> String {
        let line = self.primary.sql(&format!("SHOW STATUS LIKE '{name}'"));
        line.split_once('\t').map(|(_, value)| value.to_owned()).unwrap_or_default()
    }

    /// Transactions that wait for replicas.
    pub fn waiting(&self) -> u64 {
        self.status("Anabranch_ack_waiting").parse().expect("a number")
    }

    /// The primary's metrics.
    pub fn metrics(&self) -> Metrics {
        let mut address = self.primary.address();
        address.set_port(address.port() + 1);
        Metrics::scrape(address)
    }

    /// SIGSTOP, and until every thread has heard it: on a busy machine that takes a while.
    pub fn freeze(&self, replica: usize) {
        let pid = self.replicas[replica].pid();
        signal(pid, "STOP");
        wait_until("the replica to be silent", || is_stopped(pid));
    }

    pub fn thaw(&self, replica: usize) {
        signal(self.replicas[replica].pid(), "CONT");
    }

    pub fn client(&self) -> Client {
        Client::connect(self.primary.address())
    }

    /// A client whose statement waits for replicas.
    pub fn blocked(&self, sql: &str) -> Client {
        let mut client = self.client();
        client.begin(sql);
        self.wait_blocked(&client);
        client
    }

    /// Waits until the client's statement waits for replicas.
    pub fn wait_blocked(&self, client: &Client) {
        wait_until("the statement to wait for replicas", || {
            self.state_of(client).ends_with("\tWaiting for semi-sync ACK from replica")
        });
    }

    /// Command and state in the process list; empty when the session is gone.
    pub fn state_of(&self, client: &Client) -> String {
        let id = client.id;
        let list = "SELECT command, state FROM information_schema.processlist WHERE id =";
        self.primary.sql(&format!("{list} {id}"))
    }

    /// What of `d.t` anybody can see.
    pub fn seen(&self) -> String {
        self.primary.sql("SELECT GROUP_CONCAT(v ORDER BY id) FROM d.t")
    }
}

impl Drop for System {
    fn drop(&mut self) {
        // a process that is stopped does not hear that it is to end
        (0..self.replicas.len()).for_each(|replica| self.thaw(replica));
    }
}

/// A connection of the application.
pub struct Client {
    raw: Raw,
    pub id: u64,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let mut raw = Raw::sign_in(address, "app", PASSWORD, "").expect("the application signs in");
        let id = raw.value("SELECT CONNECTION_ID()").expect("an id").parse().expect("a number");
        Self { raw, id }
    }

    pub fn sql(&mut self, sql: &str) -> Rows {
        self.try_sql(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    pub fn try_sql(&mut self, sql: &str) -> Result<Rows, Trouble> {
        self.raw.query(sql)
    }

    /// SHOW WARNINGS: their texts.
    pub fn warnings(&mut self) -> Vec<String> {
        self.sql("SHOW WARNINGS").into_iter().filter_map(|row| row.into_iter().nth(2)?).collect()
    }

    /// Sends a statement that is answered by OK, and does not wait.
    pub fn begin(&mut self, sql: &str) {
        self.raw.command(COM_QUERY, sql.as_bytes()).expect("it can be sent");
    }

    /// The answer to [`Client::begin`].
    pub fn answer(&mut self) -> Result<(), Trouble> {
        let (_, packet) = self.raw.read_packet()?;
        refuse(&packet)
    }

    pub fn prepare(&mut self, sql: &str) -> u32 {
        self.raw.prepare(sql).expect("it can be prepared")
    }

    pub fn execute(&mut self, id: u32) -> Result<(), Trouble> {
        self.raw.execute(id).map(drop)
    }
}
