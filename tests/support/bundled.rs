//! A bundled server as a process: a data folder and ports of its own, killed and started again at will.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::guardian::Guardian;
use super::process::{self, Pid};
use super::wait::{holds_within, wait_until};
use super::{http, ports};

/// From start to ready, recovery included.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// A running `anabranch server`. Dropping it kills it and removes its data.
pub struct Bundled {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
    _guardian: Guardian,
}

impl Bundled {
    /// Starts one on an empty folder. `extra` is TOML put behind the configuration, in the table `[server]`
    /// first.
    pub fn start(extra: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("server-")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .expect("a folder in target/tmp");
        let port = ports::free_ports(2);
        let config = format!(
            "[http]\nlisten = \"127.0.0.1:{}\"\n[server]\nlisten = [\"127.0.0.1:{port}\"]\n\
             data = \"data\"\nsocket = \"s.sock\"\n{extra}",
            port + 1
        );
        std::fs::write(folder.path().join("server.toml"), config).expect("the file is written");
        let (child, guardian) = spawn(folder.path());
        let mut server = Self { child, port, folder, _guardian: guardian };
        server.wait_ready();
        server
    }

    /// Where clients connect, as `root` without a password.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Its process.
    pub fn pid(&self) -> Pid {
        self.child.id()
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// All that it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// kill -9.
    pub fn kill(&mut self) {
        process::signal(self.pid(), "KILL");
        self.child.wait().expect("its own child");
    }

    /// SIGTERM, and its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        process::signal(self.pid(), "TERM");
        let mut status = None;
        wait_until("the server to stop", || {
            status = self.child.try_wait().expect("its own child");
            status.is_some()
        });
        status.and_then(|status| status.code())
    }

    /// Starts it again on its data, after [`Bundled::kill`] or [`Bundled::stop`].
    pub fn restart(&mut self) {
        (self.child, self._guardian) = spawn(self.folder.path());
        self.wait_ready();
    }

    fn wait_ready(&mut self) {
        let page = SocketAddr::from(([127, 0, 0, 1], self.port + 1));
        let mut ended = None;
        let ready = holds_within(READY_LIMIT, || {
            ended = self.child.try_wait().expect("its own child");
            ended.is_some() || http::get(page, "/readyz").is_some_and(|(status, _)| status == 200)
        });
        assert!(ready && ended.is_none(), "not ready ({ended:?})\n{}", self.log());
    }

    /// Runs statements with the command line client; rows as lines, columns separated by tabs.
    pub fn sql(&self, statements: &str) -> String {
        self.try_sql(statements).unwrap_or_else(|error| panic!("{statements}: {error}"))
    }

    /// As [`Bundled::sql`], with the client's error text instead of a panic.
    pub fn try_sql(&self, statements: &str) -> Result<String, String> {
        let output = Command::new("mariadb")
            .args(["--no-defaults", "--protocol=tcp", "--connect-timeout=5", "-h127.0.0.1"])
            .args(["-uroot", "-BN", &format!("-P{}", self.port), "-e", statements])
            .output()
            .expect("the mariadb client runs (apt-get install mariadb-client)");
        let text = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        match output.status.success() {
            true => Ok(text),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }
}

impl Drop for Bundled {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            self.kill();
        }
    }
}

fn spawn(folder: &Path) -> (Child, Guardian) {
    let log = File::options().create(true).append(true).open(folder.join("log"));
    let log = log.expect("the log is made");
    let child = Command::new(env!("CARGO_BIN_EXE_anabranch"))
        .args(["server", "--config"])
        .arg(folder.join("server.toml"))
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("the log again"))
        .stderr(log)
        .spawn()
        .expect("the server starts");
    let guardian = Guardian::new("kill -KILL \"$1\" 2>/dev/null", &[&child.id().to_string()]);
    (child, guardian)
}
