//! SQL values as JSON, and JSON as SQL's numbers.

use super::{Json, opaque};
use crate::value::convert::{scan_decimal, scan_double, scan_integer};
use crate::value::types::ColumnType;
use crate::value::warning::{Warning, Warnings};
use crate::value::{Decimal, Value};

impl Json {
    /// A value as JSON: text becomes a string (it is not parsed), bytes become opaque. NULL is `null`.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Int(number) => Self::Int(*number),
            Value::UInt(number) => Self::UInt(*number),
            Value::Decimal(number) => Self::Decimal(number.clone()),
            Value::Double(number) => Self::Double(*number),
            Value::Text(text) => Self::String((&**text).into()),
            Value::Bytes(bytes) => Self::Opaque(opaque::VARCHAR, (&**bytes).into()),
            Value::Date(date) => Self::Date(*date),
            Value::Time(time) => Self::Time(*time),
            Value::DateTime(moment) => Self::DateTime(*moment),
            Value::Member(member) => Self::String(member.text.clone()),
            Value::Json(json) => (**json).clone(),
        }
    }

    /// A value of this type as JSON: BIT and BLOB are opaque of their own kinds, TIMESTAMP is told from
    /// DATETIME, a decimal has its column's scale.
    pub fn of_type(value: &Value, ty: &ColumnType) -> Self {
        match (value, ty) {
            (Value::UInt(bits), ColumnType::Bit(length)) => {
                let kept = usize::from(*length).div_ceil(8).clamp(1, 8);
                let bytes = bits.to_be_bytes().into_iter().skip(8 - kept);
                Self::Opaque(opaque::BIT, bytes.collect())
            }
            (Value::Bytes(bytes), ColumnType::Blob(_)) => {
                Self::Opaque(opaque::BLOB, (&**bytes).into())
            }
            (Value::DateTime(moment), ColumnType::Timestamp(_)) => Self::Timestamp(*moment),
            (Value::Decimal(number), ColumnType::Decimal { scale, .. }) => {
                Self::Decimal(number.round((*scale).into()))
            }
            _ => Self::of(value),
        }
    }

    /// Whether it is neither zero nor `false` nor an empty text's number: what `WHERE json` asks.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Bool(flag) => *flag,
            Self::Int(number) => *number != 0,
            Self::UInt(number) => *number != 0,
            Self::Double(number) => *number != 0.0,
            Self::Decimal(number) => !number.is_zero(),
            _ => true,
        }
    }

    /// As an integer from `i64::MIN` to `u64::MAX`; 3156 as a warning if it is none.
    pub fn to_integer(&self, warnings: &mut dyn Warnings) -> i128 {
        match self {
            Self::Bool(flag) => (*flag).into(),
            Self::Int(number) => (*number).into(),
            Self::UInt(number) => (*number).into(),
            Self::Double(number) => i128::from(number.round_ties_even() as i64),
            Self::Decimal(number) => crate::value::convert::round_decimal(number),
            Self::String(text) => {
                let scan = scan_integer(text);
                if !scan.is_whole() {
                    warnings.warn(invalid("INTEGER"));
                }
                scan.value
            }
            _ => {
                warnings.warn(invalid("INTEGER"));
                0
            }
        }
    }

    /// As a double; 3156 as a warning if it is none.
    pub fn to_f64(&self, warnings: &mut dyn Warnings) -> f64 {
        match self {
            Self::Double(number) => *number,
            Self::Decimal(number) => number.to_f64(),
            Self::Bool(_) | Self::Int(_) | Self::UInt(_) => self.to_integer(warnings) as f64,
            Self::String(text) => {
                let scan = scan_double(text);
                if !scan.is_whole() {
                    warnings.warn(invalid("DOUBLE"));
                }
                scan.value
            }
            _ => {
                warnings.warn(invalid("DOUBLE"));
                0.0
            }
        }
    }

    /// As an exact number; 3156 as a warning if it is none.
    pub fn to_decimal(&self, warnings: &mut dyn Warnings) -> Decimal {
        match self {
            Self::Decimal(number) => number.clone(),
            Self::Double(number) => Decimal::from_f64(*number).unwrap_or_default(),
            Self::Bool(_) | Self::Int(_) | Self::UInt(_) => {
                Decimal::from_parts(self.to_integer(warnings), 0)
            }
            Self::String(text) => {
                let scan = scan_decimal(text);
                if !scan.is_whole() {
                    warnings.warn(invalid("DECIMAL"));
                }
                scan.value
            }
            _ => {
                warnings.warn(invalid("DECIMAL"));
                Decimal::ZERO
            }
        }
    }
}

/// 3156: a document that is no such value.
pub(in crate::value) fn invalid(kind: &str) -> Warning {
    Warning::new(3156, format!("Invalid JSON value for CAST to {kind} from column  at row 1"))
}
