//! Joins: which columns each sees, USING and NATURAL, and what outer joins may leave out.

use std::ops::Range;

use super::errors::{ambiguous, unknown_column};
use super::scope::Unqualified;
use super::{Clause, Compiler};
use crate::engine::catalog::same_name;
use crate::query::Interrupt;
use crate::query::expr::{CompareOp, Expr, ExprKind, compare_exprs};
use crate::query::plan::{FromTree, JoinKind};
use crate::sql::statement::ast;
use crate::value::SqlError;

impl Compiler<'_> {
    /// A table with all that is joined to it.
    pub(super) fn joined(
        &mut self,
        item: &ast::TableWithJoins,
        nullable: bool,
    ) -> Result<FromTree, Interrupt> {
        let first_source = self.scope().sources.len();
        let first_column = self.scope().columns.len();
        let made_null =
            |joins: &[ast::Join]| joins.iter().any(|join| side(&join.join_operator) == Side::Right);
        let mut tree = self.relation(&item.relation, nullable || made_null(&item.joins))?;
        for (at, join) in item.joins.iter().enumerate() {
            let later = item.joins.get(at + 1..).unwrap_or_default();
            let left = Part {
                sources: first_source..self.scope().sources.len(),
                columns: first_column..self.scope().columns.len(),
            };
            let is_left = side(&join.join_operator) == Side::Left;
            let right_tree =
                self.relation(&join.relation, nullable || is_left || made_null(later))?;
            let right = Part {
                sources: left.sources.end..self.scope().sources.len(),
                columns: left.columns.end..self.scope().columns.len(),
            };
            tree = self.join(tree, right_tree, &join.join_operator, (left, right))?;
        }
        Ok(tree)
    }

    fn join(
        &mut self,
        left_tree: FromTree,
        right_tree: FromTree,
        operator: &ast::JoinOperator,
        (left, right): (Part, Part),
    ) -> Result<FromTree, Interrupt> {
        let (constraint, straight) = constraint(operator)?;
        let side = side(operator);
        let (left_sources, right_sources) = (left.sources.clone(), right.sources.clone());
        let on = match constraint {
            ast::JoinConstraint::None => Vec::new(),
            ast::JoinConstraint::On(condition) => {
                self.on(condition, left.sources.start..right.sources.end)?
            }
            ast::JoinConstraint::Using(names) => {
                let names: Vec<String> = names
                    .iter()
                    .filter_map(|name| ast::name_parts(name).last().map(str::to_owned))
                    .collect();
                self.using(&names, left, right, side)?
            }
            ast::JoinConstraint::Natural => {
                let names = self.common_names(&left, &right);
                self.using(&names, left, right, side)?
            }
        };
        Ok(match side {
            Side::None => join(left_tree, right_tree, JoinKind::Inner, on, straight),
            Side::Left => {
                self.make_nullable(right_sources);
                join(left_tree, right_tree, JoinKind::Left, on, straight)
            }
            Side::Right => {
                self.make_nullable(left_sources);
                join(right_tree, left_tree, JoinKind::Left, on, straight)
            }
        })
    }

    /// ON sees what it joins, and nothing of FROM beside that.
    fn on(
        &mut self,
        condition: &ast::Expr,
        operands: Range<usize>,
    ) -> Result<Vec<Expr>, Interrupt> {
        let scope = self.scope();
        let before = std::mem::replace(&mut scope.clause, Clause::On);
        let of_join = |place: &usize| operands.contains(place);
        let sources: Vec<usize> = scope.visible.iter().copied().filter(of_join).collect();
        let visible = std::mem::replace(&mut scope.visible, sources);
        let columns: Vec<Unqualified> =
            scope.columns.iter().copied().filter(|column| of_join(&column.source)).collect();
        let all_columns = std::mem::replace(&mut scope.columns, columns);
        let bound = self.condition(condition);
        let scope = self.scope();
        (scope.clause, scope.visible, scope.columns) = (before, visible, all_columns);
        Ok(bound?.conjuncts())
    }

    /// Columns that both sides have, in the left side's order.
    fn common_names(&mut self, left: &Part, right: &Part) -> Vec<String> {
        let scope = self.scope();
        let name = |place: &Unqualified| {
            let column = scope.sources.get(place.source)?.columns.get(place.column)?;
            (!column.hidden).then(|| column.name.to_string())
        };
        let names = |part: &Part| -> Vec<String> {
            let places = scope.columns.get(part.columns.clone()).unwrap_or_default();
            places.iter().filter_map(name).collect()
        };
        let (left, right) = (names(left), names(right));
        left.into_iter().filter(|name| right.iter().any(|other| same_name(name, other))).collect()
    }

    /// USING: equalities; each pair is one column from here on, and comes first in `*`.
    fn using(
        &mut self,
        names: &[String],
        left: Part,
        right: Part,
        side: Side,
    ) -> Result<Vec<Expr>, Interrupt> {
        let scope = self.scope();
        let left_columns = scope.columns.get(left.columns.clone()).unwrap_or_default().to_vec();
        let right_columns = scope.columns.get(right.columns.clone()).unwrap_or_default().to_vec();
        let mut merged = Vec::new();
        let mut taken = Vec::new();
        let mut on = Vec::new();
        for name in names {
            let one = self.one_column(&left_columns, name)?;
            let other = self.one_column(&right_columns, name)?;
            merged.push(if side == Side::Right { other } else { one });
            taken.extend([one, other]);
            let (a, b) = (self.expr_at(one), self.expr_at(other));
            on.push(compare_exprs(CompareOp::Equal, a, b)?);
        }
        let rest = |columns: Vec<Unqualified>| {
            let taken = taken.clone();
            columns.into_iter().filter(move |column| !taken.contains(column))
        };
        let (first, second) = if side == Side::Right {
            (right_columns, left_columns)
        } else {
            (left_columns, right_columns)
        };
        let mut columns = merged;
        columns.extend(rest(first));
        columns.extend(rest(second));
        let scope = self.scope();
        scope.columns.truncate(left.columns.start);
        scope.columns.extend(columns);
        Ok(on)
    }

    fn one_column(&mut self, columns: &[Unqualified], name: &str) -> Result<Unqualified, SqlError> {
        let scope = self.scope();
        let is = |place: &&Unqualified| {
            let source = scope.sources.get(place.source);
            let column = source.and_then(|source| source.columns.get(place.column));
            column.is_some_and(|column| same_name(&column.name, name))
        };
        let mut found = columns.iter().filter(is);
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(*only),
            (None, _) => Err(unknown_column(name, "from clause")),
            _ => Err(ambiguous(name, "from clause")),
        }
    }

    fn expr_at(&mut self, place: Unqualified) -> Expr {
        let scope = self.scope();
        let column =
            scope.sources.get(place.source).and_then(|source| source.columns.get(place.column));
        let expr = column.map_or_else(Expr::null, |column| column.expr.clone());
        scope.mark_expr(&expr);
        expr
    }

    /// What an outer join may leave out may be NULL.
    fn make_nullable(&mut self, sources: Range<usize>) {
        let scope = self.scope();
        for source in scope.sources.get_mut(sources).unwrap_or_default() {
            for column in &mut source.columns {
                set_nullable(&mut column.expr);
            }
            if let Some(plan) = source.plan.and_then(|plan| scope.plans.get_mut(plan)) {
                plan.types.iter_mut().for_each(|ty| ty.nullable = true);
            }
        }
    }
}

