//! UNION, INTERSECT, EXCEPT, and the rounds of a recursive CTE.

use crate::query::keyed::{KeyMap, KeySet};
use std::sync::Arc;

use super::limit::row_count;
use super::{Charge, Operator, Running, row_bytes};
use crate::query::expr::hash_key;
use crate::query::plan::{QueryPlan, Recursive, SetOperation, SetOperator};
use crate::query::{EvalContext, Interrupt};
use crate::value::compare::Comparison;
use crate::value::warning::Unheard;
use crate::value::{SqlError, StoreMode, Value, store};

fn key_of(row: &[Value], keys: &[Comparison]) -> Vec<u8> {
    let mut key = Vec::with_capacity(32);
    row.iter().zip(keys).for_each(|(value, how)| hash_key(value, *how, &mut key));
    key
}

fn put(frame: &mut [Value], slot: usize, row: &mut Vec<Value>) {
    for (place, value) in frame.iter_mut().skip(slot).zip(row.drain(..)) {
        *place = value;
    }
}

/// UNION, INTERSECT, EXCEPT.
pub(super) struct SetOperationOp<'p> {
    plan: &'p SetOperation,
    left: Running<'p>,
    right: Running<'p>,
    /// Keys that were handed on.
    seen: KeySet,
    /// INTERSECT and EXCEPT: how often the right side has each key.
    counts: KeyMap<u64>,
    on_right: bool,
    row: Vec<Value>,
    charge: Option<Charge>,
    /// What the right side needs, as it was when the operation began.
    imported: Vec<Value>,
}

impl<'p> SetOperationOp<'p> {
    pub fn new(plan: &'p SetOperation) -> Self {
        Self {
            plan,
            left: Running::new(&plan.left),
            right: Running::new(&plan.right),
            seen: KeySet::default(),
            counts: KeyMap::default(),
            on_right: false,
            row: Vec::new(),
            charge: None,
            imported: Vec::new(),
        }
    }

    fn count_right(&mut self, ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        self.right.restart(&self.plan.imports[1], &self.imported, ctx)?;
        loop {
            self.row.clear();
            if !self.right.next(ctx, &mut self.row)? {
                return Ok(());
            }
            let key = key_of(&self.row, &self.plan.keys);
            if let Some(charge) = &mut self.charge {
                charge.add(key.len() as u64 + 64)?;
            }
            *self.counts.entry(key).or_default() += 1;
        }
    }

    fn next_of_union(&mut self, ctx: &mut EvalContext<'_>) -> Result<bool, Interrupt> {
        loop {
            self.row.clear();
            let side = if self.on_right { &mut self.right } else { &mut self.left };
            if side.next(ctx, &mut self.row)? {
                if self.plan.all || self.is_new()? {
                    return Ok(true);
                }
                continue;
            }
            if self.on_right {
                return Ok(false);
            }
            self.on_right = true;
            self.right.restart(&self.plan.imports[1], &self.imported, ctx)?;
        }
    }

    fn is_new(&mut self) -> Result<bool, Interrupt> {
        let key = key_of(&self.row, &self.plan.keys);
        let bytes = key.len() as u64 + 64;
        let new = self.seen.insert(key);
        if let Some(charge) = self.charge.as_mut().filter(|_| new) {
            charge.add(bytes)?;
        }
        Ok(new)
    }

    fn next_of_difference(&mut self, ctx: &mut EvalContext<'_>) -> Result<bool, Interrupt> {
        let wants_match = self.plan.operator == SetOperator::Intersect;
        loop {
            self.row.clear();
            if !self.left.next(ctx, &mut self.row)? {
                return Ok(false);
            }
            let key = key_of(&self.row, &self.plan.keys);
            let found = match self.counts.get_mut(&key) {
                Some(count) if *count > 0 => {
                    // With ALL each row of the right side answers for one of the left.
                    *count -= u64::from(self.plan.all);
                    true
                }
                _ => false,
            };
            if found == wants_match && (self.plan.all || self.is_new()?) {
                return Ok(true);
            }
        }
    }
}

