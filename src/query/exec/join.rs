//! Nested loops: for each row of one side the rows of the other, found by what is in the frame.

use super::{Op, Operator, build};
use crate::query::plan::{JoinKind, NestedLoop};
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

/// Nested loops.
pub(super) struct NestedLoopOp<'p> {
    plan: &'p NestedLoop,
    outer: Op<'p>,
    inner: Op<'p>,
    /// The inner side is open for a row of the outer one.
    inside: bool,
    matched: bool,
}

impl<'p> NestedLoopOp<'p> {
    pub fn new(plan: &'p NestedLoop) -> Self {
        let (outer, inner) = (build(&plan.outer), build(&plan.inner));
        Self { plan, outer, inner, inside: false, matched: false }
    }

    /// The next partner of the outer side's row.
    fn partner(
        &mut self,
        ctx: &mut EvalContext<'_>,
        frame: &mut [Value],
    ) -> Result<bool, Interrupt> {
        while self.inner.next(ctx, frame)? {
            match &self.plan.on {
                Some(on) if !on.passes(ctx, frame)? => {}
                _ => {
                    self.matched = true;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

impl Operator for NestedLoopOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        self.inside = false;
        self.outer.open(ctx, frame)
    }

    fn next(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        loop {
            if !self.inside {
                if !self.outer.next(ctx, frame)? {
                    return Ok(false);
                }
                ctx.tick()?;
                self.inside = true;
                self.matched = false;
                self.inner.open(ctx, frame)?;
            }
            if self.partner(ctx, frame)? {
                return Ok(true);
            }
            self.inside = false;
            if self.plan.kind == JoinKind::Left && !self.matched {
                set_null(frame, &self.plan.slots);
                return Ok(true);
            }
        }
    }
}

/// The row without a partner.
pub(super) fn set_null(frame: &mut [Value], slots: &[usize]) {
    for slot in slots {
        if let Some(place) = frame.get_mut(*slot) {
            *place = Value::Null;
        }
    }
}
