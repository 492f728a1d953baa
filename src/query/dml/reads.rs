//! Which tables the plan of a subquery reads directly.

use std::collections::HashSet;

use crate::query::expr::{Expr, ExprKind};
use crate::query::plan::{Node, QueryPlan};
use crate::store::TableId;

/// Whether a subquery in an expression reads one of the tables, other than through a derived table.
pub(super) fn subqueries_read(expr: &Expr, tables: &HashSet<TableId>) -> bool {
    expr.any_part(&|part| match &part.kind {
        ExprKind::Scalar(query) | ExprKind::Exists(query, _) => plan_reads(&query.plan, tables),
        ExprKind::Quantified { query, .. } => plan_reads(&query.plan, tables),
        _ => false,
    })
}

fn plan_reads(plan: &QueryPlan, tables: &HashSet<TableId>) -> bool {
    node_reads(&plan.root, tables)
}

fn node_reads(node: &Node, tables: &HashSet<TableId>) -> bool {
    let of_expr = |expr: &Expr| subqueries_read(expr, tables);
    match node {
        Node::Scan(scan) => {
            tables.contains(&scan.table.id) || scan.filter.as_ref().is_some_and(of_expr)
        }
        Node::CountRows { table, .. } => tables.contains(&table.id),
        Node::Filter { input, condition } => node_reads(input, tables) || of_expr(condition),
        Node::NestedLoop(join) => {
            node_reads(&join.outer, tables) || node_reads(&join.inner, tables)
        }
        Node::HashJoin(join) => node_reads(&join.outer, tables) || node_reads(&join.inner, tables),
        Node::Aggregate(aggregate) => node_reads(&aggregate.input, tables),
        Node::Window(window) => node_reads(&window.input, tables),
        Node::Compute { input, .. } | Node::Distinct { input, .. } => node_reads(input, tables),
        Node::Sort(sort) => node_reads(&sort.input, tables),
        Node::Limit(limit) => node_reads(&limit.input, tables),
        Node::SetOperation(both) => {
            plan_reads(&both.left, tables) || plan_reads(&both.right, tables)
        }
        _ => false,
    }
}
