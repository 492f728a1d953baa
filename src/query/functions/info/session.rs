//! VERSION, DATABASE, USER, CONNECTION_ID, LAST_INSERT_ID, ROW_COUNT, FOUND_ROWS, roles.

use super::super::args::Args;
use super::super::build::{NONE, pure};
use super::super::types::{LONG_TEXT, Typed, any_nullable, plain_integer, system_text};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::variables::{self, Asked};
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("version", NONE, version_type, version).statement(),
    pure("database", NONE, name_type, database).statement(),
    pure("schema", NONE, name_type, database).statement(),
    pure("user", NONE, user_type, user).statement(),
    pure("session_user", NONE, user_type, user).statement(),
    pure("system_user", NONE, user_type, user).statement(),
    pure("current_user", NONE, user_type, current_user).statement(),
    pure("current_role", NONE, role_type, current_role).statement(),
    pure("connection_id", NONE, connection_type, connection_id).statement(),
    pure("pseudo_thread_id", NONE, connection_type, connection_id).statement(),
    pure("ps_current_thread_id", NONE, connection_type, connection_id).statement(),
    pure("last_insert_id", Arity::between(0, 1), last_type, last_insert_id)
        .handles_nulls()
        .volatile(),
    pure("row_count", NONE, plain_integer, row_count).statement(),
    pure("found_rows", NONE, plain_integer, found_rows).statement(),
    pure("icu_version", NONE, version_type, icu_version),
];

/// The longest user name with host, in characters.
const USER_LENGTH: u64 = 288;

fn version_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(system_text(60, false))
}

fn name_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(system_text(64, true))
}

fn user_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(system_text(USER_LENGTH, true))
}

fn role_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(system_text(LONG_TEXT, true))
}

fn connection_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::big_integer(true, false))
}

fn last_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::big_integer(true, any_nullable(args)))
}

fn version(ctx: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    let session = &*ctx.session;
    Ok(variables::read(session, &session.globals, "version", Asked::Global)?)
}

fn database(ctx: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    Ok(ctx.session.database.clone().map_or(Value::Null, Value::Text))
}

fn user(ctx: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    Ok(Value::Text(ctx.session.user.clone()))
}

fn current_user(ctx: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    Ok(Value::Text(ctx.session.account.clone()))
}

/// There are no roles.
fn current_role(_: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    Ok(Value::Text("NONE".into()))
}

fn connection_id(ctx: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    Ok(Value::UInt(ctx.session.connection_id))
}

/// With an argument it is what the next call without one returns.
fn last_insert_id(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    if values.is_empty() {
        return Ok(Value::UInt(ctx.session.last_insert_id));
    }
    let mut args = Args::new(ctx, values, call);
    let id = if args.is_null(0) { 0 } else { args.bits(0) };
    let is_null = args.is_null(0);
    args.ctx.session.next_last_insert_id = Some(id);
    args.ctx.session.last_insert_id = id;
    Ok(if is_null { Value::Null } else { Value::UInt(id) })
}

fn row_count(ctx: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    Ok(Value::Int(ctx.session.row_count))
}

fn found_rows(ctx: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    ctx.warn(
        1287,
        "FOUND_ROWS() is deprecated and will be removed in a future release. Consider using \
         COUNT(*) instead.",
    );
    Ok(Value::Int(i64::try_from(ctx.session.found_rows).unwrap_or(i64::MAX)))
}

/// Expressions are Rust's, whose Unicode tables are of this version.
fn icu_version(_: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    Ok(Value::Text("73.1".into()))
}
