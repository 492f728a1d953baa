//! Five thousand connections opened and dropped, half of them in the middle of the handshake.

use std::net::SocketAddr;

use crate::marks::{app, shared_marked_cluster, try_app};
use crate::raw::{self, Raw};
use crate::support::{PASSWORD, Proxy, process, wait_until};

const CONNECTIONS: usize = 5000;
const THREADS: usize = 8;
const WARM_UP: usize = 400;
/// Descriptors that may be open for reasons of the moment: a check, a scrape.
const SPARE_FILES: usize = 16;
/// What an allocator may keep of memory that was in use at once.
const SPARE_KIB: u64 = 12 * 1024;
/// Sessions at the servers that other tests, which share the cluster, may have at the time.
const FEW_SESSIONS: usize = 100;

#[test]
fn five_thousand_connections_come_and_go_and_leave_nothing() {
    let cluster = shared_marked_cluster();
    let proxy = Proxy::start(cluster, "[proxy]\nhandshake_timeout_ms = 2000");
    let mut bystander = app(proxy.address());
    flood(proxy.address(), WARM_UP);
    wait_until("the warm-up to be over", || process::open_files(proxy.pid()) < WARM_UP / 4);
    let (files, memory) = (process::open_files(proxy.pid()), proxy.resident_kib());

    flood(proxy.address(), CONNECTIONS);

    assert_eq!(bystander.value("SELECT 1").expect("an old session goes on"), "1");
    assert_eq!(app(proxy.address()).value("SELECT 1").expect("a new session as well"), "1");
    wait_until("descriptors to be closed", || {
        process::open_files(proxy.pid()) <= files + SPARE_FILES
    });
    wait_until("memory to be given back", || proxy.resident_kib() <= memory + SPARE_KIB);
    wait_until("the servers' connections to be closed", || app_connections() < FEW_SESSIONS);
}

fn app_connections() -> usize {
    let sql = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'app'";
    let count = |n| shared_marked_cluster().sql(n, sql).parse::<usize>().expect("a count");
    (0..3).map(count).sum()
}

fn flood(address: SocketAddr, count: usize) {
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                let mut silent = Vec::new();
                for number in (thread..count).step_by(THREADS) {
                    come_and_go(address, number / THREADS, &mut silent);
                }
                for mut connection in silent {
                    connection.read_to_end().expect("the proxy hangs up on one that never speaks");
                }
            });
        }
    });
}

/// One of eight kinds: four sign in, four leave or go wrong before that.
fn come_and_go(address: SocketAddr, number: usize, silent: &mut Vec<Raw>) {
    match number % 8 {
        0 | 1 => drop(app(address)),
        2 => assert_eq!(app(address).value("SELECT 1").expect("an answer"), "1"),
        3 => {
            let mut session = app(address);
            session.command(raw::COM_QUERY, b"SELECT * FROM whoami").expect("sent, never read");
        }
        4 => drop(Raw::greeted(address).expect("a greeting")),
        5 => garbage_instead_of_login(address, number),
        6 => truncated_login(address),
        // of these there are fewer, because each waits for the time limit
        _ if number % 64 == 7 => silent.push(Raw::dial(address).expect("a connection")),
        _ => drop(Raw::dial(address).expect("a connection")),
    }
}

fn garbage_instead_of_login(address: SocketAddr, seed: usize) {
    let (mut connection, _) = Raw::greeted(address).expect("a greeting");
    let bytes: Vec<u8> = (0..200usize).map(|i| (i * 167 + seed * 31) as u8).collect();
    // the peer may hang up before all of it is written
    let _ = connection.write_bytes(&bytes);
}

fn truncated_login(address: SocketAddr) {
    let (mut connection, salt) = Raw::greeted(address).expect("a greeting");
    let login = raw::login("app", PASSWORD, "test", &salt);
    let half = &login[..login.len() / 2];
    let _ = connection.write_bytes(&[&[login.len() as u8, 0, 0, 1], half].concat());
}

#[test]
fn wrong_passwords_in_number_keep_nobody_else_out() {
    const ATTEMPTS: usize = 40;
    let proxy = Proxy::start(shared_marked_cluster(), "");
    let address = proxy.address();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                for _ in 0..ATTEMPTS / 4 {
                    let refused =
                        Raw::sign_in(address, "reader", "wrong", "test").err().expect("refused");
                    assert_eq!(refused.code(), Some(1045), "{refused:?}");
                }
            });
        }
        let mut session = try_app(address).expect("another account signs in meanwhile");
        assert_eq!(session.value("SELECT 1").expect("and works"), "1");
    });
}