/// Sources and columns of one side of a join.
#[derive(Debug, Clone)]
struct Part {
    sources: Range<usize>,
    columns: Range<usize>,
}

/// The side of an outer join that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    None,
    Left,
    Right,
}

fn side(operator: &ast::JoinOperator) -> Side {
    match operator {
        ast::JoinOperator::Left(_) | ast::JoinOperator::LeftOuter(_) => Side::Left,
        ast::JoinOperator::Right(_) | ast::JoinOperator::RightOuter(_) => Side::Right,
        _ => Side::None,
    }
}

fn constraint(operator: &ast::JoinOperator) -> Result<(&ast::JoinConstraint, bool), SqlError> {
    use ast::JoinOperator as J;
    match operator {
        J::Join(on) | J::Inner(on) | J::CrossJoin(on) => Ok((on, false)),
        J::Left(on) | J::LeftOuter(on) | J::Right(on) | J::RightOuter(on) => Ok((on, false)),
        J::StraightJoin(on) => Ok((on, true)),
        _ => Err(SqlError::not_supported("this kind of join")),
    }
}

/// The join of two trees.
pub(super) fn join(
    left: FromTree,
    right: FromTree,
    kind: JoinKind,
    on: Vec<Expr>,
    straight: bool,
) -> FromTree {
    FromTree::Join { left: Box::new(left), right: Box::new(right), kind, on, straight }
}

fn set_nullable(expr: &mut Expr) {
    expr.ty.nullable = true;
    if let ExprKind::LocalTime(inner) = &mut expr.kind {
        inner.ty.nullable = true;
    }
}
