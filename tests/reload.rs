//! A changed configuration is taken over at SIGHUP, whole or not at all, while clients go on.

#[path = "support/raw.rs"]
mod raw;
mod support;

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use raw::{Raw, Trouble};
use support::{Cluster, Proxy, shared_cluster, wait_until};

const SCHEMA: &str = "test_reload";
const REFUSED: Option<u16> = Some(1148);
const REFUSE_ITEMS: &str = "[[rules]]\nname = \"closed\"\ntable = \"items\"\nrefuse = \"Closed\"\n";
const ANY_REPLICA: &str =
    "[[rules]]\nname = \"any\"\npattern = \"@@server_id\"\ntarget = \"replica\"\n";

fn cluster() -> &'static Cluster {
    static MADE: OnceLock<()> = OnceLock::new();
    let cluster = shared_cluster();
    MADE.get_or_init(|| {
        cluster.fresh_schema(SCHEMA);
        let columns = "(id INT PRIMARY KEY AUTO_INCREMENT, v INT)";
        cluster.sql(0, &format!("CREATE TABLE {SCHEMA}.items {columns}"));
        cluster.sql(0, &format!("CREATE TABLE {SCHEMA}.written {columns}"));
        cluster.sql(0, &format!("INSERT INTO {SCHEMA}.items (v) VALUES (1)"));
        cluster.wait_caught_up();
    });
    cluster
}

fn started(extra: &str) -> Proxy {
    Proxy::start(cluster(), extra)
}

fn session(proxy: &Proxy) -> Raw {
    Raw::sign_in(proxy.address(), "app", "secret", SCHEMA).expect("signs in")
}

/// SIGHUP with another file, until the proxy has come to this `result`.
fn reload(proxy: &Proxy, extra: &str, result: &str) {
    proxy.reconfigure(cluster(), extra);
    hang_up(proxy, result);
}

fn hang_up(proxy: &Proxy, result: &str) {
    let counted = || proxy.metrics().sum("anabranch_config_reloads_total", &[("result", result)]);
    let before = counted();
    proxy.hang_up();
    wait_until(&format!("a reload that is {result}"), || counted() > before);
}

#[test]
fn open_sessions_and_what_they_have_prepared_see_new_rules() {
    let proxy = started("");
    let mut raw = session(&proxy);
    let id = raw.prepare("SELECT v FROM items").expect("prepares");
    raw.execute(id).expect("no rule yet");
    raw.query("PREPARE named FROM 'SELECT v FROM items'").expect("prepares as text");
    reload(&proxy, REFUSE_ITEMS, "applied");
    assert_eq!(raw.query("SELECT v FROM items").expect_err("refused").code(), REFUSED);
    assert_eq!(raw.execute(id).expect_err("refused").code(), REFUSED);
    assert_eq!(raw.query("EXECUTE named").expect_err("refused").code(), REFUSED);
    reload(&proxy, "", "applied");
    raw.execute(id).expect("no rule any more");
    raw.query("EXECUTE named").expect("no rule any more");
    let log = proxy.log();
    for line in ["rules.closed.refuse: (none) → Closed", "rules.closed.refuse: Closed → (none)"]
    {
        assert!(log.contains(line), "{line}\n{log}");
    }
}

#[test]
fn a_bad_file_changes_nothing() {
    let proxy = started(REFUSE_ITEMS);
    let mut raw = session(&proxy);
    for (extra, said) in [
        ("[proxy]\nmax_lag_ms = 0\n", "proxy.max_lag_ms: 0 milliseconds is out of bounds"),
        ("[proxy]\nworkers = 7\n", "proxy.workers cannot be changed while the proxy runs"),
        (
            "[http]\nlisten = \"127.0.0.1:1\"\n",
            "http.listen cannot be changed while the proxy runs",
        ),
        (
            "[[rules]]\nname = \"r\"\nshape = \"'\"\ntarget = \"primary\"\n",
            "shape of the rule \"r\" in the configuration: is no statement",
        ),
    ] {
        reload(&proxy, extra, "refused");
        let log = proxy.log();
        assert!(log.contains(said) && log.contains("stays as it was"), "{said}\n{log}");
        assert_eq!(raw.query("SELECT v FROM items").expect_err("refused").code(), REFUSED);
    }
    reload(&proxy, REFUSE_ITEMS, "unchanged");
    reload(&proxy, "", "applied");
    raw.query("SELECT v FROM items").expect("no rule any more");
}

