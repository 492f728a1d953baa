//! ORDER BY: rows are kept, ordered, and handed on; with LIMIT only as many as are wanted.

use std::cmp::Ordering;

use super::limit::row_count;
use super::{Charge, Op, Operator, build, row_bytes};
use crate::query::expr::{Expr, comparison_with_itself};
use crate::query::plan::{Sort, SortKey};
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::collation::Collation;
use crate::value::compare::{Comparison, compare};

/// A row that is kept: what orders it, and the slots that are read later.
pub(crate) struct Sorted {
    keys: Box<[Value]>,
    /// The kept slots' values.
    pub row: Box<[Value]>,
}

/// How keys are ordered.
pub(crate) struct Order {
    directions: Vec<(Comparison, bool)>,
}

impl Order {
    /// The order of these keys.
    pub fn new(keys: &[SortKey]) -> Self {
        let direction = |key: &SortKey| (comparison_with_itself(&key.expr.ty), key.descending);
        Self { directions: keys.iter().map(direction).collect() }
    }

    /// The values that order a row, ready to be compared.
    pub fn keys(
        &self,
        keys: &[SortKey],
        ctx: &mut EvalContext<'_>,
        frame: &[Value],
    ) -> Result<Box<[Value]>, Interrupt> {
        let mut values = Vec::with_capacity(keys.len());
        for (key, (how, _)) in keys.iter().zip(&self.directions) {
            values.push(prepare(key.expr.eval(ctx, frame)?, *how));
        }
        Ok(values.into())
    }

    /// Which of two rows comes first.
    pub fn compare(&self, one: &[Value], other: &[Value]) -> Ordering {
        for ((a, b), (how, descending)) in one.iter().zip(other).zip(&self.directions) {
            let order = compare_prepared(a, b, *how);
            if order.is_ne() {
                return if *descending { order.reverse() } else { order };
            }
        }
        Ordering::Equal
    }
}

/// Text as the bytes by which it is ordered.
fn prepare(value: Value, how: Comparison) -> Value {
    let (Value::Text(text), Comparison::Text(collation)) = (&value, how) else { return value };
    let Some(collation) = Collation::by_id(collation) else { return value };
    let mut key = Vec::with_capacity(text.len() * 2);
    collation.sort_key(text, &mut key);
    Value::Bytes(key.into())
}

fn compare_prepared(one: &Value, other: &Value, how: Comparison) -> Ordering {
    match (one, other) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        _ => compare(one, other, how).unwrap_or(Ordering::Equal),
    }
}

/// ORDER BY.
pub(super) struct SortOp<'p> {
    plan: &'p Sort,
    input: Op<'p>,
    order: Order,
    rows: std::vec::IntoIter<Sorted>,
    charge: Option<Charge>,
}

impl<'p> SortOp<'p> {
    pub fn new(plan: &'p Sort) -> Self {
        let order = Order::new(&plan.keys);
        let rows = Vec::new().into_iter();
        Self { plan, input: build(&plan.input), order, rows, charge: None }
    }

    /// How many rows are wanted.
    fn wanted(&self, ctx: &mut EvalContext<'_>, frame: &[Value]) -> Result<usize, Interrupt> {
        let Some((limit, offset)) = &self.plan.limit else { return Ok(usize::MAX) };
        let limit = row_count(Some(limit), u64::MAX, ctx, frame)?;
        let offset = row_count(offset.as_ref(), 0, ctx, frame)?;
        Ok(usize::try_from(limit.saturating_add(offset)).unwrap_or(usize::MAX))
    }
}

/// Rows beyond those wanted that are let pile up before they are dropped.
const SLACK: usize = 256;

impl Operator for SortOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        let wanted = self.wanted(ctx, frame)?;
        let most = wanted.saturating_mul(2).saturating_add(SLACK);
        let mut charge = ctx.memory.charge();
        let mut rows: Vec<Sorted> = Vec::new();
        let order = &self.order;
        let sort = |rows: &mut Vec<Sorted>| {
            rows.sort_by(|one, other| order.compare(&one.keys, &other.keys));
            rows.truncate(wanted);
        };
        self.input.open(ctx, frame)?;
        while self.input.next(ctx, frame)? {
            ctx.tick()?;
            let keys = order.keys(&self.plan.keys, ctx, frame)?;
            let row = keep(&self.plan.kept, frame);
            charge.add(row_bytes(&keys) + row_bytes(&row))?;
            rows.push(Sorted { keys, row });
            if rows.len() > most {
                sort(&mut rows);
                charge.release();
                let kept: u64 =
                    rows.iter().map(|row| row_bytes(&row.keys) + row_bytes(&row.row)).sum();
                charge.add(kept)?;
            }
        }
        sort(&mut rows);
        self.rows = rows.into_iter();
        self.charge = Some(charge);
        Ok(())
    }

    fn next(&mut self, _: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        let Some(sorted) = self.rows.next() else { return Ok(false) };
        restore(&self.plan.kept, sorted.row, frame);
        Ok(true)
    }
}

/// The values of some slots.
pub(crate) fn keep(slots: &[usize], frame: &[Value]) -> Box<[Value]> {
    slots.iter().map(|slot| frame.get(*slot).cloned().unwrap_or(Value::Null)).collect()
}

/// Puts kept values back.
pub(crate) fn restore(slots: &[usize], row: Box<[Value]>, frame: &mut [Value]) {
    for (slot, value) in slots.iter().zip(row.into_vec()) {
        if let Some(place) = frame.get_mut(*slot) {
            *place = value;
        }
    }
}

/// Keys that order by these expressions, upwards.
pub(crate) fn ascending(exprs: &[Expr]) -> Vec<SortKey> {
    exprs.iter().map(|expr| SortKey { expr: expr.clone(), descending: false }).collect()
}
