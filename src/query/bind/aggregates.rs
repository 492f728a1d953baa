//! Aggregate functions: each gets a slot; equal ones share it.

use std::sync::Arc;

use super::Compiler;
use super::call::Arguments;
use super::errors::{invalid_group_function, parameter_count};
use crate::query::Interrupt;
use crate::query::aggregates::{AggregateCall, AggregateFunction, result_type};
use crate::query::expr::{Expr, ExprType, comparison_with_itself};
use crate::query::plan::SortKey;
use crate::sql::statement::ast;
use crate::value::types::ColumnType;
use crate::value::{Comparison, SqlError};

/// Arguments, GROUP_CONCAT's order, its separator.
type CallParts = (Vec<Expr>, Vec<SortKey>, Arc<str>);

impl Compiler<'_> {
    /// An aggregate over the groups of this block.
    pub(super) fn aggregate_function(
        &mut self,
        function: AggregateFunction,
        call: &ast::Function,
    ) -> Result<Expr, Interrupt> {
        self.require_aggregates()?;
        let mut call = self.aggregate_call(function, call)?;
        let scope = self.scope();
        let same = |known: &&AggregateCall| {
            known.function == call.function
                && known.distinct == call.distinct
                && known.separator == call.separator
                && known.order.is_empty()
                && call.order.is_empty()
                && known.args.len() == call.args.len()
                && known.args.iter().zip(&call.args).all(|(one, other)| one.same_as(other))
        };
        if let Some(known) = scope.aggregates.iter().find(same) {
            return Ok(Expr::slot(known.slot, known.ty.clone()));
        }
        call.slot = scope.allocate_used();
        let found = Expr::slot(call.slot, call.ty.clone());
        scope.aggregates.push(call);
        Ok(found)
    }

    /// A call without a slot.
    pub(super) fn aggregate_call(
        &mut self,
        function: AggregateFunction,
        call: &ast::Function,
    ) -> Result<AggregateCall, Interrupt> {
        let ast::FunctionArguments::List(list) = &call.args else {
            return Err(parameter_count(&call.name.to_string()).into());
        };
        let distinct = matches!(list.duplicate_treatment, Some(ast::DuplicateTreatment::Distinct));
        let is_star = matches!(
            list.args.as_slice(),
            [ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Wildcard)]
        );
        let function = match (function, is_star) {
            (AggregateFunction::Count, true) => AggregateFunction::CountAll,
            (_, true) => return Err(parameter_count(&call.name.to_string()).into()),
            (function, false) => function,
        };
        let before = self.scope().aggregates.len();
        let (aggregates, windows) = {
            let scope = self.scope();
            let before = (scope.aggregates_allowed, scope.windows_allowed);
            (scope.aggregates_allowed, scope.windows_allowed) = (false, false);
            before
        };
        let parts = self.aggregate_parts(call, list, is_star);
        let scope = self.scope();
        (scope.aggregates_allowed, scope.windows_allowed) = (aggregates, windows);
        if scope.aggregates.len() > before {
            return Err(invalid_group_function().into());
        }
        let (args, order, separator) = parts?;
        check_count(function, args.len(), &call.name.to_string())?;
        let function = match function {
            AggregateFunction::Count if never_null(&args) && !distinct => {
                AggregateFunction::CountAll
            }
            function => function,
        };
        let variables = &self.session.variables;
        let types: Vec<&ExprType> = args.iter().map(|arg| &arg.ty).collect();
        let ty = result_type(
            function,
            &types,
            variables.div_precision_increment,
            variables.group_concat_max_len,
        )?;
        let how = args.iter().map(|arg| compared_as(function, &arg.ty)).collect();
        Ok(AggregateCall { function, args, how, distinct, order, separator, ty, slot: 0 })
    }

    fn aggregate_parts(
        &mut self,
        call: &ast::Function,
        list: &ast::FunctionArgumentList,
        is_star: bool,
    ) -> Result<CallParts, Interrupt> {
        let mut args = Vec::new();
        if !is_star {
            for arg in Arguments::of(call)?.exprs {
                args.push(self.single_expr(arg)?);
            }
        }
        let mut order = Vec::new();
        let mut separator: Arc<str> = Arc::from(",");
        for clause in &list.clauses {
            match clause {
                ast::FunctionArgumentClause::OrderBy(keys) => {
                    order = self.sort_keys(keys, &args)?;
                }
                ast::FunctionArgumentClause::Separator(text) => {
                    let bound = self.literal(&text.value)?;
                    if let Some(value) = bound.as_literal() {
                        separator = crate::value::convert::to_text(value);
                    }
                }
                _ => return Err(SqlError::not_supported("this clause of an aggregate").into()),
            }
        }
        Ok((args, order, separator))
    }

    /// Keys of an ORDER BY inside a call; a number is an argument's place.
    pub(crate) fn sort_keys(
        &mut self,
        keys: &[ast::OrderByExpr],
        args: &[Expr],
    ) -> Result<Vec<SortKey>, Interrupt> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            let mut expr = self.single_expr(&key.expr)?;
            if let Some(crate::value::Value::Int(place)) = expr.as_literal()
                && let Some(arg) =
                    usize::try_from(*place - 1).ok().and_then(|place| args.get(place))
            {
                expr = arg.clone();
            }
            let descending = matches!(key.options.sort, Some(ast::OrderBySort::Desc));
            found.push(SortKey { expr, descending });
        }
        Ok(found)
    }
}

/// MIN and MAX take members of an ENUM as text.
fn compared_as(function: AggregateFunction, ty: &ExprType) -> Comparison {
    let extreme = matches!(function, AggregateFunction::Min | AggregateFunction::Max);
    let members = matches!(ty.ty, ColumnType::Enum { .. } | ColumnType::Set { .. });
    if extreme && members { Comparison::Text(ty.collation()) } else { comparison_with_itself(ty) }
}

fn never_null(args: &[Expr]) -> bool {
    args.iter().all(|arg| !arg.ty.nullable && arg.as_literal().is_some())
}

fn check_count(function: AggregateFunction, count: usize, name: &str) -> Result<(), SqlError> {
    let right = match function {
        AggregateFunction::CountAll => count <= 1,
        AggregateFunction::Count | AggregateFunction::GroupConcat => count >= 1,
        AggregateFunction::JsonObject => count == 2,
        _ => count == 1,
    };
    if right { Ok(()) } else { Err(parameter_count(name)) }
}
