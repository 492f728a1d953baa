//! Built-in functions: what one is, and where they are found.
//!
//! Functions get their arguments evaluated. What must not evaluate all of them is no function but a kind of
//! expression: IF, IFNULL, NULLIF, COALESCE, CASE, AND, OR, IN, and so are comparisons, arithmetic, LIKE,
//! CAST and CONVERT, `+ INTERVAL`, LAST aggregates and window functions. Everything else that is written
//! `name(…)` is here, also LEAST, GREATEST, INTERVAL(), DATE_ADD's relatives without INTERVAL, and REGEXP.

use super::expr::ExprType;
use super::session::SqlMode;
use super::{EvalContext, Interrupt};
use crate::value::types::CollationId;
use crate::value::{SqlError, Value};

/// A built-in function.
#[derive(Debug)]
pub struct Function {
    /// Its name in lower case.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: Arity,
    /// What becomes of NULL arguments.
    pub nulls: NullRule,
    /// Whether equal arguments give equal results within one statement.
    pub volatility: Volatility,
    /// The type of its result. Errors such as 1267 are raised here.
    pub result: fn(&[ExprType], &TypeContext<'_>) -> Result<ExprType, SqlError>,
    /// Its result. With [`NullRule::AnyNullIsNull`] no argument is NULL.
    pub eval: fn(&mut EvalContext<'_>, &[Value], &Call<'_>) -> Result<Value, Interrupt>,
}

/// How many arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arity {
    /// At least.
    pub min: usize,
    /// At most.
    pub max: usize,
}

impl Arity {
    /// This many.
    pub const fn exactly(count: usize) -> Self {
        Self { min: count, max: count }
    }

    /// From … to.
    pub const fn between(min: usize, max: usize) -> Self {
        Self { min, max }
    }

    /// This many or more.
    pub const fn at_least(min: usize) -> Self {
        Self { min, max: usize::MAX }
    }

    /// Whether so many are right.
    pub const fn accepts(self, count: usize) -> bool {
        count >= self.min && count <= self.max
    }
}

/// What becomes of NULL arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullRule {
    /// The result is NULL and the function is not called.
    AnyNullIsNull,
    /// The function looks itself.
    Handles,
}

/// How often a function has to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volatility {
    /// Its result depends on its arguments alone: folded when the statement is compiled.
    Pure,
    /// It depends on the session or the statement (`NOW()`, `DATABASE()`), but not on the row: called once
    /// for a run where its arguments allow it.
    Statement,
    /// Called for each row: `RAND()`, `UUID()`, `SLEEP()`, what changes something.
    Volatile,
}

/// What a function's type may depend on.
#[derive(Debug, Clone, Copy)]
pub struct TypeContext<'a> {
    /// The session's.
    pub sql_mode: SqlMode,
    /// `collation_connection`: of strings that the function makes from nothing.
    pub collation_connection: CollationId,
    /// `div_precision_increment`.
    pub div_precision_increment: u8,
    /// The arguments that are constants, with their values, in the arguments' order.
    pub constants: &'a [Option<Value>],
}

/// One call of a function in a statement.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The types of its arguments.
    pub args: &'a [ExprType],
    /// The type of its result.
    pub result: &'a ExprType,
}

/// The function of that name, in any case.
pub fn lookup(name: &str) -> Option<&'static Function> {
    let _ = name;
    None
}
