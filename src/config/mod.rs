//! The configuration file: the only reader of files and environment.
//!
//! The text is parsed into a tree that knows where each value stands; small readers (one per
//! table of the file) take what they need from it and note every mistake they meet, so that one
//! run of `anabranch check FILE` shows them all. serde's derive would stop at the first, and
//! could not say what to write instead.
//!
//! What comes out is plain: durations, byte counts, addresses, and the contents of every file
//! that was named. Each component of the proxy takes its own small struct and never sees the rest.
//! Relative paths in the file count from the folder that the file is in.

mod accounts;
mod ack;
mod backend;
mod console;
mod files;
mod frontend;
mod mistake;
mod operations;
mod pooling;
mod protection;
mod replay;
mod replication;
mod routing;
mod rules;
mod secret;
mod section;
mod server;
mod servers;
mod settings;
mod suggest;
#[cfg(test)]
mod tests;
mod units;

use std::path::{Path, PathBuf};

pub use accounts::{Account, AccountPlugin, AccountProof, AccountSource, Authentication};
pub use ack::{Ack, AckPolicy, AckTimeout, AckWhen};
pub use backend::{Backend, BackendTls, Monitor, TlsMode};
pub use console::Console;
pub use files::NamedFile;
pub use frontend::{Frontend, FrontendTls};
pub use mistake::Mistake;
pub use operations::{Http, Log, LogFormat};
pub use pooling::{Pooling, PoolingMode};
pub use protection::Protection;
pub use replay::Replay;
pub use replication::ReplicationSource;
pub use routing::{Consistency, Routing};
pub use rules::{Rule, RuleTarget};
pub use secret::Secret;
pub use server::{Binlog, ServerConfig, Sync, is_server, load_server};
pub use servers::{Address, Server};
pub use settings::{Change, Settings};

use files::Surroundings;
use section::{Report, Section};

/// A whole configuration, checked: every number within its bounds, every named file read.
#[derive(Debug)]
pub struct Config {
    /// Where it was read from; empty for a text.
    pub file: PathBuf,
    /// Where clients come in, and what they may ask for.
    pub frontend: Frontend,
    /// How clients prove who they are.
    pub authentication: Authentication,
    /// What bounds the choice of a server for a statement.
    pub routing: Routing,
    /// What spares the primary.
    pub protection: Protection,
    /// How server connections are shared.
    pub pooling: Pooling,
    /// How transactions are replayed whose server connection is lost.
    pub replay: Replay,
    /// How connections to servers are opened.
    pub backend: Backend,
    /// How servers are watched.
    pub monitor: Monitor,
    /// The servers, in the order of the file. At least one; names and addresses are unique; at
    /// most one is the preferred primary. A server's index here is its id everywhere.
    pub servers: Vec<Server>,
    /// Exceptions from how statements are routed; the first that fits counts.
    pub rules: Vec<Rule>,
    /// The HTTP port for metrics and health; `None` when turned off.
    pub http: Option<Http>,
    /// The operators' console; `None` unless configured.
    pub console: Option<Console>,
    /// What is logged, and how.
    pub log: Log,
    /// All of that by its keys.
    pub settings: Settings,
}

/// Reads and checks the file at `path`.
///
/// # Errors
///
/// Every mistake found, in the order of the file; never an empty list. A file that cannot be read
/// is one mistake at line 0.
pub fn load(path: &Path) -> Result<Config, Vec<Mistake>> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| vec![unreadable(&error, "config/anabranch.toml")])?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let config = parse(&text, &Surroundings::real(folder))?;
    Ok(Config { file: path.to_owned(), ..config })
}

/// The one mistake of a file that cannot be read.
fn unreadable(error: &std::io::Error, example: &str) -> Mistake {
    Mistake {
        line: 0,
        column: 0,
        key: String::new(),
        message: format!("cannot read the file: {error}"),
        advice: format!("name a readable configuration file, for example {example}"),
    }
}

/// Checks the `text` of a proxy's configuration file.
fn parse(text: &str, around: &Surroundings) -> Result<Config, Vec<Mistake>> {
    parse_with(text, |root| read(root, around))
}

/// Checks a `text` with what takes its parts from the tree, and gives `None` only where it noted a mistake.
fn parse_with<T>(text: &str, read: impl FnOnce(&Section) -> Option<T>) -> Result<T, Vec<Mistake>> {
    let (tree, syntax) = toml::de::DeTable::parse_recoverable(text);
    let report = Report::new(text);
    for error in &syntax {
        report.syntax(error.span().unwrap_or(0..0), error.message());
    }
    let root = Section::root(&report, tree.get_ref());
    let config = read(&root);
    let mistakes = report.into_mistakes();
    match config {
        Some(config) if mistakes.is_empty() => Ok(config),
        _ => Err(mistakes),
    }
}

/// Takes each part from the tree. `None` only where a mistake was noted.
fn read(root: &Section, around: &Surroundings) -> Option<Config> {
    let proxy = root.table("proxy");
    let frontend = frontend::read(&proxy, around);
    let routing = routing::read(&proxy);
    let protection = protection::read(&proxy, routing.max_lag);
    let pooling = pooling::read(&proxy);
    let replay = replay::read(&proxy);
    let authentication = accounts::read(root, &proxy.table("authentication"), around);
    proxy.finish();
    let backend = backend::read(&root.table("backend"), around);
    let monitor = backend::read_monitor(&root.table("monitor"), around);
    let servers = servers::read(root);
    let rules = rules::read(root);
    protection::check_zone(&proxy, &protection, &servers);
    let http = operations::read_http(&root.table("http"));
    let console = console::read(root, around);
    let log = operations::read_log(&root.table("log"));
    root.finish();
    Some(Config {
        file: PathBuf::new(),
        frontend: frontend?,
        authentication: authentication?,
        routing,
        protection,
        pooling,
        replay,
        backend: backend?,
        monitor: monitor?,
        servers,
        rules,
        http,
        console,
        log,
        settings: root.settings(),
    })
}
