//! The configured limits, and what a client is told at each.

use std::time::{Duration, Instant};

use crate::marks::{app, shared_marked_cluster, try_app};
use crate::raw::{COM_QUERY, Raw, Trouble, refuse};
use crate::support::{Proxy, wait_until};

const TOO_MANY_CONNECTIONS: u16 = 1040;
const PACKET_TOO_LARGE: u16 = 1153;

#[test]
fn one_connection_too_many_gets_1040() {
    const LIMIT: usize = 5;
    let proxy = Proxy::start(shared_marked_cluster(), "[proxy]\nmax_connections = 5");
    let mut sessions: Vec<Raw> = (0..LIMIT).map(|_| app(proxy.address())).collect();
    for _ in 0..3 {
        let refused = Raw::greeted(proxy.address()).err().expect("no room");
        assert_eq!(refused.code(), Some(TOO_MANY_CONNECTIONS), "{refused:?}");
    }
    for session in &mut sessions {
        assert_eq!(session.value("SELECT 1").expect("those inside are not disturbed"), "1");
    }
    sessions.pop();
    let mut late = None;
    wait_until("room for one more", || {
        late = try_app(proxy.address()).ok();
        late.is_some()
    });
    assert_eq!(late.expect("it is in").value("SELECT 1").expect("and works"), "1");
}

#[test]
fn a_packet_over_the_limit_gets_1153() {
    let proxy = Proxy::start(shared_marked_cluster(), "[proxy]\nmax_allowed_packet = \"1MiB\"");
    let mut bystander = app(proxy.address());
    let mut session = app(proxy.address());
    let fits = format!("SELECT LENGTH('{}')", "x".repeat(900 * 1024));
    assert_eq!(session.value(&fits).expect("this fits"), (900 * 1024).to_string());
    let answer = send_large(&mut session, 1024 * 1024 + 10);
    assert_eq!(answer.and_then(|trouble| trouble.code()), Some(PACKET_TOO_LARGE));
    assert_eq!(bystander.value("SELECT 1").expect("another session goes on"), "1");
    assert_eq!(app(proxy.address()).value("SELECT 1").expect("a new one too"), "1");
}

#[test]
fn many_packets_that_make_one_are_one_to_the_limit() {
    // two full packets and more: 2^24 - 1 bytes each, continued
    const FULL: usize = 0xff_ffff;
    let proxy = Proxy::start(shared_marked_cluster(), "[proxy]\nmax_allowed_packet = \"20MiB\"");
    let mut session = app(proxy.address());
    let before = proxy.resident_kib();
    let header = [0xff, 0xff, 0xff];
    let mut first = vec![b'x'; FULL];
    first[0] = COM_QUERY;
    let sent = session
        .write_bytes(&[&header[..], &[0]].concat())
        .and_then(|()| session.write_bytes(&first))
        .and_then(|()| session.write_bytes(&[&header[..], &[1]].concat()))
        .and_then(|()| session.write_bytes(&vec![b'x'; FULL]))
        .and_then(|()| session.write_packet(2, b"x"));
    if sent.is_ok() {
        let answer = session.read_packet().ok().and_then(|(_, packet)| refuse(&packet).err());
        assert_eq!(answer.and_then(|trouble| trouble.code()), Some(PACKET_TOO_LARGE));
    }
    let growth = proxy.resident_kib().saturating_sub(before);
    assert!(growth < 64 * 1024, "held {growth} KiB of a packet that is too large");
    assert_eq!(app(proxy.address()).value("SELECT 1").expect("a new session works"), "1");
}

/// Sends a statement of `bytes` bytes; the error packet that answers it.
fn send_large(session: &mut Raw, bytes: usize) -> Option<Trouble> {
    let mut sql = b"SELECT '".to_vec();
    sql.resize(bytes, b'x');
    session.command(COM_QUERY, &sql).ok()?;
    let (_, packet) = session.read_packet().ok()?;
    refuse(&packet).err()
}

#[test]
fn one_that_never_speaks_is_hung_up_on() {
    let proxy = Proxy::start(shared_marked_cluster(), "[proxy]\nhandshake_timeout_ms = 1000");
    let started = Instant::now();
    let mut silent = Raw::dial(proxy.address()).expect("a connection");
    silent.read_to_end().expect("the proxy hangs up");
    let lasted = started.elapsed();
    assert!(lasted >= Duration::from_millis(800), "after only {lasted:?}");
    assert!(lasted < Duration::from_secs(15), "after {lasted:?}");
    // the limit is for the handshake alone
    let mut idle = app(proxy.address());
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(idle.value("SELECT 1").expect("an idle session stays"), "1");
}
