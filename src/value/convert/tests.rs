//! Tests of conversions and CAST: what a MySQL server answered.

use std::sync::Arc;

use crate::value::cast::{UNLIMITED, cast};
use crate::value::collation::CollationId;
use crate::value::store::StoreMode;
use crate::value::temporal::{DateMode, parse_date_time, parse_time};
use crate::value::types::{ColumnType, IntegerSize};
use crate::value::{Date, Value, Warning, display};

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn decimal(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

fn moment(text: &str) -> Value {
    Value::DateTime(parse_date_time(text, DateMode::default()).unwrap().value)
}

fn time(text: &str) -> Value {
    Value::Time(parse_time(text, DateMode::default()).unwrap().value)
}

fn integer(unsigned: bool) -> ColumnType {
    ColumnType::Integer { size: IntegerSize::Big, unsigned, width: None, zerofill: false }
}

fn char(length: u32) -> ColumnType {
    ColumnType::Char { varying: true, length, collation: CollationId::UTF8MB4_BIN }
}

/// The mode of MySQL's default `sql_mode`.
fn mode() -> StoreMode {
    let dates = DateMode { no_zero_date: true, no_zero_in_date: true, ..DateMode::default() };
    StoreMode { strict: true, dates, today: Date::new(2026, 11, 22), ..StoreMode::default() }
}

/// The value's text, then what was warned of.
fn cast_text(value: &Value, to: &ColumnType) -> String {
    let mut warnings: Vec<Warning> = Vec::new();
    let shown = match cast(value, None, to, &mode(), &mut warnings) {
        Ok(Value::Null) => "NULL".to_owned(),
        Ok(value) => {
            let mut out = Vec::new();
            display(&value, to, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        }
        Err(error) => format!("{} {}", error.code, error.message),
    };
    warnings
        .iter()
        .fold(shown, |shown, warning| format!("{shown} ! {} {}", warning.code, warning.message))
}

#[test]
fn integers() {
    for (value, unsigned, expected) in [
        (Value::Double(2.5), false, "2"),
        (Value::Double(3.5), false, "4"),
        (decimal("-2.5"), false, "-3"),
        (text("12.7"), false, "12 ! 1292 Truncated incorrect INTEGER value: '12.7'"),
        (text("1e3"), false, "1 ! 1292 Truncated incorrect INTEGER value: '1e3'"),
        (text(" 12 "), false, "12"),
        (text(""), false, "0 ! 1292 Truncated incorrect INTEGER value: ''"),
        (Value::Double(1e30), false, "9223372036854775807"),
        (Value::Int(-1), true, "18446744073709551615"),
        (decimal("-1.5"), true, "18446744073709551614"),
        (
            text("-5"),
            true,
            "18446744073709551611 ! 1105 Cast to unsigned converted negative integer to its positive complement",
        ),
        (Value::Double(1e20), true, "9223372036854775807"),
        (
            text("99999999999999999999"),
            true,
            "18446744073709551615 ! 1292 Truncated incorrect INTEGER value: '99999999999999999999'",
        ),
        (
            text("9223372036854775808"),
            false,
            "-9223372036854775808 ! 1105 Cast to signed converted positive out-of-range integer to its negative complement",
        ),
        (moment("2024-01-02 03:04:05.6"), false, "20240102030406"),
        (time("10:11:12.5"), false, "101113"),
    ] {
        assert_eq!(cast_text(&value, &integer(unsigned)), expected, "{value:?}");
    }
}

#[test]
fn other_numbers() {
    let five = ColumnType::Decimal { precision: 5, scale: 2, unsigned: false, zerofill: false };
    for (value, expected) in [
        (text("abc"), "0.00 ! 1292 Truncated incorrect DECIMAL value: 'abc'"),
        (text("12.345x"), "12.35 ! 1292 Truncated incorrect DECIMAL value: '12.345x'"),
        (Value::Int(7), "7.00"),
        (
            decimal("12345.6"),
            "999.99 ! 1264 Out of range value for column 'cast(12345.6 as decimal(5,2))' at row 1",
        ),
    ] {
        assert_eq!(cast_text(&value, &five), expected, "{value:?}");
    }
    let float =
        |double| ColumnType::Float { double, unsigned: false, digits: None, zerofill: false };
    assert_eq!(
        cast_text(&text("1.5x"), &float(true)),
        "1.5 ! 1292 Truncated incorrect DOUBLE value: '1.5x'"
    );
    assert_eq!(
        cast_text(&text("1e400"), &float(true)),
        "1.7976931348623157e308 ! 1292 Truncated incorrect DOUBLE value: '1e400'"
    );
    assert_eq!(
        cast_text(&Value::Double(1e40), &float(false)),
        "1690 DOUBLE value is out of range in 'cast(1e40 as float)'"
    );
    assert_eq!(cast_text(&Value::Double(0.1), &float(false)), "0.1");
}

#[test]
fn texts() {
    assert_eq!(
        cast_text(&text("abcdef"), &char(3)),
        "abc ! 1292 Truncated incorrect CHAR(3) value: 'abcdef'"
    );
    assert_eq!(
        cast_text(&Value::Int(12345), &char(2)),
        "12 ! 1292 Truncated incorrect CHAR(2) value: '12345'"
    );
    assert_eq!(cast_text(&Value::Double(1e15), &char(UNLIMITED)), "1e15");
    let binary = ColumnType::Binary { varying: false, length: 3 };
    assert_eq!(cast_text(&text("a"), &binary), "a\0\0");
    assert_eq!(
        cast_text(&text("abcdef"), &binary),
        "abc ! 1292 Truncated incorrect BINARY(3) value: 'abcdef'"
    );
}

#[test]
fn dates_and_times() {
    use ColumnType::{Date, DateTime, Time, Year};
    for (value, to, expected) in [
        (text("2024-02-30"), Date, "NULL ! 1292 Truncated incorrect date value: '2024-02-30'"),
        (text("abc"), DateTime(0), "NULL ! 1292 Incorrect datetime value: 'abc'"),
        (
            text("2024-01-02abc"),
            Date,
            "2024-01-02 ! 1292 Truncated incorrect date value: '2024-01-02abc'",
        ),
        (Value::Int(20241301), Date, "NULL ! 1292 Incorrect datetime value: '20241301'"),
        (
            text("900:00:00"),
            Time(0),
            "838:59:59 ! 1292 Truncated incorrect time value: '900:00:00'",
        ),
        (
            text("10:11:12abc"),
            Time(0),
            "10:11:12 ! 1292 Truncated incorrect time value: '10:11:12abc'",
        ),
        (text("abc"), Time(0), "NULL ! 1292 Truncated incorrect time value: 'abc'"),
        (text("0000-00-00"), Date, "NULL ! 1292 Truncated incorrect date value: '0000-00-00'"),
        (moment("2024-01-02 23:59:59.9"), DateTime(0), "2024-01-03 00:00:00"),
        (moment("2024-01-02 03:04:05.6"), Date, "2024-01-02"),
        (moment("2024-01-02 03:04:05.6"), Time(1), "03:04:05.6"),
        (time("10:11:12"), DateTime(0), "2026-11-22 10:11:12"),
        (time("-10:11:12"), Date, "2026-11-21"),
        (Value::Int(2100), Year, "2100"),
        (Value::Int(3000), Year, "NULL ! 1292 Truncated incorrect YEAR value: '3000'"),
        (text("x"), Year, "NULL ! 1525 Incorrect YEAR value: 'x'"),
        (text("2024-01-01"), Year, "2024 ! 1292 Truncated incorrect YEAR value: '2024-01-01'"),
    ] {
        assert_eq!(cast_text(&value, &to), expected, "{value:?}");
    }
}

#[test]
fn json() {
    let cast_json = |value: &Value| cast_text(value, &ColumnType::Json);
    assert_eq!(cast_json(&text("[1,{\"b\":2,\"a\":1}]")), "[1, {\"a\": 1, \"b\": 2}]");
    assert_eq!(
        cast_json(&text("x")),
        "3141 Invalid JSON text in argument 1 to function cast_as_json: \"Invalid value.\" at position 0."
    );
    assert_eq!(cast_json(&decimal("1.10")), "1.10");
    assert_eq!(cast_json(&moment("2024-01-01 1:2:3.456")), "\"2024-01-01 01:02:03.456000\"");
    assert_eq!(cast_json(&Value::Bytes(Arc::from(*b"abc"))), "\"base64:type15:YWJj\"");
}
