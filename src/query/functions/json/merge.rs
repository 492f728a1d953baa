//! JSON_MERGE_PRESERVE and JSON_MERGE_PATCH.

use super::super::args::Args;
use super::super::build::pure;
use super::super::types::json;
use super::super::{Arity, Call, Function};
use super::arguments::{document, made};
use crate::query::{EvalContext, Interrupt};
use crate::value::{Json, Value};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("json_merge", Arity::at_least(2), json, json_merge),
    pure("json_merge_preserve", Arity::at_least(2), json, json_merge_preserve),
    pure("json_merge_patch", Arity::at_least(2), json, json_merge_patch),
];

fn merged(
    args: &Args<'_, '_>,
    name: &str,
    merge: fn(Json, Json) -> Json,
) -> Result<Value, Interrupt> {
    let mut result = document(args, 0, name)?.into_owned();
    for at in 1..args.len() {
        result = merge(result, document(args, at, name)?.into_owned());
    }
    Ok(made(result))
}

fn json_merge(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    ctx.warn(
        1287,
        "'JSON_MERGE' is deprecated and will be removed in a future release. Please use \
         JSON_MERGE_PRESERVE/JSON_MERGE_PATCH instead",
    );
    merged(&Args::new(ctx, values, call), "json_merge", Json::merge_preserve)
}

fn json_merge_preserve(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    merged(&Args::new(ctx, values, call), "json_merge_preserve", Json::merge_preserve)
}

fn json_merge_patch(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    merged(&Args::new(ctx, values, call), "json_merge_patch", Json::merge_patch)
}
