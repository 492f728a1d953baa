//! WEEK, YEARWEEK, WEEKOFYEAR, DAYOFWEEK, WEEKDAY, DAYOFYEAR.

use super::super::args::Args;
use super::super::build::{ONE, pure};
use super::super::types;
use super::super::{Arity, Call, Function};
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::temporal::{Date, WeekMode};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("week", Arity::between(1, 2), types::short_integer, week).statement(),
    pure("yearweek", Arity::between(1, 2), types::short_integer, yearweek).statement(),
    pure("weekofyear", ONE, types::short_integer, weekofyear).statement(),
    pure("dayofweek", ONE, types::short_integer, dayofweek).statement(),
    pure("weekday", ONE, types::short_integer, weekday).statement(),
    pure("dayofyear", ONE, types::short_integer, dayofyear).statement(),
];

/// ISO 8601's weeks.
const ISO: u64 = 3;
/// The bit of the mode that counts weeks within the year to which they belong.
const OWN_YEAR: u64 = 2;

/// A number of a real date.
fn of_day(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
    number: impl FnOnce(Date) -> i64,
) -> Result<Value, Interrupt> {
    let moment = Args::new(ctx, values, call).moment(0, true);
    Ok(moment.map_or(Value::Null, |moment| Value::Int(number(moment.date))))
}

/// The second argument, or what is the default without one.
fn mode(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>, default: u64) -> u64 {
    if values.len() > 1 { Args::new(ctx, values, call).bits(1) & 7 } else { default }
}

fn week(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let default = ctx.session.variables.default_week_format.into();
    let mode = mode(ctx, values, call, default);
    of_day(ctx, values, call, |date| date.week(WeekMode::from_number(mode)).1.into())
}

/// Weeks belong to years as a whole.
fn yearweek(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mode = mode(ctx, values, call, 0) | OWN_YEAR;
    of_day(ctx, values, call, |date| {
        let (year, week) = date.week(WeekMode::from_number(mode));
        i64::from(year) * 100 + i64::from(week)
    })
}

fn weekofyear(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    of_day(ctx, values, call, |date| date.week(WeekMode::from_number(ISO)).1.into())
}

/// Sunday is 1.
fn dayofweek(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    of_day(ctx, values, call, |date| (i64::from(date.weekday()) + 1) % 7 + 1)
}

/// Monday is 0.
fn weekday(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    of_day(ctx, values, call, |date| date.weekday().into())
}

fn dayofyear(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    of_day(ctx, values, call, |date| date.day_of_year().into())
}
