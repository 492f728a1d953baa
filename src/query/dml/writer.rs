//! Writing rows: values into columns, rules asked, foreign keys followed.

use super::rules::{Rules, cannot_be_null, implicit_default};
use crate::engine;
use crate::engine::catalog::ColumnDef;
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::store::Key;
use crate::value::store::{StoreMode, store};
use crate::value::types::ColumnType;
use crate::value::{Row, SqlError, Value, Warning, Warnings};

/// How the rows of one statement are written.
pub struct Writer {
    /// How values are stored.
    pub mode: StoreMode,
    /// A NULL where none may be is an error, not the implicit default.
    pub null_is_error: bool,
}

/// What became of a row that was to be added.
pub enum Added {
    /// It is there, under this key.
    Yes(Key),
    /// One with an equal unique key is.
    Duplicate(Box<engine::Duplicate>),
}

impl Writer {
    /// A writer for a statement with or without IGNORE.
    pub fn new(ignore: bool, ctx: &mut EvalContext<'_>) -> Self {
        let mut mode = ctx.store_mode();
        mode.ignore = ignore;
        ctx.strict_write = mode.strict && !ignore;
        Self { null_is_error: mode.strict && !ignore, mode }
    }

    /// A value as the column stores it.
    ///
    /// # Errors
    /// 1048, 1264, 1265, 1292, 1366, 1406 and their kin, as the mode says.
    pub fn stored(
        &self,
        value: &Value,
        from: &ExprType,
        column: &ColumnDef,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Value, Interrupt> {
        if matches!(value, Value::Null) {
            return self.stored_null(column, ctx);
        }
        let number = ctx.row_number;
        let from = (from.ty != ColumnType::Null).then_some(&from.ty);
        let stored = store(value, from, &column.ty, &self.mode, &column.name, number, ctx)?;
        match (&stored, column.nullable) {
            (Value::Null, false) => self.stored_null(column, ctx),
            _ => Ok(stored),
        }
    }

    fn stored_null(
        &self,
        column: &ColumnDef,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Value, Interrupt> {
        if column.nullable || column.auto_increment {
            return Ok(Value::Null);
        }
        let error = cannot_be_null(&column.name);
        if self.null_is_error {
            return Err(error.into());
        }
        Warnings::warn(ctx, Warning::new(error.code, error.message));
        Ok(implicit_default(&column.ty))
    }

    /// Adds a row that is complete but for what the table computes.
    ///
    /// # Errors
    /// 3819, 1452, a wait.
    pub fn add(
        &self,
        rules: &Rules,
        row: &mut Vec<Value>,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Added, Interrupt> {
        rules.generate(row, &self.mode, ctx)?;
        rules.check(row, ctx)?;
        super::foreign_keys::check_parents(&rules.table, None, row, ctx)?;
        match ctx.session.transaction().insert(&rules.table, Row::new(row.clone())) {
            Ok(key) => Ok(Added::Yes(key)),
            Err(engine::Interrupt::Duplicate(duplicate)) => Ok(Added::Duplicate(duplicate)),
            Err(other) => Err(other.into()),
        }
    }

    /// Puts a row in another's place.
    ///
    /// # Errors
    /// 3819, 1451, 1452, 1062, a wait.
    pub fn change(
        &self,
        rules: &Rules,
        key: &Key,
        before: &[Value],
        row: &mut Vec<Value>,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Key, Interrupt> {
        rules.generate(row, &self.mode, ctx)?;
        rules.check(row, ctx)?;
        super::foreign_keys::check_parents(&rules.table, Some(before), row, ctx)?;
        let table = &rules.table;
        let updated = ctx.session.transaction().update(table, key, Row::new(row.clone()));
        let key = match updated {
            Ok(key) => key,
            Err(engine::Interrupt::Duplicate(duplicate)) => {
                return Err(super::duplicate::error(table, &duplicate).into());
            }
            Err(other) => return Err(other.into()),
        };
        super::foreign_keys::parent_changed(table, before, Some(row), 0, ctx)?;
        Ok(key)
    }

    /// Takes a row out.
    ///
    /// # Errors
    /// 1451, a wait.
    pub fn remove(
        &self,
        table: &std::sync::Arc<engine::catalog::TableDef>,
        key: &Key,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        let before = ctx.session.transaction().delete(table, key)?;
        super::foreign_keys::parent_changed(table, before.values(), None, 0, ctx)
    }
}

/// 1364.
pub(super) fn no_default(column: &str) -> SqlError {
    SqlError::new(1364, b"HY000", format!("Field '{column}' doesn't have a default value"))
}
