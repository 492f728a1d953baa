//! The bundled server as a process: a data folder of its own, free ports, waited for, ended.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::guardian::Guardian;
use super::place::said;
use super::ports;
use super::process::{self, Pid};
use super::program::program;
use super::wait::{holds_within, wait_until};

/// From start to the first accepted connection.
const READY_LIMIT: Duration = Duration::from_secs(30);
/// From SIGTERM to the end.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// A running `anabranch server`. Dropping it ends the process.
pub struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
    _guardian: Guardian,
}

impl Server {
    /// Starts a server on an empty data folder; `extra` is TOML after its own tables.
    pub fn start(extra: &str) -> Result<Self, String> {
        Self::start_with_id(1, extra)
    }

    /// [`Server::start`] for one of several in one replication.
    pub fn start_with_id(id: u32, extra: &str) -> Result<Self, String> {
        let folder = tempfile::Builder::new()
            .prefix("server-")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .map_err(|e| e.to_string())?;
        let port = ports::free_ports(2);
        let config = configuration(id, port, extra);
        std::fs::write(folder.path().join("server.toml"), config).map_err(|e| e.to_string())?;
        let (child, guardian) = spawn(&folder)?;
        let mut server = Self { child, port, folder, _guardian: guardian };
        server.wait_ready()?;
        Ok(server)
    }

    /// Starts the process again on the same folder, after it ended by itself.
    pub fn restart(&mut self) -> Result<(), String> {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let (child, guardian) = spawn(&self.folder)?;
        self.child = child;
        self._guardian = guardian;
        self.wait_ready()
    }

    /// kill -9.
    pub fn kill(&mut self) {
        process::signal(self.pid(), "KILL");
        self.child.wait().expect("its own child");
    }

    /// SIGTERM, and its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        process::signal(self.pid(), "TERM");
        wait_until("the server to stop", || self.has_ended());
        self.child.wait().expect("its own child").code()
    }

    /// Runs statements with the command line client as root; rows as lines, columns separated by tabs.
    pub fn sql(&self, statements: &str) -> String {
        self.try_sql(statements).unwrap_or_else(|error| panic!("{statements}: {error}"))
    }

    /// As [`Server::sql`], with the client's error text instead of a panic.
    pub fn try_sql(&self, statements: &str) -> Result<String, String> {
        let output = Command::new("mariadb")
            .args(["--no-defaults", "--protocol=tcp", "--connect-timeout=5", "-h127.0.0.1"])
            .args(["-uroot", "-BN", &format!("-P{}", self.port), "-e", statements])
            .output()
            .expect("the mariadb client runs (apt-get install mariadb-client)");
        said(&output)
    }

    /// Has the process ended by itself?
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// The process.
    pub fn pid(&self) -> Pid {
        self.child.id()
    }

    /// The folder of configuration, data and log; removed when this is dropped.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    /// What the process wrote.
    pub fn log(&self) -> String {
        let text = std::fs::read(self.folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    fn wait_ready(&mut self) -> Result<(), String> {
        let address = self.address();
        let mut ended = false;
        let ready = holds_within(READY_LIMIT, || {
            ended = self.has_ended();
            ended || TcpStream::connect(address).is_ok()
        });
        if ready && !ended {
            return Ok(());
        }
        Err(format!("the server was not ready (ended: {ended})\n{}", self.log()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.has_ended() {
            process::signal(self.child.id(), "TERM");
        }
        if !holds_within(STOP_LIMIT, || self.has_ended()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Tests that say nothing of the log do without waiting for the disk.
fn configuration(id: u32, port: u16, extra: &str) -> String {
    let binlog = if extra.contains("[binlog]") { "" } else { "[binlog]\nsync = 0\n" };
    let http = port + 1;
    format!(
        "[server]\nlisten = [\"127.0.0.1:{port}\"]\ndata = \"data\"\nserver_id = {id}\n\
         {binlog}[http]\nlisten = \"127.0.0.1:{http}\"\n{extra}\n"
    )
}

fn spawn(folder: &tempfile::TempDir) -> Result<(Child, Guardian), String> {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.path().join("log"))
        .map_err(|e| e.to_string())?;
    let child = Command::new(program())
        .args(["server", "--config"])
        .arg(folder.path().join("server.toml"))
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(|e| e.to_string())?)
        .stderr(log)
        .spawn()
        .map_err(|e| e.to_string())?;
    let guardian = Guardian::new("kill -KILL \"$1\" 2>/dev/null", &[&child.id().to_string()]);
    Ok((child, guardian))
}
