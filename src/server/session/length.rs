//! How long a statement may keep its thread: others, a KILL of this one among them, must find one meanwhile.
//!
//! ```text
//! Short ──── on the runtime's thread
//! Unknown ── there too, with a budget of rows; past it undone, and run again as Long
//! Long ───── beside the runtime, whose other tasks another thread takes over
//! ```

use crate::sql::statement::Statement;
use crate::sql::statement::ast::{Insert, InsertSource, Query};

/// Rows that a statement may look at on the runtime's thread: well below a millisecond's work.
const BUDGET_ROWS: u64 = 2048;
/// Rows that an INSERT may have given to do the same.
const MAX_SHORT_ROWS: usize = 64;

/// How long a statement may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// Not long, whatever is in the tables.
    Short,
    /// That shows while it runs.
    Unknown,
    /// Likely long, or nothing that should begin twice.
    Long,
}

impl Length {
    /// What its text says.
    pub fn of(statement: &Statement) -> Self {
        match statement {
            // Whether rows have the parents that a new foreign key asks for is found out before the engine has
            // the word.
            Statement::AlterTable(_) | Statement::LoadData(_) | Statement::Maintain(_) => {
                Self::Long
            }
            Statement::Insert(insert) | Statement::Replace(insert) => of_insert(insert),
            Statement::Query(query) if reads_much(query) => Self::Long,
            Statement::Query(_)
            | Statement::SelectInto(_)
            | Statement::Update(_)
            | Statement::Delete(_)
            | Statement::Set(_)
            | Statement::Do(_)
            | Statement::Show(_) => Self::Unknown,
            _ => Self::Short,
        }
    }

    /// How many rows it may look at; none: any number.
    pub fn budget(self) -> Option<u64> {
        (self == Self::Unknown).then_some(BUDGET_ROWS)
    }
}

/// An INSERT is not begun twice where it can be helped: the numbers that AUTO_INCREMENT has given are gone.
fn of_insert(insert: &Insert) -> Length {
    match &insert.source {
        InsertSource::Values(rows) if rows.len() <= MAX_SHORT_ROWS => Length::Short,
        _ => Length::Long,
    }
}

/// Rows of more than one table, or all of one's: not worth a try.
fn reads_much(query: &Query) -> bool {
    query.body.as_select().is_none_or(|select| {
        let [from] = select.from.as_slice() else { return !select.from.is_empty() };
        !from.joins.is_empty() || (select.selection.is_none() && query.limit_clause.is_none())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statement::{ParserMode, parse_one};

    fn length(sql: &str) -> Length {
        Length::of(&parse_one(sql.as_bytes(), ParserMode::default()).unwrap().statement)
    }

    #[test]
    fn what_reads_rows_by_a_condition_has_a_budget() {
        for sql in
            ["SELECT * FROM t WHERE a = 1", "UPDATE t SET a = 1 WHERE b = 2", "DELETE FROM t"]
        {
            assert_eq!(length(sql), Length::Unknown, "{sql}");
            assert!(length(sql).budget().is_some());
        }
        assert_eq!(length("SELECT 1"), Length::Unknown);
    }

    #[test]
    fn inserts_are_not_begun_twice() {
        assert_eq!(length("INSERT INTO t VALUES (1), (2)"), Length::Short);
        assert_eq!(length("INSERT INTO t SELECT * FROM s"), Length::Long);
        let many = format!("INSERT INTO t VALUES {}", vec!["(1)"; 100].join(", "));
        assert_eq!(length(&many), Length::Long);
        assert!(length(&many).budget().is_none());
    }

    #[test]
    fn what_reads_all_is_long_at_once() {
        for sql in ["SELECT * FROM a JOIN b", "SELECT * FROM t", "SELECT 1 UNION SELECT 2"] {
            assert_eq!(length(sql), Length::Long, "{sql}");
        }
        assert_eq!(length("SELECT * FROM t LIMIT 1"), Length::Unknown);
    }
}
