//! What a follower gets, event by event: where it begins, what is not for it, and that the position which it
//! counts up for itself is always the log's.

use std::sync::Arc;

use super::*;
use crate::binlog::TransactionEvents;
use crate::binlog::event::{
    ColumnInfo, Format, HEADER_LEN, LoggedTable, QueryContext, RawEvent, RowChange, code, rotate,
};
use crate::binlog::log::{Commit, Log, LogOptions, file_name};
use crate::disk::FaultyDisk;
use crate::gtid::{Gtid, GtidSet, Uuid};
use crate::value::Value;
use crate::value::types::{ColumnType, IntegerSize};
use crate::wire::header::Header;
use crate::wire::replication::{BinlogDump, StreamPacket};

const UUID: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const ZERO: &str = "00000000-0000-0000-0000-000000000000";

fn gtid(source: &str, number: u64) -> Gtid {
    format!("{source}:{number}").parse().unwrap()
}

fn set(text: &str) -> GtidSet {
    text.parse().unwrap()
}

fn log() -> Arc<Log> {
    let (log, _) = Log::open(Arc::new(FaultyDisk::new(1)), LogOptions::default()).unwrap();
    Arc::new(log)
}

/// One transaction with rows in these schemas.
fn events(schemas: &[&str]) -> TransactionEvents {
    let ty = ColumnType::Integer {
        size: IntegerSize::Big,
        unsigned: true,
        width: None,
        zerofill: false,
    };
    let column = ColumnInfo { name: "n".to_owned(), ty, nullable: false, visible: true };
    let mut events = TransactionEvents::begin(1, &QueryContext::default(), "s").unwrap();
    for schema in schemas {
        let table =
            LoggedTable::new(1, schema, "t", std::slice::from_ref(&column), &[(0, 0)]).unwrap();
        events.rows(&table, [RowChange::Write(&[Value::UInt(1)])]).unwrap();
    }
    events.commit(1).unwrap();
    events
}

fn commit(log: &Log, transactions: &[(Gtid, &[&str])]) -> Position {
    let all: Vec<_> = transactions.iter().map(|(_, schemas)| events(schemas)).collect();
    let commits = transactions.iter().zip(&all).map(|((gtid, _), events)| Commit {
        events,
        gtid: gtid.clone(),
        at: 1,
        original: None,
    });
    let appended = log.append(&commits.collect::<Vec<_>>()).unwrap();
    log.sync().unwrap();
    let end = *appended.ends.last().unwrap();
    log.reveal(end);
    end
}

/// 1 and 3 are for all, between them one that is for nobody; 2 changes an account too.
fn some(log: &Log) -> Position {
    commit(log, &[(gtid(UUID, 1), &["s"]), (gtid(ZERO, 1), &["s"])]);
    commit(log, &[(gtid(UUID, 2), &["s", "mysql", "s"])]);
    commit(log, &[(gtid(ZERO, 2), &["s"]), (gtid(UUID, 3), &["s"])])
}

/// A follower as simple as MySQL's: it counts its position up by what it gets.
struct Follower {
    semi_sync: bool,
    checksum: bool,
    file: String,
    position: u64,
    codes: Vec<u8>,
    gtids: u64,
    acks: Vec<(String, u64)>,
}

impl Follower {
    fn new(options: &FollowerOptions) -> Self {
        let (semi_sync, checksum) = (options.semi_sync, options.checksum);
        let (codes, acks) = (Vec::new(), Vec::new());
        Self { semi_sync, checksum, file: String::new(), position: 0, codes, gtids: 0, acks }
    }

    fn hear(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while let Some(header) = Header::peek(&bytes[at..]) {
            let payload = &bytes[at + 4..at + header.packet_len()];
            at += header.packet_len();
            let StreamPacket::Event { needs_ack, event } =
                StreamPacket::parse(payload, self.semi_sync).unwrap()
            else {
                panic!("an event");
            };
            self.event(event);
            if needs_ack {
                self.acks.push((self.file.clone(), self.position));
            }
        }
    }

