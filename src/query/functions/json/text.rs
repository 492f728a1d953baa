//! JSON_UNQUOTE, JSON_PRETTY, JSON_TYPE, JSON_VALID, JSON_VALUE, sizes.

use super::super::args::Args;
use super::super::build::{ONE, TWO, pure};
use super::super::types::{self, LONG_TEXT, Typed, UTF8MB4_BIN, length_of, made_text};
use super::super::{Call, Function, TypeContext};
use super::arguments::{document, path};
use crate::query::expr::{Coercibility, ExprType};
use crate::query::{EvalContext, Interrupt};
use crate::value::json::unquote;
use crate::value::types::ColumnType;
use crate::value::{Json, Value};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("json_unquote", ONE, unquote_type, json_unquote),
    pure("json_pretty", ONE, pretty_type, json_pretty),
    pure("json_type", ONE, type_type, json_type),
    pure("json_valid", ONE, types::nullable_condition, json_valid),
    pure("json_value", TWO, value_type, json_value),
    pure("json_storage_size", ONE, types::nullable_integer, json_storage_size),
    pure("json_storage_free", ONE, types::integer, json_storage_free),
];

/// Characters of JSON_VALUE without RETURNING.
const VALUE_LENGTH: u64 = 512;

fn unquote_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    let is_json = args.first().is_some_and(|ty| ty.ty == ColumnType::Json);
    let length = if is_json { LONG_TEXT } else { length_of(args, 0) };
    Ok(json_text(length))
}

fn json_text(length: u64) -> ExprType {
    ExprType::text(length, UTF8MB4_BIN, true).with_coercibility(Coercibility::Coercible)
}

fn pretty_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(json_text(LONG_TEXT))
}

fn type_type(_: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(made_text(17, ctx))
}

fn value_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    let collation = crate::value::types::CollationId(255);
    let ty = ExprType::text(VALUE_LENGTH, collation, true);
    Ok(ty.with_coercibility(Coercibility::Implicit))
}

fn json_unquote(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    if let Value::Json(json) = args.value(0) {
        return Ok(args.string(json.unquoted()));
    }
    let plain = unquote(&args.text(0));
    let plain = plain.map_err(|mistake| mistake.in_argument(1, "json_unquote"))?;
    Ok(args.string(plain))
}

fn json_pretty(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(args.string(document(&args, 0, "json_pretty")?.pretty()))
}

fn json_type(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(args.string(document(&args, 0, "json_type")?.type_name()))
}

/// Only JSON and text can be valid.
fn json_valid(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let valid = match args.value(0) {
        Value::Json(_) => true,
        Value::Text(text) => Json::parse(text).is_ok(),
        _ => false,
    };
    Ok(Value::Int(valid.into()))
}

/// The value at a path as text; `null` and what is not there are NULL.
fn json_value(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let path = path(&args, 1)?;
    let document = match document(&args, 0, "json_value") {
        // A text that is no document has no value: NULL ON ERROR.
        Err(error) if error.code == 3141 => {
            args.ctx.warn(error.code, error.message);
            return Ok(Value::Null);
        }
        found => found?,
    };
    Ok(match path.first(&document) {
        None | Some(Json::Null) => Value::Null,
        Some(json) => args.string(json.unquoted()),
    })
}

fn json_storage_size(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let document = document(&args, 0, "json_storage_size")?;
    Ok(Value::Int(document.to_binary().len() as i64))
}

/// Values are never changed in place.
fn json_storage_free(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    document(&args, 0, "json_storage_free")?;
    Ok(Value::Int(0))
}
