//! Tables that are computed when read: information_schema, performance_schema.

use std::sync::Arc;

use super::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::types::ColumnType;

/// A computed table.
pub trait VirtualTable: Send + Sync {
    /// Its schema, as shown.
    fn schema(&self) -> &str;
    /// Its name, as shown.
    fn name(&self) -> &str;
    /// Whether MySQL has it as a view: its columns keep their own names in results, however a query
    /// writes them.
    fn is_view(&self) -> bool {
        false
    }
    /// Its columns, in order.
    fn columns(&self) -> &[VirtualColumn];
    /// Its rows: as many values as columns. `filters` are conditions that every wanted row fulfils; they
    /// may be used to do less and may be ignored, since they are checked again.
    fn rows(
        &self,
        ctx: &mut EvalContext<'_>,
        filters: &[EqualityFilter],
    ) -> Result<Vec<Vec<Value>>, Interrupt>;
}

/// A column of a computed table.
#[derive(Debug, Clone)]
pub struct VirtualColumn {
    /// Its name, as shown.
    pub name: Arc<str>,
    /// Its type.
    pub ty: ColumnType,
    /// Whether it may hold NULL.
    pub nullable: bool,
}

/// `column = value`, with a value that is known before the rows are.
#[derive(Debug, Clone)]
pub struct EqualityFilter {
    /// The column's position.
    pub column: usize,
    /// What it equals; compared in the column's collation.
    pub value: Value,
}

/// The computed table of that name.
pub fn lookup(schema: &str, name: &str) -> Option<&'static dyn VirtualTable> {
    super::information_schema::table(schema, name)
}