#[test]
fn a_reload_under_load_fails_no_statement() {
    let proxy = started("");
    let (over, done) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for client in 0..4 {
            let (proxy, over, done) = (&proxy, &over, &done);
            scope.spawn(move || {
                let mut raw = session(proxy);
                let id = raw.prepare("SELECT v FROM items").expect("prepares");
                while !over.load(Relaxed) {
                    let insert = format!("INSERT INTO written (v) VALUES ({client})");
                    raw.query(&insert).expect("writes");
                    raw.query("SELECT COUNT(*) FROM written").expect("reads");
                    raw.execute(id).expect("reads, prepared");
                    done.fetch_add(1, Relaxed);
                }
            });
        }
        for round in 0..12 {
            let extra = match round % 3 {
                0 => "[proxy]\nconsistency = \"eventual\"\nmax_lag_ms = 500\nclass_cache_entries = 100\n".to_owned(),
                1 => format!("[monitor]\ninterval_ms = 50\n{ANY_REPLICA}timeout_ms = 60000\n"),
                _ => String::new(),
            };
            let before = done.load(Relaxed);
            reload(&proxy, &extra, "applied");
            wait_until("statements to go on", || done.load(Relaxed) > before + 8);
        }
        over.store(true, Relaxed);
    });
}

#[test]
fn limits_and_weights_follow() {
    let proxy = started(&format!("[proxy]\nmax_connections = 1\n{ANY_REPLICA}"));
    let mut raw = session(&proxy);
    let second = || Raw::sign_in(proxy.address(), "app", "secret", SCHEMA);
    let Err(Trouble::Error { code, .. }) = second() else { panic!("there is one already") };
    assert_eq!(code, 1040);
    let servers = |weights: [u32; 3]| -> String {
        let server = |n: usize| {
            let (address, weight) = (cluster().address(n), weights[n]);
            format!("[[server]]\nname = \"db{n}\"\naddress = \"{address}\"\nweight = {weight}\n")
        };
        // in another order than before
        [2, 0, 1].map(server).concat()
    };
    let mut all_read_from = |server: &str| {
        wait_until("reads to follow the weights", || {
            (0..70).all(|_| raw.value("SELECT @@server_id").expect("reads") == server)
        });
    };
    reload(&proxy, &format!("{}{ANY_REPLICA}", servers([100, 0, 100])), "applied");
    all_read_from("3");
    reload(&proxy, &format!("{}{ANY_REPLICA}", servers([100, 100, 0])), "applied");
    all_read_from("2");
    second().expect("the default limit");
    assert!(proxy.log().contains("server.db1.weight: 0 → 100"), "{}", proxy.log());
}

#[test]
fn accounts_follow_and_secrets_are_not_shown() {
    let accounts = |password: &str| {
        format!(
            "[proxy.authentication]\naccounts = \"config\"\n[[account]]\nname = \"app\"\n\
             plugin = \"mysql_native_password\"\npassword = \"{password}\"\n"
        )
    };
    let proxy = started(&accounts("what-it-was"));
    let sign_in = |password: &str| Raw::sign_in(proxy.address(), "app", password, "");
    sign_in("what-it-was").map(drop).expect("the file's password");
    reload(&proxy, &accounts("what-it-is"), "applied");
    sign_in("what-it-is").map(drop).expect("the file's new password");
    assert_eq!(sign_in("what-it-was").map(drop).expect_err("the old one").code(), Some(1045));
    let log = proxy.log();
    assert!(log.contains("account.app.password: (secret), with other contents"), "{log}");
    assert!(!log.contains("what-it"), "{log}");
}

