//! Warnings: what a statement that succeeds has to say (`SHOW WARNINGS`).

use super::SqlError;

/// How grave a warning is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// Something was done as asked, but perhaps not as meant.
    Note,
    /// A value was changed.
    Warning,
    /// The statement, or this row of it, failed.
    Error,
}

impl Level {
    /// As `SHOW WARNINGS` prints it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "Note",
            Self::Warning => "Warning",
            Self::Error => "Error",
        }
    }
}

/// One line of `SHOW WARNINGS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// How grave.
    pub level: Level,
    /// MySQL's error number.
    pub code: u16,
    /// The text.
    pub message: String,
}

impl Warning {
    /// A warning.
    pub fn new(code: u16, message: impl Into<String>) -> Self {
        Self { level: Level::Warning, code, message: message.into() }
    }

    /// A note.
    pub fn note(code: u16, message: impl Into<String>) -> Self {
        Self { level: Level::Note, code, message: message.into() }
    }

    /// 1292: `Truncated incorrect INTEGER value: '12abc'`.
    pub fn truncated(kind: &str, value: &str) -> Self {
        Self::new(1292, format!("Truncated incorrect {kind} value: '{}'", shortened(value)))
    }

    /// 1292: `Incorrect datetime value: '2024-02-30'`.
    pub fn incorrect(kind: &str, value: &str) -> Self {
        Self::new(1292, format!("Incorrect {kind} value: '{}'", shortened(value)))
    }
}

impl From<&SqlError> for Warning {
    fn from(error: &SqlError) -> Self {
        Self { level: Level::Error, code: error.code, message: error.message.clone() }
    }
}

/// The most characters of a value that a message repeats.
const MAX_SHOWN: usize = 128;

/// As much of a value as a message repeats.
pub fn shortened(value: &str) -> &str {
    value.char_indices().nth(MAX_SHOWN).map_or(value, |(end, _)| value.get(..end).unwrap_or(value))
}

/// Where warnings go.
pub trait Warnings {
    /// Takes one. An implementation may drop it (`max_error_count`).
    fn warn(&mut self, warning: Warning);
}

impl Warnings for Vec<Warning> {
    fn warn(&mut self, warning: Warning) {
        self.push(warning);
    }
}

/// Drops every warning.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unheard;

impl Warnings for Unheard {
    fn warn(&mut self, _: Warning) {}
}
