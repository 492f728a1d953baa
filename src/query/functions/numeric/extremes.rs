//! GREATEST, LEAST, INTERVAL, and ISNULL.

use std::cmp::Ordering;

use super::super::args::{Args, Number};
use super::super::build::{ONE, pure};
use super::super::types::{self, Typed, any_nullable};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::{Coercibility, ExprType, is_number, merge_types_named};
use crate::query::{EvalContext, Interrupt};
use crate::value::compare::{Comparison, compare};
use crate::value::temporal::parse_date_time;
use crate::value::types::{BlobSize, ColumnType};
use crate::value::{DateTime, Value, Warning, convert};

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
    if known.iter().all(|ty| is_number(&ty.ty)) {
        return Ok(number_type(&known, name)?.with_nullable(nullable));
    }
    let strings: Vec<ExprType> = known.iter().map(|ty| as_text(ty)).collect();
    let strings: Vec<&ExprType> = strings.iter().collect();
    if strings.iter().any(|ty| ty.is_string() || matches!(ty.ty, ColumnType::Bit(_))) {
        let merged = merge_types_named(&strings, name)?.with_nullable(nullable);
        let is_member = matches!(merged.ty, ColumnType::Enum { .. } | ColumnType::Set { .. });
        return Ok(match is_member {
            // The members of one list are text here.
            true => ExprType::text(merged.char_length(), merged.collation(), nullable)
                .with_coercibility(merged.coercibility),
            false => merged,
        });
    }
    let length = known.iter().map(|ty| ty.char_length()).max().unwrap_or(0);
    Ok(types::inherited(length, args, name, ctx)?.with_nullable(nullable))
}

/// A document as the text that it is compared as.
fn as_text(ty: &ExprType) -> ExprType {
    let size = BlobSize::Long;
    let as_type = match &ty.ty {
        ColumnType::Json => ColumnType::Text { size, collation: types::UTF8MB4_BIN },
        _ => return ty.clone(),
    };
    ExprType::new(as_type, ty.nullable).with_coercibility(Coercibility::Implicit)
}

/// The number that holds values of all; of bits a whole one.
fn number_type(types: &[&ExprType], name: &str) -> Typed {
    let merged = merge_types_named(types, name)?;
    Ok(match merged.ty {
        ColumnType::Bit(_) => ExprType::big_integer(true, false),
        _ => merged,
    })
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
    let is_date = |ty: &ExprType| ty.is_temporal() && !matches!(ty.ty, ColumnType::Time(_));
    if call.result.is_string() && call.args.iter().any(is_date) {
        return Ok(extreme_date(ctx, values, call, wanted));
    }
    let how = Comparison::of_type(&call.result.ty);
    let mut args = Args::new(ctx, values, call);
    let mut best = as_result(&mut args, 0);
    for at in 1..args.len() {
        let next = as_result(&mut args, at);
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
    let mode = args.date_mode();
    let moments: Vec<Option<DateTime>> = (0..args.len())
        .map(|at| parse_date_time(&args.text(at), mode).ok().map(|parsed| parsed.value))
        .collect();
    let has_time = call.args.iter().any(|ty| ty.is_temporal() && ty.ty != ColumnType::Date);
    for (at, moment) in moments.iter().enumerate() {
        let told = args.ty(at).is_some_and(|ty| ty.is_string() || has_time && is_number(&ty.ty));
        if moment.is_none() && told {
            let warning = Warning::incorrect("datetime", &args.text(at));
            args.ctx.warn(warning.code, warning.message);
        }
    }
    let moment = |at: usize| moments.get(at).copied().flatten();
    let mut best = 0;
    for at in 1..args.len() {
        if moment(at).cmp(&moment(best)) == wanted {
            best = at;
        }
    }
    args.string(args.text(best))
}

/// An argument as the type in which all are compared.
fn as_result(args: &mut Args<'_, '_>, at: usize) -> Value {
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
        (ColumnType::DateTime(_) | ColumnType::Timestamp(_), Value::Date(_) | Value::Time(_)) => {
            args.moment(at, false).map_or(Value::Null, Value::DateTime)
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
