//! Constant folding: what depends on no row and no session is computed when the statement is compiled.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::expr::{Expr, ExprKind, hash_key};
use super::super::{EvalContext, Session};
use crate::value::Value;
use crate::value::compare::Comparison;

/// The expression with its constant value, where it has one that raises no error or warning: those belong
/// to the run.
pub fn fold(expr: Expr, session: &mut Session) -> Expr {
    if expr.as_literal().is_some() || !expr.is_constant() || matches!(expr.kind, ExprKind::Row(_)) {
        return expr;
    }
    let before = session.diagnostics.list().len();
    let value = {
        let mut ctx = EvalContext::new(session, &[]);
        expr.eval(&mut ctx, &[])
    };
    let warned = session.diagnostics.list().len() > before;
    session.diagnostics.truncate(before);
    match value {
        Ok(value) if !warned => Expr::literal(value, expr.ty),
        _ => expr,
    }
}

/// `a IN (constants)`, all compared in one way, as a look into a set.
pub fn in_set(expr: Expr, list: Vec<(Expr, Comparison)>, negated: bool, nullable: bool) -> Expr {
    /// Shorter lists are as quick to walk through.
    const WORTH_A_SET: usize = 3;
    let how = list.first().map(|(_, how)| *how);
    let uniform =
        list.iter().all(|(member, own)| member.as_literal().is_some() && Some(*own) == how);
    let Some(how) = how.filter(|_| uniform && list.len() >= WORTH_A_SET) else {
        return Expr::condition(ExprKind::InList { expr: Box::new(expr), list, negated }, nullable);
    };
    let mut set = HashSet::with_capacity(list.len());
    let mut members = Vec::with_capacity(list.len());
    let mut has_null = false;
    for (member, _) in list {
        match member.as_literal() {
            None | Some(Value::Null) => has_null = true,
            Some(value) => {
                let mut key = Vec::with_capacity(12);
                hash_key(value, how, &mut key);
                if set.insert(key) {
                    members.push(member);
                }
            }
        }
    }
    let (set, members) = (Arc::new(set), members.into());
    let kind = ExprKind::InSet { expr: Box::new(expr), set, members, how, has_null, negated };
    Expr::condition(kind, nullable)
}

/// A constant that is not true.
pub fn is_never(condition: &Expr) -> bool {
    matches!(condition.as_literal(), Some(Value::Null | Value::Int(0) | Value::UInt(0)))
}

/// A constant that is true.
pub fn is_always(condition: &Expr) -> bool {
    matches!(condition.as_literal(), Some(Value::Int(number)) if *number != 0)
}
