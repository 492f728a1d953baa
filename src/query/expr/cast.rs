//! Conversions: what CAST asks for, and what happens where types meet.

use std::sync::Arc;

use super::ExprType;
use super::datetime::moment_of;
use super::numbers::{is_literal_bytes, to_decimal, to_double, to_integer};
use crate::query::session::SqlMode;
use crate::query::{EvalContext, Interrupt};
use crate::value::cast::cast as value_cast;
use crate::value::collation::Collation;
use crate::value::json::Json;
use crate::value::temporal::DateMode;
use crate::value::types::{CollationId, ColumnType};
use crate::value::warning::shortened;
use crate::value::{DateTime, SqlError, Time, Value, convert};

/// CAST.
pub(super) fn cast(
    value: Value,
    from: &ExprType,
    to: &ExprType,
    ctx: &mut EvalContext<'_>,
) -> Result<Value, Interrupt> {
    if matches!(value, Value::Null) {
        return Ok(value);
    }
    let value = match (&from.ty, &to.ty) {
        (ColumnType::Bit(_), to) if is_text_type(to) => {
            let mut bytes = Vec::new();
            crate::value::display(&value, &from.ty, &mut bytes);
            Value::Bytes(bytes.into())
        }
        _ => value,
    };
    let unlimited = match &to.ty {
        // Text of 64 KiB and more has no stated length.
        ColumnType::Text { .. } | ColumnType::Blob(_) => Some(to.ty.clone()),
        _ => None,
    };
    if let (Value::Bytes(bytes), ColumnType::Char { .. } | ColumnType::Text { .. }) =
        (&value, &to.ty)
        && std::str::from_utf8(bytes).is_err()
    {
        let hex: String = bytes.iter().take(6).map(|byte| format!("\\x{byte:02X}")).collect();
        ctx.warn(1300, format!("Invalid utf8mb4 character string: '{hex}'"));
        return Ok(Value::Null);
    }
    if let ColumnType::Binary { varying: false, length } = &to.ty
        && u64::from(*length) > ctx.session.variables.max_allowed_packet
    {
        let limit = ctx.session.variables.max_allowed_packet;
        ctx.warn(1301, format!("Result of cast_as_binary() was larger than max_allowed_packet ({limit}) - truncated"));
        return Ok(Value::Null);
    }
    // The bits of a FLOAT that no BIGINT holds are what a processor makes of such a number.
    if let (Value::Double(number), ColumnType::Integer { unsigned, .. }) = (&value, &to.ty)
        && matches!(from.ty, ColumnType::Float { double: false, .. })
        && number.abs() >= 9.3e18
    {
        return Ok(if *unsigned { Value::UInt(1 << 63) } else { Value::Int(i64::MIN) });
    }
    // Yes and no are JSON's own.
    if let (Value::Int(number), ColumnType::Json) = (&value, &to.ty)
        && from.ty == ExprType::boolean(false).ty
    {
        return Ok(Value::Json(Arc::new(Json::Bool(*number != 0))));
    }
    let to_number = matches!(
        to.ty,
        ColumnType::Integer { .. } | ColumnType::Decimal { .. } | ColumnType::Float { .. }
    );
    if to_number && is_literal_bytes(from) && matches!(value, Value::Bytes(_)) {
        let number = Value::UInt(to_integer(&value, from, ctx)? as u64);
        return Ok(value_cast(&number, None, &to.ty, &ctx.store_mode(), ctx)?);
    }
    let mode = ctx.store_mode();
    let to = unlimited.as_ref().unwrap_or(&to.ty);
    Ok(value_cast(&value, Some(&from.ty), to, &mode, ctx)?)
}

fn is_text_type(ty: &ColumnType) -> bool {
    use ColumnType::{Binary, Blob, Char, Text};
    matches!(ty, Char { .. } | Text { .. } | Binary { .. } | Blob(_))
}

/// A value as JSON: text becomes a JSON string.
pub fn json_of(value: &Value, ty: &ExprType) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(number) if is_condition(ty) => Json::Bool(*number != 0),
        Value::Int(number) => Json::Int(*number),
        Value::UInt(number) => i64::try_from(*number).map_or(Json::UInt(*number), Json::Int),
        Value::Double(number) => Json::Double(*number),
        Value::Decimal(number) => Json::Decimal(number.clone()),
        Value::Text(text) => Json::String(text.as_ref().into()),
        Value::Bytes(bytes) => match ty.collation() == CollationId::BINARY {
            // 253 is VARCHAR's number in the protocol, which MySQL keeps for what is not text.
            true => Json::Opaque(253, bytes.as_ref().into()),
            false => Json::String(String::from_utf8_lossy(bytes).into()),
        },
        Value::Date(date) => Json::Date(*date),
        Value::Time(time) => Json::Time(*time),
        Value::DateTime(moment) => match ty.ty {
            ColumnType::Timestamp(_) => Json::Timestamp(*moment),
            _ => Json::DateTime(*moment),
        },
        Value::Member(member) => Json::String(member.text.as_ref().into()),
        Value::Json(json) => json.as_ref().clone(),
    }
}

/// Whether the values of a type are yes and no.
fn is_condition(ty: &ExprType) -> bool {
    ty.ty == ExprType::boolean(ty.nullable).ty
}

