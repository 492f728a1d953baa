//! Inserting row after row.

use std::sync::Arc;

use super::super::column::{Storing, implicit_default};
use super::super::ending::Ending;
use super::super::errors::{is_forgiven, warn_of};
use super::super::given::{Default, Given, missing};
use super::super::returning::Returning;
use super::super::row;
use super::super::target::Target;
use super::super::writer::{Writer, Written};
use super::auto_increment::AutoIncrement;
use super::on_duplicate::OnDuplicateUpdate;
use super::{Conflict, InsertPlan, Source, duplicates};
use crate::engine::Duplicate;
use crate::engine::catalog::{DefaultValue, TableDef};
use crate::query::exec::{Running, collect};
use crate::query::expr::ExprType;
use crate::query::plan::QueryPlan;
use crate::query::{EvalContext, Interrupt};
use crate::value::{Row, Value};

/// What became of rows.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::query::dml) struct Counts {
    /// Rows that came.
    pub records: u64,
    /// Rows that were written.
    pub copied: u64,
    /// Rows whose place another took.
    pub deleted: u64,
    /// Rows that were there and changed.
    pub updated: u64,
    /// Rows that were there, changed or not.
    pub touched: u64,
}

/// Where a value goes, and what it is.
pub(in crate::query::dml) struct Put<'a> {
    /// The column's place.
    pub at: usize,
    /// The value.
    pub value: &'a Value,
    /// Its type.
    pub from: Option<&'a ExprType>,
}

/// Makes and writes rows.
pub(in crate::query::dml) struct Inserter<'p> {
    plan: &'p InsertPlan,
    target: Arc<Target>,
    writer: Writer,
    /// How values are stored.
    pub storing: Storing,
    auto: AutoIncrement,
    /// What became of rows so far.
    pub counts: Counts,
    /// The row that is being made, and what else expressions look at.
    pub frame: Vec<Value>,
    /// The defaults, once it was settled what columns get that have none.
    settled: Option<Vec<(usize, Default)>>,
    returning: Option<Returning>,
    /// Rows that are still to come, as far as is known.
    left: u64,
    /// Rows so far, those that were left out included.
    rows: u64,
    /// A number that was given, not made, is told the client where none was made.
    tells_given: bool,
}

/// Runs a compiled INSERT.
pub(super) fn run(
    plan: &InsertPlan,
    returning: Option<Returning>,
    ctx: &mut EvalContext<'_>,
) -> Result<Ending, Interrupt> {
    let mut inserter = Inserter::new(plan, ctx);
    inserter.returning = returning;
    let mut single = false;
    let written = match &plan.source {
        Source::Values(rows) => {
            single = rows.len() == 1;
            inserter.values(rows, ctx)
        }
        Source::Query(query, same_table) => {
            // The row of an update in its place leaves nothing to tell.
            inserter.tells_given = !matches!(inserter.plan.conflict, Conflict::Update(_));
            inserter.query(query, *same_table, ctx)
        }
        Source::File => Ok(()),
    };
    if let (Err(Interrupt::Error(_)), Some(first)) = (&written, inserter.auto.first) {
        // What a failed statement has numbered is gone, its number is known.
        ctx.session.last_insert_id = first;
    }
    written?;
    inserter.end(single, ctx)
}

impl<'p> Inserter<'p> {
    /// Ready for the first row.
    pub fn new(plan: &'p InsertPlan, ctx: &mut EvalContext<'_>) -> Self {
        let storing = Storing::of(ctx, plan.ignore);
        Self {
            target: plan.target.clone(),
            writer: Writer::new(plan.family.clone()),
            storing,
            auto: AutoIncrement::default(),
            counts: Counts::default(),
            frame: vec![Value::Null; plan.frame.max(plan.target.width())],
            settled: None,
            returning: None,
            left: 1,
            rows: 0,
            tells_given: true,
            plan,
        }
    }

    fn values(&mut self, rows: &[Vec<Given>], ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        self.storing.null_fails = rows.len() == 1;
        for (number, row) in rows.iter().enumerate() {
            self.left = (rows.len() - number) as u64;
            let given = row.len();
            self.row(ctx, &[], |inserter, ctx| {
                if given == 0 {
                    return inserter.all_defaults(ctx);
                }
                inserter.given(row, ctx)
            })?;
        }
        Ok(())
    }

