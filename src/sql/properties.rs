//! Properties that hold for any input: nothing panics, the lexer consumes everything, a shape classifies as
//! the statement does, and what cannot matter does not.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::fingerprint::{write_shape, write_shape_slowly};
use super::lexer::{Lexer, TokenKind};
use super::*;

/// Whole statements to mutate, and pieces to build from.
const SEEDS: &[&str] = &[
    "SELECT c FROM sbtest1 WHERE id=5023",
    "SELECT a, COUNT(*) FROM t JOIN u USING (id) WHERE x IN (1, 2, 'c') GROUP BY a ORDER BY 2 DESC LIMIT 5, 10",
    "SELECT * FROM t WHERE d > NOW() - INTERVAL 1 DAY AND s LIKE 'a%' FOR UPDATE",
    "WITH c (n) AS (SELECT 1) SELECT f(n), @x, @@global.read_only FROM c",
    "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y') ON DUPLICATE KEY UPDATE a = 1",
    "SET NAMES utf8mb4, @@session.sql_mode = 'ANSI', @a = 5",
    "/*!40101 SET x = 1 */; SELECT /*+ SET_VAR(a=1) */ 1 /*!80000 + 1 */ -- end\n",
    "CREATE TEMPORARY TABLE t (a INT COMMENT 'x'); PREPARE s FROM 'SELECT 1'",
    "SELECT GROUP_CONCAT(DISTINCT a ORDER BY b SEPARATOR ','), CASE WHEN a THEN 1 END FROM t",
];

const PIECES: &[&str] = &[
    "select",
    "from",
    "t",
    "(",
    ")",
    ",",
    "'",
    "\"",
    "`",
    "/*",
    "*/",
    "/*!",
    "/*!80000",
    "/*M!",
    "--",
    "-- ",
    "#",
    "\n",
    ";",
    "@",
    "@@",
    ":=",
    "into",
    "for update",
    "set",
    "1",
    ".",
    "x",
    "f(",
    "\\",
    "union",
    "with",
    "interval",
    "day",
    "case",
    "end",
    "join",
    "as",
    "in",
    "values",
    "show",
    "explain",
    "\0",
    "é",
    "{",
    "}",
    "json_table",
    "over",
    "order by",
    "limit",
    "offset",
    "match",
    "against",
    "convert",
    "using",
    "trim",
    "a.b",
    "aa.bb.cc_dd.e1",
    "long_name_of_a_table.",
    "null",
    "True.x",
    "false",
    "'it'",
    "''",
    "'a\\'",
    "n'",
    "x'",
    "$",
    "17",
    "0x",
    "1e5",
    "?",
    "=",
    "`q`",
];

fn modes() -> impl Strategy<Value = LexMode> {
    use LexCharset::*;
    let charset =
        prop::sample::select(vec![AsciiSafe, SingleByte, Gbk, Gb18030, Big5, Sjis, Cp932, Swe7]);
    (any::<bool>(), any::<bool>(), any::<bool>(), charset).prop_map(
        |(ansi_quotes, no_backslash_escapes, ignore_space, charset)| LexMode {
            ansi_quotes,
            no_backslash_escapes,
            ignore_space,
            charset,
        },
    )
}

/// Text made of pieces that mean something to the lexer.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = (prop::sample::select(PIECES), any::<bool>());
    prop::collection::vec(piece, 0..40).prop_map(|pieces| {
        let text =
            |(piece, space): (&str, bool)| format!("{piece}{}", if space { " " } else { "" });
        pieces.into_iter().map(text).collect::<String>().into_bytes()
    })
}

/// A statement with a few bytes changed.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..3u8);
    (prop::sample::select(SEEDS), prop::collection::vec(change, 0..6)).prop_map(
        |(seed, changes)| {
            let mut bytes = seed.as_bytes().to_vec();
            for (index, byte, what) in changes {
                let at = index.index(bytes.len());
                match what {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    _ if bytes.len() > 1 => drop(bytes.remove(at)),
                    _ => {}
                }
            }
            bytes
        },
    )
}

fn lexes_whole(sql: &[u8], mode: LexMode) {
    let mut lexer = Lexer::new(sql, mode);
    let mut end = 0;
    for token in lexer.by_ref() {
        assert!(token.start >= end && token.end <= sql.len(), "{token:?}");
        assert!(token.end > token.start || token.kind == TokenKind::Unknown, "{token:?}");
        end = token.end;
    }
    assert_eq!(lexer.position(), sql.len());
}

