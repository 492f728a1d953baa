//! LOCATE, INSTR, STRCMP, lengths.

use super::super::args::Args;
use super::super::build::{ONE, TWO, pure};
use super::super::types::{self, BINARY, Typed, any_nullable, merged_collation};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::collation::Collation;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("locate", Arity::between(2, 3), locate_type, locate),
    pure("position", TWO, locate_type, locate),
    pure("instr", TWO, instr_type, instr),
    pure("strcmp", TWO, strcmp_type, strcmp),
    pure("length", ONE, types::integer, length),
    pure("octet_length", ONE, types::integer, length),
    pure("bit_length", ONE, types::integer, bit_length),
    pure("char_length", ONE, types::integer, char_length),
    pure("character_length", ONE, types::integer, char_length),
];

fn locate_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    compared(args, "locate", ctx)
}

fn instr_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    compared(args, "instr", ctx)
}

fn strcmp_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    compared(args, "strcmp", ctx)
}

/// A BIGINT from two texts whose collations must agree.
fn compared(args: &[ExprType], name: &str, ctx: &TypeContext<'_>) -> Typed {
    merged_collation(args.get(..2).unwrap_or_default(), name, ctx.collation_connection)?;
    Ok(ExprType::big_integer(false, any_nullable(args)))
}

fn locate(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let start = if args.len() > 2 { args.int(2) } else { 1 };
    Ok(Value::Int(position(&args, 1, 0, start)))
}

fn instr(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(Value::Int(position(&args, 0, 1, 1)))
}

/// Where the argument `needle` stands in the argument `hay`, in characters from 1, not before `start`; 0 if
/// it is not there.
fn position(args: &Args<'_, '_>, hay: usize, needle: usize, start: i64) -> i64 {
    let Ok(skip) = usize::try_from(start - 1) else { return 0 };
    let collation = args.collation(args.types().get(..2).unwrap_or_default());
    let text = |at| -> String {
        if collation.id == BINARY {
            return args.bytes(at).iter().copied().map(char::from).collect();
        }
        args.text(at).into_owned()
    };
    let (hay, needle) = (text(hay), text(needle));
    let Some(at) = char_offset(&hay, skip) else { return 0 };
    let rest = hay.get(at..).unwrap_or_default();
    find(rest, &needle, collation).map_or(0, |found| (skip + found + 1) as i64)
}

/// The byte at which so many characters end.
pub(super) fn char_offset(text: &str, skip: usize) -> Option<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(skip)
}

/// How many characters stand before the first occurrence.
fn find(hay: &str, needle: &str, collation: &Collation) -> Option<usize> {
    if collation.is_binary() || needle.is_empty() {
        let at = hay.find(needle)?;
        return Some(hay.get(..at)?.chars().count());
    }
    let size = needle.chars().count();
    let starts = hay.char_indices().map(|(at, _)| at).chain([hay.len()]);
    let mut pieces = starts.clone().zip(starts.skip(size));
    pieces.position(|(from, to)| {
        hay.get(from..to).is_some_and(|piece| collation.equal(piece, needle))
    })
}

fn strcmp(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let collation = args.collation(args.types());
    let order = if collation.id == BINARY {
        args.bytes(0).cmp(&args.bytes(1))
    } else {
        collation.compare(&args.text(0), &args.text(1))
    };
    Ok(Value::Int(order as i64))
}

/// Bytes of an argument in its character set.
fn size(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> i64 {
    Args::new(ctx, values, call).bytes(0).len() as i64
}

fn length(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    Ok(Value::Int(size(ctx, values, call)))
}

fn bit_length(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    Ok(Value::Int(size(ctx, values, call) * 8))
}

fn char_length(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let count = match args.value(0) {
        Value::Bytes(bytes) => bytes.len(),
        _ => args.text(0).chars().count(),
    };
    Ok(Value::Int(count as i64))
}
