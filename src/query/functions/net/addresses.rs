//! INET_ATON and its relatives.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::args::Args;
use super::super::build::{ONE, pure};
use super::super::types::{self, Typed, made_text};
use super::super::{Call, Function, TypeContext, error};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("inet_aton", ONE, types::nullable_unsigned, inet_aton),
    pure("inet_ntoa", ONE, ntoa_type, inet_ntoa),
    pure("inet6_aton", ONE, aton6_type, inet6_aton),
    pure("inet6_ntoa", ONE, ntoa6_type, inet6_ntoa),
    pure("is_ipv4", ONE, types::condition, is_ipv4),
    pure("is_ipv6", ONE, types::condition, is_ipv6),
    pure("is_ipv4_compat", ONE, types::condition, is_ipv4_compat),
    pure("is_ipv4_mapped", ONE, types::condition, is_ipv4_mapped),
];

fn ntoa_type(_: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(made_text(31, ctx))
}

fn aton6_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::bytes(16, true))
}

fn ntoa6_type(_: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(made_text(39, ctx))
}

/// NULL with 1411.
fn incorrect(args: &Args<'_, '_>, kind: &str) -> String {
    let shown = args.call_text("");
    let shown = shown.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    error::incorrect_text(kind, shown.unwrap_or_default(), "")
}

/// Warns that the argument is not what the function wants.
fn refuse(args: Args<'_, '_>, kind: &str, function: &str) -> Result<Value, Interrupt> {
    let text = format!("{}{function}", incorrect(&args, kind));
    args.ctx.warn(1411, text);
    Ok(Value::Null)
}

/// One to four numbers below 256; those missing stand before the last (`127.1`).
fn parse(text: &str) -> Option<u64> {
    let parts: Vec<u64> = text.split('.').map(byte).collect::<Option<_>>()?;
    let (last, first) = parts.split_last().filter(|_| parts.len() <= 4)?;
    let shifts = [24, 16, 8];
    let high: u64 = first.iter().zip(shifts).map(|(part, shift)| part << shift).sum();
    Some(high + last)
}

fn byte(part: &str) -> Option<u64> {
    let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| part.parse().ok()).flatten().filter(|number| *number <= 255)
}

fn inet_aton(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    match parse(&args.text(0)) {
        Some(number) => Ok(Value::UInt(number)),
        None => refuse(args, "string", "inet_aton"),
    }
}

fn inet_ntoa(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    match u32::try_from(args.integer(0)) {
        Ok(number) => Ok(args.string(Ipv4Addr::from(number).to_string())),
        Err(_) => refuse(args, "integer", "inet_ntoa"),
    }
}

/// Four parts of one to three digits.
fn parse_ipv4(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u64> = text.split('.').map(byte).collect::<Option<_>>()?;
    let [a, b, c, d] = parts.as_slice() else { return None };
    let short = text.split('.').all(|part| part.len() <= 3);
    short.then(|| Ipv4Addr::new(*a as u8, *b as u8, *c as u8, *d as u8))
}

fn inet6_aton(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let text = args.text(0);
    if let Some(address) = parse_ipv4(&text) {
        return Ok(Value::Bytes(address.octets().as_slice().into()));
    }
    match text.parse::<Ipv6Addr>() {
        Ok(address) => Ok(Value::Bytes(address.octets().as_slice().into())),
        Err(_) => refuse(args, "string", "inet6_aton"),
    }
}

/// The address that four or sixteen bytes are.
fn inet6_ntoa(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let bytes = args.bytes(0);
    let four = <[u8; 4]>::try_from(&*bytes).map(|bytes| Ipv4Addr::from(bytes).to_string());
    let sixteen = <[u8; 16]>::try_from(&*bytes).map(|bytes| shown(Ipv6Addr::from(bytes)));
    match (four, sixteen, args.value(0)) {
        (Ok(text), ..) | (_, Ok(text), _) if !matches!(args.value(0), Value::Text(_)) => {
            Ok(args.string(text))
        }
        _ => refuse(args, "string", "inet6_ntoa"),
    }
}

/// Addresses that carry an IPv4 address in their end show it as one.
fn shown(address: Ipv6Addr) -> String {
    let [zeros @ .., seventh, eighth] = address.segments();
    if zeros == [0; 6] && seventh != 0 {
        let [a, b] = seventh.to_be_bytes();
        let [c, d] = eighth.to_be_bytes();
        return format!("::{a}.{b}.{c}.{d}");
    }
    address.to_string()
}

fn is_ipv4(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(Value::Int(parse_ipv4(&args.text(0)).is_some().into()))
}

fn is_ipv6(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(Value::Int(args.text(0).parse::<Ipv6Addr>().is_ok().into()))
}

/// The sixteen bytes of an argument.
fn sixteen(args: &Args<'_, '_>) -> Option<Ipv6Addr> {
    <[u8; 16]>::try_from(&*args.bytes(0)).ok().map(Ipv6Addr::from)
}

fn is_ipv4_compat(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let compatible = sixteen(&args).is_some_and(|address| {
        let [zeros @ .., _, _] = address.segments();
        zeros == [0; 6] && !address.is_unspecified() && !address.is_loopback()
    });
    Ok(Value::Int(compatible.into()))
}

fn is_ipv4_mapped(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let mapped = sixteen(&args).is_some_and(|address| address.to_ipv4_mapped().is_some());
    Ok(Value::Int(mapped.into()))
}
