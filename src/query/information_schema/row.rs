//! Small builders of rows, and which rows are wanted.

use super::{EqualityFilter, VirtualColumn};
pub use crate::query::cells::{maybe, maybe_number, number, text};
use crate::value::Value;
use crate::value::convert::to_text;

/// What a query asks of a table: `column = text`, by which work can be spared.
pub struct Wanted<'a> {
    columns: &'a [VirtualColumn],
    filters: &'a [EqualityFilter],
}

impl<'a> Wanted<'a> {
    pub fn new(columns: &'a [VirtualColumn], filters: &'a [EqualityFilter]) -> Self {
        Self { columns, filters }
    }

    /// Whether a row with this text in this column may be wanted.
    pub fn may(&self, column: &str, text: &str) -> bool {
        let about = |filter: &&EqualityFilter| {
            let name = self.columns.get(filter.column).map(|column| &*column.name);
            name.is_some_and(|name| name.eq_ignore_ascii_case(column))
        };
        let same =
            |filter: &EqualityFilter| to_text(&filter.value).to_lowercase() == text.to_lowercase();
        self.filters.iter().filter(about).all(same)
    }
}

/// `YES` or `NO`.
pub fn yes(is: bool) -> Value {
    text(if is { "YES" } else { "NO" })
}

/// An expression as information_schema has it: its quotes are escaped.
pub fn escaped(sql: &str) -> String {
    sql.replace('\'', "\\'")
}

/// `def`, the one catalog.
pub fn def() -> Value {
    text("def")
}
