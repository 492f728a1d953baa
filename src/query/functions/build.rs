//! How the tables of functions are written: one line for each.

use super::{Arity, Function, NullRule, TypeContext, Volatility};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::{SqlError, Value};

use super::Call;

/// [`Function::result`].
pub(super) type Typing = fn(&[ExprType], &TypeContext<'_>) -> Result<ExprType, SqlError>;
/// [`Function::eval`].
pub(super) type Evaluation =
    fn(&mut EvalContext<'_>, &[Value], &Call<'_>) -> Result<Value, Interrupt>;

/// A function of its arguments alone that is NULL if one of them is.
pub(super) const fn pure(
    name: &'static str,
    arity: Arity,
    result: Typing,
    eval: Evaluation,
) -> Function {
    let (nulls, volatility) = (NullRule::AnyNullIsNull, Volatility::Pure);
    Function { name, arity, nulls, volatility, result, eval }
}

/// Exactly one argument.
pub(super) const ONE: Arity = Arity::exactly(1);
/// Exactly two arguments.
pub(super) const TWO: Arity = Arity::exactly(2);
/// Exactly three arguments.
pub(super) const THREE: Arity = Arity::exactly(3);
/// No argument.
pub(super) const NONE: Arity = Arity::exactly(0);

impl Function {
    /// It is called with NULL arguments too.
    pub(super) const fn handles_nulls(mut self) -> Self {
        self.nulls = NullRule::Handles;
        self
    }

    /// It depends on the session or the statement.
    pub(super) const fn statement(mut self) -> Self {
        self.volatility = Volatility::Statement;
        self
    }

    /// It is called for each row.
    pub(super) const fn volatile(mut self) -> Self {
        self.volatility = Volatility::Volatile;
        self
    }
}
