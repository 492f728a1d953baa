//! NOW, CURDATE, CURTIME, UTC_*, SYSDATE.

use std::time::{SystemTime, UNIX_EPOCH};

use super::super::build::{NONE, pure};
use super::super::types::Typed;
use super::super::{Arity, Call, Function, TypeContext};
use super::typing::precision;
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::temporal::{DateTime, UnixTime};
use crate::value::types::ColumnType;

const DIGITS: Arity = Arity::between(0, 1);

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("now", DIGITS, now_type, now).statement(),
    pure("current_timestamp", DIGITS, now_type, now).statement(),
    pure("localtime", DIGITS, now_type, now).statement(),
    pure("localtimestamp", DIGITS, now_type, now).statement(),
    pure("sysdate", DIGITS, now_type, sysdate).volatile(),
    pure("curdate", NONE, date_type, curdate).statement(),
    pure("current_date", NONE, date_type, curdate).statement(),
    pure("curtime", DIGITS, time_type, curtime).statement(),
    pure("current_time", DIGITS, time_type, curtime).statement(),
    pure("utc_timestamp", DIGITS, now_type, utc_timestamp).statement(),
    pure("utc_date", NONE, date_type, utc_date).statement(),
    pure("utc_time", DIGITS, time_type, utc_time).statement(),
];

fn now_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(ExprType::new(ColumnType::DateTime(precision(args, ctx, "now")?), false))
}

fn time_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(ExprType::new(ColumnType::Time(precision(args, ctx, "curtime")?), false))
}

fn date_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::new(ColumnType::Date, false))
}

/// When the statement began, in the session's time zone.
pub(in super::super) fn local_now(ctx: &mut EvalContext<'_>) -> Option<DateTime> {
    let moment = UnixTime(ctx.now_micros);
    ctx.zone().to_local(moment)
}

fn utc_now(ctx: &EvalContext<'_>) -> Option<DateTime> {
    UnixTime(ctx.now_micros).to_utc()
}

/// Cut off to the digits of the call's type.
fn shortened(moment: Option<DateTime>, call: &Call<'_>) -> Option<DateTime> {
    let fsp = match call.result.ty {
        ColumnType::DateTime(fsp) | ColumnType::Time(fsp) => fsp,
        _ => 0,
    };
    moment.map(|moment| moment.truncate(fsp))
}

fn whole(moment: Option<DateTime>, call: &Call<'_>) -> Result<Value, Interrupt> {
    Ok(shortened(moment, call).map_or(Value::Null, Value::DateTime))
}

fn day(moment: Option<DateTime>) -> Result<Value, Interrupt> {
    Ok(moment.map_or(Value::Null, |moment| Value::Date(moment.date)))
}

fn clock(moment: Option<DateTime>, call: &Call<'_>) -> Result<Value, Interrupt> {
    Ok(shortened(moment, call).map_or(Value::Null, |moment| Value::Time(moment.time())))
}

fn now(ctx: &mut EvalContext<'_>, _: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    whole(local_now(ctx), call)
}

/// The time of this very call.
fn sysdate(ctx: &mut EvalContext<'_>, _: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let moment = UnixTime(i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
    whole(ctx.zone().to_local(moment), call)
}

fn curdate(ctx: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    day(local_now(ctx))
}

fn curtime(ctx: &mut EvalContext<'_>, _: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    clock(local_now(ctx), call)
}

fn utc_timestamp(
    ctx: &mut EvalContext<'_>,
    _: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    whole(utc_now(ctx), call)
}

fn utc_date(ctx: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    day(utc_now(ctx))
}

fn utc_time(ctx: &mut EvalContext<'_>, _: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    clock(utc_now(ctx), call)
}
