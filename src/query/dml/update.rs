//! UPDATE of one table or several.
//!
//! Rows of one table are changed as they are found: the scan does not see what is written after it began.
//! Where rows could be met again (joins, several ranges of an index that the update moves rows in), all are
//! found first. Assignments are made from left to right, each seeing those before it.

use std::collections::HashSet;
use std::sync::Arc;

use super::check_option::{self, ViewChecks};
use super::column::Storing;
use super::ending::Ending;
use super::errors::{is_forgiven, not_updatable, warn_of, wrong_usage};
use super::family::Family;
use super::given::Given;
use super::matching::{self, Found, Matching, Place, Wanted};
use super::planned::{self, DmlPlan, no_plan};
use super::row;
use super::settle::settle;
use super::target::Target;
use super::writer::{Writer, Written};
use crate::engine::catalog::{ViewDef, same_name};
use crate::query::accounts::{self, Privilege};
use crate::query::bind::{ColumnPath, Compiler, Scope, SourceInfo};
use crate::query::exec::{self, row_bytes};
use crate::query::plan::Node;
use crate::query::{EvalContext, Interrupt, Outcome, ResultSink, Session};
use crate::sql::statement::ast;
use crate::store::Key;
use crate::value::{Row, SqlError, Value};

/// A table whose rows are updated.
struct Updated {
    target: Arc<Target>,
    place: Place,
    assignments: Vec<(usize, Given)>,
    /// WITH CHECK OPTION of the view that it is updated through.
    checks: ViewChecks,
}

/// A compiled UPDATE.
pub struct UpdatePlan {
    matching: Matching,
    /// All tables that may change.
    pub(super) family: Arc<Family>,
    updated: Vec<Updated>,
    ignore: bool,
}

/// A row that is to be changed: its key, and the values of the columns that are assigned.
struct Match {
    key: Key,
    values: Vec<Value>,
}

/// UPDATE.
///
/// # Errors
/// Those of the statement; a wait.
pub fn update(
    session: &mut Session,
    text: Option<&str>,
    statement: &ast::Update,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    session.next_last_insert_id = None;
    let plan = planned(session, text, statement, params)?;
    let DmlPlan::Update(plan) = &*plan else { return Err(no_plan()) };
    let mut ctx = EvalContext::new(session, params);
    let mut run = Run {
        storing: Storing::of(&mut ctx, plan.ignore),
        writer: Writer::new(plan.family.clone()),
        updated: &plan.updated,
        ignore: plan.ignore,
        found: 0,
        changed: 0,
    };
    match plan.matching.streams {
        true => run.stream(&plan.matching, &mut ctx)?,
        false => run.collect(&plan.matching, &mut ctx)?,
    }
    run.end(&mut ctx).tell(&mut ctx, sink)
}

fn planned(
    session: &mut Session,
    text: Option<&str>,
    statement: &ast::Update,
    params: &[Value],
) -> Result<Arc<DmlPlan>, Interrupt> {
    if let Some(plan) = planned::find(session, text, params)? {
        return Ok(plan);
    }
    let key = planned::key(session, text, params);
    let mut compiler = Compiler::new(session, params);
    let plan = compile(&mut compiler, statement)?;
    Ok(planned::keep(&mut compiler, text, key, DmlPlan::Update(plan)))
}

fn compile(compiler: &mut Compiler<'_>, statement: &ast::Update) -> Result<UpdatePlan, Interrupt> {
    let wanted = Wanted {
        tables: &statement.tables,
        selection: statement.selection.as_ref(),
        order_by: &statement.order_by,
        limit: statement.limit.as_ref(),
    };
    if !wanted.is_single() && !statement.order_by.is_empty() {
        return Err(wrong_usage("UPDATE", "ORDER BY").into());
    }
    if !wanted.is_single() && statement.limit.is_some() {
        return Err(wrong_usage("UPDATE", "LIMIT").into());
    }
    if let Some(with) = &statement.with {
        compiler.push_ctes(with)?;
    }
    compiler.scopes.push(Scope::new());
    let found = matching::find(compiler, &wanted)?;
    let mut family = Family::default();
    let updated = assignments(compiler, statement, &mut family)?;
    let places: Vec<Place> = updated.iter().map(|updated| updated.place.clone()).collect();
    check(compiler.session, &found, &updated, &places)?;
    let kept = kept_slots(&updated);
    let moves = updated.iter().any(moves);
    let derived = Found::has_derived(compiler);
    let mut matching = matching::plan(compiler, found, &places, &kept, moves)?;
    matching.streams &= updated.len() == 1 && !derived;
    compiler.scopes.pop();
    let family = Arc::new(family);
    Ok(UpdatePlan { matching, family, updated, ignore: statement.ignore })
}

