//! How a query runs: a tree of operators over frames.
//!
//! Each query block has one frame, a row of slots. Operators fill slots and hand the frame on: a scan its
//! table's, a join those of both sides, an aggregation those of its results. So an expression finds a value
//! in the same slot wherever in the block it stands, and no row is copied but where rows must be kept
//! (sorting, hashing, grouping).

mod access;
mod columns;
mod constants;
mod covered;
mod join;
mod order;
mod units;

pub use access::{Bound, KeyPlan, PointPlan, RangePlan};
pub use columns::result_column;
pub use constants::{fold, in_set, is_always, is_never};
pub use join::{JoinInput, plan_from};
pub use order::OrderWish;
pub use units::{FromTree, SourceKind, SourcePlan, shape_of};

use std::sync::Arc;

use super::aggregates::AggregateCall;
use super::expr::{Expr, ExprType};
use super::windows::WindowCall;
use super::{ResultColumn, VirtualTable};
use crate::engine::catalog::TableDef;
use crate::value::compare::Comparison;
use crate::value::types::ColumnType;

/// A compiled query: rows out of a frame.
#[derive(Debug)]
pub struct QueryPlan {
    /// What fills the frame.
    pub root: Node,
    /// How many slots the frame has.
    pub frame: usize,
    /// What a row of the result is, over the frame.
    pub outputs: Vec<Expr>,
    /// The result's columns.
    pub columns: Vec<ResultColumn>,
}

impl QueryPlan {
    /// The types of the result's columns.
    pub fn types(&self) -> Vec<ExprType> {
        self.columns.iter().map(|column| column.ty.clone()).collect()
    }
}

/// An operator.
#[derive(Debug)]
pub enum Node {
    /// One row without columns: a query without FROM.
    One,
    /// No row: a condition that is never true.
    Nothing,
    /// Rows of a table.
    Scan(Box<Scan>),
    /// Rows of a computed table.
    Virtual(Box<VirtualScan>),
    /// Rows of a query in FROM.
    Derived(Box<Derived>),
    /// The rows that the last round of a recursive CTE has made.
    Working {
        /// The CTE.
        cte: usize,
        /// Where its columns go.
        slot: usize,
    },
    /// Constant rows: VALUES.
    Rows {
        /// Each row's values.
        rows: Vec<Vec<Expr>>,
        /// Where they go.
        slot: usize,
    },
    /// JSON_TABLE and other functions that yield rows.
    Filter {
        /// Its input.
        input: Box<Node>,
        /// What rows must fulfil.
        condition: Expr,
    },
    /// For each row of one side the rows of the other.
    NestedLoop(Box<NestedLoop>),
    /// The rows of one side by a table of hashes of the other.
    HashJoin(Box<HashJoin>),
    /// GROUP BY.
    Aggregate(Box<Aggregate>),
    /// Window functions over one window.
    Window(Box<Window>),
    /// Values that are wanted in slots.
    Compute {
        /// Its input.
        input: Box<Node>,
        /// The slots and their values.
        values: Vec<(usize, Expr)>,
    },
    /// DISTINCT.
    Distinct {
        /// Its input.
        input: Box<Node>,
        /// What makes rows equal.
        keys: Vec<(Expr, Comparison)>,
    },
    /// ORDER BY.
    Sort(Box<Sort>),
    /// LIMIT.
    Limit(Box<Limit>),
    /// UNION, INTERSECT, EXCEPT.
    SetOperation(Box<SetOperation>),
    /// A recursive CTE.
    Recursive(Box<Recursive>),
    /// COUNT(*) of a whole table.
    CountRows {
        /// The table.
        table: Arc<TableDef>,
        /// Where the number goes.
        slot: usize,
    },
}

/// How rows are locked as they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowLock {
    /// FOR UPDATE, or FOR SHARE.
    pub exclusive: bool,
    /// NOWAIT, SKIP LOCKED, or wait.
    pub conflict: Conflict,
}

/// What to do about a row that is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Conflict {
    /// Wait for it.
    #[default]
    Wait,
    /// Fail: 3572.
    Nowait,
    /// Leave it out.
    Skip,
}

/// Rows of a table.
#[derive(Debug)]
pub struct Scan {
    /// The table.
    pub table: Arc<TableDef>,
    /// What it is called in the statement.
    pub alias: Arc<str>,
    /// Columns that are wanted, and their slots.
    pub columns: Vec<(usize, usize)>,
    /// Where the row's key goes, for statements that change the row.
    pub key_slot: Option<usize>,
    /// The store's number of the index; 0 is the order of the rows.
    pub index: usize,
    /// Which keys.
    pub keys: KeyPlan,
    /// From large keys to small ones.
    pub backward: bool,
    /// What rows must fulfil.
    pub filter: Option<Expr>,
    /// The part of it that the keys do not see to, as long as the index can place their values.
    pub residual: Option<Expr>,
    /// Whether rows are locked.
    pub lock: Option<RowLock>,
    /// How many rows are expected.
    pub rows: f64,
}

/// Rows of a computed table.
pub struct VirtualScan {
    /// The table.
    pub table: &'static dyn VirtualTable,
    /// What it is called in the statement.
    pub alias: Arc<str>,
    /// Columns that are wanted, and their slots.
    pub columns: Vec<(usize, usize)>,
    /// Columns whose value is known before.
    pub equal: Vec<(usize, Expr)>,
    /// What rows must fulfil.
    pub filter: Option<Expr>,
}

