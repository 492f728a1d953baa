//! Conditions: three-valued logic without making values of the answers.

use super::numbers::to_double;
use super::{CompareOp, Expr, ExprKind, ExprType, hash_key};
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::compare::Comparison;
use crate::value::json::Json;

/// An answer; `None` is unknown.
pub type Truth = Option<bool>;

/// The value of an answer.
pub fn truth_value(truth: Truth) -> Value {
    truth.map_or(Value::Null, |yes| Value::Int(i64::from(yes)))
}

/// Whether a value is true: not zero.
pub fn is_true(
    value: &Value,
    ty: &ExprType,
    ctx: &mut EvalContext<'_>,
) -> Result<Truth, Interrupt> {
    Ok(match value {
        Value::Null => None,
        Value::Int(number) => Some(*number != 0),
        Value::UInt(number) => Some(*number != 0),
        Value::Double(number) => Some(*number != 0.0),
        Value::Decimal(number) => Some(!number.is_zero()),
        Value::Member(member) => Some(member.number != 0),
        // A document is true unless it is the number zero.
        Value::Json(json) => Some(!is_zero(json)),
        other => Some(to_double(other, ty, ctx)? != 0.0),
    })
}

fn is_zero(json: &Json) -> bool {
    match json {
        Json::Int(number) => *number == 0,
        Json::UInt(number) => *number == 0,
        Json::Double(number) => *number == 0.0,
        Json::Decimal(number) => number.is_zero(),
        _ => false,
    }
}

impl Expr {
    /// The answer of a condition for a row.
    pub fn truth(&self, ctx: &mut EvalContext<'_>, row: &[Value]) -> Result<Truth, Interrupt> {
        match &self.kind {
            ExprKind::And(parts) => all(parts, ctx, row),
            ExprKind::Or(parts) => any(parts, ctx, row),
            ExprKind::Not(part) => Ok(part.truth(ctx, row)?.map(|yes| !yes)),
            ExprKind::Xor(sides) => {
                let (left, right) = (sides.0.truth(ctx, row)?, sides.1.truth(ctx, row)?);
                Ok(left.zip(right).map(|(left, right)| left != right))
            }
            ExprKind::IsNull(part, negated) => {
                Ok(Some(matches!(part.eval(ctx, row)?, Value::Null) != *negated))
            }
            ExprKind::IsTruth { expr, truth, negated } => {
                Ok(Some((expr.truth(ctx, row)? == Some(*truth)) != *negated))
            }
            ExprKind::Compare { op, how, sides } => compare_sides(*op, *how, sides, ctx, row),
            ExprKind::RowCompare { op, parts } => compare_rows(*op, parts, ctx, row),
            ExprKind::InList { expr, list, negated } => {
                Ok(in_list(expr, list, ctx, row)?.map(|found| found != *negated))
            }
            ExprKind::InSet { expr, set, how, has_null, negated, .. } => {
                let value = expr.eval(ctx, row)?;
                if matches!(value, Value::Null) {
                    return Ok(None);
                }
                let mut key = Vec::with_capacity(16);
                hash_key(&value, *how, &mut key);
                let found =
                    if set.contains(&key) { Some(true) } else { (!has_null).then_some(false) };
                Ok(found.map(|found| found != *negated))
            }
            ExprKind::Between { parts, how, negated } => {
                Ok(between(parts, *how, ctx, row)?.map(|inside| inside != *negated))
            }
            ExprKind::Like { sides, collation, escape, negated } => {
                let found = super::like::eval(sides, *collation, *escape, ctx, row)?;
                Ok(found.map(|found| found != *negated))
            }
            ExprKind::Exists(query, negated) => Ok(Some(query.exists(ctx, row)? != *negated)),
            ExprKind::Quantified { left, op, all, negated, query } => {
                let found = query.quantified(left, *op, *all, ctx, row)?;
                Ok(found.map(|found| found != *negated))
            }
            _ => {
                let value = self.eval(ctx, row)?;
                is_true(&value, &self.ty, ctx)
            }
        }
    }

    /// Whether a row passes a filter: unknown does not.
    pub fn passes(&self, ctx: &mut EvalContext<'_>, row: &[Value]) -> Result<bool, Interrupt> {
        Ok(self.truth(ctx, row)? == Some(true))
    }
}

