//! YEAR to MICROSECOND, DAYNAME, MONTHNAME, DATE, TIME, TIMESTAMP.

use super::super::args::Args;
use super::super::build::{ONE, pure};
use super::super::types::{self, Typed, made_text};
use super::super::{Arity, Call, Function, TypeContext};
use super::typing::{date, date_time_type, fraction, time_type};
use crate::query::expr::ExprType;
use crate::query::variables::locale;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::temporal::{Date, Interval, Time};
use crate::value::types::ColumnType;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("year", ONE, year_type, year).statement(),
    pure("month", ONE, types::short_integer, month).statement(),
    pure("day", ONE, types::short_integer, day).statement(),
    pure("dayofmonth", ONE, types::short_integer, day).statement(),
    pure("quarter", ONE, types::short_integer, quarter).statement(),
    pure("hour", ONE, types::short_integer, hour),
    pure("minute", ONE, types::short_integer, minute),
    pure("second", ONE, types::short_integer, second),
    pure("microsecond", ONE, types::short_integer, microsecond),
    pure("dayname", ONE, name_type, dayname).statement(),
    pure("monthname", ONE, name_type, monthname).statement(),
    pure("date", ONE, date, date_of).statement(),
    pure("time", ONE, time_of_type, time_of),
    pure("timestamp", Arity::between(1, 2), timestamp_type, timestamp).statement(),
];

fn year_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::new(ColumnType::Year, true))
}

fn name_type(_: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(made_text(9, ctx))
}

fn time_of_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(time_type(fraction(args, ctx, 0)))
}

fn timestamp_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let second = if args.len() > 1 { fraction(args, ctx, 1) } else { 0 };
    Ok(date_time_type(fraction(args, ctx, 0).max(second)))
}

/// The date of an argument of which only a part is wanted: zero parts are taken, and a number below 101 is the
/// month and day of 2000 that its digits say.
fn dated(args: &mut Args<'_, '_>) -> Option<Date> {
    let number = match args.value(0) {
        Value::Int(number) => Some(*number),
        Value::Decimal(number) => number.truncate(0).to_i64(),
        Value::Double(number) => Some(number.trunc() as i64),
        _ => None,
    };
    match number {
        Some(0) => Some(Date::default()),
        Some(number @ 1..=100) if number % 100 <= 31 => {
            Some(Date { year: 2000, month: (number / 100) as u8, day: (number % 100) as u8 })
        }
        _ => args.moment(0, false).map(|moment| moment.date),
    }
}

/// A part of a date; zero parts are taken.
fn of_date(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
    part: fn(Date) -> i64,
) -> Result<Value, Interrupt> {
    let date = dated(&mut Args::new(ctx, values, call));
    Ok(date.map_or(Value::Null, |date| Value::Int(part(date))))
}

/// A part of a time.
fn of_time(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
    part: fn(Time) -> u64,
) -> Result<Value, Interrupt> {
    let time = Args::new(ctx, values, call).time(0);
    Ok(time.map_or(Value::Null, |time| Value::Int(part(time) as i64)))
}

fn year(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let date = dated(&mut Args::new(ctx, values, call));
    Ok(date.map_or(Value::Null, |date| Value::UInt(date.year.into())))
}

fn month(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    of_date(ctx, values, call, |date| date.month.into())
}

fn day(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    of_date(ctx, values, call, |date| date.day.into())
}

fn quarter(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    of_date(ctx, values, call, |date| i64::from(date.month.div_ceil(3)))
}

fn hour(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    of_time(ctx, values, call, Time::hours)
}

fn minute(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    of_time(ctx, values, call, Time::minutes)
}

fn second(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    of_time(ctx, values, call, Time::seconds)
}

fn microsecond(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    of_time(ctx, values, call, |time| time.fraction().into())
}

fn dayname(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let Some(moment) = args.moment(0, true) else { return Ok(Value::Null) };
    let locale = locale::get(&args.ctx.session.variables.lc_time_names);
    let name = locale.days.get(usize::from(moment.date.weekday()));
    Ok(name.map_or(Value::Null, |name| args.string(*name)))
}

fn monthname(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let Some(date) = dated(&mut args) else { return Ok(Value::Null) };
    let locale = locale::get(&args.ctx.session.variables.lc_time_names);
    let name = usize::from(date.month).checked_sub(1).and_then(|at| locale.months.get(at));
    Ok(name.map_or(Value::Null, |name| args.string(*name)))
}

fn date_of(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let moment = Args::new(ctx, values, call).moment(0, false);
    Ok(moment.map_or(Value::Null, |moment| Value::Date(moment.date)))
}

fn time_of(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let time = Args::new(ctx, values, call).time(0);
    Ok(time.map_or(Value::Null, Value::Time))
}

/// A date and time, and a time that is added.
fn timestamp(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let Some(moment) = args.moment(0, false) else { return Ok(Value::Null) };
    if args.len() < 2 {
        return Ok(Value::DateTime(moment));
    }
    let Some(time) = args.time(1) else { return Ok(Value::Null) };
    let sum = moment.plus(Interval::seconds(time.micros));
    Ok(sum.map_or(Value::Null, Value::DateTime))
}
