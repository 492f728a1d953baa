//! Captured packets, and every value there and back.

use proptest::prelude::*;

use super::*;
use crate::gtid::GtidSet;
use crate::wire::header::{HEADER_LEN, Header, MAX_PAYLOAD};

#[test]
fn a_registration_reads_as_mysql_sends_it() {
    // MySQL 9.7, report_host=r2, report_port=3307
    let payload = b"\x15\x02\0\0\0\x02r2\0\0\xeb\x0c\0\0\0\0\0\0\0\0";
    let replica = RegisterReplica::parse(payload).unwrap();
    assert_eq!((replica.server_id, &*replica.host, replica.port), (2, "r2", 3307));
    let mut again = Vec::new();
    replica.put_payload(&mut again);
    assert_eq!(again, payload);
}

#[test]
fn requests_read_as_servers_send_them() {
    let dump = BinlogDump::parse(b"\x12\x04\0\0\0\x01\0\x09\0\0\0binlog.000001").unwrap();
    assert!(dump.flags.has(DumpFlags::NON_BLOCK));
    assert_eq!((dump.position, dump.server_id, &*dump.file), (4, 9, &b"binlog.000001"[..]));
    let empty = b"\x1e\x04\0\x02\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0";
    let gtid = BinlogDumpGtid::parse(empty).unwrap();
    assert_eq!((gtid.position, gtid.executed), (4, GtidSet::default()));
}

#[test]
fn a_set_that_ends_early_is_refused() {
    let short = b"\x1e\x04\0\x02\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\x08\0\0\0\x01\0\0\0\0\0\0\0";
    assert!(BinlogDumpGtid::parse(short).is_err());
}

#[test]
fn acknowledgements_read_as_servers_send_them() {
    let ack = Acknowledgement::parse(b"\xef\xc4\x01\0\0\0\0\0\0binlog.000002").unwrap();
    assert_eq!((ack.kind, ack.position, &*ack.file), (None, 452, "binlog.000002"));
    let report = Acknowledgement::parse(b"\xee\x01\x05\0\0\0\0\0\0\0f").unwrap();
    assert_eq!((report.kind, report.position), (Some(ReportKind::Applied), 5));
    assert!(Acknowledgement::parse(b"\xee\x02\x05\0\0\0\0\0\0\0f").is_err());
    assert!(Acknowledgement::parse(b"\xef\x05").is_err());
}

#[test]
fn the_packet_after_one_that_needs_an_answer_has_number_one() {
    let (mut out, mut sequence) = (Vec::new(), 77);
    put_event(&mut out, &mut sequence, Some(false), b"abc");
    assert_eq!((sequence, &out[..7]), (78, &[6, 0, 0, 77, 0, 0xef, 0][..]));
    put_event(&mut out, &mut sequence, Some(true), b"abc");
    assert_eq!(sequence, 1);
}

#[test]
fn an_event_longer_than_a_packet_goes_on_in_the_next() {
    for (len, packets) in [(MAX_PAYLOAD - 2, 1u8), (MAX_PAYLOAD - 1, 2), (MAX_PAYLOAD, 2)] {
        let event = vec![9; len];
        let (mut out, mut sequence) = (Vec::new(), 255);
        put_event(&mut out, &mut sequence, None, &event);
        assert_eq!(sequence, 255u8.wrapping_add(packets));
        assert!(out.len() <= len + packet_overhead(len));
        let (mut whole, mut at) = (Vec::new(), 0);
        while let Some(header) = Header::peek(&out[at..]) {
            whole.extend_from_slice(&out[at + HEADER_LEN..at + header.packet_len()]);
            at += header.packet_len();
        }
        let packet = StreamPacket::parse(&whole, false).unwrap();
        assert_eq!(packet, StreamPacket::Event { needs_ack: false, event: &event });
    }
}

#[test]
fn the_end_and_errors_are_told_from_events() {
    assert_eq!(StreamPacket::parse(&[0xfe, 0, 0, 2, 0], true), Ok(StreamPacket::End));
    let error = StreamPacket::parse(b"\xff\xd4\x04#HY000gone", true).unwrap();
    assert!(matches!(error, StreamPacket::Error(error) if error.code == 1236));
    assert!(StreamPacket::parse(&[0, 1, 2, 3], true).is_err());
}

fn gtids() -> impl Strategy<Value = GtidSet> {
    let part = (any::<[u8; 16]>(), 1u64..1000, 0u64..50);
    proptest::collection::vec(part, 0..5).prop_map(|parts| {
        let mut set = GtidSet::default();
        for (uuid, start, more) in parts {
            let source =
                crate::gtid::Source { uuid: crate::gtid::Uuid(uuid), tag: Default::default() };
            if let Some(part) = crate::gtid::Interval::new(start, start + more) {
                set.insert_interval(source, part);
            }
        }
        set
    })
}

proptest! {
    #[test]
    fn registrations_survive(server_id: u32, host in "[a-z0-9.]{0,60}", user in "[a-z]{0,30}", port: u16) {
        let replica = RegisterReplica { server_id, host, user, port, ..Default::default() };
        let mut payload = Vec::new();
        replica.put_payload(&mut payload);
        prop_assert_eq!(RegisterReplica::parse(&payload), Ok(replica));
    }

    #[test]
    fn requests_survive(
        position: u32, flags: u16, server_id: u32, executed in gtids(),
        file in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let flags = DumpFlags(flags);
        let dump = BinlogDump { position, flags, server_id, file: file.clone() };
        let mut payload = Vec::new();
        dump.put_payload(&mut payload);
        prop_assert_eq!(BinlogDump::parse(&payload), Ok(dump));
        let position = u64::from(position);
        let dump = BinlogDumpGtid { flags, server_id, file, position, executed };
        payload.clear();
        dump.put_payload(&mut payload);
        prop_assert_eq!(BinlogDumpGtid::parse(&payload), Ok(dump));
    }

    #[test]
    fn acknowledgements_survive(position: u64, applied: bool, file in "[a-z.0-9]{0,40}") {
        let kind = applied.then_some(ReportKind::Applied);
        let ack = Acknowledgement { kind, file, position };
        let mut payload = Vec::new();
        ack.put_payload(&mut payload);
        prop_assert_eq!(Acknowledgement::parse(&payload), Ok(ack));
    }

    #[test]
    fn any_bytes_are_understood_or_refused(payload in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = RegisterReplica::parse(&payload);
        let _ = BinlogDump::parse(&payload);
        let _ = BinlogDumpGtid::parse(&payload);
        let _ = Acknowledgement::parse(&payload);
        let _ = StreamPacket::parse(&payload, true);
    }
}
