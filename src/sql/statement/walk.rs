//! Looking through expressions.

use super::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident};

/// The one expression in another that has one, or none: for looking and, with `mut`, for changing.
macro_rules! only_child {
    ($expr:expr) => {
        match $expr {
            Expr::UnaryOp { expr, .. }
            | Expr::Cast { expr, .. }
            | Expr::Convert { expr, .. }
            | Expr::Collate { expr, .. }
            | Expr::Extract { expr, .. }
            | Expr::InSubquery { expr, .. }
            | Expr::Nested(expr)
            | Expr::IsNull(expr)
            | Expr::IsNotNull(expr)
            | Expr::IsTrue(expr)
            | Expr::IsNotTrue(expr)
            | Expr::IsFalse(expr)
            | Expr::IsNotFalse(expr)
            | Expr::IsUnknown(expr)
            | Expr::IsNotUnknown(expr) => Some(expr),
            _ => None,
        }
    };
}
pub(super) use only_child;

/// Calls `visit` for an expression and for those in it, subqueries left out.
pub fn each_expr<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    visit(expr);
    children(expr, &mut |child| each_expr(child, visit));
}

/// The columns that an expression names, each as its parts; subqueries left out.
pub fn columns_of(expr: &Expr) -> Vec<&[Ident]> {
    let mut found = Vec::new();
    collect(expr, &mut found);
    found
}

fn collect<'e>(expr: &'e Expr, found: &mut Vec<&'e [Ident]>) {
    match expr {
        Expr::Identifier(name) => found.push(std::slice::from_ref(name)),
        Expr::CompoundIdentifier(parts) => found.push(parts),
        // Variables and introducers name no columns.
        Expr::Prefixed { .. } => {}
        Expr::Function(function) if has_word(function) => {
            let FunctionArguments::List(list) = &function.args else { return };
            list.args.iter().skip(1).filter_map(argument).for_each(|arg| collect(arg, found));
        }
        _ => children(expr, &mut |child| collect(child, found)),
    }
}

/// Whether the first argument is a word, as in `TIMESTAMPDIFF(DAY, …)`.
pub(super) fn has_word(function: &super::ast::Function) -> bool {
    let name = function.name.to_string();
    ["TIMESTAMPADD", "TIMESTAMPDIFF", "GET_FORMAT"]
        .iter()
        .any(|word| name.eq_ignore_ascii_case(word))
}

fn argument(arg: &FunctionArg) -> Option<&Expr> {
    match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}

fn children<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    let mut both = |left: &'e Expr, right: &'e Expr| {
        visit(left);
        visit(right);
    };
    match expr {
        Expr::BinaryOp { left, right, .. } => both(left, right),
        Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => both(left, right),
        Expr::RLike { expr, pattern, .. } => both(expr, pattern),
        Expr::MemberOf(member) => both(&member.value, &member.array),
        Expr::Like { expr, pattern, escape_char, .. } => {
            both(expr, pattern);
            escape_char.iter().for_each(|escape| visit(escape));
        }
        Expr::Between { expr, low, high, .. } => {
            both(expr, low);
            visit(high);
        }
        Expr::InList { expr, list, .. } => {
            visit(expr);
            list.iter().for_each(visit);
        }
        Expr::Tuple(list) => list.iter().for_each(visit),
        Expr::Trim { expr, trim_what, .. } => {
            visit(expr);
            trim_what.iter().for_each(|what| visit(what));
        }
        Expr::Function(function) => {
            let FunctionArguments::List(list) = &function.args else { return };
            list.args.iter().filter_map(argument).for_each(visit);
        }
        Expr::Case { operand, conditions, else_result, .. } => {
            operand.iter().for_each(|operand| visit(operand));
            for when in conditions {
                visit(&when.condition);
                visit(&when.result);
            }
            else_result.iter().for_each(|result| visit(result));
        }
        Expr::Interval(interval) => visit(&interval.value),
        _ => only_child!(expr).into_iter().for_each(|child| visit(child)),
    }
}
