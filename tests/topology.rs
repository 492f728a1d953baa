//! The monitor and the account list against real MariaDB servers: a primary with two replicas,
//! and what happens to them.

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anabranch::net::{
    Account, Accounts, BackendTarget, Credentials, Hello, LoginError, LoginPolicy, LoginRequest,
    Peer, Secret, Stream, TlsClientSettings, TlsMode, accept_login, sign_in,
};
use anabranch::proxy::accounts::{self, AccountStore, Loader, RefreshSettings};
use anabranch::proxy::topology::{
    self, Address, DownReason, Flavour, JudgeSettings, Monitor, MonitorSettings, MonitorTls, Role,
    ServerId, ServerSettings, State, Version, View,
};
use anabranch::wire::auth::AuthPlugin;
use anabranch::wire::{CapabilityFlags, MariadbCapabilities};
use support::{Cluster, PASSWORD};
use tokio_util::sync::CancellationToken;

const LIMIT: Duration = Duration::from_secs(30);

fn monitor_settings() -> MonitorSettings {
    MonitorSettings {
        user: "monitor".to_owned(),
        password: PASSWORD.to_owned(),
        interval: Duration::from_millis(50),
        timeout: Duration::from_millis(500),
        catalog_interval: Duration::from_millis(200),
        tls: MonitorTls::disabled(),
    }
}

fn server(name: &str, address: Address) -> ServerSettings {
    ServerSettings {
        name: name.into(),
        address: Arc::new(address),
        weight: 100,
        preferred_primary: false,
        zone: None,
    }
}

fn servers(cluster: &Cluster) -> Vec<ServerSettings> {
    let tcp =
        |address: SocketAddr| Address::Tcp { host: address.ip().to_string(), port: address.port() };
    (0..3).map(|n| server(&format!("db{n}"), tcp(cluster.address(n)))).collect()
}

fn watch(cluster: &Cluster, judge: JudgeSettings) -> (Monitor, CancellationToken) {
    let shutdown = CancellationToken::new();
    let monitor = topology::start(servers(cluster), judge, monitor_settings(), shutdown.clone());
    (monitor, shutdown)
}

/// Waits for a view; says what was there instead.
async fn until(monitor: &Monitor, what: &str, wanted: impl FnMut(&View) -> bool) -> Arc<View> {
    match monitor.views.wait_until(wanted, LIMIT).await {
        Some(view) => view,
        None => panic!("{what}: not within {LIMIT:?}; last: {:#?}", monitor.views.current()),
    }
}

fn is(view: &View, n: usize, role: Role, reads: bool) -> bool {
    view.servers[n].role == role && view.servers[n].reads == reads
}

fn healthy(view: &View) -> bool {
    view.primary == Some(ServerId(0))
        && is(view, 1, Role::Replica, true)
        && is(view, 2, Role::Replica, true)
}

#[tokio::test]
async fn a_cluster_is_found_and_followed_through_its_troubles() {
    let cluster = Cluster::start();
    let (monitor, shutdown) = watch(&cluster, JudgeSettings::default());

    first_view(&cluster, &monitor).await;
    applied_positions(&cluster, &monitor).await;
    routines(&cluster, &monitor).await;
    stopped_replication(&cluster, &monitor).await;
    frozen_replica(&cluster, &monitor).await;
    full_server(&cluster, &monitor).await;
    read_only_primary(&cluster, &monitor).await;
    failover(&cluster, &monitor).await;

    shutdown.cancel();
    tokio::time::timeout(LIMIT, monitor.task).await.expect("in time").expect("no panic");
}

async fn first_view(cluster: &Cluster, monitor: &Monitor) {
    let view = monitor.ready().await;
    assert!(healthy(&view), "{view:#?}");
    assert_eq!(view.servers[1].follows, Some(ServerId(0)));
    assert_eq!(view.servers[1].lag, Some(Duration::ZERO));
    assert_eq!(view.servers[0].flavour, Flavour::MariaDb);
    assert!(view.servers[0].version >= Version::new(10, 0, 0));
    assert!(view.servers[0].latency.is_some() && view.alerts.is_empty());
    let said = cluster.sql(0, "SELECT @@version");
    assert_eq!(view.version.server_version, format!("5.5.5-{said}"), "as MariaDB 10 greets");
    assert_eq!(view.version.collation, 45, "utf8mb4_general_ci");
    assert!(view.version.capabilities.is_some() && !view.version.mariadb_capabilities.is_empty());
}

