//! Functions against what a MySQL server answered: values, types, errors and warnings of the expressions
//! in `testscripts/`, each run as `SELECT expression`. Lines with `~` before the answer say why ours differs.

mod evaluator;

use std::fmt::Write;

use evaluator::evaluate;

/// An expression and what the server said.
struct Case<'a> {
    expression: &'a str,
    answer: &'a str,
    warnings: Vec<&'a str>,
}

fn cases(script: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in script.lines().filter(|line| !line.starts_with('#')) {
        match (line.strip_prefix("  ! "), line.strip_prefix("  ")) {
            (Some(warning), _) => cases.last_mut().unwrap().warnings.push(warning),
            (_, Some(answer)) => cases.last_mut().unwrap().answer = answer,
            _ => cases.push(Case { expression: line, answer: "", warnings: Vec::new() }),
        }
    }
    cases
}

/// Codes of warnings, in order. Texts differ between MySQL 8.0 and 9.
fn codes(warnings: &[&str]) -> Vec<u16> {
    warnings.iter().map(|warning| warning.split(' ').nth(1).unwrap().parse().unwrap()).collect()
}

/// Compares every expression; at least so many must be compared.
fn check(script: &str, at_least: usize) {
    let mut wrong = String::new();
    let mut compared = 0;
    for case in cases(script).into_iter().filter(|case| !case.answer.starts_with('~')) {
        compared += 1;
        let expected = match case.answer.strip_prefix("error ") {
            Some(error) => format!("error {}", error.split(' ').next().unwrap()),
            None => case.answer.to_owned(),
        };
        let (got, warnings) = (evaluate(case.expression), codes(&case.warnings));
        if got.text != expected || got.warnings != warnings {
            let _ = writeln!(wrong, "{}", case.expression);
            let _ = writeln!(wrong, "  expected {expected} {warnings:?}");
            let _ = writeln!(wrong, "  got      {} {:?}", got.text, got.warnings);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(compared >= at_least, "{compared} compared");
}

#[test]
fn numbers() {
    check(include_str!("testscripts/numeric"), 230);
}

#[test]
fn strings() {
    check(include_str!("testscripts/string"), 325);
}

#[test]
fn identifiers_and_information() {
    check(include_str!("testscripts/hash"), 115);
}

#[test]
fn dates_and_times() {
    check(include_str!("testscripts/date"), 420);
}

#[test]
fn json() {
    check(include_str!("testscripts/json"), 160);
}

/// Results and work that input could make too large are bounded.
#[test]
fn bounds_hold() {
    let too_deep = format!("REGEXP_LIKE('a', '{}a{}')", "(".repeat(5000), ")".repeat(5000));
    assert_eq!(evaluate(&too_deep).text, "error 3698");
    let long = "EXPORT_SET(5, REPEAT('a', 60000000), 'b') IS NULL";
    assert_eq!(evaluate(long).text, "'1' : bigint not null");
    let backtracking = "REGEXP_LIKE(REPEAT('a', 60), '^(?=(a+)+$)b|(a*)*\\\\1c')";
    assert!(matches!(evaluate(backtracking).text.as_str(), "error 3699" | "'0' : bigint not null"));
    assert_eq!(
        evaluate("LENGTH(CONCAT(REPEAT('a', 60000000), REPEAT('b', 60000000)))").warnings,
        [1301]
    );
}

/// One place in a statement goes on with its sequence, row after row.
#[test]
fn seeded_numbers_go_on() {
    let both = "CONCAT(RAND(3), ' ', (SELECT MAX(r) FROM (SELECT RAND(3) r UNION ALL SELECT 0) t))";
    let text = evaluate(both).text;
    assert!(text.starts_with("'0.9057697559760601 0.9057697559760601'"), "{text}");
}
