//! ORDER BY: rows are kept, ordered, and handed on; with LIMIT only as many as are wanted.

use std::cmp::Ordering;

use super::limit::row_count;
use super::{Charge, Op, Operator, build, row_bytes};
use crate::query::expr::{Expr, comparison_with_itself};
use crate::query::plan::{Node, Sort, SortKey};
use crate::query::{EvalContext, Interrupt};
use crate::value::collation::Collation;
use crate::value::compare::{Comparison, compare};
use crate::value::{SqlError, Value};

/// How keys are ordered.
pub(crate) struct Order {
    directions: Vec<Direction>,
}

/// How one key is ordered.
struct Direction {
    how: Comparison,
    /// Of texts.
    collation: Option<&'static Collation>,
    descending: bool,
}

impl Direction {
    fn of(key: &SortKey) -> Self {
        let how = comparison_with_itself(&key.expr.ty);
        let collation = match how {
            Comparison::Text(collation) => Collation::by_id(collation),
            _ => None,
        };
        Self { how, collation, descending: key.descending }
    }

    fn compare(&self, one: &Value, other: &Value) -> Ordering {
        let order = match (one, other, self.collation) {
            (Value::Null, Value::Null, _) => Ordering::Equal,
            (Value::Null, ..) => Ordering::Less,
            (_, Value::Null, _) => Ordering::Greater,
            (Value::Int(a), Value::Int(b), None) => a.cmp(b),
            // Most texts differ within their first characters: no key of all of them is worth its making.
            (Value::Text(a), Value::Text(b), Some(collation)) => collation.compare(a, b),
            (Value::Bytes(a), Value::Bytes(b), _) => a.cmp(b),
            _ => compare(one, other, self.how).unwrap_or(Ordering::Equal),
        };
        if self.descending { order.reverse() } else { order }
    }
}

impl Order {
    /// The order of these keys.
    pub fn new(keys: &[SortKey]) -> Self {
        Self { directions: keys.iter().map(Direction::of).collect() }
    }

    /// The values that order a row.
    pub fn keys(
        &self,
        keys: &[SortKey],
        ctx: &mut EvalContext<'_>,
        frame: &[Value],
    ) -> Result<Box<[Value]>, Interrupt> {
        keys.iter().map(|key| key.expr.eval(ctx, frame)).collect()
    }

    /// Which of two rows comes first.
    pub fn compare(&self, one: &[Value], other: &[Value]) -> Ordering {
        for (at, direction) in self.directions.iter().enumerate() {
            let (Some(a), Some(b)) = (one.get(at), other.get(at)) else { break };
            let order = direction.compare(a, b);
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }

    /// A number for a row whose order is that of the rows as far as it goes: rows of one number have to be
    /// compared. `None` where there is no such number.
    fn prefix(&self, row: &[Value]) -> Option<u64> {
        let (direction, value) = (self.directions.first()?, row.first()?);
        let prefix = match (value, direction.how, direction.collation) {
            (Value::Null, ..) => 0,
            // NULL is below all others, so one bit is theirs.
            (Value::Int(number), Comparison::Int, _) => (*number as u64 ^ 1 << 63) >> 1 | 1 << 63,
            (Value::Text(text), _, Some(collation)) => collation.prefix(text)? >> 1 | 1 << 63,
            _ => return None,
        };
        Some(if direction.descending { !prefix } else { prefix })
    }
}

/// Rows that are kept, one behind the other: each its keys and the slots that are read later. Sorting moves only
/// their numbers, with the beginnings of their keys, which decide most comparisons.
struct Kept {
    values: Vec<Value>,
    width: usize,
    order: Vec<(u64, u32)>,
    /// A row has no prefix: all are compared in full.
    unprefixed: bool,
}

impl Kept {
    fn row(&self, number: u32) -> &[Value] {
        let start = number as usize * self.width;
        self.values.get(start..start + self.width).unwrap_or_default()
    }

    fn len(&self) -> usize {
        self.order.len()
    }

