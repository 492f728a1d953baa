//! The configuration of a bundled server: `[server]` and what goes with it.
//!
//! A file for `anabranch server` has a table `[server]`; a file for `anabranch proxy` has a list
//! `[[server]]` of the servers behind it. One file is for one process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeValue;

use super::ack::{self, Ack};
use super::files::Surroundings;
use super::frontend::{FrontendTls, read_listen, read_socket, read_tls};
use super::operations::{Http, Log, read_http_at, read_log};
use super::replication::{self, ReplicationSource};
use super::section::Section;
use super::{Mistake, Secret, files, unreadable};

/// Where a bundled server listens when nothing is said.
const DEFAULT_LISTEN: &str = "127.0.0.1:4410";
/// Where its HTTP port listens when nothing is said.
const DEFAULT_HTTP: &str = "127.0.0.1:4420";

/// A bundled server's configuration, checked.
#[derive(Debug)]
pub struct ServerConfig {
    /// TCP addresses to listen on; may be empty only when there is a socket.
    pub listen: Vec<SocketAddr>,
    /// The Unix socket to listen on.
    pub socket: Option<PathBuf>,
    /// The folder of its data; made when absent.
    pub data: PathBuf,
    /// Its number among the servers of one replication, not 0.
    pub server_id: u32,
    /// Client connections at once; one more is refused with error 1040.
    pub max_connections: usize,
    /// How long a client may take from connecting to being signed in.
    pub handshake_timeout: Duration,
    /// How long running statements may go on after the order to stop.
    pub shutdown_grace: Duration,
    /// Idle time after which TCP asks whether the client is still there. Zero leaves it off.
    pub keepalive: Duration,
    /// Rows and indexes may take that many bytes; past it writes get error 1114.
    pub memory_limit: u64,
    /// `root`'s password in a data folder that is made now; no password when `None`.
    pub root_password: Option<Secret>,
    /// TLS towards clients; `None` offers none.
    pub tls: Option<FrontendTls>,
    /// The binary log.
    pub binlog: Binlog,
    /// What commits wait for.
    pub ack: Ack,
    /// The server that it follows; what CHANGE REPLICATION SOURCE has set where `None`.
    pub replication: Option<ReplicationSource>,
    /// System variables and the values that they start with, as texts, in the file's order.
    pub variables: Vec<(String, String)>,
    /// The HTTP port for metrics and health; `None` when turned off.
    pub http: Option<Http>,
    /// What is logged, and how.
    pub log: Log,
}

/// How the binary log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binlog {
    /// When it is made durable.
    pub sync: Sync,
    /// A file of this many bytes is followed by a new one.
    pub max_size: u64,
    /// Files older than this are removed; zero keeps them.
    pub expire: Duration,
    /// A checkpoint is written after this many bytes of log.
    pub checkpoint_every: u64,
}

/// When the binary log is made durable (`sync_binlog`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// After every that many groups of commits; 1 loses nothing.
    Every(u32),
    /// When the system likes.
    Never,
    /// Once a second.
    EverySecond,
}

/// Whether the file at `path` configures a bundled server.
pub fn is_server(path: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(path) else { return false };
    let (tree, _) = toml::de::DeTable::parse_recoverable(&text);
    let server = tree.get_ref().get("server");
    server.is_some_and(|value| matches!(value.get_ref(), DeValue::Table(_)))
}

/// Reads and checks the file at `path`.
///
/// # Errors
///
/// Every mistake found, in the order of the file; never an empty list.
pub fn load_server(path: &Path) -> Result<ServerConfig, Vec<Mistake>> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| vec![unreadable(&error, "config/server.toml")])?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    super::parse_with(&text, |root| read(root, &Surroundings::real(folder)))
}

/// Takes each part from the tree. `None` only where a mistake was noted.
fn read(root: &Section, around: &Surroundings) -> Option<ServerConfig> {
    let server = root.table("server");
    let socket = read_socket(&server, around);
    let listen = read_listen(&server, DEFAULT_LISTEN, socket.is_some());
    let tls = read_tls(&server.table("tls"), around);
    let data = server.required("data", "/var/lib/anabranch");
    let config = ServerConfig {
        data: around.resolve(data.map_or("data", |found| found.value)),
        server_id: u32::try_from(server.integer("server_id", 1..=4_294_967_295, 1)).ok()?,
        max_connections: usize::try_from(server.integer("max_connections", 1..=100_000, 1_000))
            .ok()?,
        handshake_timeout: server.milliseconds("handshake_timeout_ms", 100..=600_000, 10_000),
        shutdown_grace: server.milliseconds("shutdown_grace_ms", 0..=3_600_000, 10_000),
        keepalive: server.milliseconds("keepalive_ms", 0..=7_200_000, 60_000),
        memory_limit: server.size("memory_limit", 1 << 24..=1 << 44, 4 << 30),
        root_password: files::password(&server.table("root"), around).map(|found| found.value),
        binlog: read_binlog(&root.table("binlog")),
        ack: ack::read(&root.table("ack")),
        replication: replication::read(&root.table("replication"), around),
        variables: read_variables(&root.table("variables")),
        http: read_http_at(&root.table("http"), DEFAULT_HTTP),
        log: read_log(&root.table("log")),
        tls: tls?,
        listen,
        socket,
    };
    server.table("root").finish();
    server.finish();
    root.finish();
    Some(config)
}

fn read_binlog(section: &Section) -> Binlog {
    let binlog = Binlog {
        sync: read_sync(section),
        max_size: section.size("max_size", 4096..=1 << 30, 1 << 30),
        expire: Duration::from_secs(section.integer("expire_seconds", 0..=99_999_999, 2_592_000)),
        checkpoint_every: section.size("checkpoint_every", 1 << 16..=1 << 40, 256 << 20),
    };
    section.finish();
    binlog
}

/// `sync` is a number as MySQL's `sync_binlog`, or the word "everysec".
fn read_sync(section: &Section) -> Sync {
    if section.is_string("sync") {
        let word = section.choice("sync", &[("everysec", Sync::EverySecond)]);
        return word.unwrap_or(Sync::EverySecond);
    }
    match u32::try_from(section.integer("sync", 0..=4_294_967_295, 1)) {
        Ok(0) => Sync::Never,
        Ok(groups) => Sync::Every(groups),
        Err(_) => Sync::Every(1),
    }
}

/// Whether the names and values are known is for the server to say: it has the list.
fn read_variables(section: &Section) -> Vec<(String, String)> {
    section.scalars()
}
