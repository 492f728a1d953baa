//! What the topology room is told: plain values, built from the configuration by the command line.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use mysql_async::{ClientIdentity, SslOpts};

use crate::net::{Address, TlsClientSettings, TlsMode, TlsSettingsError};

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
    /// Where it is.
    pub zone: Option<Arc<str>>,
}

/// How observations are judged.
#[derive(Clone, Debug)]
pub struct JudgeSettings {
    /// Replicas further behind take no new reads (`max_lag_ms`).
    pub max_lag: Duration,
    /// A replica that was too late takes reads again once its lag was not above this …
    pub resume_lag: Duration,
    /// … for so long, without a check that showed more.
    pub resume_after: Duration,
    /// Where the proxy is.
    pub zone: Option<Arc<str>>,
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
            resume_lag: Duration::from_secs(8),
            resume_after: Duration::from_secs(1),
            zone: None,
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
    /// TLS towards servers.
    pub tls: MonitorTls,
}

/// How servers are asked, as that may change meanwhile. Clones share it.
#[derive(Clone, Debug)]
pub struct MonitorCell(Arc<ArcSwap<MonitorSettings>>);

impl From<MonitorSettings> for MonitorCell {
    fn from(settings: MonitorSettings) -> Self {
        Self::new(settings)
    }
}

impl MonitorCell {
    /// Begins with these.
    pub fn new(settings: MonitorSettings) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(settings)))
    }

    /// What holds now.
    pub fn current(&self) -> Arc<MonitorSettings> {
        self.0.load_full()
    }

    /// From the next question on others hold.
    pub fn replace(&self, settings: MonitorSettings) {
        self.0.store(Arc::new(settings));
    }
}

/// TLS of the monitor's connections, for both of the clients that it uses.
#[derive(Clone, Debug)]
pub struct MonitorTls {
    /// For mysql_async.
    pub(super) options: Option<SslOpts>,
    /// For the connection that reads a greeting.
    pub(super) settings: TlsClientSettings,
}

impl MonitorTls {
    /// No TLS.
    pub fn disabled() -> Self {
        Self { options: None, settings: TlsClientSettings::disabled() }
    }

    /// From PEM, as [`TlsClientSettings::from_pem`].
    pub fn from_pem(
        mode: TlsMode,
        ca: Option<&[u8]>,
        identity: Option<(&[u8], &[u8])>,
    ) -> Result<Self, TlsSettingsError> {
        let settings = TlsClientSettings::from_pem(mode, ca, identity)?;
        let verified = matches!(mode, TlsMode::VerifyCa | TlsMode::VerifyIdentity);
        let buffer = |pem: &[u8]| pem.to_vec().into();
        let options =
            SslOpts::default()
                .with_root_certs(ca.filter(|_| verified).map(buffer).into_iter().collect())
                // Without any root mysql_async makes no verifier, not even one that accepts all.
                .with_disable_built_in_roots(verified)
                .with_danger_accept_invalid_certs(!verified)
                .with_danger_skip_domain_validation(mode != TlsMode::VerifyIdentity)
                .with_client_identity(identity.map(|(certificate, key)| {
                    ClientIdentity::new(buffer(certificate), buffer(key))
                }));
        Ok(Self { options: (mode != TlsMode::Disabled).then_some(options), settings })
    }

    /// Whether a server without TLS is asked in plain.
    pub(super) fn is_optional(&self) -> bool {
        self.settings.mode() == TlsMode::Preferred
    }
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
