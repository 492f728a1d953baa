//! What we write, mysql_common reads as well.

use mysql_common::binlog::consts::BinlogVersion;
use mysql_common::binlog::events::{EventData, RowsEventData};
use mysql_common::binlog::{EventStreamReader, value::BinlogValue};

use crate::binlog::TransactionEvents;
use crate::binlog::event::*;
use crate::gtid::GtidSet;
use crate::value::Value;
use crate::value::types::{CollationId, ColumnType, IntegerSize};

const ORIGIN: Origin = Origin { timestamp: 1_700_000_000, server_id: 7 };
const SET: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7";

fn context() -> QueryContext {
    let vars = StatusVars {
        flags2: Some(0),
        sql_mode: Some(1_168_113_696),
        auto_increment: Some((2, 1)),
        charset: Some([45, 45, 45]),
        time_zone: Some("+02:00".to_owned()),
        microseconds: Some(123_456),
        explicit_defaults: Some(true),
        ddl_xid: Some(99),
        default_collation: Some(45),
    };
    QueryContext { thread_id: 5, timestamp: ORIGIN.timestamp, vars }
}

fn table() -> LoggedTable {
    let int = ColumnType::Integer {
        size: IntegerSize::Int,
        unsigned: true,
        width: None,
        zerofill: false,
    };
    let text = ColumnType::Char { varying: true, length: 8000, collation: CollationId(45) };
    let column = |name: &str, ty, nullable| ColumnInfo {
        name: name.to_owned(),
        ty,
        nullable,
        visible: true,
    };
    let columns = [column("id", int, false), column("t", text, true)];
    LoggedTable::new(12, "shop", "items", &columns, &[(0, 0)]).unwrap()
}

fn row(id: u64, text: &str) -> [Value; 2] {
    [Value::UInt(id), Value::Text(text.into())]
}

fn stamp(gtid: &str) -> GtidStamp {
    GtidStamp {
        gtid: gtid.parse().unwrap(),
        last_committed: 3,
        sequence_number: 4,
        immediate_commit: 1_700_000_000_000_001,
        original: Some((1_600_000_000_000_001, 80_036)),
        server_version: 80_040,
    }
}

/// A file with one transaction: three small rows, three large ones, an update, a removal.
fn file() -> Vec<u8> {
    let set: GtidSet = SET.parse().unwrap();
    let mut file = crate::binlog::log::MAGIC.to_vec();
    put_format(&mut file, "8.0.40-anabranch", true, ORIGIN).unwrap();
    put_previous_gtids(&mut file, &set, ORIGIN).unwrap();
    seal_all(&mut file[4..], 4);
    let mut events = TransactionEvents::begin(7, &context(), "shop").unwrap();
    let long = "x".repeat(5000);
    let rows = [row(1, "a"), row(2, "b"), row(3, "c"), row(4, &long), row(5, &long), row(6, &long)];
    let mut changes: Vec<_> = rows.iter().map(|row| RowChange::Write(row)).collect();
    let after = row(1, "z");
    changes.push(RowChange::Update(&rows[0], &after));
    changes.push(RowChange::Delete(&rows[1]));
    events.rows_query("insert …").unwrap();
    events.rows(&table(), changes).unwrap();
    events.commit(77).unwrap();
    let gtid = "3e11fa47-71ca-11e1-9e33-c80aa9429562:8";
    events.finish(&stamp(gtid), file.len() as u64, &mut file).unwrap();
    let ddl = TransactionEvents::statement(7, &context(), "shop", "drop table items").unwrap();
    let tagged = "3e11fa47-71ca-11e1-9e33-c80aa9429562:blue:1";
    ddl.finish(&stamp(tagged), file.len() as u64, &mut file).unwrap();
    let start = file.len();
    put_rotate(&mut file, "binlog.000002", ORIGIN).unwrap();
    seal_all(&mut file[start..], start as u64);
    file
}

