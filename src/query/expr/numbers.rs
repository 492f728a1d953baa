//! Values as numbers, and how large a number's type is.

use super::{Expr, ExprKind, ExprType, NumberClass};
use crate::query::{EvalContext, Interrupt};
use crate::value::decimal::Decimal;
use crate::value::types::{ColumnType, IntegerSize};
use crate::value::warning::Unheard;
use crate::value::{SqlError, Value, Warning, Warnings, convert};

/// As what a type takes part in arithmetic: strings as DOUBLE, dates as whole numbers.
pub fn number_class(ty: &ExprType) -> NumberClass {
    match &ty.ty {
        ColumnType::Integer { .. } | ColumnType::Bit(_) | ColumnType::Year => NumberClass::Integer,
        ColumnType::Date => NumberClass::Integer,
        ColumnType::Time(0) | ColumnType::DateTime(0) | ColumnType::Timestamp(0) => {
            NumberClass::Integer
        }
        ColumnType::Decimal { .. } => NumberClass::Decimal,
        ColumnType::Time(_) | ColumnType::DateTime(_) | ColumnType::Timestamp(_) => {
            NumberClass::Decimal
        }
        ColumnType::Binary { .. } if ty.coercibility == super::Coercibility::Coercible => {
            NumberClass::Integer
        }
        _ => NumberClass::Double,
    }
}

/// Whether values are numbers as they stand.
pub fn is_number(ty: &ColumnType) -> bool {
    use ColumnType::{Bit, Decimal, Float, Integer, Year};
    matches!(ty, Integer { .. } | Decimal { .. } | Float { .. } | Bit(_) | Year)
}

/// Precision and scale that a number of this type needs as a DECIMAL.
pub fn decimal_size(ty: &ExprType) -> (u32, u32) {
    match &ty.ty {
        ColumnType::Decimal { precision, scale, .. } => (u32::from(*precision), u32::from(*scale)),
        ColumnType::Integer { width: Some(width), size: IntegerSize::Big, unsigned, .. } => {
            (u32::from(width.saturating_sub(u8::from(!*unsigned))).clamp(1, 20), 0)
        }
        ColumnType::Integer { size, unsigned, .. } => (integer_digits(*size, *unsigned), 0),
        ColumnType::Bit(_) => (20, 0),
        ColumnType::Year => (4, 0),
        ColumnType::Date => (8, 0),
        ColumnType::Time(fsp) => (7 + u32::from(*fsp), u32::from(*fsp)),
        ColumnType::DateTime(fsp) | ColumnType::Timestamp(fsp) => {
            (14 + u32::from(*fsp), u32::from(*fsp))
        }
        ColumnType::Null => (1, 0),
        _ if is_literal_bytes(ty) => (20, 0),
        _ => (65, 30),
    }
}

fn integer_digits(size: IntegerSize, unsigned: bool) -> u32 {
    match size {
        IntegerSize::Tiny => 3,
        IntegerSize::Small => 5,
        IntegerSize::Medium => 8,
        IntegerSize::Int => 10,
        IntegerSize::Big => 19 + u32::from(unsigned),
    }
}

/// The integer type that holds values of all these.
pub fn integer_type(types: &[&ExprType], nullable: bool) -> ExprType {
    let size = types.iter().map(|ty| match ty.ty {
        ColumnType::Integer { size, .. } => size,
        ColumnType::Year => IntegerSize::Small,
        _ => IntegerSize::Big,
    });
    // YEAR goes with either kind.
    let counts = |ty: &&&ExprType| ty.ty != ColumnType::Year;
    let all_unsigned = types.iter().filter(counts).all(|ty| ty.is_unsigned());
    let any_unsigned = types.iter().filter(counts).any(|ty| ty.is_unsigned());
    let mut size = size.max().unwrap_or(IntegerSize::Big);
    if any_unsigned && !all_unsigned {
        size = next_size(size);
    }
    let literal =
        types.iter().all(|ty| matches!(ty.ty, ColumnType::Integer { width: Some(_), .. }));
    let width = types.iter().map(|ty| ty.char_length()).max().unwrap_or(20);
    let width = literal.then_some(width.min(21) as u8);
    let ty = ColumnType::Integer { size, unsigned: all_unsigned, width, zerofill: false };
    ExprType::new(ty, nullable)
}

fn next_size(size: IntegerSize) -> IntegerSize {
    match size {
        IntegerSize::Tiny => IntegerSize::Small,
        IntegerSize::Small => IntegerSize::Medium,
        IntegerSize::Medium => IntegerSize::Int,
        _ => IntegerSize::Big,
    }
}