async fn applied_positions(cluster: &Cluster, monitor: &Monitor) {
    cluster.sql(0, "CREATE OR REPLACE TABLE test.t (a INT); INSERT INTO test.t VALUES (1)");
    let text = cluster.sql(0, "SELECT @@gtid_binlog_pos");
    let written = anabranch::gtid::Position::parse(&text).expect("a position");
    until(monitor, "replicas with what was written", |view| {
        [1, 2].iter().all(|n| view.has_applied(ServerId(*n), &written))
    })
    .await;
}

async fn routines(cluster: &Cluster, monitor: &Monitor) {
    cluster.sql(
        0,
        "CREATE FUNCTION test.reads() RETURNS INT READS SQL DATA RETURN 1;
         CREATE FUNCTION test.writes() RETURNS INT MODIFIES SQL DATA RETURN 1;
         GRANT EXECUTE ON test.* TO monitor@'%'",
    );
    let view =
        until(monitor, "the routines", |view| view.routines.only_reads("test", "reads")).await;
    assert!(!view.routines.only_reads("test", "writes"));
}

/// STOP SLAVE, whole and by halves; and lag that is held by a lock.
async fn stopped_replication(cluster: &Cluster, monitor: &Monitor) {
    for thread in ["", "SQL_THREAD", "IO_THREAD"] {
        cluster.sql(1, &format!("STOP SLAVE {thread}"));
        let view =
            until(monitor, "a stopped replica", |view| is(view, 1, Role::Replica, false)).await;
        assert_eq!((view.servers[1].lag, view.servers[1].state), (None, State::Up));
        cluster.sql(1, "START SLAVE");
        until(monitor, "a replica again", healthy).await;
    }
    cluster.sql(1, "STOP SLAVE; CHANGE MASTER TO MASTER_DELAY=2; START SLAVE");
    cluster.sql(0, "INSERT INTO test.t VALUES (2)");
    until(monitor, "a lag of a second", |view| {
        view.servers[1].lag.is_some_and(|lag| lag > Duration::from_secs(1))
    })
    .await;
    cluster.sql(1, "STOP SLAVE; CHANGE MASTER TO MASTER_DELAY=0; START SLAVE");
    until(monitor, "no lag", |view| view.servers[1].lag == Some(Duration::ZERO)).await;
}

async fn frozen_replica(cluster: &Cluster, monitor: &Monitor) {
    cluster.freeze(2);
    until(monitor, "no reads for a silent replica", |view| !view.servers[2].reads).await;
    until(monitor, "a silent replica", |view| {
        view.servers[2].state == State::Down(DownReason::TimedOut)
    })
    .await;
    cluster.thaw(2);
    until(monitor, "the replica awake", healthy).await;
}

/// A session met 1040: back-pressure for a while.
async fn full_server(_: &Cluster, monitor: &Monitor) {
    monitor.hints.full(ServerId(1));
    let view = until(monitor, "a full server", |view| view.servers[1].state == State::Full).await;
    assert!(!view.servers[1].reads);
    until(monitor, "a server with room", healthy).await;
}

async fn read_only_primary(cluster: &Cluster, monitor: &Monitor) {
    cluster.sql(0, "SET GLOBAL read_only=1");
    let view = until(monitor, "no primary", |view| view.primary.is_none()).await;
    assert!(view.servers[1].reads, "reads go on");
    cluster.sql(0, "SET GLOBAL read_only=0");
    until(monitor, "the primary again", healthy).await;
    cluster.sql(1, "SET GLOBAL read_only=0");
    let view = until(monitor, "an alert", |view| !view.alerts.is_empty()).await;
    assert_eq!(view.primary, Some(ServerId(0)));
    cluster.sql(1, "SET GLOBAL read_only=1");
    until(monitor, "no alert", |view| view.alerts.is_empty()).await;
}

