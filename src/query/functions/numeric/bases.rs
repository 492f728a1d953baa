//! Numbers in other bases, bits and checksums: CONV, BIN, OCT, HEX, UNHEX, BIT_COUNT, CRC32.

use super::super::args::Args;
use super::super::build::{ONE, THREE, pure};
use super::super::types::{self, Typed, bytes_of, made_text};
use super::super::{Call, Function, TypeContext, error};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::{Value, Warning};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("conv", THREE, converted_type, conv),
    pure("bin", ONE, converted_type, bin),
    pure("oct", ONE, converted_type, oct),
    pure("hex", ONE, hex_type, hex),
    pure("unhex", ONE, unhex_type, unhex),
    pure("bit_count", ONE, types::integer, bit_count),
    pure("crc32", ONE, types::unsigned, crc32),
];

/// 64 binary digits and a sign.
fn converted_type(_: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(made_text(65, ctx))
}

fn hex_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let is_number = args.first().is_some_and(|ty| !ty.is_string() && ty.char_length() > 0);
    let length = if is_number { 16 } else { bytes_of(args, 0).saturating_mul(2) };
    Ok(made_text(length, ctx))
}

fn unhex_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::bytes(bytes_of(args, 0).div_ceil(2), true))
}

fn conv(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let (from, to) = (args.int(1), args.int(2));
    converted(&mut args, from, to)
}

fn bin(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    converted(&mut Args::new(ctx, values, call), 10, 2)
}

fn oct(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    converted(&mut Args::new(ctx, values, call), 10, 8)
}

fn converted(args: &mut Args<'_, '_>, from: i64, to: i64) -> Result<Value, Interrupt> {
    let base = |base: i64| (2..=36).contains(&base.unsigned_abs()).then_some(base.unsigned_abs());
    let text = args.digits(0);
    let (Some(from_base), Some(to_base)) = (base(from), base(to)) else { return Ok(Value::Null) };
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let digits = parse(&text, from_base, from < 0);
    if digits.overflow || digits.length == 0 {
        args.ctx.warn(1292, Warning::truncated("DECIMAL", &text).message);
    }
    let mut number = digits.number;
    let negative = to < 0 && (number as i64) < 0;
    if negative {
        number = (number as i64).unsigned_abs();
    }
    let shown = printed(number, to_base);
    Ok(args.string(if negative { format!("-{shown}") } else { shown }))
}

/// What the beginning of a text holds in a base.
struct Digits {
    number: u64,
    length: usize,
    overflow: bool,
}

/// A base below zero reads a signed number, where others wrap around.
fn parse(text: &str, base: u64, signed: bool) -> Digits {
    let text = text.trim_start();
    let negative = text.starts_with('-');
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mut number, mut length, mut overflow) = (0u64, 0, false);
    for digit in body.chars().map_while(|digit| digit.to_digit(base as u32)) {
        let next = number.checked_mul(base).and_then(|n| n.checked_add(u64::from(digit)));
        overflow |= next.is_none();
        number = if overflow { u64::MAX } else { next.unwrap_or(u64::MAX) };
        length += 1;
    }
    if overflow && signed {
        number = if negative { i64::MIN as u64 } else { i64::MAX as u64 };
    } else if negative && !overflow {
        number = number.wrapping_neg();
    }
    Digits { number, length, overflow }
}

/// A number in a base, in capitals.
fn printed(mut number: u64, base: u64) -> String {
    let mut digits = Vec::new();
    loop {
        let digit = char::from_digit((number % base) as u32, 36).unwrap_or('0');
        digits.push(digit.to_ascii_uppercase());
        number /= base;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

/// Bytes in hexadecimal digits, capitals.
pub(in super::super) fn hex_of(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A string's bytes, or a number's digits.
fn hex(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let shown = match args.value(0) {
        Value::Int(_) | Value::UInt(_) | Value::Decimal(_) => printed(args.bits(0), 16),
        Value::Double(number) if *number >= i64::MAX as f64 => printed(*number as u64, 16),
        Value::Double(_) => printed(args.bits(0), 16),
        _ => hex_of(&args.bytes(0)),
    };
    Ok(args.string(shown))
}

/// The bytes that hexadecimal digits stand for; a missing first digit is 0.
pub(in super::super) fn unhex_of(digits: &[u8]) -> Option<Vec<u8>> {
    let value = |digit: &u8| char::from(*digit).to_digit(16).map(|value| value as u8);
    let (odd, even) = digits.split_at(digits.len() % 2);
    let mut bytes: Vec<u8> = odd.iter().map(value).collect::<Option<_>>()?;
    for pair in even.chunks_exact(2) {
        bytes.push(pair.iter().try_fold(0, |byte, digit| Some(byte << 4 | value(digit)?))?);
    }
    Some(bytes)
}

fn unhex(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    match unhex_of(&args.bytes(0)) {
        Some(bytes) => Ok(Value::Bytes(bytes.into())),
        None => {
            let shown = args.call_text("");
            let shown = shown.trim_start_matches('(').trim_end_matches(')');
            args.ctx.warn(1411, error::incorrect_text("string", shown, "unhex"));
            Ok(Value::Null)
        }
    }
}

/// Of binary strings every bit counts, of all else those of a 64 bit number.
fn bit_count(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let count = match args.value(0) {
        Value::Bytes(bytes) => bytes.iter().map(|byte| i64::from(byte.count_ones())).sum(),
        _ => i64::from(args.bits(0).count_ones()),
    };
    Ok(Value::Int(count))
}

fn crc32(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(Value::UInt(crc32fast::hash(&args.bytes(0)).into()))
}