fn all(parts: &[Expr], ctx: &mut EvalContext<'_>, row: &[Value]) -> Result<Truth, Interrupt> {
    let mut answer = Some(true);
    for part in parts {
        match part.truth(ctx, row)? {
            Some(true) => {}
            Some(false) => return Ok(Some(false)),
            None => answer = None,
        }
    }
    Ok(answer)
}

fn any(parts: &[Expr], ctx: &mut EvalContext<'_>, row: &[Value]) -> Result<Truth, Interrupt> {
    let mut answer = Some(false);
    for part in parts {
        match part.truth(ctx, row)? {
            Some(false) => {}
            Some(true) => return Ok(Some(true)),
            None => answer = None,
        }
    }
    Ok(answer)
}

fn compare_sides(
    op: CompareOp,
    how: Comparison,
    sides: &(Expr, Expr),
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Truth, Interrupt> {
    let left = sides.0.eval(ctx, row)?;
    if matches!(left, Value::Null) && op != CompareOp::NullSafeEqual {
        return Ok(None);
    }
    let right = sides.1.eval(ctx, row)?;
    Ok(op.apply(&left, &right, how))
}

/// Rows compare part by part; the first difference decides.
fn compare_rows(
    op: CompareOp,
    parts: &[(Expr, Expr, Comparison)],
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Truth, Interrupt> {
    let mut values = Vec::with_capacity(parts.len());
    for (left, right, how) in parts {
        values.push((left.eval(ctx, row)?, right.eval(ctx, row)?, *how));
    }
    Ok(compare_row_values(op, &values))
}

/// The same for values.
pub fn compare_row_values(op: CompareOp, values: &[(Value, Value, Comparison)]) -> Truth {
    match op {
        CompareOp::Equal | CompareOp::NullSafeEqual => rows_equal(op, values),
        CompareOp::NotEqual => rows_equal(CompareOp::Equal, values).map(|equal| !equal),
        _ => rows_ordered(op, values),
    }
}

fn rows_equal(op: CompareOp, values: &[(Value, Value, Comparison)]) -> Truth {
    let mut answer = Some(true);
    for (left, right, how) in values {
        match op.apply(left, right, *how) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => answer = None,
        }
    }
    answer
}

fn rows_ordered(op: CompareOp, values: &[(Value, Value, Comparison)]) -> Truth {
    for (left, right, how) in values {
        if matches!(left, Value::Null) || matches!(right, Value::Null) {
            return None;
        }
        let order = crate::value::compare::compare(left, right, *how)?;
        if order.is_ne() {
            return Some(op.holds(order));
        }
    }
    Some(op.holds(std::cmp::Ordering::Equal))
}

fn in_list(
    expr: &Expr,
    list: &[(Expr, Comparison)],
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Truth, Interrupt> {
    let value = expr.eval(ctx, row)?;
    if matches!(value, Value::Null) {
        // What converting the members warns of does not depend on the value.
        for (member, _) in list.iter().filter(|(member, _)| member.as_literal().is_none()) {
            member.eval(ctx, row)?;
        }
        return Ok(None);
    }
    let mut answer = Some(false);
    for (member, how) in list {
        let member = member.eval(ctx, row)?;
        match CompareOp::Equal.apply(&value, &member, *how) {
            Some(true) => return Ok(Some(true)),
            Some(false) => {}
            None => answer = None,
        }
    }
    Ok(answer)
}

fn between(
    parts: &(Expr, Expr, Expr),
    how: (Comparison, Comparison),
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Truth, Interrupt> {
    let value = parts.0.eval(ctx, row)?;
    if matches!(value, Value::Null) {
        return Ok(None);
    }
    // MySQL looks at both bounds in any case, and at text that is compared with dates once for each.
    let low = parts.1.eval(ctx, row)?;
    let above = CompareOp::GreaterOrEqual.apply(&value, &low, how.0);
    let value = match parts.0.kind {
        ExprKind::Moment(_) => parts.0.eval(ctx, row)?,
        _ => value,
    };
    let high = parts.2.eval(ctx, row)?;
    let below = CompareOp::LessOrEqual.apply(&value, &high, how.1);
    Ok(match (above, below) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    })
}
