//! Runs one client program against an endpoint and keeps its transcript.
// Each test binary uses a part of it.
#![allow(dead_code)]

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::compare::assert_same;
use crate::support::cluster::{Cluster, PASSWORD, SERVERS, shared_cluster};
use crate::support::guardian::Guardian;
use crate::support::wait::{holds_within, wait_until};
use crate::support::{Proxy, ports};

/// A client that takes longer hangs: the slowest needs some 15 s on two busy cores.
const LIMIT: Duration = Duration::from_secs(90);

/// A client program, ready to run.
pub struct Client {
    /// Names its folder in `target/e2e` and its schema.
    pub name: String,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Environment that it needs.
    pub environment: Vec<(String, String)>,
}

/// Which accounts the proxy knows.
#[derive(Clone, Copy, PartialEq)]
pub enum Accounts {
    OfThePrimary,
    CachingSha2,
}

/// `target/e2e/<name>`: where a client's packages and transcripts are.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/e2e").join(name);
    std::fs::create_dir_all(&folder).expect("a folder in target");
    folder
}

/// Clients that also run through a proxy with shared connections; with `ANABRANCH_E2E_POOLED` all do. Between them
/// they prepare on the client and on the server, track the session, and send commands ahead.
const POOLED: [&str; 4] = ["go-sql-driver", "jdbc-mariadb-3", "node-mysql2", "php"];

/// Runs `scenario` of `client` direct, through the proxy, and (some of them) through one that shares its connections
/// among clients, and asserts that the transcripts are equal.
pub fn compare(client: &Client, scenario: &str, accounts: Accounts) {
    let cluster = shared_cluster();
    let stage = Stage {
        servers: server_ports(cluster),
        ca: cluster.ca(),
        fresh_schema: &|schema| cluster.fresh_schema(schema),
    };
    let direct = transcript(client, scenario, &stage, cluster.address(0), "direct");
    for (way, through) in endpoints(client, cluster, accounts) {
        let proxied = transcript(client, scenario, &stage, through, way);
        assert_same(&client.name, &direct, &proxied);
    }
}

/// What a client's runs have in common.
pub struct Stage<'a> {
    /// The servers' ports, the primary's first.
    pub servers: String,
    /// The certificate of the authority of the servers' and the proxy's certificates.
    pub ca: PathBuf,
    /// Makes a schema anew.
    pub fresh_schema: &'a dyn Fn(&str),
}

/// Where the other runs go: to proxies, unless `ANABRANCH_E2E_THROUGH` puts something else in their place.
fn endpoints(
    client: &Client,
    cluster: &Cluster,
    accounts: Accounts,
) -> Vec<(&'static str, SocketAddr)> {
    let shares = std::env::var_os("ANABRANCH_E2E_POOLED").is_some()
        || POOLED.contains(&client.name.as_str());
    let pooled = || ("pooled", pooled(cluster).address());
    let proxied = |address| vec![("proxied", address)];
    match (std::env::var("ANABRANCH_E2E_THROUGH").as_deref(), accounts) {
        (Err(_), Accounts::OfThePrimary) if shares => {
            vec![("proxied", proxy(cluster, accounts).address()), pooled()]
        }
        (Err(_) | Ok("proxy"), _) => proxied(proxy(cluster, accounts).address()),
        (Ok("pooled"), _) => vec![pooled()],
        (Ok("direct"), _) => proxied(cluster.address(0)),
        (Ok("haproxy"), _) => proxied(haproxy(cluster)),
        (Ok(other), _) => {
            panic!("ANABRANCH_E2E_THROUGH is proxy, pooled, direct or haproxy, not {other}")
        }
    }
}

/// One proxy for all clients that share its connections.
fn pooled(cluster: &Cluster) -> &'static Proxy {
    static POOLED: OnceLock<Proxy> = OnceLock::new();
    let proxy = POOLED.get_or_init(|| {
        let ca = cluster.ca();
        let extra = format!(
            "[proxy]\npooling = \"transaction\"\nmax_server_connections = 20\n\
             [backend.tls]\nmode = \"verify_identity\"\nca = {ca:?}\n"
        );
        Proxy::start(cluster, &extra)
    });
    println!("the log of the proxy that shares: {}", proxy.folder().join("log").display());
    proxy
}

/// One proxy for all clients, for each kind of accounts.
fn proxy(cluster: &Cluster, accounts: Accounts) -> &'static Proxy {
    static OF_THE_PRIMARY: OnceLock<Proxy> = OnceLock::new();
    static CACHING_SHA2: OnceLock<Proxy> = OnceLock::new();
    // an account may require TLS: so does its server, and the proxy must be able to give it
    let tls = format!("[backend.tls]\nmode = \"verify_identity\"\nca = {:?}\n", cluster.ca());
    let proxy = match accounts {
        Accounts::OfThePrimary => OF_THE_PRIMARY.get_or_init(|| Proxy::start(cluster, &tls)),
        Accounts::CachingSha2 => {
            CACHING_SHA2.get_or_init(|| Proxy::start(cluster, &(tls + &caching_sha2_accounts())))
        }
    };
    println!("the proxy's log: {}", proxy.folder().join("log").display());
    proxy
}

