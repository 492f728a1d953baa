//! Our binary log, read by MariaDB's own program: it checks every checksum and understands every event.
//!
//! Needs `mariadb-binlog`; without it the test says so and does nothing.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use anabranch::binlog::event::{ColumnInfo, LoggedTable, QueryContext, RowChange, StatusVars};
use anabranch::binlog::log::{Commit, Log, LogOptions};
use anabranch::binlog::{Position, TransactionEvents};
use anabranch::disk::RealDisk;
use anabranch::gtid::GtidSet;
use anabranch::value::types::{BlobSize, CollationId, ColumnType, IntegerSize};
use anabranch::value::{Date, DateTime, Member, Time, Value};

const UUID: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

/// One column of each kind that MariaDB knows, its SQL type, a value, and how the program shows it.
fn columns() -> Vec<(&'static str, ColumnType, Value, &'static str)> {
    use ColumnType::{Binary, Bit, Blob, Char, DateTime as At, Integer, Text, Timestamp, Year};
    let integer = |size, unsigned| Integer { size, unsigned, width: None, zerofill: false };
    let decimal = |precision, scale| ColumnType::Decimal {
        precision,
        scale,
        unsigned: false,
        zerofill: false,
    };
    let float =
        |double| ColumnType::Float { double, unsigned: false, digits: None, zerofill: false };
    let text = |text: &str| Value::Text(text.into());
    let (general, latin) = (CollationId(45), CollationId(8));
    let names = || -> Arc<[Box<str>]> { vec!["red".into(), "green".into(), "blue".into()].into() };
    let member = |number, text: &str| Value::Member(Arc::new(Member { number, text: text.into() }));
    let date = Date { year: 2024, month: 2, day: 29 };
    let micros = 45_296_789_000;
    let at = Value::DateTime(DateTime { date, micros });
    vec![
        ("BIGINT NOT NULL", integer(IntegerSize::Big, false), Value::Int(-5), "-5"),
        ("TINYINT UNSIGNED", integer(IntegerSize::Tiny, true), Value::UInt(255), "-1 (255)"),
        ("MEDIUMINT", integer(IntegerSize::Medium, false), Value::Int(-8_388_608), "-8388608"),
        (
            "DECIMAL(20,4)",
            decimal(20, 4),
            Value::Decimal("-12345.6789".parse().unwrap()),
            "-12345.6789",
        ),
        ("FLOAT", float(false), Value::Double(1.5), "1.5"),
        ("DOUBLE", float(true), Value::Double(-2.25), "-2.25"),
        ("BIT(10)", Bit(10), Value::UInt(0x2aa), "b'1010101010'"),
        ("YEAR", Year, Value::UInt(2024), "2024"),
        ("DATE", ColumnType::Date, Value::Date(date), "'2024:02:29'"),
        (
            "TIME(3)",
            ColumnType::Time(3),
            Value::Time(Time { micros: -3_600_500_000 }),
            "'-01:00:00.500'",
        ),
        ("DATETIME(3)", At(3), at.clone(), "'2024-02-29 12:34:56.789'"),
        ("TIMESTAMP(3) NULL", Timestamp(3), at, "1709210096.789"),
        (
            "CHAR(10) CHARACTER SET latin1",
            Char { varying: false, length: 10, collation: latin },
            text("Grün"),
            "'Gr\u{fffd}n'",
        ),
        (
            "VARCHAR(300) CHARACTER SET utf8mb4",
            Char { varying: true, length: 300, collation: general },
            text("häßlich"),
            "'häßlich'",
        ),
        (
            "MEDIUMTEXT CHARACTER SET utf8mb4",
            Text { size: BlobSize::Medium, collation: general },
            text("long"),
            "'long'",
        ),
        (
            "BINARY(4)",
            Binary { varying: false, length: 4 },
            Value::Bytes([65, 66, 0, 0].into()),
            "'AB'",
        ),
        (
            "VARBINARY(400)",
            Binary { varying: true, length: 400 },
            Value::Bytes([67, 68].into()),
            "'CD'",
        ),
        ("TINYBLOB", Blob(BlobSize::Tiny), Value::Bytes([69].into()), "'E'"),
        (
            "ENUM('red','green','blue')",
            ColumnType::Enum { members: names(), collation: general },
            member(2, "green"),
            "2",
        ),
        (
            "SET('red','green','blue')",
            ColumnType::Set { members: names(), collation: general },
            member(5, "red,blue"),
            "b'00000101'",
        ),
    ]
}

