//! The proxy as a process: started with a configuration of its own, waited for, ended and checked.

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::cluster::Cluster;
use super::guardian::Guardian;
use super::http::{self, Metrics};
use super::process::{self, Pid};
use super::program::program;
use super::wait::holds_within;
use super::{config, ports};

/// From start to ready: servers found, primary known.
const READY_LIMIT: Duration = Duration::from_secs(20);
/// From SIGTERM to the end, more than the default `shutdown_grace_ms`.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// A running `anabranch proxy`. Dropping it sends SIGTERM and asserts that it ends cleanly.
pub struct Proxy {
    child: Child,
    port: u16,
    http_port: u16,
    folder: tempfile::TempDir,
    guardian: Guardian,
}

impl Proxy {
    /// Starts a proxy in front of `cluster` and waits until `/readyz` says 200. `extra` is TOML that is laid
    /// over the configuration (see [`config::for_cluster`]); relative paths in it are relative to [`Proxy::folder`].
    pub fn start(cluster: &Cluster, extra: &str) -> Self {
        let port = ports::free_ports(2);
        let proxy =
            Self::spawn(port, port + 1, &config::for_cluster(cluster, port, port + 1, extra));
        proxy.wait_ready()
    }

    /// Starts a proxy in front of one server, whose `root` has no password.
    pub fn in_front_of(server: SocketAddr) -> Self {
        Self::in_front_of_with(server, "")
    }

    /// The same; `extra` is TOML after its own tables.
    pub fn in_front_of_with(server: SocketAddr, extra: &str) -> Self {
        let port = ports::free_ports(2);
        let config = format!(
            "[proxy]\nlisten = [\"127.0.0.1:{port}\"]\n[monitor]\nuser = \"root\"\npassword = \"\"\n\
             [[server]]\nname = \"db\"\naddress = \"{server}\"\n[http]\nlisten = \"127.0.0.1:{}\"\n{extra}\n",
            port + 1
        );
        Self::spawn(port, port + 1, &config).wait_ready()
    }

    /// The same, in front of several. `extra` is TOML that is laid over the configuration.
    pub fn in_front_of_all(servers: &[SocketAddr], extra: &str) -> Self {
        let port = ports::free_ports(2);
        let config = config::for_servers(servers, port, port + 1, extra);
        Self::spawn(port, port + 1, &config).wait_ready()
    }

    fn spawn(port: u16, http_port: u16, config: &str) -> Self {
        // in target: what a shared proxy, which is never dropped, leaves there is its log
        let folder = tempfile::Builder::new()
            .prefix("proxy-")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .expect("a folder in target/tmp");
        let file = folder.path().join("anabranch.toml");
        std::fs::write(&file, config).expect("the configuration is written");
        let log = File::create(folder.path().join("log")).expect("the log is made");
        let child = Command::new(program())
            .args(["proxy", "--config"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log again"))
            .stderr(log)
            .spawn()
            .expect("the proxy starts");
        let guardian = Guardian::new("kill -KILL \"$1\"", &[&child.id().to_string()]);
        Self { child, port, http_port, folder, guardian }
    }

    fn wait_ready(mut self) -> Self {
        let http = self.http_address();
        let mut ended = None;
        let ready = holds_within(READY_LIMIT, || {
            ended = self.child.try_wait().expect("its own child");
            ended.is_some() || http::get(http, "/readyz").is_some_and(|(status, _)| status == 200)
        });
        let trouble = match ended {
            Some(status) => format!("the proxy ended while starting: {status}"),
            None if !ready => format!("the proxy was not ready within {READY_LIMIT:?}"),
            None => return self,
        };
        panic!("{trouble}\n{}", self.log());
    }

    /// Gives it another configuration file, as [`Proxy::start`] makes it; it reads that when it is told to.
    pub fn reconfigure(&self, cluster: &Cluster, extra: &str) {
        let text = config::for_cluster(cluster, self.port, self.http_port, extra);
        std::fs::write(self.folder.path().join("anabranch.toml"), text).expect("writes the file");
    }

    /// SIGHUP: it reads its file again.
    pub fn hang_up(&self) {
        process::signal(self.pid(), "HUP");
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Where `/metrics`, `/healthz` and `/readyz` are.
    pub fn http_address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.http_port))
    }

    /// Its folder: `anabranch.toml`, `log`.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// All that it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Its process.
    pub fn pid(&self) -> Pid {
        self.child.id()
    }

    /// CPU time that it has used so far.
    pub fn cpu_time(&self) -> Duration {
        process::cpu_time(self.pid())
    }

    /// Its resident memory, in KiB.
    pub fn resident_kib(&self) -> u64 {
        process::resident_kib(self.pid())
    }

    /// Its metrics now.
    pub fn metrics(&self) -> Metrics {
        Metrics::scrape(self.http_address())
    }

    /// SIGTERM, then its exit status.
    pub fn stop(mut self) -> ExitStatus {
        self.terminate()
    }

    fn terminate(&mut self) -> ExitStatus {
        if let Ok(Some(status)) = self.child.try_wait() {
            self.guardian.disarm();
            return status;
        }
        process::signal(self.pid(), "TERM");
        let ended =
            holds_within(STOP_LIMIT, || self.child.try_wait().is_ok_and(|status| status.is_some()));
        if !ended {
            let _ = self.child.kill();
        }
        self.guardian.disarm();
        self.child.wait().expect("its own child")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let status = self.terminate();
        if std::thread::panicking() {
            eprintln!("the proxy's log:\n{}", self.log());
            return;
        }
        assert!(
            status.success(),
            "the proxy did not end cleanly: {status} (signal {:?})\n{}",
            status.signal(),
            self.log()
        );
    }
}
