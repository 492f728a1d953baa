//! GREATEST, LEAST, INTERVAL, and ISNULL.

use std::cmp::Ordering;

use super::super::args::{Args, Number};
use super::super::build::{ONE, pure};
use super::super::types::{self, Typed, any_nullable};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::{ExprType, comparison_with_itself, merge_types_named};
use crate::query::{EvalContext, Interrupt};
use crate::value::compare::{Comparison, compare};
use crate::value::temporal::parse_date_time;
use crate::value::types::ColumnType;
use crate::value::{Value, convert};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("greatest", Arity::at_least(2), greatest_type, greatest),
    pure("least", Arity::at_least(2), least_type, least),
    pure("interval", Arity::at_least(2), types::plain_integer, interval).handles_nulls(),
    pure("isnull", ONE, is_null_type, is_null).handles_nulls(),
];

fn greatest_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    merged(args, "greatest")
}

fn least_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    merged(args, "least")
}

fn merged(args: &[ExprType], name: &str) -> Typed {
    let types: Vec<&ExprType> = args.iter().collect();
    let merged = merge_types_named(&types, name)?;
    Ok(merged.with_nullable(any_nullable(args)))
}

fn greatest(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    extreme(ctx, values, call, Ordering::Greater)
}

fn least(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    extreme(ctx, values, call, Ordering::Less)
}

fn extreme(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
    wanted: Ordering,
) -> Result<Value, Interrupt> {
    if call.result.is_string() && call.args.iter().any(ExprType::is_temporal) {
        return Ok(extreme_date(ctx, values, call, wanted));
    }
    let how = comparison_with_itself(call.result);
    let args = Args::new(ctx, values, call);
    let mut best = as_result(&args, 0);
    for at in 1..args.len() {
        let next = as_result(&args, at);
        if compare(&next, &best, how) == Some(wanted) {
            best = next;
        }
    }
    Ok(best)
}

/// Dates among texts are compared as dates; the winner is returned as text.
fn extreme_date(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
    wanted: Ordering,
) -> Value {
    let args = Args::new(ctx, values, call);
    let moment = |at| parse_date_time(&args.text(at), args.date_mode()).ok().map(|p| p.value);
    let mut best = 0;
    for at in 1..args.len() {
        if moment(at).cmp(&moment(best)) == wanted {
            best = at;
        }
    }
    args.string(args.text(best))
}

/// An argument as the type in which all are compared.
fn as_result(args: &Args<'_, '_>, at: usize) -> Value {
    let value = args.value(at);
    match (&args.result().ty, value) {
        (ColumnType::Decimal { scale, .. }, value) if !matches!(value, Value::Decimal(_)) => {
            let number = convert::to_decimal(value, &mut crate::value::warning::Unheard);
            Value::Decimal(number.round((*scale).into()))
        }
        (ColumnType::Decimal { scale, .. }, Value::Decimal(number)) => {
            Value::Decimal(number.round((*scale).into()))
        }
        (ColumnType::Float { .. }, value) => {
            Value::Double(convert::to_f64(value, &mut crate::value::warning::Unheard))
        }
        (ColumnType::DateTime(_) | ColumnType::Timestamp(_), Value::Date(date)) => {
            Value::DateTime(date.midnight())
        }
        _ if args.result().is_string() => args.string(args.characters(at)),
        _ => value.clone(),
    }
}

/// How many of the numbers after the first are not above it; -1 for NULL.
fn interval(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    if args.is_null(0) {
        return Ok(Value::Int(-1));
    }
    let number = number(&mut args, 0);
    let mut count = 0;
    for at in 1..args.len() {
        if !args.is_null(at)
            && compare(&self::number(&mut args, at), &number, Comparison::Double)
                == Some(Ordering::Greater)
        {
            break;
        }
        count += 1;
    }
    Ok(Value::Int(count))
}

fn number(args: &mut Args<'_, '_>, at: usize) -> Value {
    match args.number(at) {
        Number::Int(number) => Value::Double(number as f64),
        Number::UInt(number) => Value::Double(number as f64),
        Number::Decimal(number) => Value::Double(number.to_f64()),
        Number::Double(number) => Value::Double(number),
    }
}

fn is_null_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::boolean(false))
}

fn is_null(_: &mut EvalContext<'_>, values: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    Ok(Value::Int(i64::from(matches!(values, [Value::Null, ..]))))
}