    /// Orders the rows, drops those that equal the one before where `dedups`, and those beyond `wanted`.
    fn sort(&mut self, order: &Order, dedups: bool, wanted: usize) {
        let mut numbers = std::mem::take(&mut self.order);
        if self.unprefixed {
            numbers.iter_mut().for_each(|(prefix, _)| *prefix = 0);
        }
        let compare = |one: &(u64, u32), other: &(u64, u32)| {
            let rows = || order.compare(self.row(one.1), self.row(other.1));
            one.0.cmp(&other.0).then_with(rows)
        };
        numbers.sort_by(compare);
        if dedups {
            numbers.dedup_by(|one, kept| compare(one, kept).is_eq());
        }
        numbers.truncate(wanted);
        self.order = numbers;
    }

    /// Forgets the rows that were dropped; what is left keeps its order.
    fn compact(&mut self) {
        let values = self.order.iter().flat_map(|(_, number)| self.row(*number).iter().cloned());
        self.values = values.collect();
        (0..).zip(&mut self.order).for_each(|(number, place)| place.1 = number);
    }

    fn bytes(&self) -> u64 {
        self.order.iter().map(|(_, number)| row_bytes(self.row(*number))).sum()
    }
}

/// ORDER BY.
pub(super) struct SortOp<'p> {
    plan: &'p Sort,
    input: Op<'p>,
    order: Order,
    rows: Kept,
    at: usize,
    charge: Option<Charge>,
}

impl<'p> SortOp<'p> {
    pub fn new(plan: &'p Sort) -> Self {
        let order = Order::new(&plan.keys);
        let width = plan.keys.len() + plan.kept.len();
        let rows = Kept { values: Vec::new(), width, order: Vec::new(), unprefixed: false };
        let input = match &plan.input {
            Node::Distinct { input, .. } if plan.dedups => build(input),
            input => build(input),
        };
        Self { plan, input, order, rows, at: 0, charge: None }
    }

    /// Adds the row in the frame; gives its bytes.
    fn keep(&mut self, ctx: &mut EvalContext<'_>, frame: &[Value]) -> Result<u64, Interrupt> {
        let number = self.rows.values.len() / self.rows.width.max(1);
        let number = if self.rows.width == 0 { self.rows.len() } else { number };
        for key in &self.plan.keys {
            self.rows.values.push(key.expr.eval(ctx, frame)?);
        }
        let kept = self.plan.kept.iter();
        let kept = kept.map(|slot| frame.get(*slot).cloned().unwrap_or(Value::Null));
        self.rows.values.extend(kept);
        let number = u32::try_from(number).map_err(|_| too_many())?;
        let prefix = self.order.prefix(self.rows.row(number));
        self.rows.unprefixed |= prefix.is_none();
        self.rows.order.push((prefix.unwrap_or(0), number));
        Ok(row_bytes(self.rows.row(number)))
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

/// More rows than are numbered: no memory holds them anyway.
fn too_many() -> SqlError {
    let message = "Out of sort memory, consider increasing server sort buffer size";
    SqlError::new(1038, b"HY001", message)
}

impl Operator for SortOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        let wanted = self.wanted(ctx, frame)?;
        let most = wanted.saturating_mul(2).saturating_add(SLACK);
        let mut charge = ctx.memory.charge();
        (self.rows.values, self.rows.order, self.at) = (Vec::new(), Vec::new(), 0);
        self.rows.unprefixed = false;
        self.input.open(ctx, frame)?;
        while self.input.next(ctx, frame)? {
            ctx.tick()?;
            let bytes = self.keep(ctx, frame)?;
            charge.add(bytes)?;
            if self.rows.len() > most {
                self.rows.sort(&self.order, self.plan.dedups, wanted);
                self.rows.compact();
                charge.release();
                charge.add(self.rows.bytes())?;
            }
        }
        self.rows.sort(&self.order, self.plan.dedups, wanted);
        self.charge = Some(charge);
        Ok(())
    }

    fn next(&mut self, _: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        let Some((_, number)) = self.rows.order.get(self.at) else { return Ok(false) };
        self.at += 1;
        let start = *number as usize * self.rows.width + self.plan.keys.len();
        let row = self.rows.values.get_mut(start..start + self.plan.kept.len());
        for (slot, value) in self.plan.kept.iter().zip(row.unwrap_or_default()) {
            if let Some(place) = frame.get_mut(*slot) {
                *place = std::mem::replace(value, Value::Null);
            }
        }
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
