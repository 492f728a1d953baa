//! UNIX_TIMESTAMP, FROM_UNIXTIME, CONVERT_TZ.

use super::super::args::Args;
use super::super::build::{THREE, pure};
use super::super::types::{Typed, any_nullable, made_text};
use super::super::{Arity, Call, Function, TypeContext};
use super::format::{formatted, formatted_length};
use super::typing::{date_time_type, fraction, seconds_fraction};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::temporal::{SECOND, TimeZone, UnixTime};
use crate::value::types::ColumnType;
use crate::value::{Decimal, Value};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("unix_timestamp", Arity::between(0, 1), unix_type, unix_timestamp).statement(),
    pure("from_unixtime", Arity::between(1, 2), from_type, from_unixtime).statement(),
    pure("convert_tz", THREE, convert_type, convert_tz).statement(),
];

/// 3001-01-18 23:59:59 UTC: the last second that MySQL converts.
const LAST_S: i64 = 32_536_771_199;

/// A BIGINT without digits of fraction, else a DECIMAL.
fn unix_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let nullable = any_nullable(args);
    Ok(match fraction(args, ctx, 0) {
        0 => ExprType::big_integer(false, nullable),
        fsp => ExprType::decimal(11 + u32::from(fsp), fsp.into(), nullable),
    })
}

fn from_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(match args.len() {
        0 | 1 => date_time_type(seconds_fraction(args, 0)),
        _ => made_text(formatted_length(args, ctx), ctx),
    })
}

fn convert_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(date_time_type(fraction(args, ctx, 0)))
}

/// Whether a moment is one that is converted.
fn converts(moment: UnixTime) -> bool {
    (0..(LAST_S + 1) * SECOND).contains(&moment.0)
}

/// Seconds since 1970; 0 for what is outside or no date.
fn unix_timestamp(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let moment = if values.is_empty() {
        UnixTime(args.ctx.now_micros)
    } else {
        let local = args.moment(0, true);
        let found = local.and_then(|local| args.ctx.zone().to_moment(local));
        found.map_or(UnixTime(0), |(moment, _)| moment)
    };
    let micros = if converts(moment) { moment.0 } else { 0 };
    Ok(match call.result.ty {
        ColumnType::Decimal { scale, .. } => {
            let seconds = Decimal::from_parts(micros.into(), 6);
            Value::Decimal(seconds.truncate(scale.into()))
        }
        _ => Value::Int(micros / SECOND),
    })
}

fn from_unixtime(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let seconds = args.decimal(0);
    let micros = seconds.round(6).mul(&Decimal::from_i64(SECOND)).ok();
    let micros = micros.and_then(|micros| micros.to_i64());
    let moment = micros.map(UnixTime).filter(|moment| converts(*moment));
    let local = moment.and_then(|moment| args.ctx.zone().to_local(moment));
    let Some(local) = local else { return Ok(Value::Null) };
    if args.len() > 1 {
        return Ok(formatted(&args, local, 1));
    }
    let fsp = match call.result.ty {
        ColumnType::DateTime(fsp) => fsp,
        _ => 0,
    };
    Ok(local.round(fsp).map_or(Value::Null, Value::DateTime))
}

/// What lies outside the years that are converted stays as it is; unknown zones give NULL.
fn convert_tz(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let Some(local) = args.moment(0, true) else { return Ok(Value::Null) };
    let zones = TimeZone::parse(&args.text(1)).zip(TimeZone::parse(&args.text(2)));
    let Some((from, to)) = zones else { return Ok(Value::Null) };
    let moment = from.to_moment(local).map(|(moment, _)| moment);
    let moved = moment.filter(|moment| converts(*moment)).and_then(|moment| to.to_local(moment));
    Ok(Value::DateTime(moved.unwrap_or(local)))
}
