//! How two answers differ, and the differences of a run in groups.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::known::Known;
use super::outcome::{Outcome, Rows};
use super::script::Record;

/// Examples that a group shows.
const SHOWN: usize = 6;
/// Longest line of an example, in characters.
const LONGEST: usize = 400;

/// Why two answers are not the same, in words that group like with like; `None` when they are.
pub fn difference(expected: &Outcome, got: &Outcome) -> Option<String> {
    match (expected, got) {
        (_, Outcome::Lost(why)) => Some(format!("LOST: {why}")),
        (Outcome::Rows(expected), Outcome::Rows(got)) => rows_differ(expected, got),
        (
            Outcome::Done { affected: a, insert_id: i, warnings: w },
            Outcome::Done { affected, insert_id, warnings },
        ) => done_differs((*a, *i, w), (*affected, *insert_id, warnings)),
        (Outcome::Failed { code: c, state: s, .. }, Outcome::Failed { code, state, text }) => {
            (c != code || s != state)
                .then(|| format!("error {c} {s} expected: {}", failed(*code, state, text)))
        }
        (_, Outcome::Failed { code, state, text }) => Some(failed(*code, state, text)),
        (Outcome::Failed { code, .. }, _) => Some(format!("error {code} expected, went well")),
        _ => Some("a result set on one side only".into()),
    }
}

fn failed(code: u16, state: &str, text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
    let cut: String = text.chars().take(if code == 1064 { 60 } else { 110 }).collect();
    format!("error {code} {state}: {cut}")
}

fn done_differs(expected: (u64, u64, &[u16]), got: (u64, u64, &[u16])) -> Option<String> {
    if expected.2 != got.2 {
        return Some(format!("warnings {:?}, expected {:?}", brief(got.2), brief(expected.2)));
    }
    if expected.0 != got.0 {
        return Some("affected rows".into());
    }
    (expected.1 != got.1).then(|| "last insert id".into())
}

fn brief(codes: &[u16]) -> &[u16] {
    codes.get(..codes.len().min(3)).unwrap_or(codes)
}

fn rows_differ(expected: &Rows, got: &Rows) -> Option<String> {
    if expected.rows != got.rows {
        return Some(match expected.rows.len() == got.rows.len() {
            true => "values".into(),
            false => "number of rows".into(),
        });
    }
    if expected.types != got.types {
        let pair = expected.types.iter().zip(&got.types).find(|(a, b)| a != b);
        return Some(match pair {
            Some((a, b)) => format!("type {b}, expected {a}"),
            None => "number of columns".into(),
        });
    }
    if expected.warnings != got.warnings {
        let (got, expected) = (brief(&got.warnings), brief(&expected.warnings));
        return Some(format!("warnings {got:?}, expected {expected:?}"));
    }
    (expected.names != got.names).then(|| "names".into())
}

/// One statement whose answer differs.
struct Case {
    file: String,
    line: usize,
    sql: String,
    expected: Outcome,
    got: Outcome,
    known: Option<String>,
}

/// What came of a run.
#[derive(Default)]
pub struct Report {
    statements: usize,
    files: BTreeMap<String, (usize, usize)>,
    groups: BTreeMap<String, Vec<Case>>,
}

impl Report {
    pub fn add(&mut self, file: &str, record: &Record, got: Outcome, known: &Known) {
        self.statements += 1;
        let of_file = self.files.entry(file.into()).or_default();
        of_file.0 += 1;
        let Some(why) = difference(&record.expected, &got) else { return };
        of_file.1 += 1;
        self.groups.entry(why).or_default().push(Case {
            file: file.into(),
            line: record.line,
            sql: record.sql.clone(),
            expected: record.expected.clone(),
            got,
            known: known.reason(file, &record.sql).map(str::to_owned),
        });
    }

    /// Statements that differ without a reason in `known.txt`: file, line of the script, text.
    pub fn unexplained(&self) -> impl Iterator<Item = (&str, usize, &str)> {
        let cases = self.cases().filter(|case| case.known.is_none());
        cases.map(|case| (case.file.as_str(), case.line, case.sql.as_str()))
    }

    fn cases(&self) -> impl Iterator<Item = &Case> {
        self.groups.values().flatten()
    }

    pub fn statements(&self) -> usize {
        self.statements
    }

    fn different(&self) -> usize {
        self.cases().count()
    }

    /// Percent of the statements with the recorded answer.
    pub fn share(&self) -> f64 {
        100.0 * (self.statements - self.different()) as f64 / self.statements.max(1) as f64
    }

    /// Counts by file.
    pub fn summary(&self) -> String {
        let mut out = format!(
            "{} statements, {} identical ({:.2} %), {} differ, {} of them unexplained\n",
            self.statements,
            self.statements - self.different(),
            self.share(),
            self.different(),
            self.unexplained().count()
        );
        for (file, (all, different)) in &self.files {
            let _ = writeln!(out, "  {file:<40} {all:>5} statements {different:>5} differ");
        }
        out
    }

    /// The differences, the largest group first; `shown` examples of each.
    pub fn groups(&self, shown: Option<usize>) -> String {
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by_key(|(why, cases)| (std::cmp::Reverse(cases.len()), why.as_str()));
        let mut out = String::new();
        for (why, cases) in groups {
            let _ = writeln!(out, "\n== {} x {why}", cases.len());
            cases.iter().take(shown.unwrap_or(SHOWN)).for_each(|case| case.print(&mut out));
        }
        out
    }
}

impl Case {
    fn print(&self, out: &mut String) {
        let _ = writeln!(out, "{}:{}: {}", self.file, self.line, cut(&self.sql));
        if let Some(reason) = &self.known {
            let _ = writeln!(out, "    known: {reason}");
        }
        let _ = writeln!(out, "    expected {}", cut(&brief_outcome(&self.expected, &self.got)));
        let _ = writeln!(out, "    got      {}", cut(&brief_outcome(&self.got, &self.expected)));
    }
}

/// An outcome on a line; of two result sets, only what differs.
fn brief_outcome(outcome: &Outcome, other: &Outcome) -> String {
    match (outcome, other) {
        (Outcome::Rows(a), Outcome::Rows(b)) if a.rows != b.rows => {
            let at = a.rows.iter().zip(&b.rows).position(|(a, b)| a != b);
            let at = at.unwrap_or(a.rows.len().min(b.rows.len()));
            let row = a.rows.get(at).map_or("(no more rows)", String::as_str);
            format!("{} rows, types {}, row {}: {row}", a.rows.len(), a.types.join(" "), at + 1)
        }
        (Outcome::Rows(a), _) => {
            let row = a.rows.first().map_or("", String::as_str);
            format!("{} | {} | {:?} | {row}", a.types.join(" "), a.names, a.warnings)
        }
        _ => format!("{outcome:?}"),
    }
}

fn cut(text: &str) -> String {
    text.replace('\n', " ").chars().take(LONGEST).collect()
}
