//! The deliberate differences: `known.txt`.
//!
//! ```text
//! # comments
//! reason: a sentence for all lines below it
//! file.slt: the statement, its white space folded
//! file.slt: the beginning of some statements *
//! ```

use std::path::Path;

/// Statements that may differ, each with its reason.
#[derive(Default)]
pub struct Known {
    entries: Vec<Entry>,
}

struct Entry {
    file: String,
    sql: String,
    prefix: bool,
    reason: String,
}

impl Known {
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut known = Self::default();
        let mut reason = String::new();
        for line in text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
            if let Some(text) = line.strip_prefix("reason: ") {
                reason = text.into();
                continue;
            }
            let (file, sql) = line.split_once(": ").ok_or_else(|| format!("known.txt: {line}"))?;
            if reason.is_empty() {
                return Err(format!("known.txt: no reason for {line}"));
            }
            let sql = fold(sql);
            let (sql, prefix) = match sql.strip_suffix('*') {
                Some(start) if start.ends_with(' ') => (start.trim_end().to_owned(), true),
                _ => (sql, false),
            };
            known.entries.push(Entry { file: file.into(), sql, prefix, reason: reason.clone() });
        }
        Ok(known)
    }

    /// Why this statement may differ.
    pub fn reason(&self, file: &str, sql: &str) -> Option<&str> {
        let sql = fold(sql);
        let matches = |e: &&Entry| {
            e.file == file && if e.prefix { sql.starts_with(&e.sql) } else { sql == e.sql }
        };
        self.entries.iter().find(matches).map(|e| e.reason.as_str())
    }
}

/// A statement's line in such a list.
pub fn line(file: &str, sql: &str) -> String {
    format!("{file}: {}\n", fold(sql))
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn statements_are_known_whole_or_by_their_beginning() {
    let known = Known::parse("reason: r\na.slt: SELECT  1\na.slt: SHOW x *\n").unwrap();
    assert_eq!(known.reason("a.slt", "SELECT\n1"), Some("r"));
    assert_eq!(known.reason("a.slt", "SELECT 11"), None);
    assert_eq!(known.reason("b.slt", "SELECT 1"), None);
    assert_eq!(known.reason("a.slt", "SHOW x y"), Some("r"));
    assert!(Known::parse("a.slt: SELECT 1").is_err());
}