/// kill -9 of the primary, a promotion, and the old primary's return.
async fn failover(cluster: &Cluster, monitor: &Monitor) {
    cluster.kill(0);
    monitor.hints.check_now(ServerId(0));
    let view = until(monitor, "a dead primary", |view| view.primary.is_none()).await;
    assert_eq!(view.servers[0].state, State::Down(DownReason::Refused));
    assert!(view.servers[1].reads && view.servers[2].reads, "reads go on");

    cluster.sql(1, "STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only=0");
    let port = cluster.address(1).port();
    cluster.sql(2, &format!("STOP SLAVE; CHANGE MASTER TO MASTER_PORT={port}; START SLAVE"));
    until(monitor, "the promoted replica", |view| {
        view.primary == Some(ServerId(1))
            && view.servers[2].follows == Some(ServerId(1))
            && view.servers[2].reads
    })
    .await;
    cluster.sql(1, "INSERT INTO test.t VALUES (3)");

    cluster.restart(0);
    let view = until(monitor, "the old primary", |view| view.servers[0].state == State::Up).await;
    assert_eq!((view.primary, view.servers[0].role), (Some(ServerId(1)), Role::Unknown));
    assert!(!view.servers[0].reads && !view.alerts.is_empty());
}

#[tokio::test]
async fn a_monitor_that_may_not_sign_in_says_so() {
    let cluster = support::shared_cluster();
    let shutdown = CancellationToken::new();
    let mut settings = monitor_settings();
    settings.password = "wrong".to_owned();
    let mut servers = servers(cluster);
    servers.truncate(1);
    servers.push(server("socket", Address::Unix(cluster.socket(1))));
    servers.push(server("nothing", Address::Unix("/nonexistent/socket".into())));
    let monitor = topology::start(servers, JudgeSettings::default(), settings, shutdown.clone());
    let view = monitor.ready().await;
    let states: Vec<_> = view.servers.iter().map(|server| server.state).collect();
    let denied = State::Down(DownReason::AccessDenied);
    assert_eq!(states, [denied, denied, State::Down(DownReason::Refused)]);
    assert!(view.primary.is_none());
    shutdown.cancel();
}

#[tokio::test]
async fn tls_modes_hold_for_the_monitor() {
    let cluster = support::shared_cluster();
    let ca = std::fs::read(cluster.ca()).expect("the CA");
    let other = rcgen::generate_simple_self_signed(["other".to_owned()]).expect("a certificate");
    let other = other.cert.pem().into_bytes();
    let cases = [
        (TlsMode::Disabled, None, true),
        (TlsMode::Preferred, None, true),
        (TlsMode::Required, None, true),
        (TlsMode::VerifyCa, Some(&ca), true),
        (TlsMode::VerifyIdentity, Some(&ca), true),
        (TlsMode::VerifyCa, Some(&other), false),
    ];
    for (mode, ca, works) in cases {
        let mut settings = monitor_settings();
        settings.tls = MonitorTls::from_pem(mode, ca.map(|pem| &pem[..]), None).expect("settings");
        let shutdown = CancellationToken::new();
        let judge = JudgeSettings::default();
        let monitor = topology::start(servers(cluster), judge, settings, shutdown.clone());
        let view = monitor.ready().await;
        assert_eq!(view.primary.is_some(), works, "{mode:?} {view:#?}");
        assert_eq!(view.version.capabilities.is_some(), works, "{mode:?}: the greeting");
        shutdown.cancel();
    }
}

fn peer() -> Peer {
    Peer::from_addr(SocketAddr::from(([127, 0, 0, 1], 5000)))
}

