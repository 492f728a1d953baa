//! LPAD and RPAD.

use super::super::args::Args;
use super::super::build::{THREE, pure};
use super::super::types::{LONG_TEXT, Typed, constant_integer, inherited};
use super::super::{Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::types::ColumnType;

pub(in super::super) const FUNCTIONS: &[Function] =
    &[pure("lpad", THREE, lpad_type, lpad), pure("rpad", THREE, rpad_type, rpad)];

fn lpad_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    padded_type(args, "lpad", ctx)
}

fn rpad_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    padded_type(args, "rpad", ctx)
}

fn padded_type(args: &[ExprType], name: &str, ctx: &TypeContext<'_>) -> Typed {
    let length = match constant_integer(ctx, 1) {
        Some(length @ 0..) => length.min(i128::from(LONG_TEXT)) as u64,
        _ => LONG_TEXT,
    };
    let strings: Vec<ExprType> = args.first().into_iter().chain(args.get(2)).cloned().collect();
    let only_first = args.first().is_some_and(|ty| ty.ty == ColumnType::Null);
    let strings = if only_first { strings.get(..1).unwrap_or_default() } else { &strings };
    inherited(length, strings, name, ctx)
}

fn lpad(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    padded(ctx, values, call, "lpad", |text, fill| format!("{fill}{text}"))
}

fn rpad(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    padded(ctx, values, call, "rpad", |text, fill| format!("{text}{fill}"))
}

/// A text that is longer is cut off; a length below zero gives NULL; nothing to fill with leaves it short.
fn padded(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
    name: &str,
    put: fn(&str, &str) -> String,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let Ok(wanted) = usize::try_from(args.int(1)) else { return Ok(Value::Null) };
    let (text, fill) = (args.characters(0), args.characters(2));
    let size = text.chars().count();
    if size >= wanted {
        let cut: String = text.chars().take(wanted).collect();
        return Ok(args.string(cut));
    }
    if fill.is_empty() {
        return Ok(args.string(text));
    }
    if !args.bounded(wanted, name) {
        return Ok(Value::Null);
    }
    let filler: String = fill.chars().cycle().take(wanted - size).collect();
    Ok(args.string(put(&text, &filler)))
}