impl Operator for SetOperationOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        self.seen.clear();
        self.counts.clear();
        self.on_right = false;
        self.charge = Some(ctx.memory.charge());
        self.imported = frame.to_vec();
        if self.plan.operator != SetOperator::Union {
            self.count_right(ctx)?;
        }
        self.left.restart(&self.plan.imports[0], frame, ctx)
    }

    fn next(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        let found = match self.plan.operator {
            SetOperator::Union => self.next_of_union(ctx)?,
            _ => self.next_of_difference(ctx)?,
        };
        if found {
            put(frame, self.plan.slot, &mut self.row);
        }
        Ok(found)
    }
}

/// A recursive CTE.
pub(super) struct RecursiveOp<'p> {
    plan: &'p Recursive,
    rows: std::vec::IntoIter<Vec<Value>>,
    charge: Option<Charge>,
}

/// What the rounds have in common.
struct Rounds {
    all: Vec<Vec<Value>>,
    seen: KeySet,
    charge: Charge,
}

impl<'p> RecursiveOp<'p> {
    pub fn new(plan: &'p Recursive) -> Self {
        Self { plan, rows: Vec::new().into_iter(), charge: None }
    }

    /// One round's new rows.
    fn round(
        &self,
        plan: &QueryPlan,
        imports: &[(usize, usize)],
        rounds: &mut Rounds,
        ctx: &mut EvalContext<'_>,
        frame: &[Value],
    ) -> Result<Vec<Vec<Value>>, Interrupt> {
        let mut running = Running::start(plan, imports, frame, ctx)?;
        let mut new = Vec::new();
        let mode = ctx.store_mode();
        loop {
            let mut row = Vec::with_capacity(plan.outputs.len());
            if !running.next(ctx, &mut row)? {
                return Ok(new);
            }
            self.store(plan, &mut row, &mode)?;
            if self.plan.distinct && !rounds.seen.insert(key_of(&row, &self.plan.keys)) {
                continue;
            }
            rounds.charge.add(row_bytes(&row))?;
            new.push(row);
        }
    }
}

impl RecursiveOp<'_> {
    /// A row as the seed's columns hold it.
    fn store(&self, plan: &QueryPlan, row: &mut [Value], mode: &StoreMode) -> Result<(), SqlError> {
        let columns = self.plan.columns.iter().zip(&plan.outputs);
        for (value, ((name, to), from)) in row.iter_mut().zip(columns) {
            *value = store(value, Some(&from.ty.ty), to, mode, name, 1, &mut Unheard)?;
        }
        Ok(())
    }

    /// How many rows anybody wants.
    fn enough(&self, ctx: &mut EvalContext<'_>, frame: &[Value]) -> Result<usize, Interrupt> {
        let [limit, offset] = &self.plan.enough;
        let limit = row_count(limit.as_ref(), u64::MAX, ctx, frame)?;
        let offset = row_count(offset.as_ref(), 0, ctx, frame)?;
        Ok(usize::try_from(limit.saturating_add(offset)).unwrap_or(usize::MAX))
    }
}

impl Operator for RecursiveOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        let limit = ctx.session.variables.cte_max_recursion_depth;
        let charge = ctx.memory.charge();
        let mut rounds = Rounds { all: Vec::new(), seen: KeySet::default(), charge };
        let plan = self.plan;
        let mut new = self.round(&plan.seed, &plan.imports[0], &mut rounds, ctx, frame)?;
        let mut depth = 0;
        let outer = ctx.working.remove(&plan.cte);
        let enough = self.enough(ctx, frame)?;
        while !new.is_empty() {
            if rounds.all.len() + new.len() >= enough {
                rounds.all.append(&mut new);
                break;
            }
            depth += 1;
            if depth > limit + 1 {
                let message = format!(
                    "Recursive query aborted after {} iterations. Try increasing @@cte_max_recursion_depth to a larger value.",
                    limit + 1
                );
                return Err(SqlError::new(3636, b"HY000", message).into());
            }
            rounds.all.extend(new.iter().cloned());
            ctx.working.insert(plan.cte, Arc::new(new));
            new = self.round(&plan.step, &plan.imports[1], &mut rounds, ctx, frame)?;
        }
        ctx.working.remove(&plan.cte);
        if let Some(outer) = outer {
            ctx.working.insert(plan.cte, outer);
        }
        self.rows = rounds.all.into_iter();
        self.charge = Some(rounds.charge);
        Ok(())
    }

    fn next(&mut self, _: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        let Some(mut row) = self.rows.next() else { return Ok(false) };
        put(frame, self.plan.slot, &mut row);
        Ok(true)
    }
}