    /// `VALUES ()`: also the columns that a list names get their defaults.
    fn all_defaults(&mut self, ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        for at in self.plan.places.clone() {
            let Some(column) = self.target.table.columns.get(at) else { continue };
            let bare = column.default.is_none() && !column.nullable && !column.auto_increment;
            if bare && column.generated.is_none() {
                let target = self.target.clone();
                let Some(column) = target.table.columns.get(at) else { continue };
                let value = missing(column, &self.storing, ctx)?;
                self.set(at, value);
            }
        }
        Ok(())
    }

    fn given(&mut self, row: &[Given], ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        let target = self.target.clone();
        for (index, given) in row.iter().enumerate() {
            let Some(at) = self.plan.places.get(index).copied() else { continue };
            match given {
                Given::Expr(expr) => {
                    let value = expr.eval(ctx, &self.frame)?;
                    self.put(&Put { at, value: &value, from: Some(&expr.ty) }, ctx)?;
                }
                Given::Default(default) => {
                    let Some(column) = target.table.columns.get(at) else { continue };
                    let value = default.value(column, &self.storing, &self.frame, ctx)?;
                    self.set(at, value);
                }
            }
        }
        Ok(())
    }

    fn query(
        &mut self,
        plan: &QueryPlan,
        same_table: bool,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        // A query that reads what is written must have ended before.
        if same_table {
            for row in collect(plan, &[], &[], usize::MAX, ctx)? {
                self.outputs(plan, &row, ctx)?;
            }
            return Ok(());
        }
        let mut running = Running::start(plan, &[], &[], ctx)?;
        let mut row = Vec::with_capacity(plan.outputs.len());
        while running.next(ctx, &mut row)? {
            self.outputs(plan, &row, ctx)?;
            row.clear();
        }
        Ok(())
    }

