//! Storing: what INSERT and UPDATE do to a value on its way into a column.
//!
//! A value that does not fit is an error under strict `sql_mode`; else, and under IGNORE, the nearest value
//! that does fit is stored and a warning says so. The numbers and texts are MySQL's.

mod json;
pub mod member;
pub(in crate::value) mod number;
mod temporal;
#[cfg(test)]
mod tests;
mod text;

pub use number::full_year;

use super::temporal::{Date, DateMode, TimeZone};
use super::types::ColumnType;
use super::warning::{Level, Warning, Warnings, shortened};
use super::{SqlError, Value};

/// How values are stored: from `sql_mode` and the statement.
#[derive(Debug, Clone, Default)]
pub struct StoreMode {
    /// STRICT_TRANS_TABLES or STRICT_ALL_TABLES.
    pub strict: bool,
    /// INSERT IGNORE and its kin: errors become warnings.
    pub ignore: bool,
    /// Which odd dates are taken.
    pub dates: DateMode,
    /// The statement's day: the date of a TIME where a date is stored.
    pub today: Date,
    /// The session's time zone: TIMESTAMP columns hold UTC.
    pub zone: TimeZone,
}

impl StoreMode {
    /// Whether a value that does not fit is an error.
    fn refuses(&self) -> bool {
        self.strict && !self.ignore
    }
}

/// The column that a value goes into, and where complaints go.
struct Target<'a> {
    ty: &'a ColumnType,
    from: Option<&'a ColumnType>,
    mode: &'a StoreMode,
    column: &'a str,
    row: u64,
    warnings: &'a mut dyn Warnings,
}

impl Target<'_> {
    fn place(&self) -> String {
        format!("for column '{}' at row {}", self.column, self.row)
    }

    /// An error under strict mode, else a warning.
    fn complain(&mut self, code: u16, sqlstate: &[u8; 5], message: String) -> Result<(), SqlError> {
        if self.mode.refuses() {
            return Err(SqlError::new(code, sqlstate, message));
        }
        self.warnings.warn(Warning { level: Level::Warning, code, message });
        Ok(())
    }

    /// A warning, if there is one.
    fn warnings_of(&mut self, warning: Option<Warning>) {
        if let Some(warning) = warning {
            self.warnings.warn(warning);
        }
    }

    /// 1264.
    fn out_of_range(&mut self) -> Result<(), SqlError> {
        let message = format!("Out of range value {}", self.place());
        self.complain(1264, b"22003", message)
    }

    /// 1265.
    fn truncated(&mut self) -> Result<(), SqlError> {
        let message = format!("Data truncated {}", self.place());
        self.complain(1265, b"01000", message)
    }

    /// 1265 as a note, which strict mode lets pass.
    fn note_truncated(&mut self) {
        let message = format!("Data truncated {}", self.place());
        self.warnings.warn(Warning::note(1265, message));
    }

    /// 1366: `Incorrect integer value: 'abc' for column 'a' at row 1`.
    fn incorrect(&mut self, kind: &str, value: &str) -> Result<(), SqlError> {
        let message = format!("Incorrect {kind} value: '{}' {}", shortened(value), self.place());
        self.complain(1366, b"HY000", message)
    }

    /// 1406 under strict mode, else a warning 1265.
    fn too_long(&mut self) -> Result<(), SqlError> {
        if self.mode.refuses() {
            return Err(SqlError::new(1406, b"22001", format!("Data too long {}", self.place())));
        }
        self.truncated()
    }
}

/// The value that a column of type `to` holds when `value` is stored in it. NULL stays NULL: whether the
/// column takes it is for the caller (1048). `from` is the type of the expression, if it is known: it says
/// how a time or float reads as text, and in which character set the bytes of a text are.
///
/// # Errors
///
/// Under strict mode, for a value that the column cannot hold: 1264, 1265, 1292, 1366, 1406; and in every
/// mode for a text that is no JSON: 3140.
pub fn store(
    value: &Value,
    from: Option<&ColumnType>,
    to: &ColumnType,
    mode: &StoreMode,
    column: &str,
    row: u64,
    warnings: &mut dyn Warnings,
) -> Result<Value, SqlError> {
    if matches!(value, Value::Null) {
        return Ok(Value::Null);
    }
    let mut target = Target { ty: to, from, mode, column, row, warnings };
    match to {
        ColumnType::Integer { size, unsigned, .. } => {
            number::integer(value, *size, *unsigned, &mut target)
        }
        ColumnType::Decimal { precision, scale, unsigned, .. } => {
            number::decimal(value, (*precision, *scale), *unsigned, &mut target)
        }
        ColumnType::Float { .. } => number::float(value, &mut target),
        ColumnType::Bit(length) => number::bit(value, *length, &mut target),
        ColumnType::Year => number::year(value, &mut target),
        ColumnType::Date => temporal::date(value, &mut target),
        ColumnType::Time(fsp) => temporal::time(value, *fsp, &mut target),
        ColumnType::DateTime(fsp) => temporal::date_time(value, *fsp, &mut target),
        ColumnType::Timestamp(fsp) => temporal::timestamp(value, *fsp, &mut target),
        ColumnType::Char { .. } | ColumnType::Text { .. } => text::text(value, &mut target),
        ColumnType::Binary { .. } | ColumnType::Blob(_) => text::bytes(value, &mut target),
        ColumnType::Enum { members, collation } => {
            member::one(value, members, *collation, &mut target)
        }
        ColumnType::Set { members, collation } => {
            member::several(value, members, *collation, &mut target)
        }
        ColumnType::Json => json::json(value, &target),
        ColumnType::Null => Ok(value.clone()),
    }
}
