//! JSON_ARRAY, JSON_OBJECT, JSON_QUOTE.

use super::super::args::Args;
use super::super::build::{ONE, pure};
use super::super::error;
use super::super::types::{Typed, UTF8MB4_BIN, json, json_type, length_of};
use super::super::{Arity, Call, Function, TypeContext};
use super::arguments::{element, made};
use crate::query::expr::{Coercibility, ExprType};
use crate::query::{EvalContext, Interrupt};
use crate::value::json::{Object, quote};
use crate::value::types::ColumnType;
use crate::value::{Json, SqlError, Value};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("json_array", Arity::at_least(0), json, json_array).handles_nulls(),
    pure("json_object", Arity::at_least(0), object_type, json_object).handles_nulls(),
    pure("json_quote", ONE, quote_type, json_quote),
];

/// Keys and values in pairs.
fn object_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    if args.len() % 2 == 1 {
        return Err(error::wrong_count("JSON_OBJECT"));
    }
    Ok(json_type())
}

/// Every character may become an escape of six; then the quotes.
fn quote_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    let is_text = |ty: &ExprType| ty.is_string() || ty.ty == ColumnType::Null;
    if !args.iter().all(is_text) {
        let text = "Incorrect type for argument 1 in function json_quote.";
        return Err(SqlError::new(3064, b"HY000", text));
    }
    let ty = ExprType::text(length_of(args, 0) * 6 + 2, UTF8MB4_BIN, true);
    Ok(ty.with_coercibility(Coercibility::Implicit))
}

fn json_array(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(made(Json::Array((0..args.len()).map(|at| element(&args, at)).collect())))
}

/// The last of several equal keys stays; a NULL key is error 3158.
fn json_object(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let mut members = Object::new();
    for at in (0..args.len()).step_by(2) {
        if args.is_null(at) {
            let text = "JSON documents may not contain NULL member names.";
            return Err(SqlError::new(3158, b"22032", text).into());
        }
        members.insert(&args.text(at), element(&args, at + 1));
    }
    Ok(made(Json::Object(members)))
}

fn json_quote(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(args.string(quote(&args.text(0))))
}
