//! Operators that only let rows pass, count them, or add values.

use super::{Charge, Op, Operator, build};
use crate::query::expr::{Expr, ExprKind, hash_key};
use crate::query::keyed::KeySet;
use crate::query::plan::Limit;
use crate::query::{EvalContext, Interrupt};
use crate::value::compare::Comparison;
use crate::value::{SqlError, Value};

/// One row without columns.
#[derive(Default)]
pub(super) struct One {
    done: bool,
}

impl Operator for One {
    fn open(&mut self, _: &mut EvalContext<'_>, _: &mut [Value]) -> Result<(), Interrupt> {
        self.done = false;
        Ok(())
    }

    fn next(&mut self, _: &mut EvalContext<'_>, _: &mut [Value]) -> Result<bool, Interrupt> {
        Ok(!std::mem::replace(&mut self.done, true))
    }
}

/// No row.
pub(super) struct Nothing;

impl Operator for Nothing {
    fn open(&mut self, _: &mut EvalContext<'_>, _: &mut [Value]) -> Result<(), Interrupt> {
        Ok(())
    }

    fn next(&mut self, _: &mut EvalContext<'_>, _: &mut [Value]) -> Result<bool, Interrupt> {
        Ok(false)
    }
}

/// Rows that fulfil a condition.
pub(super) struct FilterOp<'p> {
    pub input: Op<'p>,
    pub condition: &'p Expr,
}

impl Operator for FilterOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        self.input.open(ctx, frame)
    }

    fn next(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        while self.input.next(ctx, frame)? {
            ctx.tick()?;
            if self.condition.passes(ctx, frame)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Values in slots.
pub(super) struct ComputeOp<'p> {
    pub input: Op<'p>,
    pub values: &'p [(usize, Expr)],
}

impl Operator for ComputeOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        self.input.open(ctx, frame)
    }

    fn next(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        if !self.input.next(ctx, frame)? {
            return Ok(false);
        }
        for (slot, expr) in self.values {
            let value = expr.eval(ctx, frame)?;
            if let Some(place) = frame.get_mut(*slot) {
                *place = value;
            }
        }
        Ok(true)
    }
}

/// Each row once.
pub(super) struct DistinctOp<'p> {
    input: Op<'p>,
    keys: &'p [(Expr, Comparison)],
    seen: KeySet,
    charge: Option<Charge>,
}

impl<'p> DistinctOp<'p> {
    pub fn new(input: Op<'p>, keys: &'p [(Expr, Comparison)]) -> Self {
        Self { input, keys, seen: KeySet::default(), charge: None }
    }
}

impl Operator for DistinctOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        self.seen.clear();
        self.charge = Some(ctx.memory.charge());
        self.input.open(ctx, frame)
    }

    fn next(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        while self.input.next(ctx, frame)? {
            let mut key = Vec::with_capacity(32);
            for (expr, how) in self.keys {
                hash_key(&expr.eval(ctx, frame)?, *how, &mut key);
            }
            let bytes = key.len() as u64 + 48;
            if self.seen.insert(key) {
                if let Some(charge) = &mut self.charge {
                    charge.add(bytes)?;
                }
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// LIMIT.
pub(super) struct LimitOp<'p> {
    plan: &'p Limit,
    input: Op<'p>,
    skip: u64,
    left: u64,
    passed: u64,
    ended: bool,
}

impl<'p> LimitOp<'p> {
    pub fn new(plan: &'p Limit) -> Self {
        let input = build(&plan.input);
        Self { plan, input, skip: 0, left: 0, passed: 0, ended: false }
    }

    /// Counts the rows that nobody wants.
    fn finish(
        &mut self,
        ctx: &mut EvalContext<'_>,
        frame: &mut [Value],
    ) -> Result<bool, Interrupt> {
        if self.plan.count_all && !self.ended {
            while self.input.next(ctx, frame)? {
                self.passed += 1;
            }
            ctx.found_rows = Some(self.passed);
        }
        self.ended = true;
        Ok(false)
    }
}

impl Operator for LimitOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        self.left = row_count(self.plan.limit.as_ref(), u64::MAX, ctx, frame)?;
        self.skip = row_count(self.plan.offset.as_ref(), 0, ctx, frame)?;
        self.passed = 0;
        self.ended = false;
        match self.left == 0 && !self.plan.count_all {
            true => {
                self.ended = true;
                Ok(())
            }
            false => self.input.open(ctx, frame),
        }
    }

    fn next(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        if self.ended {
            return Ok(false);
        }
        while self.left > 0 && self.input.next(ctx, frame)? {
            self.passed += 1;
            if self.skip > 0 {
                self.skip -= 1;
                continue;
            }
            self.left -= 1;
            return Ok(true);
        }
        self.finish(ctx, frame)
    }
}

/// The number in a LIMIT.
pub(super) fn row_count(
    expr: Option<&Expr>,
    otherwise: u64,
    ctx: &mut EvalContext<'_>,
    frame: &[Value],
) -> Result<u64, Interrupt> {
    let Some(expr) = expr else { return Ok(otherwise) };
    let from_parameter = matches!(expr.kind, ExprKind::Param(_));
    match expr.eval(ctx, frame)? {
        Value::UInt(number) => Ok(number),
        Value::Int(number) if number >= 0 => Ok(number as u64),
        Value::Null if from_parameter => Ok(0),
        Value::Text(text) if from_parameter && text.parse::<u64>().is_ok() => {
            Ok(text.parse().unwrap_or(0))
        }
        _ => Err(SqlError::new(1210, b"HY000", "Incorrect arguments to LIMIT").into()),
    }
}
