//! Sources that are no tables: queries in FROM, computed tables, constant rows, a recursive CTE's last round.

use std::sync::Arc;

use super::{Charge, Operator, Running, row_bytes};
use crate::query::expr::Expr;
use crate::query::plan::{Derived, VirtualScan};
use crate::query::{EqualityFilter, EvalContext, Interrupt};
use crate::value::Value;

/// Rows that are kept.
pub(super) type Rows = Arc<Vec<Vec<Value>>>;

fn put(frame: &mut [Value], slot: usize, row: &[Value]) {
    for (place, value) in frame.iter_mut().skip(slot).zip(row) {
        place.clone_from(value);
    }
}

/// A query in FROM. Without imports its rows are kept when it is read a second time; those of a CTE at once.
pub(super) struct DerivedOp<'p> {
    plan: &'p Derived,
    running: Option<Running<'p>>,
    row: Vec<Value>,
    kept: Option<Rows>,
    at: usize,
    opened: bool,
    charge: Option<Charge>,
}

impl<'p> DerivedOp<'p> {
    pub fn new(plan: &'p Derived) -> Self {
        Self {
            plan,
            running: None,
            row: Vec::new(),
            kept: None,
            at: 0,
            opened: false,
            charge: None,
        }
    }

    fn keep(&mut self, ctx: &mut EvalContext<'_>, frame: &[Value]) -> Result<(), Interrupt> {
        if let Some(rows) = self.plan.shared.and_then(|cte| ctx.ctes.get(&cte)) {
            self.kept = Some(rows.clone());
            return Ok(());
        }
        let mut charge = ctx.memory.charge();
        let mut rows = Vec::new();
        let mut running = Running::start(&self.plan.plan, &self.plan.imports, frame, ctx)?;
        loop {
            let mut row = Vec::with_capacity(self.plan.plan.outputs.len());
            if !running.next(ctx, &mut row)? {
                break;
            }
            charge.add(row_bytes(&row))?;
            rows.push(row);
        }
        let rows = Arc::new(rows);
        if let Some(cte) = self.plan.shared {
            ctx.ctes.insert(cte, rows.clone());
        }
        self.kept = Some(rows);
        self.charge = Some(charge);
        Ok(())
    }
}

impl Operator for DerivedOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        self.at = 0;
        let again = std::mem::replace(&mut self.opened, true);
        let constant = self.plan.imports.is_empty();
        if constant && (again || self.plan.shared.is_some()) {
            if self.kept.is_none() {
                self.running = None;
                self.keep(ctx, frame)?;
            }
            return Ok(());
        }
        let running = self.running.get_or_insert_with(|| Running::new(&self.plan.plan));
        running.restart(&self.plan.imports, frame, ctx)
    }

    fn next(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        if let Some(rows) = &self.kept {
            let Some(row) = rows.get(self.at) else { return Ok(false) };
            self.at += 1;
            put(frame, self.plan.slot, row);
            return Ok(true);
        }
        let Some(running) = &mut self.running else { return Ok(false) };
        self.row.clear();
        if !running.next(ctx, &mut self.row)? {
            return Ok(false);
        }
        put(frame, self.plan.slot, &self.row);
        Ok(true)
    }
}

/// The rows of a recursive CTE's last round.
pub(super) struct WorkingOp {
    cte: usize,
    slot: usize,
    rows: Rows,
    at: usize,
}

impl WorkingOp {
    pub fn new(cte: usize, slot: usize) -> Self {
        Self { cte, slot, rows: Rows::default(), at: 0 }
    }
}

impl Operator for WorkingOp {
    fn open(&mut self, ctx: &mut EvalContext<'_>, _: &mut [Value]) -> Result<(), Interrupt> {
        self.rows = ctx.working.get(&self.cte).cloned().unwrap_or_default();
        self.at = 0;
        Ok(())
    }

    fn next(&mut self, _: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        let Some(row) = self.rows.get(self.at) else { return Ok(false) };
        self.at += 1;
        put(frame, self.slot, row);
        Ok(true)
    }
}

/// Constant rows.
pub(super) struct RowsOp<'p> {
    rows: &'p [Vec<Expr>],
    slot: usize,
    at: usize,
}

impl<'p> RowsOp<'p> {
    pub fn new(rows: &'p [Vec<Expr>], slot: usize) -> Self {
        Self { rows, slot, at: 0 }
    }
}

impl Operator for RowsOp<'_> {
    fn open(&mut self, _: &mut EvalContext<'_>, _: &mut [Value]) -> Result<(), Interrupt> {
        self.at = 0;
        Ok(())
    }

    fn next(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        let Some(row) = self.rows.get(self.at) else { return Ok(false) };
        self.at += 1;
        for (number, expr) in row.iter().enumerate() {
            let value = expr.eval(ctx, frame)?;
            if let Some(place) = frame.get_mut(self.slot + number) {
                *place = value;
            }
        }
        Ok(true)
    }
}

/// A computed table.
pub(super) struct VirtualOp<'p> {
    plan: &'p VirtualScan,
    rows: Vec<Vec<Value>>,
    at: usize,
}

impl<'p> VirtualOp<'p> {
    pub fn new(plan: &'p VirtualScan) -> Self {
        Self { plan, rows: Vec::new(), at: 0 }
    }
}

impl Operator for VirtualOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        let mut filters = Vec::with_capacity(self.plan.equal.len());
        for (column, expr) in &self.plan.equal {
            let value = expr.eval(ctx, frame)?;
            filters.push(EqualityFilter { column: *column, value });
        }
        self.rows = self.plan.table.rows(ctx, &filters)?;
        self.at = 0;
        Ok(())
    }

    fn next(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        while let Some(row) = self.rows.get(self.at) {
            self.at += 1;
            ctx.tick()?;
            for (column, slot) in &self.plan.columns {
                if let (Some(place), Some(value)) = (frame.get_mut(*slot), row.get(*column)) {
                    place.clone_from(value);
                }
            }
            match &self.plan.filter {
                Some(filter) if !filter.passes(ctx, frame)? => {}
                _ => return Ok(true),
            }
        }
        Ok(false)
    }
}