fn context() -> QueryContext {
    let vars = StatusVars {
        flags2: Some(0),
        sql_mode: Some(0x45a0_0020),
        charset: Some([45, 45, 45]),
        time_zone: Some("+00:00".to_owned()),
        ..StatusVars::default()
    };
    QueryContext { thread_id: 3, timestamp: 1_700_000_000, vars }
}

/// DDL, then every kind of change to a table with all types, over three files.
fn write(folder: &Path) -> Position {
    let disk = Arc::new(RealDisk::open(folder).unwrap());
    let (log, _) = Log::open(disk, LogOptions::default()).unwrap();
    let columns = columns();
    let infos: Vec<ColumnInfo> = columns
        .iter()
        .enumerate()
        .map(|(at, (_, ty, ..))| ColumnInfo {
            name: format!("c{at}"),
            ty: ty.clone(),
            nullable: at > 0,
            visible: true,
        })
        .collect();
    let table = LoggedTable::new(20, "shop", "everything", &infos, &[(0, 0)]).unwrap();
    let row: Vec<Value> = columns.iter().map(|(_, _, value, _)| value.clone()).collect();
    let mut nulls: Vec<Value> = row.iter().map(|_| Value::Null).collect();
    nulls[0] = Value::Int(7);

    let list: Vec<String> =
        columns.iter().enumerate().map(|(at, (sql, ..))| format!("c{at} {sql}")).collect();
    let create = format!("CREATE TABLE everything ({}, PRIMARY KEY (c0))", list.join(", "));
    let statement =
        |schema, sql: &str| TransactionEvents::statement(1, &context(), schema, sql).unwrap();
    let changes = |changes: Vec<RowChange<'_>>| {
        let mut events = TransactionEvents::begin(1, &context(), "shop").unwrap();
        events.rows(&table, changes).unwrap();
        events.commit(9).unwrap();
        events
    };
    let all = [
        statement("", "CREATE DATABASE shop"),
        statement("shop", &create),
        changes(vec![RowChange::Write(&row), RowChange::Write(&nulls)]),
        changes(vec![RowChange::Update(&nulls, &nulls), RowChange::Delete(&nulls)]),
    ];
    for (number, events) in (1..).zip(&all) {
        let gtid = format!("{UUID}:{number}").parse().unwrap();
        let commit = Commit { events, gtid, at: 1_700_000_000_000_000, original: None };
        log.append(&[commit]).unwrap();
        if number > 2 {
            log.rotate().unwrap();
        }
    }
    log.close().unwrap();
    log.current()
}

fn mariadb_binlog(folder: &Path, names: &[&str]) -> Option<Output> {
    let mut command = Command::new("mariadb-binlog");
    command.args(["--no-defaults", "--verify-binlog-checksum", "-vv"]);
    command.args(names).current_dir(folder).output().ok()
}

#[test]
fn mariadb_binlog_reads_our_files() {
    let folder = tempfile::tempdir().unwrap();
    let end = write(folder.path());
    assert_eq!(end.file, 3);
    let names = ["binlog.000001", "binlog.000002", "binlog.000003"];
    let Some(output) = mariadb_binlog(folder.path(), &names) else {
        eprintln!("skipped: mariadb-binlog is not installed (apt-get install mariadb-client)");
        return;
    };
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && complaints.is_empty(), "{complaints}");
    for expected in
        ["CREATE DATABASE shop", "CREATE TABLE everything", "COMMIT/*!*/", "### DELETE FROM"]
    {
        assert!(shown.contains(expected), "{expected}\n{shown}");
    }
    for (at, (sql, _, _, expected)) in columns().into_iter().enumerate() {
        let line = format!("###   @{}={expected}", at + 1);
        assert!(shown.contains(&line), "{sql}: {line}\n{shown}");
    }
    assert!(!shown.contains("in use") && !shown.contains("ERROR"), "{shown}");
}

/// The program finds one wrong bit, so that its silence about the others means something.
#[test]
fn mariadb_binlog_refuses_a_spoiled_file() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let path = folder.path().join("binlog.000001");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    if let Some(output) = mariadb_binlog(folder.path(), &["binlog.000001"]) {
        assert!(!output.status.success());
    }
    let disk = Arc::new(RealDisk::open(folder.path()).unwrap());
    let (log, _) = Log::open(disk, LogOptions::default()).unwrap();
    let mut transactions = log.transactions_after(&GtidSet::default()).unwrap();
    assert!(transactions.any(|transaction| transaction.is_err()));
}
