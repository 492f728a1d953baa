//! Expressions as typed trees: every node knows its MySQL type before a row is read.

mod types;

pub use types::{Coercibility, ExprType};

use super::functions::Function;
use super::{EvalContext, Interrupt};
use crate::value::Value;

/// A typed expression over the slots of one query block's frame.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it does.
    pub kind: ExprKind,
    /// What it yields.
    pub ty: ExprType,
}

/// The kinds of expressions.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// A value known when the statement was compiled.
    Literal(Value),
    /// A place in the row: a column, an aggregate's result, an imported outer value.
    Slot(usize),
    /// A parameter of a prepared statement.
    Param(usize),
    /// A built-in function.
    Call(&'static Function, Vec<Expr>),
}

impl Expr {
    /// Its value for a row.
    pub fn eval(&self, ctx: &mut EvalContext<'_>, row: &[Value]) -> Result<Value, Interrupt> {
        match &self.kind {
            ExprKind::Literal(value) => Ok(value.clone()),
            ExprKind::Slot(slot) => Ok(row.get(*slot).cloned().unwrap_or(Value::Null)),
            ExprKind::Param(index) => Ok(ctx.params.get(*index).cloned().unwrap_or(Value::Null)),
            ExprKind::Call(..) => Ok(Value::Null),
        }
    }
}
