//! GTID_SUBSET, GTID_SUBTRACT, WAIT_FOR_EXECUTED_GTID_SET.

use std::time::Duration;

use super::super::args::Args;
use super::super::build::{TWO, pure};
use super::super::types::{self, LONG_TEXT, Typed, bytes_of, made_text};
use super::super::{Arity, Call, Function, TypeContext, error};
use crate::gtid::GtidSet;
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt, Pause};
use crate::value::{SqlError, Value};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("gtid_subset", TWO, types::condition, gtid_subset),
    pure("gtid_subtract", TWO, subtract_type, gtid_subtract),
    pure("wait_for_executed_gtid_set", Arity::between(1, 2), types::nullable_integer, wait)
        .volatile(),
];

fn subtract_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    /// Of a UUID.
    const UUID: i64 = 36;
    let bytes = |at| i64::try_from(bytes_of(args, at)).unwrap_or(i64::MAX);
    // Each interval of the second set may split one of the first.
    let length = bytes(0).saturating_add((bytes(1) - UUID).saturating_mul(5) / 2);
    Ok(made_text(u64::try_from(length).unwrap_or(LONG_TEXT), ctx))
}

/// 1772.
fn set(args: &Args<'_, '_>, at: usize) -> Result<GtidSet, SqlError> {
    let text = args.text(at);
    text.parse().map_err(|_| {
        let message = format!("Malformed GTID set specification '{text}'.");
        SqlError::new(1772, b"HY000", message)
    })
}

fn gtid_subset(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let (part, whole) = (set(&args, 0)?, set(&args, 1)?);
    Ok(Value::Int(whole.contains_all(&part).into()))
}

fn gtid_subtract(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let (mut rest, taken) = (set(&args, 0)?, set(&args, 1)?);
    rest.subtract(&taken);
    Ok(args.string(rest.to_string()))
}

/// 0 when all of the set is executed, 1 when the seconds of the second argument are over before.
fn wait(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let wanted = set(&args, 0)?;
    let timeout = if args.len() > 1 { Some(args.real(1)) } else { None };
    if timeout.is_some_and(|seconds| seconds < 0.0) {
        return Err(error::wrong_arguments("WAIT_FOR_EXECUTED_GTID_SET.").into());
    }
    if let Some(answer) = args.ctx.waited() {
        return Ok(answer);
    }
    if args.ctx.session.engine.database().executed.contains_all(&wanted) {
        return Ok(Value::Int(0));
    }
    // No time-out and a time-out of 0 both wait for ever.
    let timeout = timeout.filter(|seconds| *seconds > 0.0);
    let timeout =
        timeout.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    let set = wanted.to_string().into();
    Err(Interrupt::Pause(Pause::Gtids { set, timeout }))
}
