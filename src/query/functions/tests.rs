//! Functions against what a MySQL server answered: values, types, errors and warnings of the expressions
//! in `testscripts/`.
//!
//! Expressions are parsed by sqlparser and typed and evaluated here, without the binder: literals, calls and
//! what is written as a call. What is no call (arithmetic, CAST, intervals) is left to the tests of
//! `query::expr`; such lines are passed over, and so are those marked with `~` before the value, with the
//! reason.

mod evaluator;

use std::fmt::Write;

use evaluator::{Evaluated, evaluate};

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
    let (mut compared, mut passed_over) = (0, Vec::new());
    for case in cases(script) {
        if case.answer.starts_with('~') {
            continue;
        }
        match evaluate(case.expression) {
            Evaluated::NotACall => passed_over.push(case.expression),
            Evaluated::Answer { text, warnings } => {
                compared += 1;
                let expected = match case.answer.strip_prefix("error ") {
                    Some(error) => format!("error {}", error.split(' ').next().unwrap()),
                    None => case.answer.to_owned(),
                };
                let expected_warnings = codes(&case.warnings);
                if text != expected || warnings != expected_warnings {
                    let _ = writeln!(
                        wrong,
                        "{}\n  expected {expected} {expected_warnings:?}\n  got      {text} {warnings:?}",
                        case.expression
                    );
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}\n{} passed over: {passed_over:#?}", passed_over.len());
    assert!(compared >= at_least, "{compared} compared, passed over: {passed_over:#?}");
}

#[test]
fn numbers() {
    check(include_str!("testscripts/numeric"), 200);
}

#[test]
fn strings() {
    check(include_str!("testscripts/string"), 300);
}

#[test]
fn identifiers_and_information() {
    check(include_str!("testscripts/hash"), 100);
}

#[test]
fn dates_and_times() {
    check(include_str!("testscripts/date"), 350);
}

#[test]
fn json() {
    check(include_str!("testscripts/json"), 150);
}
