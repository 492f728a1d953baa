//! CONCAT, CONCAT_WS, REPEAT, SPACE, INSERT, REPLACE, REVERSE.

use super::super::args::Args;
use super::super::build::{ONE, THREE, TWO, pure};
use super::super::types::{
    LONG_TEXT, Typed, constant_integer, inherited, inherited_of_first, length_of, made_text,
};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("concat", Arity::at_least(1), concat_type, concat),
    pure("concat_ws", Arity::at_least(2), concat_ws_type, concat_ws).handles_nulls(),
    pure("repeat", TWO, repeat_type, repeat),
    pure("space", ONE, space_type, space),
    pure("insert", Arity::exactly(4), insert_type, insert),
    pure("replace", THREE, replace_type, replace),
    pure("reverse", ONE, reverse_type, reverse),
];

fn concat_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let length = (0..args.len()).map(|at| length_of(args, at)).fold(0, u64::saturating_add);
    inherited(length, args, "concat", ctx)
}

/// A separator between each two.
fn concat_ws_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let between = (args.len() as u64).saturating_sub(2);
    let parts = (1..args.len()).map(|at| length_of(args, at)).fold(0, u64::saturating_add);
    let length = length_of(args, 0).saturating_mul(between).saturating_add(parts);
    inherited(length, args, "concat_ws", ctx)
}

fn repeat_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let length = length_of(args, 0);
    let length = match constant_integer(ctx, 1) {
        Some(times @ 0..) => length.saturating_mul(u64::try_from(times).unwrap_or(u64::MAX)),
        _ if super::super::types::is_constant_null(ctx, 1) => LONG_TEXT,
        _ if length == 0 => 0,
        _ => LONG_TEXT,
    };
    inherited(length.min(LONG_TEXT), args.get(..1).unwrap_or_default(), "repeat", ctx)
}

fn space_type(_: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let length = constant_integer(ctx, 0).map_or(LONG_TEXT, |count| count.max(0) as u64);
    let null = super::super::types::is_constant_null(ctx, 0);
    Ok(made_text(if null { 0 } else { length.min(LONG_TEXT) }, ctx))
}

fn insert_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let strings: Vec<ExprType> = args.first().into_iter().chain(args.get(3)).cloned().collect();
    let length = length_of(args, 0).saturating_add(length_of(args, 3));
    inherited_of_first(length, &strings, "insert", ctx)
}

/// Every occurrence may grow.
fn replace_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let (length, from, to) = (length_of(args, 0), length_of(args, 1), length_of(args, 2));
    let grown = to.saturating_sub(from).saturating_mul(length / from.max(1));
    inherited(length.saturating_add(grown).min(LONG_TEXT), args, "replace", ctx)
}

fn reverse_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    inherited(length_of(args, 0), args, "reverse", ctx)
}

fn concat(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let parts = (0..args.len()).collect::<Vec<_>>();
    join(args, "", &parts, "concat")
}

/// NULL parts are left out; a NULL separator makes the result NULL.
fn concat_ws(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    if args.is_null(0) {
        return Ok(Value::Null);
    }
    let separator = args.characters(0);
    let parts: Vec<usize> = (1..args.len()).filter(|at| !args.is_null(*at)).collect();
    join(args, &separator, &parts, "concat_ws")
}

/// Adds up the parts, stopping at `max_allowed_packet`.
fn join(
    mut args: Args<'_, '_>,
    separator: &str,
    parts: &[usize],
    name: &str,
) -> Result<Value, Interrupt> {
    let mut joined = String::new();
    for (number, at) in parts.iter().enumerate() {
        if number > 0 {
            joined.push_str(separator);
        }
        joined.push_str(&args.characters(*at));
        if !args.bounded(joined.len(), name) {
            return Ok(Value::Null);
        }
    }
    Ok(args.string(joined))
}

fn repeat(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let times = args.int(1).max(0) as usize;
    let part = args.characters(0);
    if !args.bounded(part.len().saturating_mul(times), "repeat") {
        return Ok(Value::Null);
    }
    let times = if part.is_empty() { 0 } else { times };
    Ok(args.string(part.repeat(times)))
}

fn space(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let count = args.int(0).max(0) as usize;
    if !args.bounded(count, "space") {
        return Ok(Value::Null);
    }
    Ok(args.string(" ".repeat(count)))
}

fn insert(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let (start, length) = (args.int(1), args.int(2));
    let text: Vec<char> = args.characters(0).chars().collect();
    let (Ok(start), size) = (usize::try_from(start - 1), text.len()) else {
        return Ok(args.string(args.characters(0)));
    };
    if start >= size {
        return Ok(args.string(args.characters(0)));
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX).min(size - start);
    let mut out: String = text.iter().take(start).collect();
    out.push_str(&args.characters(3));
    out.extend(text.iter().skip(start + length));
    if !args.bounded(out.len(), "insert") {
        return Ok(Value::Null);
    }
    Ok(args.string(out))
}

/// Byte for byte: case counts.
fn replace(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let (text, from, to) = (args.characters(0), args.characters(1), args.characters(2));
    if from.is_empty() {
        return Ok(args.string(text));
    }
    let grown = text.matches(&*from).count().saturating_mul(to.len().saturating_sub(from.len()));
    if !args.bounded(text.len().saturating_add(grown), "replace") {
        return Ok(Value::Null);
    }
    Ok(args.string(text.replace(&*from, &to)))
}

fn reverse(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let reversed: String = args.characters(0).chars().rev().collect();
    Ok(args.string(reversed))
}
