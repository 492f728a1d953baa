//! Checks what the levels of consistency promise: clients write and read through two proxies while replicas are
//! late, stop and die, and each read is held against what had been acknowledged.
//!
//! In one proxy sessions share server connections, fewer than there are sessions. A few seconds for each kind of server.
//! MySQL takes part where `ANABRANCH_TEST_MYSQLD` names a command that starts one: `COMMAND DATADIR PORT OPTIONS…`.
//!
//! The long form has more clients and goes on for so many reads, a few minutes for each kind:
//!
//! ```sh
//! cargo build --release
//! export ANABRANCH_TEST_PROGRAM=target/release/anabranch ANABRANCH_CHECKED_READS=1000000
//! cargo test --test consistency -- --nocapture --test-threads=1
//! ```

#[path = "../support/mod.rs"]
mod support;

mod clients;
mod clusters;
mod history;
mod plan;
mod proxies;
mod report;
mod troubles;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use clusters::{Bundled, Servers};
use history::{Level, Writer};
use plan::Plan;
use proxies::Proxies;
use report::Report;
use support::{Cluster, Family, alone, process};
use troubles::Troubles;

/// Reads that a run takes at least; a machine that is busy with other things needs longer for them.
const LEAST_READS: u64 = 100;
/// How long clients at `eventual` may look for violations.
const FOUND_WITHIN: Duration = Duration::from_secs(60);
/// How long replicas may take to serve the first reads.
const SERVED_WITHIN: Duration = Duration::from_secs(60);
/// The bound of `bounded`.
const BOUND: Duration = Duration::from_millis(500);

fn wanted_reads() -> Option<u64> {
    std::env::var("ANABRANCH_CHECKED_READS").ok()?.parse().ok()
}

/// Runs clients at their levels, with troubles beside them, and gives what they found until it is enough.
fn run(
    servers: &dyn Servers,
    pretend: Option<Level>,
    enough: impl Fn(&Plan, &Troubles) -> bool,
) -> Report {
    let long = wanted_reads().is_some();
    let proxies = Proxies::start(servers, long);
    let plan = Arc::new(Plan {
        entries: proxies.entries(),
        bound: BOUND,
        delay: troubles::DELAY,
        pretend,
        writers: (0..plan::clients(long)).map(|_| Writer::default()).collect(),
        reads: 0.into(),
        found: Default::default(),
        stop: false.into(),
    });
    servers.sql(0, "CREATE DATABASE test_checker");
    servers.sql(0, "CREATE TABLE test_checker.registers (id INT PRIMARY KEY, v BIGINT NOT NULL)");
    servers.sql(0, &plan.first_rows());
    servers.caught_up();
    let clients = std::thread::spawn({
        let plan = plan.clone();
        move || plan::run(&plan)
    });
    let begun = Instant::now();
    let mut troubles = Troubles::default();
    // On a machine that is too busy, sign-ins to replicas take too long; later sessions try again.
    let unserved = || proxies.by_replicas() == 0.0 && begun.elapsed() < SERVED_WITHIN;
    while !enough(&plan, &troubles) || unserved() {
        assert!(!clients.is_finished(), "clients end when they are told to");
        troubles.next(servers);
    }
    plan.stop.store(true, Relaxed);
    let report = clients.join().expect("the clients");
    println!("{} clients, {:?}: {report}", plan.writers.len(), begun.elapsed());
    println!("  troubles: {:?}", troubles.had);
    proxies.tell(report.checked());
    println!("  memory of the checker: {} KiB", process::peak_resident_kib(std::process::id()));
    servers.caught_up();
    report
}

fn holds(servers: &dyn Servers) {
    let wanted = wanted_reads().unwrap_or(LEAST_READS);
    let report = run(servers, None, |plan, troubles| troubles.complete() && plan.reads() >= wanted);
    assert_eq!(report.violations(), 0, "{report}");
    // A machine that is busy with other things may take its time.
    assert!(wanted_reads().is_none() || report.turned_away() == 0, "{report}");
}

/// The checker can fail: clients that only get `eventual` see what the higher levels rule out.
fn is_found(servers: &dyn Servers) {
    let end = Instant::now() + FOUND_WITHIN;
    let report =
        run(servers, Some(Level::Eventual), |plan, _| plan.all_found() || Instant::now() > end);
    for what in plan::KINDS {
        assert!(report.of(what) > 0, "{what}: {report}");
    }
}

/// A cluster of MySQL, if there is a server to make it of.
fn mysql() -> Option<Cluster> {
    let named = std::env::var_os("ANABRANCH_TEST_MYSQLD").is_some();
    named.then(|| Cluster::start_of(Family::MySql))
}

#[test]
fn mariadb_keeps_the_promises() {
    let _alone = alone();
    holds(&Cluster::start_of(Family::MariaDb));
}

#[test]
fn bundled_servers_keep_the_promises() {
    let _alone = alone();
    holds(&Bundled::start());
}

#[test]
fn mysql_keeps_the_promises() {
    let _alone = alone();
    match mysql() {
        Some(servers) => holds(&servers),
        None => println!("ANABRANCH_TEST_MYSQLD names no server: not run"),
    }
}

#[test]
fn what_eventual_does_not_promise_is_found() {
    let _alone = alone();
    is_found(&Cluster::start_of(Family::MariaDb));
}

/// The same on the other kinds, in the long form.
#[test]
fn what_eventual_does_not_promise_is_found_on_other_kinds() {
    let _alone = alone();
    if wanted_reads().is_none() {
        return println!("in the long form only: not run");
    }
    is_found(&Bundled::start());
    if let Some(servers) = mysql() {
        is_found(&servers);
    }
}
