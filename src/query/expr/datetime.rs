//! `date ± INTERVAL n unit`.

use super::{Expr, ExprType};
use crate::query::{EvalContext, Interrupt};
use crate::value::temporal::{DateMode, Interval, Unit, parse_date_time, parse_time};
use crate::value::types::{CollationId, ColumnType};
use crate::value::warning::Warnings;
use crate::value::{DateTime, Time, Value, Warning, convert};

/// The type of `date ± INTERVAL`: DATE stays DATE for units of days, text stays text.
pub fn date_add_type(
    date: &ExprType,
    number: &ExprType,
    unit: Unit,
    collation: CollationId,
) -> ExprType {
    let fraction = match (unit.has_micros(), unit) {
        (true, _) => 6,
        (false, Unit::Second) => number.decimals().min(6),
        _ => 0,
    };
    let ty = match &date.ty {
        ColumnType::Date if !unit.has_time() => ColumnType::Date,
        ColumnType::Date => ColumnType::DateTime(fraction),
        ColumnType::DateTime(fsp) | ColumnType::Timestamp(fsp) => {
            ColumnType::DateTime((*fsp).max(fraction))
        }
        ColumnType::Time(fsp) if unit.has_time() => ColumnType::Time((*fsp).max(fraction)),
        ColumnType::Time(fsp) => ColumnType::DateTime((*fsp).max(fraction)),
        _ => {
            let ty = ColumnType::Char { varying: false, length: 29, collation };
            return ExprType::new(ty, true).with_coercibility(super::Coercibility::Coercible);
        }
    };
    ExprType::new(ty, true)
}

pub(super) fn eval_date_add(
    sides: &(Expr, Expr),
    unit: Unit,
    subtract: bool,
    ty: &ExprType,
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Value, Interrupt> {
    let date = sides.0.eval(ctx, row)?;
    let number = sides.1.eval(ctx, row)?;
    if matches!(date, Value::Null) || matches!(number, Value::Null) {
        return Ok(Value::Null);
    }
    let Some(interval) = interval(&number, unit, ctx) else { return Ok(Value::Null) };
    let interval = if subtract { interval.neg() } else { interval };
    if let (ColumnType::Time(_), Value::Time(time)) = (&ty.ty, &date) {
        return Ok(time_plus(*time, interval, ctx));
    }
    if let (Value::Text(text), true) = (&date, unit.has_time())
        && parse_date_time(text, DateMode::default()).is_err()
        && let Ok(parsed) = parse_time(text, DateMode::default())
    {
        let moved = time_plus(parsed.value, interval, ctx);
        return Ok(as_text(moved, 0));
    }
    add(&date, interval, unit, ty, ctx)
}

fn add(
    date: &Value,
    interval: Interval,
    unit: Unit,
    ty: &ExprType,
    ctx: &mut EvalContext<'_>,
) -> Result<Value, Interrupt> {
    let mode = DateMode { no_zero_date: true, no_zero_in_date: true, ..DateMode::default() };
    let had_time = match date {
        Value::Date(_) => false,
        Value::Int(number) => *number > 99_999_999,
        Value::Decimal(number) => number.to_i64().is_none_or(|number| number > 99_999_999),
        Value::Text(text) => parse_date_time(text, mode).is_ok_and(|parsed| parsed.has_time),
        _ => true,
    };
    let moment = match date {
        Value::Time(time) => {
            let today = ctx.local_now().date.midnight();
            today.plus(Interval::seconds(time.micros))
        }
        other => convert::to_date_time(other, mode, ctx),
    };
    let Some(moment) = moment else { return Ok(Value::Null) };
    let Some(moved) = moment.plus(interval) else {
        // Before the first day there is the zero date, which is none.
        if interval.months == 0 && interval.micros < 0 {
            Warnings::warn(ctx, Warning::truncated("datetime", "0000-00-00"));
            return Ok(Value::Null);
        }
        ctx.warn(1441, "Datetime function: datetime field overflow");
        return Ok(Value::Null);
    };
    Ok(match &ty.ty {
        ColumnType::Date => Value::Date(moved.date),
        ColumnType::DateTime(_) | ColumnType::Time(_) => Value::DateTime(moved),
        _ if !had_time && !unit.has_time() => as_text(Value::Date(moved.date), 0),
        _ => {
            let fsp = if moved.micros % 1_000_000 == 0 && !unit.has_micros() { 0 } else { 6 };
            as_text(Value::DateTime(moved), fsp)
        }
    })
}

fn as_text(value: Value, fsp: u8) -> Value {
    let ty = match value {
        Value::Date(_) => ColumnType::Date,
        Value::Time(time) => ColumnType::Time(if time.micros % 1_000_000 == 0 { fsp } else { 6 }),
        _ => ColumnType::DateTime(fsp),
    };
    Value::Text(convert::to_text_as(&value, &ty))
}

fn time_plus(time: Time, interval: Interval, ctx: &mut EvalContext<'_>) -> Value {
    let micros = i128::from(time.micros) + interval.micros;
    let moved = Time { micros: i64::try_from(micros).unwrap_or(i64::MAX) };
    let (moved, clamped) = moved.clamped();
    if clamped {
        ctx.warn(1441, "Datetime function: time field overflow");
        return Value::Null;
    }
    Value::Time(moved)
}

/// The span that a number and a unit are.
fn interval(number: &Value, unit: Unit, ctx: &mut EvalContext<'_>) -> Option<Interval> {
    if unit.is_composite() {
        let text = convert::to_text(number);
        let found = Interval::parse(&text, unit);
        if found.is_none() {
            Warnings::warn(ctx, Warning::incorrect("INTERVAL", &text));
        }
        return found;
    }
    if unit == Unit::Second {
        let decimal = convert::to_decimal(number, ctx);
        let micros = decimal.mul(&crate::value::Decimal::from_i64(1_000_000)).ok()?;
        return Some(Interval::seconds(micros.round(0).to_i64()?));
    }
    Some(Interval::whole(convert::to_i64(number, ctx), unit))
}

/// The moment of a date or a date and time.
pub(super) fn moment_of(value: &Value) -> Option<DateTime> {
    match value {
        Value::DateTime(moment) => Some(*moment),
        Value::Date(date) => Some(date.midnight()),
        _ => None,
    }
}
