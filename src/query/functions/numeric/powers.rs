//! Powers, logarithms, trigonometry: all in doubles.

use super::super::args::Args;
use super::super::build::{NONE, ONE, TWO, pure};
use super::super::types::{self, Typed};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::types::ColumnType;

/// Declares functions of one double each.
macro_rules! of_one {
    ($($function:ident: $formula:expr;)*) => {
        $(fn $function(
            ctx: &mut EvalContext<'_>,
            values: &[Value],
            call: &Call<'_>,
        ) -> Result<Value, Interrupt> {
            let mut args = Args::new(ctx, values, call);
            let formula: fn(f64) -> f64 = $formula;
            let result = formula(args.real(0));
            finite(&args, stringify!($function), result)
        })*
    };
}

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("pow", TWO, types::real, pow),
    pure("power", TWO, types::real, pow),
    pure("sqrt", ONE, types::real, sqrt),
    pure("exp", ONE, types::real, exp),
    pure("ln", ONE, types::real, ln),
    pure("log", Arity::between(1, 2), types::real, log),
    pure("log2", ONE, types::real, log2),
    pure("log10", ONE, types::real, log10),
    pure("pi", NONE, pi_type, pi),
    pure("sin", ONE, types::real, sin),
    pure("cos", ONE, types::real, cos),
    pure("tan", ONE, types::real, tan),
    pure("cot", ONE, types::real, cot),
    pure("asin", ONE, types::real, asin),
    pure("acos", ONE, types::real, acos),
    pure("atan", Arity::between(1, 2), types::real, atan),
    pure("atan2", Arity::between(1, 2), types::real, atan),
    pure("degrees", ONE, types::real_of, degrees),
    pure("radians", ONE, types::real_of, radians),
];

of_one! {
    exp: f64::exp;
    sin: f64::sin;
    cos: f64::cos;
    tan: f64::tan;
    cot: |angle| 1.0 / angle.tan();
    degrees: f64::to_degrees;
    radians: f64::to_radians;
}

/// A result that no double holds is error 1690.
fn finite(args: &Args<'_, '_>, name: &str, result: f64) -> Result<Value, Interrupt> {
    if result.is_finite() {
        return Ok(Value::Double(result));
    }
    Err(args.out_of_range("DOUBLE", name))
}

/// A result that may not exist: NULL.
fn or_null(result: f64) -> Result<Value, Interrupt> {
    Ok(if result.is_nan() { Value::Null } else { Value::Double(result) })
}

/// Six digits are shown.
fn pi_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    let ty =
        ColumnType::Float { double: true, unsigned: false, digits: Some((8, 6)), zerofill: false };
    Ok(ExprType::new(ty, false))
}

fn pi(_: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    Ok(Value::Double(std::f64::consts::PI))
}

fn pow(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let result = args.real(0).powf(args.real(1));
    finite(&args, "pow", result)
}

fn sqrt(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    or_null(Args::new(ctx, values, call).real(0).sqrt())
}

fn asin(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    or_null(Args::new(ctx, values, call).real(0).asin())
}

fn acos(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    or_null(Args::new(ctx, values, call).real(0).acos())
}

fn atan(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let first = args.real(0);
    let angle = if args.len() == 2 { first.atan2(args.real(1)) } else { first.atan() };
    Ok(Value::Double(angle))
}

fn ln(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    logarithm(ctx, values, call, f64::ln)
}

fn log2(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    logarithm(ctx, values, call, f64::log2)
}

fn log10(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    logarithm(ctx, values, call, f64::log10)
}

fn logarithm(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
    formula: fn(f64) -> f64,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let number = args.real(0);
    Ok(if number > 0.0 { Value::Double(formula(number)) } else { no_logarithm(args.ctx) })
}

/// `LOG(x)` and `LOG(base, x)`.
fn log(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    if values.len() < 2 {
        return logarithm(ctx, values, call, f64::ln);
    }
    let mut args = Args::new(ctx, values, call);
    let (base, number) = (args.real(0), args.real(1));
    if base <= 0.0 || base == 1.0 || number <= 0.0 {
        return Ok(no_logarithm(args.ctx));
    }
    Ok(Value::Double(number.ln() / base.ln()))
}

/// 3020.
fn no_logarithm(ctx: &mut EvalContext<'_>) -> Value {
    ctx.warn(3020, "Invalid argument for logarithm");
    Value::Null
}
