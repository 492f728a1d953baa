//! From the configuration's values to the server's parts.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::acknowledgement;
use super::counters::Visible;
use super::doors::Doors;

use super::shared::{Settings, Shared};
use super::surroundings::ServerSurroundings;
use crate::config::{ServerConfig, Sync};
use crate::disk::RealDisk;
use crate::engine::{Engine, EngineOptions, Progress, SyncPolicy};
use crate::net::accounts::FailureDelay;
use crate::net::{LoginPolicy, RsaKeys, TlsServerSettings};
use crate::query::accounts::{self, Accounts};
use crate::query::ddl::Replay;
use crate::query::variables::GlobalVariables;
use crate::replication::primary::{AckBarrier, Acknowledgement, Primary};
use crate::value::Value;
use crate::wire::auth::AuthPlugin;

/// What clients are told: the MySQL whose SQL and protocol this is, and whose server it is.
pub const VERSION: &str = concat!("8.0.40-anabranch-", env!("CARGO_PKG_VERSION"));

/// Failures of sign-in that are answered at once.
const FREE_FAILURES: u32 = 3;

/// Everything that sessions share, with the data opened.
pub async fn shared(config: &ServerConfig) -> io::Result<Shared> {
    let acknowledgement = Arc::new(acknowledgement::opening());
    let engine = open(config, AckBarrier(acknowledgement.clone()))?;
    acknowledgement.tell(|acks, _| {
        acks.set_visible(engine.database().executed.as_ref().clone());
        Vec::new()
    });
    let primary = Arc::new(Primary::new(acknowledgement));
    let password = config.root_password.as_ref().map(|secret| secret.reveal());
    accounts::bootstrap(&engine, password).await.map_err(io::Error::other)?;
    acknowledgement::configure(primary.acknowledgement(), config);
    let surroundings =
        ServerSurroundings::new(engine.clone(), primary.acknowledgement().clone(), config, VERSION);
    let globals = Arc::new(GlobalVariables::new(Arc::new(surroundings)));
    configure(&globals, primary.acknowledgement(), config)?;
    let delay = FailureDelay {
        first: Duration::from_millis(500),
        free: FREE_FAILURES,
        longest: config.handshake_timeout / 4,
    };
    let doors = Doors::new(Arc::new(Accounts::new(engine.clone())), delay);
    let replica = super::replica::open(&engine, &globals, config)?;
    let visible = Arc::new(Visible {
        primary: primary.clone(),
        processes: Arc::default(),
        replica: replica.clone(),
        counters: Arc::default(),
        engine: engine.clone(),
    });
    Ok(Shared {
        settings: Settings {
            max_connections: config.max_connections,
            keepalive: config.keepalive,
            server_id: config.server_id,
            version: VERSION.to_owned(),
        },
        policy: policy(config)?,
        doors,
        processes: visible.processes.clone(),
        counters: visible.counters.clone(),
        visible,
        parting: CancellationToken::new(),
        replica,
        engine,
        primary,
        globals,
    })
}

/// Opens the data folder; reading it takes a while, so progress is told.
fn open(config: &ServerConfig, barrier: AckBarrier) -> io::Result<Arc<Engine>> {
    let disk = Arc::new(RealDisk::open(&config.data)?);
    let began = Instant::now();
    let mut told = began;
    let mut progress = |progress: Progress| {
        if told.elapsed() >= PROGRESS_EVERY {
            told = Instant::now();
            let percent = progress.done * 100 / progress.total.max(1);
            tracing::info!(phase = ?progress.phase, percent, "reading the data");
        }
    };
    let engine = Engine::open(disk, options(config, barrier), &Replay::default(), &mut progress);
    let engine = engine.map_err(|error| {
        io::Error::other(format!("cannot open the data in {}: {error}", config.data.display()))
    })?;
    let opened = engine.opened();
    tracing::info!(
        data = %config.data.display(),
        new = opened.is_new,
        transactions = opened.replayed,
        milliseconds = began.elapsed().as_millis() as u64,
        "the data is open"
    );
    Ok(engine)
}

/// Between two lines about reading the data.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

fn options(config: &ServerConfig, barrier: AckBarrier) -> EngineOptions {
    EngineOptions {
        server_id: config.server_id,
        sync: match config.binlog.sync {
            Sync::Every(groups) => SyncPolicy::Groups(groups),
            Sync::Never => SyncPolicy::Never,
            Sync::EverySecond => SyncPolicy::EverySecond,
        },
        memory_bytes: config.memory_limit,
        // what it changes is kept beside the rows until it commits
        transaction_bytes: config.memory_limit / 2,
        log_file_bytes: config.binlog.max_size,
        log_expire: (!config.binlog.expire.is_zero()).then_some(config.binlog.expire),
        checkpoint_log_bytes: config.binlog.checkpoint_every,
        server_version: VERSION.to_owned(),
        barrier: Arc::new(barrier),
    }
}

/// The values that `[variables]` gives.
fn configure(
    globals: &GlobalVariables,
    acknowledgement: &Acknowledgement,
    config: &ServerConfig,
) -> io::Result<()> {
    for (name, text) in &config.variables {
        let number = text.parse::<i64>().map(Value::Int);
        let value = number.unwrap_or_else(|_| Value::Text(text.as_str().into()));
        let acts = super::acknowledgement::change(acknowledgement, name, &value);
        if acts.map_err(|error| io::Error::other(error.message.to_string()))? {
            continue;
        }
        globals.configure(name, &value).map_err(|error| {
            io::Error::other(format!("[variables] in the configuration: {}", error.message))
        })?;
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
