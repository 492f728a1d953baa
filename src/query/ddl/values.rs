//! Values into columns: how strict, and what a column holds that nothing was said of.

use super::Context;
use crate::query::session::SqlMode;
use crate::value::store::StoreMode;
use crate::value::temporal::{Date, DateMode, DateTime, Time};
use crate::value::types::ColumnType;
use crate::value::{Decimal, Value};

/// How strict a definition is, by its `sql_mode`.
pub fn store_mode(context: &Context) -> StoreMode {
    let mode = context.sql_mode;
    StoreMode {
        strict: mode.is_strict(),
        ignore: false,
        dates: DateMode {
            no_zero_date: mode.has(SqlMode::NO_ZERO_DATE),
            no_zero_in_date: mode.has(SqlMode::NO_ZERO_IN_DATE),
            allow_invalid_dates: mode.has(SqlMode::ALLOW_INVALID_DATES),
            truncate_fraction: mode.has(SqlMode::TIME_TRUNCATE_FRACTIONAL),
        },
        today: Date::default(),
        zone: context.zone.clone(),
    }
}

/// What a NOT NULL column without a default holds where a value is missing. Nothing for JSON, which has no
/// such value.
pub fn implicit_default(ty: &ColumnType) -> Option<Value> {
    Some(match ty {
        ColumnType::Integer { unsigned: true, .. } | ColumnType::Bit(_) | ColumnType::Year => {
            Value::UInt(0)
        }
        ColumnType::Integer { .. } => Value::Int(0),
        ColumnType::Decimal { scale, .. } => {
            Value::Decimal(Decimal::from_i64(0).round(i32::from(*scale)))
        }
        ColumnType::Float { .. } => Value::Double(0.0),
        ColumnType::Date => Value::Date(Date::default()),
        ColumnType::Time(_) => Value::Time(Time::default()),
        ColumnType::DateTime(_) | ColumnType::Timestamp(_) => Value::DateTime(DateTime::default()),
        ColumnType::Char { .. } | ColumnType::Text { .. } => Value::Text("".into()),
        ColumnType::Binary { varying: false, length } => {
            Value::Bytes(vec![0; *length as usize].into())
        }
        ColumnType::Binary { .. } | ColumnType::Blob(_) => Value::Bytes([].into()),
        ColumnType::Enum { members, .. } => {
            Value::Member(std::sync::Arc::new(crate::value::store::member::enum_member(1, members)))
        }
        ColumnType::Set { members, .. } => {
            Value::Member(std::sync::Arc::new(crate::value::store::member::set_members(0, members)))
        }
        ColumnType::Json | ColumnType::Null => return None,
    })
}