/// The plan that finds rows, and the names of the tables that change.
pub(super) fn compiled(
    compiler: &mut Compiler<'_>,
    statement: &ast::Update,
) -> Result<(Node, Vec<Arc<str>>), Interrupt> {
    let plan = compile(compiler, statement)?;
    let names = plan.updated.iter().map(|updated| updated.place.alias.clone()).collect();
    Ok((plan.matching.node, names))
}

fn check(
    session: &Session,
    found: &Found,
    updated: &[Updated],
    places: &[Place],
) -> Result<(), Interrupt> {
    for place in places {
        let (schema, name) = (&place.table.schema, &place.table.name);
        accounts::require_table(session, Privilege::Update, schema, name)?;
    }
    found.check_not_read(places)?;
    let given = updated.iter().flat_map(|updated| &updated.assignments);
    let exprs: Vec<_> = given
        .filter_map(|(_, given)| match given {
            Given::Expr(expr) => Some(expr),
            Given::Default(_) => None,
        })
        .collect();
    Ok(matching::check_not_read(&exprs, places)?)
}

/// Whether the update may move rows in an index.
fn moves(updated: &Updated) -> bool {
    let table = &updated.target.table;
    let in_index = |at: usize| {
        table.indexes.iter().any(|index| index.parts.iter().any(|part| part.column == at))
    };
    let follows =
        table.columns.iter().enumerate().any(|(at, column)| {
            (column.generated.is_some() || column.on_update_now) && in_index(at)
        });
    follows || updated.assignments.iter().any(|(at, _)| in_index(*at))
}

