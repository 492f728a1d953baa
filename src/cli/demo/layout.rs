//! Where everything of a demo is: folders, ports and the configuration files, as one value.

use std::fmt::Write;
use std::fs::{File, TryLockError};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

/// The account that replicas sign in with.
pub(super) const REPLICATION_USER: &str = "replication";
/// The account that the proxy watches the servers with.
pub(super) const MONITOR_USER: &str = "monitor";
/// Both accounts' password. All of it listens on loopback only, and root has none.
pub(super) const PASSWORD: &str = "demo";

/// A source that was killed is back soon.
const CONNECT_RETRY_MS: u64 = 1000;

/// Ports after the proxy's own.
const HTTP: u16 = 2;
const FIRST_SERVER: u16 = 4;
const FIRST_SERVER_HTTP: u16 = 14;

/// One bundled server of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerPlace {
    /// `primary`, `replica-1` …: also its folder, its configuration and its log.
    pub name: String,
    pub address: SocketAddr,
    pub http: SocketAddr,
    /// Starts with 1, the primary.
    pub id: u16,
}

/// The whole demo.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub folder: PathBuf,
    pub proxy: SocketAddr,
    pub proxy_http: SocketAddr,
    /// The primary first.
    pub servers: Vec<ServerPlace>,
    /// The acknowledgement policy that the primary gets.
    pub ack: &'static str,
}

impl Layout {
    /// A layout in `folder`, with the proxy on `port` and all other ports after it.
    ///
    /// # Errors
    /// The folder cannot be made, or the current one is gone.
    pub fn new(folder: &Path, port: u16, replicas: u16, ack: &'static str) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let folder = folder.canonicalize()?;
        let local =
            |offset: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port.saturating_add(offset)));
        let servers = (0..=replicas)
            .map(|n| ServerPlace {
                name: if n == 0 { "primary".to_owned() } else { format!("replica-{n}") },
                address: local(FIRST_SERVER + n),
                http: local(FIRST_SERVER_HTTP + n),
                id: n + 1,
            })
            .collect();
        Ok(Self { folder, proxy: local(0), proxy_http: local(HTTP), servers, ack })
    }

    /// Every address that the demo's processes listen on.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        let servers = self.servers.iter().flat_map(|server| [server.address, server.http]);
        [self.proxy, self.proxy_http].into_iter().chain(servers)
    }

    pub fn primary(&self) -> &ServerPlace {
        &self.servers[0]
    }

    pub fn replicas(&self) -> &[ServerPlace] {
        &self.servers[1..]
    }

    /// Holds the folder for this demo alone, as long as the file is kept.
    ///
    /// # Errors
    /// Another demo has it, or the file cannot be made.
    pub fn hold(&self) -> io::Result<File> {
        let path = self.folder.join("lock");
        let file = File::options().create(true).append(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::Error(error)) => Err(error),
            Err(TryLockError::WouldBlock) => Err(io::Error::other(format!(
                "another demo runs in {}; stop it, or choose another folder with --data",
                self.folder.display()
            ))),
        }
    }

    /// Makes sure that nobody listens where the demo is to: what answers there would be taken for a part of it.
    ///
    /// # Errors
    /// An address is taken.
    pub fn check_ports(&self) -> io::Result<()> {
        for address in self.addresses() {
            TcpListener::bind(address).map_err(|error| {
                let hint = "is another demo running? `--port` moves all of this one's ports";
                io::Error::new(error.kind(), format!("cannot listen on {address}: {error}; {hint}"))
            })?;
        }
        Ok(())
    }

    /// The configuration file of a child.
    pub fn config(&self, name: &str) -> PathBuf {
        self.folder.join(name).with_extension("toml")
    }

    /// Where a child's log lines go.
    pub fn log(&self, name: &str) -> PathBuf {
        self.folder.join(name).with_extension("log")
    }

    /// Writes all configuration files; those of an earlier start are replaced.
    pub fn write(&self) -> io::Result<()> {
        for server in &self.servers {
            std::fs::write(self.config(&server.name), self.server_config(server))?;
        }
        std::fs::write(self.config("proxy"), self.proxy_config())
    }

    fn server_config(&self, server: &ServerPlace) -> String {
        let ServerPlace { name, address, http, id } = server;
        let role = if *id == 1 {
            format!("[ack]\npolicy = \"{}\"\n", self.ack)
        } else {
            let source = self.primary().address;
            format!(
                "[replication]\nsource = \"{source}\"\nuser = \"{REPLICATION_USER}\"\n\
                 password = \"{PASSWORD}\"\nget_public_key = true\nconnect_retry_ms = {CONNECT_RETRY_MS}\n\n\
                 [variables]\nsuper_read_only = \"ON\"\n"
            )
        };
        format!(
            "# Written by `anabranch demo`.\n[server]\nlisten = [\"{address}\"]\ndata = \"{name}\"\n\
             server_id = {id}\n\n{role}\n[http]\nlisten = \"{http}\"\n"
        )
    }

    fn proxy_config(&self) -> String {
        let mut text = format!(
            "# Written by `anabranch demo`.\n[proxy]\nlisten = [\"{}\"]\n\n[monitor]\nuser = \"{MONITOR_USER}\"\n\
             password = \"{PASSWORD}\"\n\n[http]\nlisten = \"{}\"\n",
            self.proxy, self.proxy_http
        );
        for server in &self.servers {
            let _ = write!(
                text,
                "\n[[server]]\nname = \"{}\"\naddress = \"{}\"\n",
                server.name, server.address
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_files_follow_from_the_proxys_port() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path(), 4406, 2, "quorum").unwrap();
        let ports: Vec<u16> = layout.servers.iter().map(|server| server.address.port()).collect();
        assert_eq!((layout.proxy_http.port(), ports), (4408, vec![4410, 4411, 4412]));
        assert!(layout.server_config(layout.primary()).contains("policy = \"quorum\""));
        assert!(
            layout.server_config(&layout.replicas()[1]).contains("source = \"127.0.0.1:4410\"")
        );
    }

    #[test]
    fn a_folder_and_its_ports_are_for_one_demo() {
        let folder = tempfile::tempdir().unwrap();
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port().min(65_000);
        let layout = Layout::new(folder.path(), port, 1, "async").unwrap();
        let held = layout.hold().unwrap();
        let error = layout.hold().unwrap_err().to_string();
        assert!(error.starts_with("another demo runs in") && error.contains("--data"), "{error}");
        drop(held);
        layout.hold().unwrap();
        if port == taken.local_addr().unwrap().port() {
            let error = layout.check_ports().unwrap_err().to_string();
            assert!(error.contains(&format!("127.0.0.1:{port}: ")), "{error}");
            assert!(error.contains("`--port`"), "{error}");
        }
    }

    #[test]
    fn its_configuration_files_have_no_mistakes() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path(), 4406, 2, "full_sync").unwrap();
        layout.write().unwrap();
        for server in &layout.servers {
            crate::config::load_server(&layout.config(&server.name)).expect("a server's file");
        }
        crate::config::load(&layout.config("proxy")).expect("the proxy's file");
    }
}
