//! DELETE from one table or several.

use std::collections::HashSet;
use std::sync::Arc;

use super::ending::Ending;
use super::errors::{is_forgiven, unknown_target, warn_of};
use super::family::Family;
use super::matching::{self, Matching, Place, Wanted};
use super::planned::{self, DmlPlan, no_plan};
use super::returning::Returning;
use super::target::Target;
use super::update::key_at;
use super::writer::Writer;
use crate::query::accounts::{self, Privilege};
use crate::query::bind::{Compiler, Scope};
use crate::query::exec;
use crate::query::plan::Node;
use crate::query::{EvalContext, Interrupt, Outcome, ResultSink, Session};
use crate::sql::statement::ast;
use crate::store::Key;
use crate::value::Value;

/// A table whose rows go.
struct Deleted {
    target: Arc<Target>,
    place: Place,
}

/// A compiled DELETE.
pub struct DeletePlan {
    matching: Matching,
    /// All tables that may change.
    pub(super) family: Arc<Family>,
    deleted: Vec<Deleted>,
    ignore: bool,
}

/// DELETE.
///
/// # Errors
/// Those of the statement; a wait.
pub fn delete(
    session: &mut Session,
    text: Option<&str>,
    statement: &ast::Delete,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    session.next_last_insert_id = None;
    let (plan, returning) = planned(session, text, statement, params)?;
    let DmlPlan::Delete(plan) = &*plan else { return Err(no_plan()) };
    let mut ctx = EvalContext::new(session, params);
    ctx.strict_write = ctx.sql_mode().is_strict() && !statement.ignore;
    let mut run = Run {
        writer: Writer::new(plan.family.clone()),
        deleted: &plan.deleted,
        returning,
        ignore: plan.ignore,
        count: 0,
    };
    match plan.matching.streams {
        true => run.stream(&plan.matching, &mut ctx)?,
        false => run.collect(&plan.matching, &mut ctx)?,
    }
    let last_insert_id = ctx.session.next_last_insert_id.unwrap_or(0);
    let (affected, info, returning) = (run.count, String::new(), run.returning);
    Ending { affected, last_insert_id, info, returning }.tell(&mut ctx, sink)
}

fn planned(
    session: &mut Session,
    text: Option<&str>,
    statement: &ast::Delete,
    params: &[Value],
) -> Result<(Arc<DmlPlan>, Option<Returning>), Interrupt> {
    // What RETURNING gives belongs to one run.
    let text = text.filter(|_| statement.returning.is_none());
    if let Some(plan) = planned::find(session, text, params)? {
        return Ok((plan, None));
    }
    let key = planned::key(session, text, params);
    let mut compiler = Compiler::new(session, params);
    let (plan, returning) = compile(&mut compiler, statement)?;
    Ok((planned::keep(&mut compiler, text, key, DmlPlan::Delete(plan)), returning))
}

fn compile(
    compiler: &mut Compiler<'_>,
    statement: &ast::Delete,
) -> Result<(DeletePlan, Option<Returning>), Interrupt> {
    let wanted = Wanted {
        tables: &statement.tables,
        selection: statement.selection.as_ref(),
        order_by: &statement.order_by,
        limit: statement.limit.as_ref(),
    };
    if let Some(with) = &statement.with {
        compiler.push_ctes(with)?;
    }
    compiler.scopes.push(Scope::new());
    let found = matching::find(compiler, &wanted)?;
    let mut family = Family::default();
    let mut deleted = Vec::new();
    for place in places(compiler, statement)? {
        let (schema, name) = (&place.table.schema, &place.table.name);
        accounts::require_table(compiler.session, Privilege::Delete, schema, name)?;
        let target = family.add(compiler, place.table.clone(), true)?;
        deleted.push(Deleted { target, place });
    }
    let places: Vec<Place> = deleted.iter().map(|deleted| deleted.place.clone()).collect();
    found.check_not_read(&places)?;
    let kept: Vec<usize> = places.iter().map(|place| place.key_slot).collect();
    let mut matching = matching::plan(compiler, found, &places, &kept, false)?;
    matching.streams &= statement.targets.is_empty() && deleted.len() == 1;
    compiler.scopes.pop();
    let returning = match places.as_slice() {
        [only] => {
            let items = statement.returning.as_deref();
            Returning::compile(compiler, items, &only.table, &only.alias)?
        }
        _ => None,
    };
    let (family, ignore) = (Arc::new(family), statement.ignore);
    Ok((DeletePlan { matching, family, deleted, ignore }, returning))
}

