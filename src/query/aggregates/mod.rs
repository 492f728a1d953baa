//! Aggregate functions: their types, and what they gather over a group's rows.

mod accumulator;
mod concat;
mod types;

pub use accumulator::Accumulator;
pub use types::result_type;

use std::sync::Arc;

use super::expr::{Expr, ExprType};
use super::plan::SortKey;
use crate::value::compare::Comparison;

/// The aggregate functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the SQL function of its name")]
pub enum AggregateFunction {
    CountAll,
    Count,
    Sum,
    Avg,
    Min,
    Max,
    GroupConcat,
    BitAnd,
    BitOr,
    BitXor,
    StdPop,
    StdSamp,
    VarPop,
    VarSamp,
    JsonArray,
    JsonObject,
    AnyValue,
}

impl AggregateFunction {
    /// The function of this name, in lower case.
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "count" => Self::Count,
            "sum" => Self::Sum,
            "avg" => Self::Avg,
            "min" => Self::Min,
            "max" => Self::Max,
            "group_concat" => Self::GroupConcat,
            "bit_and" => Self::BitAnd,
            "bit_or" => Self::BitOr,
            "bit_xor" => Self::BitXor,
            "std" | "stddev" | "stddev_pop" => Self::StdPop,
            "stddev_samp" => Self::StdSamp,
            "variance" | "var_pop" => Self::VarPop,
            "var_samp" => Self::VarSamp,
            "json_arrayagg" => Self::JsonArray,
            "json_objectagg" => Self::JsonObject,
            "any_value" => Self::AnyValue,
            _ => return None,
        })
    }
}

/// A call of an aggregate function.
#[derive(Debug, Clone)]
pub struct AggregateCall {
    /// The function.
    pub function: AggregateFunction,
    /// Its arguments.
    pub args: Vec<Expr>,
    /// As what arguments are compared, for DISTINCT, MIN and MAX.
    pub how: Vec<Comparison>,
    /// DISTINCT.
    pub distinct: bool,
    /// GROUP_CONCAT's ORDER BY.
    pub order: Vec<SortKey>,
    /// GROUP_CONCAT's SEPARATOR.
    pub separator: Arc<str>,
    /// The result's type.
    pub ty: ExprType,
    /// Where the result goes.
    pub slot: usize,
}
