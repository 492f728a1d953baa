//! Clients that do not behave: one that stops reading, one that vanishes, ones that write a byte at a time.

use std::time::{Duration, Instant};

use crate::load::Load;
use crate::marks::{app, running_anywhere, shared_marked_cluster};
use crate::raw::{COM_QUERY, Raw};
use crate::support::{Proxy, process, wait_until, wait_until_within};

/// A result far larger than all socket buffers between server and client.
const HUGE_ROWS: usize = 300;
const HUGE_ROW_BYTES: usize = 1_000_000;
const HUGE: &str = "SELECT REPEAT('x', 1000000) FROM seq_1_to_300";
/// What the proxy may grow by while clients do not read: its buffers, not their results.
const STALLED_GROWTH_KIB: u64 = 8 * 1024;
/// A server looks every 5 s whether the client of a SLEEP is still there (it peeks at the socket: unread bytes such
/// as a COM_QUIT make it believe so). The proxy itself is at once.
const VANISH_LIMIT: Duration = Duration::from_secs(15);

#[test]
fn clients_that_stop_reading_cost_bounded_memory_and_disturb_nobody() {
    let proxy = Proxy::start(shared_marked_cluster(), "");
    let load = Load::start(proxy.address(), 2);
    load.wait_progress_of_all(100);
    let before = proxy.resident_kib();
    let mut stalled: Vec<Raw> = (0..4).map(|_| app(proxy.address())).collect();
    for session in &mut stalled {
        session.command(COM_QUERY, HUGE.as_bytes()).expect("the command is sent");
    }
    wait_until("the servers to be held up", || waiting_to_send() == stalled.len());
    load.wait_progress_of_all(500);
    let growth = proxy.resident_kib().saturating_sub(before);
    assert!(growth < STALLED_GROWTH_KIB, "grew by {growth} KiB");
    load.wait_progress_of_all(100);
    load.finish();
    // one reads on after all and gets everything; the others vanish and leave nothing behind
    let mut reader = stalled.pop().expect("four of them");
    drop(stalled);
    assert_eq!(read_huge(&mut reader), HUGE_ROWS);
    let growth = proxy.resident_kib().saturating_sub(before);
    assert!(growth < STALLED_GROWTH_KIB, "grew by {growth} KiB after the result was read");
    assert_eq!(reader.value("SELECT 1").expect("the session goes on"), "1");
    wait_until("the servers to be rid of the others", || {
        running_anywhere(shared_marked_cluster(), "REPEAT") == 0
    });
}

/// Server threads that wait until somebody takes their result.
fn waiting_to_send() -> usize {
    let sql = "SELECT COUNT(*) FROM information_schema.processlist
               WHERE state = 'Writing to net' AND info LIKE '%REPEAT%' AND user = 'app'";
    (0..3).map(|n| shared_marked_cluster().sql(n, sql).parse::<usize>().expect("a count")).sum()
}

fn read_huge(session: &mut Raw) -> usize {
    let mut rows = 0;
    loop {
        let (_, packet) = session.read_packet().expect("the result goes on");
        if packet.len() >= HUGE_ROW_BYTES {
            rows += 1;
        } else if packet.first() == Some(&0xfe) && rows > 0 {
            return rows;
        }
    }
}

#[test]
fn a_client_that_vanishes_in_a_long_statement_frees_its_backend() {
    let cluster = shared_marked_cluster();
    let proxy = Proxy::start(cluster, "");
    for sql in ["SELECT SLEEP(301)", "SELECT server, SLEEP(301) FROM whoami"] {
        let mut session = app(proxy.address());
        session.command(COM_QUERY, sql.as_bytes()).expect("the command is sent");
        wait_until("the statement to run", || running_anywhere(cluster, "SLEEP(301)") == 1);
        drop(session);
        wait_until_within(VANISH_LIMIT, "the statement to be gone", || {
            running_anywhere(cluster, "SLEEP(301)") == 0
        });
    }
}

#[test]
fn a_client_that_vanishes_in_a_transaction_lets_its_locks_go() {
    let cluster = shared_marked_cluster();
    let proxy = Proxy::start(cluster, "");
    let mut holder = app(proxy.address());
    holder.query("INSERT INTO notes VALUES (1000001, 'locked')").expect("a row");
    holder.query("BEGIN").expect("a transaction");
    holder.query("UPDATE notes SET note = 'lost' WHERE id = 1000001").expect("a lock");
    drop(holder);
    let mut next = app(proxy.address());
    next.query("SET innodb_lock_wait_timeout = 20").expect("a session variable");
    let deleted = next.query("DELETE FROM notes WHERE id = 1000001 AND note = 'locked'");
    deleted.expect("the lock is free, the change rolled back");
}

#[test]
fn a_login_that_drips_byte_by_byte_meets_the_time_limit() {
    let proxy = Proxy::start(shared_marked_cluster(), "[proxy]\nhandshake_timeout_ms = 1500");
    let (mut slow, _) = Raw::greeted(proxy.address()).expect("a greeting");
    let started = Instant::now();
    // a packet of 255 bytes would take 25 s at this pace; each byte alone is in time
    let mut sent = slow.write_bytes(&[0xff, 0, 0, 1]);
    wait_until("the proxy to hang up", || {
        std::thread::sleep(Duration::from_millis(90));
        sent = slow.write_bytes(&[1]);
        sent.is_err()
    });
    let lasted = started.elapsed();
    assert!(lasted >= Duration::from_millis(1000), "was given only {lasted:?}");
    assert!(lasted < Duration::from_secs(15), "was given {lasted:?}");
}

#[test]
fn half_sent_commands_cost_little_memory() {
    const SLOW_CLIENTS: usize = 300;
    const KIB_EACH: u64 = 48;
    let proxy = Proxy::start(shared_marked_cluster(), "");
    let load = Load::start(proxy.address(), 2);
    load.wait_progress_of_all(100);
    let before = proxy.resident_kib();
    let mut slow: Vec<Raw> = (0..SLOW_CLIENTS).map(|_| app(proxy.address())).collect();
    for client in &mut slow {
        // says that 16 MB - 2 bytes follow, and sends three of them
        client.write_bytes(&[0xfe, 0xff, 0xff, 0, COM_QUERY, b'S', b'E']).expect("a few bytes");
    }
    load.wait_progress_of_all(500);
    let growth = proxy.resident_kib().saturating_sub(before);
    assert!(growth < KIB_EACH * SLOW_CLIENTS as u64, "{growth} KiB for {SLOW_CLIENTS} clients");
    let files = process::open_files(proxy.pid());
    drop(slow);
    wait_until("their sockets to be closed", || {
        process::open_files(proxy.pid()) + SLOW_CLIENTS <= files
    });
    load.finish();
}
