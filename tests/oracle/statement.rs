//! One statement of the corpus: its bytes, how they lex, where it runs, and what is known of it.

use std::fmt;

use anabranch::sql::{LexCharset, LexMode};

/// What is known of a statement, whoever classifies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Changes nothing, locks nothing, and its answer is the same on an up-to-date replica.
    Read,
    /// Changes something or takes a lock: must never be called a read.
    Write,
    /// Changes nothing, but its answer depends on the session's or the server's own state.
    Local,
    /// Writes through a view, which its text cannot show: the replica must refuse it.
    Hidden,
    /// Either answer is right.
    Any,
}

/// The session settings that change how the text lexes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mode {
    /// Added to the server's default `sql_mode`.
    pub sql_mode: String,
    /// The client character set, when it isn't utf8mb4.
    pub charset: String,
}

impl Mode {
    /// As the classifier wants it.
    pub fn lex(&self) -> LexMode {
        let charset = match self.charset.as_str() {
            "" => LexCharset::from_name("utf8mb4"),
            name => LexCharset::from_name(name),
        };
        let has = |flag| self.sql_mode.split(',').any(|f| f == flag);
        LexMode {
            ansi_quotes: has("ANSI_QUOTES") || has("ANSI") || has("ORACLE"),
            no_backslash_escapes: has("NO_BACKSLASH_ESCAPES"),
            ignore_space: has("IGNORE_SPACE") || has("ANSI") || has("ORACLE"),
            charset,
        }
    }

    /// The statements that bring a session into this mode.
    pub fn settings(&self) -> [String; 2] {
        let charset = if self.charset.is_empty() { "utf8mb4" } else { &self.charset };
        [
            format!("SET sql_mode = CONCAT(@@GLOBAL.sql_mode, ',{}')", self.sql_mode),
            format!("SET NAMES {charset}"),
        ]
    }
}

/// One statement of the corpus.
#[derive(Clone, Debug)]
pub struct Statement {
    pub sql: Vec<u8>,
    pub truth: Truth,
    pub mode: Mode,
    /// The database that it runs in.
    pub schema: String,
    /// The corpus file's stem, or the generator's name.
    pub source: String,
    /// Line in the corpus file, or number of the generated statement.
    pub line: usize,
}

impl Statement {
    /// A statement of which nothing is known, in the default mode.
    pub fn any(sql: &str, schema: &str) -> Self {
        Statement {
            sql: sql.as_bytes().to_vec(),
            truth: Truth::Any,
            mode: Mode::default(),
            schema: schema.to_string(),
            source: "test".to_string(),
            line: 0,
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(&self.sql).escape_debug().to_string();
        write!(f, "{}:{}: {}", self.source, self.line, text.replace("\\'", "'"))?;
        if self.mode != Mode::default() {
            write!(f, " [{} {}]", self.mode.sql_mode, self.mode.charset)?;
        }
        Ok(())
    }
}
