//! FORMAT, FORMAT_BYTES, FORMAT_PICO_TIME.

use super::super::args::{Args, Number};
use super::super::build::{ONE, pure};
use super::super::types::{Typed, length_of, made_text};
use super::super::{Arity, Call, Function, TypeContext};
use super::rounding::scaled_double;
use crate::query::expr::ExprType;
use crate::query::variables::locale;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("format", Arity::between(2, 3), format_type, format_number).handles_nulls(),
    pure("format_bytes", ONE, short_type, format_bytes),
    pure("format_pico_time", ONE, short_type, format_pico_time),
];

/// The most places that FORMAT gives.
const MAX_PLACES: i64 = 30;

/// The number, its separators, sign, point and places.
fn format_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let length = length_of(args, 0);
    Ok(made_text(length + length / 3 + 2 + MAX_PLACES as u64, ctx))
}

fn short_type(_: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(made_text(11, ctx))
}

fn format_number(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    if args.is_null(0) || args.is_null(1) {
        return Ok(Value::Null);
    }
    let places = args.int(1).clamp(0, MAX_PLACES);
    let digits = rounded(&mut args, places as usize);
    let locale = locale_of(&mut args);
    Ok(args.string(grouped(&digits, locale)))
}

fn locale_of(args: &mut Args<'_, '_>) -> &'static locale::Locale {
    if args.len() < 3 {
        return locale::get("en_US");
    }
    let name = args.text(2);
    if locale::by_name(&name).is_none() || args.is_null(2) {
        let name = if args.is_null(2) { "NULL".into() } else { name };
        args.ctx.warn(1649, format!("Unknown locale: '{name}'"));
        return locale::get("en_US");
    }
    locale::get(&name)
}

/// The number with so many places.
fn rounded(args: &mut Args<'_, '_>, places: usize) -> String {
    match args.number(0) {
        Number::Double(number) => {
            format!("{:.places$}", scaled_double(number, places as i32, true))
        }
        Number::Decimal(number) => number.round(places as i32).to_string(),
        Number::Int(_) | Number::UInt(_) => {
            let number = args.integer(0);
            let fraction = "0".repeat(places);
            if places == 0 { number.to_string() } else { format!("{number}.{fraction}") }
        }
    }
}

/// Digits in groups of three.
fn grouped(digits: &str, locale: &locale::Locale) -> String {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (sign, whole) = match whole.strip_prefix('-') {
        Some(whole) => ("-", whole),
        None => ("", whole),
    };
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.extend(locale.separator);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push(locale.point);
        out.push_str(fraction);
    }
    out
}

/// A size in a unit of its magnitude: `units` from the largest.
fn in_unit(number: f64, units: &[(f64, &str)], least: &str) -> String {
    let unit = units.iter().find(|(size, _)| number.abs() >= *size);
    match unit {
        Some((size, name)) => {
            let scaled = number / size;
            if scaled.abs() >= 100_000.0 {
                format!("{scaled:.2e} {name}")
            } else {
                format!("{scaled:.2} {name}")
            }
        }
        None => format!("{:>4} {least}", number as i64),
    }
}

fn format_bytes(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    const KIB: f64 = 1024.0;
    let units = [
        (KIB * KIB * KIB * KIB * KIB * KIB, "EiB"),
        (KIB * KIB * KIB * KIB * KIB, "PiB"),
        (KIB * KIB * KIB * KIB, "TiB"),
        (KIB * KIB * KIB, "GiB"),
        (KIB * KIB, "MiB"),
        (KIB, "KiB"),
    ];
    let mut args = Args::new(ctx, values, call);
    let number = args.real(0);
    Ok(args.string(in_unit(number, &units, "bytes")))
}

fn format_pico_time(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    const SECOND: f64 = 1e12;
    let units = [
        (86_400.0 * SECOND, "d"),
        (3600.0 * SECOND, "h"),
        (60.0 * SECOND, "min"),
        (SECOND, "s"),
        (1e9, "ms"),
        (1e6, "us"),
        (1e3, "ns"),
    ];
    let mut args = Args::new(ctx, values, call);
    let number = args.real(0);
    let shown = in_unit(number, &units, "ps");
    let shown = if number.abs() < 1e3 { format!("{:>3} ps", number as i64) } else { shown };
    Ok(args.string(shown))
}
