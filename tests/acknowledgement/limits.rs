//! What happens when replicas do not answer in time, or are too few: degrade, block, error, refuse.

use super::support::http::get;
use super::support::{Server, wait_until};
use super::system::System;

/// Both replicas must have a commit within 200 ms.
fn start() -> System {
    let system = System::start("[ack]\ntimeout_ms = 200\nin_sync_max_lag_ms = 60000\n");
    system.set(&["ack_policy = 'semi_sync'", "ack_count = 2"]);
    system
}

const INSERT: &str = "INSERT INTO d.t (v) VALUES (1)";

/// The alert rules name metrics that a primary and its replica show.
#[test]
fn alert_rules_name_what_exists() {
    let system = System::start("");
    let page = |server: &Server| {
        let mut address = server.address();
        address.set_port(address.port() + 1);
        get(address, "/metrics").expect("a page").1
    };
    let shown = page(&system.primary) + &page(&system.replicas[0]);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/config/server-alerts.yml");
    let rules = std::fs::read_to_string(file).expect("the rules");
    let words = rules.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let metrics = |word: &&str| {
        ["anabranch_primary_", "anabranch_replica_"].iter().any(|start| word.starts_with(start))
    };
    let names: Vec<&str> = words.filter(metrics).collect();
    assert!(names.len() >= 7, "{names:?}");
    for name in names {
        assert!(shown.contains(&format!("# TYPE {name} ")), "{name}");
    }
    let follows = |page: &str| page.contains("anabranch_replica_applier_up 1");
    assert!(!follows(&page(&system.primary)) && follows(&page(&system.replicas[0])));
}

/// MySQL's way: on as if asynchronous, with an alarm, until the replicas have caught up.
#[test]
fn degrade_goes_on_with_an_alarm_until_replicas_are_back() {
    let system = start();
    let alarm = || {
        let metric = system.metrics().sum("anabranch_primary_ack_degraded", &[]);
        (
            system.status("Anabranch_ack_degraded"),
            system.status("Rpl_semi_sync_source_status"),
            metric,
        )
    };
    let quiet = ("OFF".to_owned(), "ON".to_owned(), 0.0);
    assert_eq!(alarm(), quiet);
    system.freeze(0);
    let mut client = system.client();
    client.sql(INSERT);
    assert_eq!(alarm(), ("ON".to_owned(), "OFF".to_owned(), 1.0));
    client.sql(INSERT);
    assert_eq!(system.status("Rpl_semi_sync_source_no_times"), "1", "only the first has waited");
    assert_eq!(system.status("Rpl_semi_sync_source_no_tx"), "2");
    let log = system.primary.log();
    assert!(log.contains("replicas do not acknowledge in time"), "{log}");
    system.thaw(0);
    wait_until("the alarm to end", || alarm() == quiet);
    let acknowledged = system.status("Rpl_semi_sync_source_yes_tx");
    client.sql(INSERT);
    assert_ne!(system.status("Rpl_semi_sync_source_yes_tx"), acknowledged);
    assert!(system.primary.log().contains("commits wait for them again"));
}

#[test]
fn block_waits_and_error_says_what_is_durable_here() {
    let system = start();
    system.set(&["ack_on_timeout = 'error'"]);
    system.freeze(0);
    let error = system.client().try_sql(INSERT).expect_err("it is told");
    let text = format!("{error:?}");
    assert_eq!(error.code(), Some(1180), "{text}");
    assert!(
        text.contains("committed on this server, but not acknowledged: 1 of 2 replicas have it"),
        "{text}"
    );
    assert_eq!(system.seen(), "1", "durable here, and visible");
    system.set(&["ack_on_timeout = 'block'"]);
    let mut waits = system.blocked(INSERT);
    // the time-out of 200 ms is long over when that of a later one with `error` is
    wait_until("the time to be over", || {
        system.metrics().sum("anabranch_primary_ack_waiting", &[]) == 1.0
            && system.primary.sql("SELECT SLEEP(0.3)") == "0"
    });
    assert_eq!((system.waiting(), system.seen()), (1, "1".to_owned()));
    system.thaw(0);
    waits.answer().expect("it is acknowledged");
}

#[test]
fn too_few_replicas_in_sync_refuse_writes_before_they_run() {
    let mut system = System::start("");
    system.set(&["min_in_sync = 2"]);
    let mut client = system.client();
    client.sql(INSERT);
    system.replicas[0].kill();
    wait_until("the replica's end to be noticed", || {
        system.status("Anabranch_replicas_in_sync") == "1"
    });
    let executed = system.primary.sql("SELECT @@gtid_executed");
    for sql in [
        INSERT,
        "UPDATE d.t SET v = 2",
        "DELETE FROM d.t",
        "CREATE TABLE d.u (n INT)",
        "TRUNCATE d.t",
    ] {
        let error = client.try_sql(sql).expect_err("refused");
        let text = format!("{error:?}");
        assert_eq!(error.code(), Some(1290), "{text}");
        assert!(text.contains("1 of 2 replicas are in sync; server 2 (127.0.0.1"), "{text}");
        assert!(text.contains("is not connected"), "{text}");
    }
    let prepared = client.prepare(INSERT);
    assert_eq!(client.execute(prepared).expect_err("refused").code(), Some(1290));
    assert_eq!(system.primary.sql("SELECT @@gtid_executed"), executed, "nothing was written");
    assert_eq!(client.sql("SELECT COUNT(*) FROM d.t").len(), 1, "reads go on");
    client.sql("SET sql_log_bin = 0");
    client.sql("CREATE TABLE d.own (n INT)");
    client.sql("SET sql_log_bin = 1");
    system.replicas[0].restart().expect("it starts again");
    system.wait_in_sync(2);
    client.sql(INSERT);
    let ids = system.primary.sql("SELECT MAX(id) FROM d.t");
    assert_eq!(ids, "2", "what was refused took no number");
}
