//! From the configuration's values to the proxy's parts.

mod rules;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{self, AccountPlugin, AccountProof, Config};
use crate::net::{
    self, BackendTarget, LoginPolicy, RsaKeys, TlsClientSettings, TlsMode, TlsServerSettings,
    TlsSettingsError,
};
use crate::wire::auth::AuthPlugin;

use super::accounts::{ConfiguredAccount, ConfiguredPassword, FailureDelay};
use super::backend::pool::Connector;
use super::backend::{PoolBounds, PrimaryReads};
use super::causal::{LateLimits, Level, Policy};
use super::live::{CacheBounds, Limits, Live};
use super::replay::Bounds;
use super::route::share::Share;
use super::session::{Protection, ReplayLimits};
use super::topology::{JudgeSettings, MonitorSettings, MonitorTls, ServerSettings};

pub use rules::rules;

/// Time between two readings of the routine catalog.
const CATALOG_INTERVAL: Duration = Duration::from_secs(5);

/// Where servers are, for sessions.
pub fn connector(config: &Config) -> io::Result<Connector> {
    Ok(Connector::new(targets(config)?, config.replay.enabled))
}

/// Each server's name and how it is reached, in the order of the file.
pub fn targets(config: &Config) -> io::Result<Vec<(Arc<str>, BackendTarget)>> {
    let tls = with_pem(&config.backend.tls, TlsClientSettings::from_pem)?;
    let target = |server: &config::Server| {
        let target = BackendTarget {
            address: net_address(&server.address),
            tls: tls.clone(),
            timeout: config.backend.connect_timeout,
            request_public_key: true,
            keepalive: config.frontend.keepalive,
        };
        (server.name.as_str().into(), target)
    };
    Ok(config.servers.iter().map(target).collect())
}

fn net_address(address: &config::Address) -> net::Address {
    match address {
        config::Address::Tcp { host, port } => {
            net::Address::Tcp { host: host.clone(), port: *port }
        }
        config::Address::Unix(path) => net::Address::Unix(path.clone()),
    }
}

/// Hands the PEM files of `[backend.tls]` to whoever makes settings of them.
fn with_pem<T>(
    tls: &config::BackendTls,
    make: impl FnOnce(TlsMode, Option<&[u8]>, Option<(&[u8], &[u8])>) -> Result<T, TlsSettingsError>,
) -> io::Result<T> {
    let mode = match tls.mode {
        config::TlsMode::Disabled => TlsMode::Disabled,
        config::TlsMode::Preferred => TlsMode::Preferred,
        config::TlsMode::Required => TlsMode::Required,
        config::TlsMode::VerifyCa => TlsMode::VerifyCa,
        config::TlsMode::VerifyIdentity => TlsMode::VerifyIdentity,
    };
    let bytes = |file: &config::NamedFile| file.contents.reveal().to_vec();
    let ca = tls.ca.as_ref().map(bytes);
    let identity = tls.certificate.as_ref().map(bytes).zip(tls.key.as_ref().map(bytes));
    let identity = identity.as_ref().map(|(certificate, key)| (&certificate[..], &key[..]));
    make(mode, ca.as_deref(), identity).map_err(|error| advised("[backend.tls]", &error))
}

/// How clients sign in.
fn policy(config: &Config) -> io::Result<LoginPolicy> {
    let tls = config.frontend.tls.as_ref();
    let settings = tls.map(|tls| {
        TlsServerSettings::from_pem(tls.certificate.contents.reveal(), tls.key.contents.reveal())
    });
    let rsa = match &config.authentication.rsa_key {
        Some(file) => RsaKeys::from_pem(file.contents.reveal())
            .map_err(|error| advised("rsa_key in [proxy.authentication]", &error))?,
        None => RsaKeys::on_demand(),
    };
    Ok(LoginPolicy {
        default_plugin: default_plugin(config),
        tls: settings.transpose().map_err(|error| advised("[proxy.tls]", &error))?,
        tls_required: tls.is_some_and(|tls| tls.required),
        rsa: Some(Arc::new(rsa)),
        timeout: config.frontend.handshake_timeout,
    })
}

/// The plugin that clients are asked to prove with first.
fn default_plugin(config: &Config) -> AuthPlugin {
    let caching = |account: &config::Account| account.plugin == AccountPlugin::CachingSha2;
    match &config.authentication.accounts {
        config::AccountSource::Config(accounts) if accounts.iter().all(caching) => {
            AuthPlugin::CachingSha2
        }
        _ => AuthPlugin::Native,
    }
}

fn advised(place: &str, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("{place} in the configuration: {error}"))
}

/// How failed sign-ins are held back: the client hears of it long before its time is over.
pub fn failure_delay(config: &Config) -> FailureDelay {
    FailureDelay {
        first: config.authentication.failure_delay,
        free: config.authentication.failures_before_delay,
        longest: config.frontend.handshake_timeout / 4,
    }
}