fn shape_agrees(sql: &[u8], mode: LexMode) {
    let class = classify(sql, mode);
    let (mut shape, mut again) = (Vec::new(), Vec::new());
    if fingerprint(sql, mode, &mut shape).is_ok() {
        fingerprint(&shape, mode, &mut again).expect("a shape has a shape");
        assert_eq!(String::from_utf8_lossy(&shape), String::from_utf8_lossy(&again));
        assert_eq!(class, classify(&shape, mode));
    } else {
        assert_eq!(class.kind, Kind::Write);
    }
    let mut classifier = Classifier::new(10, 1 << 20);
    assert_eq!(*classifier.classify(sql, mode), class);
    assert_eq!(*classifier.classify(sql, mode), class);
}

/// The short way through plain text and the long one write the same shape.
fn ways_agree(sql: &[u8], mode: LexMode) {
    let (mut short, mut long) = (Vec::new(), Vec::new());
    let lengths = [write_shape(sql, mode, &mut short), write_shape_slowly(sql, mode, &mut long)];
    assert_eq!(lengths[0], lengths[1]);
    if let [Ok(length), _] = lengths {
        let text = |shape: &[u8]| String::from_utf8_lossy(&shape[..length]).into_owned();
        assert_eq!(text(&short), text(&long));
    }
}

fn details_do_not_panic(sql: &[u8], mode: LexMode) {
    for verb in ["", "kill ", "prepare ", "execute ", "deallocate prepare "] {
        let text = [verb.as_bytes(), sql].concat();
        let _ = parse_kill(&text, mode);
        let _ = parse_prepare(&text, mode);
        let _ = parse_execute(&text, mode);
        let _ = parse_deallocate(&text, mode);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(sql in prop::collection::vec(any::<u8>(), 0..200), mode in modes()) {
        lexes_whole(&sql, mode);
        shape_agrees(&sql, mode);
        ways_agree(&sql, mode);
        details_do_not_panic(&sql, mode);
    }

    #[test]
    fn any_pieces(sql in soup(), mode in modes()) {
        lexes_whole(&sql, mode);
        shape_agrees(&sql, mode);
        ways_agree(&sql, mode);
        details_do_not_panic(&sql, mode);
    }

    #[test]
    fn any_mutation(sql in mutated(), mode in modes()) {
        lexes_whole(&sql, mode);
        shape_agrees(&sql, mode);
        ways_agree(&sql, mode);
    }

    /// White space, comments and the case of words do not matter (a space before `(` does, so none is
    /// added there).
    #[test]
    fn layout_does_not_matter(
        seed in prop::sample::select(SEEDS),
        gaps in prop::collection::vec(prop::sample::select(&[" ", "\n", "\t ", " /* x */ ", " # y\n", " -- z\n"][..]), 64),
        upper in any::<bool>(),
    ) {
        let mut changed = String::new();
        let mut gaps = gaps.iter().cycle();
        for (index, word) in seed.split(' ').enumerate() {
            let inside_comment = changed.matches("/*").count() != changed.matches("*/").count();
            if index > 0 {
                changed.push_str(if inside_comment { " " } else { gaps.next().unwrap() });
            }
            changed.push_str(&if upper { word.to_uppercase() } else { word.to_lowercase() });
        }
        let mode = LexMode::default();
        prop_assert_eq!(classify(changed.as_bytes(), mode), classify(seed.as_bytes(), mode), "{}", changed);
    }

    /// Literals do not matter.
    #[test]
    fn literals_do_not_matter(number in 2u64.., text in "[a-zA-Z ,;()#/*-]{0,20}", list in 1usize..50) {
        let mode = LexMode::default();
        let numbers = vec![number.to_string(); list].join(", ");
        let sql = |number: &str, text: &str, list: &str| {
            format!("SELECT a, {number}, '{text}' FROM t WHERE b IN ({list}) AND c = \"{text}\" LIMIT {number}")
        };
        let mut shapes = [Vec::new(), Vec::new()];
        fingerprint(sql(&number.to_string(), &text, &numbers).as_bytes(), mode, &mut shapes[0]).unwrap();
        fingerprint(sql("?", "x", "1").as_bytes(), mode, &mut shapes[1]).unwrap();
        let same = |shape: &[u8]| String::from_utf8_lossy(shape).replace('?', "0");
        prop_assert_eq!(same(&shapes[0]), same(&shapes[1]));
    }
}

fn classify_in_time(sql: &str) -> StatementClass {
    let start = Instant::now();
    let class = classify(sql.as_bytes(), LexMode::default());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}: {:.60}", start.elapsed(), sql);
    class
}

