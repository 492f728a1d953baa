//! Changing expressions: the same way through a tree as `walk`, with leave to write.

use super::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments,
    OrderByExpr, WindowType,
};
use super::walk::only_child;

/// Calls `visit` for each expression right inside another; not for queries in it, which the caller knows.
pub fn each_child_mut(expr: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    match expr {
        Expr::BinaryOp { left, right, .. }
        | Expr::AnyOp { left, right, .. }
        | Expr::AllOp { left, right, .. } => {
            visit(left);
            visit(right);
        }
        Expr::RLike { expr, pattern, .. } => {
            visit(expr);
            visit(pattern);
        }
        Expr::MemberOf(member) => {
            visit(&mut member.value);
            visit(&mut member.array);
        }
        Expr::Like { expr, pattern, escape_char, .. } => {
            visit(expr);
            visit(pattern);
            escape_char.iter_mut().for_each(|escape| visit(escape));
        }
        Expr::Between { expr, low, high, .. } => {
            visit(expr);
            visit(low);
            visit(high);
        }
        Expr::InList { expr, list, .. } => {
            visit(expr);
            list.iter_mut().for_each(visit);
        }
        Expr::Tuple(list) => list.iter_mut().for_each(visit),
        Expr::Trim { expr, trim_what, .. } => {
            visit(expr);
            trim_what.iter_mut().for_each(|what| visit(what));
        }
        Expr::Function(function) => each_argument(function, visit),
        Expr::Case { operand, conditions, else_result, .. } => {
            operand.iter_mut().for_each(|operand| visit(operand));
            for when in conditions {
                visit(&mut when.condition);
                visit(&mut when.result);
            }
            else_result.iter_mut().for_each(|result| visit(result));
        }
        Expr::Interval(interval) => visit(&mut interval.value),
        _ => {
            if let Some(inner) = only_child!(expr) {
                visit(inner);
            }
        }
    }
}

fn each_argument(function: &mut Function, visit: &mut dyn FnMut(&mut Expr)) {
    let skipped = usize::from(super::walk::has_word(function));
    if let FunctionArguments::List(list) = &mut function.args {
        for arg in list.args.iter_mut().skip(skipped) {
            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg {
                visit(expr);
            }
        }
        for clause in &mut list.clauses {
            if let FunctionArgumentClause::OrderBy(order) = clause {
                each_order(order, visit);
            }
        }
    }
    if let Some(WindowType::WindowSpec(spec)) = &mut function.over {
        spec.partition_by.iter_mut().for_each(&mut *visit);
        each_order(&mut spec.order_by, visit);
    }
}

fn each_order(order: &mut [OrderByExpr], visit: &mut dyn FnMut(&mut Expr)) {
    order.iter_mut().for_each(|item| visit(&mut item.expr));
}