    fn outputs(
        &mut self,
        plan: &QueryPlan,
        row: &[Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        self.row(ctx, row, |inserter, ctx| {
            for (index, (value, column)) in row.iter().zip(&plan.columns).enumerate() {
                let Some(at) = inserter.plan.places.get(index).copied() else { continue };
                inserter.put(&Put { at, value, from: Some(&column.ty) }, ctx)?;
            }
            Ok(())
        })
    }

    /// Makes a row by `fill` and writes it. `outputs` are what ON DUPLICATE KEY UPDATE may look at.
    pub fn row(
        &mut self,
        ctx: &mut EvalContext<'_>,
        outputs: &[Value],
        fill: impl FnOnce(&mut Self, &mut EvalContext<'_>) -> Result<(), Interrupt>,
    ) -> Result<(), Interrupt> {
        ctx.tick()?;
        self.counts.records += 1;
        self.rows += 1;
        ctx.row_number = self.rows;
        if !self.plan.ignore {
            return self.make(ctx, outputs, fill);
        }
        let mark = ctx.session.transaction().mark();
        let made = self.make(ctx, outputs, fill);
        match made {
            Err(Interrupt::Error(error)) if is_forgiven(&error) => {
                self.auto.give_back();
                // Only duplicates count among the rows that came.
                self.counts.records -= u64::from(error.code != 1062);
                ctx.session.transaction().undo_to(&mark);
                warn_of(&error, ctx);
                Ok(())
            }
            other => other,
        }
    }

    fn make(
        &mut self,
        ctx: &mut EvalContext<'_>,
        outputs: &[Value],
        fill: impl FnOnce(&mut Self, &mut EvalContext<'_>) -> Result<(), Interrupt>,
    ) -> Result<(), Interrupt> {
        self.begin();
        fill(self, ctx)?;
        if self.rows == 1 {
            self.settle_missing(ctx)?;
        }
        self.complete(ctx)?;
        self.write(outputs, ctx)
    }

    /// 1364 for columns that nobody gives a value: once for the statement.
    fn settle_missing(&mut self, ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        let is_missing = |(_, default): &(usize, Default)| matches!(default, Default::Missing);
        if !self.plan.defaults.iter().any(is_missing) {
            return Ok(());
        }
        let target = self.target.clone();
        let mut settled = self.plan.defaults.clone();
        for (at, default) in &mut settled {
            let Some(column) = target.table.columns.get(*at) else { continue };
            if matches!(default, Default::Missing) {
                let value = missing(column, &self.storing, ctx)?;
                if let Some(place) = self.frame.get_mut(*at) {
                    place.clone_from(&value);
                }
                *default = Default::Value(value);
            }
        }
        self.settled = Some(settled);
        Ok(())
    }

    fn begin(&mut self) {
        self.frame.fill(Value::Null);
        for (at, default) in self.settled.as_ref().unwrap_or(&self.plan.defaults) {
            if let (Default::Value(value), Some(place)) = (default, self.frame.get_mut(*at)) {
                place.clone_from(value);
            }
        }
    }

    /// The table that is inserted into.
    pub fn table(&self) -> Arc<TableDef> {
        self.target.table.clone()
    }

    /// Empties a column that a line of a file has no field for: NULL where that is its default, otherwise
    /// its type's own default, whatever the column's is.
    pub fn empty(&mut self, at: usize) {
        let table = self.table();
        let Some(column) = table.columns.get(at) else { return };
        let is_null = match &column.default {
            Some(DefaultValue::Value(value)) => matches!(value, Value::Null),
            Some(DefaultValue::Expression(_)) => false,
            None => column.nullable || column.auto_increment,
        };
        self.set(at, if is_null { Value::Null } else { implicit_default(&column.ty) });
    }

    /// Puts a value into the row that is stored already.
    pub fn set(&mut self, at: usize, value: Value) {
        if let Some(place) = self.frame.get_mut(at) {
            *place = value;
        }
    }

    /// Stores a value in the row.
    pub fn put(&mut self, put: &Put<'_>, ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        let target = self.target.clone();
        let Some(column) = target.table.columns.get(put.at) else { return Ok(()) };
        let value = match put.value {
            Value::Null if column.auto_increment => Value::Null,
            value => self.storing.store(value, put.from, column, ctx)?,
        };
        let wanted = column.auto_increment && AutoIncrement::is_wanted(&value, ctx);
        self.set(put.at, if wanted { Value::Null } else { value });
        Ok(())
    }

    /// Everything that follows from what was given.
    fn complete(&mut self, ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        let target = self.target.clone();
        for index in 0..self.plan.defaults.len() {
            let Some((at, default @ Default::Expr(_))) = self.plan.defaults.get(index) else {
                continue;
            };
            let Some(column) = target.table.columns.get(*at) else { continue };
            let value = default.value(column, &self.storing, &self.frame, ctx)?;
            let at = *at;
            self.set(at, value);
        }
        self.number(&target, ctx)?;
        target.rules.generate(&mut self.frame, &self.storing.mode, ctx)?;
        target.rules.check(&self.frame, ctx)?;
        self.plan.checks.check(&self.frame, ctx)
    }

    fn number(&mut self, target: &Target, ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        self.auto.current = None;
        let Some(at) = target.table.auto_increment_column() else { return Ok(()) };
        let Some(column) = target.table.columns.get(at) else { return Ok(()) };
        if matches!(self.frame.get(at), Some(Value::Null)) {
            let number = self.auto.next(&target.table, column, self.left, ctx)?;
            self.set(at, number);
        }
        Ok(())
    }

    fn new_row(&self) -> Row {
        Row::new(self.frame.get(..self.target.width()).unwrap_or_default().to_vec())
    }

    fn write(&mut self, outputs: &[Value], ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        let target = self.target.clone();
        loop {
            let row = self.new_row();
            if matches!(self.plan.conflict, Conflict::Replace | Conflict::Update(_))
                && let Some(found) = duplicates::find(&target, &row, ctx)?
            {
                if self.collide(&target, found, outputs, ctx)? {
                    return Ok(());
                }
                continue;
            }
            match self.writer.insert(&target, row, ctx)? {
                Written::Done => return self.written(&target, ctx),
                Written::Duplicate(found) => {
                    if self.collide(&target, *found, outputs, ctx)? {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn written(&mut self, target: &Target, ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        self.counts.copied += 1;
        if let Some(at) = target.table.auto_increment_column() {
            self.auto.written(self.frame.get(at).unwrap_or(&Value::Null));
        }
        let row = self.frame.get(..target.width()).unwrap_or_default();
        match &mut self.returning {
            Some(returning) => returning.add(row, ctx),
            None => Ok(()),
        }
    }

    /// A row with an equal key is there. Whether the new one is done with; else it is tried again.
    fn collide(
        &mut self,
        target: &Arc<Target>,
        found: Duplicate,
        outputs: &[Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<bool, Interrupt> {
        match &self.plan.conflict {
            Conflict::Fail | Conflict::Ignore => {
                let row = self.frame.get(..target.width()).unwrap_or_default();
                // IGNORE is seen to where errors of rows are.
                Err(row::duplicate(&target.table, found.index, row, ctx)?.into())
            }
            Conflict::Replace => self.replace(target, &found, ctx),
            Conflict::Update(update) => {
                let changed = self.changed(update, &found, outputs, ctx)?;
                self.update(target, &found, changed, ctx)?;
                Ok(true)
            }
        }
    }

    /// REPLACE: the row that is there goes, or becomes the new one where nothing could tell the difference.
    fn replace(
        &mut self,
        target: &Arc<Target>,
        found: &Duplicate,
        ctx: &mut EvalContext<'_>,
    ) -> Result<bool, Interrupt> {
        let row = self.new_row();
        let in_place = match target.children.is_empty() {
            true => duplicates::is_last_unique(target, found.index),
            false => keeps_children(target, found.row.values(), row.values()),
        };
        if !in_place {
            self.writer.delete(target, &found.key, &found.row, ctx)?;
            self.counts.deleted += 1;
            return Ok(false);
        }
        if !row::is_unchanged(&target.table, found.row.values(), row.values()) {
            let change = (&found.key, &found.row, row);
            if let Written::Duplicate(other) = self.writer.update(target, change, ctx)? {
                // It stands in the way of the same new row, and goes too.
                self.writer.delete(target, &other.key, &other.row, ctx)?;
                self.counts.deleted += 1;
                return Ok(false);
            }
            self.counts.deleted += 1;
        }
        self.written(target, ctx)?;
        Ok(true)
    }

    fn changed(
        &self,
        update: &OnDuplicateUpdate,
        found: &Duplicate,
        outputs: &[Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<Option<Row>, Interrupt> {
        let new = self.frame.get(..self.target.width()).unwrap_or_default();
        update.changed(&self.target, (&found.row, new, outputs), &self.storing, ctx)
    }

    fn update(
        &mut self,
        target: &Arc<Target>,
        found: &Duplicate,
        changed: Option<Row>,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        // The number that the row did not need is the next one's.
        self.auto.give_back();
        self.counts.touched += 1;
        let now = changed.clone().unwrap_or_else(|| found.row.clone());
        if changed.is_some() {
            self.plan.checks.check(now.values(), ctx)?;
        }
        if let Some(row) = changed {
            let shown = row.clone();
            let change = (&found.key, &found.row, row);
            if let Written::Duplicate(other) = self.writer.update(target, change, ctx)? {
                let values = shown.values();
                return Err(row::duplicate(&target.table, other.index, values, ctx)?.into());
            }
            self.counts.updated += 1;
            self.counts.copied += 1;
        }
        if let Some(at) = target.table.auto_increment_column() {
            self.auto.shown(now.values().get(at).unwrap_or(&Value::Null));
        }
        match &mut self.returning {
            Some(returning) => returning.add(now.values(), ctx),
            None => Ok(()),
        }
    }

    /// Ends an INSERT or REPLACE; `single`: of one row, which has nothing to say for itself.
    fn end(self, single: bool, ctx: &mut EvalContext<'_>) -> Result<Ending, Interrupt> {
        let Counts { records, copied, deleted, updated, .. } = self.counts;
        let warnings = ctx.session.diagnostics.count();
        let duplicates = if self.plan.ignore { records - copied } else { deleted + updated };
        let info = match single {
            true => String::new(),
            false => {
                format!("Records: {records}  Duplicates: {duplicates}  Warnings: {warnings}")
            }
        };
        Ok(self.finish(info, ctx))
    }

    /// Ends a statement that inserts.
    pub fn finish(self, info: String, ctx: &mut EvalContext<'_>) -> Ending {
        let Counts { copied, deleted, updated, touched, .. } = self.counts;
        let changed = if ctx.session.client_found_rows { touched } else { updated };
        let has_auto = self.target.table.auto_increment_column().is_some();
        let last_insert_id = match (self.auto.first, ctx.session.next_last_insert_id) {
            (Some(first), _) => first,
            (None, Some(told)) => told,
            (None, None) if has_auto && copied > 0 && self.tells_given => self.auto.last,
            _ => 0,
        };
        if let Some(first) = self.auto.first {
            ctx.session.last_insert_id = first;
        }
        ctx.session.variables.insert_id = None;
        let affected = copied + deleted + changed;
        Ending { affected, last_insert_id, info, returning: self.returning }
    }
}

/// Whether no foreign key that points to the table could tell the new row from the old one: then the old one
/// need not go, and takes no children along.
fn keeps_children(target: &Target, old: &[Value], new: &[Value]) -> bool {
    let mut columns = target.children.iter().flat_map(|child| &child.columns);
    columns.all(|at| match (target.table.columns.get(*at), old.get(*at), new.get(*at)) {
        (Some(column), Some(old), Some(new)) => row::is_identical(old, new, &column.ty),
        _ => false,
    })
}
