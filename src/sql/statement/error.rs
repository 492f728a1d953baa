//! What is wrong with a statement's text, and what the client is told.

use crate::value::SqlError;

/// MySQL cuts the text that 1064 quotes.
const MAX_NEAR_CHARS: usize = 80;

/// Why a statement was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where: offset in bytes of the token that does not fit, in the text that was parsed.
    pub offset: usize,
    /// What the client is told.
    pub error: Box<SqlError>,
}

impl SyntaxError {
    /// 1064: the token at `offset` does not fit.
    pub fn near(sql: &[u8], offset: usize) -> Self {
        let rest = String::from_utf8_lossy(sql.get(offset..).unwrap_or_default());
        let near: String = rest.chars().take(MAX_NEAR_CHARS).collect();
        let before = sql.get(..offset).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let text = format!(
            "You have an error in your SQL syntax; check the manual that corresponds to your MySQL \
             server version for the right syntax to use near '{near}' at line {line}"
        );
        Self::with(offset, SqlError::new(1064, b"42000", text))
    }

    /// 1065: there is no statement.
    pub(super) fn empty() -> Self {
        Self::with(0, SqlError::new(1065, b"42000", "Query was empty"))
    }

    /// The same, in a text with so many bytes before.
    pub(super) fn shifted(self, offset: usize) -> Self {
        Self { offset: self.offset + offset, ..self }
    }

    /// Another error than 1064.
    pub(super) fn with(offset: usize, error: SqlError) -> Self {
        Self { offset, error: Box::new(error) }
    }

    /// 1235, for what is recognised and cannot be had.
    pub(super) fn not_supported(offset: usize, feature: &str) -> Self {
        Self::with(offset, SqlError::not_supported(feature))
    }

    /// 1436: the statement nests too deep.
    pub(super) fn too_deep(offset: usize) -> Self {
        let text = "Thread stack overrun: the statement nests too deep";
        Self::with(offset, SqlError::new(1436, b"HY000", text))
    }
}

impl From<SyntaxError> for SqlError {
    fn from(error: SyntaxError) -> Self {
        *error.error
    }
}
