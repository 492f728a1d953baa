//! COMPRESS, UNCOMPRESS, UNCOMPRESSED_LENGTH.
//!
//! A compressed string is its length before (four bytes, the lowest first) and a zlib stream; a point is
//! added where it would end in a space. The empty string stays empty.

use std::io::Read;

use flate2::Compression;
use flate2::read::{ZlibDecoder, ZlibEncoder};

use super::super::args::Args;
use super::super::build::{ONE, pure};
use super::super::types::{self, LONG_TEXT, Typed, bytes_of};
use super::super::{Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("compress", ONE, compress_type, compress),
    pure("uncompress", ONE, uncompress_type, uncompress),
    pure("uncompressed_length", ONE, types::integer, uncompressed_length),
];

/// Bytes of the length.
const HEADER: usize = 4;

/// What zlib may need, the length, and the point.
fn compress_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    let size = bytes_of(args, 0);
    let bound = size + (size >> 12) + (size >> 14) + (size >> 25) + 13;
    Ok(ExprType::bytes(bound + HEADER as u64 + 1, true))
}

fn uncompress_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::bytes(LONG_TEXT, true))
}

fn compress(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let bytes = args.bytes(0);
    let mut out = Vec::new();
    if !bytes.is_empty() {
        out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        // Reading from memory does not fail.
        let _ = ZlibEncoder::new(&*bytes, Compression::default()).read_to_end(&mut out);
        if out.last() == Some(&b' ') {
            out.push(b'.');
        }
    }
    Ok(Value::Bytes(out.into()))
}

/// The length that the string says, and the stream.
fn parts(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (length, stream) = bytes.split_first_chunk::<HEADER>()?;
    Some((u64::from(u32::from_le_bytes(*length) & 0x3FFF_FFFF), stream))
}

fn uncompress(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let bytes = args.bytes(0);
    if bytes.is_empty() {
        return Ok(Value::Bytes(bytes.into()));
    }
    let limit = args.ctx.session.variables.max_allowed_packet;
    let Some((length, stream)) = parts(&bytes).filter(|(_, stream)| !stream.is_empty()) else {
        args.ctx.warn(1259, "ZLIB: Input data corrupted");
        return Ok(Value::Null);
    };
    if length > limit {
        let text = format!(
            "Uncompressed data size too large; the maximum size is {limit} (probably, length of \
             uncompressed data was corrupted)"
        );
        args.ctx.warn(1256, text);
        return Ok(Value::Null);
    }
    let mut out = Vec::new();
    let read = ZlibDecoder::new(stream).take(length + 1).read_to_end(&mut out);
    if read.is_err() || out.len() as u64 > length {
        args.ctx.warn(1259, "ZLIB: Input data corrupted");
        return Ok(Value::Null);
    }
    Ok(Value::Bytes(out.into()))
}

fn uncompressed_length(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let bytes = args.bytes(0);
    let length = parts(&bytes).map(|(length, _)| length as i64);
    if length.is_none() && !bytes.is_empty() {
        args.ctx.warn(1259, "ZLIB: Input data corrupted");
    }
    Ok(Value::Int(length.unwrap_or(0)))
}
