//! SIGTERM: running statements end within the configured time, nobody new is let in, the exit code is 0.

use std::time::{Duration, Instant};

use crate::marks::{app, running_anywhere, shared_marked_cluster, try_app};
use crate::support::{Proxy, process, wait_until, wait_until_within};

#[test]
fn a_running_statement_finishes_and_the_exit_code_is_0() {
    let cluster = shared_marked_cluster();
    let proxy = Proxy::start(cluster, "[proxy]\nshutdown_grace_ms = 30000");
    let address = proxy.address();
    let idle = app(address);
    let mut session = app(address);
    let statement = std::thread::spawn(move || session.value("SELECT SLEEP(2.71)"));
    wait_until("the statement to run", || running_anywhere(cluster, "SLEEP(2.71)") == 1);
    process::signal(proxy.pid(), "TERM");
    wait_until("new connections to be refused", || try_app(address).is_err());
    let value = statement.join().expect("the client does not panic");
    assert_eq!(value.expect("the statement ends in peace"), "0");
    wait_until("the proxy to end although somebody is idle", || ended(proxy.pid()));
    assert_eq!(proxy.stop().code(), Some(0));
    drop(idle);
}

#[test]
fn a_statement_that_takes_too_long_is_cut_off() {
    let cluster = shared_marked_cluster();
    let proxy = Proxy::start(cluster, "[proxy]\nshutdown_grace_ms = 1000");
    let mut session = app(proxy.address());
    let statement = std::thread::spawn(move || session.value("SELECT SLEEP(302)"));
    wait_until("the statement to run", || running_anywhere(cluster, "SLEEP(302)") == 1);
    let started = Instant::now();
    process::signal(proxy.pid(), "TERM");
    wait_until_within(Duration::from_secs(15), "the proxy to end", || ended(proxy.pid()));
    assert!(started.elapsed() >= Duration::from_millis(900), "the grace time was given");
    assert_eq!(proxy.stop().code(), Some(0));
    statement.join().expect("the client does not panic").expect_err("the statement was cut off");
    wait_until("the server to be rid of it", || running_anywhere(cluster, "SLEEP(302)") == 0);
}

#[test]
fn without_clients_it_ends_at_once() {
    let proxy = Proxy::start(shared_marked_cluster(), "[proxy]\nshutdown_grace_ms = 60000");
    drop(app(proxy.address()));
    process::signal(proxy.pid(), "TERM");
    wait_until_within(Duration::from_secs(10), "the proxy to end", || ended(proxy.pid()));
    assert_eq!(proxy.stop().code(), Some(0));
}

/// Ended, though nobody has asked for its exit code yet.
fn ended(pid: process::Pid) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z "))
}