/// The slots that are read of each row that is found.
fn kept_slots(updated: &[Updated]) -> Vec<usize> {
    let mut kept = Vec::new();
    for Updated { place, assignments, .. } in updated {
        kept.extend(place.slot..place.slot + place.table.columns.len());
        kept.push(place.key_slot);
        for (_, given) in assignments {
            if let Given::Expr(expr) = given {
                kept.extend(expr.slots());
            }
        }
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

fn assignments(
    compiler: &mut Compiler<'_>,
    statement: &ast::Update,
    family: &mut Family,
) -> Result<Vec<Updated>, Interrupt> {
    let mut updated: Vec<Updated> = Vec::new();
    for assignment in &statement.assignments {
        let (place, at) = assigned_column(compiler, &assignment.column)?;
        let slot = place.slot;
        let given = Given::compile(compiler, &assignment.value, &place.table, (at, slot))?;
        match updated.iter_mut().find(|known| known.place.slot == slot) {
            Some(known) => known.assignments.push((at, given)),
            None => {
                let target = family.add(compiler, place.table.clone(), true)?;
                let checks = view_checks(compiler, statement, &place)?;
                updated.push(Updated { target, place, assignments: vec![(at, given)], checks });
            }
        }
    }
    Ok(updated)
}

/// What the view asks by whose name a table is updated, if that is one.
fn view_checks(
    compiler: &mut Compiler<'_>,
    statement: &ast::Update,
    place: &Place,
) -> Result<ViewChecks, Interrupt> {
    let Some(view) = view_of(compiler, statement, place)? else { return Ok(ViewChecks::default()) };
    let scopes = std::mem::take(&mut compiler.scopes);
    let found = check_option::behind(compiler, &view);
    compiler.scopes = scopes;
    match found? {
        Some(behind) if behind.table.id == place.table.id => Ok(behind.checks),
        _ if &*view.check_option == "NONE" => Ok(ViewChecks::default()),
        _ => Err(SqlError::not_supported("WITH CHECK OPTION of a view of several tables").into()),
    }
}

fn view_of(
    compiler: &Compiler<'_>,
    statement: &ast::Update,
    place: &Place,
) -> Result<Option<Arc<ViewDef>>, Interrupt> {
    let database = compiler.session.engine.database();
    let joined = statement.tables.iter().flat_map(|tables| {
        std::iter::once(&tables.relation).chain(tables.joins.iter().map(|join| &join.relation))
    });
    for factor in joined {
        let ast::TableFactor::Table { name, alias, .. } = factor else { continue };
        let Some(name) = ast::TableName::of(name) else { continue };
        let called = alias.as_ref().map_or(&name.name, |alias| &alias.name.value);
        if **called != *place.alias {
            continue;
        }
        let schema = compiler.schema_of(name.schema.as_deref())?;
        return Ok(database.catalog.view(&schema, &name.name).cloned());
    }
    Ok(None)
}

/// The table and the column that an assignment sets.
fn assigned_column(
    compiler: &mut Compiler<'_>,
    column: &ast::ColumnName,
) -> Result<(Place, usize), Interrupt> {
    let path = ColumnPath {
        schema: column.table.as_ref().and_then(|table| table.schema.as_deref()),
        table: column.table.as_ref().map(|table| table.name.as_str()),
        column: &column.name,
    };
    let found = compiler.find_column(path)?;
    let Some((table, at, alias)) = found.origin else {
        return Err(not_a_column(compiler, path).into());
    };
    Ok((matching::place_of(compiler, &alias, Some(table.id), "UPDATE")?, at))
}

/// A name that leads to no table's column: one of a view that has it computed (1348), or of something that
/// cannot be changed at all (1288).
fn not_a_column(compiler: &mut Compiler<'_>, path: ColumnPath<'_>) -> SqlError {
    let scope = compiler.scope();
    let has = |source: &&SourceInfo| {
        let mut columns = source.columns.iter();
        !source.private
            && path.table.is_none_or(|table| *source.alias == *table)
            && columns.any(|column| same_name(&column.name, path.column))
    };
    match scope.sources.iter().find(has) {
        Some(source) if source.plan.is_none() => {
            let message = format!("Column '{}' is not updatable", path.column);
            SqlError::new(1348, b"HY000", message)
        }
        Some(source) => not_updatable(&source.alias, "UPDATE"),
        None => not_updatable(path.column, "UPDATE"),
    }
}

/// One run of an UPDATE.
struct Run<'p> {
    storing: Storing,
    writer: Writer,
    updated: &'p [Updated],
    ignore: bool,
    found: u64,
    changed: u64,
}

impl Run<'_> {
    /// Changes rows as they are found.
    fn stream(&mut self, plan: &Matching, ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        let mut frame = vec![Value::Null; plan.frame];
        let mut rows = exec::build(&plan.node);
        rows.open(ctx, &mut frame)?;
        while rows.next(ctx, &mut frame)? {
            let Some(updated) = self.updated.first() else { return Ok(()) };
            let Some(key) = key_at(&frame, updated.place.key_slot) else { continue };
            let slot = updated.place.slot;
            let before = frame.get(slot..slot + updated.target.width()).unwrap_or_default();
            let before = Row::new(before.to_vec());
            if self.is_moot(0, &key, ctx) {
                continue;
            }
            self.found += 1;
            ctx.row_number = self.found;
            self.forgiving(ctx, |run, ctx| {
                let values = run.values(0, &mut frame, ctx)?;
                run.change(0, Match { key, values }, &before, ctx)
            })?;
        }
        Ok(())
    }

    /// Whether what a cascade of this statement did to the row has to be looked at first.
    fn is_moot(&self, at: usize, key: &Key, ctx: &mut EvalContext<'_>) -> bool {
        let Some(updated) = self.updated.get(at) else { return true };
        if updated.target.children.is_empty() {
            return false;
        }
        let table = updated.target.table.id;
        ctx.session.transaction().latest().get(table, key).is_none()
    }

    /// Finds all rows, then changes them, each once.
    fn collect(&mut self, plan: &Matching, ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        let mut matches: Vec<Vec<Match>> = self.updated.iter().map(|_| Vec::new()).collect();
        let mut seen: HashSet<(usize, Key)> = HashSet::new();
        let mut charge = ctx.memory.charge();
        let mut frame = vec![Value::Null; plan.frame];
        let mut rows = exec::build(&plan.node);
        rows.open(ctx, &mut frame)?;
        while rows.next(ctx, &mut frame)? {
            // Assignments to one table do not show in those to another.
            let original = frame.clone();
            for (at, found) in matches.iter_mut().enumerate() {
                let Some(updated) = self.updated.get(at) else { continue };
                let Some(key) = key_at(&frame, updated.place.key_slot) else { continue };
                if !seen.insert((at, key.clone())) {
                    continue;
                }
                ctx.row_number = seen.len() as u64;
                let values = self.values(at, &mut frame, ctx)?;
                charge.add(row_bytes(&values))?;
                found.push(Match { key, values });
                frame.clone_from(&original);
            }
        }
        drop(rows);
        for (at, found) in matches.into_iter().enumerate() {
            for found in found {
                self.apply(at, found, ctx)?;
            }
        }
        Ok(())
    }

    fn apply(
        &mut self,
        at: usize,
        found: Match,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        let Some(updated) = self.updated.get(at) else { return Ok(()) };
        let table = updated.target.table.id;
        let before = ctx.session.transaction().latest().get(table, &found.key).cloned();
        let Some(before) = before else { return Ok(()) };
        self.found += 1;
        ctx.row_number = self.found;
        self.forgiving(ctx, |run, ctx| run.change(at, found, &before, ctx))
    }

    /// Under IGNORE a row whose change fails stays as it is.
    fn forgiving(
        &mut self,
        ctx: &mut EvalContext<'_>,
        work: impl FnOnce(&mut Self, &mut EvalContext<'_>) -> Result<(), Interrupt>,
    ) -> Result<(), Interrupt> {
        if !self.ignore {
            return work(self, ctx);
        }
        let mark = ctx.session.transaction().mark();
        match work(self, ctx) {
            Err(Interrupt::Error(error)) if is_forgiven(&error) => {
                ctx.session.transaction().undo_to(&mark);
                warn_of(&error, ctx);
                Ok(())
            }
            other => other,
        }
    }

    /// The values of the assigned columns, which are put into the frame on the way.
    fn values(
        &self,
        at: usize,
        frame: &mut [Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<Vec<Value>, Interrupt> {
        let Some(updated) = self.updated.get(at) else { return Ok(Vec::new()) };
        let mut values = Vec::with_capacity(updated.assignments.len());
        for (column, given) in &updated.assignments {
            let Some(definition) = updated.target.table.columns.get(*column) else { continue };
            let value = given.value(definition, &self.storing, frame, ctx)?;
            if let Some(place) = frame.get_mut(updated.place.slot + column) {
                place.clone_from(&value);
            }
            values.push(value);
        }
        Ok(values)
    }

    fn change(
        &mut self,
        at: usize,
        found: Match,
        before: &Row,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        let Some(updated) = self.updated.get(at) else { return Ok(()) };
        let target = updated.target.clone();
        let mut values = before.values().to_vec();
        for ((column, _), value) in updated.assignments.iter().zip(found.values) {
            if let Some(place) = values.get_mut(*column) {
                *place = value;
            }
        }
        let assigned = |at: usize| updated.assignments.iter().any(|(column, _)| *column == at);
        let row = settle(&target, before, values, &assigned, &self.storing, ctx)?;
        let Some(row) = row else { return Ok(()) };
        updated.checks.check(row.values(), ctx)?;
        let shown = row.clone();
        match self.writer.update(&target, (&found.key, before, row), ctx)? {
            Written::Done => self.changed += 1,
            Written::Duplicate(other) => {
                let values = shown.values();
                return Err(row::duplicate(&target.table, other.index, values, ctx)?.into());
            }
        }
        Ok(())
    }

    fn end(self, ctx: &mut EvalContext<'_>) -> Ending {
        let (found, changed) = (self.found, self.changed);
        let warnings = ctx.session.diagnostics.count();
        let affected = if ctx.session.client_found_rows { found } else { changed };
        let last_insert_id = ctx.session.next_last_insert_id.unwrap_or(0);
        let info = format!("Rows matched: {found}  Changed: {changed}  Warnings: {warnings}");
        Ending { affected, last_insert_id, info, returning: None }
    }
}

/// A row's key in the frame; none where an outer join has no row.
pub(super) fn key_at(frame: &[Value], slot: usize) -> Option<Key> {
    match frame.get(slot) {
        Some(Value::Bytes(bytes)) => Some(Key::new(bytes)),
        _ => None,
    }
}
