//! What spares the primary, and what keeps reads near, in front of real MariaDB servers: the reads' share of it
//! while replicas are late, patience while it is busy, a lag around the limit, zones.

#[path = "support/raw.rs"]
mod raw;
mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use raw::Raw;
use support::{Cluster, Proxy, wait_until};

const SCHEMA: &str = "test_protect";
/// Asks a server that may serve reads which one it is.
const WHO: &str = "SELECT @@server_id /* anabranch: route=replica */";
const WHO_AT_ALL: &str = "SELECT @@server_id /* anabranch: route=replica, consistency=eventual */";
/// The ids of the primary and its replicas.
const PRIMARY: &str = "1";
const DB1: &str = "2";
const DB2: &str = "3";

/// A cluster with a function that only reads and takes its time, and a table.
fn cluster() -> Cluster {
    let cluster = Cluster::start();
    cluster.fresh_schema(SCHEMA);
    cluster.sql(
        0,
        &format!(
            "CREATE TABLE {SCHEMA}.t (id INT PRIMARY KEY);
             CREATE TABLE {SCHEMA}.beats (id INT PRIMARY KEY AUTO_INCREMENT);
             CREATE FUNCTION {SCHEMA}.slow(s DOUBLE) RETURNS INT READS SQL DATA RETURN SLEEP(s);
             GRANT EXECUTE ON {SCHEMA}.* TO monitor@'%'"
        ),
    );
    cluster.wait_caught_up();
    cluster
}

fn session(proxy: &Proxy) -> Raw {
    Raw::sign_in(proxy.address(), "app", "secret", SCHEMA).expect("signs in")
}

/// A proxy that checks often and knows the function.
fn proxy(cluster: &Cluster, extra: &str) -> Proxy {
    let proxy =
        Proxy::start(cluster, &format!("{extra}\n[monitor]\ninterval_ms = 50\ntimeout_ms = 500\n"));
    let mut raw = session(&proxy);
    wait_until("the function to be known", || {
        raw.query("SELECT slow(0)").expect("reads");
        proxy.log().contains("is the primary") && known(&mut raw)
    });
    proxy
}

/// A function that is not known to only read is not run on a replica, whatever is asked for.
fn known(raw: &mut Raw) -> bool {
    let who = "SELECT @@server_id + slow(0) /* anabranch: route=replica */";
    raw.value(who).expect("reads") != PRIMARY
}

fn gauge(proxy: &Proxy, name: &str, server: &str) -> f64 {
    proxy.metrics().sum(name, &[("server", server)])
}

fn takes_reads(proxy: &Proxy, server: &str) -> bool {
    gauge(proxy, "anabranch_server_reads", server) == 1.0
}

/// Something that goes on until it is dropped.
struct Busy {
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Busy {
    /// So many threads that do `what` again and again, each on a connection of its own.
    fn start(
        threads: usize,
        connect: impl Fn() -> Raw,
        what: impl Fn(&mut Raw) + Send + Sync + 'static,
    ) -> Self {
        let (over, what) = (Arc::new(AtomicBool::new(false)), Arc::new(what));
        let start = |mut raw: Raw| {
            let (over, what) = (over.clone(), what.clone());
            std::thread::spawn(move || {
                while !over.load(Relaxed) {
                    what(&mut raw);
                }
            })
        };
        let threads = (0..threads).map(|_| start(connect())).collect();
        Self { over, threads }
    }

    /// Writes on the primary, so that who does not follow is seen to be late.
    fn beat(cluster: &Cluster) -> Self {
        let primary =
            || Raw::sign_in(cluster.address(0), "app", "secret", SCHEMA).expect("signs in");
        Self::start(1, primary, |raw| {
            raw.query("INSERT INTO beats VALUES (NULL)").expect("writes");
            std::thread::sleep(Duration::from_millis(20));
        })
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "a client failed");
        }
    }
}

fn root(cluster: &Cluster, n: usize) -> Raw {
    Raw::sign_in(cluster.address(n), "root", "secret", SCHEMA).expect("signs in")
}

/// How many clients sleep on the server.
fn sleepers(direct: &mut Raw) -> u32 {
    let count = "SELECT COUNT(*) FROM information_schema.processlist WHERE state = 'User sleep'";
    direct.value(count).expect("counts").parse().expect("a number")
}

