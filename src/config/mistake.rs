//! A mistake in the configuration file: where it is, what is wrong, what to write instead.

use std::fmt;

/// One mistake. Its text ends with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Line, from 1; 0 when the mistake is about the file as a whole.
    pub line: usize,
    /// Column in characters, from 1; 0 when the mistake is about the file as a whole.
    pub column: usize,
    /// The key as a path, such as `server[1].address`; empty for syntax and for the whole file.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead, as an instruction: "write `weight = 100`".
    pub advice: String,
}

impl fmt::Display for Mistake {
    /// `line:column: key: message; advice`, without the parts that are empty.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:{}: ", self.line, self.column)?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}; {}", self.message, self.advice)
    }
}
