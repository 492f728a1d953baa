//! Expressions as typed trees: every node knows its MySQL type before a row is read.
//!
//! A node reads the slots of one query block's frame. Columns, results of aggregates and window functions,
//! and values imported from outer queries are all slots, so a correlated subquery is nothing special: its
//! imports are copied into its own frame before it runs.

mod arithmetic;
mod bits;
mod cast;
mod collations;
mod compare;
mod condition;
mod constant;
mod control;
mod datetime;
mod eval;
mod hash;
mod like;
mod merge;
mod numbers;
mod subquery;
mod types;
mod walk;

pub use arithmetic::{Arithmetic, NumberClass, negated_class, negated_type};
pub use bits::{BitOp, bit_not_type};
pub use cast::{incorrect_constant, json_of};
pub use collations::{aggregate_collations, literal_type};
pub use compare::{
    CompareOp, Kind, comparable, comparable_as, compare_exprs, comparison_of,
    comparison_with_itself, kind_of_all,
};
pub use constant::{Fitted, fit_constant};
pub use datetime::date_add_type;
pub use hash::hash_key;
pub use like::{like_collation, like_comparison};
pub use merge::{merge_types, merge_types_named, moment_side};
pub use numbers::{
    decimal_size, integer_type, is_number, literal_number, number_class, to_decimal, to_double,
    to_integer,
};
pub use subquery::{Cached, Subquery};
pub use types::{Coercibility, ExprType, string_type};

use std::collections::HashSet;
use std::sync::Arc;

use super::functions::Function;
use crate::value::compare::Comparison;
use crate::value::temporal::Unit;
use crate::value::types::CollationId;
use crate::value::{Value, Warning};

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
    /// A place in the frame: a column, an aggregate's result, an imported outer value.
    Slot(usize),
    /// A parameter of a prepared statement.
    Param(usize),
    /// A TIMESTAMP as it is in a table (UTC), in the session's time zone.
    LocalTime(Box<Expr>),
    /// NOT.
    Not(Box<Expr>),
    /// AND of all, left to right.
    And(Vec<Expr>),
    /// OR of all, left to right.
    Or(Vec<Expr>),
    /// XOR.
    Xor(Box<(Expr, Expr)>),
    /// IS NULL; negated: IS NOT NULL.
    IsNull(Box<Expr>, bool),
    /// IS TRUE, IS FALSE; negated: IS NOT ….
    IsTruth {
        /// What is looked at.
        expr: Box<Expr>,
        /// TRUE or FALSE.
        truth: bool,
        /// IS NOT.
        negated: bool,
    },
    /// `a < b` and so on.
    Compare {
        /// The operator.
        op: CompareOp,
        /// As what both sides are compared.
        how: Comparison,
        /// Both sides.
        sides: Box<(Expr, Expr)>,
    },
    /// `(a, b) < (c, d)` and so on.
    RowCompare {
        /// The operator.
        op: CompareOp,
        /// The parts of both sides.
        parts: Vec<(Expr, Expr, Comparison)>,
    },
    /// `a IN (b, c)`, each compared in its own way.
    InList {
        /// What is looked for.
        expr: Box<Expr>,
        /// Where.
        list: Vec<(Expr, Comparison)>,
        /// NOT IN.
        negated: bool,
    },
    /// `a IN (1, 2, 3)` with constants that are all compared in one way: a look into a set.
    InSet {
        /// What is looked for.
        expr: Box<Expr>,
        /// The members as hash keys; NULL is not among them.
        set: Arc<HashSet<Vec<u8>>>,
        /// The members in order, for index ranges.
        members: Arc<[Expr]>,
        /// As what they are compared.
        how: Comparison,
        /// A NULL is in the list.
        has_null: bool,
        /// NOT IN.
        negated: bool,
    },
    /// `a BETWEEN b AND c`.
    Between {
        /// The three.
        parts: Box<(Expr, Expr, Expr)>,
        /// As what each bound is compared.
        how: (Comparison, Comparison),
        /// NOT BETWEEN.
        negated: bool,
    },
    /// LIKE.
    Like {
        /// Text and pattern.
        sides: Box<(Expr, Expr)>,
        /// What both agree on.
        collation: CollationId,
        /// The escape character; `None` where there is none.
        escape: Option<char>,
        /// NOT LIKE.
        negated: bool,
    },
    /// `+ - * / DIV %`.
    Arithmetic {
        /// The operator.
        op: Arithmetic,
        /// As what it is computed.
        class: NumberClass,
        /// Both sides.
        sides: Box<(Expr, Expr)>,
        /// The expression's text, for 1690.
        text: Arc<str>,
    },
    /// Unary minus.
    Negate(NumberClass, Box<Expr>, Arc<str>),
    /// `& | ^ << >>`.
    Bits(BitOp, Box<(Expr, Expr)>),
    /// `~`.
    BitNot(Box<Expr>),
    /// `date ± INTERVAL n unit`.
    DateAdd {
        /// The date and the number.
        sides: Box<(Expr, Expr)>,
        /// The unit.
        unit: Unit,
        /// Minus.
        subtract: bool,
    },
    /// `IF(a, b, c)`.
    If(Box<(Expr, Expr, Expr)>),
    /// CASE, searched; a simple CASE's WHENs are comparisons with the operand.
    Case {
        /// Conditions and results.
        whens: Vec<(Expr, Expr)>,
        /// ELSE.
        otherwise: Option<Box<Expr>>,
    },
    /// COALESCE and IFNULL.
    Coalesce(Vec<Expr>),
    /// `NULLIF(a, b)`.
    NullIf(Box<(Expr, Expr)>, Comparison),
    /// CAST and CONVERT to this expression's type.
    Cast(Box<Expr>),
    /// The value as this expression's type has it, where several types meet (CASE, UNION, comparisons).
    Coerce(Box<Expr>),
    /// Text as the moment that it names where it is compared with one; zero if it names none.
    Moment(Box<Expr>),
    /// The value, and a warning each time.
    Told(Arc<Warning>, Box<Expr>),
    /// A built-in function and the types of its arguments.
    Call(&'static Function, Vec<Expr>, Arc<[ExprType]>),
    /// A subquery as a value.
    Scalar(Arc<Subquery>),
    /// EXISTS; negated: NOT EXISTS.
    Exists(Arc<Subquery>, bool),
    /// `expr IN (SELECT …)`, `expr op ANY (…)`, `expr op ALL (…)`; rows have several parts.
    Quantified {
        /// The left side's parts, each with how it is compared.
        left: Vec<(Expr, Comparison)>,
        /// The operator.
        op: CompareOp,
        /// ALL instead of ANY.
        all: bool,
        /// NOT IN.
        negated: bool,
        /// The right side.
        query: Arc<Subquery>,
    },
    /// `@x`.
    UserVariable(Box<str>),
    /// `@x := expr`.
    Assign(Box<str>, Box<Expr>),
    /// Evaluated once for each run, then remembered under this number.
    Once(usize, Box<Expr>),
    /// Several values, where a row is allowed.
    Row(Vec<Expr>),
}

