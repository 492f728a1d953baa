//! TRIM in its forms: `trim(x)`, and with what is to be taken away `trim_both(x, what)`, `trim_leading` and
//! `trim_trailing`, which is how `TRIM(BOTH what FROM x)` is written here.

use super::super::args::Args;
use super::super::build::{ONE, TWO, pure};
use super::super::types::{Typed, inherited, length_of};
use super::super::{Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("trim", ONE, trim_type, trim),
    pure("ltrim", ONE, trim_type, ltrim),
    pure("rtrim", ONE, trim_type, rtrim),
    pure("trim_both", TWO, trim_type, trim),
    pure("trim_leading", TWO, trim_type, ltrim),
    pure("trim_trailing", TWO, trim_type, rtrim),
];

fn trim_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    inherited(length_of(args, 0), args, "trim", ctx)
}

/// What is taken away: spaces where nothing is said.
fn taken<'a>(args: &Args<'a, '_>) -> std::borrow::Cow<'a, str> {
    if args.len() > 1 { args.characters(1) } else { " ".into() }
}

fn from_start<'a>(mut text: &'a str, what: &str) -> &'a str {
    while let Some(rest) = text.strip_prefix(what).filter(|_| !what.is_empty()) {
        text = rest;
    }
    text
}

fn from_end<'a>(mut text: &'a str, what: &str) -> &'a str {
    while let Some(rest) = text.strip_suffix(what).filter(|_| !what.is_empty()) {
        text = rest;
    }
    text
}

fn trim(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let what = taken(&args);
    Ok(args.string(from_end(from_start(&args.characters(0), &what), &what)))
}

fn ltrim(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(args.string(from_start(&args.characters(0), &taken(&args))))
}

fn rtrim(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(args.string(from_end(&args.characters(0), &taken(&args))))
}