    fn event(&mut self, event: &[u8]) {
        let kind = event[4];
        let raw = RawEvent::read(event, self.checksum || kind == code::FORMAT).unwrap();
        self.codes.push(kind);
        let real =
            if self.checksum || kind == code::FORMAT { event.len() } else { event.len() + 4 };
        match kind {
            code::ROTATE => {
                let (file, position) = rotate(raw.body()).unwrap();
                self.file = String::from_utf8(file.to_vec()).unwrap();
                self.position = position;
            }
            code::HEARTBEAT => {
                assert!(u64::from(raw.header.end) >= self.position, "a heartbeat never goes back");
                self.position = u64::from(raw.header.end);
            }
            _ if raw.header.end == 0 => {}
            _ => self.position += real as u64,
        }
        if kind == code::GTID {
            self.gtids += 1;
        }
        if kind == code::FORMAT {
            let format = Format::parse(raw.body(), true).unwrap();
            assert_eq!(format.has_checksum, self.checksum);
        }
    }
}

fn all(log: &Arc<Log>, start: &Start, options: &FollowerOptions) -> Follower {
    let beginning = beginning(log, UUID.parse().unwrap(), start, options).unwrap();
    let mut sender = Sender::new(log, 1, beginning, options).unwrap();
    let mut follower = Follower::new(options);
    let mut out = Vec::new();
    while sender.fill(&mut out).unwrap() == Filled::More {}
    follower.hear(&out);
    follower
}

fn oldest() -> Start {
    Start::At(None, 0)
}

#[test]
fn positions_are_those_of_the_log_whatever_is_passed_over() {
    for (checksum, semi_sync, own) in
        [(true, false, false), (false, false, false), (true, true, false), (true, true, true)]
    {
        let options = FollowerOptions { checksum, semi_sync, own, ..FollowerOptions::default() };
        for start in
            [oldest(), Start::After(GtidSet::default()), Start::After(set(&format!("{UUID}:1")))]
        {
            let log = log();
            let end = some(&log);
            let follower = all(&log, &start, &options);
            let known = u64::from(start == Start::After(set(&format!("{UUID}:1"))));
            assert_eq!(follower.gtids, 3 - known, "{start:?}");
            assert_eq!((follower.file, follower.position), (file_name(end.file), end.offset));
            let rows =
                follower.codes.iter().filter(|code| **code == code::WRITE_ROWS).count() as u64;
            assert_eq!(rows, 4 - known + u64::from(own), "accounts are for our own");
            let ack = semi_sync.then(|| (file_name(end.file), end.offset));
            assert_eq!(follower.acks.last(), ack.as_ref(), "the end is asked for");
        }
    }
}

#[test]
fn an_end_that_is_for_nobody_is_asked_for_too() {
    let options = FollowerOptions { checksum: true, semi_sync: true, ..FollowerOptions::default() };
    for start in [oldest(), Start::After(GtidSet::default())] {
        let log = log();
        commit(&log, &[(gtid(UUID, 1), &["s"])]);
        let end = commit(&log, &[(gtid(UUID, 2), &["s"]), (gtid(ZERO, 1), &["s"])]);
        let follower = all(&log, &start, &options);
        assert_eq!(follower.acks, [(file_name(end.file), end.offset)]);
    }
}

#[test]
fn one_that_comes_with_everything_is_asked_to_say_so() {
    let options = FollowerOptions { checksum: true, semi_sync: true, ..FollowerOptions::default() };
    let log = log();
    let end = some(&log);
    let has_all = Start::After(set(&format!("{UUID}:1-3")));
    for start in [has_all, Start::At(Some(file_name(end.file)), end.offset)] {
        let follower = all(&log, &start, &options);
        assert_eq!((follower.gtids, follower.acks), (0, vec![(file_name(end.file), end.offset)]));
    }
}

#[test]
fn what_comes_later_follows_over_files() {
    let log = log();
    let options = FollowerOptions { checksum: true, semi_sync: true, ..FollowerOptions::default() };
    let from = some(&log);
    let start = Start::At(Some(file_name(from.file)), from.offset);
    let beginning = beginning(&log, UUID.parse().unwrap(), &start, &options).unwrap();
    let mut sender = Sender::new(&log, 1, beginning, &options).unwrap();
    let mut follower = Follower::new(&options);
    for number in 4..7 {
        let mut out = Vec::new();
        while sender.fill(&mut out).unwrap() == Filled::More {}
        follower.hear(&out);
        commit(&log, &[(gtid(UUID, number), &["s"])]);
        log.rotate().unwrap();
        log.reveal(log.current());
    }
    let mut out = Vec::new();
    while sender.fill(&mut out).unwrap() == Filled::More {}
    follower.hear(&out);
    let end = log.current();
    assert_eq!(follower.gtids, 3);
    assert_eq!((follower.file, follower.position), (file_name(end.file), end.offset));
    assert_eq!(follower.acks.last(), Some(&(file_name(end.file), end.offset)));
    assert_eq!(follower.codes[..2], [code::ROTATE, code::FORMAT]);
}

