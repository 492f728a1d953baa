//! One value on its way into one column: conversion, NULL where none may be, defaults.

use std::sync::Arc;

use super::errors::{null_not_allowed, warn_of};
use crate::engine::catalog::ColumnDef;
use crate::query::expr::{ExprType, is_number, literal_number};
use crate::query::{EvalContext, Interrupt};
use crate::value::types::ColumnType;
use crate::value::{Date, DateTime, Decimal, Json, Member, StoreMode, Time, Value, store};

/// How a statement stores values.
pub(super) struct Storing {
    /// For `value::store`.
    pub mode: StoreMode,
    /// IGNORE.
    pub ignore: bool,
    /// NULL for a column that takes none is an error even without strict mode: INSERT of a single row.
    pub null_fails: bool,
}

impl Storing {
    /// As `sql_mode` has it; also tells expressions whether they are strict.
    pub fn of(ctx: &mut EvalContext<'_>, ignore: bool) -> Self {
        let mut mode = ctx.store_mode();
        mode.ignore = ignore;
        ctx.strict_write = mode.strict && !ignore;
        Self { mode, ignore, null_fails: false }
    }

    /// With a mode that is known.
    pub fn with(mode: &StoreMode) -> Self {
        Self { mode: mode.clone(), ignore: mode.ignore, null_fails: false }
    }

    /// Whether what does not fit is an error.
    pub fn is_strict(&self) -> bool {
        self.mode.strict && !self.ignore
    }

    /// The value as the column holds it.
    pub fn store(
        &self,
        value: &Value,
        from: Option<&ExprType>,
        column: &ColumnDef,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Value, Interrupt> {
        if matches!(value, Value::Null) {
            return self.null(column, ctx);
        }
        let row = ctx.row_number;
        if let (Some(from), true) = (from, is_number(&column.ty))
            && let Some(number) = literal_number(value, from)
        {
            let (number, name) = (Value::UInt(number), &column.name);
            return Ok(store(&number, None, &column.ty, &self.mode, name, row, ctx)?);
        }
        let from = from.map(|from| &from.ty);
        Ok(store(value, from, &column.ty, &self.mode, &column.name, row, ctx)?)
    }

    fn null(&self, column: &ColumnDef, ctx: &mut EvalContext<'_>) -> Result<Value, Interrupt> {
        if column.nullable {
            return Ok(Value::Null);
        }
        let error = null_not_allowed(&column.name);
        if self.is_strict() || (self.null_fails && !self.ignore) {
            return Err(error.into());
        }
        warn_of(&error, ctx);
        Ok(implicit_default(&column.ty))
    }
}

/// What a column without a default holds where nothing was given and nothing forbids it.
pub(super) fn implicit_default(ty: &ColumnType) -> Value {
    match ty {
        ColumnType::Integer { unsigned: false, .. } => Value::Int(0),
        ColumnType::Integer { .. } | ColumnType::Bit(_) | ColumnType::Year => Value::UInt(0),
        ColumnType::Decimal { scale, .. } => Value::Decimal(Decimal::from_i64(0).fit(65, *scale).0),
        ColumnType::Float { .. } => Value::Double(0.0),
        ColumnType::Date => Value::Date(Date::default()),
        ColumnType::Time(_) => Value::Time(Time::default()),
        ColumnType::DateTime(_) | ColumnType::Timestamp(_) => Value::DateTime(DateTime::ZERO),
        ColumnType::Char { .. } | ColumnType::Text { .. } => Value::Text("".into()),
        ColumnType::Binary { varying: false, length } => {
            Value::Bytes(vec![0; *length as usize].into())
        }
        ColumnType::Binary { .. } | ColumnType::Blob(_) => Value::Bytes(Arc::new([])),
        ColumnType::Enum { members, .. } => member(1, members.first().map_or("", |first| first)),
        ColumnType::Set { .. } => member(0, ""),
        ColumnType::Json => {
            Json::parse("null").map_or(Value::Null, |json| Value::Json(Arc::new(json)))
        }
        ColumnType::Null => Value::Null,
    }
}

fn member(number: u64, text: &str) -> Value {
    Value::Member(Arc::new(Member { number, text: text.into() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::types::IntegerSize;

    #[test]
    fn defaults_nobody_gave() {
        let size = IntegerSize::Int;
        let integer = ColumnType::Integer { size, unsigned: false, width: None, zerofill: false };
        assert!(matches!(implicit_default(&integer), Value::Int(0)));
        let binary = ColumnType::Binary { varying: false, length: 3 };
        assert!(matches!(implicit_default(&binary), Value::Bytes(bytes) if *bytes == [0, 0, 0]));
    }
}