#[test]
fn deep_and_long_input_ends_in_time_and_on_the_stack() {
    for depth in [10, 30, 39, 60, 1000, 100_000] {
        let (open, close) = ("(".repeat(depth), ")".repeat(depth));
        for sql in [
            format!("SELECT {open}1{close}"),
            format!("SELECT {open}"),
            format!("{open}SELECT 1{close}"),
            format!("SELECT * FROM {open}t{close}"),
            format!("SELECT * FROM {open}SELECT 1{close} x"),
            format!("SELECT * FROM t WHERE {open}a = 1{close}"),
            format!("SELECT {}1{close}", "abs(".repeat(depth)),
            format!("SELECT {}1{close}", "fn(".repeat(depth)),
            format!(
                "SELECT * FROM t WHERE a IN {}1{close}",
                "(SELECT 1 FROM t WHERE b IN ".repeat(depth)
            ),
            format!("SELECT {} 1 {}", "CASE WHEN 1 THEN ".repeat(depth), "END ".repeat(depth)),
            format!("SELECT {} 1", "NOT ".repeat(depth)),
            format!("SELECT {} a", "- ".repeat(depth)),
            format!("SELECT a {}", "+ b".repeat(depth)),
            format!("SELECT a {}", "OR b = c ".repeat(depth)),
            format!("SELECT a {}", "UNION SELECT b ".repeat(depth)),
            format!("SELECT {} 1", "EXISTS ".repeat(depth)),
            format!("SELECT 1 FROM t {}", "JOIN t ".repeat(depth)),
            format!("SELECT 1 FROM {} t", "LATERAL ".repeat(depth)),
            format!("SELECT 1, {}", "INTERVAL a ".repeat(depth)),
            format!("SELECT {}", "a b, ".repeat(depth)),
            format!("{} SELECT 1", "WITH a AS ( ".repeat(depth)),
            format!("{} SELECT 1", "EXPLAIN ".repeat(depth)),
            format!("{} SELECT 1", "ANALYZE ".repeat(depth)),
            format!("{} SELECT 1", "SET STATEMENT max_statement_time=1 FOR ".repeat(depth)),
        ] {
            classify_in_time(&sql);
        }
    }
}

#[test]
fn a_long_chain_of_conditions_is_still_a_read() {
    let sql = format!("SELECT * FROM t WHERE a = 1 {}", "OR (a = 2 AND b = 3) ".repeat(1000));
    assert_eq!(classify_in_time(&sql).kind, Kind::Read);
    let list = vec!["'abc'"; 20_000].join(",");
    assert_eq!(classify_in_time(&format!("SELECT * FROM t WHERE a IN ({list})")).kind, Kind::Read);
}

#[test]
fn names_up_to_an_odd_one_are_read_once() {
    for joint in [" ", ", ", "."] {
        classify_in_time(&format!("SELECT {}é", format!("a{joint}").repeat(80_000)));
    }
}

#[test]
fn a_text_beyond_the_bound_is_a_write() {
    let sql = format!("SELECT '{}'", "x".repeat(MAX_STATEMENT_BYTES));
    assert_eq!(classify_in_time(&sql).cause, Cause::TooLong);
}

#[test]
fn what_a_replica_refused_is_remembered() {
    let mut classifier = Classifier::new(10, 1 << 20);
    let mode = LexMode::default();
    assert_eq!(classifier.classify(b"SELECT * FROM v WHERE a = 1", mode).kind, Kind::Read);
    classifier.remember_write(b"SELECT * FROM v WHERE a = 2", mode);
    let class = classifier.classify(b"select * from v where a = 3", mode);
    assert_eq!((class.kind, class.cause), (Kind::Write, Cause::RefusedByReplica));
}
