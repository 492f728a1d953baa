//! Running a plan: operators that pull rows through one frame.
//!
//! ```text
//! outputs ◀─ limit ◀─ sort ◀─ aggregate ◀─ join ◀─ scan      each fills its slots of the frame
//! ```

mod aggregate;
mod derived;
pub mod direct;
mod hash_join;
mod join;
pub mod keys;
mod limit;
mod memory;
mod scan;
mod set_operation;
mod sort;
mod window;

use std::sync::Arc;

use super::expr::{Expr, ExprKind};
use super::plan::{Node, QueryPlan};
use super::{EvalContext, Heading, Interrupt, ResultSink};
use crate::value::Value;

pub(crate) use sort::Order;

pub use memory::{Charge, MemoryMeter, row_bytes};

/// An operator at work.
pub trait Operator {
    /// Begins, or begins again: what it depends on is in the frame.
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt>;
    /// Puts the next row into the frame; whether there was one.
    fn next(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt>;
}

/// An operator of a plan.
pub type Op<'p> = Box<dyn Operator + 'p>;

/// The operator for a node.
pub fn build(node: &Node) -> Op<'_> {
    match node {
        Node::One => Box::new(limit::One::default()),
        Node::Nothing => Box::new(limit::Nothing),
        Node::Scan(scan) => Box::new(scan::ScanOp::new(scan)),
        Node::Virtual(scan) => Box::new(derived::VirtualOp::new(scan)),
        Node::Derived(plan) => Box::new(derived::DerivedOp::new(plan)),
        Node::Working { cte, slot } => Box::new(derived::WorkingOp::new(*cte, *slot)),
        Node::Rows { rows, slot } => Box::new(derived::RowsOp::new(rows, *slot)),
        Node::Filter { input, condition } => {
            Box::new(limit::FilterOp { input: build(input), condition })
        }
        Node::NestedLoop(plan) => Box::new(join::NestedLoopOp::new(plan)),
        Node::HashJoin(plan) => Box::new(hash_join::HashJoinOp::new(plan)),
        Node::Aggregate(plan) => Box::new(aggregate::AggregateOp::new(plan)),
        Node::Window(plan) => Box::new(window::WindowOp::new(plan)),
        Node::Compute { input, values } => {
            Box::new(limit::ComputeOp { input: build(input), values })
        }
        Node::Distinct { input, keys } => Box::new(limit::DistinctOp::new(build(input), keys)),
        Node::Sort(plan) => Box::new(sort::SortOp::new(plan)),
        Node::Limit(plan) => Box::new(limit::LimitOp::new(plan)),
        Node::SetOperation(plan) => Box::new(set_operation::SetOperationOp::new(plan)),
        Node::Recursive(plan) => Box::new(set_operation::RecursiveOp::new(plan)),
        Node::CountRows { table, slot } => Box::new(scan::CountRowsOp::new(table, *slot)),
    }
}

/// A query at work, with a frame of its own.
pub struct Running<'p> {
    plan: &'p QueryPlan,
    root: Op<'p>,
    frame: Vec<Value>,
}

impl<'p> Running<'p> {
    /// Begins a query; `imports` are slots of `outer` and of its own frame.
    pub fn start(
        plan: &'p QueryPlan,
        imports: &[(usize, usize)],
        outer: &[Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<Self, Interrupt> {
        let mut running = Self::new(plan);
        running.restart(imports, outer, ctx)?;
        Ok(running)
    }

    /// A query that has not begun.
    pub fn new(plan: &'p QueryPlan) -> Self {
        Self { plan, root: build(&plan.root), frame: vec![Value::Null; plan.frame] }
    }

    /// Begins again.
    pub fn restart(
        &mut self,
        imports: &[(usize, usize)],
        outer: &[Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        for (from, to) in imports {
            if let (Some(place), Some(value)) = (self.frame.get_mut(*to), outer.get(*from)) {
                *place = value.clone();
            }
        }
        self.root.open(ctx, &mut self.frame)
    }

    /// The next row of the result, appended to `out`; whether there was one.
    pub fn next(
        &mut self,
        ctx: &mut EvalContext<'_>,
        out: &mut Vec<Value>,
    ) -> Result<bool, Interrupt> {
        if !self.root.next(ctx, &mut self.frame)? {
            return Ok(false);
        }
        for output in &self.plan.outputs {
            out.push(output.eval(ctx, &self.frame)?);
        }
        Ok(true)
    }
}

/// The first rows of a query, at most `limit`.
pub fn collect(
    plan: &QueryPlan,
    imports: &[(usize, usize)],
    outer: &[Value],
    limit: usize,
    ctx: &mut EvalContext<'_>,
) -> Result<Vec<Vec<Value>>, Interrupt> {
    let mut charge = ctx.memory.charge();
    let mut rows = Vec::new();
    let mut running = Running::start(plan, imports, outer, ctx)?;
    while rows.len() < limit {
        let mut row = Vec::with_capacity(plan.outputs.len());
        if !running.next(ctx, &mut row)? {
            break;
        }
        charge.add(row_bytes(&row))?;
        rows.push(row);
    }
    Ok(rows)
}

/// The slots that are the result's columns, where nothing is computed for them.
fn slots(plan: &QueryPlan) -> Option<Vec<usize>> {
    let slot = |output: &Expr| match output.kind {
        ExprKind::Slot(slot) => Some(slot),
        _ => None,
    };
    plan.outputs.iter().map(slot).collect()
}

/// Hands a query's rows to a sink; how many there were.
pub fn emit(
    plan: &QueryPlan,
    ctx: &mut EvalContext<'_>,
    heading: &Arc<Heading>,
    sink: &mut dyn ResultSink,
) -> Result<u64, Interrupt> {
    let mut running = Running::start(plan, &[], &[], ctx)?;
    sink.heading(heading)?;
    let mut count = 0;
    if let Some(slots) = slots(plan) {
        while running.root.next(ctx, &mut running.frame)? {
            sink.row_of(&running.frame, &slots)?;
            count += 1;
        }
        return Ok(count);
    }
    let mut row = Vec::with_capacity(plan.outputs.len());
    while running.next(ctx, &mut row)? {
        sink.row(&row)?;
        row.clear();
        count += 1;
    }
    Ok(count)
}
