//! TO_BASE64 and FROM_BASE64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::args::Args;
use super::super::build::{ONE, pure};
use super::super::types::{Typed, bytes_of, made_text};
use super::super::{Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

pub(in super::super) const FUNCTIONS: &[Function] =
    &[pure("to_base64", ONE, to_type, to_base64), pure("from_base64", ONE, from_type, from_base64)];

/// Letters of a line.
const LINE: usize = 76;

fn to_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let letters = bytes_of(args, 0).div_ceil(3) * 4;
    Ok(made_text(letters + letters.saturating_sub(1) / LINE as u64, ctx))
}

fn from_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::bytes(bytes_of(args, 0) * 3 / 4, true))
}

/// Lines of 76 letters.
fn to_base64(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let bytes = args.bytes(0);
    if !args.bounded(bytes.len() / 3 * 4, "to_base64") {
        return Ok(Value::Null);
    }
    let letters = STANDARD.encode(&bytes);
    let lines: Vec<_> = letters.as_bytes().chunks(LINE).map(String::from_utf8_lossy).collect();
    Ok(args.string(lines.join("\n")))
}

/// White space is passed over; anything else that does not belong gives NULL.
fn from_base64(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let letters: Vec<u8> =
        args.bytes(0).iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    Ok(STANDARD.decode(letters).map_or(Value::Null, |bytes| Value::Bytes(bytes.into())))
}
