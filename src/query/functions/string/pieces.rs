//! LEFT, RIGHT, SUBSTRING, SUBSTRING_INDEX.

use super::super::args::Args;
use super::super::build::{THREE, TWO, pure};
use super::super::types::{Typed, constant_integer, inherited, length_of};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::types::ColumnType;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("left", TWO, left_type, left),
    pure("right", TWO, right_type, right),
    pure("substring", Arity::between(2, 3), substring_type, substring),
    pure("substr", Arity::between(2, 3), substring_type, substring),
    pure("mid", THREE, substring_type, substring),
    pure("substring_index", THREE, substring_index_type, substring_index),
];

fn left_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    end_type(args, "left", ctx)
}

fn right_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    end_type(args, "right", ctx)
}

fn end_type(args: &[ExprType], name: &str, ctx: &TypeContext<'_>) -> Typed {
    let length = length_of(args, 0);
    let wanted = constant_integer(ctx, 1).map_or(length, |count| count.max(0) as u64);
    inherited(wanted.min(length), args.get(..1).unwrap_or_default(), name, ctx)
}

/// Constants shorten the result.
fn substring_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let full = length_of(args, 0);
    let mut length = match constant_integer(ctx, 1) {
        Some(0) => 0,
        Some(start @ 1..) if start > i128::from(i32::MAX) => full,
        Some(start @ 1..) => full.saturating_sub(start as u64 - 1),
        Some(start) if start.unsigned_abs() > u128::from(full) => 0,
        Some(start) => start.unsigned_abs() as u64,
        None => full,
    };
    if args.len() > 2
        && let Some(count) = constant_integer(ctx, 2)
    {
        length = length.min(count.max(0).min(i128::from(u64::MAX)) as u64);
    }
    inherited(length, args.get(..1).unwrap_or_default(), "substr", ctx)
}

fn substring_index_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let strings = args.get(..2).unwrap_or_default();
    let only_first = args.first().is_some_and(|ty| ty.ty == ColumnType::Null);
    let strings = if only_first { args.get(..1).unwrap_or_default() } else { strings };
    inherited(length_of(args, 0), strings, "substring_index", ctx)
}

/// A count from an argument: negative is nothing.
fn count(args: &mut Args<'_, '_>, at: usize) -> usize {
    usize::try_from(args.integer(at))
        .unwrap_or_else(|_| if args.integer(at) < 0 { 0 } else { usize::MAX })
}

fn left(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let count = count(&mut args, 1);
    let taken: String = args.characters(0).chars().take(count).collect();
    Ok(args.string(taken))
}

fn right(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let count = count(&mut args, 1);
    let text = args.characters(0);
    let skipped = text.chars().count().saturating_sub(count);
    let taken: String = text.chars().skip(skipped).collect();
    Ok(args.string(taken))
}

/// Positions count from 1, negative ones from the end.
fn substring(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let start = args.integer(1);
    let length = if args.len() > 2 { count(&mut args, 2) } else { usize::MAX };
    let text = args.characters(0);
    let size = text.chars().count() as i128;
    let start = if start < 0 { size + start } else { start - 1 };
    if !(0..size).contains(&start) || length == 0 {
        return Ok(args.string(""));
    }
    let taken: String = text.chars().skip(start as usize).take(length).collect();
    Ok(args.string(taken))
}

/// What stands before the n-th delimiter, or behind the n-th from the end. Case counts.
fn substring_index(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let count = args.int(2);
    let (text, delimiter) = (args.characters(0), args.characters(1));
    if count == 0 || delimiter.is_empty() || text.is_empty() {
        return Ok(args.string(""));
    }
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let mut places = text.match_indices(&*delimiter).map(|(at, _)| at);
    let piece = if count > 0 {
        places.nth(wanted - 1).and_then(|at| text.get(..at))
    } else {
        // Occurrences are counted from the left also where the end is wanted: they may overlap.
        let places: Vec<usize> = places.collect();
        let at = places.len().checked_sub(wanted).and_then(|nth| places.get(nth));
        at.and_then(|at| text.get(at + delimiter.len()..))
    };
    let piece = piece.unwrap_or(&text);
    Ok(args.string(piece))
}
