//! Packets that no client should write: an error or the end of that one connection, and nothing else.
//!
//! What a real server does with the same bytes is asserted beside the proxy, so that these expectations are
//! the server's and not ours.

use std::net::SocketAddr;
use std::time::Duration;

use crate::marks::{app, shared_marked_cluster};
use crate::raw::{self, Raw, Trouble, refuse};
use crate::support::{PASSWORD, Proxy};

const UNKNOWN_COMMAND: u16 = 1047;
const EMPTY_QUERY: u16 = 1065;
/// Within this time a connection must have answered or ended.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// What became of a connection after the bytes.
#[derive(Debug, PartialEq)]
enum Fate {
    Error(u16),
    Closed,
    /// Something that is not an error packet.
    Answered,
}

/// Runs `check` on the server itself and then on a proxy in front of it, with a session beside it that must
/// notice nothing.
fn on_server_and_proxy(check: impl Fn(&str, SocketAddr)) {
    let cluster = shared_marked_cluster();
    check("server", cluster.address(0));
    let proxy = Proxy::start(cluster, "");
    let mut bystander = app(proxy.address());
    bystander.query("SET @kept = 'kept'").expect("a user variable");
    check("proxy", proxy.address());
    assert_eq!(bystander.value("SELECT @kept").expect("the bystander goes on"), "kept");
}

#[test]
fn unknown_commands_get_1047_and_the_session_goes_on() {
    // never assigned, or for use inside a server only: SLEEP, CONNECT, TIME, DELAYED_INSERT, DAEMON
    const COMMANDS: [u8; 9] = [0x00, 0x0b, 0x0f, 0x10, 0x1d, 0x40, 0x7f, 0xa0, 0xef];
    on_server_and_proxy(|who, address| {
        let mut session = app(address);
        for command in COMMANDS {
            session.command(command, b"").expect("sent");
            let fate = fate(&mut session);
            assert_eq!(fate, Fate::Error(UNKNOWN_COMMAND), "{who}, command {command:#04x}");
            assert_eq!(session.value("SELECT 1").expect("the session goes on"), "1");
        }
    });
}

#[test]
fn empty_statements_are_what_the_server_makes_of_them() {
    let outcomes = |address| {
        let mut session = app(address);
        let of = |sql| session.query(sql).map_err(|trouble| trouble.code());
        let outcomes = ["", " ", ";", "-- nothing", "/* nothing */", "/* open"].map(of);
        assert_eq!(session.value("SELECT 1").expect("the session goes on"), "1");
        outcomes
    };
    let cluster = shared_marked_cluster();
    let servers = outcomes(cluster.address(0));
    assert_eq!(servers[0], Err(Some(EMPTY_QUERY)));
    let proxy = Proxy::start(cluster, "");
    assert_eq!(outcomes(proxy.address()), servers);
}

#[test]
fn broken_packets_end_in_an_error_or_in_the_end() {
    let cases: [(&str, &[u8]); 8] = [
        (
            "a command with sequence number 5",
            &[9, 0, 0, 5, 3, b'S', b'E', b'L', b'E', b'C', b'T', b' ', b'1'],
        ),
        ("a packet of no bytes", &[0, 0, 0, 0]),
        ("a packet cut short", &[100, 0, 0, 0, 3, b'S', b'E', b'L']),
        ("a header cut short", &[5, 0]),
        ("a full packet that never comes", &[0xff, 0xff, 0xff, 0, 3, b'S']),
        ("an execute without an id", &[1, 0, 0, 0, raw::COM_STMT_EXECUTE]),
        ("a change of user cut short", &[4, 0, 0, 0, raw::COM_CHANGE_USER, b'a', b'p', b'p']),
        ("a kill without an id", &[1, 0, 0, 0, raw::COM_PROCESS_KILL]),
    ];
    on_server_and_proxy(|who, address| {
        for (what, bytes) in cases {
            let mut session = app(address);
            session.write_bytes(bytes).expect("sent");
            // the peer may have hung up already
            let _ = session.end_writing();
            let fate = fate(&mut session);
            assert!(matches!(fate, Fate::Error(_) | Fate::Closed), "{who}, {what}: {fate:?}");
        }
    });
}