/// All that may change while the proxy runs with so many workers. Marks of earlier rules have other
/// generations.
pub fn live(config: &Config, workers: usize, generation: u32) -> io::Result<Live> {
    let pools = (0..workers).filter_map(|worker| pools(config, worker, workers));
    Ok(Live {
        limits: limits(config),
        login: policy(config)?,
        rules: Arc::new(rules(config, generation)?),
        pools: pools.collect(),
    })
}

/// Bounds that sessions keep to.
fn limits(config: &Config) -> Limits {
    Limits {
        max_allowed_packet: config.frontend.max_allowed_packet,
        primary_wait: config.routing.primary_wait,
        pin: config.routing.pin,
        policy: Policy {
            level: level(config.routing.consistency),
            max_lag: config.routing.max_lag,
            bounds_all: false,
            wait: config.routing.causal_wait,
        },
        protection: Protection {
            read_wait: config.protection.primary_read_wait,
            replica_wait: config.protection.causal_wait_busy,
            late: LateLimits {
                all: config.routing.max_lag,
                eventual: config.protection.eventual_max_lag,
            },
            zone_overload: config.protection.zone.as_ref().map(|_| config.protection.zone_overload),
        },
        keepalive: config.frontend.keepalive,
        replay: replay(&config.replay),
        max_connections: config.frontend.max_connections,
        shutdown_grace: config.frontend.shutdown_grace,
        cache: CacheBounds {
            entries: config.routing.class_cache_entries,
            bytes: config.routing.class_cache_bytes,
        },
    }
}

fn replay(replay: &config::Replay) -> Option<ReplayLimits> {
    let bounds = Bounds { bytes: replay.bytes, statements: replay.statements };
    replay.enabled.then_some(ReplayLimits { bounds, wait: replay.wait })
}

/// The primary's door for reads that no replica can serve; `None` where no bound is configured, or nobody else
/// could serve them.
pub fn primary_reads(config: &Config) -> Option<Arc<PrimaryReads>> {
    let (capacity, thousandths) =
        (config.protection.primary_capacity, config.protection.primary_read_share);
    let bounded = capacity > 0 && config.servers.len() > 1;
    bounded.then(|| Arc::new(PrimaryReads::new(Share { capacity, thousandths })))
}

/// One worker's share of the connections that sessions share; `None` where they do not.
fn pools(config: &Config, worker: usize, workers: usize) -> Option<PoolBounds> {
    let pooling = &config.pooling;
    let share = pooling.max_connections / workers;
    let more = usize::from(worker < pooling.max_connections % workers);
    (pooling.mode == config::PoolingMode::Transaction).then_some(PoolBounds {
        connections: (share + more).max(1),
        wait: pooling.wait,
        idle: pooling.idle,
        age: pooling.age,
    })
}

fn level(consistency: config::Consistency) -> Level {
    match consistency {
        config::Consistency::Eventual => Level::Eventual,
        config::Consistency::Bounded => Level::Bounded,
        config::Consistency::Monotonic => Level::Monotonic,
        config::Consistency::Session => Level::Session,
        config::Consistency::Global => Level::Global,
    }
}

/// What the monitor is told.
pub fn monitor(
    config: &Config,
) -> io::Result<(Vec<ServerSettings>, JudgeSettings, MonitorSettings)> {
    let tls = with_pem(&config.backend.tls, MonitorTls::from_pem)?;
    let servers = config.servers.iter().map(|server| ServerSettings {
        name: server.name.as_str().into(),
        address: Arc::new(net_address(&server.address)),
        weight: server.weight,
        preferred_primary: server.preferred_primary,
        zone: server.zone.as_deref().map(Into::into),
    });
    let judge = JudgeSettings {
        max_lag: config.routing.max_lag,
        resume_lag: config.protection.max_lag_resume,
        resume_after: config.protection.max_lag_hold,
        zone: config.protection.zone.as_deref().map(Into::into),
        ..JudgeSettings::default()
    };
    let monitor = MonitorSettings {
        user: config.monitor.user.clone(),
        password: config.monitor.password.reveal_text().unwrap_or_default().to_owned(),
        interval: config.monitor.interval,
        timeout: config.monitor.timeout,
        catalog_interval: CATALOG_INTERVAL,
        tls,
    };
    Ok((servers.collect(), judge, monitor))
}

/// The configuration's own accounts.
pub fn accounts(accounts: &[config::Account]) -> Vec<ConfiguredAccount> {
    accounts.iter().map(account).collect()
}

fn account(account: &config::Account) -> ConfiguredAccount {
    ConfiguredAccount {
        name: account.name.clone(),
        host: account.host.clone(),
        plugin: match account.plugin {
            AccountPlugin::CachingSha2 => AuthPlugin::CachingSha2,
            AccountPlugin::Native => AuthPlugin::Native,
        },
        password: match &account.proof {
            AccountProof::Password(secret) => {
                ConfiguredPassword::Clear(secret.reveal_text().unwrap_or_default().to_owned())
            }
            AccountProof::NativeHash(hash) => ConfiguredPassword::Native(*hash),
        },
    }
}