fn native(account: Option<Account>) -> [u8; 20] {
    match account.expect("the account").secret {
        Secret::Native(stored) => stored,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn accounts_are_those_of_the_primary() {
    let cluster = support::shared_cluster();
    let (monitor, shutdown) = watch(cluster, JudgeSettings::default());
    let loader = Loader {
        views: monitor.views.clone(),
        monitor: monitor_settings().into(),
        timeout: Duration::from_secs(5),
    };
    // Only what fails makes it read again.
    let settings = RefreshSettings { interval: LIMIT * 100, ..Default::default() };
    let (store, _) =
        accounts::start(loader, settings, accounts::FailureDelay::NONE, shutdown.clone());
    let sql = |text: &str| cluster.sql(0, text);

    assert!(!store.find("app", peer()).await.expect("app").tls_required);
    assert!(store.find("secure", peer()).await.expect("secure").tls_required);
    assert!(matches!(store.find("nopass", peer()).await.expect("nopass").secret, Secret::Empty));
    assert!(store.find("nobody", peer()).await.is_none());

    sql("CREATE USER fresh@'127.0.0.%' IDENTIFIED BY 'one'");
    let one = native(store.find("fresh", peer()).await);
    sql("ALTER USER fresh@'127.0.0.%' IDENTIFIED BY 'two'");
    assert_eq!(native(store.find("fresh", peer()).await), one, "nobody has failed yet");
    let two = native(store.find_newer("fresh", peer()).await);
    assert_ne!(one, two);
    assert!(store.find("fresh", Peer::Unix).await.is_none());

    sql("ALTER USER fresh@'127.0.0.%' ACCOUNT LOCK");
    assert!(store.find_newer("fresh", peer()).await.expect("fresh").locked);
    sql("ALTER USER fresh@'127.0.0.%' IDENTIFIED VIA unix_socket ACCOUNT UNLOCK");
    assert!(store.find_newer("fresh", peer()).await.is_none(), "a plugin that we do not speak");
    sql("DROP USER fresh@'127.0.0.%'");

    sign_ins(cluster, &store).await;
    shared_refresh(&store).await;
    shutdown.cancel();
}

/// A hundred failures at once cost little more time than one.
async fn shared_refresh(store: &Arc<AccountStore>) {
    let started = std::time::Instant::now();
    let tasks = tokio::task::LocalSet::new();
    for _ in 0..100 {
        let store = Arc::clone(store);
        tasks.spawn_local(async move { assert!(store.find("nobody", peer()).await.is_none()) });
    }
    tasks.await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

/// Whole sign-ins against the list: the very first one after a change on the primary is right.
async fn sign_ins(cluster: &Cluster, store: &AccountStore) {
    let sql = |text: &str| cluster.sql(0, text);
    sql("CREATE USER newcomer@'%' IDENTIFIED BY 'one'");
    login(store, "newcomer", "one").await.expect("created a moment ago");
    sql("ALTER USER newcomer@'%' IDENTIFIED BY 'two'");
    login(store, "newcomer", "two").await.expect("changed a moment ago");
    let denied = login(store, "newcomer", "one").await;
    assert!(matches!(denied, Err(LoginError::Denied { .. })), "{denied:?}");
    sql("DROP USER newcomer@'%'");
    login(store, "nopass", "").await.expect("no password");
    let denied = login(store, "nobody", "x").await;
    assert!(matches!(denied, Err(LoginError::Denied { .. })), "{denied:?}");
}

/// One sign-in over a socket; gives the user's own proof of who it is.
async fn login(store: &AccountStore, user: &str, password: &str) -> Result<String, LoginError> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let target = BackendTarget {
        address: Address::Tcp { host: "127.0.0.1".to_owned(), port },
        tls: TlsClientSettings::disabled(),
        timeout: LIMIT,
        request_public_key: false,
        keepalive: Duration::ZERO,
    };
    let request = LoginRequest {
        user,
        credentials: &Credentials::from_clear(password.as_bytes()),
        database: None,
        capabilities: CapabilityFlags::empty(),
        mariadb_capabilities: MariadbCapabilities::empty(),
        collation: 45,
        attributes: &[],
    };
    let policy = LoginPolicy {
        default_plugin: AuthPlugin::Native,
        tls: None,
        tls_required: false,
        rsa: None,
        timeout: LIMIT,
    };
    let hello = Hello {
        server_version: "8.0.36",
        connection_id: 1,
        capabilities: CapabilityFlags::empty(),
        mariadb_capabilities: MariadbCapabilities::empty(),
        collation: 45,
        policy: &policy,
    };
    let serve = async {
        let (socket, _) = listener.accept().await.expect("a client");
        let login = accept_login(Stream::Tcp(socket), &hello, store).await?;
        Ok(login.user)
    };
    // The client is left without its OK: only the proxy's side is of interest.
    let (served, _) = tokio::join!(serve, sign_in(&target, &request));
    served
}
