//! `& | ^ << >> ~`: on 64 bits, or on binary strings bit by bit.

use super::numbers::{is_literal_bytes, to_integer};
use super::{Expr, ExprType};
use crate::query::{EvalContext, Interrupt};
use crate::value::types::{CollationId, ColumnType};
use crate::value::{SqlError, Value, Warning, Warnings, convert};

/// Operators on bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BitOp {
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
    /// `<<`
    Left,
    /// `>>`
    Right,
}

impl BitOp {
    fn shifts(self) -> bool {
        matches!(self, Self::Left | Self::Right)
    }

    /// The type of the result: a binary string where all operands are ones that are no literals (and no NULL;
    /// of a shift only the first counts), else BIGINT UNSIGNED.
    pub fn result(self, left: &ExprType, right: &ExprType) -> ExprType {
        let nullable = left.nullable || right.nullable;
        let as_bytes = match self.shifts() {
            true => is_bytes(left),
            false => {
                let fits = |ty: &ExprType| is_binary(ty) || ty.ty == ColumnType::Null;
                fits(left) && fits(right) && (is_bytes(left) || is_bytes(right))
            }
        };
        match as_bytes {
            true => {
                let length = left.char_length().max(right.char_length());
                let length = if self.shifts() { left.char_length() } else { length };
                ExprType::bytes(length, nullable)
            }
            false => ExprType::sized_integer(true, 21, nullable),
        }
    }
}

/// The type of `~`.
pub fn bit_not_type(ty: &ExprType) -> ExprType {
    match is_bytes(ty) {
        true => ExprType::bytes(ty.char_length(), ty.nullable),
        false => ExprType::sized_integer(true, 21, ty.nullable),
    }
}

fn is_binary(ty: &ExprType) -> bool {
    ty.is_string() && ty.collation() == CollationId::BINARY
}

/// A binary string that is no literal `x'…'`, which is a number here.
fn is_bytes(ty: &ExprType) -> bool {
    is_binary(ty) && !is_literal_bytes(ty)
}

/// The 64 bits of a value: negative numbers wrap, fractions round. What no BIGINT holds is the nearest one;
/// of a FLOAT column it is what a processor makes of such a number.
fn bits(value: &Value, side: &Expr, ctx: &mut EvalContext<'_>) -> Result<u64, Interrupt> {
    let nearest = |below: bool| if below { i64::MIN as u64 } else { i64::MAX as u64 };
    let number = to_integer(value, &side.ty, ctx)?;
    Ok(match value {
        Value::Double(_) if i64::try_from(number).is_ok() => number as u64,
        Value::Double(double) => match (&side.ty.ty, side.is_column()) {
            (ColumnType::Float { double: false, .. }, _) => 1 << 63,
            (_, is_column) => {
                if is_column {
                    Warnings::warn(ctx, Warning::truncated("INTEGER", &convert::to_text(value)));
                }
                nearest(*double < 0.0)
            }
        },
        Value::Decimal(exact) if i64::try_from(number).is_err() => {
            Warnings::warn(ctx, Warning::truncated("DECIMAL", &convert::to_text(value)));
            nearest(exact.is_negative())
        }
        _ => u64::try_from(number).unwrap_or(number as u64),
    })
}

/// `& | ^ << >>`.
pub(super) fn eval(
    op: BitOp,
    sides: &(Expr, Expr),
    result: &ExprType,
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Value, Interrupt> {
    let left = sides.0.eval(ctx, row)?;
    let right = sides.1.eval(ctx, row)?;
    let as_bytes = is_binary(result);
    if matches!(left, Value::Null) || matches!(right, Value::Null) {
        if !as_bytes {
            to_integer(&left, &sides.0.ty, ctx)?;
            to_integer(&right, &sides.1.ty, ctx)?;
        }
        return Ok(Value::Null);
    }
    match (as_bytes, op.shifts()) {
        (true, true) => {
            let by = bits(&right, &sides.1, ctx)?;
            let bytes = convert::to_bytes(&left);
            Ok(Value::Bytes(shifted(&bytes, by, op == BitOp::Left).into()))
        }
        (true, false) => pairwise(op, &convert::to_bytes(&left), &convert::to_bytes(&right)),
        (false, _) => {
            let (a, b) = (bits(&left, &sides.0, ctx)?, bits(&right, &sides.1, ctx)?);
            Ok(Value::UInt(numbers(op, a, b)))
        }
    }
}

fn numbers(op: BitOp, a: u64, b: u64) -> u64 {
    let shift = u32::try_from(b).unwrap_or(u32::MAX);
    match op {
        BitOp::And => a & b,
        BitOp::Or => a | b,
        BitOp::Xor => a ^ b,
        BitOp::Left => a.checked_shl(shift).unwrap_or(0),
        BitOp::Right => a.checked_shr(shift).unwrap_or(0),
    }
}

/// The operation on each two bytes; 3513 where there are more of the one than of the other.
fn pairwise(op: BitOp, left: &[u8], right: &[u8]) -> Result<Value, Interrupt> {
    if left.len() != right.len() {
        let message = "Binary operands of bitwise operators must be of equal length";
        return Err(SqlError::new(3513, b"HY000", message).into());
    }
    let pairs = left.iter().zip(right);
    let bytes: Vec<u8> = pairs
        .map(|(a, b)| match op {
            BitOp::And => a & b,
            BitOp::Or => a | b,
            _ => a ^ b,
        })
        .collect();
    Ok(Value::Bytes(bytes.into()))
}

/// A binary string as one long number, moved by so many bits within its length.
fn shifted(bytes: &[u8], by: u64, left: bool) -> Vec<u8> {
    let whole = usize::try_from(by / 8).unwrap_or(usize::MAX);
    let part = (by % 8) as u32;
    let byte = |at: Option<usize>| at.and_then(|at| bytes.get(at)).copied().unwrap_or(0);
    let joined = |high: u8, low: u8| u16::from_be_bytes([high, low]);
    (0..bytes.len())
        .map(|at| match left {
            true => {
                let from = at.checked_add(whole);
                let next = from.and_then(|from| from.checked_add(1));
                (joined(byte(from), byte(next)) << part >> 8) as u8
            }
            false => {
                let from = at.checked_sub(whole);
                let before = from.and_then(|from| from.checked_sub(1));
                (joined(byte(before), byte(from)) >> part) as u8
            }
        })
        .collect()
}

/// `~`.
pub(super) fn eval_not(
    expr: &Expr,
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Value, Interrupt> {
    let value = expr.eval(ctx, row)?;
    Ok(match &value {
        Value::Null => Value::Null,
        Value::Bytes(bytes) if is_bytes(&expr.ty) => {
            Value::Bytes(bytes.iter().map(|byte| !byte).collect())
        }
        _ => Value::UInt(!bits(&value, expr, ctx)?),
    })
}

#[cfg(test)]
mod tests {
    use super::shifted;

    #[test]
    fn bytes_are_moved_as_one_number() {
        assert_eq!(shifted(b"12", 1, true), b"bd");
        assert_eq!(shifted(b"12", 8, true), b"2\0");
        assert_eq!(shifted(b"12", 9, false), [0, 0x18]);
        assert_eq!(shifted(b"12", 100, true), [0, 0]);
        assert_eq!(shifted(b"12", 0, false), b"12");
        assert_eq!(shifted(b"", 3, true), b"");
    }
}
