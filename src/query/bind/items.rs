//! The select list: wildcards, names of columns, and what of it can be merged into an enclosing block.

use std::sync::Arc;

use super::names::describe;
use super::{Compiler, errors};
use crate::engine::catalog::TableDef;
use crate::query::Interrupt;
use crate::query::aggregates::AggregateFunction;
use crate::query::expr::Expr;
use crate::query::functions::{self, Volatility};
use crate::sql::statement::ast;
use crate::value::SqlError;

/// An item of the select list.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its name.
    pub name: Arc<str>,
    /// What it is.
    pub expr: Expr,
    /// The table's column that it is, and the table's name in the statement.
    pub origin: Option<(Arc<TableDef>, usize, Arc<str>)>,
}

impl Compiler<'_> {
    /// All items, wildcards expanded.
    pub(crate) fn items(&mut self, items: &[ast::SelectItem]) -> Result<Vec<Item>, Interrupt> {
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            match item {
                ast::SelectItem::Wildcard(_) => found.extend(self.wildcard()?),
                ast::SelectItem::QualifiedWildcard(of, _) => {
                    found.extend(self.qualified_wildcard(of)?);
                }
                ast::SelectItem::UnnamedExpr(expr) => found.push(self.item(expr, None)?),
                ast::SelectItem::ExprWithAlias { expr, alias } => {
                    found.push(self.item(expr, Some(&alias.value))?);
                }
                ast::SelectItem::ExprWithAliases { expr, aliases } => {
                    // Not an alias, but what the text calls the item.
                    let constant = super::functions::constant_name(expr);
                    let text = aliases.first().map(|alias| alias.value.as_str());
                    found.push(self.item(expr, constant.as_deref().or(text))?);
                }
            }
        }
        Ok(found)
    }

    fn item(&mut self, expr: &ast::Expr, alias: Option<&str>) -> Result<Item, Interrupt> {
        if let Some(path) = super::expr::column_path(expr) {
            let found = self.find_column(path)?;
            self.scope().mark_expr(&found.expr);
            let written = || found.heading.clone().unwrap_or_else(|| path.column.into());
            let name = alias.map_or_else(written, Into::into);
            return Ok(Item { name, expr: found.expr, origin: found.origin });
        }
        let bound = self.expr(expr)?;
        let bound = self.single(bound)?;
        let name = alias.map_or_else(|| super::printed(expr).into(), Into::into);
        Ok(Item { name, expr: bound, origin: None })
    }

    fn wildcard(&mut self) -> Result<Vec<Item>, Interrupt> {
        let scope = self.scope();
        if scope.visible.is_empty() {
            return Err(SqlError::new(1096, b"HY000", "No tables used").into());
        }
        let mut items = Vec::new();
        for place in scope.columns.clone() {
            let Some(source) = scope.sources.get(place.source) else { continue };
            let Some(column) = source.columns.get(place.column) else { continue };
            if column.hidden {
                continue;
            }
            let found = describe(source, column);
            items.push(Item { name: column.name.clone(), expr: found.expr, origin: found.origin });
        }
        items.iter().for_each(|item| scope.mark_expr(&item.expr));
        Ok(items)
    }

    fn qualified_wildcard(
        &mut self,
        of: &ast::SelectItemQualifiedWildcardKind,
    ) -> Result<Vec<Item>, Interrupt> {
        let ast::SelectItemQualifiedWildcardKind::ObjectName(name) = of else {
            return Err(SqlError::not_supported("this kind of wildcard").into());
        };
        let parts: Vec<&str> = ast::name_parts(name).collect();
        let (schema, table) = match parts.as_slice() {
            [table] => (None, *table),
            [schema, table] => (Some(*schema), *table),
            _ => return Err(errors::unknown_column(&name.to_string(), "field list").into()),
        };
        let scope = self.scope();
        let is = |place: &&usize| {
            scope.sources.get(**place).is_some_and(|source| {
                *source.alias == *table && schema.is_none_or(|schema| *source.schema == *schema)
            })
        };
        let Some(place) = scope.visible.iter().find(is).copied() else {
            return Err(SqlError::new(1051, b"42S02", format!("Unknown table '{table}'")).into());
        };
        let Some(source) = scope.sources.get(place) else { return Ok(Vec::new()) };
        let items: Vec<Item> = source
            .columns
            .iter()
            .filter(|column| !column.hidden)
            .map(|column| {
                let found = describe(source, column);
                Item { name: column.name.clone(), expr: found.expr, origin: found.origin }
            })
            .collect();
        items.iter().for_each(|item| scope.mark_expr(&item.expr));
        Ok(items)
    }
}

/// Whether an item can be computed in an enclosing block: columns, and expressions without effects; on the
/// side of an outer join that may be missing only columns, since they alone turn NULL with it.
pub(super) fn is_mergeable(item: &ast::SelectItem, nullable: bool) -> bool {
    match item {
        ast::SelectItem::Wildcard(_) | ast::SelectItem::QualifiedWildcard(..) => true,
        ast::SelectItem::UnnamedExpr(expr)
        | ast::SelectItem::ExprWithAlias { expr, .. }
        | ast::SelectItem::ExprWithAliases { expr, .. } => {
            if nullable {
                super::expr::column_path(expr).is_some()
            } else {
                is_plain(expr)
            }
        }
    }
}

/// Whether the expression has no subqueries, aggregates, windows, variables or volatile functions.
pub(super) fn is_plain(expr: &ast::Expr) -> bool {
    use ast::Expr as E;
    match expr {
        E::Identifier(_) | E::CompoundIdentifier(_) | E::Value(_) | E::TypedString(_) => true,
        E::BinaryOp { left, op, right } => {
            *op != ast::BinaryOperator::Assignment && is_plain(left) && is_plain(right)
        }
        E::UnaryOp { expr, .. }
        | E::Nested(expr)
        | E::IsNull(expr)
        | E::IsNotNull(expr)
        | E::IsTrue(expr)
        | E::IsFalse(expr)
        | E::IsNotTrue(expr)
        | E::IsNotFalse(expr)
        | E::Cast { expr, .. }
        | E::Collate { expr, .. }
        | E::Extract { expr, .. } => is_plain(expr),
        E::Between { expr, low, high, .. } => is_plain(expr) && is_plain(low) && is_plain(high),
        E::InList { expr, list, .. } => is_plain(expr) && list.iter().all(is_plain),
        E::Like { expr, pattern, .. } => is_plain(expr) && is_plain(pattern),
        E::Interval(interval) => is_plain(&interval.value),
        E::Case { operand, conditions, else_result, .. } => {
            operand.as_deref().is_none_or(is_plain)
                && else_result.as_deref().is_none_or(is_plain)
                && conditions.iter().all(|when| is_plain(&when.condition) && is_plain(&when.result))
        }
        E::Function(function) => is_plain_call(function),
        _ => false,
    }
}

fn is_plain_call(function: &ast::Function) -> bool {
    let name = function.name.to_string().to_lowercase();
    let known = functions::lookup(&name);
    let pure = known.is_some_and(|function| function.volatility != Volatility::Volatile)
        || matches!(
            name.as_str(),
            "if" | "ifnull" | "coalesce" | "nullif" | "date_add" | "date_sub"
        );
    let args = match &function.args {
        ast::FunctionArguments::List(list) => list.args.iter().all(|arg| match arg {
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => is_plain(expr),
            _ => false,
        }),
        ast::FunctionArguments::None => true,
        ast::FunctionArguments::Subquery(_) => false,
    };
    pure && args && function.over.is_none() && AggregateFunction::by_name(&name).is_none()
}
