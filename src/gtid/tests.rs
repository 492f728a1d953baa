//! GTID sets against a naive model: a hash set of single transactions.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

const A: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const B: &str = "4f22fa47-71ca-11e1-9e33-c80aa9429563";

fn set(text: &str) -> GtidSet {
    text.parse().expect("a GTID set")
}

fn mariadb(text: &str) -> MariaDbPosition {
    text.parse().expect("a position")
}

#[test]
fn canonical_text() {
    let cases = [
        ("", String::new()),
        (" \n", String::new()),
        (&format!("{A}:1"), format!("{A}:1")),
        (&format!("{}:1-5:7", A.to_uppercase()), format!("{A}:1-5:7")),
        (&format!("{B}:1,\n{A}:3-4:1-2:9"), format!("{A}:1-4:9,{B}:1")),
        (&format!("{A}:1-3,{A}:2-10"), format!("{A}:1-10")),
        (&format!("{A}:5-3:7"), format!("{A}:7")),
        (&format!("{A}:Tag_1:1-3:7:b:2, {A}:4"), format!("{A}:4:b:2:tag_1:1-3:7")),
        (&format!("{}:9", A.replace('-', "")), format!("{A}:9")),
        (&format!(" {A} : 1 - 3 : 5 , "), format!("{A}:1-3:5")),
    ];
    for (text, canonical) in cases {
        assert_eq!(set(text).to_string(), canonical, "{text}");
    }
}

#[test]
fn malformed_text_is_refused() {
    let long = format!("{A}:{}", "x".repeat(33));
    let bad = [
        "x",
        ":1",
        A,
        &format!("{A}:"),
        &format!("{A}:0"),
        &format!("{A}:-1"),
        &format!("{A}:1-"),
        &format!("{A}:1-2-3"),
        &format!("{A}:9223372036854775807"),
        &format!("{A}:99999999999999999999999"),
        &format!("{A}:1-é"),
        &format!("{A}:9tag:1"),
        &long,
        "3e11fa47-71ca-11e1-9e33-c80aa942956:1",
        "3e11fa4771ca-11e1-9e33-c80aa9429562-:1",
        "é11fa47-71ca-11e1-9e33-c80aa9429562:1",
    ];
    for text in bad {
        assert!(text.parse::<GtidSet>().is_err(), "{text}");
    }
    for text in ["0", "0-1", "0-1-2-3", "a-1-2", "0--2", "4294967296-1-1", "0-1-x", "é"] {
        assert!(text.parse::<MariaDbPosition>().is_err(), "{text}");
    }
}

#[test]
fn size_is_bounded() {
    let text = " ".repeat(MAX_TEXT_BYTES + 1);
    assert_eq!(text.parse::<GtidSet>(), Err(ParseError::TooLarge));
    assert_eq!(text.parse::<MariaDbPosition>(), Err(ParseError::TooLarge));
    let mut text = String::from(A);
    (0..=MAX_INTERVALS).for_each(|_| text.push_str(":1"));
    assert_eq!(text.parse::<GtidSet>(), Err(ParseError::TooLarge));
}

#[test]
fn single_gtids_from_session_tracking() {
    let one: Gtid = format!("{A}:7").parse().expect("a GTID");
    assert_eq!(one.to_string(), format!("{A}:7"));
    let tagged: Gtid = format!("{A}:Blue:7").parse().expect("a GTID");
    assert_eq!(tagged.to_string(), format!("{A}:blue:7"));
    assert!(format!("{A}:1-2").parse::<Gtid>().is_err());
    assert!(format!("{A}:1,{B}:1").parse::<Gtid>().is_err());
    let maria: MariaDbGtid = "0-1-42".parse().expect("a GTID");
    assert_eq!(maria, MariaDbGtid { domain: 0, server: 1, sequence: 42 });
    assert!(matches!(Position::parse("0-1-42"), Ok(Position::MariaDb(_))));
    assert!(matches!(Position::parse(&format!("{A}:7")), Ok(Position::MySql(_))));
}

#[test]
fn mariadb_positions() {
    let here = mariadb("1-2-5, 0-1-42");
    assert_eq!(here.to_string(), "0-1-42,1-2-5");
    assert!(here.covers(&mariadb("0-9-42")) && here.covers(&mariadb("")));
    assert!(!here.covers(&mariadb("0-1-43")) && !here.covers(&mariadb("2-1-1")));
    let mut ahead = here.clone();
    ahead.union(&mariadb("0-3-50,2-1-1,1-1-1"));
    assert_eq!(ahead.to_string(), "0-3-50,1-2-5,2-1-1");
    ahead.subtract(&here);
    assert_eq!(ahead.to_string(), "0-3-50,2-1-1");
}

#[test]
fn positions_of_different_kinds() {
    let mysql = Position::MySql(set(&format!("{A}:1")));
    let maria = Position::MariaDb(mariadb("0-1-1"));
    assert!(!mysql.covers(&maria) && !maria.covers(&mysql));
    assert!(maria.covers(&Position::MySql(GtidSet::default())));
    let mut written = mysql.clone();
    written.add(&maria);
    assert_eq!(written, maria);
}

/// The naive model of a set: (source, number) pairs.
type Model = HashSet<(usize, u64)>;

fn source(at: usize) -> Source {
    let uuid: Uuid = [A, B][at % 2].parse().expect("a UUID");
    let tag = if at / 2 == 0 { Tag::default() } else { "t".parse().expect("a tag") };
    Source { uuid, tag }
}

fn build(parts: &[(usize, u64, u64)]) -> (GtidSet, Model) {
    let (mut set, mut model) = (GtidSet::default(), Model::new());
    for &(at, start, length) in parts {
        let end = start + length;
        set.insert_interval(source(at), Interval { start, end });
        model.extend((start..=end).map(|number| (at, number)));
    }
    (set, model)
}

fn same(set: &GtidSet, model: &Model) -> bool {
    set.count() == model.len() as u64
        && model.iter().all(|&(at, number)| set.contains(&Gtid { source: source(at), number }))
}

fn parts() -> impl Strategy<Value = Vec<(usize, u64, u64)>> {
    proptest::collection::vec((0usize..4, 1u64..60, 0u64..9), 0..12)
}

proptest! {
    #[test]
    fn algebra_matches_the_model(left in parts(), right in parts()) {
        let ((left, left_model), (right, right_model)) = (build(&left), build(&right));
        prop_assert!(same(&left, &left_model));
        prop_assert_eq!(left.contains_all(&right), right_model.is_subset(&left_model));
        let mut both = left.clone();
        both.union(&right);
        prop_assert!(same(&both, &left_model.union(&right_model).copied().collect()));
        prop_assert!(both.contains_all(&left) && both.contains_all(&right));
        let mut rest = left.clone();
        rest.subtract(&right);
        prop_assert!(same(&rest, &left_model.difference(&right_model).copied().collect()));
        let text = both.to_string();
        prop_assert_eq!(text.parse::<GtidSet>().expect("its own text"), both);
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "[0-9a-f:, \\-]{0,80}") {
        let _ = Position::parse(&text);
        let _ = text.parse::<GtidSet>();
        let _ = text.parse::<MariaDbPosition>();
    }
}