/// A value as it is where its type meets another.
pub(super) fn coerce(
    value: Value,
    from: &ExprType,
    to: &ExprType,
    ctx: &mut EvalContext<'_>,
) -> Result<Value, Interrupt> {
    if matches!(value, Value::Null) {
        return Ok(value);
    }
    match &to.ty {
        ColumnType::Integer { .. } => {
            let number = to_integer(&value, from, ctx)?;
            super::arithmetic::integer_value(number, to.is_unsigned(), "coerce")
        }
        ColumnType::Decimal { scale, .. } => {
            let number = to_decimal(&value, from, ctx)?;
            let open = to.ty.has_open_scale();
            Ok(Value::Decimal(if number.scale() > *scale || open {
                number.round(i32::from(*scale))
            } else {
                number
            }))
        }
        ColumnType::Float { double, .. } => {
            let number = to_double(&value, from, ctx)?;
            Ok(Value::Double(if *double { number } else { f64::from(number as f32) }))
        }
        ColumnType::Char { .. } | ColumnType::Text { .. } => {
            Ok(Value::Text(text_of(value, from, ctx)?))
        }
        ColumnType::Binary { .. } | ColumnType::Blob(_) => bytes_of(value, from),
        ColumnType::Date
        | ColumnType::Time(_)
        | ColumnType::DateTime(_)
        | ColumnType::Timestamp(_) => temporal(value, to, ctx),
        ColumnType::Json => Ok(Value::Json(Arc::new(json_of(&value, from)))),
        _ => Ok(value),
    }
}

fn text_of(
    value: Value,
    from: &ExprType,
    ctx: &mut EvalContext<'_>,
) -> Result<Arc<str>, Interrupt> {
    let _ = ctx;
    Ok(match value {
        Value::Text(text) => text,
        Value::Bytes(bytes) => match std::str::from_utf8(&bytes) {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(&bytes).into(),
        },
        other => convert::to_text_as(&other, &from.ty),
    })
}

fn bytes_of(value: Value, from: &ExprType) -> Result<Value, Interrupt> {
    if let Value::Text(text) = &value {
        let charset = Collation::by_id(from.collation()).map(|collation| collation.charset);
        let encoded = charset.and_then(|charset| charset.encode(text).ok());
        return Ok(Value::Bytes(encoded.unwrap_or_else(|| text.as_bytes().to_vec()).into()));
    }
    Ok(match value {
        Value::Bytes(_) => value,
        Value::UInt(_) if matches!(from.ty, ColumnType::Bit(_)) => {
            let mut bytes = Vec::new();
            crate::value::display(&value, &from.ty, &mut bytes);
            Value::Bytes(bytes.into())
        }
        other => Value::Bytes(convert::to_text_as(&other, &from.ty).as_bytes().into()),
    })
}

/// Dates as `sql_mode` takes them when they are read: zeros are no mistake then.
fn date_mode(ctx: &EvalContext<'_>) -> DateMode {
    let mode = ctx.sql_mode();
    DateMode {
        no_zero_date: false,
        no_zero_in_date: false,
        allow_invalid_dates: mode.has(SqlMode::ALLOW_INVALID_DATES),
        truncate_fraction: mode.has(SqlMode::TIME_TRUNCATE_FRACTIONAL),
    }
}

fn temporal(value: Value, to: &ExprType, ctx: &mut EvalContext<'_>) -> Result<Value, Interrupt> {
    let mode = date_mode(ctx);
    Ok(match &to.ty {
        ColumnType::Date => match moment_of(&value) {
            Some(moment) => Value::Date(moment.date),
            None if matches!(value, Value::Time(_)) => Value::Date(ctx.local_now().date),
            None => convert::to_date(&value, mode, ctx).map_or(Value::Null, Value::Date),
        },
        ColumnType::Time(fsp) => match (&value, moment_of(&value)) {
            (Value::Time(time), _) => Value::Time(time.round(*fsp)),
            (_, Some(moment)) => Value::Time(moment.time().round(*fsp)),
            _ => {
                let time = convert::to_time(&value, mode, ctx);
                time.map_or(Value::Null, |time| Value::Time(time.round(*fsp)))
            }
        },
        ColumnType::DateTime(fsp) | ColumnType::Timestamp(fsp) => {
            let moment = match &value {
                Value::Time(time) => {
                    let today = ctx.local_now().date.midnight();
                    today.plus(crate::value::temporal::Interval::seconds(time.micros))
                }
                _ => match moment_of(&value) {
                    Some(moment) => Some(moment),
                    None => convert::to_date_time(&value, mode, ctx),
                },
            };
            let rounded = moment.and_then(|moment| moment.round(*fsp));
            rounded.map_or(Value::Null, Value::DateTime)
        }
        _ => value,
    })
}

/// Text as the moment that it is compared as; what is none is zero (`get_date_from_str`), and warned of.
pub(super) fn moment(
    value: Value,
    from: &ExprType,
    to: &ExprType,
    ctx: &mut EvalContext<'_>,
) -> Result<Value, Interrupt> {
    let is_null = matches!(value, Value::Null);
    Ok(match (coerce(value, from, to, ctx)?, &to.ty) {
        (Value::Null, ColumnType::Time(_)) if !is_null => Value::Time(Time::default()),
        (Value::Null, _) if !is_null => Value::DateTime(DateTime::ZERO),
        (found, _) => found,
    })
}

/// 1525: a constant that a comparison with dates cannot use.
pub fn incorrect_constant(kind: &str, text: &str) -> SqlError {
    let message = format!("Incorrect {kind} value: '{}'", shortened(text));
    SqlError::new(1525, b"HY000", message)
}
