//! Hash joins: the inner side is read once into a table of hashes, within the statement's memory.

use super::join::set_null;
use super::{Charge, Op, Operator, build, row_bytes};
use crate::query::expr::hash_key;
use crate::query::keyed::KeyMap;
use crate::query::plan::{HashJoin, JoinKind};
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

/// A row's values in the inner side's slots.
type Kept = Box<[Value]>;

/// A hash join.
pub(super) struct HashJoinOp<'p> {
    plan: &'p HashJoin,
    outer: Op<'p>,
    inner: Op<'p>,
    rows: Vec<Kept>,
    by_key: KeyMap<Vec<u32>>,
    charge: Option<Charge>,
    /// The partners of the outer side's row that are still to come, last first.
    partners: Vec<u32>,
    inside: bool,
    matched: bool,
}

impl<'p> HashJoinOp<'p> {
    pub fn new(plan: &'p HashJoin) -> Self {
        Self {
            plan,
            outer: build(&plan.outer),
            inner: build(&plan.inner),
            rows: Vec::new(),
            by_key: KeyMap::default(),
            charge: None,
            partners: Vec::new(),
            inside: false,
            matched: false,
        }
    }

    /// Reads the inner side.
    fn fill(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        self.rows.clear();
        self.by_key.clear();
        let mut charge = ctx.memory.charge();
        self.inner.open(ctx, frame)?;
        while self.inner.next(ctx, frame)? {
            ctx.tick()?;
            let Some(key) = self.key(ctx, frame, false)? else { continue };
            let kept: Kept = self
                .plan
                .slots
                .iter()
                .map(|slot| frame.get(*slot).cloned().unwrap_or(Value::Null))
                .collect();
            charge.add(row_bytes(&kept) + key.len() as u64 + 64)?;
            self.by_key.entry(key).or_default().push(self.rows.len() as u32);
            self.rows.push(kept);
        }
        self.charge = Some(charge);
        Ok(())
    }

    /// The key of a row of one side; none where a part is NULL.
    fn key(
        &self,
        ctx: &mut EvalContext<'_>,
        frame: &[Value],
        of_outer: bool,
    ) -> Result<Option<Vec<u8>>, Interrupt> {
        let mut key = Vec::with_capacity(16);
        for (outer, inner, how) in &self.plan.keys {
            let value = if of_outer { outer } else { inner }.eval(ctx, frame)?;
            if matches!(value, Value::Null) {
                return Ok(None);
            }
            hash_key(&value, *how, &mut key);
        }
        Ok(Some(key))
    }

    fn find_partners(
        &mut self,
        ctx: &mut EvalContext<'_>,
        frame: &[Value],
    ) -> Result<(), Interrupt> {
        self.partners.clear();
        if let Some(key) = self.key(ctx, frame, true)?
            && let Some(found) = self.by_key.get(&key)
        {
            self.partners.extend(found.iter().rev());
        }
        Ok(())
    }

    fn partner(
        &mut self,
        ctx: &mut EvalContext<'_>,
        frame: &mut [Value],
    ) -> Result<bool, Interrupt> {
        while let Some(place) = self.partners.pop() {
            let Some(kept) = self.rows.get(place as usize) else { continue };
            for (slot, value) in self.plan.slots.iter().zip(kept.iter()) {
                if let Some(place) = frame.get_mut(*slot) {
                    *place = value.clone();
                }
            }
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

impl Operator for HashJoinOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        self.inside = false;
        self.fill(ctx, frame)?;
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
                self.find_partners(ctx, frame)?;
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
