//! TIMEDIFF and TIMESTAMPDIFF.

use super::super::args::Args;
use super::super::build::{THREE, TWO, pure};
use super::super::types::{self, Typed};
use super::super::{Call, Function, TypeContext};
use super::add::is_date_text;
use super::typing::{fraction, time_type};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::temporal::{Time, Unit};
use crate::value::{Value, Warning};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("timediff", TWO, timediff_type, timediff),
    pure("timestampdiff", THREE, types::nullable_integer, timestampdiff).statement(),
];

fn timediff_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(time_type(fraction(args, ctx, 0).max(fraction(args, ctx, 1))))
}

/// A time or a moment, in microseconds.
enum Point {
    Time(i64),
    Moment(i64),
}

fn point(args: &mut Args<'_, '_>, at: usize) -> Option<Point> {
    let is_date = match args.value(at) {
        Value::Date(_) | Value::DateTime(_) => true,
        Value::Text(text) => is_date_text(text),
        _ => false,
    };
    if is_date {
        return args.moment(at, true).map(|moment| Point::Moment(moment.to_micros()));
    }
    args.time(at).map(|time| Point::Time(time.micros))
}

/// Both must be times, or both dates with times.
fn timediff(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let Some(first) = point(&mut args, 0) else { return Ok(Value::Null) };
    let micros = match (first, point(&mut args, 1)) {
        (Point::Time(a), Some(Point::Time(b))) | (Point::Moment(a), Some(Point::Moment(b))) => {
            a - b
        }
        _ => return Ok(Value::Null),
    };
    let difference = Time { micros };
    let (kept, outside) = difference.clamped();
    if outside {
        let warning = Warning::truncated("time", &difference.to_string());
        args.ctx.warn(warning.code, warning.message);
    }
    Ok(Value::Time(kept))
}

/// `timestampdiff('DAY', from, to)`.
fn timestampdiff(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let Some(unit) = Unit::by_name(&args.text(0)) else { return Ok(Value::Null) };
    let Some(from) = args.moment(1, true) else { return Ok(Value::Null) };
    let Some(to) = args.moment(2, true) else { return Ok(Value::Null) };
    Ok(Value::Int(from.units_until(to, unit)))
}
