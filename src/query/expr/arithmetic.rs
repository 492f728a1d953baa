//! `+ - * / DIV %` and unary minus: result types and values.
//!
//! Whole numbers are reckoned in 128 bits and must fit their result type afterwards (1690); decimals exactly;
//! anything with a string or a DOUBLE in it as DOUBLE.

use super::numbers::{decimal_size, read_decimal, to_decimal, to_double, to_integer};
use super::{Expr, ExprType, number_class};
use crate::query::session::SqlMode;
use crate::query::{EvalContext, Interrupt};
use crate::value::decimal::{Decimal, DecimalError};
use crate::value::types::ColumnType;
use crate::value::{SqlError, Value};

/// The operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// DIV
    IntegerDivide,
    /// `%`, MOD
    Modulo,
}

/// As what numbers are reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberClass {
    /// Signed or unsigned whole numbers.
    Integer,
    /// DECIMAL.
    Decimal,
    /// DOUBLE.
    Double,
}

impl Arithmetic {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::IntegerDivide => "DIV",
            Self::Modulo => "%",
        }
    }

    /// As what two types are reckoned.
    pub fn class(self, left: &ExprType, right: &ExprType) -> NumberClass {
        let class = match (number_class(left), number_class(right)) {
            (NumberClass::Double, _) | (_, NumberClass::Double) => NumberClass::Double,
            (NumberClass::Decimal, _) | (_, NumberClass::Decimal) => NumberClass::Decimal,
            _ => NumberClass::Integer,
        };
        match (self, class) {
            (Self::Divide, NumberClass::Integer) => NumberClass::Decimal,
            // DIV is exact whatever it divides.
            (Self::IntegerDivide, NumberClass::Double) => NumberClass::Decimal,
            (_, class) => class,
        }
    }

    /// The type of the result.
    pub fn result(
        self,
        left: &ExprType,
        right: &ExprType,
        mode: SqlMode,
        increment: u8,
    ) -> ExprType {
        let divides = matches!(self, Self::Divide | Self::IntegerDivide | Self::Modulo);
        let nullable = left.nullable || right.nullable || divides;
        match (self, self.class(left, right)) {
            (Self::IntegerDivide, _) => {
                ExprType::big_integer(counts_unsigned(left) || counts_unsigned(right), nullable)
            }
            (_, NumberClass::Double) => self.double_result(left, right, increment, nullable),
            (_, NumberClass::Integer) => self.integer_result(left, right, mode, nullable),
            (_, NumberClass::Decimal) => self.decimal_result(left, right, increment, nullable),
        }
    }

    fn integer_result(
        self,
        left: &ExprType,
        right: &ExprType,
        mode: SqlMode,
        nullable: bool,
    ) -> ExprType {
        let signed_difference =
            self == Self::Subtract && mode.has(SqlMode::NO_UNSIGNED_SUBTRACTION);
        let unsigned = match self {
            Self::Modulo => counts_unsigned(left),
            _ => (counts_unsigned(left) || counts_unsigned(right)) && !signed_difference,
        };
        let (a, b) = (left.char_length(), right.char_length());
        let width = match self {
            Self::Multiply => a + b,
            Self::Modulo => a.max(b),
            _ => a.max(b) + 1,
        };
        ExprType::sized_integer(unsigned, width.min(21) as u8, nullable)
    }

    /// DOUBLE; with fixed decimals where both sides have some.
    fn double_result(
        self,
        left: &ExprType,
        right: &ExprType,
        increment: u8,
        nullable: bool,
    ) -> ExprType {
        let most = left.decimals().max(right.decimals());
        let scale = if self == Self::Divide { most + increment } else { most };
        let mut result = ExprType::double(nullable);
        if most < FLOATING && scale < FLOATING && scale > 0 {
            result.ty = ColumnType::Float {
                double: true,
                unsigned: false,
                digits: Some((17 + scale, scale)),
                zerofill: false,
            };
        }
        result
    }

    fn decimal_result(
        self,
        left: &ExprType,
        right: &ExprType,
        increment: u8,
        nullable: bool,
    ) -> ExprType {
        let (p1, s1) = decimal_size(left);
        let (p2, s2) = decimal_size(right);
        let (precision, scale) = match self {
            Self::Multiply => (p1 + p2, (s1 + s2).min(30)),
            Self::Divide => {
                let scale = (s1 + u32::from(increment)).min(30);
                (p1 - s1 + s2 + scale, scale)
            }
            Self::Modulo => (p1.max(p2), s1.max(s2)),
            _ => {
                let scale = s1.max(s2);
                ((p1 - s1).max(p2 - s2) + 1 + scale, scale)
            }
        };
        ExprType::decimal(precision, scale, nullable)
    }
}

