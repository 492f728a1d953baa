//! UNION, INTERSECT, EXCEPT: both sides brought to common types.

use super::{Compiler, Imports, Scope};
use crate::query::expr::{Expr, comparison_with_itself, merge_types_named};
use crate::query::plan::{Node, QueryPlan, SetOperation, SetOperator, result_column};
use crate::query::{Interrupt, ResultColumn};
use crate::sql::statement::ast;
use crate::value::SqlError;
use crate::value::types::ColumnType;

impl Compiler<'_> {
    /// A set operation with the ORDER BY and LIMIT behind it.
    pub(crate) fn set_operation(
        &mut self,
        query: &ast::Query,
    ) -> Result<(QueryPlan, Imports), Interrupt> {
        self.scopes.push(Scope::new());
        let result = self.operation_with_tail(query);
        let imports = self.scopes.pop().map(|scope| scope.imports).unwrap_or_default();
        Ok((result?, imports))
    }

    fn operation_with_tail(&mut self, query: &ast::Query) -> Result<QueryPlan, Interrupt> {
        let (node, slot, columns) = self.operation(&query.body)?;
        self.tail(node, slot, columns, query)
    }

    fn operation(
        &mut self,
        body: &ast::SetExpr,
    ) -> Result<(Node, usize, Vec<ResultColumn>), Interrupt> {
        let ast::SetExpr::SetOperation { left, op, set_quantifier, right } = body else {
            return Err(SqlError::not_supported("this kind of query").into());
        };
        let (mut left, left_imports) = self.side(left)?;
        let (mut right, right_imports) = self.side(right)?;
        Self::same_width(&left, &right)?;
        let columns = unify(&mut [&mut left, &mut right])?;
        let slot = self.scope().allocate(columns.len());
        let operation = SetOperation {
            slot,
            operator: match op {
                ast::SetOperator::Union => SetOperator::Union,
                ast::SetOperator::Intersect => SetOperator::Intersect,
                _ => SetOperator::Except,
            },
            all: matches!(set_quantifier, ast::SetQuantifier::All),
            keys: columns.iter().map(|column| comparison_with_itself(&column.ty)).collect(),
            left: Box::new(left),
            right: Box::new(right),
            imports: [left_imports, right_imports],
        };
        Ok((Node::SetOperation(Box::new(operation)), slot, columns))
    }

    /// One side of a set operation.
    pub(crate) fn side(&mut self, side: &ast::SetExpr) -> Result<(QueryPlan, Imports), Interrupt> {
        self.deeper(|compiler| match side {
            ast::SetExpr::Select(select) => compiler.select(select, None),
            ast::SetExpr::Query(query) => compiler.query(query),
            other => compiler.query(&bare(other)),
        })
    }
}

/// A query that is only this body.
pub(super) fn bare(body: &ast::SetExpr) -> ast::Query {
    ast::Query {
        with: None,
        body: Box::new(body.clone()),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

/// Brings queries to common types; the columns of all of them together.
pub(super) fn unify(plans: &mut [&mut QueryPlan]) -> Result<Vec<ResultColumn>, SqlError> {
    let names: Vec<_> = plans
        .first()
        .map(|plan| plan.columns.iter().map(|column| column.name.clone()).collect())
        .unwrap_or_default();
    let mut columns = Vec::with_capacity(names.len());
    for (at, name) in names.into_iter().enumerate() {
        let types: Vec<_> =
            plans.iter().filter_map(|plan| plan.columns.get(at).map(|column| &column.ty)).collect();
        let mut ty = merge_types_named(&types, "UNION")?;
        match &mut ty.ty {
            ColumnType::Integer { width, zerofill: false, .. } => *width = None,
            ColumnType::Null => ty = ty.stored(),
            _ => {}
        }
        for plan in plans.iter_mut() {
            if let Some(output) = plan.outputs.get_mut(at) {
                *output = std::mem::replace(output, Expr::null()).settled(&ty);
            }
        }
        columns.push(result_column(name, ty, None));
    }
    Ok(columns)
}
