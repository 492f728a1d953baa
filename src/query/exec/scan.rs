//! Reading tables: by key, by ranges, with and without locks.
//!
//! Consistent reads fetch rows in batches: a scan of the store borrows the transaction, which expressions
//! need between two rows; so the cursor keeps its place and goes on behind it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Operator, keys};
use crate::engine::catalog::TableDef;
use crate::engine::{self, LockMode, LockingScan};
use crate::query::expr::Expr;
use crate::query::plan::{Conflict, KeyPlan, RowLock, Scan};
use crate::query::{EvalContext, Interrupt};
use crate::store::locks::OnConflict;
use crate::store::{Direction, IndexNo, Key, KeyRange, View};
use crate::value::{Row, Value};

/// The first batch's rows; later ones are larger.
const FIRST_BATCH: usize = 8;
/// The largest batch's rows.
const MAX_BATCH: usize = 256;

/// Rows of a table.
pub(super) struct ScanOp<'p> {
    plan: &'p Scan,
    ranges: VecDeque<KeyRange>,
    /// What is left of the range that is being read.
    current: Option<KeyRange>,
    batch: VecDeque<(Key, Row)>,
    batch_size: usize,
    locking: Option<LockingScan>,
    /// What is checked of each row: less where the keys see to it.
    condition: Option<&'p Expr>,
    /// Rows may be looked at before they are locked: the filter needs nothing of the transaction.
    looks: bool,
}

impl<'p> ScanOp<'p> {
    pub fn new(plan: &'p Scan) -> Self {
        Self {
            plan,
            ranges: VecDeque::new(),
            current: None,
            batch: VecDeque::new(),
            batch_size: FIRST_BATCH,
            locking: None,
            condition: None,
            looks: plan
                .filter
                .as_ref()
                .is_some_and(|filter| !filter.has_subquery() && !filter.is_volatile()),
        }
    }

    fn direction(&self) -> Direction {
        if self.plan.backward { Direction::Backward } else { Direction::Forward }
    }

    /// One row by a unique key.
    fn open_point(
        &mut self,
        values: &[crate::query::expr::Expr],
        ctx: &mut EvalContext<'_>,
        frame: &[Value],
    ) -> Result<(), Interrupt> {
        let table = &self.plan.table;
        match keys::point(table, self.plan.index, values, ctx, frame)? {
            Err(()) => {
                self.condition = self.plan.filter.as_ref();
                self.ranges.push_back(KeyRange::all());
            }
            Ok(None) => {}
            Ok(Some(key)) if self.plan.lock.is_some() => {
                let exact = self.plan.index == 0;
                let range = if exact { KeyRange::exact(key) } else { KeyRange::prefix(key) };
                self.ranges.push_back(range);
            }
            Ok(Some(key)) => {
                let view = ctx.session.transaction().view();
                let found = find_point(&view, self.plan, key);
                self.batch.extend(found.map(|(key, row)| (key, row.clone())));
            }
        }
        Ok(())
    }

    /// The next row, with its key.
    fn fetch(
        &mut self,
        ctx: &mut EvalContext<'_>,
        frame: &mut [Value],
    ) -> Result<Option<(Key, Row)>, Interrupt> {
        loop {
            if let Some(found) = self.batch.pop_front() {
                return Ok(Some(found));
            }
            if let Some(locking) = &mut self.locking {
                if let Some(found) = next_locked(locking, self.plan, self.looks, ctx, frame)? {
                    return Ok(Some(found));
                }
                self.locking = None;
            }
            match self.current.take().or_else(|| self.ranges.pop_front()) {
                None => return Ok(None),
                Some(range) => self.begin(range, ctx)?,
            }
        }
    }

    fn begin(&mut self, range: KeyRange, ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        let (index, direction) = (IndexNo(self.plan.index), self.direction());
        let transaction = ctx.session.transaction();
        if let Some(lock) = self.plan.lock {
            let how = (lock_mode(lock), on_conflict(lock.conflict));
            let keys = (index, range, direction);
            self.locking = Some(LockingScan::new(transaction, self.plan.table.clone(), keys, how));
            return Ok(());
        }
        let mut last = None;
        for found in transaction.view().scan(self.plan.table.id, index, &range, direction) {
            if self.batch.len() == self.batch_size {
                break;
            }
            last = Some(found.key.clone());
            self.batch.push_back((found.row_key, found.row.clone()));
        }
        if self.batch.len() == self.batch_size {
            self.current = last.map(|key| range.after(&key, direction));
            self.batch_size = (self.batch_size * 4).min(MAX_BATCH);
        }
        Ok(())
    }
}

/// The row by a unique key of the plan's index, and its row key.
pub(super) fn find_point<'v>(view: &View<'v>, plan: &Scan, key: Key) -> Option<(Key, &'v Row)> {
    let table = plan.table.id;
    let key = match IndexNo(plan.index) {
        IndexNo::ROWS => key,
        index => view.find_unique(table, index, &key)?,
    };
    let row = view.get(table, &key)?;
    Some((key, row))
}

