//! EXPLAIN FORMAT=TREE: the operators, each behind an arrow, indented under what reads it.

use std::fmt::Write as _;

use super::Explainable;
use super::rows::{access, index_name};
use crate::query::dml::{Explained, Rows};
use crate::query::plan::{JoinKind, KeyPlan, Node, Scan, SetOperator};

/// The tree of a statement.
pub fn text(plan: &Explainable) -> String {
    let mut out = String::new();
    match plan {
        Explainable::Query(plan) => node(&plan.root, 0, &mut out),
        Explainable::Change(change) => changed(change, &mut out),
    }
    out
}

/// A statement that changes rows. MySQL has no tree for an UPDATE or DELETE of one table, and says so.
fn changed(change: &Explained, out: &mut String) {
    let names = change.changed.join(", ");
    let verb = match change.verb {
        "INSERT" => "Insert into",
        "REPLACE" => "Replace into",
        "UPDATE" => "Update",
        _ => "Delete from",
    };
    match &change.rows {
        Rows::Found(_, true) => line(0, "<not executable by iterator executor>", out),
        Rows::Found(root, false) => {
            line(0, &format!("{verb} {names}"), out);
            node(root, 1, out);
        }
        Rows::Query(plan) => {
            line(0, &format!("{verb} {names}"), out);
            node(&plan.root, 1, out);
        }
        Rows::Given => {
            line(0, &format!("{verb} {names}"), out);
            line(1, "Rows fetched before execution", out);
        }
    }
}

fn line(depth: usize, what: &str, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{:indent$}-> {what}", "", indent = depth * 4);
}

fn node(of: &Node, depth: usize, out: &mut String) {
    let next = depth + 1;
    match of {
        Node::One => line(depth, "Rows fetched before execution", out),
        Node::Nothing => line(depth, "Zero rows (Impossible WHERE)", out),
        Node::Scan(scan) => line(depth, &scan_text(scan), out),
        Node::Virtual(scan) => line(depth, &format!("Table scan on {}", scan.alias), out),
        Node::Derived(derived) => {
            line(depth, &format!("Table scan on {}", derived.alias), out);
            line(next, "Materialize", out);
            node(&derived.plan.root, next + 1, out);
        }
        Node::Working { .. } => line(depth, "Scan new records", out),
        Node::Rows { .. } => line(depth, "Rows fetched before execution", out),
        Node::Filter { input, .. } => one("Filter", input, depth, out),
        Node::NestedLoop(join) => {
            line(depth, &format!("Nested loop {}", join_text(join.kind)), out);
            node(&join.outer, next, out);
            node(&join.inner, next, out);
        }
        Node::HashJoin(join) => {
            line(depth, &format!("{} hash join", join_text(join.kind)), out);
            node(&join.outer, next, out);
            line(next, "Hash", out);
            node(&join.inner, next + 1, out);
        }
        Node::Aggregate(aggregate) => one("Aggregate", &aggregate.input, depth, out),
        Node::Window(window) => one("Window aggregate", &window.input, depth, out),
        Node::Compute { input, .. } => node(input, depth, out),
        Node::Distinct { input, .. } => one("Deduplicate", input, depth, out),
        Node::Sort(sort) => one("Sort", &sort.input, depth, out),
        Node::Limit(limit) => one("Limit/Offset", &limit.input, depth, out),
        Node::SetOperation(operation) => {
            let name = match operation.operator {
                SetOperator::Union => "Union",
                SetOperator::Intersect => "Intersect",
                SetOperator::Except => "Except",
            };
            line(depth, &format!("{name} materialize"), out);
            node(&operation.left.root, next, out);
            node(&operation.right.root, next, out);
        }
        Node::Recursive(recursive) => {
            line(depth, "Materialize recursive CTE", out);
            node(&recursive.seed.root, next, out);
            line(next, "Repeat until convergence", out);
            node(&recursive.step.root, next + 1, out);
        }
        Node::CountRows { table, .. } => line(depth, &format!("Count rows in {}", table.name), out),
    }
}

fn one(what: &str, input: &Node, depth: usize, out: &mut String) {
    line(depth, what, out);
    node(input, depth + 1, out);
}

fn join_text(kind: JoinKind) -> &'static str {
    match kind {
        JoinKind::Inner => "Inner",
        JoinKind::Left => "Left",
    }
}

fn scan_text(scan: &Scan) -> String {
    let index = index_name(&scan.table, scan.index);
    let how = match (&scan.keys, access(scan)) {
        (KeyPlan::All, "ALL") => format!("Table scan on {}", scan.alias),
        (KeyPlan::All, _) => format!("Index scan on {} using {index}", scan.alias),
        (KeyPlan::Point(_), _) => {
            format!("Single-row index lookup on {} using {index}", scan.alias)
        }
        (_, "ref") => format!("Index lookup on {} using {index}", scan.alias),
        _ => format!("Index range scan on {} using {index}", scan.alias),
    };
    format!("{how}  (rows={:.0})", scan.rows.max(1.0))
}
