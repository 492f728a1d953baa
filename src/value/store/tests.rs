//! Tests of storing: what a MySQL server did, under strict and lenient modes.

use std::sync::Arc;

use super::{StoreMode, store};
use crate::value::collation::CollationId;
use crate::value::temporal::{DateMode, TimeZone, parse_date_time, parse_time};
use crate::value::types::{BlobSize, ColumnType, IntegerSize};
use crate::value::warning::Level;
use crate::value::{Date, Value, Warning, display};

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn decimal(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

fn strict() -> StoreMode {
    let dates = DateMode { no_zero_date: true, no_zero_in_date: true, ..DateMode::default() };
    StoreMode { strict: true, dates, today: Date::new(2026, 11, 22), ..StoreMode::default() }
}

fn lenient() -> StoreMode {
    StoreMode { today: Date::new(2026, 11, 22), ..StoreMode::default() }
}

/// What is stored, and what was said about it, without the place.
fn stored(value: &Value, to: &ColumnType, mode: &StoreMode) -> String {
    let mut warnings: Vec<Warning> = Vec::new();
    let shown = match store(value, None, to, mode, "a", 1, &mut warnings) {
        Ok(value) => {
            let mut out = Vec::new();
            display(&value, to, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        }
        Err(error) => format!("E{} {}", error.code, error.message),
    };
    let said = warnings.iter().fold(shown, |shown, warning| {
        let level = if warning.level == Level::Note { "N" } else { "W" };
        format!("{shown} {level}{} {}", warning.code, warning.message)
    });
    said.replace(" for column 'a' at row 1", "")
}

fn check(to: &ColumnType, cases: &[(Value, &str, &str)]) {
    for (value, under_strict, under_lenient) in cases {
        assert_eq!(stored(value, to, &strict()), *under_strict, "strict {value:?}");
        let expected = if *under_lenient == "same" { *under_strict } else { *under_lenient };
        assert_eq!(stored(value, to, &lenient()), expected, "lenient {value:?}");
        let ignore = StoreMode { ignore: true, ..strict() };
        assert!(
            !stored(value, to, &ignore).starts_with('E') || *to == ColumnType::Json,
            "{value:?}"
        );
    }
}

fn integer(size: IntegerSize, unsigned: bool) -> ColumnType {
    ColumnType::Integer { size, unsigned, width: None, zerofill: false }
}

#[test]
fn integers() {
    let range = "E1264 Out of range value";
    check(
        &integer(IntegerSize::Tiny, false),
        &[
            (Value::Int(200), range, "127 W1264 Out of range value"),
            (text("1.5"), "2", "same"),
            (text("2.5"), "3", "same"),
            (decimal("2.5"), "3", "same"),
            (Value::Double(2.5), "2", "same"),
            (Value::Double(3.5), "4", "same"),
            (
                text("abc"),
                "E1366 Incorrect integer value: 'abc'",
                "0 W1366 Incorrect integer value: 'abc'",
            ),
            (text(""), "E1366 Incorrect integer value: ''", "0 W1366 Incorrect integer value: ''"),
            (text("12abc"), "E1265 Data truncated", "12 W1265 Data truncated"),
            (text("300"), range, "127 W1264 Out of range value"),
            (Value::Double(1e20), range, "127 W1264 Out of range value"),
            (text("1e1"), "10", "same"),
            (text(" 5 "), "5", "same"),
            (
                Value::Time(parse_time("00:00:05.5", DateMode::default()).unwrap().value),
                "6",
                "same",
            ),
            (Value::Date(Date::new(2024, 1, 2)), range, "127 W1264 Out of range value"),
        ],
    );
    check(
        &integer(IntegerSize::Int, true),
        &[
            (Value::Int(-1), range, "0 W1264 Out of range value"),
            (text("-1x"), range, "0 W1264 Out of range value"),
            (text("5000000000"), range, "4294967295 W1264 Out of range value"),
        ],
    );
    check(
        &integer(IntegerSize::Big, true),
        &[
            (text("18446744073709551615"), "18446744073709551615", "same"),
            (text("18446744073709551616"), range, "18446744073709551615 W1264 Out of range value"),
            (decimal("18446744073709551615.4"), "18446744073709551615", "same"),
        ],
    );
}

#[test]
fn decimals() {
    let note = |text: &str| format!("{text} N1265 Data truncated");
    check(
        &ColumnType::Decimal { precision: 5, scale: 2, unsigned: false, zerofill: false },
        &[
            (decimal("12.345"), &note("12.35"), "same"),
            (text("12.345"), &note("12.35"), "same"),
            (Value::Double(1.239), &note("1.24"), "same"),
            (decimal("12345.6"), "E1264 Out of range value", "999.99 W1264 Out of range value"),
            (
                text("abc"),
                "E1366 Incorrect decimal value: 'abc'",
                "0.00 W1366 Incorrect decimal value: 'abc'",
            ),
            (text("12.5abc"), "E1366 Incorrect decimal value: '12.5abc'", &note("12.50")),
            (
                text(""),
                "E1366 Incorrect decimal value: ''",
                "0.00 W1366 Incorrect decimal value: ''",
            ),
            (text("1e100"), "E1264 Out of range value", "999.99 W1264 Out of range value"),
            (text(" 7 "), "7.00", "same"),
            (Value::Int(-7), "-7.00", "same"),
        ],
    );
}

#[test]
fn floats_bits_and_years() {
    let float =
        |double, unsigned, digits| ColumnType::Float { double, unsigned, digits, zerofill: false };
    check(
        &float(true, false, None),
        &[
            (
                text("abc"),
                "E1366 Incorrect DOUBLE value: 'abc'",
                "0 W1366 Incorrect DOUBLE value: 'abc'",
            ),
            (
                text("1e400"),
                "E1264 Out of range value",
                "1.7976931348623157e308 W1264 Out of range value",
            ),
            (Value::Int(3), "3", "same"),
        ],
    );
    check(
        &float(false, true, None),
        &[
            (Value::Int(-1), "E1264 Out of range value", "0 W1264 Out of range value"),
            (
                Value::Double(1e40),
                "E1264 Out of range value",
                "3.40282e38 W1264 Out of range value",
            ),
            (decimal("0.1"), "0.1", "same"),
        ],
    );
    check(
        &float(false, false, Some((5, 2))),
        &[
            (decimal("1234.567"), "E1264 Out of range value", "999.99 W1264 Out of range value"),
            (decimal("12.345"), "12.35", "same"),
        ],
    );
    let too_long = "E1406 Data too long";
    check(
        &ColumnType::Bit(3),
        &[
            (Value::Int(8), too_long, "\u{7} W1264 Out of range value"),
            (Value::Int(5), "\u{5}", "same"),
            (text("a"), too_long, "\u{7} W1264 Out of range value"),
        ],
    );
    check(
        &ColumnType::Year,
        &[
            (Value::Int(1900), "E1264 Out of range value", "0000 W1264 Out of range value"),
            (
                text("abc"),
                "E1366 Incorrect integer value: 'abc'",
                "0000 W1366 Incorrect integer value: 'abc'",
            ),
            (text("12abc"), "E1265 Data truncated", "2012 W1265 Data truncated"),
            (decimal("1901.5"), "1902", "same"),
            (text("99"), "1999", "same"),
            (text("0"), "2000", "same"),
            (Value::Int(0), "0000", "same"),
            (Value::Int(69), "2069", "same"),
        ],
    );
}

fn char(varying: bool, length: u32, collation: CollationId) -> ColumnType {
    ColumnType::Char { varying, length, collation }
}

#[test]
fn texts() {
    let long = "E1406 Data too long";
    let utf8 = CollationId::UTF8MB4_0900_AI_CI;
    check(
        &char(true, 3, utf8),
        &[
            (text("abcd"), long, "abc W1265 Data truncated"),
            (text("abc  "), "abc N1265 Data truncated", "same"),
            (text("ab "), "ab ", "same"),
            (text("äöü"), "äöü", "same"),
            (Value::Int(1234), long, "123 W1265 Data truncated"),
            (
                Value::Bytes(Arc::from([0xFF, 0x61])),
                "E1366 Incorrect string value: '\\xFFa'",
                " W1366 Incorrect string value: '\\xFFa'",
            ),
        ],
    );
    check(
        &char(false, 3, utf8),
        &[
            (text("abc  "), "abc", "same"),
            (text("ab "), "ab", "same"),
            (text("abcd"), long, "abc W1265 Data truncated"),
        ],
    );
    check(
        &char(true, 3, CollationId::LATIN1_SWEDISH_CI),
        &[(
            text("€б"),
            "E1366 Incorrect string value: '\\xD0\\xB1'",
            "€? W1366 Incorrect string value: '\\xD0\\xB1'",
        )],
    );
    check(
        &char(true, 3, CollationId::UTF8MB3_GENERAL_CI),
        &[(
            text("a😀b"),
            "E1366 Incorrect string value: '\\xF0\\x9F\\x98\\x80b'",
            "a?b W1366 Incorrect string value: '\\xF0\\x9F\\x98\\x80b'",
        )],
    );
    let tiny = ColumnType::Text { size: BlobSize::Tiny, collation: utf8 };
    let full = "é".repeat(127);
    check(&tiny, &[(text(&"é".repeat(128)), long, &format!("{full} W1265 Data truncated"))]);
    check(
        &ColumnType::Binary { varying: false, length: 3 },
        &[
            (text("a"), "a\0\0", "same"),
            (text("abcd"), long, "abc W1265 Data truncated"),
            (text("é"), "é\0", "same"),
        ],
    );
    check(
        &ColumnType::Binary { varying: true, length: 3 },
        &[(text("abc "), long, "abc W1265 Data truncated"), (text("a"), "a", "same")],
    );
}

#[test]
fn members() {
    let names: Arc<[Box<str>]> = Arc::from(["a".into(), "b".into()]);
    let collation = CollationId::UTF8MB4_0900_AI_CI;
    let cut = "E1265 Data truncated";
    check(
        &ColumnType::Enum { members: Arc::clone(&names), collation },
        &[
            (text("A "), "a", "same"),
            (text("2"), "b", "same"),
            (text("1 "), "a", "same"),
            (Value::Double(1.4), "a", "same"),
            (text("c"), cut, " W1265 Data truncated"),
            (text(""), cut, " W1265 Data truncated"),
            (Value::Int(3), cut, " W1265 Data truncated"),
            (Value::Int(0), cut, " W1265 Data truncated"),
        ],
    );
    check(
        &ColumnType::Set { members: names, collation },
        &[
            (text("b,a,a"), "a,b", "same"),
            (text("A"), "a", "same"),
            (text("3"), "a,b", "same"),
            (text(""), "", "same"),
            (text("a,z"), cut, "a W1265 Data truncated"),
            (Value::Int(4), cut, " W1265 Data truncated"),
            (Value::Int(2), "b", "same"),
        ],
    );
}

#[test]
fn dates() {
    let wrong = |text: &str| format!("E1292 Incorrect date value: '{text}'");
    let odd = "2024-01-02 W4095 Delimiter '/' in position 4 in datetime value '2024/01/02' at row 1 is deprecated. Prefer the standard '-'.";
    let note = "2024-01-02 N1292 Incorrect date value: '2024-01-02 03:04:05'";
    let (zero_range, zero_cut) =
        ("0000-00-00 W1264 Out of range value", "0000-00-00 W1265 Data truncated");
    check(
        &ColumnType::Date,
        &[
            (text("2024-02-30"), &wrong("2024-02-30"), zero_range),
            (text("abc"), &wrong("abc"), zero_cut),
            (text("2024-01-02 03:04:05"), note, "2024-01-02 N1265 Data truncated"),
            (text("2024-01-02abc"), &wrong("2024-01-02abc"), "2024-01-02 W1265 Data truncated"),
            (text("0000-00-00"), &wrong("0000-00-00"), "0000-00-00"),
            (text("2024-00-01"), &wrong("2024-00-01"), "2024-00-01"),
            (Value::Int(20240102), "2024-01-02", "same"),
            (Value::Double(20240102.0), "2024-01-02", "same"),
            (Value::Int(5), &wrong("5"), zero_cut),
            (Value::Double(1.5), &wrong("1.5"), zero_cut),
            (Value::Int(0), &wrong("0"), "0000-00-00"),
            (Value::Int(-1), &wrong("-1"), zero_range),
            (Value::Int(20240230), &wrong("20240230"), zero_cut),
            (decimal("20240102.5"), "2024-01-02", "same"),
            (text("2024/01/02"), odd, "same"),
        ],
    );
}

#[test]
fn bits_beyond_their_column_are_cut_off() {
    let ignore = StoreMode { ignore: true, ..strict() };
    for number in [256, -1] {
        let found = stored(&Value::Int(number), &ColumnType::Bit(8), &ignore);
        assert!(found.ends_with("W1406 Data too long"), "{found}");
    }
    let all = stored(&Value::Int(-1), &ColumnType::Bit(64), &strict());
    assert!(!all.contains("W1"), "{all}");
}

#[test]
fn doubles_are_cut_to_their_column() {
    let fixed = ColumnType::Binary { varying: false, length: 4 };
    assert_eq!(stored(&Value::Double(0.015), &fixed, &strict()), "0.01");
    assert_eq!(stored(&Value::Double(123_456.0), &fixed, &strict()), "1e5\0");
}

#[test]
fn times_and_moments() {
    let wrong = |text: &str| format!("E1292 Incorrect time value: '{text}'");
    check(
        &ColumnType::Time(0),
        &[
            (text("abc"), &wrong("abc"), "00:00:00 W1265 Data truncated"),
            (text("900:00:00"), &wrong("900:00:00"), "838:59:59 W1264 Out of range value"),
            (Value::Int(9000000), &wrong("9000000"), "838:59:59 W1264 Out of range value"),
            (text("10:11:12abc"), &wrong("10:11:12abc"), "10:11:12 W1265 Data truncated"),
            (text("10:60:00"), &wrong("10:60:00"), "00:00:00 W1264 Out of range value"),
            (text("10:11:12.6"), "10:11:13", "same"),
            (
                text("2024-01-02 03:04:05"),
                "03:04:05 N1292 Incorrect time value: '2024-01-02 03:04:05'",
                "03:04:05 N1265 Data truncated",
            ),
            (decimal("101112.6"), "10:11:13", "same"),
        ],
    );
    check(
        &ColumnType::Time(2),
        &[
            (text("10:11:12.999"), "10:11:13.00", "same"),
            (decimal("-101112.456"), "-10:11:12.46", "same"),
        ],
    );
    let wrong = |text: &str| format!("E1292 Incorrect datetime value: '{text}'");
    let zero = "0000-00-00 00:00:00";
    check(
        &ColumnType::DateTime(0),
        &[
            (text("abc"), &wrong("abc"), &format!("{zero} W1265 Data truncated")),
            (
                text("2024-01-02 25:00:00"),
                &wrong("2024-01-02 25:00:00"),
                &format!("{zero} W1265 Data truncated"),
            ),
            (
                text("2024-01-02 10:11:12abc"),
                &wrong("2024-01-02 10:11:12abc"),
                "2024-01-02 10:11:12 W1265 Data truncated",
            ),
            (text("2024-01-02 10:11:12.999999"), "2024-01-02 10:11:13", "same"),
            (decimal("20240102101112.7"), "2024-01-02 10:11:13", "same"),
            (Value::Int(123), "2000-01-23 00:00:00", "same"),
            (text("2024-01-02 03:04:05+05:30"), "2024-01-01 21:34:05", "same"),
        ],
    );
    check(
        &ColumnType::DateTime(3),
        &[(text("2024-01-02 10:11:12.9996"), "2024-01-02 10:11:13.000", "same")],
    );
    check(
        &ColumnType::Timestamp(0),
        &[
            (
                text("2039-01-01 00:00:00"),
                &wrong("2039-01-01 00:00:00"),
                &format!("{zero} W1264 Out of range value"),
            ),
            (text("0000-00-00 00:00:00"), &wrong("0000-00-00 00:00:00"), zero),
            (text("2024-03-31 02:30:00"), "2024-03-31 02:30:00", "same"),
        ],
    );
}

#[test]
fn timestamps_are_stored_in_utc() {
    let mode = StoreMode { zone: TimeZone::parse("Europe/Berlin").unwrap(), ..strict() };
    let moment = parse_date_time("2024-07-01 12:00:00", DateMode::default()).unwrap().value;
    let to = ColumnType::Timestamp(0);
    assert_eq!(stored(&Value::DateTime(moment), &to, &mode), "2024-07-01 10:00:00");
    assert_eq!(stored(&text("2024-07-01 12:00:00+00:00"), &to, &mode), "2024-07-01 12:00:00");
    let skipped = text("2024-03-31 02:30:00");
    assert!(stored(&skipped, &to, &mode).starts_with("E1292"));
    let lenient = StoreMode { strict: false, ..mode };
    assert!(stored(&skipped, &to, &lenient).starts_with("2024-03-31 01:00:00 W1299"));
}

#[test]
fn json_is_checked_in_every_mode() {
    let wrong = |text: &str, at| {
        format!("E3140 Invalid JSON text: \"{text}\" at position {at} in value for column 'a'.")
    };
    check(
        &ColumnType::Json,
        &[
            (text("{\"b\":1, \"a\":2}"), "{\"a\": 2, \"b\": 1}", "same"),
            (text("{"), &wrong("Missing a name for object member.", 1), "same"),
            (Value::Int(1), &wrong("not a JSON text, may need CAST", 0), "same"),
        ],
    );
}
