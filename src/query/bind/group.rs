//! GROUP BY, WITH ROLLUP, GROUPING().

use super::errors::invalid_group_function;
use super::items::Item;
use super::{Clause, Compiler};
use crate::query::EvalContext;
use crate::query::Interrupt;
use crate::query::aggregates::AggregateFunction;
use crate::query::expr::{
    Arithmetic, CompareOp, Expr, ExprKind, ExprType, NumberClass, compare_exprs,
};
use crate::query::functions::{Arity, Call, Function, NullRule, TypeContext, Volatility};
use crate::sql::statement::ast;
use crate::value::types::{ColumnType, IntegerSize};
use crate::value::{SqlError, Value};

/// GROUPING() until the groups are known.
pub(super) static GROUPING: Function = Function {
    name: "grouping",
    arity: Arity::between(1, 64),
    nulls: NullRule::Handles,
    volatility: Volatility::Volatile,
    result: grouping_type,
    eval: grouping_value,
};

fn grouping_type(_: &[ExprType], _: &TypeContext<'_>) -> Result<ExprType, SqlError> {
    Ok(ExprType::big_integer(false, false))
}

fn grouping_value(_: &mut EvalContext<'_>, _: &[Value], _: &Call<'_>) -> Result<Value, Interrupt> {
    Err(invalid_group_function().into())
}

impl Compiler<'_> {
    /// GROUP BY; with ROLLUP the select list reads the groups' values from their slots.
    pub(crate) fn group_by(
        &mut self,
        group_by: &ast::GroupByExpr,
        items: &mut [Item],
    ) -> Result<(), Interrupt> {
        let ast::GroupByExpr::Expressions(exprs, modifiers) = group_by else {
            return Err(SqlError::not_supported("GROUP BY ALL").into());
        };
        if exprs.is_empty() {
            return Ok(());
        }
        let scope = self.scope();
        (scope.clause, scope.aggregates_allowed, scope.windows_allowed) =
            (Clause::Group, false, false);
        let bound = self.group_exprs(exprs);
        let scope = self.scope();
        (scope.aggregates_allowed, scope.windows_allowed) = (true, true);
        let bound = bound?;
        for expr in bound {
            if self.scope().group.iter().any(|(known, _)| known.same_as(&expr)) {
                continue;
            }
            let slot = self.scope().allocate_used();
            self.scope().group.push((expr, slot));
        }
        if modifiers.is_empty() {
            self.stored_groups(items);
        }
        for modifier in modifiers {
            match modifier {
                ast::GroupByWithModifier::Rollup => self.roll_up(items),
                _ => return Err(SqlError::not_supported("this modifier of GROUP BY").into()),
            }
        }
        Ok(())
    }

    /// The groups' values come from a table of MySQL's own, whose columns have the types of columns.
    fn stored_groups(&mut self, items: &mut [Item]) {
        let ordered = self
            .scope()
            .aggregates
            .iter()
            .any(|call| call.function == AggregateFunction::GroupConcat);
        if ordered {
            return;
        }
        let group = self.scope().group.clone();
        for item in items.iter_mut().filter(|item| item.origin.is_none()) {
            if group.iter().any(|(known, _)| known.same_as(&item.expr)) {
                item.expr.ty = item.expr.ty.clone().stored();
                if item.expr.ty.ty == ColumnType::Year {
                    item.expr.ty.ty = ColumnType::Integer {
                        size: IntegerSize::Int,
                        unsigned: true,
                        width: None,
                        zerofill: false,
                    };
                }
            }
        }
    }

    fn group_exprs(&mut self, exprs: &[ast::Expr]) -> Result<Vec<Expr>, Interrupt> {
        let mut bound = Vec::with_capacity(exprs.len());
        for expr in exprs {
            let found = match self.position(expr, "group statement")? {
                Some(found) => found,
                None => {
                    let found =
                        self.expr(expr).map_err(|error| self.grouped_aggregate(expr, error))?;
                    self.single(found)?
                }
            };
            let aggregates: Vec<usize> =
                self.scope().aggregates.iter().map(|call| call.slot).collect();
            if found.slots().iter().any(|slot| aggregates.contains(slot)) {
                let message = format!("Can't group on '{}'", super::printed(expr));
                return Err(SqlError::new(1056, b"42000", message).into());
            }
            bound.push(found);
        }
        Ok(bound)
    }

    /// 1056 rather than 1111 where the aggregate that is grouped by is an item of the select list.
    fn grouped_aggregate(&mut self, expr: &ast::Expr, error: Interrupt) -> Interrupt {
        match &error {
            Interrupt::Error(found) if found.code == 1111 => {}
            _ => return error,
        }
        self.scope().aggregates_allowed = true;
        let Ok(bound) = self.expr(expr) else { return error };
        match self.scope().aliases.iter().any(|(_, item)| item.same_as(&bound)) {
            true => {
                let message = format!("Can't group on '{}'", super::printed(expr));
                SqlError::new(1056, b"42000", message).into()
            }
            false => error,
        }
    }

    fn roll_up(&mut self, items: &mut [Item]) {
        let scope = self.scope();
        scope.rollup = true;
        let level = scope.allocate_used();
        scope.level_slot = Some(level);
        for item in items.iter_mut() {
            self.use_group_slots(&mut item.expr);
        }
        let mut aliases = std::mem::take(&mut self.scope().aliases);
        for ((_, alias), item) in aliases.iter_mut().zip(items) {
            *alias = item.expr.clone();
        }
        self.scope().aliases = aliases;
    }

    /// With ROLLUP: what is grouped by is read from its slot, which is NULL in totals.
    pub(crate) fn use_group_slots(&mut self, expr: &mut Expr) {
        let scope = self.scope();
        let Some(level) = scope.level_slot else { return };
        let group = scope.group.clone();
        expr.replace(&|part| {
            if let ExprKind::Call(function, args, _) = &part.kind
                && function.name == GROUPING.name
            {
                return grouping(args, &group, level);
            }
            let (found, slot) = group.iter().find(|(known, _)| known.same_as(part))?;
            Some(Expr::slot(*slot, found.ty.clone().with_nullable(true)))
        });
    }
}

/// GROUPING(a, b): one bit for each argument, 1 where it was left out.
fn grouping(args: &[Expr], group: &[(Expr, usize)], level: usize) -> Option<Expr> {
    let mut sum: Option<Expr> = None;
    for arg in args {
        let place = group.iter().position(|(known, _)| known.same_as(arg))?;
        let left_out = (group.len() - place) as i64;
        let level = Expr::slot(level, ExprType::big_integer(false, false));
        let bit = compare_exprs(CompareOp::GreaterOrEqual, level, Expr::integer(left_out)).ok()?;
        sum = Some(match sum {
            None => bit,
            Some(sum) => {
                let doubled = arithmetic(Arithmetic::Multiply, sum, Expr::integer(2));
                arithmetic(Arithmetic::Add, doubled, bit)
            }
        });
    }
    sum
}

fn arithmetic(op: Arithmetic, left: Expr, right: Expr) -> Expr {
    let sides = Box::new((left, right));
    let kind =
        ExprKind::Arithmetic { op, class: NumberClass::Integer, sides, text: "grouping".into() };
    Expr::new(kind, ExprType::big_integer(false, false))
}
