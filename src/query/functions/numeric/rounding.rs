//! ABS, SIGN, CEIL, FLOOR, ROUND, TRUNCATE, MOD.

use super::super::args::{Args, Number};
use super::super::build::{ONE, TWO, pure};
use super::super::types::{self, Typed, any_nullable};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::session::SqlMode;
use crate::query::{EvalContext, Interrupt};
use crate::value::types::ColumnType;
use crate::value::{Decimal, Value};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("abs", ONE, same_number, abs),
    pure("sign", ONE, types::integer, sign),
    pure("ceil", ONE, whole_number, ceil),
    pure("ceiling", ONE, whole_number, ceil),
    pure("floor", ONE, whole_number, floor),
    pure("round", Arity::between(1, 2), rounded_type, round),
    pure("truncate", TWO, truncated_type, truncate),
    pure("mod", TWO, remainder_type, remainder),
];

/// The classes of numbers that typing knows.
enum Class {
    Integer { unsigned: bool },
    Decimal { precision: u8, scale: u8 },
    Double,
}

fn class(ty: &ExprType) -> Class {
    match ty.ty {
        ColumnType::Integer { .. } | ColumnType::Bit(_) | ColumnType::Year | ColumnType::Date => {
            Class::Integer { unsigned: ty.is_unsigned() }
        }
        ColumnType::Decimal { precision, scale, .. } => Class::Decimal { precision, scale },
        ColumnType::Time(0) | ColumnType::DateTime(0) | ColumnType::Timestamp(0) => {
            Class::Integer { unsigned: false }
        }
        ColumnType::Time(scale) => Class::Decimal { precision: 7 + scale, scale },
        ColumnType::DateTime(scale) | ColumnType::Timestamp(scale) => {
            Class::Decimal { precision: 14 + scale, scale }
        }
        _ => Class::Double,
    }
}

fn class_at(args: &[ExprType], at: usize) -> Class {
    args.get(at).map_or(Class::Double, class)
}

/// The number's own type.
fn same_number(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    let nullable = any_nullable(args);
    Ok(match class_at(args, 0) {
        Class::Integer { unsigned } => ExprType::big_integer(unsigned, nullable),
        Class::Decimal { precision, scale } => {
            ExprType::decimal(precision.into(), scale.into(), nullable)
        }
        Class::Double => ExprType::double(nullable),
    })
}

/// Digits up to which a decimal's whole part surely fits a BIGINT.
const BIGINT_DIGITS: u8 = 17;

/// CEIL and FLOOR: a BIGINT where the digits fit.
fn whole_number(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let nullable = any_nullable(args);
    match class_at(args, 0) {
        Class::Decimal { precision, scale } if precision - scale <= BIGINT_DIGITS => {
            Ok(ExprType::big_integer(false, nullable))
        }
        Class::Decimal { precision, scale } => {
            let carry = u32::from(scale > 0);
            Ok(ExprType::decimal(u32::from(precision - scale) + carry, 0, nullable))
        }
        _ => same_number(args, ctx),
    }
}

fn rounded_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    scaled_type(args, ctx, true)
}

fn truncated_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    scaled_type(args, ctx, false)
}

/// A decimal gets the places that a constant second argument asks for; rounding may carry into one more
/// digit. Without a constant it keeps its places.
fn scaled_type(args: &[ExprType], ctx: &TypeContext<'_>, rounds: bool) -> Typed {
    let nullable = any_nullable(args);
    let Class::Decimal { precision, scale } = class_at(args, 0) else {
        return same_number(args, ctx);
    };
    let constant = match args.len() {
        0 | 1 => Some(0),
        _ if types::is_constant_null(ctx, 1) => Some(0),
        _ => types::constant_integer(ctx, 1),
    };
    let wanted = constant.map_or(scale, |places| places.clamp(0, i128::from(scale)) as u8);
    let carry = u32::from(rounds && wanted < scale);
    let precision = u32::from(precision - scale) + u32::from(wanted) + carry;
    Ok(ExprType::decimal(precision, wanted.into(), nullable))
}

fn remainder_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(match (class_at(args, 0), class_at(args, 1)) {
        (Class::Double, _) | (_, Class::Double) => ExprType::double(true),
        (Class::Integer { unsigned }, Class::Integer { .. }) => {
            ExprType::big_integer(unsigned, true)
        }
        (left, right) => {
            let (left, right) = (size(&left), size(&right));
            ExprType::decimal(left.0.max(right.0), left.1.max(right.1), true)
        }
    })
}

fn size(class: &Class) -> (u32, u32) {
    match class {
        Class::Decimal { precision, scale } => (u32::from(*precision), u32::from(*scale)),
        _ => (0, 0),
    }
}

fn abs(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    Ok(match args.number(0) {
        Number::Int(number) => match number.checked_abs() {
            Some(number) => Value::Int(number),
            None => return Err(args.out_of_range("BIGINT", "abs")),
        },
        Number::UInt(number) => Value::UInt(number),
        Number::Decimal(number) => Value::Decimal(number.abs()),
        Number::Double(number) => Value::Double(number.abs()),
    })
}

