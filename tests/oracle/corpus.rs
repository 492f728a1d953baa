//! Reads the corpus files `tests/oracle/*.sql`.
//!
//! One statement a line. `<<` and `>>` on lines of their own enclose a statement of several lines.
//! Lines that start with `--` are remarks, except directives, which hold until the next one:
//!
//! ```text
//! -- @read | @write | @local | @hidden | @any     what is known of the statements that follow
//! -- @mode ANSI_QUOTES                            their sql_mode, none without an argument
//! -- @charset gbk                                 their client character set; `\xHH` are bytes
//! -- @schema traps                                their database (default: the file's name)
//! ```

use std::path::{Path, PathBuf};

use crate::statement::{Mode, Statement, Truth};

/// Every statement of every corpus file, files in the order of their names.
pub fn load() -> Result<Vec<Statement>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map_err(|e| e.to_string())?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "sql"))
        .collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let text =
            std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        all.extend(Reader::new(&stem).read(&text)?);
    }
    Ok(all)
}

/// What holds for the next statement.
struct Reader {
    source: String,
    schema: String,
    truth: Truth,
    mode: Mode,
    /// Lines of a statement that `<<` has opened, with the number of its first line.
    block: Option<(usize, Vec<String>)>,
    found: Vec<Statement>,
}

impl Reader {
    fn new(source: &str) -> Self {
        Reader {
            source: source.to_string(),
            schema: source.to_string(),
            truth: Truth::Any,
            mode: Mode::default(),
            block: None,
            found: Vec::new(),
        }
    }

    fn read(mut self, text: &str) -> Result<Vec<Statement>, String> {
        for (index, line) in text.lines().enumerate() {
            self.line(index + 1, line)?;
        }
        match self.block {
            Some((line, _)) => Err(format!("{}:{line}: `<<` without `>>`", self.source)),
            None => Ok(self.found),
        }
    }

    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        if let Some((first, mut lines)) = self.block.take() {
            if line == ">>" {
                self.push(first, &lines.join("\n"));
            } else {
                lines.push(line.to_string());
                self.block = Some((first, lines));
            }
            return Ok(());
        }
        match line.strip_prefix("-- @") {
            Some(directive) => self.directive(number, directive.trim()),
            None if line == "<<" => {
                self.block = Some((number + 1, Vec::new()));
                Ok(())
            }
            None if line.is_empty() || line.starts_with("--") => Ok(()),
            None => {
                self.push(number, line);
                Ok(())
            }
        }
    }

    fn directive(&mut self, number: usize, directive: &str) -> Result<(), String> {
        let (word, rest) = directive.split_once(' ').unwrap_or((directive, ""));
        match word {
            "read" => self.truth = Truth::Read,
            "write" => self.truth = Truth::Write,
            "local" => self.truth = Truth::Local,
            "hidden" => self.truth = Truth::Hidden,
            "any" => self.truth = Truth::Any,
            "mode" => self.mode.sql_mode = rest.to_string(),
            "charset" => self.mode.charset = rest.to_string(),
            "schema" => self.schema = rest.to_string(),
            _ => return Err(format!("{}:{number}: unknown directive @{word}", self.source)),
        }
        Ok(())
    }

    fn push(&mut self, line: usize, sql: &str) {
        let sql = if self.mode.charset.is_empty() {
            sql.as_bytes().to_vec()
        } else {
            with_raw_bytes(sql)
        };
        self.found.push(Statement {
            sql,
            truth: self.truth,
            mode: self.mode.clone(),
            schema: self.schema.clone(),
            source: self.source.clone(),
            line,
        });
    }
}

/// Replaces `\xHH` by that byte: corpus files are UTF-8, statements need not be.
fn with_raw_bytes(sql: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = rest.find("\\x") {
        let (before, after) = rest.split_at(at);
        bytes.extend_from_slice(before.as_bytes());
        let digits = after.get(2..4).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.extend(digits);
        rest = after.get(4..).unwrap_or("");
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}
