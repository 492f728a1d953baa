//! How many rows a statement may look at before its caller wants to know.
//!
//! How long a statement takes is seen only while it runs. Whoever runs one on a thread that others wait for sets
//! a budget; a statement that goes past it fails, and is to be undone and run again where it holds up nobody.

use crate::value::SqlError;

/// The budget of the statement that runs.
#[derive(Debug, Clone, Default)]
pub struct Budget {
    rows: Option<u64>,
    is_spent: bool,
}

impl Budget {
    /// A statement begins that may look at so many rows, or at any number.
    pub fn begin(&mut self, rows: Option<u64>) {
        *self = Self { rows, is_spent: false };
    }

    /// Whether the statement failed because it went past its budget.
    pub fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// So many rows were looked at by now.
    ///
    /// # Errors
    /// 1317 past the budget.
    pub fn check(&mut self, rows: u64) -> Result<(), SqlError> {
        if self.rows.is_none_or(|most| rows <= most) {
            return Ok(());
        }
        self.is_spent = true;
        Err(SqlError::new(1317, b"70100", "Query execution was interrupted"))
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn past_the_budget_a_statement_fails_and_can_say_why() {
        let mut budget = Budget::default();
        assert!(budget.check(u64::MAX).is_ok());
        budget.begin(Some(512));
        assert!(budget.check(512).is_ok() && !budget.is_spent());
        assert!(budget.check(768).is_err() && budget.is_spent());
        budget.begin(None);
        assert!(budget.check(768).is_ok() && !budget.is_spent());
    }
}