/// The decimals of a number whose point floats.
const FLOATING: u8 = 31;

/// Whether a side makes a whole result unsigned: binary literals do.
fn counts_unsigned(ty: &ExprType) -> bool {
    ty.is_unsigned()
        || (matches!(ty.ty, ColumnType::Binary { .. })
            && ty.coercibility == super::Coercibility::Coercible)
}

/// 1690, with the type's name and the expression's text.
fn out_of_range(kind: &str, text: &str) -> Interrupt {
    let message = format!("{kind} value is out of range in '{text}'");
    SqlError::new(1690, b"22003", message).into()
}

/// What becomes of a division by zero: NULL, and a warning or nothing.
fn division_by_zero(ctx: &mut EvalContext<'_>) -> Result<Value, Interrupt> {
    if ctx.sql_mode().has(SqlMode::ERROR_FOR_DIVISION_BY_ZERO) {
        if ctx.strict_write && ctx.sql_mode().is_strict() {
            return Err(SqlError::new(1365, b"22012", "Division by 0").into());
        }
        ctx.warn(1365, "Division by 0");
    }
    Ok(Value::Null)
}

/// One operation; NULL on either side gives NULL.
pub(super) fn eval(
    op: Arithmetic,
    class: NumberClass,
    sides: &(Expr, Expr),
    result: (&ExprType, &str),
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Value, Interrupt> {
    let left = sides.0.eval(ctx, row)?;
    if matches!(left, Value::Null) && class == NumberClass::Decimal {
        return Ok(Value::Null);
    }
    if op == Arithmetic::IntegerDivide && class == NumberClass::Decimal {
        return divide_exactly(&left, sides, result, ctx, row);
    }
    let right = sides.1.eval(ctx, row)?;
    if matches!(left, Value::Null) || matches!(right, Value::Null) {
        hear(class, &left, &sides.0.ty, ctx)?;
        hear(class, &right, &sides.1.ty, ctx)?;
        return Ok(Value::Null);
    }
    let types = (&sides.0.ty, &sides.1.ty);
    match class {
        NumberClass::Integer => {
            let a = to_integer(&left, types.0, ctx)?;
            let b = to_integer(&right, types.1, ctx)?;
            integers(op, a, b, result, ctx)
        }
        NumberClass::Decimal => {
            let a = to_decimal(&left, types.0, ctx)?;
            let b = to_decimal(&right, types.1, ctx)?;
            let value = decimals(op, &a, &b, result, ctx)?;
            Ok(match (value, &result.0.ty) {
                (Value::Decimal(number), ty) if ty.has_open_scale() => {
                    Value::Decimal(number.round(result.0.decimals().into()))
                }
                (value, _) => value,
            })
        }
        NumberClass::Double => {
            let a = to_double(&left, types.0, ctx)?;
            let b = to_double(&right, types.1, ctx)?;
            doubles(op, a, b, result, ctx)
        }
    }
}

/// DIV of what is not all whole: both sides are read as exact numbers, the left one first.
fn divide_exactly(
    left: &Value,
    sides: &(Expr, Expr),
    result: (&ExprType, &str),
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Value, Interrupt> {
    let a = read_decimal(left, &sides.0, ctx)?;
    let right = sides.1.eval(ctx, row)?;
    if matches!(right, Value::Null) {
        return Ok(Value::Null);
    }
    let b = read_decimal(&right, &sides.1, ctx)?;
    decimals(Arithmetic::IntegerDivide, &a, &b, result, ctx)
}

/// The warnings of reading a side as a number whose value does not matter.
fn hear(
    class: NumberClass,
    value: &Value,
    ty: &ExprType,
    ctx: &mut EvalContext<'_>,
) -> Result<(), Interrupt> {
    match class {
        NumberClass::Integer => to_integer(value, ty, ctx).map(drop),
        NumberClass::Double => to_double(value, ty, ctx).map(drop),
        NumberClass::Decimal => Ok(()),
    }
}

fn integers(
    op: Arithmetic,
    a: i128,
    b: i128,
    (ty, text): (&ExprType, &str),
    ctx: &mut EvalContext<'_>,
) -> Result<Value, Interrupt> {
    let value = match op {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        // Both have at most 64 bits and a sign.
        Arithmetic::Multiply => a * b,
        _ if b == 0 => return division_by_zero(ctx),
        Arithmetic::Modulo => a % b,
        _ => a / b,
    };
    integer_value(value, ty.is_unsigned(), text)
}

/// The value as BIGINT, signed or unsigned.
pub(super) fn integer_value(value: i128, unsigned: bool, text: &str) -> Result<Value, Interrupt> {
    if unsigned {
        let fits = u64::try_from(value).map(Value::UInt);
        return fits.map_err(|_| out_of_range("BIGINT UNSIGNED", text));
    }
    i64::try_from(value).map(Value::Int).map_err(|_| out_of_range("BIGINT", text))
}

fn decimals(
    op: Arithmetic,
    a: &Decimal,
    b: &Decimal,
    (ty, text): (&ExprType, &str),
    ctx: &mut EvalContext<'_>,
) -> Result<Value, Interrupt> {
    let scale = ty.decimals();
    let value = match op {
        Arithmetic::Add => a.add(b),
        Arithmetic::Subtract => a.sub(b),
        Arithmetic::Multiply => a.mul(b).map(|value| value.round(i32::from(scale))),
        Arithmetic::Divide => {
            let digits = scale.saturating_sub(a.scale());
            a.div(b, digits).map(|value| value.round(i32::from(scale)))
        }
        Arithmetic::IntegerDivide => a.div_integer(b),
        Arithmetic::Modulo => a.rem(b),
    };
    match value {
        Ok(value) if op == Arithmetic::IntegerDivide => {
            let number = value.to_i128().ok_or_else(|| out_of_range("BIGINT", text))?;
            integer_value(number, ty.is_unsigned(), text)
        }
        Ok(value) => Ok(Value::Decimal(value)),
        Err(DecimalError::DivisionByZero) => division_by_zero(ctx),
        Err(_) => Err(out_of_range("DECIMAL", text)),
    }
}

fn doubles(
    op: Arithmetic,
    a: f64,
    b: f64,
    (_, text): (&ExprType, &str),
    ctx: &mut EvalContext<'_>,
) -> Result<Value, Interrupt> {
    let value = match op {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        _ if b == 0.0 => return division_by_zero(ctx),
        Arithmetic::Divide => a / b,
        Arithmetic::Modulo => a % b,
        Arithmetic::IntegerDivide => (a / b).trunc(),
    };
    match value.is_finite() {
        true => Ok(Value::Double(value)),
        false => Err(out_of_range("DOUBLE", text)),
    }
}

/// As what a value is negated: dates and times as DOUBLE.
pub fn negated_class(ty: &ExprType) -> NumberClass {
    if ty.is_temporal() { NumberClass::Double } else { number_class(ty) }
}

/// The type of a negated value.
pub fn negated_type(ty: &ExprType, literal: Option<&Value>) -> ExprType {
    match negated_class(ty) {
        NumberClass::Double => {
            let mut result = ExprType::double(ty.nullable);
            if let scale @ 1..FLOATING = ty.decimals() {
                let digits = Some((17 + scale, scale));
                result.ty =
                    ColumnType::Float { double: true, unsigned: false, digits, zerofill: false };
            }
            result
        }
        NumberClass::Decimal => {
            let (precision, scale) = decimal_size(ty);
            ExprType::decimal(precision, scale, ty.nullable)
        }
        NumberClass::Integer => match literal {
            Some(Value::UInt(value)) if *value > 1 << 63 => ExprType::decimal(20, 0, false),
            Some(Value::Int(value)) => ExprType::integer_literal(value.unsigned_abs(), true),
            _ => {
                let width = (ty.char_length() + 1).min(21) as u8;
                ExprType::sized_integer(false, width, ty.nullable)
            }
        },
    }
}

/// Unary minus.
pub(super) fn negate(
    class: NumberClass,
    expr: &Expr,
    text: &str,
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Value, Interrupt> {
    let value = expr.eval(ctx, row)?;
    if matches!(value, Value::Null) {
        return Ok(Value::Null);
    }
    match class {
        NumberClass::Integer => integer_value(-to_integer(&value, &expr.ty, ctx)?, false, text),
        NumberClass::Decimal => Ok(Value::Decimal(to_decimal(&value, &expr.ty, ctx)?.neg())),
        NumberClass::Double => Ok(Value::Double(-to_double(&value, &expr.ty, ctx)?)),
    }
}
