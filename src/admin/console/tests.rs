//! The console's words and tables, and its door over a real socket.

use super::statement::{Statement, is_like, parse};
use super::*;

#[test]
fn statements_are_told_by_their_words() {
    let known = [
        ("SHOW SERVERS", Statement::Servers),
        ("  show\n servers ; ", Statement::Servers),
        ("show full processlist", Statement::Sessions),
        ("SHOW METRICS", Statement::Metrics("%".to_owned())),
        ("show metrics like 'anabranch_%'", Statement::Metrics("anabranch_%".to_owned())),
        ("select @@version_comment limit 1", Statement::VersionComment),
        ("SET NAMES utf8mb4", Statement::Settled),
        ("show help", Statement::Help),
    ];
    for (text, statement) in known {
        assert_eq!(parse(text), Some(statement), "{text}");
    }
    for text in [
        "",
        "SELECT 1",
        "SHOW TABLES",
        "SET GLOBAL x = 1",
        "SHOW METRICS LIKE x",
        "SET NAMES latin1",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn every_statement_of_the_help_is_one() {
    for (text, _) in super::statement::HELP {
        let text = text.replace(['[', ']'], "");
        assert!(parse(&text).is_some(), "{text}");
    }
}

#[test]
fn like_is_that_of_sql() {
    for (text, pattern) in [
        ("", "%"),
        ("abc", "abc"),
        ("ABC", "a%c"),
        ("abcbc", "a%bc"),
        ("abc", "___"),
        ("abc", "%%c%"),
    ] {
        assert!(is_like(text, pattern), "{text} LIKE {pattern}");
    }
    for (text, pattern) in
        [("", "_"), ("abc", "ab"), ("abc", "%d"), ("abc", "____"), ("abcb", "a%bc")]
    {
        assert!(!is_like(text, pattern), "{text} NOT LIKE {pattern}");
    }
}

#[test]
fn samples_of_a_page() {
    let page = "# HELP a_total x\na_total{class=\"read\",target=\"b c\"} 2\nb_seconds 0.5\n";
    let table = answers::samples(page, "a%");
    let text =
        |words: &[&str]| words.iter().map(|word| Some((*word).to_owned())).collect::<Vec<_>>();
    assert_eq!(table.rows, [text(&["a_total", "class=\"read\",target=\"b c\"", "2"])]);
    assert_eq!(answers::samples(page, "%").rows.len(), 2);
}
