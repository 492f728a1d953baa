//! OK packets: captured ones, round trips with and without session state, noise.

use super::*;
use proptest::prelude::*;

const TRACK: CapabilityFlags = CapabilityFlags::CLIENT_SESSION_TRACK;
const NONE: CapabilityFlags = CapabilityFlags::empty();

/// `SET autocommit=0` with session tracking, from the manual's page on OK packets.
const SET_AUTOCOMMIT: &[u8] = b"\x00\x00\x00\x00\x40\x00\x00\x00\x11\x00\x0f\x0aautocommit\x03OFF";
/// `USE test`: schema and state change.
const USE: &[u8] = b"\x00\x00\x00\x02\x40\x00\x00\x00\x0a\x01\x05\x04test\x02\x011";

fn rebuilt(ok: &OkPacket<'_>, capabilities: CapabilityFlags, keep: bool) -> Vec<u8> {
    let mut out = Vec::new();
    ok.put_payload(&mut out, capabilities, |_| keep);
    out
}

#[test]
fn reads_changed_variables_and_schema() {
    let ok = OkPacket::parse(SET_AUTOCOMMIT, TRACK).unwrap();
    let variable = SessionChange::SystemVariable { name: b"autocommit", value: b"OFF" };
    assert_eq!(ok.changes().collect::<Vec<_>>(), [Ok(variable)]);
    assert_eq!(rebuilt(&ok, TRACK, true), SET_AUTOCOMMIT);
    assert_eq!(rebuilt(&ok, NONE, true), b"\x00\x00\x00\x00\x00\x00\x00");
    assert_eq!(rebuilt(&ok, TRACK, false), b"\x00\x00\x00\x00\x00\x00\x00");

    let ok = OkPacket::parse(USE, TRACK).unwrap();
    let changes = [SessionChange::Schema(b"test"), SessionChange::StateChanged(true)];
    assert!(ok.changes().map(Result::unwrap).eq(changes));
    assert_eq!(rebuilt(&ok, TRACK, true), USE);
}

#[test]
fn warnings_are_added_in_place() {
    let mut ok = SET_AUTOCOMMIT.to_vec();
    add_warnings(&mut ok, 3);
    assert_eq!(OkPacket::parse(&ok, TRACK).unwrap().warnings, 3);
    add_warnings(&mut ok, u16::MAX);
    assert_eq!(OkPacket::parse(&ok, TRACK).unwrap().warnings, u16::MAX);
    let mut eof = vec![0xfe, 1, 0, 2, 0];
    add_warnings(&mut eof, 1);
    assert_eq!(eof, [0xfe, 2, 0, 2, 0]);
    let mut end = vec![0xfe, 0, 0, 2, 0, 0, 0];
    add_warnings(&mut end, 2);
    assert_eq!(end, [0xfe, 0, 0, 2, 0, 2, 0]);
    for other in [&b"\xff\x01"[..], b"", b"\xfe", b"\x00\xfc"] {
        let mut bytes = other.to_vec();
        add_warnings(&mut bytes, 1);
        assert_eq!(bytes, other);
    }
}

#[test]
fn reads_gtids_and_transaction_state() {
    let gtid = b"3e11fa47-71ca-11e1-9e33-c80aa9429562:23";
    let mut state = Vec::new();
    SessionChange::Gtids(gtid).put(&mut state);
    SessionChange::Characteristics(b"START TRANSACTION READ ONLY;").put(&mut state);
    SessionChange::TransactionState(b"T_______").put(&mut state);
    assert_eq!(state[..4], [3, gtid.len() as u8 + 2, 0, gtid.len() as u8]);
    let found: Vec<_> = SessionChanges::new(&state).map(Result::unwrap).collect();
    assert_eq!(found[0], SessionChange::Gtids(gtid));
    assert_eq!(found[1], SessionChange::Characteristics(b"START TRANSACTION READ ONLY;"));
    assert_eq!(found[2], SessionChange::TransactionState(b"T_______"));
}

