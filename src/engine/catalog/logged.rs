//! A table as the log describes it, made once for each version of its definition.

use std::sync::{Arc, OnceLock};

use super::TableDef;
use crate::binlog::EventError;
use crate::binlog::event::{ColumnInfo, LoggedTable};

/// The table's form in the log, made at first use. A copy of a definition makes its own, as what is copied
/// is about to be changed.
#[derive(Debug, Default)]
pub(super) struct LoggedForm(OnceLock<Arc<LoggedTable>>);

impl Clone for LoggedForm {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl TableDef {
    /// How the log describes the table and writes its rows.
    ///
    /// # Errors
    /// It has more columns, or a longer name, than the log can hold.
    pub(crate) fn logged(&self) -> Result<Arc<LoggedTable>, EventError> {
        if let Some(logged) = self.logged.0.get() {
            return Ok(logged.clone());
        }
        let made = Arc::new(self.make_logged()?);
        Ok(self.logged.0.get_or_init(|| made).clone())
    }

    fn make_logged(&self) -> Result<LoggedTable, EventError> {
        let columns = self.columns.iter().take(self.logged_columns());
        let columns: Vec<ColumnInfo> = columns
            .map(|column| ColumnInfo {
                name: column.name.to_string(),
                ty: column.ty.clone(),
                nullable: column.nullable,
                visible: !column.invisible,
            })
            .collect();
        let parts = self.primary().map_or(&[][..], |primary| &primary.parts);
        let primary = parts.iter().map(|part| (part.column, part.prefix.unwrap_or(0)));
        let primary: Vec<(usize, u32)> = primary.collect();
        LoggedTable::new(self.id.0, &self.schema, &self.name, &columns, &primary)
    }

    /// How many columns the log has: all but the hidden ones, which come last.
    pub(crate) fn logged_columns(&self) -> usize {
        self.columns.iter().take_while(|column| !column.hidden).count()
    }
}