impl Expr {
    /// An expression.
    pub fn new(kind: ExprKind, ty: ExprType) -> Self {
        Self { kind, ty }
    }

    /// A literal of that type.
    pub fn literal(value: Value, ty: ExprType) -> Self {
        Self::new(ExprKind::Literal(value), ty)
    }

    /// NULL.
    pub fn null() -> Self {
        Self::literal(Value::Null, ExprType::null())
    }

    /// A whole number.
    pub fn integer(value: i64) -> Self {
        Self::literal(Value::Int(value), ExprType::integer_literal(value.unsigned_abs(), value < 0))
    }

    /// 1 or 0.
    pub fn boolean(value: bool) -> Self {
        Self::literal(Value::Int(i64::from(value)), ExprType::boolean(false))
    }

    /// A slot of that type.
    pub fn slot(slot: usize, ty: ExprType) -> Self {
        Self::new(ExprKind::Slot(slot), ty)
    }

    /// A yes or no.
    pub fn condition(kind: ExprKind, nullable: bool) -> Self {
        Self::new(kind, ExprType::boolean(nullable))
    }

    /// The value of a literal.
    pub fn as_literal(&self) -> Option<&Value> {
        match &self.kind {
            ExprKind::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is a bare NULL.
    pub fn is_null_literal(&self) -> bool {
        matches!(self.kind, ExprKind::Literal(Value::Null))
    }

    /// AND of two, flat.
    pub fn and(self, other: Self) -> Self {
        let mut parts = self.conjuncts();
        parts.extend(other.conjuncts());
        Self::all(parts).unwrap_or_else(|| Self::boolean(true))
    }

    /// AND of all; `None` without any.
    pub fn all(mut parts: Vec<Self>) -> Option<Self> {
        match parts.len() {
            0 => None,
            1 => parts.pop(),
            _ => {
                let nullable = parts.iter().any(|part| part.ty.nullable);
                Some(Self::condition(ExprKind::And(parts), nullable))
            }
        }
    }

    /// The parts of an AND, or the expression itself.
    pub fn conjuncts(self) -> Vec<Self> {
        match self.kind {
            ExprKind::And(parts) => parts.into_iter().flat_map(Self::conjuncts).collect(),
            _ => vec![self],
        }
    }
}