/// The plan that finds rows, and the names of the tables that lose them.
pub(super) fn compiled(
    compiler: &mut Compiler<'_>,
    statement: &ast::Delete,
) -> Result<(Node, Vec<Arc<str>>), Interrupt> {
    let (plan, _) = compile(compiler, statement)?;
    let names = plan.deleted.iter().map(|deleted| deleted.place.alias.clone()).collect();
    Ok((plan.matching.node, names))
}

fn places(compiler: &mut Compiler<'_>, statement: &ast::Delete) -> Result<Vec<Place>, Interrupt> {
    if statement.targets.is_empty() {
        let sources = &compiler.scope().sources;
        let own = sources.iter().find(|source| !source.private);
        let alias = own.map_or_else(String::new, |source| source.alias.to_string());
        return Ok(vec![matching::place_of(compiler, &alias, None, "DELETE")?]);
    }
    let mut places: Vec<Place> = Vec::new();
    for target in &statement.targets {
        let schema = target.schema.as_deref();
        let known = compiler.scope().sources.iter().any(|source| {
            !source.private
                && *source.alias == *target.name
                && schema.is_none_or(|schema| *source.schema == *schema)
        });
        if !known {
            return Err(unknown_target(&target.name).into());
        }
        let place = matching::place_of(compiler, &target.name, None, "DELETE")?;
        if places.iter().any(|known| known.slot == place.slot) {
            let message = format!("Not unique table/alias: '{}'", target.name);
            return Err(crate::value::SqlError::new(1066, b"42000", message).into());
        }
        places.push(place);
    }
    Ok(places)
}

/// One run of a DELETE.
struct Run<'p> {
    writer: Writer,
    deleted: &'p [Deleted],
    returning: Option<Returning>,
    ignore: bool,
    count: u64,
}

impl Run<'_> {
    /// Deletes rows as they are found.
    fn stream(&mut self, plan: &Matching, ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        let Some(deleted) = self.deleted.first() else { return Ok(()) };
        let (target, key_slot) = (deleted.target.clone(), deleted.place.key_slot);
        let mut frame = vec![Value::Null; plan.frame];
        let mut rows = exec::build(&plan.node);
        rows.open(ctx, &mut frame)?;
        while rows.next(ctx, &mut frame)? {
            if let Some(key) = key_at(&frame, key_slot) {
                self.remove(&target, &key, ctx)?;
            }
        }
        Ok(())
    }

    /// Finds all rows, then deletes them, each once.
    fn collect(&mut self, plan: &Matching, ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        let mut seen: HashSet<(usize, Key)> = HashSet::new();
        let mut found: Vec<(usize, Key)> = Vec::new();
        let mut charge = ctx.memory.charge();
        let mut frame = vec![Value::Null; plan.frame];
        let mut rows = exec::build(&plan.node);
        rows.open(ctx, &mut frame)?;
        while rows.next(ctx, &mut frame)? {
            for (at, deleted) in self.deleted.iter().enumerate() {
                let Some(key) = key_at(&frame, deleted.place.key_slot) else { continue };
                if seen.insert((at, key.clone())) {
                    charge.add(2 * (size_of::<(usize, Key)>() + key.heap_bytes()) as u64)?;
                    found.push((at, key));
                }
            }
        }
        drop(rows);
        found.sort_by_key(|(at, _)| *at);
        for (at, key) in found {
            let Some(deleted) = self.deleted.get(at) else { continue };
            let target = deleted.target.clone();
            self.remove(&target, &key, ctx)?;
        }
        Ok(())
    }

    fn remove(
        &mut self,
        target: &Arc<Target>,
        key: &Key,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        // A cascade of this statement may have taken it already.
        let row = ctx.session.transaction().latest().get(target.table.id, key).cloned();
        let Some(row) = row else { return Ok(()) };
        let mark = self.ignore.then(|| ctx.session.transaction().mark());
        match self.writer.delete(target, key, &row, ctx) {
            Ok(()) => {}
            Err(Interrupt::Error(error)) if self.ignore && is_forgiven(&error) => {
                if let Some(mark) = &mark {
                    ctx.session.transaction().undo_to(mark);
                }
                warn_of(&error, ctx);
                return Ok(());
            }
            Err(other) => return Err(other),
        }
        self.count += 1;
        match &mut self.returning {
            Some(returning) => returning.add(row.values(), ctx),
            None => Ok(()),
        }
    }
}