impl std::fmt::Debug for VirtualScan {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "VirtualScan({})", self.table.name())
    }
}

/// Rows of a query in FROM.
#[derive(Debug)]
pub struct Derived {
    /// The query.
    pub plan: Arc<QueryPlan>,
    /// What it is called in the statement.
    pub alias: Arc<str>,
    /// The slot of its first column.
    pub slot: usize,
    /// What it needs of the enclosing frame: slots there, and in its own.
    pub imports: Vec<(usize, usize)>,
    /// A CTE: its rows are kept under this number for other references.
    pub shared: Option<usize>,
}

/// How two sides join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// Pairs that fulfil the condition.
    Inner,
    /// The same, and rows of the left side without a partner.
    Left,
}

/// For each row of one side the rows of the other.
#[derive(Debug)]
pub struct NestedLoop {
    /// The side that is read once.
    pub outer: Node,
    /// The side that is read for each row.
    pub inner: Node,
    /// Inner or left.
    pub kind: JoinKind,
    /// ON, as far as the inner side does not see to it itself.
    pub on: Option<Expr>,
    /// The inner side's slots, NULL without a partner.
    pub slots: Vec<usize>,
}

/// The rows of one side by a table of hashes of the other.
#[derive(Debug)]
pub struct HashJoin {
    /// The side that is read row by row.
    pub outer: Node,
    /// The side that is kept.
    pub inner: Node,
    /// Inner or left.
    pub kind: JoinKind,
    /// Pairs that must be equal: of the outer side, of the inner side.
    pub keys: Vec<(Expr, Expr, Comparison)>,
    /// The rest of ON.
    pub on: Option<Expr>,
    /// The inner side's slots.
    pub slots: Vec<usize>,
}

/// GROUP BY.
#[derive(Debug)]
pub struct Aggregate {
    /// Its input.
    pub input: Node,
    /// What is grouped by, and where those values go.
    pub keys: Vec<GroupKey>,
    /// WITH ROLLUP.
    pub rollup: bool,
    /// What is computed for each group.
    pub calls: Vec<AggregateCall>,
    /// Slots whose values in a group's first row are kept.
    pub kept: Vec<usize>,
    /// The slot that counts the keys which a super-aggregate row leaves out (`GROUPING()`).
    pub level_slot: Option<usize>,
    /// Without GROUP BY: one row, also for no input.
    pub single: bool,
}

/// One expression of GROUP BY.
#[derive(Debug)]
pub struct GroupKey {
    /// The expression.
    pub expr: Expr,
    /// How its values are compared.
    pub how: Comparison,
    /// Where its value goes; NULL in super-aggregate rows.
    pub slot: usize,
}

/// Window functions over one window.
#[derive(Debug)]
pub struct Window {
    /// Its input.
    pub input: Node,
    /// PARTITION BY.
    pub partition: Vec<Expr>,
    /// ORDER BY.
    pub order: Vec<SortKey>,
    /// The functions.
    pub calls: Vec<WindowCall>,
    /// How many slots a row has.
    pub frame: usize,
}

/// One key of ORDER BY.
#[derive(Debug, Clone)]
pub struct SortKey {
    /// The expression.
    pub expr: Expr,
    /// DESC.
    pub descending: bool,
}

/// ORDER BY.
#[derive(Debug)]
pub struct Sort {
    /// Its input.
    pub input: Node,
    /// The keys.
    pub keys: Vec<SortKey>,
    /// Slots that are read later on.
    pub kept: Vec<usize>,
    /// How many rows are wanted, with those that OFFSET leaves out.
    pub limit: Option<(Expr, Option<Expr>)>,
    /// The input is a DISTINCT by the same keys: equal rows lie together here, which is where they are dropped.
    pub dedups: bool,
}

/// LIMIT.
#[derive(Debug)]
pub struct Limit {
    /// Its input.
    pub input: Node,
    /// How many rows.
    pub limit: Option<Expr>,
    /// How many are left out before.
    pub offset: Option<Expr>,
    /// SQL_CALC_FOUND_ROWS: the rest is counted.
    pub count_all: bool,
}

/// The set operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    /// UNION.
    Union,
    /// INTERSECT.
    Intersect,
    /// EXCEPT.
    Except,
}

/// UNION, INTERSECT, EXCEPT.
#[derive(Debug)]
pub struct SetOperation {
    /// Where rows go.
    pub slot: usize,
    /// Which.
    pub operator: SetOperator,
    /// ALL.
    pub all: bool,
    /// Left side; its outputs have the common types.
    pub left: Box<QueryPlan>,
    /// Right side.
    pub right: Box<QueryPlan>,
    /// How rows are compared.
    pub keys: Vec<Comparison>,
    /// What each side needs of this frame: slots here, and there.
    pub imports: [Vec<(usize, usize)>; 2],
}

/// A recursive CTE.
#[derive(Debug)]
pub struct Recursive {
    /// Where rows go.
    pub slot: usize,
    /// Its number.
    pub cte: usize,
    /// The rows to begin with.
    pub seed: QueryPlan,
    /// What makes the next round's rows.
    pub step: QueryPlan,
    /// UNION DISTINCT.
    pub distinct: bool,
    /// The columns that rows are stored in.
    pub columns: Vec<(Arc<str>, ColumnType)>,
    /// How rows are compared.
    pub keys: Vec<Comparison>,
    /// What each part needs of this frame.
    pub imports: [Vec<(usize, usize)>; 2],
    /// LIMIT and its offset: so many rows are enough.
    pub enough: [Option<Expr>; 2],
}
