//! Subqueries in expressions.

use std::sync::Arc;

use super::Compiler;
use super::errors::operand_columns;
use crate::query::Interrupt;
use crate::query::expr::{CompareOp, Expr, ExprKind, ExprType, Subquery, comparable};
use crate::sql::statement::ast;
use crate::value::SqlError;
use crate::value::compare::Comparison;

impl Compiler<'_> {
    /// Compiles a subquery.
    pub(crate) fn subquery(&mut self, query: &ast::Query) -> Result<Subquery, Interrupt> {
        let volatile = self.volatile_parts;
        let number = self.subquery_number();
        let (plan, imports) = self.read_only(|compiler| compiler.query(query))?;
        for (outer, _) in &imports {
            let outer = *outer;
            self.scope().mark(outer);
        }
        let types = plan.types();
        let repeatable = self.volatile_parts == volatile;
        Ok(Subquery { number, plan, imports, repeatable, types })
    }

    /// A subquery as a value; several columns make a row.
    pub(crate) fn scalar_subquery(&mut self, query: &ast::Query) -> Result<Expr, Interrupt> {
        let query = self.subquery(query)?;
        match query.types.as_slice() {
            [ty] => {
                let ty = ty.clone().with_nullable(true);
                Ok(Expr::new(ExprKind::Scalar(Arc::new(query)), ty))
            }
            types => Err(operand_columns(types.len().min(1)).into()),
        }
    }

    /// EXISTS.
    pub(crate) fn exists(&mut self, query: &ast::Query, negated: bool) -> Result<Expr, Interrupt> {
        let query = self.subquery(query)?;
        Ok(Expr::condition(ExprKind::Exists(Arc::new(query), negated), false))
    }

    /// `left op ANY (query)`, `left op ALL (query)`; IN is `= ANY`.
    pub(crate) fn quantified(
        &mut self,
        left: &ast::Expr,
        op: CompareOp,
        all: bool,
        query: &ast::Query,
        negated: bool,
    ) -> Result<Expr, Interrupt> {
        if is_limited(query) {
            return Err(SqlError::not_supported("LIMIT & IN/ALL/ANY/SOME subquery").into());
        }
        let left = self.expr(left)?;
        let parts = match left.kind {
            ExprKind::Row(parts) => parts,
            _ => vec![left],
        };
        let mut query = self.subquery(query)?;
        if query.types.len() != parts.len() {
            return Err(operand_columns(parts.len()).into());
        }
        let mut compared: Vec<(Expr, Comparison)> = Vec::with_capacity(parts.len());
        let mut nullable = false;
        for (at, part) in parts.into_iter().enumerate() {
            let Some(output) = query.plan.outputs.get_mut(at) else { continue };
            nullable |= part.ty.nullable || output.ty.nullable;
            let right = std::mem::replace(output, Expr::null());
            let (part, right, how) = comparable(part, right)?;
            *output = right;
            compared.push((part, how));
        }
        let query = Arc::new(query);
        let kind = ExprKind::Quantified { left: compared, op, all, negated, query };
        Ok(Expr::new(kind, ExprType::boolean(nullable)))
    }
}

/// Whether a LIMIT belongs to the query or to a part of it that it is made of.
fn is_limited(query: &ast::Query) -> bool {
    query.limit_clause.is_some() || is_body_limited(&query.body)
}

fn is_body_limited(body: &ast::SetExpr) -> bool {
    match body {
        ast::SetExpr::Query(query) => is_limited(query),
        ast::SetExpr::SetOperation { left, right, .. } => {
            is_body_limited(left) || is_body_limited(right)
        }
        _ => false,
    }
}