/// Whether a client that trusts only this certificate finds it.
fn is_presented(proxy: &Proxy, certificate: &Path) -> bool {
    let address = proxy.address();
    let output = Command::new("mariadb")
        .args(["--no-defaults", "-h", "127.0.0.1", "-P", &address.port().to_string()])
        .args(["-uapp", "-psecret", "-e", "SELECT 1", "--ssl-verify-server-cert", "--ssl-ca"])
        .arg(certificate)
        .output()
        .expect("the mariadb client runs");
    output.status.success()
}

#[test]
fn a_renewed_certificate_is_presented() {
    let folder = tempfile::tempdir().expect("a folder");
    let (used, key) = (folder.path().join("used.pem"), folder.path().join("key.pem"));
    let make = |name: &str| {
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let own = folder.path().join(name);
        for (path, text) in [
            (&own, made.cert.pem()),
            (&used, made.cert.pem()),
            (&key, made.signing_key.serialize_pem()),
        ] {
            std::fs::write(path, text).expect("writes");
        }
        own
    };
    let first = make("first.pem");
    let proxy = started(&format!("[proxy.tls]\ncertificate = {used:?}\nkey = {key:?}\n"));
    assert!(is_presented(&proxy, &first));
    let second = make("second.pem");
    assert!(is_presented(&proxy, &first) && !is_presented(&proxy, &second), "not read yet");
    hang_up(&proxy, "applied");
    assert!(is_presented(&proxy, &second) && !is_presented(&proxy, &first));
    assert!(proxy.log().contains("used.pem, with other contents"), "{}", proxy.log());
    std::fs::write(&key, "-----BEGIN NONSENSE-----\n").expect("writes");
    hang_up(&proxy, "refused");
    assert!(is_presented(&proxy, &second));
}

#[test]
fn servers_come_and_go() {
    let with = |numbers: &[usize]| -> String {
        let server = |n: &usize| {
            format!("[[server]]\nname = \"db{n}\"\naddress = \"{}\"\n", cluster().address(*n))
        };
        numbers.iter().map(server).collect::<String>() + ANY_REPLICA
    };
    let proxy = started(&with(&[0, 1]));
    let mut raw = session(&proxy);
    let mut read_from = |servers: [&str; 2]| {
        let mut seen = std::collections::BTreeSet::new();
        wait_until(&format!("reads from {servers:?}"), || {
            seen.clear();
            seen.extend((0..140).map(|_| raw.value("SELECT @@server_id").expect("reads")));
            seen.iter().eq(std::collections::BTreeSet::from(servers).iter())
        });
    };
    read_from(["2", "2"]);
    reload(&proxy, &with(&[0, 2, 1]), "applied");
    read_from(["2", "3"]);
    let mut held = session(&proxy);
    let in_transaction = |held: &mut Raw| held.value("SELECT @@server_id").expect("reads");
    wait_until("a transaction on the second server", || {
        held.query("START TRANSACTION READ ONLY").expect("begins");
        let there = in_transaction(&mut held) == "2";
        if !there {
            held.query("COMMIT").expect("ends");
        }
        there
    });
    let shown = |name: &str| proxy.metrics().sum("anabranch_server_up", &[("server", name)]);
    reload(&proxy, &with(&[0, 2]), "applied");
    read_from(["3", "3"]);
    assert_eq!(in_transaction(&mut held), "2", "what runs there ends there");
    held.query("COMMIT").expect("ends");
    assert_eq!(in_transaction(&mut held), "3");
    assert_eq!((shown("db1"), shown("db2")), (0.0, 1.0));
    reload(&proxy, &with(&[1, 0, 2]), "applied");
    read_from(["2", "3"]);
    assert_eq!(shown("db1"), 1.0);
    let log = proxy.log();
    assert!(
        log.contains("server.db2.address: (none) → ")
            && log.contains("server.db1.weight: 100 → (none)"),
        "{log}"
    );
}