fn sign(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    Ok(Value::Int(match args.number(0) {
        Number::Int(number) => number.signum(),
        Number::UInt(number) => i64::from(number > 0),
        Number::Decimal(number) if number.is_zero() => 0,
        Number::Decimal(number) => 1 - 2 * i64::from(number.is_negative()),
        Number::Double(0.0) => 0,
        Number::Double(number) => number.signum() as i64,
    }))
}

fn ceil(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    whole(ctx, values, call, |number| number.ceil(), f64::ceil)
}

fn floor(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    whole(ctx, values, call, |number| number.floor(), f64::floor)
}

fn whole(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
    exact: fn(&Decimal) -> Decimal,
    approximate: fn(f64) -> f64,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    Ok(match args.number(0) {
        Number::Int(number) => Value::Int(number),
        Number::UInt(number) => Value::UInt(number),
        Number::Double(number) => Value::Double(approximate(number)),
        Number::Decimal(number) => {
            let number = exact(&number);
            match (&call.result.ty, number.to_i64()) {
                (ColumnType::Integer { .. }, Some(number)) => Value::Int(number),
                _ => Value::Decimal(number),
            }
        }
    })
}

fn round(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let places = places(&mut args);
    scaled(&mut args, places, true)
}

fn truncate(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let places = places(&mut args);
    scaled(&mut args, places, false)
}

/// The second argument; more places than any number has change nothing.
fn places(args: &mut Args<'_, '_>) -> i32 {
    const MOST: i64 = 400;
    if args.len() < 2 { 0 } else { args.int(1).clamp(-MOST, MOST) as i32 }
}

fn scaled(args: &mut Args<'_, '_>, places: i32, rounds: bool) -> Result<Value, Interrupt> {
    let name = if rounds { "round" } else { "truncate" };
    Ok(match args.number(0) {
        Number::Int(number) => {
            let scaled = scaled_integer(number.into(), places, rounds);
            match i64::try_from(scaled) {
                Ok(number) => Value::Int(number),
                Err(_) => return Err(args.out_of_range("BIGINT", name)),
            }
        }
        Number::UInt(number) => {
            let scaled = scaled_integer(number.into(), places, rounds);
            match u64::try_from(scaled) {
                Ok(number) => Value::UInt(number),
                Err(_) => return Err(args.out_of_range("BIGINT UNSIGNED", name)),
            }
        }
        Number::Decimal(number) => {
            let scale = i32::from(args.result().decimals());
            let wanted = places.min(scale);
            let scaled = if rounds { number.round(wanted) } else { number.truncate(wanted) };
            Value::Decimal(scaled.round(scale))
        }
        Number::Double(number) => Value::Double(scaled_double(number, places, rounds)),
    })
}

/// A whole number with its last digits rounded or cut off; positive `places` change nothing.
fn scaled_integer(number: i128, places: i32, rounds: bool) -> i128 {
    if places >= 0 {
        return number;
    }
    let Some(unit) = 10i128.checked_pow(places.unsigned_abs()) else { return 0 };
    let rest = number % unit;
    let cut = number - rest;
    if rounds && rest.abs() * 2 >= unit { cut + unit * number.signum() } else { cut }
}

/// As `rint` does: halves to even, after scaling by a power of ten.
pub(super) fn scaled_double(number: f64, places: i32, rounds: bool) -> f64 {
    let unit = 10f64.powi(places.abs());
    let (scaled, back): (f64, fn(f64, f64) -> f64) = if places < 0 {
        (number / unit, |number, unit| number * unit)
    } else {
        (number * unit, |number, unit| number / unit)
    };
    if places < 0 && unit.is_infinite() {
        return 0.0;
    }
    if !scaled.is_finite() {
        return number;
    }
    back(if rounds { scaled.round_ties_even() } else { scaled.trunc() }, unit)
}

/// 1365, where `sql_mode` wants it.
fn division_by_zero(ctx: &mut EvalContext<'_>) -> Value {
    if ctx.sql_mode().has(SqlMode::ERROR_FOR_DIVISION_BY_ZERO) {
        ctx.warn(1365, "Division by 0");
    }
    Value::Null
}

fn remainder(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    Ok(match call.result.ty {
        ColumnType::Integer { unsigned, .. } => {
            let (left, right) = (args.integer(0), args.integer(1));
            match left.checked_rem(right) {
                Some(rest) if unsigned => Value::UInt(rest as u64),
                Some(rest) => Value::Int(rest as i64),
                None => division_by_zero(args.ctx),
            }
        }
        ColumnType::Decimal { scale, .. } => {
            let (left, right) = (args.decimal(0), args.decimal(1));
            match left.rem(&right) {
                Ok(rest) => Value::Decimal(rest.round(scale.into())),
                Err(_) => division_by_zero(args.ctx),
            }
        }
        _ => match (args.real(0), args.real(1)) {
            (_, 0.0) => division_by_zero(args.ctx),
            (left, right) => Value::Double(left % right),
        },
    })
}
