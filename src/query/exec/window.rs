//! Window functions: the input is kept, ordered by partition and order, and each function computed over it.

use super::sort::Order;
use super::{Charge, Op, Operator, build, row_bytes};
use crate::query::plan::{SortKey, Window};
use crate::query::windows::{Partition, compute};
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

/// Window functions over one window.
pub(super) struct WindowOp<'p> {
    plan: &'p Window,
    input: Op<'p>,
    rows: std::vec::IntoIter<Vec<Value>>,
    charge: Option<Charge>,
}

/// A row with what orders it.
struct Ordered {
    partition: Box<[Value]>,
    order: Box<[Value]>,
    frame: Vec<Value>,
}

impl<'p> WindowOp<'p> {
    pub fn new(plan: &'p Window) -> Self {
        Self { plan, input: build(&plan.input), rows: Vec::new().into_iter(), charge: None }
    }

    fn gather(
        &mut self,
        by: (&[SortKey], &Order, &Order),
        ctx: &mut EvalContext<'_>,
        frame: &mut [Value],
    ) -> Result<Vec<Ordered>, Interrupt> {
        let (partition, of_partition, of_order) = by;
        let mut charge = ctx.memory.charge();
        let mut rows = Vec::new();
        self.input.open(ctx, frame)?;
        while self.input.next(ctx, frame)? {
            ctx.tick()?;
            let partition = of_partition.keys(partition, ctx, frame)?;
            let order = of_order.keys(&self.plan.order, ctx, frame)?;
            charge.add(row_bytes(frame) + row_bytes(&order))?;
            rows.push(Ordered { partition, order, frame: frame.to_vec() });
        }
        self.charge = Some(charge);
        Ok(rows)
    }
}

impl Operator for WindowOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        let partition = super::sort::ascending(&self.plan.partition);
        let of_partition = Order::new(&partition);
        let of_order = Order::new(&self.plan.order);
        let mut rows = self.gather((&partition, &of_partition, &of_order), ctx, frame)?;
        rows.sort_by(|one, other| {
            let first = of_partition.compare(&one.partition, &other.partition);
            first.then_with(|| of_order.compare(&one.order, &other.order))
        });
        let mut done = Vec::with_capacity(rows.len());
        let mut from = 0;
        while let Some(first) = rows.get(from) {
            let same =
                |row: &Ordered| of_partition.compare(&row.partition, &first.partition).is_eq();
            let count = rows.iter().skip(from).take_while(|row| same(row)).count();
            let part = rows.get_mut(from..from + count).unwrap_or_default();
            let mut keys = Vec::with_capacity(count);
            let mut frames = Vec::with_capacity(count);
            for row in part {
                keys.push(std::mem::take(&mut row.order));
                frames.push(std::mem::take(&mut row.frame));
            }
            let peers = peers(&keys, &of_order);
            let partition = Partition { frames: &frames, peers: &peers, order: &self.plan.order };
            let mut results = Vec::with_capacity(self.plan.calls.len());
            for call in &self.plan.calls {
                results.push((call.slot, compute(call, &partition, ctx)?));
            }
            for (slot, values) in results {
                for (frame, value) in frames.iter_mut().zip(values) {
                    if let Some(place) = frame.get_mut(slot) {
                        *place = value;
                    }
                }
            }
            done.append(&mut frames);
            from += count;
        }
        self.rows = done.into_iter();
        Ok(())
    }

    fn next(&mut self, _: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        let Some(row) = self.rows.next() else { return Ok(false) };
        for (place, value) in frame.iter_mut().zip(row) {
            *place = value;
        }
        Ok(true)
    }
}

/// For each row the range of rows that are equal to it in the window's order.
fn peers(keys: &[Box<[Value]>], order: &Order) -> Vec<(usize, usize)> {
    let mut peers: Vec<(usize, usize)> = Vec::with_capacity(keys.len());
    let mut start = 0;
    for (at, key) in keys.iter().enumerate() {
        let same =
            at > 0 && keys.get(at - 1).is_some_and(|before| order.compare(before, key).is_eq());
        if !same {
            start = at;
        }
        peers.push((start, at + 1));
    }
    let mut end = keys.len();
    for at in (0..peers.len()).rev() {
        if let Some(peer) = peers.get_mut(at) {
            peer.1 = end;
            if peer.0 == at {
                end = at;
            }
        }
    }
    peers
}
