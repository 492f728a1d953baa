//! A text that fits a stencil has the shape of the text that it was cut from: for any bytes, in any mode.

use proptest::prelude::*;

use super::*;
use crate::sql::fingerprint::write_shape_slowly;
use crate::sql::{Cause, Kind, LexCharset};

/// Pieces in front of, between and behind literals.
const PIECES: &[&str] = &[
    "", "", " ", ",", ", ", "=", "(", ")", "-", "--", "-- ", "#", "\n", "/", "*/", "/*", ";", ".",
    "a", "a.", "@", "@@", "@a", ":", ":=", "x", "n", "b", "e", "e5", "0x", "$", "\\", "\\'", "'",
    "''", "\"", "`", "`a`", "é", "\0", " x", " _utf8", " set ", "null", " limit ", " in (", "), (",
    "?", "<", ">", "|", "&", "!", "{", "}",
];

const STARTS: &[&str] = &[
    "select a, b, c from t where x = ",
    "insert into t (a, b) values (",
    "SET @@session.sql_mode = ",
    "update table_of_names set a = ",
    "(select abcdefghijklmnopq",
    "`quoted` first token ",
    "select '                ",
    "select '', name_of_a_column, ",
];

#[derive(Clone, Debug)]
enum Part {
    Fixed(String),
    /// A literal, and another one in its place.
    Changed(String, String),
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[0-9]{1,4}",
        1 => "0x?[0-9a-fb]{0,2}",
        3 => "'[a-z0-9 ,;*/#-]{0,6}'",
        1 => "'[a-z\\\\é'*/]{0,4}'",
        1 => "\"[a-z0-9 ]{0,3}\"",
    ]
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        prop::sample::select(PIECES).prop_map(|piece| Part::Fixed(piece.to_owned())),
        (literal(), literal()).prop_map(|(one, other)| Part::Changed(one, other)),
    ]
}

fn modes() -> impl Strategy<Value = LexMode> {
    use LexCharset::*;
    let charset =
        prop::sample::select(vec![AsciiSafe, SingleByte, Gbk, Gb18030, Big5, Sjis, Cp932, Swe7]);
    (any::<[bool; 3]>(), charset).prop_map(
        |([ansi_quotes, no_backslash_escapes, ignore_space], charset)| LexMode {
            ansi_quotes,
            no_backslash_escapes,
            ignore_space,
            charset,
        },
    )
}

fn texts(start: &str, parts: &[Part]) -> [String; 2] {
    let mut texts = [start.to_owned(), start.to_owned()];
    for part in parts {
        let (one, other) = match part {
            Part::Fixed(text) => (text, text),
            Part::Changed(one, other) => (one, other),
        };
        texts[0].push_str(one);
        texts[1].push_str(other);
    }
    texts
}

fn shape(sql: &[u8], mode: LexMode) -> Option<Vec<u8>> {
    let mut shape = Vec::new();
    let length = write_shape_slowly(sql, mode, &mut shape).ok()?;
    shape.truncate(length);
    Some(shape)
}

