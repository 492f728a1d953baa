//! User locks: GET_LOCK, RELEASE_LOCK, RELEASE_ALL_LOCKS, IS_FREE_LOCK, IS_USED_LOCK.
//!
//! Names are compared without case. GET_LOCK waits: the statement unwinds with [`Pause::UserLock`] and runs
//! again when the session knows the answer.

use std::sync::Arc;
use std::time::Duration;

use super::super::args::Args;
use super::super::build::{NONE, ONE, TWO, pure};
use super::super::types::{self, Typed};
use super::super::{Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt, Pause};
use crate::value::{SqlError, Value};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("get_lock", TWO, types::nullable_integer, get_lock).handles_nulls().volatile(),
    pure("release_lock", ONE, types::nullable_integer, release_lock).handles_nulls().volatile(),
    pure("release_all_locks", NONE, count_type, release_all_locks).volatile(),
    pure("is_free_lock", ONE, types::nullable_integer, is_free_lock).handles_nulls().volatile(),
    pure("is_used_lock", ONE, types::nullable_unsigned, is_used_lock).handles_nulls().volatile(),
];

/// Characters of a name.
const MAX_NAME: usize = 64;

fn count_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::big_integer(true, false))
}

/// The name in lower case; 3057 and 4163 for one that is none.
fn name(args: &Args<'_, '_>) -> Result<Arc<str>, SqlError> {
    let name = if args.is_null(0) { "NULL".into() } else { args.text(0) };
    if args.is_null(0) || name.is_empty() {
        let text = format!(
            "Incorrect user-level lock name '{name}'. The name is empty, NULL, or can not be \
             expressed in the current character-set."
        );
        return Err(SqlError::new(3057, b"42000", text));
    }
    if name.chars().count() > MAX_NAME {
        let text =
            format!("User-level lock name '{name}' should not exceed {MAX_NAME} characters.");
        return Err(SqlError::new(4163, b"HY000", text));
    }
    Ok(name.to_lowercase().into())
}

/// A time-out below zero waits for ever.
fn get_lock(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let name = name(&args)?;
    if let Some(answer) = args.ctx.waited() {
        return Ok(answer);
    }
    let seconds = if args.is_null(1) { 0.0 } else { args.real(1) };
    let timeout = (seconds >= 0.0)
        .then(|| Duration::try_from_secs_f64(seconds.round_ties_even()).unwrap_or(Duration::MAX));
    Err(Interrupt::Pause(Pause::UserLock { name: (&*name).into(), timeout }))
}

/// 1 if this session had it, 0 if another has, NULL if nobody.
fn release_lock(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let name = name(&args)?;
    let session = &*args.ctx.session;
    let released = session.engine.locks().release_named(session.owner, &name);
    Ok(released.map_or(Value::Null, |released| Value::Int(released.into())))
}

fn release_all_locks(
    ctx: &mut EvalContext<'_>,
    _: &[Value],
    _: &Call<'_>,
) -> Result<Value, Interrupt> {
    let session = &*ctx.session;
    Ok(Value::UInt(session.engine.locks().release_all_named(session.owner) as u64))
}

fn is_free_lock(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let name = name(&args)?;
    let holder = args.ctx.session.engine.locks().named_owner(&name);
    Ok(Value::Int(holder.is_none().into()))
}

/// The connection that has it.
fn is_used_lock(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let name = name(&args)?;
    let session = &*args.ctx.session;
    let Some(holder) = session.engine.locks().named_owner(&name) else { return Ok(Value::Null) };
    if holder == session.owner {
        return Ok(Value::UInt(session.connection_id));
    }
    let others = session.server.processes();
    let found = others.iter().find(|process| process.owner == holder);
    // None: its connection has ended since.
    Ok(found.map_or(Value::Null, |process| Value::UInt(process.id)))
}
