//! AUTO_INCREMENT: numbers for rows that have none, and LAST_INSERT_ID.
//!
//! The rows of one VALUES list get numbers that follow each other, as drivers that batch inserts expect:
//! as many as rows are left are taken at once. Of a query's rows nobody knows the number; they take theirs
//! one by one.

use super::super::errors::no_auto_increment;
use crate::engine::catalog::{ColumnDef, TableDef};
use crate::query::session::SqlMode;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::types::{ColumnType, IntegerSize};

/// The numbers of one statement.
#[derive(Default)]
pub(in crate::query::dml) struct AutoIncrement {
    /// Taken and not yet given: the next, and how many.
    taken: (u64, u64),
    /// How far apart they are.
    step: u64,
    /// `insert_id` was used.
    asked: bool,
    /// The first number that a row got which was then written.
    pub first: Option<u64>,
    /// The number of the row that is being written, if it was made here.
    pub current: Option<u64>,
    /// The column's value in the last row that was written.
    pub last: u64,
}

impl AutoIncrement {
    /// Whether a value asks for a number.
    pub fn is_wanted(value: &Value, ctx: &EvalContext<'_>) -> bool {
        let zero = match value {
            Value::Null => return true,
            Value::Int(number) => *number == 0,
            Value::UInt(number) => *number == 0,
            Value::Double(number) => *number == 0.0,
            _ => false,
        };
        zero && !ctx.sql_mode().has(SqlMode::NO_AUTO_VALUE_ON_ZERO)
    }

    /// The next number as the column holds it; `left` rows may want one.
    pub fn next(
        &mut self,
        table: &TableDef,
        column: &ColumnDef,
        left: u64,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Value, Interrupt> {
        let number = match self.asked_for(ctx) {
            Some(number) => number,
            None => self.take(table, left, ctx),
        };
        if number == 0 || number == u64::MAX {
            return Err(no_auto_increment().into());
        }
        // Past its end the column stays there, where the number is taken already.
        let number = number.min(largest(&column.ty));
        self.current = Some(number);
        Ok(match &column.ty {
            ColumnType::Integer { unsigned: false, .. } => {
                Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
            }
            ColumnType::Float { .. } => Value::Double(number as f64),
            _ => Value::UInt(number),
        })
    }

    /// `SET insert_id`: the first number of the statement.
    fn asked_for(&mut self, ctx: &EvalContext<'_>) -> Option<u64> {
        let used = std::mem::replace(&mut self.asked, true);
        ctx.session.variables.insert_id.filter(|_| !used)
    }

    fn take(&mut self, table: &TableDef, left: u64, ctx: &mut EvalContext<'_>) -> u64 {
        if self.taken.1 == 0 {
            let variables = &ctx.session.variables;
            let (offset, step) =
                (variables.auto_increment_offset, variables.auto_increment_increment.max(1));
            let count = left.max(1);
            let first = ctx.session.transaction().next_auto_increment(table, count, offset, step);
            self.taken = (first, count);
            self.step = step;
        }
        let (number, count) = self.taken;
        self.taken = (number.saturating_add(self.step), count - 1);
        number
    }

    /// The row was left out (IGNORE): the next one gets its number.
    pub fn give_back(&mut self) {
        let Some(number) = self.current.take() else { return };
        let (next, count) = self.taken;
        if self.step > 0 && number.checked_add(self.step) == Some(next) {
            self.taken = (number, count + 1);
        }
    }

    /// The row was written; the column has this value.
    pub fn written(&mut self, value: &Value) {
        self.shown(value);
        match self.current.take() {
            Some(number) => self.first = self.first.or(Some(number)),
            // What was taken may be in use now; the table's counter is beyond this row.
            None if self.last.cast_signed() >= 0 && self.last >= self.taken.0 => self.taken.1 = 0,
            None => {}
        }
    }

    /// The column has this value in the row that the statement has written or changed last.
    pub fn shown(&mut self, value: &Value) {
        self.last = match value {
            // A negative number goes to the client as its bits.
            Value::Int(number) => number.cast_unsigned(),
            Value::UInt(number) => *number,
            Value::Double(number) => *number as u64,
            _ => 0,
        };
    }
}

/// The largest number that a column can hold.
fn largest(ty: &ColumnType) -> u64 {
    let ColumnType::Integer { size, unsigned, .. } = ty else { return u64::MAX };
    let bits: u32 = match size {
        IntegerSize::Tiny => 8,
        IntegerSize::Small => 16,
        IntegerSize::Medium => 24,
        IntegerSize::Int => 32,
        IntegerSize::Big => 64,
    };
    let bits = if *unsigned { bits } else { bits - 1 };
    u64::MAX >> (64 - bits)
}
