//! Readers that follow the log.

use super::*;
use crate::binlog::event::code;

/// The codes of the events up to the end of what is revealed.
fn follow(reader: &mut LogReader) -> Vec<(u32, u8)> {
    let mut codes = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        codes.push((event.start.file, event.raw.header.code));
    }
    codes
}

#[test]
fn a_reader_sees_what_is_revealed() {
    let (log, _) = open(&FaultyDisk::new(1));
    let start = log.position_for(&set("")).unwrap();
    let mut reader = log.read_from(start).unwrap();
    let head = [code::FORMAT, code::PREVIOUS_GTIDS];
    assert_eq!(follow(&mut reader), head.map(|code| (1, code)));

    let appended = append(&log, 1..=1).unwrap();
    assert!(follow(&mut reader).is_empty(), "not revealed yet");
    log.sync().unwrap();
    let mut changes = log.subscribe();
    log.reveal(appended.ends[0]);
    assert!(changes.has_changed().unwrap());
    assert_eq!(*changes.borrow_and_update(), appended.ends[0]);
    let transaction =
        [code::GTID, code::QUERY, code::ROWS_QUERY, code::TABLE_MAP, code::WRITE_ROWS, code::XID];
    assert_eq!(follow(&mut reader), transaction.map(|code| (1, code)));
    assert_eq!(reader.position(), log.current());

    commit(&log, 2..=2).unwrap();
    log.rotate().unwrap();
    commit(&log, 3..=3).unwrap();
    let mut expected: Vec<_> = transaction.map(|code| (1, code)).to_vec();
    expected.push((1, code::ROTATE));
    expected.extend(head.iter().chain(&transaction).map(|code| (2, *code)));
    assert_eq!(follow(&mut reader), expected);
}

#[test]
fn a_reader_begins_at_any_event() {
    let (log, _) = open(&FaultyDisk::new(1));
    let appended = commit(&log, 1..=3).unwrap();
    let mut reader = log.read_from(appended.ends[1]).unwrap();
    assert_eq!(follow(&mut reader).len(), 6);
    let inside = Position { file: 1, offset: appended.ends[1].offset + 1 };
    assert!(log.read_from(inside).unwrap().next_event().is_err());
    let unknown = Position { file: 9, offset: 4 };
    assert!(matches!(log.read_from(unknown), Err(LogError::UnknownFile(_))));
}

#[test]
fn somebody_who_has_some_begins_where_the_rest_is() {
    let (log, _) = open(&FaultyDisk::new(1));
    for number in 1..=3 {
        commit(&log, number..=number).unwrap();
        log.rotate().unwrap();
    }
    let file = |text: &str| log.position_for(&set(text)).unwrap().file;
    assert_eq!([file(""), file("1"), file("1-2"), file("1-3"), file("2-3")], [1, 2, 3, 4, 1]);
}

#[test]
fn a_large_event_is_read_whole() {
    let (log, _) = open(&FaultyDisk::new(1));
    let mut large = TransactionEvents::begin(1, &QueryContext::default(), "").unwrap();
    large.rows_query(&"x".repeat(5 << 20)).unwrap();
    large.commit(1).unwrap();
    let commit = Commit { events: &large, gtid: gtid(1), at: 1, original: None };
    let appended = log.append(&[commit]).unwrap();
    log.reveal(appended.ends[0]);
    super::commit(&log, 2..=2).unwrap();
    assert_eq!(replay(&log, &set("")).unwrap(), [1, 2]);
    let mut reader = log.read_from(log.position_for(&set("")).unwrap()).unwrap();
    assert_eq!(follow(&mut reader).len(), 2 + 4 + 6);
}