fn caching_sha2_accounts() -> String {
    let account = |name: &str, password: &str| {
        format!(
            "[[account]]\nname = \"{name}\"\npassword = \"{password}\"\nplugin = \"caching_sha2_password\"\n"
        )
    };
    format!(
        "[proxy.authentication]\naccounts = \"config\"\n{}{}",
        account("app", PASSWORD),
        account("reader", PASSWORD)
    )
}

/// haproxy in TCP mode, which changes nothing: what a client sees through it, it may see through a proxy.
fn haproxy(cluster: &Cluster) -> SocketAddr {
    static HAPROXY: OnceLock<(SocketAddr, Child, Guardian)> = OnceLock::new();
    let started = HAPROXY.get_or_init(|| {
        let address = SocketAddr::from(([127, 0, 0, 1], ports::free_ports(1)));
        let file = folder("haproxy").join("haproxy.cfg");
        let config = format!(
            "defaults\n mode tcp\n timeout connect 5s\n timeout client 10m\n timeout server 10m\n\
             listen db\n bind {address}\n server primary {}\n",
            cluster.address(0)
        );
        std::fs::write(&file, config).expect("the configuration is written");
        let mut haproxy = Command::new("haproxy");
        let child = haproxy
            .arg("-db")
            .arg("-f")
            .arg(&file)
            .stderr(Stdio::null())
            .spawn()
            .expect("haproxy runs (apt-get install haproxy)");
        let guardian = Guardian::new("kill -KILL \"$1\"", &[&child.id().to_string()]);
        wait_until("haproxy listens", || std::net::TcpStream::connect(address).is_ok());
        (address, child, guardian)
    });
    started.0
}

/// The ports of the cluster's servers, the primary's first.
fn server_ports(cluster: &Cluster) -> String {
    let ports = (0..SERVERS).map(|n| cluster.address(n).port().to_string());
    ports.collect::<Vec<_>>().join(" ")
}

/// One run: a fresh schema, a scratch folder, the program, its output.
pub fn transcript(
    client: &Client,
    scenario: &str,
    stage: &Stage<'_>,
    address: SocketAddr,
    way: &str,
) -> String {
    let folder = folder(&client.name);
    let schema = format!("test_{}", client.name.replace('-', "_"));
    (stage.fresh_schema)(&schema);
    let scratch = folder.join("scratch");
    std::fs::create_dir_all(&scratch).expect("a scratch folder");
    let output = folder.join(format!("{scenario}-{way}.txt"));
    let errors = folder.join(format!("{scenario}-{way}.err"));
    let started = Instant::now();
    let mut child = Command::new(&client.command[0])
        .args(&client.command[1..])
        .envs(client.environment.iter().cloned())
        .env("DB_HOST", address.ip().to_string())
        .env("DB_PORT", address.port().to_string())
        .env("DB_SCHEMA", schema)
        .env("DB_SERVERS", &stage.servers)
        .env("DB_CA", &stage.ca)
        .env("DB_SCRATCH", scratch)
        .env("DB_PASSWORD", PASSWORD)
        .env("DB_SCENARIO", scenario)
        .stdin(Stdio::null())
        .stdout(File::create(&output).expect("the transcript's file"))
        .stderr(File::create(&errors).expect("the errors' file"))
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", client.command[0]));
    let mut status = None;
    holds_within(LIMIT, || {
        status = child.try_wait().expect("its own child");
        status.is_some()
    });
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    let text =
        String::from_utf8_lossy(&std::fs::read(&output).expect("the transcript")).into_owned();
    println!(
        "{} {scenario} {way}: {} lines in {:.1?}",
        client.name,
        text.lines().count(),
        started.elapsed()
    );
    let outcome = status.map_or(format!("not within {LIMIT:?}"), |status| status.to_string());
    // how a program ends is part of what it shows; a direct run that fails is a mistake in the program
    if way.ends_with("direct") && !status.is_some_and(|status| status.success()) {
        let errors = std::fs::read_to_string(&errors).unwrap_or_default();
        panic!(
            "{} fails even direct ({outcome}):\n{}\n{errors}",
            client.name,
            last_lines(&text, 5)
        );
    }
    if outcome.ends_with(": 0") {
        return text;
    }
    let errors = std::fs::read_to_string(&errors).unwrap_or_default();
    format!("{text}\n[{outcome}]\n{}", last_lines(&errors, 20))
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
