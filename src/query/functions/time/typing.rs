//! Digits of fraction: what a temporal result has of its arguments.

use super::super::TypeContext;
use super::super::types::Typed;
use crate::query::expr::ExprType;
use crate::value::temporal::{DateMode, MAX_FRACTION, parse_date_time, parse_time};
use crate::value::types::ColumnType;
use crate::value::{SqlError, Value};

/// The digits that an argument has as a date or time: a constant text those that are written.
pub(super) fn fraction(args: &[ExprType], ctx: &TypeContext<'_>, at: usize) -> u8 {
    let Some(ty) = args.get(at) else { return 0 };
    match &ty.ty {
        ColumnType::Time(fsp) | ColumnType::DateTime(fsp) | ColumnType::Timestamp(fsp) => *fsp,
        ColumnType::Decimal { scale, .. } => (*scale).min(MAX_FRACTION),
        ColumnType::Integer { .. }
        | ColumnType::Year
        | ColumnType::Bit(_)
        | ColumnType::Date
        | ColumnType::Null => 0,
        _ => match ctx.constants.get(at) {
            Some(Some(Value::Text(text))) => written(text),
            Some(Some(Value::Bytes(bytes))) => match written(&String::from_utf8_lossy(bytes)) {
                MAX_FRACTION => 0,
                digits => digits,
            },
            _ => MAX_FRACTION,
        },
    }
}

fn written(text: &str) -> u8 {
    let mode = DateMode::default();
    match (parse_date_time(text, mode), parse_time(text, mode)) {
        (Ok(parsed), Err(_)) => parsed.fsp,
        (_, Ok(parsed)) => parsed.fsp,
        _ => MAX_FRACTION,
    }
}

/// The digits that a number has as seconds; text and doubles have all.
pub(super) fn seconds_fraction(args: &[ExprType], at: usize) -> u8 {
    let decimals = args.get(at).map_or(0, ExprType::decimals);
    decimals.min(MAX_FRACTION)
}

/// DATE that may be NULL.
pub(super) fn date(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::new(ColumnType::Date, true))
}

/// TIME that may be NULL.
pub(super) fn time_type(fsp: u8) -> ExprType {
    ExprType::new(ColumnType::Time(fsp), true)
}

/// DATETIME that may be NULL.
pub(super) fn date_time_type(fsp: u8) -> ExprType {
    ExprType::new(ColumnType::DateTime(fsp), true)
}

/// A constant number of digits, 0 to 6: 1426 beyond.
pub(super) fn precision(
    args: &[ExprType],
    ctx: &TypeContext<'_>,
    name: &str,
) -> Result<u8, SqlError> {
    if args.is_empty() {
        return Ok(0);
    }
    let digits = super::super::types::constant_integer(ctx, 0).unwrap_or(0);
    u8::try_from(digits).ok().filter(|digits| *digits <= MAX_FRACTION).ok_or_else(|| {
        let text = format!("Too-big precision {digits} specified for '{name}'. Maximum is 6.");
        SqlError::new(1426, b"42000", text)
    })
}
