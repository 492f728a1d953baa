//! SLEEP, BENCHMARK, NAME_CONST, LOAD_FILE, ANY_VALUE.

use std::time::Duration;

use super::super::args::Args;
use super::super::build::{ONE, TWO, pure};
use super::super::types::{self, LONG_TEXT, Typed};
use super::super::{Call, Function, TypeContext, error};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt, Pause};
use crate::value::Value;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("sleep", ONE, types::plain_integer, sleep).handles_nulls().volatile(),
    pure("benchmark", TWO, types::nullable_integer, benchmark).handles_nulls().volatile(),
    pure("name_const", TWO, second_type, second).handles_nulls(),
    pure("load_file", ONE, file_type, load_file),
];

/// SLEEP waits in the session: it can be killed there, which answers 1.
fn sleep(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let seconds = if args.is_null(0) { -1.0 } else { args.real(0) };
    if seconds.is_nan() || seconds < 0.0 {
        return Err(error::wrong_arguments("sleep.").into());
    }
    if let Some(answer) = args.ctx.waited() {
        return Ok(answer);
    }
    // Shorter than a timer counts: nothing to wait for.
    const SHORTEST_S: f64 = 0.000_01;
    if seconds < SHORTEST_S {
        return Ok(Value::Int(0));
    }
    let time = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    Err(Interrupt::Pause(Pause::Sleep(time)))
}

/// The expression was evaluated once, with the other arguments; it is not repeated.
fn benchmark(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    if args.is_null(0) {
        return Ok(Value::Null);
    }
    let count = args.int(0);
    if count < 0 {
        args.ctx.warn(1411, error::incorrect_text("count", &count.to_string(), "benchmark"));
        return Ok(Value::Null);
    }
    Ok(Value::Int(0))
}

fn second_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(args.get(1).cloned().unwrap_or_else(ExprType::null).with_nullable(true))
}

fn second(_: &mut EvalContext<'_>, values: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    Ok(values.get(1).cloned().unwrap_or(Value::Null))
}

fn file_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::bytes(LONG_TEXT, true))
}

/// `secure_file_priv` is NULL: no file may be read.
fn load_file(_: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    Ok(Value::Null)
}
