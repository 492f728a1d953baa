//! Tests of dates and times: golden tables, and properties of the calendar.

use proptest::prelude::*;

use super::*;

fn moment(text: &str) -> DateTime {
    parse_date_time(text, DateMode::default()).unwrap().value
}

fn read(text: &str) -> String {
    match parse_date_time(text, DateMode::default()) {
        Ok(parsed) => format!("{:.6}{}", parsed.value, if parsed.truncated { " cut" } else { "" }),
        Err(_) => "no".to_owned(),
    }
}

#[test]
fn dates_come_in_many_forms() {
    for (text, expected) in [
        ("2024-01-31", "2024-01-31 00:00:00.000000"),
        ("2024-1-2 3:4:5", "2024-01-02 03:04:05.000000"),
        ("2024/01/02T03.04.05", "2024-01-02 03:04:05.000000"),
        ("24-01-02", "2024-01-02 00:00:00.000000"),
        ("1-1-2", "0001-01-02 00:00:00.000000"),
        ("2024-01-025", "no"),
        ("70-01-02", "1970-01-02 00:00:00.000000"),
        ("69-01-02", "2069-01-02 00:00:00.000000"),
        ("20240102", "2024-01-02 00:00:00.000000"),
        ("240102", "2024-01-02 00:00:00.000000"),
        ("20240102030405", "2024-01-02 03:04:05.000000"),
        ("240102030405", "2024-01-02 03:04:05.000000"),
        ("20240102030405.5", "2024-01-02 03:04:05.500000"),
        ("2024-01-02 03:04:05.1234567", "2024-01-02 03:04:05.123457"),
        ("2024-01-02 23:59:59.9999999", "2024-01-03 00:00:00.000000"),
        ("2024-01-02 03:04", "2024-01-02 03:04:00.000000"),
        ("2024-01-02 03", "2024-01-02 03:00:00.000000"),
        ("  2024-01-02  ", "2024-01-02 00:00:00.000000"),
        ("2024-01-02 abc", "2024-01-02 00:00:00.000000 cut"),
        ("2024-01-02abc", "2024-01-02 00:00:00.000000 cut"),
        ("2024-00-00", "2024-00-00 00:00:00.000000"),
        ("0000-00-00", "0000-00-00 00:00:00.000000"),
        ("00-00-00", "0000-00-00 00:00:00.000000"),
        ("2024-02-30", "no"),
        ("2024-13-01", "no"),
        ("2024-01-02 24:00:00", "no"),
        ("2024-01-02 00:60:00", "no"),
        ("abc", "no"),
        ("", "no"),
        ("2024", "no"),
        ("2024-01", "no"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
    let offset = parse_date_time("2024-01-02 03:04:05+05:30", DateMode::default()).unwrap();
    assert_eq!((offset.offset, offset.truncated), (Some(19_800), false));
}

#[test]
fn modes_refuse_odd_dates() {
    let strict = DateMode { no_zero_date: true, no_zero_in_date: true, ..DateMode::default() };
    assert!(parse_date_time("0000-00-00", strict).is_err());
    assert!(parse_date_time("2024-00-01", strict).is_err());
    let loose = DateMode { allow_invalid_dates: true, ..DateMode::default() };
    assert!(parse_date_time("2024-02-31", loose).is_ok());
    assert!(parse_date_time("2024-02-32", loose).is_err());
}

#[test]
fn times_come_in_many_forms() {
    let read = |text: &str| match parse_time(text, DateMode::default()) {
        Ok(parsed) => format!("{:.6}{}", parsed.value, if parsed.truncated { " cut" } else { "" }),
        Err(Mistake::OutOfRange(limit)) => format!("beyond {limit}"),
        Err(Mistake::Incorrect) => "no".to_owned(),
    };
    for (text, expected) in [
        ("10:11:12", "10:11:12.000000"),
        ("-10:11:12.5", "-10:11:12.500000"),
        ("10:11", "10:11:00.000000"),
        ("101112", "10:11:12.000000"),
        ("1112", "00:11:12.000000"),
        ("12", "00:00:12.000000"),
        ("2 10:11:12", "58:11:12.000000"),
        ("2 10", "58:00:00.000000"),
        ("24 100:02", "676:02:00.000000"),
        ("1:005", "01:05:00.000000"),
        ("-838:124", "no"),
        ("838:59:59", "838:59:59.000000"),
        ("839:00:00", "beyond 838:59:59"),
        ("-900:00:00", "beyond -838:59:59"),
        ("10:60:00", "no"),
        ("2024-01-02 10:11:12", "10:11:12.000000"),
        ("10:11:12abc", "10:11:12.000000 cut"),
        ("abc", "no"),
        ("", "no"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn numbers_are_dates_and_times() {
    let date = |number| match date_time_from_number(number, DateMode::default()) {
        Ok(moment) => moment.to_string(),
        Err(_) => "no".to_owned(),
    };
    assert_eq!(date(20240131), "2024-01-31 00:00:00");
    assert_eq!(date(240131), "2024-01-31 00:00:00");
    assert_eq!(date(700101), "1970-01-01 00:00:00");
    assert_eq!(date(20240131103059), "2024-01-31 10:30:59");
    assert_eq!(date(240131103059), "2024-01-31 10:30:59");
    assert_eq!(date(0), "0000-00-00 00:00:00");
    assert_eq!(date(100), "no");
    assert_eq!(date(20240230), "no");
    assert_eq!(time_from_number(-103059).unwrap().to_string(), "-10:30:59");
    assert_eq!(time_from_number(8385960), Err(Mistake::OutOfRange(Time { micros: MAX_TIME })));
    assert_eq!(time_from_number(6000), Err(Mistake::Incorrect));
}

#[test]
fn days_have_the_numbers_of_the_server() {
    for (text, days) in [
        ("1970-01-01", 719_528),
        ("0000-01-01", 1),
        ("0001-01-01", 366),
        ("9999-12-31", 3_652_424),
        ("2024-02-29", 739_310),
        ("0000-00-00", 0),
    ] {
        assert_eq!(moment(text).date.to_days(), days, "{text}");
    }
    assert_eq!(moment("2024-01-01").date.weekday(), 0);
    assert_eq!(moment("2024-12-31").date.day_of_year(), 366);
}

#[test]
fn weeks_are_counted_in_eight_ways() {
    // WEEK(date, 0..7) of MySQL 9.7.
    for (text, weeks) in [
        ("2000-01-01", [0, 0, 52, 52, 0, 0, 52, 52]),
        ("2008-02-20", [7, 8, 7, 8, 8, 7, 8, 7]),
        ("2024-12-31", [52, 53, 52, 1, 53, 53, 1, 53]),
        ("2024-12-30", [52, 53, 52, 1, 53, 53, 1, 53]),
        ("2026-01-01", [0, 1, 52, 1, 0, 0, 53, 52]),
    ] {
        let date = moment(text).date;
        let found: Vec<_> = (0..8).map(|mode| date.week(WeekMode::from_number(mode)).1).collect();
        assert_eq!(found, weeks, "{text}");
    }
}

#[test]
fn intervals_move_dates() {
    let plus = |text: &str, amount: &str, unit: &str| {
        let unit = Unit::by_name(unit).unwrap();
        let interval = match amount.parse() {
            Ok(amount) if !unit.is_composite() => Interval::whole(amount, unit),
            _ => Interval::parse(amount, unit).unwrap(),
        };
        moment(text).plus(interval).map_or("none".to_owned(), |moment| format!("{moment:.6}"))
    };
    for (text, amount, unit, expected) in [
        ("2024-01-31", "1", "MONTH", "2024-02-29 00:00:00.000000"),
        ("2024-02-29", "-1", "YEAR", "2023-02-28 00:00:00.000000"),
        ("2024-02-28", "1", "DAY", "2024-02-29 00:00:00.000000"),
        ("2024-01-01", "-1", "MICROSECOND", "2023-12-31 23:59:59.999999"),
        ("2024-01-01", "1", "QUARTER", "2024-04-01 00:00:00.000000"),
        ("2024-01-01", "1 2:3:4", "DAY_SECOND", "2024-01-02 02:03:04.000000"),
        ("2024-01-01", "5", "DAY_SECOND", "2024-01-01 00:00:05.000000"),
        ("2024-01-01", "-1:30", "HOUR_MINUTE", "2023-12-31 22:30:00.000000"),
        ("2024-01-01", "1.5", "SECOND_MICROSECOND", "2024-01-01 00:00:01.500000"),
        ("2024-01-31", "1-1", "YEAR_MONTH", "2025-02-28 00:00:00.000000"),
        ("9999-12-31", "1", "DAY", "none"),
    ] {
        assert_eq!(plus(text, amount, unit), expected, "{text} + {amount} {unit}");
    }
    let between = |a: &str, b: &str, unit| moment(a).units_until(moment(b), unit);
    assert_eq!(between("2024-01-31", "2024-02-29", Unit::Month), 0);
    assert_eq!(between("2024-01-31", "2024-03-31", Unit::Month), 2);
    assert_eq!(between("2024-03-31", "2024-01-31", Unit::Month), -2);
    assert_eq!(between("2020-02-29", "2024-02-28", Unit::Year), 3);
    assert_eq!(between("2024-01-01", "2024-01-02 12:00:00", Unit::Hour), 36);
}

#[test]
fn zones_know_their_rules() {
    let berlin = TimeZone::parse("europe/berlin").unwrap();
    assert_eq!(berlin.to_utc(moment("2024-07-01 12:00:00")), Some(moment("2024-07-01 10:00:00")));
    assert_eq!(berlin.from_utc(moment("2024-01-01 12:00:00")), moment("2024-01-01 13:00:00"));
    // Skipped by the clock: the moment of the change.
    assert_eq!(berlin.to_utc(moment("2024-03-31 02:30:00")), Some(moment("2024-03-31 01:00:00")));
    // Shown twice: the first.
    assert_eq!(berlin.to_utc(moment("2024-10-27 02:30:00")), Some(moment("2024-10-27 00:30:00")));
    let offset = TimeZone::parse("+5:30").unwrap();
    assert_eq!(offset.name(), "+05:30");
    assert_eq!(offset.to_utc(moment("2024-01-01 00:00:00")), Some(moment("2023-12-31 18:30:00")));
    for wrong in ["+15:00", "-14:00", "Mars/Olympus", "", "+1", "+00:60"] {
        assert_eq!(TimeZone::parse(wrong), None, "{wrong}");
    }
    let utc = TimeZone::utc();
    assert_eq!(utc.to_utc(moment("2038-01-19 03:14:08")), None);
    assert_eq!(utc.to_utc(moment("1970-01-01 00:00:00")), None);
    assert!(utc.to_utc(moment("2038-01-19 03:14:07")).is_some());
    assert!(utc.to_utc(moment("1970-01-01 00:00:01")).is_some());
}

proptest! {
    #[test]
    fn days_round_trip(days in 1i64..=3_652_424) {
        let date = from_days(days).unwrap();
        prop_assert!(date.is_real());
        prop_assert_eq!(date.to_days(), days);
        if days > 366 {
            let before = from_days(days - 1).unwrap();
            prop_assert!(before < date);
        }
    }

    #[test]
    fn texts_round_trip(days in 1i64..=3_652_424, micros in 0..DAY as u64) {
        let value = DateTime { date: from_days(days).unwrap(), micros };
        prop_assert_eq!(moment(&format!("{value:.6}")), value);
        prop_assert_eq!(DateTime::from_micros(value.to_micros()), Some(value));
    }

    #[test]
    fn no_text_panics(text in "[-0-9:. T+/a]{0,24}") {
        let _ = parse_date_time(&text, DateMode::default());
        let _ = parse_time(&text, DateMode::default());
    }
}