pub(super) fn lock_mode(lock: RowLock) -> LockMode {
    if lock.exclusive { LockMode::Exclusive } else { LockMode::Shared }
}

pub(super) fn on_conflict(conflict: Conflict) -> OnConflict {
    match conflict {
        Conflict::Wait => OnConflict::Wait,
        Conflict::Nowait => OnConflict::Nowait,
        Conflict::Skip => OnConflict::Skip,
    }
}

impl Operator for ScanOp<'_> {
    fn open(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<(), Interrupt> {
        self.ranges.clear();
        self.current = None;
        self.batch.clear();
        self.locking = None;
        self.batch_size = FIRST_BATCH;
        let plan = self.plan;
        self.condition = plan.residual.as_ref();
        match &plan.keys {
            KeyPlan::All => self.ranges.push_back(KeyRange::all()),
            KeyPlan::Point(point) => self.open_point(&point.values, ctx, frame)?,
            KeyPlan::Ranges(ranges) => {
                let (found, exact) = keys::ranges(&plan.table, plan.index, ranges, ctx, frame)?;
                if !exact {
                    self.condition = plan.filter.as_ref();
                }
                self.ranges.extend(found);
                if plan.backward {
                    self.ranges.make_contiguous().reverse();
                }
            }
        }
        Ok(())
    }

    fn next(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        while let Some((key, row)) = self.fetch(ctx, frame)? {
            ctx.tick()?;
            self.plan.put(&row, frame);
            if let Some(place) = self.plan.key_slot.and_then(|slot| frame.get_mut(slot)) {
                *place = Value::Bytes(key.bytes().into());
            }
            match self.condition {
                Some(condition) if !condition.passes(ctx, frame)? => {
                    if let Some(locking) = &mut self.locking {
                        locking.give_back(ctx.session.transaction());
                    }
                }
                _ => return Ok(true),
            }
        }
        Ok(false)
    }
}

impl Scan {
    /// Puts the columns that are wanted of a row into the frame.
    fn put(&self, row: &Row, frame: &mut [Value]) {
        let values = row.values();
        for (column, slot) in &self.columns {
            if let (Some(place), Some(value)) = (frame.get_mut(*slot), values.get(*column)) {
                *place = value.clone();
            }
        }
    }
}

/// The next row, locked. Under READ COMMITTED a row that the filter does not want is not waited for, nor does
/// it stay locked.
fn next_locked(
    locking: &mut LockingScan,
    plan: &Scan,
    looks: bool,
    ctx: &mut EvalContext<'_>,
    frame: &mut [Value],
) -> Result<Option<(Key, Row)>, Interrupt> {
    let first = looks && locking.looks_first(ctx.session.transaction());
    let Some(filter) = plan.filter.as_ref().filter(|_| first) else {
        return Ok(locking.next(ctx.session.transaction())?);
    };
    let transaction = ctx.session.lend_transaction();
    // Why the filter failed: it may be to wait for something that the engine knows nothing of.
    let mut failed = None;
    let found = locking.next_where(&transaction, &mut |row| {
        let wanted = ctx.tick().map_err(Interrupt::from).and_then(|()| {
            plan.put(row, frame);
            filter.passes(ctx, frame)
        });
        wanted.map_err(|why| {
            failed = Some(why);
            engine::Interrupt::Error(engine::lock_timeout())
        })
    });
    ctx.session.return_transaction(transaction);
    match failed {
        Some(why) => Err(why),
        None => Ok(found?),
    }
}

/// COUNT(*) of a whole table without looking at its rows.
pub(super) struct CountRowsOp<'p> {
    table: &'p Arc<TableDef>,
    slot: usize,
    done: bool,
}

impl<'p> CountRowsOp<'p> {
    pub fn new(table: &'p Arc<TableDef>, slot: usize) -> Self {
        Self { table, slot, done: false }
    }
}

impl Operator for CountRowsOp<'_> {
    fn open(&mut self, _: &mut EvalContext<'_>, _: &mut [Value]) -> Result<(), Interrupt> {
        self.done = false;
        Ok(())
    }

    fn next(&mut self, ctx: &mut EvalContext<'_>, frame: &mut [Value]) -> Result<bool, Interrupt> {
        if std::mem::replace(&mut self.done, true) {
            return Ok(false);
        }
        let transaction = ctx.session.transaction();
        let view = transaction.view();
        let count = match transaction.is_empty() {
            true => view.table(self.table.id).map_or(0, |table| table.len()),
            false => {
                let all = KeyRange::all();
                view.scan_keys(self.table.id, IndexNo(0), &all, Direction::Forward).count()
            }
        };
        if let Some(place) = frame.get_mut(self.slot) {
            *place = Value::Int(count as i64);
        }
        Ok(true)
    }
}
