//! Scripts in sqllogictest form: read and printed.
//!
//! ```text
//! # a comment stays where it is
//! statement ok affected=1 id=5 warnings=1265
//! INSERT INTO t VALUES (…)
//!
//! statement error 1062 23000
//! INSERT INTO t VALUES (…)
//!
//! query int varchar rowsort
//! SELECT id, name FROM t
//! ----
//! id   name
//! 1    one
//! ```
//!
//! A result opens with the columns' names; names and values have one tab between them (see
//! [`super::outcome`] for how values are written). What is not said is nought: `affected=0`, no warnings.
//! `rowsort` orders the rows before they are compared, for statements that promise no order.

use std::path::{Path, PathBuf};

use super::outcome::{Outcome, Rows};

/// A statement, where it stands and what is expected of it.
#[derive(Debug, Clone)]
pub struct Record {
    /// The line of its header, from 1.
    pub line: usize,
    /// The comments before it.
    pub comments: Vec<String>,
    pub sql: String,
    pub sorted: bool,
    pub expected: Outcome,
}

/// A file of records, run from top to bottom in a schema of its own.
#[derive(Debug, Clone)]
pub struct Script {
    pub path: PathBuf,
    pub records: Vec<Record>,
}

impl Script {
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let records = parse(&text).map_err(|e| format!("{}:{e}", path.display()))?;
        Ok(Self { path: path.into(), records })
    }

    /// The file's name without its ending.
    pub fn name(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    pub fn write(&self) -> std::io::Result<()> {
        let text: Vec<String> = self.records.iter().map(Record::print).collect();
        std::fs::write(&self.path, text.join("\n"))
    }
}

impl Record {
    /// A statement of which nothing is known yet.
    pub fn new(sql: impl Into<String>) -> Self {
        let expected = Outcome::Done { affected: 0, insert_id: 0, warnings: Vec::new() };
        Self { line: 0, comments: Vec::new(), sql: sql.into(), sorted: false, expected }
    }

    fn print(&self) -> String {
        let mut out = String::new();
        self.comments.iter().for_each(|c| out.push_str(&format!("{c}\n")));
        out.push_str(&self.header());
        out.push('\n');
        out.push_str(&self.sql);
        out.push('\n');
        if let Outcome::Rows(rows) = &self.expected {
            out.push_str("----\n");
            out.push_str(&rows.names);
            out.push('\n');
            rows.rows.iter().for_each(|row| out.push_str(&format!("{row}\n")));
        }
        out
    }

    fn header(&self) -> String {
        match &self.expected {
            Outcome::Done { affected, insert_id, warnings } => {
                let affected = option("affected", *affected);
                let id = option("id", *insert_id);
                format!("statement ok{affected}{id}{}", codes(warnings))
            }
            Outcome::Failed { code, state, .. } => format!("statement error {code} {state}"),
            Outcome::Lost(why) => format!("statement lost {why}"),
            Outcome::Rows(rows) => {
                let sorted = if self.sorted { " rowsort" } else { "" };
                format!("query {}{sorted}{}", rows.types.join(" "), codes(&rows.warnings))
            }
        }
    }
}

fn option(name: &str, value: u64) -> String {
    if value == 0 { String::new() } else { format!(" {name}={value}") }
}

fn codes(warnings: &[u16]) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let codes: Vec<String> = warnings.iter().map(u16::to_string).collect();
    format!(" warnings={}", codes.join(","))
}

/// Records are separated by blank lines.
fn parse(text: &str) -> Result<Vec<Record>, String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut records = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].is_empty() {
            at += 1;
            continue;
        }
        let end = lines[at..].iter().position(|l| l.is_empty()).map_or(lines.len(), |n| at + n);
        if let Some(record) =
            parse_record(&lines[at..end], at).map_err(|e| format!("{}: {e}", at + 1))?
        {
            records.push(record);
        }
        at = end;
    }
    Ok(records)
}

fn parse_record(block: &[&str], at: usize) -> Result<Option<Record>, String> {
    let comments = block.iter().take_while(|l| l.starts_with('#')).count();
    let Some(header) = block.get(comments) else { return Ok(None) };
    let body = &block[comments + 1..];
    let cut = body.iter().position(|l| *l == "----").unwrap_or(body.len());
    let sql = body[..cut].join("\n");
    if sql.is_empty() {
        return Err("a record without a statement".into());
    }
    let results: Vec<String> = body.iter().skip(cut + 1).map(|l| (*l).to_owned()).collect();
    let expected = parse_expected(header, results)?;
    let sorted = header.split(' ').any(|word| word == "rowsort");
    let comments = block[..comments].iter().map(|c| (*c).to_owned()).collect();
    Ok(Some(Record { line: at + 1, comments, sql, sorted, expected }))
}

fn parse_expected(header: &str, results: Vec<String>) -> Result<Outcome, String> {
    let words: Vec<&str> = header.split(' ').collect();
    match words[..] {
        ["statement", "ok", ..] => Ok(Outcome::Done {
            affected: number(&words, "affected=")?,
            insert_id: number(&words, "id=")?,
            warnings: warnings(&words)?,
        }),
        ["statement", "error", code, state] => {
            let code = code.parse().map_err(|_| format!("not an error code: {code}"))?;
            Ok(Outcome::Failed { code, state: state.into(), text: String::new() })
        }
        ["query", ref rest @ ..] => {
            let types = rest.iter().filter(|w| **w != "rowsort" && !w.contains('='));
            let types = types.map(|w| (*w).to_owned()).collect();
            let mut results = results.into_iter();
            let names = results.next().unwrap_or_default();
            let rows = Rows { types, names, rows: results.collect(), warnings: warnings(&words)? };
            Ok(Outcome::Rows(rows))
        }
        _ => Err(format!("not a header: {header}")),
    }
}

fn number(words: &[&str], name: &str) -> Result<u64, String> {
    let Some(text) = words.iter().find_map(|w| w.strip_prefix(name)) else { return Ok(0) };
    text.parse().map_err(|_| format!("not a number: {text}"))
}

fn warnings(words: &[&str]) -> Result<Vec<u16>, String> {
    let Some(text) = words.iter().find_map(|w| w.strip_prefix("warnings=")) else {
        return Ok(Vec::new());
    };
    text.split(',').map(|c| c.parse().map_err(|_| format!("not a code: {c}"))).collect()
}
