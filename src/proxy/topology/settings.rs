//! What the topology room is told: plain values, built from the configuration by the command line.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// Host name or IP address (without brackets), and port.
    Tcp {
        /// Host name or IP address.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// A Unix socket.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// One configured server.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Its name, for logs and metrics.
    pub name: Arc<str>,
    /// Where it listens.
    pub address: Arc<Address>,
    /// Its share of reads, relative to the others'.
    pub weight: u32,
    /// Wins where several servers take writes and replication does not tell which one is meant.
    pub preferred_primary: bool,
}

/// How observations are judged.
#[derive(Clone, Debug)]
pub struct JudgeSettings {
    /// Replicas further behind take no new reads (`max_lag_ms`).
    pub max_lag: Duration,
    /// How many checks in a row must time out or break before a server that was up is down.
    /// A refused connection counts at once.
    pub failures_to_down: u32,
    /// How many healthy checks in a row a server that was down needs before it takes reads again.
    pub successes_to_reads: u32,
    /// How long a server stays `Full` after the last sign of it.
    pub full_for: Duration,
}

impl Default for JudgeSettings {
    fn default() -> Self {
        Self {
            max_lag: Duration::from_secs(10),
            failures_to_down: 2,
            successes_to_reads: 2,
            full_for: Duration::from_secs(1),
        }
    }
}

/// How servers are asked.
#[derive(Clone)]
pub struct MonitorSettings {
    /// The monitor's account.
    pub user: String,
    /// Its password.
    pub password: String,
    /// Time from one check of a server to the next (`monitor.interval_ms`).
    pub interval: Duration,
    /// Time limit of a whole check, connecting included (`monitor.timeout_ms`).
    pub timeout: Duration,
    /// Time between reads of the routine catalog and of server versions.
    pub catalog_interval: Duration,
    /// TLS towards servers, in mysql_async's terms; `None` for plain connections.
    pub tls: Option<mysql_async::SslOpts>,
    /// Whether a server without TLS is asked in plain (`preferred`).
    pub tls_optional: bool,
}

impl fmt::Debug for MonitorSettings {
    /// Leaves the password out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitorSettings")
            .field("user", &self.user)
            .field("interval", &self.interval)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
