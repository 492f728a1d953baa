//! Whether a view's rows are rows of a table, so that they may be changed through it.

use crate::engine::catalog::{Catalog, ViewDef};
use crate::query::aggregates::AggregateFunction;
use crate::sql::statement::ast::{
    Expr, GroupByExpr, Query, Select, SelectItem, SetExpr, Statement, TableFactor, TableName,
    TableWithJoins,
};
use crate::sql::statement::walk::each_expr;
use crate::sql::statement::{ParserMode, parse_one};

/// So many views lie above one another at most; MySQL's limit is the depth of its parser.
const MAX_DEPTH: usize = 32;

/// `IS_UPDATABLE` of a view.
pub fn is_view_updatable(catalog: &Catalog, view: &ViewDef) -> bool {
    view_at(catalog, view, 0)
}

/// Whether a query that is to be a view would be.
pub fn is_updatable(catalog: &Catalog, query: &Query) -> bool {
    query_at(catalog, query, 0)
}

fn view_at(catalog: &Catalog, view: &ViewDef, depth: usize) -> bool {
    if depth > MAX_DEPTH || &*view.algorithm == "TEMPTABLE" {
        return false;
    }
    match parse_one(view.sql.as_bytes(), ParserMode::default()).map(|parsed| parsed.statement) {
        Ok(Statement::Query(query)) => query_at(catalog, &query, depth),
        _ => false,
    }
}

fn query_at(catalog: &Catalog, query: &Query, depth: usize) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let plain_items = select.projection.iter().all(|item| match item {
        SelectItem::UnnamedExpr(expr)
        | SelectItem::ExprWithAlias { expr, .. }
        | SelectItem::ExprWithAliases { expr, .. } => is_plain(expr),
        _ => true,
    });
    query.limit_clause.is_none()
        && !groups(select)
        && plain_items
        && !select.from.is_empty()
        && select.from.iter().any(|tables| tables_at(catalog, tables, depth))
}

fn groups(select: &Select) -> bool {
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
    grouped
        || select.distinct.is_some()
        || select.having.is_some()
        || !select.named_window.is_empty()
}

/// No aggregate, window function or query.
fn is_plain(expr: &Expr) -> bool {
    let mut plain = true;
    each_expr(expr, &mut |part| {
        plain &= match part {
            Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => false,
            Expr::Function(function) => {
                let name = function.name.to_string().to_ascii_lowercase();
                function.over.is_none() && AggregateFunction::by_name(&name).is_none()
            }
            _ => true,
        };
    });
    plain
}

fn tables_at(catalog: &Catalog, tables: &TableWithJoins, depth: usize) -> bool {
    let joined = tables.joins.iter().map(|join| &join.relation);
    std::iter::once(&tables.relation).chain(joined).any(|factor| match factor {
        TableFactor::NestedJoin { table_with_joins, .. } => {
            tables_at(catalog, table_with_joins, depth)
        }
        TableFactor::Table { name, .. } => {
            let view = TableName::of(name)
                .and_then(|name| catalog.view(name.schema.as_deref()?, &name.name).cloned());
            view.is_none_or(|view| view_at(catalog, &view, depth + 1))
        }
        _ => true,
    })
}
