//! Window functions over one partition, whose rows are in the window's order.

mod frame;
mod functions;

pub use frame::{Frame, FrameBound, FrameUnits};
pub use functions::compute;

use super::aggregates::AggregateCall;
use super::expr::{Expr, ExprType};
use super::plan::SortKey;
use crate::value::Value;

/// The window functions; aggregates too are ones.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "each is the SQL function of its name")]
pub enum WindowFunction {
    RowNumber,
    Rank,
    DenseRank,
    PercentRank,
    CumeDist,
    Ntile,
    Lag,
    Lead,
    FirstValue,
    LastValue,
    NthValue,
    Aggregate(Box<AggregateCall>),
}

impl WindowFunction {
    /// The function of this name, in lower case; aggregates are found elsewhere.
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "row_number" => Self::RowNumber,
            "rank" => Self::Rank,
            "dense_rank" => Self::DenseRank,
            "percent_rank" => Self::PercentRank,
            "cume_dist" => Self::CumeDist,
            "ntile" => Self::Ntile,
            "lag" => Self::Lag,
            "lead" => Self::Lead,
            "first_value" => Self::FirstValue,
            "last_value" => Self::LastValue,
            "nth_value" => Self::NthValue,
            _ => return None,
        })
    }
}

/// A call of a window function.
#[derive(Debug, Clone)]
pub struct WindowCall {
    /// The function.
    pub function: WindowFunction,
    /// Its arguments.
    pub args: Vec<Expr>,
    /// Its frame.
    pub frame: Frame,
    /// The result's type.
    pub ty: ExprType,
    /// Where the result goes.
    pub slot: usize,
}

/// A partition's rows.
pub struct Partition<'a> {
    /// Each row's frame.
    pub frames: &'a [Vec<Value>],
    /// For each row the range of rows that are equal to it in the order.
    pub peers: &'a [(usize, usize)],
    /// The window's order.
    pub order: &'a [SortKey],
}
