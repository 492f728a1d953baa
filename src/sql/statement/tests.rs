//! Golden scripts: statements and what they are read as. One subject a file in `testscripts/`; a line
//! `> statement` is parsed; tags before it set the mode: `[ansi]`, `[nobackslash]`, `[pipes]`, `[highnot]`.
//!
//! Queries are shown as printed again, everything else as the tree without what is empty. What was printed
//! is parsed and printed once more, and must be the same.

mod dump;

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use super::{
    ParserMode, Statement, SyntaxError, ast, parse, parse_expr, parse_one, print_expr, print_query,
};

#[derive(Default)]
struct Scripts {
    statements: BTreeSet<String>,
}

impl goldenscript::Runner for Scripts {
    type Command = goldenscript::Command;

    fn run(
        &mut self,
        command: &goldenscript::Command,
        context: &goldenscript::Context,
    ) -> Result<String, Box<dyn Error>> {
        let mode = mode(&context.tags);
        self.statements.insert(format!("{mode:?} {}", command.name));
        if context.tags.contains("expr") {
            return Ok(format!("{}\n", expr(&command.name)));
        }
        Ok(match parse(command.name.as_bytes(), mode) {
            Ok(list) => {
                let shown = list.iter().map(|parsed| show(&parsed.statement, parsed.parameters));
                shown.collect::<Vec<_>>().join("\n") + "\n"
            }
            Err(error) => format!("{}\n", show_error(&error)),
        })
    }
}

fn mode(tags: &BTreeSet<String>) -> ParserMode {
    let mut mode = ParserMode::default();
    mode.lex.ansi_quotes = tags.contains("ansi");
    mode.lex.no_backslash_escapes = tags.contains("nobackslash");
    mode.pipes_as_concat = tags.contains("pipes");
    mode.high_not_precedence = tags.contains("highnot");
    mode
}

fn show(statement: &Statement, parameters: usize) -> String {
    let text = match statement {
        Statement::Query(query) => {
            let text = print_query(query);
            assert_prints_the_same(&text);
            text
        }
        other => dump::dump(&format!("{other:?}")),
    };
    if parameters == 0 { text } else { format!("{text} -- {parameters} parameters") }
}

/// What is printed for a query with parameters cannot be compared tree by tree: text is enough.
fn assert_prints_the_same(text: &str) {
    let again = parse_one(text.as_bytes(), ParserMode::default());
    let Ok(Statement::Query(query)) = again.map(|parsed| parsed.statement) else {
        panic!("no query: {text}")
    };
    assert_eq!(print_query(&query), text);
}

fn expr(text: &str) -> String {
    match parse_expr(text) {
        Ok(expr) => {
            let printed = print_expr(&expr);
            let again = parse_expr(&printed).unwrap_or_else(|error| panic!("{printed}: {error:?}"));
            assert_eq!(print_expr(&again), printed);
            printed
        }
        Err(error) => show_error(&error),
    }
}

fn show_error(error: &SyntaxError) -> String {
    let text = &error.error.message;
    let text = text.split("to use ").nth(1).unwrap_or(text);
    format!("ERROR {}: {text}", error.error.code)
}

#[test]
fn golden_scripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sql/statement/testscripts");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut scripts = Scripts::default();
    for path in paths {
        goldenscript::run(&mut scripts, &path).unwrap();
    }
    assert!(scripts.statements.len() >= 300, "{} statements", scripts.statements.len());
}

fn one(sql: &[u8]) -> Statement {
    parse_one(sql, ParserMode::default()).unwrap().statement
}

#[test]
fn bytes_that_are_no_text_are_kept() {
    let Statement::Insert(insert) = one(b"INSERT INTO t VALUES (_binary'\xff\x00', '\xfe')") else {
        panic!("no INSERT")
    };
    let ast::InsertSource::Values(rows) = insert.source else { panic!("no values") };
    let shown: Vec<String> = rows[0].iter().map(print_expr).collect();
    assert_eq!(shown, ["_binary 0xff00", "_binary 0xfe"]);
}

#[test]
fn latin1_is_decoded_but_not_behind_introducers() {
    let mode = ParserMode { latin1: true, ..ParserMode::default() };
    let sql = b"DO '\xe4', _binary'\xe4'";
    let Statement::Do(list) = parse_one(sql, mode).unwrap().statement else { panic!("no DO") };
    let shown: Vec<String> = list.iter().map(print_expr).collect();
    assert_eq!(shown, ["_utf8mb4'ä'", "_binary 0xe4"]);
}

#[test]
fn nesting_is_refused_not_a_crash() {
    for (open, inner, close) in [
        ("(", "1", ")"),
        ("(SELECT ", "1", ")"),
        ("ABS(", "1", ")"),
        ("NOT ", "1", ""),
        ("-", " 1", ""),
        ("CASE WHEN 1 THEN ", "1", " END"),
        ("1 BETWEEN 1 AND ", "1", ""),
        ("1 IN (", "1", ")"),
        ("@a := ", "1", ""),
        ("INTERVAL(1,", "1", ")"),
        ("1 + ", "1", ""),
    ] {
        let sql = format!("SELECT {}{inner}{}", open.repeat(100_000), close.repeat(100_000));
        let error = parse_one(sql.as_bytes(), ParserMode::default()).unwrap_err();
        assert_eq!(error.error.code, 1436, "{open}");
    }
    for (open, inner, close) in
        [("(", "t", ")"), ("a JOIN ", "a", ""), ("(SELECT * FROM ", "t", ") x")]
    {
        let sql = format!("SELECT * FROM {}{inner}{}", open.repeat(100_000), close.repeat(100_000));
        let error = parse_one(sql.as_bytes(), ParserMode::default()).unwrap_err();
        assert_eq!(error.error.code, 1436, "{open}");
    }
    let unions = format!("SELECT 1{}", " UNION SELECT 1".repeat(100_000));
    assert_eq!(parse_one(unions.as_bytes(), ParserMode::default()).unwrap_err().error.code, 1436);
}

#[test]
fn long_chains_of_and_stay_shallow() {
    let sql = format!("SELECT 1 FROM t WHERE a = 1{}", " OR a = 1".repeat(50_000));
    assert!(parse_one(sql.as_bytes(), ParserMode::default()).is_ok());
}

#[test]
fn time_grows_with_length_only() {
    let sql = format!("SELECT {}1{}", "((".repeat(90), "))".repeat(90));
    assert!(parse_one(sql.as_bytes(), ParserMode::default()).is_ok());
    let sql = format!("SELECT * FROM {}(t){}", "(".repeat(150), ")".repeat(150));
    assert!(parse_one(sql.as_bytes(), ParserMode::default()).is_ok());
}

#[test]
fn statements_are_found_one_by_one() {
    let sql = b"SELECT 1; SET @a = ';' ; -- done";
    let list = parse(sql, ParserMode::default()).unwrap();
    let texts: Vec<&[u8]> = list.iter().map(|parsed| &sql[parsed.text.clone()]).collect();
    assert_eq!(texts, [b"SELECT 1".as_slice(), b"SET @a = ';' "]);
    let error = parse_one(b"SELECT 1;\n SELECT 2", ParserMode::default()).unwrap_err();
    assert!(error.error.message.ends_with("near 'SELECT 2' at line 2"), "{error:?}");
    assert_eq!(parse_one(b" /* x */ ", ParserMode::default()).unwrap_err().error.code, 1065);
}
