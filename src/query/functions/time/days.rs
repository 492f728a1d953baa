//! TO_DAYS, TO_SECONDS, FROM_DAYS, DATEDIFF, LAST_DAY, and periods of months.

use super::super::args::Args;
use super::super::build::{ONE, TWO, pure};
use super::super::{Call, Function, error, types};
use super::typing::date;
use crate::query::{EvalContext, Interrupt};
use crate::value::temporal::{SECOND, from_days, month_of_period, period_of_month};
use crate::value::{Value, Warning};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("to_days", ONE, types::nullable_integer, to_days).statement(),
    pure("to_seconds", ONE, types::nullable_integer, to_seconds).statement(),
    pure("from_days", ONE, date, from_days_of),
    pure("datediff", TWO, types::nullable_integer, datediff).statement().handles_nulls(),
    pure("last_day", ONE, date, last_day).statement(),
    pure("period_add", TWO, types::integer, period_add),
    pure("period_diff", TWO, types::integer, period_diff),
];

/// Seconds of a day.
const DAY_S: i64 = 86_400;

fn to_days(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let moment = Args::new(ctx, values, call).moment(0, true);
    Ok(moment.map_or(Value::Null, |moment| Value::Int(moment.date.to_days())))
}

fn to_seconds(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let moment = Args::new(ctx, values, call).moment(0, true);
    let seconds =
        moment.map(|moment| moment.date.to_days() * DAY_S + moment.micros as i64 / SECOND);
    Ok(seconds.map_or(Value::Null, Value::Int))
}

fn from_days_of(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let days = args.int(0);
    if let Some(date) = from_days(days) {
        return Ok(Value::Date(date));
    }
    let text = format!("DATE value is out of range in '{}'", args.call_text("from_days"));
    args.ctx.warn(6527, text);
    Ok(Value::Null)
}

fn datediff(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    // Both are looked at, also where the other is NULL.
    let (later, earlier) = (args.moment(0, true), args.moment(1, true));
    let days = later.zip(earlier).map(|(a, b)| a.date.to_days() - b.date.to_days());
    Ok(days.map_or(Value::Null, Value::Int))
}

/// A day of zero is no hindrance, a month of zero is.
fn last_day(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let Some(moment) = args.moment(0, false) else { return Ok(Value::Null) };
    match moment.date.last_of_month() {
        Some(last) => Ok(Value::Date(last)),
        None => {
            let warning = Warning::incorrect("datetime", &args.text(0));
            args.ctx.warn(warning.code, warning.message);
            Ok(Value::Null)
        }
    }
}

/// `YYYYMM` or `YYMM`, as a number of months; 1210 for what is none.
fn month_of(args: &mut Args<'_, '_>, at: usize, name: &str) -> Result<i64, Interrupt> {
    let period = args.int(at);
    let month = period % 100;
    if period <= 0 || !(1..=12).contains(&month) {
        return Err(error::wrong_arguments(name).into());
    }
    Ok(month_of_period(period as u64) as i64)
}

fn period_add(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let month = month_of(&mut args, 0, "period_add")?;
    let sum = month.saturating_add(args.int(1));
    let sum = u64::try_from(sum).map_err(|_| error::wrong_arguments("period_add"))?;
    Ok(Value::Int(period_of_month(sum) as i64))
}

fn period_diff(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let later = month_of(&mut args, 0, "period_diff")?;
    let earlier = month_of(&mut args, 1, "period_diff")?;
    Ok(Value::Int(later - earlier))
}
