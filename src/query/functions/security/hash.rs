//! MD5, SHA1, SHA2, RANDOM_BYTES.

use aws_lc_rs::digest;
use md5::{Digest, Md5};

use super::super::args::Args;
use super::super::build::{ONE, TWO, pure};
use super::super::numeric::bases::hex_of;
use super::super::types::{Typed, constant_integer, made_text};
use super::super::{Call, Function, TypeContext, error};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::{SqlError, Value};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("md5", ONE, md5_type, md5_of),
    pure("sha", ONE, sha1_type, sha1),
    pure("sha1", ONE, sha1_type, sha1),
    pure("sha2", TWO, sha2_type, sha2).handles_nulls(),
    pure("random_bytes", ONE, random_type, random_bytes).volatile(),
];

/// The most bytes that RANDOM_BYTES gives.
const MAX_RANDOM: i64 = 1024;

fn md5_type(_: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(made_text(32, ctx))
}

fn sha1_type(_: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(made_text(40, ctx))
}

fn sha2_type(_: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let length = match constant_integer(ctx, 1) {
        Some(bits @ (224 | 384 | 512)) => bits as u64 / 4,
        _ => 64,
    };
    Ok(made_text(length, ctx))
}

fn random_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::bytes(MAX_RANDOM as u64, true))
}

fn shown(args: &Args<'_, '_>, bytes: &[u8]) -> Value {
    args.string(hex_of(bytes).to_ascii_lowercase())
}

fn md5_of(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(shown(&args, Md5::digest(&*args.bytes(0)).as_slice()))
}

fn sha1(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &args.bytes(0));
    Ok(shown(&args, hash.as_ref()))
}

/// The second argument says how many bits; 0 is 256, others are NULL with 1583.
fn sha2(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    if args.is_null(0) {
        return Ok(Value::Null);
    }
    let bits = if args.is_null(1) { -1 } else { args.int(1) };
    let algorithm = match bits {
        224 => &digest::SHA224,
        0 | 256 => &digest::SHA256,
        384 => &digest::SHA384,
        512 => &digest::SHA512,
        _ => {
            args.ctx.warn(1583, error::wrong_parameters_text("sha2"));
            return Ok(Value::Null);
        }
    };
    Ok(shown(&args, digest::digest(algorithm, &args.bytes(0)).as_ref()))
}

fn random_bytes(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let length = Args::new(ctx, values, call).int(0);
    if !(1..=MAX_RANDOM).contains(&length) {
        return Err(error::out_of_range("length", "random_bytes").into());
    }
    let mut bytes = vec![0; length as usize];
    let filled = aws_lc_rs::rand::fill(&mut bytes);
    filled.map_err(|_| SqlError::new(1105, b"HY000", "No random bytes were to be had"))?;
    Ok(Value::Bytes(bytes.into()))
}