/// Whether the second text fits a stencil of the first; then their shapes must be the same.
fn fits(one: &[u8], other: &[u8], mode: LexMode) -> bool {
    let mut stencils = Stencils::new();
    let class = Arc::new(StatementClass::new(Kind::Read, Cause::Select));
    let Some(known) = shape(one, mode) else { return false };
    if stencils.cut(one, mode, &class).is_none() {
        return false;
    }
    assert!(stencils.find(one, mode).is_some(), "a text fits its own stencil");
    let fits = stencils.find(other, mode).is_some();
    if fits {
        let text = |shape: &[u8]| String::from_utf8_lossy(shape).into_owned();
        assert_eq!(Some(text(&known)), shape(other, mode).as_deref().map(text));
    }
    fits
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn what_fits_has_the_same_shape(
        start in prop::sample::select(STARTS),
        parts in prop::collection::vec(part(), 0..12),
        mode in modes(),
    ) {
        let [one, other] = texts(start, &parts);
        fits(one.as_bytes(), other.as_bytes(), mode);
        fits(other.as_bytes(), one.as_bytes(), mode);
    }

    /// The second text is the first with a few bytes changed anywhere.
    #[test]
    fn what_fits_after_a_change_has_the_same_shape(
        start in prop::sample::select(STARTS),
        parts in prop::collection::vec(part(), 0..8),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), b'0'..=b'9', Just(b'\'')], 0..3u8), 1..4),
        mode in modes(),
    ) {
        let [one, _] = texts(start, &parts);
        let mut other = one.clone().into_bytes();
        for (index, byte, what) in changes {
            let at = index.index(other.len());
            match what {
                0 => other[at] = byte,
                1 => other.insert(at, byte),
                _ if other.len() > 1 => _ = other.remove(at),
                _ => {}
            }
        }
        fits(one.as_bytes(), &other, mode);
    }

    /// The properties above say nothing unless texts do fit.
    #[test]
    fn plain_literals_fit(
        numbers in ("[0-9]{1,20}", "[0-9]{1,20}"),
        texts in ("[a-zA-Z0-9 ,;()#/*-]{0,20}", "[a-zA-Z0-9 ,;()#/*-]{0,20}"),
        mode in modes(),
    ) {
        let sql = |number: &str, text: &str| {
            format!("SELECT first, b, cdefgh, {number}+{number} FROM t WHERE b IN ({number}) AND c = '{text}' LIMIT {number}")
        };
        let one = sql(&numbers.0, &texts.0);
        prop_assume!(!one.contains("/*"));
        prop_assert!(fits(one.as_bytes(), sql(&numbers.1, &texts.1).as_bytes(), mode));
    }
}

#[test]
fn what_could_be_another_shape_does_not_fit() {
    let mode = LexMode::default();
    for (one, other) in [
        ("SET @@session.autocommit = 0", "SET @@session.autocommit = 1"),
        ("select a from t where b = 1; set c = 0", "select a from t where b = 1; set c = 1"),
        ("select a from t /*!80000 where b = 'x' */", "select a from t /*!80000 where b = '*/' */"),
        ("select a from t where b = 'x'", "select a from t where b = 'x''"),
        ("select a from t where b = 'x' 'y'", "select a from t where b = 'x''y'"),
        ("select a from t where b = 'x'", "select a from t where b = '\\'"),
        ("select a from t where b = 'x'", "select a from t where b = 'é'"),
        ("select a from t where b = 1", "select a from t where b = "),
        ("select a from t where b = 1", "select a from t where b = 1.5"),
        ("select a from t where b = 1", "select a from t where b = 1 for update"),
        ("select a from t where b = 0x1", "select a from t where b = 1x1"),
        ("select a from t where b = 1 ", "select a from t where b = 1"),
    ] {
        assert!(!fits(one.as_bytes(), other.as_bytes(), mode), "{one} | {other}");
    }
}

#[test]
fn a_text_beyond_the_bound_fits_nothing() {
    let sql = |text: &str| format!("select a from t where b = '{text}'");
    let long = sql(&"x".repeat(crate::sql::MAX_STATEMENT_BYTES));
    assert!(!fits(sql("x").as_bytes(), long.as_bytes(), LexMode::default()));
    assert!(fits(sql("x").as_bytes(), sql(&"x".repeat(100_000)).as_bytes(), LexMode::default()));
}

#[test]
fn another_mode_is_another_text() {
    let mut stencils = Stencils::new();
    let class = Arc::new(StatementClass::new(Kind::Read, Cause::Select));
    let sql = b"select a from t where b = 'x'";
    stencils.cut(sql, LexMode::default(), &class).unwrap();
    assert!(stencils.find(sql, LexMode { ansi_quotes: true, ..LexMode::default() }).is_none());
}

/// However many texts begin alike, what comes often stays.
#[test]
fn what_is_used_stays() {
    let mut stencils = Stencils::new();
    let class = Arc::new(StatementClass::new(Kind::Read, Cause::Select));
    let mode = LexMode::default();
    let often = b"select a, b, c from table_often where b = 5";
    let mut missed = 0;
    for number in 0..10_000 {
        if stencils.find(often, mode).is_none() {
            missed += 1;
            stencils.learn(often, mode, &class);
        }
        let once = format!("select a, b, c from table_{}", number.to_string().replace('1', "x"));
        if stencils.find(once.as_bytes(), mode).is_none() {
            stencils.learn(once.as_bytes(), mode, &class);
        }
    }
    assert!(missed < 100, "{missed}");
}
