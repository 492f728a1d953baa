//! GREATEST, LEAST, INTERVAL, and ISNULL.

use std::cmp::Ordering;

use super::super::args::{Args, Number};
use super::super::build::{ONE, pure};
use super::super::types::{self, Typed, any_nullable};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::ExprType;
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

fn greatest_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    merged(args, "greatest", ctx)
}

fn least_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    merged(args, "least", ctx)
}

/// The type in which all are compared: numbers among themselves keep the kind of numbers, dates and times
/// that of dates and times; anything else is text.
fn merged(args: &[ExprType], name: &str, ctx: &TypeContext<'_>) -> Typed {
    let nullable = any_nullable(args);
    let known: Vec<&ExprType> = args.iter().filter(|ty| ty.ty != ColumnType::Null).collect();
    if known.is_empty() {
        return Ok(ExprType::null());
    }
    if known.iter().all(|ty| ty.is_temporal()) {
        return Ok(ExprType::new(temporal(&known), nullable));
    }
    if known.iter().all(|ty| is_number(ty)) {
        return Ok(number_type(&known).with_nullable(nullable));
    }
    let length = known.iter().map(|ty| ty.char_length()).max().unwrap_or(0);
    Ok(types::inherited(length, args, name, ctx)?.with_nullable(nullable))
}

fn is_number(ty: &ExprType) -> bool {
    use ColumnType::{Bit, Decimal, Float, Integer, Year};
    matches!(ty.ty, Integer { .. } | Decimal { .. } | Float { .. } | Year | Bit(_))
}

/// A BIGINT of one sign, else a DECIMAL with room for all, or a DOUBLE.
fn number_type(types: &[&ExprType]) -> ExprType {
    let is_decimal = |ty: &&&ExprType| matches!(ty.ty, ColumnType::Decimal { .. });
    let is_float = |ty: &&ExprType| matches!(ty.ty, ColumnType::Float { .. });
    if types.iter().any(is_float) {
        return ExprType::double(false);
    }
    let unsigned = types.iter().filter(|ty| ty.is_unsigned()).count();
    let one_sign = unsigned == 0 || unsigned == types.len();
    if one_sign && !types.iter().any(|ty| is_decimal(&ty)) {
        return ExprType::big_integer(unsigned > 0, false);
    }
    let scale = types.iter().map(|ty| u32::from(ty.decimals())).max().unwrap_or(0);
    let whole = types.iter().map(|ty| whole_digits(ty)).max().unwrap_or(1);
    ExprType::decimal(whole + scale, scale, false)
}

/// Digits before the point.
fn whole_digits(ty: &ExprType) -> u32 {
    match ty.ty {
        ColumnType::Decimal { precision, scale, .. } => u32::from(precision - scale),
        _ => (ty.char_length() as u32).saturating_sub(u32::from(!ty.is_unsigned())),
    }
}

/// DATE, TIME, or DATETIME where they differ.
fn temporal(types: &[&ExprType]) -> ColumnType {
    let fsp = types.iter().map(|ty| ty.decimals()).max().unwrap_or(0);
    if types.iter().all(|ty| ty.ty == ColumnType::Date) {
        ColumnType::Date
    } else if types.iter().all(|ty| matches!(ty.ty, ColumnType::Time(_))) {
        ColumnType::Time(fsp)
    } else {
        ColumnType::DateTime(fsp)
    }
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
    let how = Comparison::of_type(&call.result.ty);
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