#[test]
fn places_that_are_not_there_are_refused_in_mysqls_words() {
    let log = log();
    let end = some(&log);
    let none = FollowerOptions::default();
    let own: Uuid = UUID.parse().unwrap();
    let refusal = |start: Start, options: &FollowerOptions| {
        let error = beginning(&log, own, &start, options).unwrap_err().to_client().unwrap();
        assert_eq!(error.code, 1236);
        error.message.to_string()
    };
    let file = || Some(file_name(end.file));
    assert!(
        refusal(Start::At(Some("binlog.000077".into()), 4), &none)
            .starts_with("Could not find first")
    );
    assert!(refusal(Start::At(Some("other".into()), 4), &none).starts_with("Could not find first"));
    assert!(refusal(Start::At(file(), 3), &none).ends_with("position < 4"));
    assert!(refusal(Start::At(file(), end.offset + 1), &none).ends_with("position > file size"));
    let ahead = Start::After(set(&format!("{UUID}:1-9")));
    assert!(refusal(ahead, &none).starts_with("Replica has more GTIDs"));
    let mariadb = FollowerOptions { mariadb: true, mariadb_gtid: true, ..none.clone() };
    assert!(refusal(oldest(), &mariadb).contains("MASTER_USE_GTID=no"));
    log.rotate().unwrap();
    log.keep_after(&log.executed()).unwrap();
    log.purge_to(&file_name(end.file + 1)).unwrap();
    let purged = refusal(Start::After(set(&format!("{UUID}:1"))), &none);
    assert!(purged.starts_with("Cannot replicate because the source purged required binary logs"));
    assert!(purged.contains(&format!("the missing transactions are '{UUID}:2-3'")), "{purged}");
    // others' transactions are nobody's business here
    let strangers =
        Start::After(set(&format!("{UUID}:1-3,11111111-1111-1111-1111-111111111111:1-5")));
    assert!(beginning(&log, own, &strangers, &none).is_ok());
}

#[test]
fn a_position_inside_an_event_is_an_error_and_no_panic() {
    let log = log();
    let end = some(&log);
    for offset in 5..end.offset {
        let start = Start::At(Some(file_name(end.file)), offset);
        let options = FollowerOptions { checksum: true, ..FollowerOptions::default() };
        let beginning = beginning(&log, UUID.parse().unwrap(), &start, &options).unwrap();
        let mut sender = Sender::new(&log, 1, beginning, &options).unwrap();
        let mut out = Vec::new();
        match sender.fill(&mut out) {
            Ok(_) => Follower::new(&options).hear(&out),
            Err(error) => assert_eq!(error.to_client().unwrap().code, 1236),
        }
        assert!(out.len() > HEADER_LEN);
    }
}

#[test]
fn a_program_without_an_id_does_not_wait() {
    let request = DumpRequest::from(BinlogDump { position: 4, ..BinlogDump::default() });
    assert!(request.non_blocking);
    assert_eq!(request.start, Start::At(None, 4));
}

#[test]
fn a_heartbeat_names_the_place() {
    let log = log();
    let end = some(&log);
    let options = FollowerOptions { checksum: true, ..FollowerOptions::default() };
    let beginning = beginning(&log, UUID.parse().unwrap(), &oldest(), &options).unwrap();
    let mut sender = Sender::new(&log, 1, beginning, &options).unwrap();
    let mut out = Vec::new();
    while sender.fill(&mut out).unwrap() == Filled::More {}
    sender.heartbeat(&mut out).unwrap();
    let mut follower = Follower::new(&options);
    follower.hear(&out);
    assert_eq!((follower.codes.last(), follower.position), (Some(&code::HEARTBEAT), end.offset));
}
