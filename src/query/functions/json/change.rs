//! JSON_SET, JSON_INSERT, JSON_REPLACE, JSON_REMOVE, JSON_ARRAY_APPEND, JSON_ARRAY_INSERT.

use super::super::args::Args;
use super::super::build::pure;
use super::super::types::{Typed, json_type};
use super::super::{Arity, Call, Function, TypeContext, error};
use super::arguments::{document, element, made, single_path};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::json::{Edit, Leg, Path};
use crate::value::{Json, SqlError, Value};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("json_set", Arity::at_least(3), pairs_type, json_set).handles_nulls(),
    pure("json_insert", Arity::at_least(3), pairs_type, json_insert).handles_nulls(),
    pure("json_replace", Arity::at_least(3), pairs_type, json_replace).handles_nulls(),
    pure("json_remove", Arity::at_least(2), super::super::types::json, json_remove),
    pure("json_array_append", Arity::at_least(3), pairs_type, json_array_append).handles_nulls(),
    pure("json_array_insert", Arity::at_least(3), pairs_type, json_array_insert).handles_nulls(),
];

/// A document, then paths and values in pairs.
fn pairs_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    if args.len().is_multiple_of(2) {
        return Err(error::wrong_count("JSON_SET"));
    }
    Ok(json_type())
}

/// Applies a change for each pair; a NULL document or path makes the result NULL.
fn changed(
    args: &Args<'_, '_>,
    name: &str,
    change: impl Fn(&mut Json, &Path, Json) -> Result<(), SqlError>,
) -> Result<Value, Interrupt> {
    let null = args.is_null(0) || (1..args.len()).step_by(2).any(|at| args.is_null(at));
    if null {
        return Ok(Value::Null);
    }
    let mut document = document(args, 0, name)?.into_owned();
    for at in (1..args.len()).step_by(2) {
        change(&mut document, &single_path(args, at)?, element(args, at + 1))?;
    }
    Ok(made(document))
}

fn edited(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
    name: &str,
    edit: Edit,
) -> Result<Value, Interrupt> {
    changed(&Args::new(ctx, values, call), name, |document, path, value| {
        document.edit(path, value, edit);
        Ok(())
    })
}

fn json_set(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    edited(ctx, values, call, "json_set", Edit::Set)
}

fn json_insert(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    edited(ctx, values, call, "json_insert", Edit::Insert)
}

fn json_replace(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    edited(ctx, values, call, "json_replace", Edit::Replace)
}

fn json_remove(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let mut document = document(&args, 0, "json_remove")?.into_owned();
    for at in 1..args.len() {
        let path = single_path(&args, at)?;
        if path.is_root() {
            let text = "The path expression '$' is not allowed in this context.";
            return Err(SqlError::new(3153, b"42000", text).into());
        }
        document.remove(&path);
    }
    Ok(made(document))
}

fn json_array_append(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    changed(&args, "json_array_append", |document, path, value| {
        document.array_append(path, value);
        Ok(())
    })
}

fn json_array_insert(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    changed(&args, "json_array_insert", |document, path, value| {
        if !matches!(path.legs().last(), Some(Leg::Cell(_))) {
            let text = "A path expression is not a path to a cell in an array.";
            return Err(SqlError::new(3165, b"42000", text));
        }
        document.array_insert(path, value);
        Ok(())
    })
}
