//! INSERT at work: rows built from values and defaults, numbers given, duplicates dealt with.

use super::duplicate;
use super::returning::Returning;
use super::rules::{Rules, implicit_default};
use super::writer::{Added, Writer, no_default};
use super::{identical, ignorable};
use crate::engine::Duplicate;
use crate::query::expr::{Expr, ExprType, to_integer};
use crate::query::plan::QueryPlan;
use crate::query::session::SqlMode;
use crate::query::{EvalContext, Interrupt, Outcome, ResultSink, exec};
use crate::value::types::ColumnType;
use crate::value::{Value, Warning, Warnings};

/// A compiled INSERT.
pub(super) struct Plan {
    pub columns: Vec<usize>,
    pub source: Source,
    pub on_duplicate: OnDuplicate,
    pub ignore: bool,
}

/// Where rows come from.
pub(super) enum Source {
    /// Each row's expressions over the row in progress; `None` is DEFAULT; an empty row is all defaults.
    Values(Vec<Vec<Option<Expr>>>),
    Query(QueryPlan),
}

/// What happens to a row that is there already.
pub(super) enum OnDuplicate {
    Fail,
    Replace,
    /// Over the row that is there, and behind it the one that was to be inserted.
    Update(Vec<Update>),
}

/// `column = value`.
pub(super) struct Update {
    pub column: usize,
    pub value: Expr,
}

/// An INSERT at work.
pub(super) struct Inserter {
    rules: Rules,
    returning: Option<Returning>,
    writer: Writer,
    ignore: bool,
    auto_column: Option<usize>,
    /// The first number that was generated.
    first_generated: Option<u64>,
    /// The number of the last row, generated or given.
    last_number: u64,
    affected: u64,
    duplicates: u64,
    records: u64,
}

impl Inserter {
    pub fn new(
        rules: Rules,
        returning: Option<Returning>,
        ignore: bool,
        ctx: &mut EvalContext<'_>,
    ) -> Self {
        let auto_column = rules.table.auto_increment_column();
        let writer = Writer::new(ignore, ctx);
        Self {
            rules,
            returning,
            writer,
            ignore,
            auto_column,
            first_generated: None,
            last_number: 0,
            affected: 0,
            duplicates: 0,
            records: 0,
        }
    }

    pub fn run(
        mut self,
        plan: Plan,
        ctx: &mut EvalContext<'_>,
        sink: &mut dyn ResultSink,
    ) -> Result<Outcome, Interrupt> {
        let Plan { columns, source, on_duplicate, .. } = plan;
        let tells = match &source {
            Source::Values(rows) => rows.len() > 1,
            Source::Query(_) => true,
        };
        match source {
            Source::Values(rows) => {
                // One row's NULL is an error also where strictness is off.
                self.writer.null_is_error |= rows.len() == 1 && !self.ignore;
                for row in rows {
                    let built = self.build(&columns, &row, ctx);
                    self.put(built, &on_duplicate, ctx)?;
                }
            }
            Source::Query(query) => {
                let types = query.types();
                let rows = exec::collect(&query, &[], &[], usize::MAX, ctx)?;
                for row in rows {
                    let built = self.build_from(&columns, row, &types, ctx);
                    self.put(built, &on_duplicate, ctx)?;
                }
            }
        }
        self.finish(tells, ctx, sink)
    }

    fn finish(
        self,
        tells: bool,
        ctx: &mut EvalContext<'_>,
        sink: &mut dyn ResultSink,
    ) -> Result<Outcome, Interrupt> {
        ctx.keep_assigned();
        if let Some(first) = self.first_generated {
            ctx.session.last_insert_id = first;
        }
        ctx.session.variables.insert_id = None;
        ctx.session.row_count = self.affected as i64;
        if let Some(returning) = self.returning {
            return returning.finish(sink);
        }
        let last_insert_id = match (self.first_generated, ctx.session.next_last_insert_id.take()) {
            (Some(first), _) => first,
            (None, Some(asked)) => asked,
            _ if self.affected > 0 => self.last_number,
            _ => 0,
        };
        let warnings = ctx.session.diagnostics.count();
        let (records, duplicates) = (self.records, self.duplicates);
        let info = match tells {
            true => format!("Records: {records}  Duplicates: {duplicates}  Warnings: {warnings}"),
            false => String::new(),
        };
        Ok(Outcome::Ok { affected: self.affected, last_insert_id, info })
    }