#[test]
fn mysql_common_reads_what_we_write() {
    let file = file();
    let mut input = &file[4..];
    let mut reader = EventStreamReader::new(BinlogVersion::Version4);
    let mut seen = Vec::new();
    let mut rows = Vec::new();
    while let Some(event) = reader.read(&mut input).unwrap() {
        let alg = event.footer().get_checksum_alg().unwrap().unwrap();
        assert_eq!(event.checksum().unwrap(), event.calc_checksum(alg).to_le_bytes());
        let end = file.len() - input.len();
        assert_eq!(event.header().log_pos() as usize, end);
        let data = event.read_data().unwrap().unwrap();
        seen.push(format!("{:?}", event.header().event_type().unwrap()));
        match data {
            EventData::QueryEvent(query) => {
                seen.push(query.query().into_owned());
                assert_eq!(query.schema(), "shop");
                assert_eq!(query.status_vars().iter().count(), 10);
            }
            EventData::GtidEvent(gtid) => {
                assert_eq!((gtid.last_committed(), gtid.sequence_number()), (3, 4));
                assert_eq!(gtid.original_server_version(), 80_036);
                assert_eq!(gtid.original_commit_timestamp(), 1_600_000_000_000_001);
            }
            EventData::RowsEvent(RowsEventData::WriteRowsEvent(event)) => {
                let map = reader.get_tme(event.table_id()).unwrap();
                for images in event.rows(map) {
                    let (_, after) = images.unwrap();
                    let mut after = after.unwrap();
                    let id = after.take(0);
                    rows.push(format!("{id:?}"));
                    assert!(matches!(after.take(1), Some(BinlogValue::Value(_))));
                }
            }
            _ => {}
        }
    }
    let expected = "FORMAT_DESCRIPTION_EVENT PREVIOUS_GTIDS_EVENT GTID_EVENT QUERY_EVENT BEGIN \
        ROWS_QUERY_EVENT TABLE_MAP_EVENT WRITE_ROWS_EVENT WRITE_ROWS_EVENT WRITE_ROWS_EVENT \
        UPDATE_ROWS_EVENT DELETE_ROWS_EVENT XID_EVENT GTID_TAGGED_LOG_EVENT QUERY_EVENT \
        drop table items ROTATE_EVENT";
    assert_eq!(seen.join(" "), expected);
    assert_eq!(rows.len(), 6);
    assert!(rows[5].contains('6'));
}

/// The events of a file, by our own reader.
fn events(file: &[u8]) -> Vec<(EventHeader, &[u8])> {
    let mut rest = &file[4..];
    let mut events = Vec::new();
    while let Some(size) = rest.get(9..13) {
        let size = u32::from_le_bytes(size.try_into().unwrap()) as usize;
        let (event, later) = rest.split_at(size);
        let raw = RawEvent::read(event, true).unwrap();
        events.push((raw.header, event));
        rest = later;
    }
    events
}

#[test]
fn what_we_write_comes_back() {
    let file = file();
    let format = Format { server_version: String::new(), created: 0, has_checksum: true };
    let mut statement_ends = Vec::new();
    for (header, bytes) in events(&file) {
        let raw = RawEvent::read(bytes, true).unwrap();
        match Event::parse(&raw, &format).unwrap() {
            Event::Format(format) => assert_eq!(format.server_version, "8.0.40-anabranch"),
            Event::PreviousGtids(set) => assert_eq!(set.to_string(), SET),
            Event::Gtid(gtid) => {
                assert_eq!(gtid.has_statements, header.code == code::GTID_TAGGED);
                let rest = file.len() as u64 - u64::from(header.end) + u64::from(header.size);
                assert!(gtid.length <= rest && gtid.length > 0);
            }
            Event::Query(query) => {
                let mut vars = context().vars;
                assert_eq!(query.vars, std::mem::take(&mut vars));
                assert_eq!(header.flags == flag::SUPPRESS_USE, query.is_begin());
            }
            Event::TableMap(map) => {
                assert_eq!((map.schema.as_str(), map.name.as_str()), ("shop", "items"));
                assert_eq!(map.columns[1].name.as_deref(), Some("t"));
                assert_eq!(map.columns[0].unsigned, Some(true));
            }
            Event::Rows(rows) => statement_ends.push(rows.ends_statement),
            Event::Xid(xid) => assert_eq!(xid, 77),
            Event::Rotate(name, position) => {
                assert_eq!((name, position), (&b"binlog.000002"[..], 4))
            }
            Event::RowsQuery(sql) => assert_eq!(sql, "insert …".as_bytes()),
            Event::Stop | Event::Other => panic!("{header:?}"),
        }
    }
    assert_eq!(statement_ends, [false, false, false, false, true]);
}