#[test]
fn late_replicas_leave_the_primary_its_room() {
    let cluster = cluster();
    let settings = "[proxy]\nprimary_capacity = 10\nprimary_read_share = 0.3\nmax_lag_ms = 300\n\
                    eventual_max_lag_ms = 60000\n";
    let proxy = proxy(&cluster, settings);
    let strict = self::proxy(
        &cluster,
        "[proxy]\nprimary_capacity = 1\nprimary_read_wait_ms = 50\nmax_lag_ms = 300\n",
    );
    let beat = Busy::beat(&cluster);
    cluster.delay(1, 2);
    cluster.delay(2, 4);
    wait_until("late replicas, one more than the other", || {
        let late = |proxy: &Proxy| !takes_reads(proxy, "db1") && !takes_reads(proxy, "db2");
        gauge(&proxy, "anabranch_server_lag_seconds", "db2") > 3.0 && late(&proxy) && late(&strict)
    });
    share_is_kept(&cluster, &proxy);
    who_cannot_wait_hears_of_it(&strict);
    drop(beat);
}

/// Reads that may not be late have three places on the primary; those that may, use the replica that is less late.
fn share_is_kept(cluster: &Cluster, proxy: &Proxy) {
    assert_eq!(session(proxy).value(WHO).expect("reads"), PRIMARY, "there is room");
    let done = Arc::new(AtomicU32::new(0));
    let count = done.clone();
    let readers = Busy::start(
        12,
        || session(proxy),
        move |raw| {
            raw.query("SELECT slow(0.1)").expect("its turn comes");
            count.fetch_add(1, Relaxed);
        },
    );
    let mut direct = root(cluster, 0);
    let (mut most, mut answers, mut who) = (0, BTreeMap::new(), session(proxy));
    wait_until("a line", || proxy.metrics().sum("anabranch_primary_reads_waiting", &[]) > 2.0);
    let before = done.load(Relaxed);
    while done.load(Relaxed) < before + 30 {
        most = most.max(sleepers(&mut direct));
        *answers.entry(who.value(WHO_AT_ALL).expect("reads")).or_insert(0) += 1;
    }
    // What it wrote it reads, also now.
    let mut writer = session(proxy);
    writer.query("INSERT INTO t VALUES (7)").expect("writes");
    assert_eq!(writer.value("SELECT COUNT(*) FROM t WHERE id = 7").expect("reads"), "1");
    drop(readers);
    assert_eq!(most, 3, "reads at once on the primary");
    let less_late = answers.get(DB1).copied().unwrap_or(0);
    assert!(less_late > 5 && !answers.contains_key(DB2), "{answers:?}");
    wait_until("the counts", || {
        let metrics = proxy.metrics();
        let reason = [("reason", "primary_share"), ("target", "replica")];
        metrics.sum("anabranch_statements_total", &reason) == f64::from(less_late)
            && metrics.sum("anabranch_primary_share_total", &[("outcome", "let_in")]) > 20.0
            && metrics.sum("anabranch_primary_reads", &[]) == 0.0
    });
}

/// Where the one place does not come free in time, there is an error and no stale row.
fn who_cannot_wait_hears_of_it(proxy: &Proxy) {
    let (mut first, mut second) = (session(proxy), session(proxy));
    let long = std::thread::spawn(move || first.query("SELECT slow(1.5)").expect("has the place"));
    wait_until("the place to be taken", || {
        proxy.metrics().sum("anabranch_server_in_flight", &[("server", "db0")]) == 1.0
    });
    let refused = second.query("SELECT COUNT(*) FROM t").expect_err("no place");
    assert_eq!(refused.code(), Some(1040));
    assert!(format!("{refused:?}").contains("primary_read_wait_ms"), "{refused:?}");
    long.join().expect("reads");
    second.query("SELECT COUNT(*) FROM t").expect("there is room again");
    let outcomes =
        proxy.metrics().sum("anabranch_primary_share_total", &[("outcome", "timed_out")]);
    assert_eq!(outcomes, 1.0);
}

#[test]
fn reads_stay_near_and_replicas_do_not_flap() {
    let cluster = cluster();
    let zones: String = [(0, "a"), (1, "a"), (2, "b")]
        .map(|(n, zone)| {
            let address = cluster.address(n);
            format!("[[server]]\nname = \"db{n}\"\naddress = \"{address}\"\nzone = \"{zone}\"\n")
        })
        .concat();
    let port = support::ports::free_ports(1);
    let console = format!("[console]\nlisten = \"127.0.0.1:{port}\"\npassword = \"watch\"\n");
    let settings = "[proxy]\nzone = \"a\"\nzone_overload = 4\n";
    let proxy = proxy(&cluster, &format!("{settings}{console}{zones}"));
    zones_are_shown(port);
    zone_is_preferred(&cluster, &proxy);
    drop(proxy);
    busy_primary_sends_more_away(&cluster);
    lag_around_the_limit(&cluster);
}

