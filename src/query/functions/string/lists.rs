//! FIELD, ELT, FIND_IN_SET, MAKE_SET, EXPORT_SET.

use super::super::args::Args;
use super::super::build::{TWO, pure};
use super::super::types::{BINARY, Typed, any_nullable, inherited, length_of, merged_collation};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::types::ColumnType;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("field", Arity::at_least(2), field_type, field).handles_nulls(),
    pure("elt", Arity::at_least(2), elt_type, elt).handles_nulls(),
    pure("find_in_set", TWO, find_in_set_type, find_in_set),
    pure("make_set", Arity::at_least(2), make_set_type, make_set).handles_nulls(),
    pure("export_set", Arity::between(3, 5), export_set_type, export_set),
];

fn rest(args: &[ExprType]) -> &[ExprType] {
    args.get(1..).unwrap_or_default()
}

fn field_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    if args.iter().all(ExprType::is_string) {
        merged_collation(args, "field", ctx.collation_connection)?;
    }
    Ok(ExprType::big_integer(false, false))
}

fn elt_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let length = rest(args).iter().map(ExprType::char_length).max().unwrap_or(0);
    inherited(length, rest(args), "elt", ctx)
}

fn find_in_set_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    merged_collation(args, "find_in_set", ctx.collation_connection)?;
    Ok(ExprType::big_integer(false, any_nullable(args)))
}

/// All members with commas between.
fn make_set_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let members: u64 = rest(args).iter().map(ExprType::char_length).sum();
    let length = members + (rest(args).len() as u64).saturating_sub(1);
    Ok(inherited(length, rest(args), "make_set", ctx)?.with_nullable(any_nullable(args)))
}

/// Sixty-four of the longer one, with separators.
fn export_set_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let separator = if args.len() > 3 { length_of(args, 3) } else { 1 };
    let length = length_of(args, 1).max(length_of(args, 2)) * 64 + separator * 63;
    let strings = args.get(1..args.len().min(4)).unwrap_or_default();
    inherited(length, strings, "export_set", ctx)
}

/// The place of the first argument among the others: as text if all are text, else as numbers.
fn field(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    if args.is_null(0) {
        return Ok(Value::Int(0));
    }
    let is_text = |ty: &ExprType| ty.is_string() || ty.ty == ColumnType::Null;
    let as_text = args.types().iter().all(is_text);
    for at in 1..args.len() {
        if !args.is_null(at) && same(&mut args, at, as_text) {
            return Ok(Value::Int(at as i64));
        }
    }
    Ok(Value::Int(0))
}

fn same(args: &mut Args<'_, '_>, at: usize, as_text: bool) -> bool {
    if !as_text {
        return args.real(0) == args.real(at);
    }
    let collation = args.collation(args.types());
    if collation.id == BINARY {
        return args.bytes(0) == args.bytes(at);
    }
    collation.equal(&args.text(0), &args.text(at))
}

fn elt(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let at = if args.is_null(0) { 0 } else { usize::try_from(args.int(0)).unwrap_or(0) };
    if at == 0 || at >= args.len() || args.is_null(at) {
        return Ok(Value::Null);
    }
    Ok(args.string(args.characters(at)))
}

fn find_in_set(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let (wanted, list) = (args.text(0), args.text(1));
    if list.is_empty() || wanted.contains(',') {
        return Ok(Value::Int(0));
    }
    let collation = args.collation(args.types());
    let found = list.split(',').position(|member| collation.equal(member, &wanted));
    Ok(Value::Int(found.map_or(0, |at| at as i64 + 1)))
}

fn make_set(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    if args.is_null(0) {
        return Ok(Value::Null);
    }
    let bits = args.bits(0);
    let chosen = (1..args.len().min(65)).filter(|at| bits >> (at - 1) & 1 == 1);
    let members: Vec<_> =
        chosen.filter(|at| !args.is_null(*at)).map(|at| args.characters(at)).collect();
    Ok(args.string(members.join(",")))
}

fn export_set(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let bits = args.bits(0);
    let separator = if args.len() > 3 { args.characters(3) } else { ",".into() };
    let count = if args.len() > 4 { args.int(4) } else { 64 };
    let count = if (0..=64).contains(&count) { count } else { 64 };
    let (on, off) = (args.characters(1), args.characters(2));
    let longest = on.len().max(off.len()) + separator.len();
    if !args.bounded(longest.saturating_mul(64), "export_set") {
        return Ok(Value::Null);
    }
    let parts: Vec<&str> =
        (0..count).map(|bit| if bits >> bit & 1 == 1 { &*on } else { &*off }).collect();
    Ok(args.string(parts.join(&separator)))
}