#[test]
fn commands_with_wrong_bodies_are_errors_and_the_session_goes_on() {
    let long_name = vec![b'x'; 100_000];
    let cases: [(&str, u8, &[u8]); 5] = [
        (
            "a statement that was never prepared",
            raw::COM_STMT_EXECUTE,
            &[77, 0, 0, 0, 0, 1, 0, 0, 0],
        ),
        ("a database with a very long name", raw::COM_INIT_DB, &long_name),
        ("a database that is not there", raw::COM_INIT_DB, b"test_no_such"),
        ("a kill of nobody", raw::COM_PROCESS_KILL, &[0xff, 0xff, 0xff, 0x7f]),
        ("a statement that is not SQL", raw::COM_QUERY, b"\xff\xfe\x00'"),
    ];
    on_server_and_proxy(|who, address| {
        let mut session = app(address);
        for (what, command, body) in cases {
            session.command(command, body).expect("sent");
            let fate = fate(&mut session);
            assert!(matches!(fate, Fate::Error(_)), "{who}, {what}: {fate:?}");
            assert_eq!(
                session.value("SELECT 1").expect("the session goes on"),
                "1",
                "{who}, {what}"
            );
        }
    });
}

#[test]
fn broken_logins_end_in_an_error_or_in_the_end() {
    on_server_and_proxy(|who, address| {
        let (_, salt) = Raw::greeted(address).expect("a greeting");
        let whole = raw::login("app", PASSWORD, "test", &salt);
        let cuts = (0..whole.len()).step_by(3).map(|end| whole[..end].to_vec());
        let oversized = std::iter::once(vec![0xff; 70_000]);
        for body in cuts.chain(oversized) {
            let (mut connection, _) = Raw::greeted(address).expect("a greeting");
            // a server may hang up while it is still being written to
            let _ = connection.write_packet(1, &body);
            let _ = connection.end_writing();
            let fate = fate(&mut connection);
            assert!(
                matches!(fate, Fate::Error(_) | Fate::Closed | Fate::Answered),
                "{who}: {fate:?}"
            );
            // wrong salt: whatever it said, nobody is signed in
            let mut rest = connection;
            let _ = rest.command(raw::COM_QUERY, b"SELECT 1");
            rest.read_to_end().expect("the connection ends");
        }
    });
}

#[test]
fn random_bytes_never_leave_a_connection_hanging() {
    const CONNECTIONS: u64 = 300;
    on_server_and_proxy(|who, address| {
        for seed in 0..CONNECTIONS {
            let mut session = app(address);
            session.set_read_limit(ANSWER_LIMIT).expect("a limit");
            let _ = session.write_bytes(&noise(seed));
            let _ = session.end_writing();
            session.read_to_end().unwrap_or_else(|error| panic!("{who}, seed {seed}: {error}"));
        }
    });
}

/// Packets with sound headers and random bodies, then bytes without a header.
fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    let mut bytes = Vec::new();
    for _ in 0..4 {
        let length = next() % 40;
        bytes.extend([length, 0, 0, 0]);
        bytes.extend((0..length).map(|_| harmless(next())));
    }
    bytes.extend((0..20).map(|_| next()));
    bytes
}

/// The real servers are hit as well: no SHUTDOWN (8), no DEBUG (13), no PROCESS_KILL (12) of somebody.
fn harmless(byte: u8) -> u8 {
    if matches!(byte, 8 | 12 | 13) { 0 } else { byte }
}

fn fate(connection: &mut Raw) -> Fate {
    connection.set_read_limit(ANSWER_LIMIT).expect("a limit");
    match connection.read_packet() {
        Ok((_, packet)) => match refuse(&packet) {
            Err(Trouble::Error { code, .. }) => Fate::Error(code),
            _ => Fate::Answered,
        },
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
            panic!("no answer within {ANSWER_LIMIT:?}")
        }
        Err(_) => Fate::Closed,
    }
}
