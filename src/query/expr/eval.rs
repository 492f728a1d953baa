//! The value of an expression for a row.

use smallvec::SmallVec;

use super::condition::truth_value;
use super::{Expr, ExprKind, ExprType, arithmetic, bits, cast, control, datetime};
use crate::query::functions::{Call, Function, NullRule};
use crate::query::{EvalContext, Interrupt};
use crate::value::types::ColumnType;
use crate::value::{SqlError, Value, Warning, Warnings};

impl Expr {
    /// Its value for a row.
    pub fn eval(&self, ctx: &mut EvalContext<'_>, row: &[Value]) -> Result<Value, Interrupt> {
        match &self.kind {
            ExprKind::Slot(slot) => Ok(row.get(*slot).cloned().unwrap_or(Value::Null)),
            ExprKind::Literal(value) => Ok(value.clone()),
            ExprKind::Param(index) => Ok(ctx.params.get(*index).cloned().unwrap_or(Value::Null)),
            ExprKind::LocalTime(inner) => {
                let value = inner.eval(ctx, row)?;
                ctx.to_local(value)
            }
            ExprKind::Arithmetic { op, class, sides, text } => {
                arithmetic::eval(*op, *class, sides, (&self.ty, text), ctx, row)
            }
            ExprKind::Negate(class, inner, text) => {
                arithmetic::negate(*class, inner, text, ctx, row)
            }
            ExprKind::Bits(op, sides) => bits::eval(*op, sides, &self.ty, ctx, row),
            ExprKind::BitNot(inner) => bits::eval_not(inner, ctx, row),
            ExprKind::DateAdd { sides, unit, subtract } => {
                datetime::eval_date_add(sides, *unit, *subtract, &self.ty, ctx, row)
            }
            ExprKind::If(parts) => control::eval_if(parts, ctx, row),
            ExprKind::Case { whens, otherwise } => {
                control::eval_case(whens, otherwise.as_deref(), ctx, row)
            }
            ExprKind::Coalesce(parts) => control::eval_coalesce(parts, ctx, row),
            ExprKind::NullIf(sides, how) => control::eval_null_if(sides, *how, ctx, row),
            ExprKind::Cast(inner) => {
                let value = inner.eval(ctx, row)?;
                let value = match self.ty.ty {
                    ColumnType::Decimal { .. } => {
                        super::numbers::decimal_of_text(value, inner, ctx)?
                    }
                    _ => value,
                };
                cast::cast(value, &inner.ty, &self.ty, ctx)
            }
            ExprKind::Coerce(inner) => {
                let value = inner.eval(ctx, row)?;
                cast::coerce(value, &inner.ty, &self.ty, ctx)
            }
            ExprKind::Moment(inner) => {
                let value = inner.eval(ctx, row)?;
                cast::moment(value, &inner.ty, &self.ty, ctx)
            }
            ExprKind::Told(warning, inner) => {
                Warnings::warn(ctx, Warning::clone(warning));
                inner.eval(ctx, row)
            }
            ExprKind::Call(function, args, types) => {
                call(function, args, types, &self.ty, ctx, row)
            }
            ExprKind::Scalar(query) => query.scalar(ctx, row),
            ExprKind::UserVariable(name) => Ok(user_variable(name, ctx)),
            ExprKind::Assign(name, inner) => {
                let value = inner.eval(ctx, row)?;
                ctx.assign(name, value.clone(), &inner.ty);
                Ok(value)
            }
            ExprKind::Once(number, inner) => once(*number, inner, ctx, row),
            ExprKind::Row(parts) => {
                let message = format!("Operand should contain 1 column(s), not {}", parts.len());
                Err(SqlError::new(1241, b"21000", message).into())
            }
            _ => Ok(truth_value(self.truth(ctx, row)?)),
        }
    }
}

fn call(
    function: &'static Function,
    args: &[Expr],
    types: &[ExprType],
    result: &ExprType,
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Value, Interrupt> {
    let mut values: SmallVec<[Value; 4]> = SmallVec::with_capacity(args.len());
    let stops_at_null = function.nulls == NullRule::AnyNullIsNull;
    for arg in args {
        let value = arg.eval(ctx, row)?;
        if stops_at_null && matches!(value, Value::Null) {
            return Ok(Value::Null);
        }
        values.push(value);
    }
    (function.eval)(ctx, &values, &Call { args: types, result })
}

fn user_variable(name: &str, ctx: &EvalContext<'_>) -> Value {
    ctx.user_variable(name).map_or(Value::Null, |variable| variable.value.clone())
}

fn once(
    number: usize,
    inner: &Expr,
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Value, Interrupt> {
    if let Some(Some(value)) = ctx.once.get(number) {
        return Ok(value.clone());
    }
    let value = inner.eval(ctx, row)?;
    if ctx.once.len() <= number {
        ctx.once.resize(number + 1, None);
    }
    if let Some(place) = ctx.once.get_mut(number) {
        *place = Some(value.clone());
    }
    Ok(value)
}