#[test]
fn a_transaction_says_how_long_it_is() {
    for size in [1, 200, 240, 251, 300, 65_000, 65_536, 70_000, 17_000_000] {
        let mut events = TransactionEvents::begin(1, &context(), "").unwrap();
        events.rows_query(&"x".repeat(size)).unwrap();
        events.commit(1).unwrap();
        for gtid in [
            "3e11fa47-71ca-11e1-9e33-c80aa9429562:8",
            "3e11fa47-71ca-11e1-9e33-c80aa9429562:blue:1",
        ] {
            let mut out = Vec::new();
            events.finish(&stamp(gtid), 4, &mut out).unwrap();
            let header =
                EventHeader::read(&mut crate::binlog::bytes::Reader::new(&out, "")).unwrap();
            let raw = RawEvent::read(&out[..header.size as usize], true).unwrap();
            let event = GtidEvent::parse(&header, raw.body()).unwrap();
            assert_eq!(event.length, out.len() as u64, "{size} {gtid}");
        }
    }
}

#[test]
fn a_statement_without_changes_has_no_events() {
    let mut events = TransactionEvents::begin(1, &context(), "").unwrap();
    let len = events.len();
    events.rows(&table(), []).unwrap();
    assert_eq!(events.len(), len);
}

#[test]
fn a_row_that_does_not_fit_is_refused() {
    let mut events = TransactionEvents::begin(1, &context(), "").unwrap();
    let row = [Value::UInt(1), Value::Text("x".repeat(70_000).into())];
    assert!(events.rows(&table(), [RowChange::Write(&row)]).is_err());
}

#[test]
fn impossible_gtids_are_refused() {
    let events = TransactionEvents::statement(1, &context(), "", "select 1").unwrap();
    for uuid_and_tag in
        ["3e11fa47-71ca-11e1-9e33-c80aa9429562", "3e11fa47-71ca-11e1-9e33-c80aa9429562:t"]
    {
        for (number, good) in
            [(0, false), (1, true), (i64::MAX as u64 - 1, true), (i64::MAX as u64, false)]
        {
            let mut stamp = stamp(&format!("{uuid_and_tag}:1"));
            stamp.gtid.number = number;
            let mut out = Vec::new();
            events.finish(&stamp, 4, &mut out).unwrap();
            let size = u32::from_le_bytes(out[9..13].try_into().unwrap()) as usize;
            let raw = RawEvent::read(&out[..size], true).unwrap();
            assert_eq!(GtidEvent::parse(&raw.header, raw.body()).is_ok(), good, "{number}");
        }
    }
}

#[test]
fn a_set_of_gtids_that_lies_about_its_size_is_refused() {
    let mut out = Vec::new();
    put_previous_gtids(&mut out, &SET.parse().unwrap(), ORIGIN).unwrap();
    let body = &out[HEADER_LEN..out.len() - CHECKSUM_LEN];
    assert!(previous_gtids(body).is_ok());
    for at in 0..body.len() {
        assert!(previous_gtids(&body[..at]).is_err(), "{at}");
    }
    let mut many = body.to_vec();
    many[0] = 2;
    assert!(previous_gtids(&many).is_err());
    many[..8].copy_from_slice(&0x00ff_ffff_ffff_ffffu64.to_le_bytes());
    assert!(previous_gtids(&many).is_err());
    let longer: Vec<u8> = body.iter().copied().chain([0]).collect();
    assert!(previous_gtids(&longer).is_err());
}

#[test]
fn changes_in_a_form_that_is_not_read_are_not_passed_over() {
    let format = Format { server_version: String::new(), created: 0, has_checksum: true };
    let parse = |kind| {
        let mut out = Vec::new();
        EventWriter::begin(&mut out).end(kind, ORIGIN, 0).unwrap();
        seal(&mut out, 4);
        Event::parse(&RawEvent::read(&out, true).unwrap(), &format)
            .map(|event| format!("{event:?}"))
    };
    for kind in [code::TRANSACTION_PAYLOAD, code::PARTIAL_UPDATE_ROWS, 20, 164, 166] {
        assert!(matches!(parse(kind), Err(EventError::Unsupported(_))), "{kind}");
    }
    assert_eq!(parse(code::HEARTBEAT).unwrap(), "Other");
}
