//! IF, CASE, COALESCE, NULLIF: what evaluates only the branch that is taken.

use super::{CompareOp, Expr};
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::compare::Comparison;

pub(super) fn eval_if(
    parts: &(Expr, Expr, Expr),
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Value, Interrupt> {
    match parts.0.passes(ctx, row)? {
        true => parts.1.eval(ctx, row),
        false => parts.2.eval(ctx, row),
    }
}

pub(super) fn eval_case(
    whens: &[(Expr, Expr)],
    otherwise: Option<&Expr>,
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Value, Interrupt> {
    for (condition, result) in whens {
        if condition.passes(ctx, row)? {
            return result.eval(ctx, row);
        }
    }
    otherwise.map_or(Ok(Value::Null), |result| result.eval(ctx, row))
}

pub(super) fn eval_coalesce(
    parts: &[Expr],
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Value, Interrupt> {
    for part in parts {
        let value = part.eval(ctx, row)?;
        if !matches!(value, Value::Null) {
            return Ok(value);
        }
    }
    Ok(Value::Null)
}

pub(super) fn eval_null_if(
    sides: &(Expr, Expr),
    how: Comparison,
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Value, Interrupt> {
    let left = sides.0.eval(ctx, row)?;
    let right = sides.1.eval(ctx, row)?;
    match CompareOp::Equal.apply(&left, &right, how) {
        Some(true) => Ok(Value::Null),
        _ => Ok(left),
    }
}
