//! ASCII, ORD, CHAR.

use super::super::args::Args;
use super::super::build::{ONE, pure};
use super::super::types::{self, Typed};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("ascii", ONE, types::integer, ascii),
    pure("ord", ONE, types::integer, ord),
    pure("char", Arity::at_least(1), char_type, char_of).handles_nulls(),
];

/// Four bytes for each number.
fn char_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::bytes(args.len() as u64 * 4, true))
}

fn ascii(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(Value::Int(args.bytes(0).first().copied().unwrap_or(0).into()))
}

/// The bytes of the first character as one number.
fn ord(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let bytes = args.bytes(0);
    let width = match (args.value(0), args.text(0).chars().next()) {
        (Value::Bytes(_), _) | (_, None) => 1,
        (_, Some(first)) => first.len_utf8().min(bytes.len()),
    };
    let number = bytes.iter().take(width).fold(0, |number, byte| number << 8 | i64::from(*byte));
    Ok(Value::Int(number))
}

/// The bytes of each number, the first ones not zero; NULLs are left out.
fn char_of(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let mut out = Vec::new();
    for at in (0..args.len()).filter(|at| !matches!(values.get(*at), Some(Value::Null))) {
        let bytes = (args.bits(at) as u32).to_be_bytes();
        let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(3);
        out.extend_from_slice(bytes.get(first..).unwrap_or_default());
    }
    Ok(Value::Bytes(out.into()))
}