    /// Writes a row that was built, or notes why it was not.
    fn put(
        &mut self,
        built: Result<Vec<Value>, Interrupt>,
        on_duplicate: &OnDuplicate,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        self.records += 1;
        ctx.tick()?;
        let written = built.and_then(|row| self.write(row, on_duplicate, ctx));
        let result = match written {
            Err(interrupt) if self.ignore => {
                let error = ignorable(interrupt)?;
                Warnings::warn(ctx, Warning::new(error.code, error.message));
                self.duplicates += 1;
                Ok(())
            }
            other => other,
        };
        ctx.row_number += 1;
        result
    }

    /// A row of VALUES.
    fn build(
        &mut self,
        columns: &[usize],
        given: &[Option<Expr>],
        ctx: &mut EvalContext<'_>,
    ) -> Result<Vec<Value>, Interrupt> {
        let listed = if given.is_empty() { &[] } else { columns };
        let mut row = self.blank(listed, ctx)?;
        for (column, expr) in listed.iter().zip(given) {
            let value = match expr {
                Some(expr) => {
                    let value = expr.eval(ctx, &row)?;
                    self.fit(*column, &value, &expr.ty, ctx)?
                }
                None => self.default(*column, &row, ctx)?,
            };
            if let Some(place) = row.get_mut(*column) {
                *place = value;
            }
        }
        self.complete(listed, &mut row, ctx)?;
        Ok(row)
    }

    /// A row of a query.
    fn build_from(
        &mut self,
        columns: &[usize],
        given: Vec<Value>,
        types: &[ExprType],
        ctx: &mut EvalContext<'_>,
    ) -> Result<Vec<Value>, Interrupt> {
        let mut row = self.blank(columns, ctx)?;
        for ((column, value), ty) in columns.iter().zip(given).zip(types) {
            let value = self.fit(*column, &value, ty, ctx)?;
            if let Some(place) = row.get_mut(*column) {
                *place = value;
            }
        }
        self.complete(columns, &mut row, ctx)?;
        Ok(row)
    }

    /// A row with the defaults that are values.
    fn blank(&self, _: &[usize], _: &mut EvalContext<'_>) -> Result<Vec<Value>, Interrupt> {
        use crate::engine::catalog::DefaultValue;
        let default = |column: &crate::engine::catalog::ColumnDef| match &column.default {
            Some(DefaultValue::Value(value)) => value.clone(),
            _ => Value::Null,
        };
        Ok(self.rules.table.columns.iter().map(default).collect())
    }

