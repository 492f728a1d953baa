//! GROUP BY: groups in the order in which they turn up; with ROLLUP ordered, each followed by its totals.

use super::sort::{Order, ascending, keep, restore};
use super::{Charge, Op, Operator, build, row_bytes};
use crate::query::aggregates::Accumulator;
use crate::query::expr::{Expr, hash_key};
use crate::query::keyed::KeyMap;
use crate::query::plan::Aggregate;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

/// A group.
struct Group {
    /// The values it is grouped by.
    keys: Box<[Value]>,
    /// Values of its first row.
    kept: Box<[Value]>,
    accumulators: Vec<Accumulator>,
    /// How many keys are left out at the end: 0 but for totals.
    level: usize,
}

/// GROUP BY.
pub(super) struct AggregateOp<'p> {
    plan: &'p Aggregate,
    input: Op<'p>,
    groups: std::vec::IntoIter<Group>,
    charge: Option<Charge>,
}

impl<'p> AggregateOp<'p> {
    pub fn new(plan: &'p Aggregate) -> Self {
        Self { plan, input: build(&plan.input), groups: Vec::new().into_iter(), charge: None }
    }

    fn accumulators(&self) -> Vec<Accumulator> {
        self.plan.calls.iter().map(Accumulator::new).collect()
    }

    /// Reads the whole input.
    fn gather(
        &mut self,
        ctx: &mut EvalContext<'_>,
        frame: &mut [Value],
        charge: &mut Charge,
    ) -> Result<Vec<Group>, Interrupt> {
        if self.plan.keys.is_empty() && self.plan.single {
            return self.gather_one(ctx, frame, charge);
        }
        let mut groups: Vec<Group> = Vec::new();
        let mut by_key: KeyMap<usize> = KeyMap::default();
        let levels = if self.plan.rollup { self.plan.keys.len() } else { 0 };
        self.input.open(ctx, frame)?;
        while self.input.next(ctx, frame)? {
            ctx.tick()?;
            let keys = self.keys(ctx, frame)?;
            for level in 0..=levels {
                let place = self.find(&keys, level, &mut groups, &mut by_key, frame, charge)?;
                let Some(group) = groups.get_mut(place) else { continue };
                for (accumulator, call) in group.accumulators.iter_mut().zip(&self.plan.calls) {
                    accumulator.add(call, ctx, frame, charge)?;
                }
            }
        }
        Ok(groups)
    }

    /// The same without GROUP BY: all rows are one group, which is there without any.
    fn gather_one(
        &mut self,
        ctx: &mut EvalContext<'_>,
        frame: &mut [Value],
        charge: &mut Charge,
    ) -> Result<Vec<Group>, Interrupt> {
        let mut accumulators = self.accumulators();
        let mut kept: Option<Box<[Value]>> = None;
        self.input.open(ctx, frame)?;
        while self.input.next(ctx, frame)? {
            ctx.tick()?;
            kept.get_or_insert_with(|| keep(&self.plan.kept, frame));
            for (accumulator, call) in accumulators.iter_mut().zip(&self.plan.calls) {
                accumulator.add(call, ctx, frame, charge)?;
            }
        }
        let kept = kept.unwrap_or_else(|| self.plan.kept.iter().map(|_| Value::Null).collect());
        Ok(vec![Group { keys: Box::new([]), kept, accumulators, level: 0 }])
    }

    fn keys(&self, ctx: &mut EvalContext<'_>, frame: &[Value]) -> Result<Vec<Value>, Interrupt> {
        self.plan.keys.iter().map(|key| key.expr.eval(ctx, frame)).collect()
    }

    /// The group of these keys, made where it is new.
    fn find(
        &self,
        keys: &[Value],
        level: usize,
        groups: &mut Vec<Group>,
        by_key: &mut KeyMap<usize>,
        frame: &[Value],
        charge: &mut Charge,
    ) -> Result<usize, Interrupt> {
        let mut bytes = Vec::with_capacity(32);
        if level > 0 {
            bytes.push(level as u8);
        }
        let left = keys.len() - level.min(keys.len());
        for (key, value) in self.plan.keys.iter().zip(keys).take(left) {
            hash_key(value, key.how, &mut bytes);
        }
        if let Some(place) = by_key.get(&bytes) {
            return Ok(*place);
        }
        let own = keys.iter().enumerate();
        let own = own.map(|(at, value)| if at < left { value.clone() } else { Value::Null });
        let group = Group {
            keys: own.collect(),
            kept: keep(&self.plan.kept, frame),
            accumulators: self.accumulators(),
            level,
        };
        let states = group.accumulators.len() as u64 * 96;
        charge
            .add(row_bytes(&group.keys) + row_bytes(&group.kept) + states + bytes.len() as u64)?;
        by_key.insert(bytes, groups.len());
        groups.push(group);
        Ok(groups.len() - 1)
    }

    /// Groups by their keys, totals behind what they sum up.
    fn in_order(&self, groups: Vec<Group>) -> Vec<Group> {
        let exprs: Vec<Expr> = self.plan.keys.iter().map(|key| key.expr.clone()).collect();
        let order = Order::new(&ascending(&exprs));
        let mut groups = groups;
        let count = self.plan.keys.len();
        groups.sort_by(|one, other| {
            let own = (count - one.level).min(count - other.level);
            let keys = |group: &Group| group.keys.get(..own).unwrap_or_default().to_vec();
            order.compare(&keys(one), &keys(other)).then(one.level.cmp(&other.level))
        });
        groups
    }
}

impl Operator for AggregateOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        let mut charge = ctx.memory.charge();
        let mut groups = self.gather(ctx, frame, &mut charge)?;
        if self.plan.rollup {
            groups = self.in_order(groups);
        }
        self.groups = groups.into_iter();
        self.charge = Some(charge);
        Ok(())
    }

    fn next(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        let Some(group) = self.groups.next() else { return Ok(false) };
        restore(&self.plan.kept, group.kept, frame);
        for (key, value) in self.plan.keys.iter().zip(group.keys.into_vec()) {
            if let Some(place) = frame.get_mut(key.slot) {
                *place = value;
            }
        }
        for (accumulator, call) in group.accumulators.into_iter().zip(&self.plan.calls) {
            let value = accumulator.finish(call, ctx)?;
            if let Some(place) = frame.get_mut(call.slot) {
                *place = value;
            }
        }
        if let Some(place) = self.plan.level_slot.and_then(|slot| frame.get_mut(slot)) {
            *place = Value::Int(group.level as i64);
        }
        Ok(true)
    }
}
