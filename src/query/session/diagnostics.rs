//! The warnings that a statement leaves for SHOW WARNINGS.

use crate::value::SqlError;

/// How grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarningLevel {
    /// Note.
    Note,
    /// Warning.
    Warning,
    /// Error.
    Error,
}

/// A line of SHOW WARNINGS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// How grave.
    pub level: WarningLevel,
    /// MySQL's number.
    pub code: u16,
    /// The text.
    pub message: String,
}

/// The warnings of one statement: kept up to a bound, counted beyond.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    kept: Vec<Warning>,
    count: u64,
    errors: u64,
    /// How many there were, and how many of them errors, when the running statement began.
    before: (u64, u64),
}

/// `max_error_count`'s default.
const MAX_KEPT: usize = 1024;

impl Diagnostics {
    /// A new statement begins; one that shows what the last has left leaves it as it is.
    pub fn begin(&mut self, shows: bool) {
        self.before = (self.count, self.errors);
        if !shows {
            self.clear();
        }
    }

    /// Forgets all of this statement.
    pub fn clear(&mut self) {
        self.kept.clear();
        self.count = 0;
        self.errors = 0;
    }

    /// Adds one.
    pub fn push(&mut self, level: WarningLevel, code: u16, message: String) {
        self.count += 1;
        self.errors += u64::from(level == WarningLevel::Error);
        if self.kept.len() < MAX_KEPT {
            self.kept.push(Warning { level, code, message });
        }
    }

    /// The statement has failed: its error is the last line.
    pub fn push_error(&mut self, error: &SqlError) {
        self.push(WarningLevel::Error, error.code, error.message.clone());
    }

    /// How many there are by now: the packets' count.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// `@@warning_count` and `@@error_count`: those of the statement before the one that asks.
    pub fn counts_before(&self) -> (u64, u64) {
        self.before
    }

    /// Those kept, in order.
    pub fn list(&self) -> &[Warning] {
        &self.kept
    }

    /// Forgets what came after the first `kept` and `count`: a statement is run again.
    pub fn truncate(&mut self, length: usize) {
        self.kept.truncate(length);
        self.count = self.kept.len() as u64;
        self.errors =
            self.kept.iter().filter(|warning| warning.level == WarningLevel::Error).count() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostics, WarningLevel};

    #[test]
    fn a_statement_that_asks_hears_of_the_one_before() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.begin(false);
        diagnostics.push(WarningLevel::Error, 1064, "no".to_owned());
        diagnostics.begin(true);
        assert_eq!((diagnostics.counts_before(), diagnostics.list().len()), ((1, 1), 1));
        diagnostics.begin(false);
        assert_eq!((diagnostics.counts_before(), diagnostics.list().len()), ((1, 1), 0));
        diagnostics.push(WarningLevel::Warning, 1292, "cut".to_owned());
        diagnostics.clear();
        assert_eq!(diagnostics.counts_before(), (1, 1), "a second run of the same statement");
        diagnostics.begin(false);
        assert_eq!(diagnostics.counts_before(), (0, 0));
    }
}
