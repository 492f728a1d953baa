//! Checks what the levels of consistency promise: clients write and read through two proxies while replicas are
//! late, stop and die, and each read is held against what had been acknowledged.
//!
//! A few seconds for each kind of server; `ANABRANCH_CHECKED_READS=1000000` goes on for so many reads.
//! MySQL takes part where `ANABRANCH_TEST_MYSQLD` names a command that starts one: `COMMAND DATADIR PORT OPTIONS…`.

#[path = "../support/mod.rs"]
mod support;

mod clients;
mod clusters;
mod history;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use clients::{Plan, Report};
use clusters::{Bundled, Servers};
use history::Level;
use support::{Cluster, Family, Proxy, alone};

/// How long a short run takes.
const SHORT: Duration = Duration::from_secs(5);
/// Reads that it takes at least; a machine that is busy with other things needs longer for them.
const LEAST_READS: u64 = 100;
/// The bound of `bounded`.
const BOUND: Duration = Duration::from_millis(500);
/// The delay of one replica for a part of each run: well over the bound.
const DELAY_S: u32 = 1;

fn wanted_reads() -> Option<u64> {
    std::env::var("ANABRANCH_CHECKED_READS").ok()?.parse().ok()
}

/// Runs clients at their levels, with troubles beside them, and gives what they found.
fn run(servers: &dyn Servers, pretend: Option<Level>) -> Report {
    // One after the other: reads are counted for the one that runs.
    let _alone = alone();
    let proxies = [servers.proxy(), servers.proxy()];
    servers.sql(0, "CREATE DATABASE test_checker");
    servers.sql(0, "CREATE TABLE test_checker.registers (id INT PRIMARY KEY, v BIGINT NOT NULL)");
    let plan = Plan::new(proxies.each_ref().map(Proxy::address), BOUND, pretend);
    servers.sql(0, &plan.first_rows());
    servers.caught_up();
    let stop = Arc::new(AtomicBool::new(false));
    let clients = std::thread::spawn({
        let (plan, stop) = (plan, stop.clone());
        move || clients::run(&plan, &stop)
    });
    let begun = Instant::now();
    let mut round = 0;
    let wanted = wanted_reads().unwrap_or(LEAST_READS);
    while begun.elapsed() < SHORT || clients::reads() < wanted {
        trouble(servers, round);
        round += 1;
    }
    stop.store(true, Relaxed);
    let report = clients.join().expect("the clients");
    println!("{report}");
    let count = |labels: &[(&str, &str)]| {
        let pages = proxies.iter().map(Proxy::metrics);
        pages.map(|page| page.sum("anabranch_statements_total", labels)).sum::<f64>()
    };
    support::wait_until("reads to be counted as served by replicas", || {
        count(&[("class", "read"), ("target", "replica")]) > 0.0
    });
    println!("of which waited for: {}", count(&[("reason", "waited")]));
    report
}

/// One second or so of what goes wrong. The troubles are over when it returns.
fn trouble(servers: &dyn Servers, round: usize) {
    let pause = |ms| std::thread::sleep(Duration::from_millis(ms));
    match round % 4 {
        0 => pause(700),
        1 => {
            servers.delay(2, DELAY_S);
            pause(1200);
            servers.delay(2, 0);
        }
        2 => {
            servers.freeze(1);
            pause(300);
            servers.thaw(1);
            pause(300);
        }
        _ => {
            servers.kill(2);
            pause(200);
            servers.restart(2);
            pause(300);
        }
    }
}

fn holds(servers: &dyn Servers) {
    let report = run(servers, None);
    assert_eq!(report.violations(), 0, "{report}");
}

#[test]
fn mariadb_keeps_the_promises() {
    holds(&Cluster::start_of(Family::MariaDb));
}

#[test]
fn bundled_servers_keep_the_promises() {
    holds(&Bundled::start());
}

#[test]
fn mysql_keeps_the_promises() {
    match std::env::var_os("ANABRANCH_TEST_MYSQLD") {
        Some(_) => holds(&Cluster::start_of(Family::MySql)),
        None => println!("ANABRANCH_TEST_MYSQLD names no server: not run"),
    }
}

/// The checker can fail: clients that only get `eventual` see what the higher levels rule out.
#[test]
fn what_eventual_does_not_promise_is_found() {
    let report = run(&Cluster::start_of(Family::MariaDb), Some(Level::Eventual));
    let (own, fresh) = (report.of("own write"), report.of("global"));
    assert!(own > 0 && fresh > 0, "{report}");
}