/// A value as a whole number; fractions are rounded.
pub fn to_integer(
    value: &Value,
    ty: &ExprType,
    ctx: &mut EvalContext<'_>,
) -> Result<i128, Interrupt> {
    Ok(match value {
        Value::Null => 0,
        Value::Int(number) => i128::from(*number),
        Value::UInt(number) => i128::from(*number),
        Value::Member(member) => i128::from(member.number),
        Value::Decimal(number) => number.round(0).to_i128().unwrap_or(i128::MAX),
        Value::Double(number) => double_to_integer(*number),
        Value::Time(time) => {
            let number = to_decimal(&Value::Time(time.round(0)), ty, ctx)?;
            number.round(0).to_i128().unwrap_or(0)
        }
        Value::DateTime(moment) => {
            let number = to_decimal(&Value::DateTime(moment.round(0).unwrap_or(*moment)), ty, ctx)?;
            number.round(0).to_i128().unwrap_or(0)
        }
        Value::Bytes(bytes) if is_literal_bytes(ty) => big_endian(bytes),
        Value::Date(_) => {
            let number = to_decimal(value, ty, ctx)?;
            number.round(0).to_i128().unwrap_or(0)
        }
        other if ty.is_unsigned() => i128::from(convert::to_u64(other, ctx)),
        other if is_long_column(ty) => i128::from(convert::to_i64(other, &mut Unheard)),
        other => i128::from(convert::to_i64(other, ctx)),
    })
}

/// TEXT and BLOB columns are read as numbers without a warning, whatever is in them.
fn is_long_column(ty: &ExprType) -> bool {
    matches!(ty.ty, ColumnType::Text { .. } | ColumnType::Blob(_))
        && ty.coercibility == super::Coercibility::Implicit
}

fn double_to_integer(number: f64) -> i128 {
    // The cast saturates.
    number.round_ties_even() as i128
}

/// `x'…'`, `b'…'`: a number among numbers.
pub(super) fn is_literal_bytes(ty: &ExprType) -> bool {
    matches!(ty.ty, ColumnType::Binary { .. }) && ty.coercibility == super::Coercibility::Coercible
}

/// The number that a binary literal is where a number is wanted.
pub fn literal_number(value: &Value, ty: &ExprType) -> Option<u64> {
    match value {
        Value::Bytes(bytes) if is_literal_bytes(ty) => u64::try_from(big_endian(bytes)).ok(),
        _ => None,
    }
}

/// `x'0102'` as a number: its last eight bytes.
fn big_endian(bytes: &[u8]) -> i128 {
    let from = bytes.len().saturating_sub(8);
    let last = bytes.get(from..).unwrap_or_default();
    last.iter().fold(0, |number, byte| number << 8 | i128::from(*byte))
}

/// A value as a decimal number.
pub fn to_decimal(
    value: &Value,
    ty: &ExprType,
    ctx: &mut EvalContext<'_>,
) -> Result<Decimal, Interrupt> {
    Ok(match value {
        Value::Null => Decimal::ZERO,
        Value::Int(number) => Decimal::from_i64(*number),
        Value::UInt(number) => Decimal::from_u64(*number),
        Value::Decimal(number) => number.clone(),
        Value::Member(member) => Decimal::from_u64(member.number),
        Value::Double(number) => Decimal::from_f64(*number).ok_or_else(out_of_range)?,
        Value::Bytes(bytes) if is_literal_bytes(ty) => Decimal::from_parts(big_endian(bytes), 0),
        other if is_long_column(ty) => convert::to_decimal(other, &mut Unheard),
        other => convert::to_decimal(other, ctx),
    })
}

/// A value as an exact number where DIV and CAST want one. Of text that was no literal MySQL says in other
/// words that it has no number, and only of columns that something follows it; of long ones not even that.
pub(super) fn read_decimal(
    value: &Value,
    expr: &Expr,
    ctx: &mut EvalContext<'_>,
) -> Result<Decimal, Interrupt> {
    let is_given = expr.as_literal().is_some() || matches!(expr.kind, ExprKind::Param(_));
    let text = match value {
        Value::Text(_) | Value::Bytes(_) if !is_given => convert::to_text(value),
        _ => return to_decimal(value, &expr.ty, ctx),
    };
    let scan = convert::scan_decimal(&text);
    if scan.missing {
        let message = "Incorrect DECIMAL value: '0' for column '' at row -1";
        ctx.warn(1366, message);
    }
    if !scan.is_whole() && expr.is_column() && !is_long_column(&expr.ty) {
        Warnings::warn(ctx, Warning::truncated("DECIMAL", &text));
    }
    Ok(scan.value)
}

/// Text that is to become a DECIMAL as the number that it is; other values as they are.
pub(super) fn decimal_of_text(
    value: Value,
    expr: &Expr,
    ctx: &mut EvalContext<'_>,
) -> Result<Value, Interrupt> {
    match value {
        Value::Text(_) | Value::Bytes(_) => Ok(Value::Decimal(read_decimal(&value, expr, ctx)?)),
        other => Ok(other),
    }
}

fn out_of_range() -> SqlError {
    SqlError::new(1690, b"22003", "DECIMAL value is out of range")
}

/// A value as a DOUBLE.
pub fn to_double(
    value: &Value,
    ty: &ExprType,
    ctx: &mut EvalContext<'_>,
) -> Result<f64, Interrupt> {
    Ok(match value {
        Value::Null => 0.0,
        Value::Int(number) => *number as f64,
        Value::UInt(number) => *number as f64,
        Value::Double(number) => *number,
        Value::Decimal(number) => number.to_f64(),
        Value::Member(member) => member.number as f64,
        Value::Bytes(bytes) if is_literal_bytes(ty) => big_endian(bytes) as f64,
        other if is_long_column(ty) => convert::to_f64(other, &mut Unheard),
        other => convert::to_f64(other, ctx),
    })
}