fn zones_are_shown(port: u16) {
    let address = ([127, 0, 0, 1], port).into();
    let mut console = Raw::sign_in(address, "admin", "watch", "").expect("signs in");
    let rows = console.query("SHOW SERVERS").expect("answers");
    let has = |row: &[Option<String>], text: &str| row.iter().flatten().any(|value| value == text);
    assert!(has(&rows[1], "a") && has(&rows[2], "b"), "{rows:?}");
}

/// The only replica of the zone serves, until it has enough to do, or does not answer.
fn zone_is_preferred(cluster: &Cluster, proxy: &Proxy) {
    let who = |raw: &mut Raw| raw.value(WHO).expect("reads");
    wait_until("both replicas", || takes_reads(proxy, "db1") && takes_reads(proxy, "db2"));
    for _ in 0..20 {
        assert_eq!(who(&mut session(proxy)), DB1);
    }
    assert_eq!(gauge(proxy, "anabranch_server_near", "db2"), 0.0);
    let readers = Busy::start(
        10,
        || session(proxy),
        |raw| {
            raw.query("SELECT slow(0.1)").expect("reads");
        },
    );
    let mut direct = root(cluster, 2);
    wait_until("help from the other zone", || sleepers(&mut direct) > 0);
    drop(readers);
    wait_until("the reason", || {
        proxy.metrics().sum("anabranch_statements_total", &[("reason", "other_zone")]) > 0.0
    });
    let mut raw = session(proxy);
    assert_eq!(who(&mut raw), DB1, "it has time again");
    cluster.freeze(1);
    wait_until("reads in the other zone", || who(&mut raw) == DB2);
    cluster.thaw(1);
    wait_until("reads at home", || who(&mut raw) == DB1);
}

/// A read after a write waits for a replica while the primary is busy, though not for so long otherwise.
fn busy_primary_sends_more_away(cluster: &Cluster) {
    let settings =
        "[proxy]\nprimary_capacity = 1\ncausal_wait_ms = 1\ncausal_wait_busy_ms = 20000\n";
    let proxy = proxy(cluster, settings);
    let mut raw = session(&proxy);
    let writes = Busy::start(
        4,
        || session(&proxy),
        |raw| {
            raw.query("DO SLEEP(0.3)").expect("sleeps");
        },
    );
    wait_until("a busy primary", || {
        proxy.metrics().sum("anabranch_server_in_flight", &[("server", "db0")]) > 0.0
    });
    let locks = [1, 2].map(|n| lock(cluster, n));
    raw.query("INSERT INTO t VALUES (8)").expect("writes");
    let unlock = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        drop(locks);
    });
    let who = "SELECT @@server_id, COUNT(*) FROM t WHERE id = 8 /* anabranch: route=replica */";
    let rows = raw.query(who).expect("reads");
    unlock.join().expect("unlocks");
    let row: Vec<_> = rows[0].iter().flatten().map(String::as_str).collect();
    assert!(row[0] != PRIMARY && row[1] == "1", "{row:?}");
    drop(writes);
    wait_until("the reason", || {
        proxy.metrics().sum("anabranch_statements_total", &[("reason", "waited")]) == 1.0
    });
}

/// Nothing is applied on the server until this is dropped.
fn lock(cluster: &Cluster, n: usize) -> Raw {
    let mut raw = root(cluster, n);
    raw.query("FLUSH TABLES WITH READ LOCK").expect("locks");
    raw
}

/// A lag that goes up and down takes a replica out once, and it comes back when that is over.
fn lag_around_the_limit(cluster: &Cluster) {
    let proxy = proxy(cluster, "[proxy]\nmax_lag_ms = 300\nmax_lag_hold_ms = 1500\n");
    let beat = Busy::beat(cluster);
    wait_until("a replica that reads", || takes_reads(&proxy, "db1"));
    let said = |what: &str| proxy.log().matches(&format!("db1 takes {what}")).count();
    let (left, came) = (said("no new reads"), said("reads"));
    let lag = || gauge(&proxy, "anabranch_server_lag_seconds", "db1");
    for _ in 0..3 {
        let locked = lock(cluster, 1);
        wait_until("a lag over the limit", || lag() > 0.35);
        drop(locked);
        wait_until("a lag far below", || lag() < 0.1);
    }
    assert_eq!((said("no new reads"), said("reads")), (left + 1, came), "{}", proxy.log());
    assert!(!takes_reads(&proxy, "db1") && takes_reads(&proxy, "db2"));
    wait_until("the replica's return", || takes_reads(&proxy, "db1"));
    drop(beat);
}
