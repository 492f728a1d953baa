//! Files that real servers wrote: MySQL 9.7 with full metadata, MariaDB 10.11 at first without any.
//!
//! Both hold the same tables, with all column types, and the same rows. What is read from them, written
//! again, must give the same bytes.

use std::collections::HashMap;

use crate::binlog::bytes::Reader;
use crate::binlog::event::*;
use crate::binlog::log::{Boundaries, EventReader, MAGIC, Step};
use crate::binlog::row::{Coded, Layout, encode_image};
use crate::disk::{Disk, FaultyDisk};
use crate::value::Value;
use crate::value::types::{BlobSize, CollationId, ColumnType, IntegerSize};

const MYSQL: &[u8] = include_bytes!("../../testdata/mysql-9.7.000001");
const MYSQL_NEXT: &[u8] = include_bytes!("../../testdata/mysql-9.7.000002");
const MARIADB: &[u8] = include_bytes!("../../testdata/mariadb-10.11.000001");

fn reader(file: &[u8]) -> EventReader {
    let disk = FaultyDisk::new(1);
    disk.replace("file", file).unwrap();
    let mut reader = EventReader::open(&disk, "file").unwrap();
    reader.seek(MAGIC.len() as u64);
    reader
}

/// Calls `see` with each event of a file.
fn each(file: &[u8], mut see: impl FnMut(&RawEvent<'_>, &Format)) {
    let mut reader = reader(file);
    let format = reader.format().clone();
    while let Some(raw) = reader.next_event().unwrap() {
        see(&raw, &format);
    }
}

fn integer(size: IntegerSize, unsigned: bool) -> ColumnType {
    ColumnType::Integer { size, unsigned, width: None, zerofill: false }
}

fn decimal(precision: u8, scale: u8, unsigned: bool) -> ColumnType {
    ColumnType::Decimal { precision, scale, unsigned, zerofill: false }
}

fn ints() -> Vec<ColumnType> {
    use IntegerSize::*;
    let float =
        |double, unsigned| ColumnType::Float { double, unsigned, digits: None, zerofill: false };
    let mut types = Vec::new();
    for size in [Tiny, Small, Medium, Int, Big] {
        types.extend([integer(size, false), integer(size, true)]);
    }
    types.extend([ColumnType::Year, float(false, false), float(false, true), float(true, false)]);
    types.extend([decimal(65, 30, false), decimal(10, 2, true), decimal(5, 0, false)]);
    types.extend([
        decimal(3, 3, false),
        ColumnType::Bit(1),
        ColumnType::Bit(10),
        ColumnType::Bit(64),
    ]);
    types.push(decimal(20, 10, false));
    types
}

fn temporals() -> Vec<ColumnType> {
    use ColumnType::{Date, DateTime, Time, Timestamp};
    let mut types = vec![integer(IntegerSize::Int, false), Date];
    types.extend([0, 1, 2, 3, 4, 6].map(Time));
    types.extend([0, 1, 3, 6].map(DateTime));
    types.extend([0, 2, 6].map(Timestamp));
    types.extend([Time(5), DateTime(5)]);
    types
}

fn named(names: &[&str]) -> std::sync::Arc<[Box<str>]> {
    names.iter().map(|name| Box::from(*name)).collect::<Vec<_>>().into()
}

fn texts() -> Vec<ColumnType> {
    use BlobSize::*;
    let char = |varying, length, collation| ColumnType::Char {
        varying,
        length,
        collation: CollationId(collation),
    };
    let text = |size, collation| ColumnType::Text { size, collation: CollationId(collation) };
    let binary = |varying, length| ColumnType::Binary { varying, length };
    let one = |collation, members: &[&str]| ColumnType::Enum {
        members: named(members),
        collation: CollationId(collation),
    };
    let set = ColumnType::Set {
        members: named(&["a", "b", "c", "d", "e", "f", "g", "h", "i"]),
        collation: CollationId(8),
    };
    let mut types = vec![char(false, 10, 8), char(true, 10, 255), char(true, 300, 33)];
    types.extend([char(false, 100, 46), text(Tiny, 45), text(Normal, 8), text(Medium, 45)]);
    types.extend([text(Long, 45), binary(false, 8), binary(true, 8), binary(true, 3000)]);
    types.extend([Tiny, Normal, Medium, Long].map(ColumnType::Blob));
    types.extend([one(255, &["x", "yy", "zä"]), set, ColumnType::Json, char(false, 0, 45)]);
    types.extend([one(8, &["1"]), char(true, 20, 11)]);
    types
}

/// The tables of the capture: name, columns, which may not be NULL, primary key.
fn table(name: &str) -> (Vec<ColumnInfo>, Vec<(usize, u32)>) {
    let (types, needed, primary): (_, &[usize], _) = match name {
        "ints" => (ints(), &[8, 10][..], vec![(8, 0)]),
        "temporals" => (temporals(), &[0][..], vec![(0, 0)]),
        "texts" => (texts(), &[1, 2][..], vec![(1, 3), (2, 0)]),
        "gen" => (vec![integer(IntegerSize::Int, false); 3], &[][..], vec![]),
        "tz" => (vec![ColumnType::Timestamp(0), integer(IntegerSize::Int, false)], &[][..], vec![]),
        other => panic!("{other}"),
    };
    let names: Vec<String> = match name {
        "temporals" => "id d t0 t1 t2 t3 t4 t6 dt0 dt1 dt3 dt6 ts0 ts2 ts6 t5 dt5"
            .split(' ')
            .map(str::to_owned)
            .collect(),
        _ => ('a'..='z').map(String::from).collect(),
    };
    let columns = types.into_iter().zip(names).enumerate().map(|(at, (ty, name_of))| ColumnInfo {
        name: name_of,
        ty,
        nullable: !needed.contains(&at),
        visible: (name, at) != ("texts", 20),
    });
    (columns.collect(), primary)
}

#[test]
fn our_table_maps_are_mysqls() {
    let mut seen = 0;
    each(MYSQL, |raw, _| {
        if raw.header.code == code::TABLE_MAP {
            let map = TableMap::parse(raw.body()).unwrap();
            let (columns, primary) = table(&map.name);
            let logged = LoggedTable::new(map.id, "b", &map.name, &columns, &primary).unwrap();
            let mut out = Vec::new();
            logged.put(&mut out, Origin { timestamp: 0, server_id: 0 }).unwrap();
            let body = &out[HEADER_LEN..out.len() - CHECKSUM_LEN];
            assert_eq!(hex(body), hex(raw.body()), "{}", map.name);
            assert_eq!(map.primary, primary);
            seen += 1;
        }
    });
    assert!(seen > 8);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn full(image: Option<Vec<Option<Value>>>) -> Option<Vec<Value>> {
    image.map(|values| values.into_iter().map(Option::unwrap).collect())
}

/// All rows of a file in order, as text; each written again gives its bytes.
fn rows(file: &[u8]) -> Vec<String> {
    let mut maps: HashMap<u64, TableMap> = HashMap::new();
    let mut shown = Vec::new();
    each(file, |raw, format| match Event::parse(raw, format).unwrap() {
        Event::TableMap(map) => drop(maps.insert(map.id, map)),
        Event::Rows(rows) => {
            let map = &maps[&rows.table];
            let types: Vec<_> = table(&map.name).0.into_iter().map(|column| column.ty).collect();
            let json = types.iter().position(|ty| *ty == ColumnType::Json);
            let mut layouts = map.layouts_as(&types).unwrap();
            if let Some(at) = json.filter(|_| format.is_mariadb()) {
                layouts[at] = Layout::Text { prefix: 4, collation: CollationId(46) };
            } else {
                let own: Vec<_> = types.iter().map(|ty| Layout::of(ty).unwrap()).collect();
                assert_eq!(layouts, own, "{}", map.name);
            }
            let mut again = Vec::new();
            for images in rows.images(&layouts) {
                let Images { before, after } = images.unwrap();
                for image in [full(before), full(after)].into_iter().flatten() {
                    encode_image(&image, &layouts, &mut again).unwrap();
                    shown.push(format!("{} {:?} {image:?}", map.name, rows.kind));
                }
            }
            assert!(
                same_but_for_unused_bits(&again, raw.body(), types.len()),
                "{} {:?}\n{}\n{}",
                map.name,
                rows.kind,
                hex(&again),
                hex(raw.body())
            );
        }
        _ => {}
    });
    shown
}

/// Whether an event ends with these images. MariaDB sets the bits past the last of a NULL map.
fn same_but_for_unused_bits(images: &[u8], body: &[u8], columns: usize) -> bool {
    let original = &body[body.len() - images.len()..];
    let differing: Vec<usize> =
        (0..images.len()).filter(|at| images[*at] != original[*at]).collect();
    let unused = 0xffu8.checked_shl(columns as u32 % 8).unwrap_or(0);
    differing.iter().all(|at| (images[*at] ^ original[*at]) & !unused == 0) && differing.len() <= 6
}

#[test]
fn rows_of_mysql_are_read_and_written_alike() {
    let rows = rows(MYSQL);
    assert_eq!(rows.len(), 22);
    for (row, expected) in [
        (0, "Int(-1), UInt(255), Int(-300), UInt(65535), Int(-8388608), UInt(16777215)"),
        (0, "12345678901234567890123456789012345.123456789012345678901234567890"),
        (0, "UInt(18441921395520346504)"),
        (1, "Null, Int(5), Null, UInt(0), Null"),
        (2, "Double(1.7976931348623157e308)"),
    ] {
        assert!(rows[row].contains(expected), "{expected}\n{}", rows[row]);
    }
    let all = rows.join("\n");
    for expected in [
        "year: 2024, month: 2, day: 29",
        "Time { micros: -3020399000000 }",
        "Time { micros: -1 }",
        "year: 2038, month: 1, day: 19 }, micros: 11647990000",
        "Text(\"grün\"), Text(\"häßlich\"), Text(\"\")",
        "Text(\"€uro\")",
        "Bytes([1, 2, 0, 0, 0, 0, 0, 0]), Bytes([1, 2, 0])",
        "number: 3, text: \"zä\"",
        "number: 261, text: \"a,c,i\"",
        "UInt(18446744073709551615)",
        "gen Write [Int(77), Int(78), Int(79)]",
    ] {
        assert!(all.contains(expected), "{expected}\n{all}");
    }
}

#[test]
fn rows_of_mariadb_are_those_of_mysql() {
    // a time of day differs, and MariaDB writes JSON as text
    let plain = |rows: Vec<String>| -> Vec<String> {
        rows.into_iter().filter(|row| !row.starts_with("t")).collect()
    };
    let mariadb = plain(rows(MARIADB));
    let mut mysql = plain(rows(MYSQL));
    mysql.pop();
    assert!(mysql.len() > 8);
    assert_eq!(mariadb[..mysql.len()], mysql);
}

#[test]
fn transactions_of_both_servers_have_their_bounds() {
    for (file, expected) in [(MYSQL, 19), (MYSQL_NEXT, 1), (MARIADB, 18)] {
        let mut boundaries = Boundaries::default();
        let (mut first, mut last) = (0, 0);
        each(file, |raw, format| match boundaries.step(raw, format).unwrap() {
            Step::First(_) => first += 1,
            Step::Last => last += 1,
            _ => {}
        });
        assert_eq!((first, last, boundaries.is_outside()), (expected, expected, true));
    }
}

#[test]
fn names_and_clock_of_transactions_are_read() {
    let mut names = Vec::new();
    each(MYSQL, |raw, format| {
        if let Event::Gtid(gtid) = Event::parse(raw, format).unwrap() {
            assert!(gtid.immediate_commit > 0 && gtid.length > 0);
            assert_eq!(gtid.immediate_commit, gtid.original_commit);
            let TransactionId::MySql(id) = gtid.id else { panic!("{:?}", gtid.id) };
            names.push((id.to_string(), gtid.last_committed, gtid.sequence_number));
        }
    });
    assert!(names[3].0.ends_with(":4") && (names[3].1, names[3].2) == (3, 4));
    let tagged = "11111111-2222-3333-4444-555555555555:tagged:7";
    assert!(names.iter().any(|(name, ..)| name == tagged), "{names:?}");
    let mut mariadb = Vec::new();
    each(MARIADB, |raw, format| {
        if let Event::Gtid(GtidEvent { id: TransactionId::MariaDb(id), standalone, .. }) =
            Event::parse(raw, format).unwrap()
        {
            mariadb.push((id.to_string(), standalone));
        }
    });
    assert_eq!(
        mariadb[..3].to_vec(),
        [("0-9-1", true), ("0-9-2", true), ("0-9-3", false)]
            .map(|(id, alone)| (id.to_owned(), alone))
    );
}

#[test]
fn gtid_events_are_written_as_mysql_does() {
    let mut seen = 0;
    each(MYSQL, |raw, _| {
        if !matches!(raw.header.code, code::GTID | code::GTID_TAGGED) {
            return;
        }
        let event = GtidEvent::parse(&raw.header, raw.body()).unwrap();
        let TransactionId::MySql(gtid) = event.id else { panic!() };
        let stamp = GtidStamp {
            gtid,
            last_committed: event.last_committed,
            sequence_number: event.sequence_number,
            immediate_commit: event.immediate_commit,
            original: None,
            server_version: version_number(b"9.7.4-2"),
        };
        let mut out = Vec::new();
        let rest = event.length as usize - raw.bytes.len();
        let origin = Origin { timestamp: 0, server_id: 0 };
        put_gtid(&mut out, &stamp, event.has_statements, rest, origin).unwrap();
        assert_eq!(hex(&out[HEADER_LEN..out.len() - CHECKSUM_LEN]), hex(raw.body()));
        seen += 1;
    });
    assert_eq!(seen, 19);
}

#[test]
fn statements_are_read_with_what_they_depend_on() {
    let mut statements = Vec::new();
    each(MYSQL, |raw, format| {
        if let Event::Query(query) = Event::parse(raw, format).unwrap() {
            statements.push((String::from_utf8_lossy(query.sql).into_owned(), query.vars));
        }
    });
    let find = |start: &str| &statements.iter().find(|(sql, _)| sql.starts_with(start)).unwrap().1;
    let create = find("create table ints");
    assert_eq!(create.charset, Some([255, 255, 255]));
    assert_eq!(create.sql_mode, Some(0x45a0_0020));
    assert_eq!(find("create table tz").flags2, Some(NO_FOREIGN_KEY_CHECKS));
    assert!(create.ddl_xid.is_some() && create.default_collation == Some(255));
    let begin = statements.iter().filter(|(sql, _)| sql == "BEGIN");
    assert!(begin.clone().count() > 5);
    assert!(begin.filter(|(_, vars)| vars.time_zone.as_deref() == Some("+00:00")).count() > 0);
}

#[test]
fn statements_are_written_as_mysql_does() {
    let mut seen = 0;
    each(MYSQL, |raw, format| {
        let Event::Query(query) = Event::parse(raw, format).unwrap() else { return };
        if !query.is_begin() {
            return;
        }
        let context = QueryContext {
            thread_id: query.thread_id,
            timestamp: raw.header.timestamp,
            vars: query.vars.clone(),
        };
        let mut out = Vec::new();
        let origin = Origin { timestamp: raw.header.timestamp, server_id: raw.header.server_id };
        put_query(&mut out, &context, "b", query.sql, origin, raw.header.flags).unwrap();
        // an UPDATE's BEGIN also has a bit for each table, which nobody reads
        if out.len() == raw.bytes.len() {
            seal(&mut out, u64::from(raw.header.end));
            assert_eq!(hex(&out), hex(raw.bytes));
            seen += 1;
        }
    });
    assert_eq!(seen, 9);
}

#[test]
fn heads_of_files_are_read() {
    let mut sets = Vec::new();
    for file in [MYSQL, MYSQL_NEXT] {
        each(file, |raw, format| {
            if let Event::PreviousGtids(set) = Event::parse(raw, format).unwrap() {
                let mut again = Vec::new();
                put_previous_gtids(&mut again, &set, Origin { timestamp: 0, server_id: 0 })
                    .unwrap();
                assert_eq!(hex(&again[HEADER_LEN..again.len() - CHECKSUM_LEN]), hex(raw.body()));
                sets.push(set);
            }
        });
    }
    assert!(sets[0].is_empty());
    assert_eq!((sets[1].count(), sets[1].iter().count()), (19, 2));
    let maria = reader(MARIADB);
    assert!(maria.format().is_mariadb() && maria.format().has_checksum);
    assert_eq!(reader(MYSQL).format().server_version, "9.7.4-2");
}

#[test]
fn events_are_described_in_mysqls_words() {
    let mut lines = Vec::new();
    each(MYSQL, |raw, format| {
        let Description { kind, info } = describe(raw, format).unwrap();
        lines.push(format!("{kind}: {info}"));
    });
    for expected in [
        "Format_desc: Server ver: 9.7.4-2, Binlog ver: 4",
        "Previous_gtids: ",
        "Gtid: SET @@SESSION.GTID_NEXT= 'f1eac556-e605-11f1-afbf-02fc00000001:1'",
        "Query: create database b /* xid=4 */",
        "Query: BEGIN",
        "Table_map: table_id: 106 (b.ints)",
        "Write_rows: table_id: 106 flags: STMT_END_F",
        "Xid: COMMIT /* xid=7 */",
        "Rows_query: # insert into gen(a) values(77)",
        "Rotate: binlog.000002;pos=4",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected}");
    }
    assert!(lines[5].starts_with("Query: use `b`; create table ints(a tinyint"), "{}", lines[5]);
}

#[test]
fn a_type_that_is_not_known_is_refused() {
    assert!(Coded::read(140, &mut Reader::new(&[0; 8], "metadata")).is_err());
}