#[test]
fn several_variables_in_one_entry() {
    let block = b"\x00\x08\x01a\x011\x01b\x012";
    let names: Vec<_> = SessionChanges::new(block)
        .map(|change| match change {
            Ok(SessionChange::SystemVariable { name, .. }) => name,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, [b"a", b"b"]);
}

#[test]
fn info_with_and_without_its_length() {
    let text = b"Rows matched: 1  Changed: 1  Warnings: 0";
    let plain = [&b"\x00\x01\x00\x02\x00\x00\x00"[..], text].concat();
    let with_length = [&b"\x00\x01\x00\x02\x00\x00\x00\x28"[..], text].concat();
    for (payload, capabilities) in [(&plain, NONE), (&with_length, NONE), (&with_length, TRACK)] {
        let ok = OkPacket::parse(payload, capabilities).unwrap();
        assert_eq!((ok.info, ok.affected_rows), (&text[..], 1));
        assert_eq!(rebuilt(&ok, capabilities, true), with_length);
    }
}

/// What servers said with every tracker on: MariaDB 10.11 and MySQL 9.7.
const CAPTURED: &[(&[u8], &[SessionChange<'static>])] = &[
    (
        b"\x00\x00\x00\x00@\x00\x00\x00\x0b\x01\x06\x05mysql\x02\x011",
        &[SessionChange::Schema(b"mysql"), SessionChange::StateChanged(true)],
    ),
    (
        b"\x00\x01\x00\x00@\x00\x00\x00\x12\x00\x10\x09last_gtid\x050-1-1",
        &[SessionChange::SystemVariable { name: b"last_gtid", value: b"0-1-1" }],
    ),
    (
        b"\x00\x01\x00\x00@\x00\x00\x00+\x03)\x00'1c745f42-e5ef-11f1-bc9e-02fc00000001:11",
        &[SessionChange::Gtids(b"1c745f42-e5ef-11f1-bc9e-02fc00000001:11")],
    ),
    (
        b"\x00\x00\x00\x01`\x00\x00\x00*\x05\x09\x08T_______\x04\x1d\x1cSTART TRANSACTION READ ONLY;",
        &[
            SessionChange::TransactionState(b"T_______"),
            SessionChange::Characteristics(b"START TRANSACTION READ ONLY;"),
        ],
    ),
    (
        b"\x00\x00\x00\x00\xc0\x00\x00\x00-\x00\x11\x09time_zone\x06+01:00\x00\x15\x08sql_mode\x0bANSI_QUOTES\x02\x011",
        &[
            SessionChange::SystemVariable { name: b"time_zone", value: b"+01:00" },
            SessionChange::SystemVariable { name: b"sql_mode", value: b"ANSI_QUOTES" },
            SessionChange::StateChanged(true),
        ],
    ),
    (
        b"\x00\x01\x00!\xc0\x00\x00(Rows matched: 1  Changed: 1  Warnings: 0\x0b\x05\x09\x08I___W___",
        &[SessionChange::TransactionState(b"I___W___")],
    ),
    (
        b"\x00\x00\x00\x00@\x00\x00\x00\x0e\x05\x09\x08________\x04\x01\x00",
        &[SessionChange::TransactionState(b"________"), SessionChange::Characteristics(b"")],
    ),
];

#[test]
fn reads_what_servers_said_and_says_it_again() {
    for (payload, changes) in CAPTURED {
        let ok = OkPacket::parse(payload, TRACK).unwrap();
        assert_eq!(ok.changes().map(Result::unwrap).collect::<Vec<_>>(), *changes);
        assert_eq!(rebuilt(&ok, TRACK, true), *payload);
    }
}

#[test]
fn malformed_state_ends_the_list() {
    let mut changes = SessionChanges::new(b"\x01\x05\x04tes");
    assert!(changes.next().unwrap().is_err());
    assert!(changes.next().is_none());
}

#[test]
fn eof_is_told_from_a_row() {
    let eof = EofPacket { warnings: 1, status: StatusFlags::SERVER_STATUS_AUTOCOMMIT };
    let mut out = Vec::new();
    eof.put_payload(&mut out);
    assert_eq!(out, b"\xfe\x01\x00\x02\x00");
    assert!(EofPacket::is(&out) && EofPacket::parse(&out) == Ok(eof));
    assert!(!EofPacket::is(b"\xfe\0\0\0\x01\0\0\0\0row"));
}

#[test]
fn a_plain_ok_is_one() {
    let mut out = Vec::new();
    put_plain_ok(&mut out, StatusFlags::SERVER_STATUS_AUTOCOMMIT);
    let ok = OkPacket::parse(&out, TRACK).unwrap();
    assert_eq!((ok.status, ok.info), (StatusFlags::SERVER_STATUS_AUTOCOMMIT, &b""[..]));
}

proptest! {
    #[test]
    fn every_ok_survives(
        affected_rows: u64, last_insert_id: u64, bits: u16, warnings: u16, ends_rows: bool,
        info in proptest::collection::vec(any::<u8>(), 0..300), schema in proptest::option::of("[a-z]{0,40}"),
        value in "\\PC{0,300}",
    ) {
        let mut state = Vec::new();
        if let Some(schema) = &schema {
            SessionChange::Schema(schema.as_bytes()).put(&mut state);
            SessionChange::SystemVariable { name: b"sql_mode", value: value.as_bytes() }.put(&mut state);
            SessionChange::Unknown { kind: 9, data: b"later" }.put(&mut state);
        }
        let mut status = StatusFlags::from_bits_retain(bits);
        status.set(StatusFlags::SERVER_SESSION_STATE_CHANGED, schema.is_some());
        let ok = OkPacket {
            header: if ends_rows { 0xfe } else { 0 },
            affected_rows, last_insert_id, status, warnings, info: &info, session_state: &state,
        };
        let out = rebuilt(&ok, TRACK, true);
        prop_assert_eq!(OkPacket::parse(&out, TRACK), Ok(ok));
        for end in 0..out.len() {
            if let Ok(cut) = OkPacket::parse(&out[..end], TRACK) {
                cut.changes().for_each(drop);
            }
        }
    }

    #[test]
    fn noise_never_panics(bits: u32, bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        for capabilities in [TRACK, CapabilityFlags::from_bits_retain(bits)] {
            for payload in [bytes.clone(), [&[0u8][..], &bytes].concat()] {
                if let Ok(ok) = OkPacket::parse(&payload, capabilities) {
                    ok.changes().for_each(drop);
                    rebuilt(&ok, capabilities, true);
                }
            }
        }
        SessionChanges::new(&bytes).for_each(drop);
        let _ = EofPacket::parse(&bytes);
    }
}
