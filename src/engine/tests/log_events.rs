//! SHOW BINLOG EVENTS: which events are given, and what is refused.

use super::fixture::{fill, open, prepare};
use crate::disk::FaultyDisk;
use crate::engine::{Engine, EventRange, LoggedEvent};
use crate::value::SqlError;

const ALL: EventRange<'static> = EventRange { file: None, from: None, offset: 0, count: u64::MAX };

fn events(engine: &Engine, range: &EventRange<'_>) -> Result<Vec<LoggedEvent>, SqlError> {
    let mut found = Vec::new();
    engine.log_events(range, &mut |event| {
        found.push(event);
        Ok(())
    })?;
    Ok(found)
}

#[test]
fn events_follow_one_another() {
    let engine = open(&FaultyDisk::new(1));
    prepare(&engine, &["schema", "numbers test"]);
    fill(&engine, "test", &[&[1, 1], &[2, 2]]);
    let all = events(&engine, &ALL).unwrap();
    let kinds: Vec<&str> = all.iter().map(|event| event.kind).collect();
    let head = ["Format_desc", "Previous_gtids", "Gtid", "Query", "Gtid", "Query", "Gtid"];
    let rest = ["Query", "Table_map", "Write_rows", "Xid"];
    assert_eq!(kinds, [&head[..], &rest[..]].concat());
    for pair in all.windows(2) {
        assert_eq!(pair[0].end, pair[1].start);
    }
    assert_eq!(all[3].info, "use `test`; schema".trim_start_matches("use `test`; "));
    // The file's end is not the log's: nothing of the next file is given.
    engine.rotate_log().unwrap();
    fill(&engine, "test", &[&[3, 3]]);
    let first = events(&engine, &ALL).unwrap();
    assert_eq!(first.len(), all.len() + 1);
    assert_eq!(first.last().unwrap().kind, "Rotate");
}

#[test]
fn ranges_are_kept_to() {
    let engine = open(&FaultyDisk::new(1));
    prepare(&engine, &["schema", "numbers test"]);
    let all = events(&engine, &ALL).unwrap();
    let some = events(&engine, &EventRange { offset: 1, count: 2, ..ALL }).unwrap();
    assert_eq!(some, all[1..3]);
    let from = EventRange { file: Some("binlog.000001"), from: Some(all[2].start), ..ALL };
    assert_eq!(events(&engine, &from).unwrap(), all[2..]);
}

#[test]
fn what_is_not_there_is_refused() {
    let engine = open(&FaultyDisk::new(1));
    prepare(&engine, &["schema"]);
    for range in [
        EventRange { file: Some("binlog.000009"), ..ALL },
        EventRange { file: Some("elsewhere"), ..ALL },
        EventRange { from: Some(1 << 40), ..ALL },
        EventRange { from: Some(5), ..ALL },
    ] {
        assert_eq!(events(&engine, &range).unwrap_err().code, 1220, "{range:?}");
    }
}
