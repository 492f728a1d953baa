//! ADDDATE and SUBDATE by days, TIMESTAMPADD, ADDTIME, SUBTIME.

use super::super::args::Args;
use super::super::build::{THREE, TWO, pure};
use super::super::types::{Typed, made_text};
use super::super::{Call, Function, TypeContext};
use super::typing::{date_time_type, fraction, time_type};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::temporal::{DateTime, Interval, MAX_TIME, Time, Unit, parse_date_time};
use crate::value::types::ColumnType;
use crate::value::{Value, Warning};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("adddate", TWO, days_type, adddate).statement(),
    pure("subdate", TWO, days_type, subdate).statement(),
    pure("timestampadd", THREE, timestampadd_type, timestampadd).statement(),
    pure("addtime", TWO, addtime_type, addtime).statement(),
    pure("subtime", TWO, addtime_type, subtime).statement(),
];

/// Characters of a date and time that is returned as text.
const TEXT_LENGTH: u64 = 29;

fn days_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(moved_type(args, ctx, 0, Unit::Day))
}

fn timestampadd_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let unit = match ctx.constants.first() {
        Some(Some(Value::Text(name))) => Unit::by_name(name).unwrap_or(Unit::Day),
        _ => Unit::Day,
    };
    Ok(moved_type(args, ctx, 2, unit))
}

/// A date stays one where no time is added; what is no date or time becomes text.
fn moved_type(args: &[ExprType], ctx: &TypeContext<'_>, at: usize, unit: Unit) -> ExprType {
    let fsp = if unit.has_micros() { 6 } else { fraction(args, ctx, at) };
    match args.get(at).map(|ty| &ty.ty) {
        Some(ColumnType::Date) if !unit.has_time() => ExprType::new(ColumnType::Date, true),
        Some(ColumnType::Date | ColumnType::DateTime(_) | ColumnType::Timestamp(_)) => {
            date_time_type(fsp)
        }
        Some(ColumnType::Time(_)) if unit.has_time() => time_type(fsp),
        Some(ColumnType::Time(_)) => date_time_type(fsp),
        _ => fixed_text(ctx),
    }
}

/// Text of a fixed length, as MySQL calls it.
fn fixed_text(ctx: &TypeContext<'_>) -> ExprType {
    let text = made_text(TEXT_LENGTH, ctx);
    let collation = text.collation();
    let ty = ColumnType::Char { varying: false, length: TEXT_LENGTH as u32, collation };
    ExprType::new(ty, true).with_coercibility(text.coercibility)
}

fn addtime_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let fsp = fraction(args, ctx, 0).max(fraction(args, ctx, 1));
    Ok(match args.first().map(|ty| &ty.ty) {
        Some(ColumnType::Time(_)) => time_type(fsp),
        Some(ColumnType::DateTime(_) | ColumnType::Timestamp(_)) => date_time_type(fsp),
        _ => fixed_text(ctx),
    })
}

fn adddate(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let days = args.int(1);
    Ok(moved(&mut args, 0, Interval::whole(days, Unit::Day), false))
}

fn subdate(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let days = args.int(1);
    Ok(moved(&mut args, 0, Interval::whole(days, Unit::Day).neg(), false))
}

/// `timestampadd('MINUTE', 1, date)`.
fn timestampadd(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let Some(unit) = Unit::by_name(&args.text(0)) else { return Ok(Value::Null) };
    let amount = args.int(1);
    Ok(moved(&mut args, 2, Interval::whole(amount, unit), unit.has_time()))
}

/// A date moved by an interval, in the form that the result has; NULL with 1441 outside the calendar.
fn moved(args: &mut Args<'_, '_>, at: usize, interval: Interval, has_time: bool) -> Value {
    if let (ColumnType::Time(_), Value::Time(time)) = (&args.result().ty, args.value(at)) {
        let micros = i128::from(time.micros) + interval.micros;
        let fits = micros.abs() <= i128::from(MAX_TIME);
        return if fits { Value::Time(Time { micros: micros as i64 }) } else { overflow(args) };
    }
    let Some(moment) = args.moment(at, true) else { return Value::Null };
    let Some(sum) = moment.plus(interval) else { return overflow(args) };
    match args.result().ty {
        ColumnType::Date => Value::Date(sum.date),
        ColumnType::DateTime(_) => Value::DateTime(sum),
        _ if has_time || names_time(args, at) => Value::Text(text(sum).into()),
        _ => Value::Text(sum.date.to_string().into()),
    }
}

/// Whether an argument that is no date says a time of day.
fn names_time(args: &Args<'_, '_>, at: usize) -> bool {
    match args.value(at) {
        Value::Date(_) => false,
        Value::Text(text) => {
            parse_date_time(text, args.date_mode()).is_ok_and(|parsed| parsed.has_time)
        }
        Value::Int(number) => number.unsigned_abs() > 99_991_231,
        _ => true,
    }
}

/// With six digits of fraction where there is one.
fn text(moment: DateTime) -> String {
    if moment.time().fraction() == 0 { moment.to_string() } else { format!("{moment:.6}") }
}

fn overflow(args: &mut Args<'_, '_>) -> Value {
    args.ctx.warn(1441, "Datetime function: datetime field overflow");
    Value::Null
}

fn addtime(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    with_time(ctx, values, call, 1)
}

fn subtime(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    with_time(ctx, values, call, -1)
}

/// Whether text is a date, with or without a time, rather than a time.
pub(super) fn is_date_text(text: &str) -> bool {
    const COMPACT: usize = 8;
    let text = text.trim();
    let hyphens = text.bytes().skip(1).filter(|byte| matches!(byte, b'-' | b'/')).count();
    hyphens >= 2 || text.len() >= COMPACT && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn with_time(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
    sign: i64,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let is_date = match args.value(0) {
        Value::Date(_) | Value::DateTime(_) => true,
        Value::Text(text) => is_date_text(text),
        _ => false,
    };
    let span = match args.value(1) {
        Value::Date(_) | Value::DateTime(_) => None,
        _ => args.time(1),
    };
    if !is_date {
        let time = args.time(0);
        return Ok(match time.zip(span) {
            Some((time, span)) => time_sum(&mut args, time, sign * span.micros),
            None => Value::Null,
        });
    }
    let moment = args.moment(0, true);
    let sum = moment
        .zip(span)
        .and_then(|(moment, span)| moment.plus(Interval::seconds(sign * span.micros)));
    Ok(match (sum, &call.result.ty) {
        (Some(sum), ColumnType::DateTime(_)) => Value::DateTime(sum),
        (Some(sum), _) => Value::Text(text(sum).into()),
        (None, _) => Value::Null,
    })
}

/// A time that becomes too long is the longest, with 1292.
fn time_sum(args: &mut Args<'_, '_>, time: Time, micros: i64) -> Value {
    let sum = Time { micros: time.micros + micros };
    let (kept, outside) = sum.clamped();
    if outside {
        let warning = Warning::truncated("time", &sum.to_string());
        args.ctx.warn(warning.code, warning.message);
    }
    match args.result().ty {
        ColumnType::Time(_) => Value::Time(kept),
        _ if kept.fraction() == 0 => Value::Text(kept.to_string().into()),
        _ => Value::Text(format!("{kept:.6}").into()),
    }
}
