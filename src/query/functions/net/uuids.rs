//! UUID, UUID_SHORT, IS_UUID, UUID_TO_BIN, BIN_TO_UUID.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::super::args::Args;
use super::super::build::{NONE, ONE, pure};
use super::super::types::{self, Typed, made_text};
use super::super::{Arity, Call, Function, TypeContext, error};
use crate::gtid;
use crate::query::expr::ExprType;
use crate::query::variables::{self, Asked};
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("uuid", NONE, uuid_type, uuid).volatile(),
    pure("uuid_short", NONE, short_type, uuid_short).volatile(),
    pure("is_uuid", ONE, types::nullable_condition, is_uuid),
    pure("uuid_to_bin", Arity::between(1, 2), to_bin_type, uuid_to_bin),
    pure("bin_to_uuid", Arity::between(1, 2), to_text_type, bin_to_uuid),
];

/// UUIDs are in utf8mb3.
fn uuid_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    let ty = ExprType::text(36, types::SYSTEM, true);
    Ok(ty.with_coercibility(crate::query::expr::Coercibility::Coercible))
}

fn short_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::big_integer(true, false))
}

fn to_bin_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::bytes(16, true))
}

fn to_text_type(_: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(made_text(36, ctx))
}

/// From 1582-10-15 to 1970-01-01, in units of 100 ns.
const GREGORIAN: u64 = 0x01B2_1DD2_1381_4000;

/// What this process puts in the place of a clock sequence and a network card: random bits, marked as
/// such.
static NODE: LazyLock<[u8; 8]> = LazyLock::new(|| {
    let mut node = [0; 8];
    // Without random bits UUIDs are unique in this process only.
    let _ = aws_lc_rs::rand::fill(&mut node);
    let [sequence, _, card, ..] = &mut node;
    *sequence = *sequence & 0x3F | 0x80;
    *card |= 1;
    node
});

/// The time of the last UUID: the next one is later.
static LAST: AtomicU64 = AtomicU64::new(0);

/// A time in units of 100 ns that no other UUID of this process has.
fn moment() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = (since.as_nanos() / 100) as u64 + GREGORIAN;
    let later = |last: u64| Some(now.max(last + 1));
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
    last.map_or(now, |last| now.max(last + 1))
}

/// A UUID of version 1: time and node.
fn uuid(_: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    let moment = moment();
    let (low, middle, high) = (moment as u32, (moment >> 32) as u16, (moment >> 48) as u16);
    let mut bytes = [0; 16];
    let parts = low.to_be_bytes().into_iter().chain(middle.to_be_bytes());
    let parts = parts.chain((high & 0x0FFF | 0x1000).to_be_bytes()).chain(*NODE);
    for (slot, byte) in bytes.iter_mut().zip(parts) {
        *slot = byte;
    }
    Ok(Value::Text(gtid::Uuid(bytes).to_string().into()))
}

/// How many short UUIDs were given out.
static SHORT: AtomicU64 = AtomicU64::new(0);

/// The second in which the first was given out.
static START: LazyLock<u64> =
    LazyLock::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());

/// `server_id` in the first byte, the start time, a counter.
fn uuid_short(ctx: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    let session = &*ctx.session;
    let server = match variables::read(session, &session.globals, "server_id", Asked::Global)? {
        Value::UInt(server) => server,
        _ => 0,
    };
    let start = *START & 0xFFFF_FFFF;
    let count = SHORT.fetch_add(1, Ordering::Relaxed);
    Ok(Value::UInt(((server & 255) << 56).wrapping_add((start << 24).wrapping_add(count))))
}

/// With or without hyphens, in braces with them.
fn parse(text: &str) -> Option<[u8; 16]> {
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    if inner.is_some_and(|inner| inner.len() != 36) {
        return None;
    }
    inner.unwrap_or(text).parse::<gtid::Uuid>().ok().map(|uuid| uuid.0)
}

fn is_uuid(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(Value::Int(parse(&args.text(0)).is_some().into()))
}

/// Whether the second argument asks for the time parts to be swapped.
fn swaps(args: &mut Args<'_, '_>) -> bool {
    args.len() > 1 && args.int(1) != 0
}

/// Puts the high parts of the time first, so that later UUIDs sort behind.
fn swapped([a, b, c, d, e, f, g, h, rest @ ..]: [u8; 16]) -> [u8; 16] {
    let [i, j, k, l, m, n, o, p] = rest;
    [g, h, e, f, a, b, c, d, i, j, k, l, m, n, o, p]
}

/// The way back.
fn unswapped([g, h, e, f, a, b, c, d, rest @ ..]: [u8; 16]) -> [u8; 16] {
    let [i, j, k, l, m, n, o, p] = rest;
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

fn uuid_to_bin(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let text = args.text(0);
    let bytes = parse(&text).ok_or_else(|| error::incorrect("string", &text, "uuid_to_bin"))?;
    let bytes = if swaps(&mut args) { swapped(bytes) } else { bytes };
    Ok(Value::Bytes(bytes.as_slice().into()))
}

fn bin_to_uuid(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let given = args.bytes(0);
    let wrong = || error::incorrect("string", &args.text(0), "bin_to_uuid");
    let bytes = <[u8; 16]>::try_from(&*given).map_err(|_| wrong())?;
    let bytes = if swaps(&mut args) { unswapped(bytes) } else { bytes };
    Ok(args.string(gtid::Uuid(bytes).to_string()))
}
