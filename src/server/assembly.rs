//! From the configuration's values to the server's parts.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::counters::Visible;
use super::doors::Doors;

use super::shared::{Settings, Shared};
use super::surroundings::ServerSurroundings;
use crate::config::{ServerConfig, Sync};
use crate::engine::{Engine, EngineOptions, SyncPolicy};
use crate::net::accounts::FailureDelay;
use crate::net::{LoginPolicy, RsaKeys, TlsServerSettings};
use crate::query::accounts::{self, Accounts};
use crate::query::variables::GlobalVariables;
use crate::value::Value;
use crate::wire::auth::AuthPlugin;

/// What clients are told: the MySQL whose SQL and protocol this is, and whose server it is.
pub const VERSION: &str = concat!("8.0.40-anabranch-", env!("CARGO_PKG_VERSION"));

/// Failures of sign-in that are answered at once.
const FREE_FAILURES: u32 = 3;

/// Everything that sessions share, with the data opened.
pub async fn shared(config: &ServerConfig) -> io::Result<Shared> {
    let engine = Engine::volatile(options(config))?;
    let password = config.root_password.as_ref().map(|secret| secret.reveal());
    accounts::bootstrap(&engine, password).await.map_err(io::Error::other)?;
    let surroundings = ServerSurroundings::new(engine.clone(), config, VERSION);
    let globals = Arc::new(GlobalVariables::new(Arc::new(surroundings)));
    configure(&globals, config)?;
    let delay = FailureDelay {
        first: Duration::from_millis(500),
        free: FREE_FAILURES,
        longest: config.handshake_timeout / 4,
    };
    let doors = Doors::new(Arc::new(Accounts::new(engine.clone())), delay);
    let visible = Arc::new(Visible {
        processes: Arc::default(),
        counters: Arc::default(),
        engine: engine.clone(),
    });
    Ok(Shared {
        settings: Settings {
            max_connections: config.max_connections,
            keepalive: config.keepalive,
            version: VERSION.to_owned(),
        },
        policy: policy(config)?,
        doors,
        processes: visible.processes.clone(),
        counters: visible.counters.clone(),
        visible,
        engine,
        globals,
    })
}

fn options(config: &ServerConfig) -> EngineOptions {
    EngineOptions {
        server_id: config.server_id,
        sync: match config.binlog.sync {
            Sync::Every(groups) => SyncPolicy::Groups(groups),
            Sync::Never => SyncPolicy::Never,
            Sync::EverySecond => SyncPolicy::EverySecond,
        },
        memory_bytes: config.memory_limit,
        log_file_bytes: config.binlog.max_size,
        log_expire: (!config.binlog.expire.is_zero()).then_some(config.binlog.expire),
        checkpoint_log_bytes: config.binlog.checkpoint_every,
        server_version: VERSION.to_owned(),
        ..EngineOptions::default()
    }
}

/// The values that `[variables]` gives.
fn configure(globals: &GlobalVariables, config: &ServerConfig) -> io::Result<()> {
    for (name, text) in &config.variables {
        let number = text.parse::<i64>().map(Value::Int);
        let value = number.unwrap_or_else(|_| Value::Text(text.as_str().into()));
        if !globals.configure(name, value) {
            let message = format!("[variables] in the configuration: there is no variable {name}");
            return Err(io::Error::other(message));
        }
    }
    Ok(())
}

/// How clients sign in.
fn policy(config: &ServerConfig) -> io::Result<LoginPolicy> {
    let tls = config.tls.as_ref().map(|tls| {
        TlsServerSettings::from_pem(tls.certificate.contents.reveal(), tls.key.contents.reveal())
    });
    let tls = tls
        .transpose()
        .map_err(|error| io::Error::other(format!("[server.tls] in the configuration: {error}")))?;
    Ok(LoginPolicy {
        default_plugin: AuthPlugin::CachingSha2,
        tls,
        tls_required: config.tls.as_ref().is_some_and(|tls| tls.required),
        rsa: Some(Arc::new(RsaKeys::on_demand())),
        timeout: config.handshake_timeout,
    })
}