    fn fit(
        &self,
        at: usize,
        value: &Value,
        ty: &ExprType,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Value, Interrupt> {
        match self.rules.table.columns.get(at) {
            Some(column) => self.writer.stored(value, ty, column, ctx),
            None => Ok(Value::Null),
        }
    }

    /// The column's default; its absence is an error in strict mode.
    fn default(
        &self,
        at: usize,
        row: &[Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<Value, Interrupt> {
        let Some(column) = self.rules.table.columns.get(at) else { return Ok(Value::Null) };
        if column.auto_increment || column.generated.is_some() {
            return Ok(Value::Null);
        }
        if let Some(value) = self.rules.default(at, row, &self.writer.mode, ctx)? {
            return Ok(value);
        }
        let error = no_default(&column.name);
        if self.writer.mode.strict && !self.ignore {
            return Err(error.into());
        }
        Warnings::warn(ctx, Warning::new(error.code, error.message));
        Ok(implicit_default(&column.ty))
    }

    /// Fills what was not given.
    fn complete(
        &mut self,
        listed: &[usize],
        row: &mut [Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        for at in 0..self.rules.table.columns.len() {
            if !listed.contains(&at) {
                let value = self.default(at, row, ctx)?;
                if let Some(place) = row.get_mut(at) {
                    *place = value;
                }
            }
        }
        Ok(())
    }

    /// Gives a number where none was given; tells whether it was generated.
    fn number(
        &mut self,
        row: &mut [Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<Option<u64>, Interrupt> {
        let Some(at) = self.auto_column else { return Ok(None) };
        let ty = self.rules.column_type(at);
        let Some(place) = row.get_mut(at) else { return Ok(None) };
        let zero_counts = ctx.sql_mode().has(SqlMode::NO_AUTO_VALUE_ON_ZERO);
        let given = to_integer(place, &ty, ctx)?;
        let wanted = matches!(place, Value::Null) || (given == 0 && !zero_counts);
        if !wanted {
            self.last_number = u64::try_from(given).unwrap_or(0);
            return Ok(None);
        }
        let variables = &ctx.session.variables;
        let (offset, increment) =
            (variables.auto_increment_offset, variables.auto_increment_increment);
        let number = match ctx.session.variables.insert_id.take() {
            Some(number) => number,
            None => {
                let transaction = ctx.session.transaction();
                transaction.next_auto_increment(&self.rules.table, 1, offset, increment)
            }
        };
        let column = self.rules.table.columns.get(at);
        *place = match column {
            Some(column) => {
                let ty = ExprType::big_integer(true, false);
                self.writer.stored(&Value::UInt(number), &ty, column, ctx).map_err(|interrupt| {
                    match interrupt {
                        Interrupt::Error(error) if error.code == 1264 => {
                            crate::value::SqlError::new(
                                1467,
                                b"HY000",
                                "Failed to read auto-increment value from storage engine",
                            )
                            .into()
                        }
                        other => other,
                    }
                })?
            }
            None => Value::UInt(number),
        };
        Ok(Some(number))
    }

    fn write(
        &mut self,
        mut row: Vec<Value>,
        on_duplicate: &OnDuplicate,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        let generated = self.number(&mut row, ctx)?;
        loop {
            match self.writer.add(&self.rules, &mut row, ctx)? {
                Added::Yes(_) => {
                    self.affected += 1;
                    self.inserted(generated);
                    if let Some(returning) = &mut self.returning {
                        returning.add(&row, ctx)?;
                    }
                    return Ok(());
                }
                Added::Duplicate(found) => match on_duplicate {
                    OnDuplicate::Fail => {
                        return Err(duplicate::error(&self.rules.table, &found).into());
                    }
                    OnDuplicate::Replace => {
                        self.writer.remove(&self.rules.table, &found.key, ctx)?;
                        self.affected += 1;
                        self.duplicates += 1;
                    }
                    OnDuplicate::Update(updates) => {
                        return self.update(&found, &row, updates, ctx);
                    }
                },
            }
        }
    }

    fn inserted(&mut self, generated: Option<u64>) {
        if let Some(number) = generated {
            self.first_generated.get_or_insert(number);
            self.last_number = number;
        }
    }

    /// ON DUPLICATE KEY UPDATE: 2 rows affected, or none where nothing changes.
    fn update(
        &mut self,
        found: &Duplicate,
        row: &[Value],
        updates: &[Update],
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        let before = found.row.values().to_vec();
        let width = before.len();
        let mut frame = before.clone();
        frame.extend(row.iter().cloned());
        let mut assigned = Vec::with_capacity(updates.len());
        for update in updates {
            let Some(column) = self.rules.table.columns.get(update.column) else { continue };
            if column.generated.is_some() {
                continue;
            }
            let value = update.value.eval(ctx, &frame)?;
            let stored = self.writer.stored(&value, &update.value.ty, column, ctx)?;
            assigned.push(update.column);
            if let Some(place) = frame.get_mut(update.column) {
                *place = stored;
            }
        }
        let mut after: Vec<Value> = frame.into_iter().take(width).collect();
        self.duplicates += 1;
        if let Some(number) = self.auto_column.and_then(|at| after.get(at)) {
            self.last_number = match number {
                Value::Int(number) => u64::try_from(*number).unwrap_or(0),
                Value::UInt(number) => *number,
                _ => 0,
            };
        }
        if before.iter().zip(&after).all(|(one, other)| identical(one, other)) {
            self.affected += u64::from(ctx.session.client_found_rows);
            return Ok(());
        }
        touch(&self.rules, &assigned, &mut after, ctx);
        self.writer.change(&self.rules, &found.key, &before, &mut after, ctx)?;
        self.affected += 2;
        if let Some(returning) = &mut self.returning {
            returning.add(&after, ctx)?;
        }
        Ok(())
    }
}

/// ON UPDATE CURRENT_TIMESTAMP, for columns that the statement does not set itself.
pub(super) fn touch(
    rules: &Rules,
    assigned: &[usize],
    row: &mut [Value],
    ctx: &mut EvalContext<'_>,
) {
    for (at, column) in rules.table.columns.iter().enumerate() {
        if !column.on_update_now || assigned.contains(&at) {
            continue;
        }
        let now = ctx.local_now();
        let value = match &column.ty {
            ColumnType::Timestamp(fsp) => ctx.zone().to_utc(now.truncate(*fsp)).unwrap_or(now),
            ColumnType::DateTime(fsp) => now.truncate(*fsp),
            _ => now,
        };
        if let Some(place) = row.get_mut(at) {
            *place = Value::DateTime(value);
        }
    }
}
